//! Whether the name of a module suggests an embedding or a linear layer. Only whole words count:
//! `router` does not contain `out`, and `member` does not contain `emb`.

/// What the name of a module suggests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Called {
    Embedding,
    Linear,
    Neither,
}

/// What the weight `name` is according to its module's own name, or else the nearest enclosing
/// module whose name is informative.
pub(super) fn called(name: &str) -> Called {
    let module = name.strip_suffix(".weight").unwrap_or(name);
    let mut found = Called::Neither;
    for part in module.rsplit('.') {
        let words = words(part);
        let is = |fits: fn(&str) -> bool| words.iter().any(|word| fits(word));
        if is(is_linear) {
            found = Called::Linear;
        } else if is(is_embedding) {
            found = Called::Embedding;
        }
        if found != Called::Neither {
            break;
        }
    }
    found
}

fn is_embedding(word: &str) -> bool {
    word.starts_with("emb") || matches!(word, "wte" | "lookup" | "vocab" | "vocabulary")
}

fn is_linear(word: &str) -> bool {
    let starts = ["proj", "classif", "predict", "logit", "linear"];
    starts.iter().any(|start| word.starts_with(start))
        || matches!(
            word,
            "fc" | "lin"
                | "head"
                | "dense"
                | "out"
                | "output"
                | "readout"
                | "decoder"
                | "mlp"
                | "ffn"
                | "affine"
                | "score"
                | "label"
                | "tag"
                | "final"
        )
}

/// The words of a name in lower case, separated by signs, digits and changes of case.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for character in name.chars() {
        let begins = character.is_uppercase() && before.is_lowercase();
        if !character.is_alphabetic() || begins {
            words.push(String::new());
        }
        if character.is_alphabetic() {
            words.last_mut().expect("one").extend(character.to_lowercase());
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_decide_and_the_nearest_module_first() {
        for (name, expected) in [
            ("embedding.weight", Called::Embedding),
            ("module.wordEmb.weight", Called::Embedding),
            ("char_embeddings.weight", Called::Embedding),
            ("decoder.embed_tokens.weight", Called::Embedding),
            ("fc1.weight", Called::Linear),
            ("hidden2tag.weight", Called::Linear),
            ("net.head.0.weight", Called::Linear),
            ("embedding_projection.weight", Called::Linear),
            ("proj.weight", Called::Linear),
            ("member.weight", Called::Neither),
            ("router.weight", Called::Neither),
            ("encoder.weight", Called::Neither),
            ("0.weight", Called::Neither),
        ] {
            assert_eq!(called(name), expected, "{name}");
        }
    }
}
