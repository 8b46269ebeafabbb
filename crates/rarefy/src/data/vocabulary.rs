//! The tokens that a network knows, and their numbers. Tokens are characters or words.
//!
//! A token's id is its row in the embedding. Id 0 is the padding, which no text contains; among
//! characters it is NUL. The thesis's vocabulary is ASCII, where id and code are equal.
//!
//! Characters absent from the training file are rejected, because they are usually mistakes. An
//! exception is a training file in ASCII: it gives the network all of ASCII, as in the thesis,
//! whose published models have an embedding of 128 rows. Absent words are to be expected and become
//! id 1, the unknown word. So do words that are too rare in the training file to be learned; they
//! show the network unknown words during training. Characters are treated in the same way on
//! request.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// The tokens that a network knows, in the order of their ids.
///
/// In files it is a string of the characters from id 1 on, or a list of the words from id 2 on. If
/// there is an unknown character, it is a table whose `characters` are the string of the others
/// from id 2 on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Vocabulary {
    tokens: Tokens,
}

/// In strictly ascending order, after the padding and the unknown word.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tokens {
    /// [`Vocabulary::UNKNOWN`] represents the unknown character, if there is one.
    Characters {
        characters: Vec<char>,
        unknown: bool,
    },
    Words(Vec<String>),
}

/// A vocabulary in the form of a file.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Characters(String),
    Words(Vec<String>),
    KnownCharacters { characters: String },
}

/// A character that is not allowed in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct UnknownCharacter {
    /// The character.
    pub character: char,
    /// Its position in the text, in characters from 1.
    pub position: usize,
}

impl UnknownCharacter {
    fn message(&self) -> String {
        let reason = match self.character {
            Vocabulary::PADDING => "reserved for padding",
            _ => "outside the vocabulary",
        };
        let Self { character, position } = self;
        let code = u32::from(*character);
        format!("the character {character:?} (U+{code:04X}) at position {position} is {reason}")
    }

    /// What the user can do about it.
    pub(super) fn advice(&self) -> &'static str {
        match self.character {
            Vocabulary::PADDING => "",
            _ => {
                "; training with --min-count 1 reads it as an unknown character (with a larger \
                 count, rarer characters of the training file too)"
            }
        }
    }
}

/// A list that is not a vocabulary: its tokens must ascend and must not contain the padding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnorderedVocabulary {
    /// Characters.
    #[error(
        "expected the characters of a vocabulary in rising order, without NUL or repetition: \
         {after:?} follows {before:?}"
    )]
    Characters {
        /// The previous token.
        before: char,
        /// The token that follows it.
        after: char,
    },
    /// Words.
    #[error(
        "expected the words of a vocabulary in rising order, without repetition, empty words, white \
         space or NUL: {word:?} follows {before:?}"
    )]
    Words {
        /// The previous token.
        before: String,
        /// The token that follows it.
        word: String,
    },
}

impl Vocabulary {
    /// The character of id 0.
    pub const PADDING: char = '\0';

    /// The character of id 1 if there is an unknown character. It is the smallest after the
    /// padding, so that characters ascend.
    pub const UNKNOWN: char = '\u{1}';

    /// The id of the first word, after the padding and the unknown word.
    pub const FIRST_WORD: usize = 2;

    /// The 128 ASCII codes, each with itself as id.
    pub fn ascii() -> Self {
        Self::characters_of((0..128_u8).map(char::from).collect())
    }

    fn characters_of(characters: Vec<char>) -> Self {
        Self { tokens: Tokens::Characters { characters, unknown: false } }
    }

    /// [`Vocabulary::ascii`] if all `texts` are ASCII; otherwise the padding and the characters
    /// that occur, in order.
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let occurring = Self::of_characters(texts);
        match occurring.characters().is_some_and(|all| all.iter().all(char::is_ascii)) {
            true => Self::ascii(),
            false => occurring,
        }
    }

    /// The padding and the characters that occur in `texts`, in order.
    pub fn of_characters<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut characters = vec![Self::PADDING];
        for text in texts {
            characters.extend(text.chars());
            // Keeps the list as short as the alphabet, however long the texts are.
            if characters.len() > 1 << 16 {
                characters.sort_unstable();
                characters.dedup();
            }
        }
        characters.sort_unstable();
        characters.dedup();
        Self::characters_of(characters)
    }

    /// The padding, the unknown character, and the characters that occur at least `least` times in
    /// all `texts`, in order.
    pub fn of_frequent_characters<'a>(
        texts: impl IntoIterator<Item = &'a str>,
        least: usize,
    ) -> Self {
        let mut counts: HashMap<char, usize> = HashMap::new();
        for character in texts.into_iter().flat_map(str::chars) {
            *counts.entry(character).or_default() += 1;
        }
        let reserved = [Self::PADDING, Self::UNKNOWN];
        let often = counts
            .into_iter()
            .filter(|&(character, count)| count >= least && !reserved.contains(&character));
        Self::with_unknown(often.map(|(character, _)| character).collect())
    }

    /// The padding, the unknown character, and these characters, which contain neither.
    fn with_unknown(mut characters: Vec<char>) -> Self {
        characters.extend([Self::PADDING, Self::UNKNOWN]);
        characters.sort_unstable();
        Self { tokens: Tokens::Characters { characters, unknown: true } }
    }

    /// The same vocabulary with these characters instead. They must not contain the padding, nor
    /// the unknown character if there is one.
    ///
    /// # Errors
    /// If they do not ascend.
    pub fn with_characters(&self, characters: &str) -> Result<Self, UnorderedVocabulary> {
        match self.unknown() {
            Some(_) => Written::KnownCharacters { characters: characters.to_owned() }.try_into(),
            None => characters.to_owned().try_into(),
        }
    }

    /// The id of unknown tokens: always for words, and for characters if requested.
    pub fn unknown(&self) -> Option<u32> {
        match self.tokens {
            Tokens::Characters { unknown: false, .. } => None,
            Tokens::Characters { .. } | Tokens::Words(_) => Some(1),
        }
    }

    /// The words that occur at least `least` times in all `texts`, in order. A word is the
    /// unchanged text between white space. A word that contains NUL, which a C string cannot hold,
    /// is never known.
    pub fn of_words<'a>(texts: impl IntoIterator<Item = &'a str>, least: usize) -> Self {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for word in texts.into_iter().flat_map(str::split_whitespace) {
            *counts.entry(word).or_default() += 1;
        }
        let often = counts.into_iter().filter(|&(word, count)| count >= least && is_word(word));
        let mut words: Vec<String> = often.map(|(word, _)| word.to_owned()).collect();
        words.sort_unstable();
        Self { tokens: Tokens::Words(words) }
    }

    /// Number of ids including the padding: the number of rows of the embedding.
    #[expect(clippy::len_without_is_empty, reason = "there is always the padding")]
    pub fn len(&self) -> usize {
        match &self.tokens {
            Tokens::Characters { characters, .. } => characters.len(),
            Tokens::Words(words) => Self::FIRST_WORD + words.len(),
        }
    }

    /// The character of every id: first the padding, then [`Vocabulary::UNKNOWN`] if there is an
    /// unknown one. `None` if tokens are words.
    pub fn characters(&self) -> Option<&[char]> {
        match &self.tokens {
            Tokens::Characters { characters, .. } => Some(characters),
            Tokens::Words(_) => None,
        }
    }

    /// The words from id [`Vocabulary::FIRST_WORD`] on; `None` if tokens are characters.
    pub fn words(&self) -> Option<&[String]> {
        match &self.tokens {
            Tokens::Characters { .. } => None,
            Tokens::Words(words) => Some(words),
        }
    }

    /// Name of a token: `character` or `word`.
    pub fn unit(&self) -> &'static str {
        match self.tokens {
            Tokens::Characters { .. } => "character",
            Tokens::Words(_) => "word",
        }
    }

    /// The first word of `text` that is not known, after the byte where it starts; `None` if tokens
    /// are characters.
    pub(crate) fn unknown_word<'t>(&self, text: &'t str) -> Option<(usize, &'t str)> {
        let known = self.words()?;
        let is_unknown =
            |word: &&str| known.binary_search_by(|one| one.as_str().cmp(word)).is_err();
        let word = text.split_whitespace().find(is_unknown)?;
        Some((word.as_ptr() as usize - text.as_ptr() as usize, word))
    }

    /// The id of each token of `text`; empty for a text without words.
    ///
    /// # Errors
    /// For the first character that is not in the vocabulary, or that is the padding. No character
    /// is rejected if the vocabulary has an unknown token.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, UnknownCharacter> {
        let characters = match &self.tokens {
            Tokens::Characters { characters, .. } => characters,
            Tokens::Words(words) => {
                let id = |word: &str| match words.binary_search_by(|known| known.as_str().cmp(word))
                {
                    Ok(at) => (Self::FIRST_WORD + at) as u32,
                    Err(_) => 1,
                };
                return Ok(text.split_whitespace().map(id).collect());
            }
        };
        let unknown = self.unknown();
        let id = |(index, character)| match characters.binary_search(&character) {
            Ok(id) if id > 0 => Ok(id as u32),
            _ => unknown.ok_or(UnknownCharacter { character, position: index + 1 }),
        };
        text.chars().enumerate().map(id).collect()
    }
}

/// Whether it is a single word that can be known.
fn is_word(word: &str) -> bool {
    word.split_whitespace().eq([word]) && !word.contains('\0')
}

impl From<Vocabulary> for Written {
    fn from(vocabulary: Vocabulary) -> Self {
        match vocabulary.tokens {
            Tokens::Characters { characters, unknown: false } => {
                Self::Characters(characters[1..].iter().collect())
            }
            Tokens::Characters { characters, unknown: true } => {
                Self::KnownCharacters { characters: characters[2..].iter().collect() }
            }
            Tokens::Words(words) => Self::Words(words),
        }
    }
}

impl TryFrom<Written> for Vocabulary {
    type Error = UnorderedVocabulary;

    fn try_from(written: Written) -> Result<Self, UnorderedVocabulary> {
        match written {
            Written::Characters(text) => text.try_into(),
            Written::KnownCharacters { characters } => {
                let before = std::iter::once(Self::UNKNOWN).chain(characters.chars());
                match before.zip(characters.chars()).find(|(before, after)| before >= after) {
                    Some((before, after)) => Err(UnorderedVocabulary::Characters { before, after }),
                    None => Ok(Self::with_unknown(characters.chars().collect())),
                }
            }
            Written::Words(words) => {
                // The first word must come after the empty text.
                let before = std::iter::once("").chain(words.iter().map(String::as_str));
                let wrong = before
                    .zip(&words)
                    .find(|(before, word)| *before >= word.as_str() || !is_word(word));
                match wrong {
                    Some((before, word)) => Err(UnorderedVocabulary::Words {
                        before: before.to_owned(),
                        word: word.clone(),
                    }),
                    None => Ok(Self { tokens: Tokens::Words(words) }),
                }
            }
        }
    }
}

impl TryFrom<String> for Vocabulary {
    type Error = UnorderedVocabulary;

    /// From the characters of `text`, starting at id 1.
    fn try_from(text: String) -> Result<Self, UnorderedVocabulary> {
        let characters: Vec<char> = std::iter::once(Self::PADDING).chain(text.chars()).collect();
        match characters.windows(2).find(|pair| pair[0] >= pair[1]) {
            Some(pair) => Err(UnorderedVocabulary::Characters { before: pair[0], after: pair[1] }),
            None => Ok(Self::characters_of(characters)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ascii_ids_are_the_codes() {
        let vocabulary = Vocabulary::of_texts(["BTXSE", "~ "]);
        assert_eq!(vocabulary, Vocabulary::ascii());
        assert_eq!(vocabulary.len(), 128);
        assert_eq!(vocabulary.encode("BTX ~").unwrap(), [66, 84, 88, 32, 126]);
    }

    #[test]
    fn other_characters_get_ids_in_their_order_after_the_padding() {
        let vocabulary = Vocabulary::of_texts(["über", "réb"]);
        assert_eq!(vocabulary.characters().unwrap(), ['\0', 'b', 'e', 'r', 'é', 'ü']);
        assert_eq!(vocabulary.encode("rüb").unwrap(), [3, 5, 1]);
    }

    #[test]
    fn words_stand_between_white_space_and_rare_ones_are_unknown() {
        let texts = ["the  cat sat", "the dog\tsat", "The end s\0t s\0t"];
        let vocabulary = Vocabulary::of_words(texts, 2);
        assert_eq!(vocabulary.words().unwrap(), ["sat", "the"]);
        assert_eq!(vocabulary.len(), 4);
        assert_eq!(vocabulary.encode(" the The\nsat ").unwrap(), [3, 1, 2]);
        assert!(vocabulary.encode(" \n").unwrap().is_empty());
        let file = serde_json::to_string(&vocabulary).unwrap();
        assert_eq!(file, r#"["sat","the"]"#);
        assert_eq!(serde_json::from_str::<Vocabulary>(&file).unwrap(), vocabulary);
    }

    #[test]
    fn rare_and_unseen_characters_are_one_unknown_character_where_that_is_asked_for() {
        let vocabulary = Vocabulary::of_frequent_characters(["aab", "caé\u{1}\u{1}"], 2);
        assert_eq!(vocabulary.characters().unwrap(), ['\0', Vocabulary::UNKNOWN, 'a']);
        assert_eq!((vocabulary.unknown(), Vocabulary::ascii().unknown()), (Some(1), None));
        assert_eq!(vocabulary.encode("aïb\0\u{1}").unwrap(), [2, 1, 1, 1, 1]);
        let file = serde_json::to_string(&vocabulary).unwrap();
        assert_eq!(file, r#"{"characters":"a"}"#);
        assert_eq!(serde_json::from_str::<Vocabulary>(&file).unwrap(), vocabulary);
        let wider = vocabulary.with_characters("bcé").unwrap();
        assert_eq!(wider.encode("ébü").unwrap(), [4, 2, 1]);
    }

    #[test]
    fn absent_characters_are_known_only_if_they_and_the_texts_are_ascii() {
        let unknown = |text: &str, asked| {
            Vocabulary::of_texts([text]).encode(asked).err().map(|error| error.character)
        };
        assert_eq!(unknown("ab", "z"), None);
        assert_eq!(unknown("ab", "aé"), Some('é'));
        assert_eq!(unknown("aé", "éa"), None);
        assert_eq!(unknown("aé", "az"), Some('z'));
    }

    #[test]
    fn a_character_without_an_id_is_named_with_its_position() {
        let refusal = |text| Vocabulary::ascii().encode(text).unwrap_err();
        let at = |character, position| UnknownCharacter { character, position };
        assert_eq!(refusal("Bß"), at('ß', 2));
        assert_eq!(refusal("éB\0"), at('é', 1));
        assert_eq!(refusal("BT\0E"), at('\0', 3));
    }

    #[test]
    fn a_vocabulary_out_of_order_is_not_read() {
        for (text, reason) in [
            ("\"ba\"", "'a' follows 'b'"),
            ("\"\\u0000a\"", "'\\0' follows '\\0'"),
            ("\"aa\"", "'a' follows 'a'"),
            (r#"{"characters":"ba"}"#, "'a' follows 'b'"),
            (r#"{"characters":"\u0001"}"#, "follows '\\u{1}'"),
            (r#"["b","a"]"#, r#""a" follows "b""#),
            (r#"["a","a"]"#, r#""a" follows "a""#),
            (r#"["","a"]"#, r#""" follows """#),
            (r#"["a","b c"]"#, r#""b c" follows "a""#),
            (r#"["a","a\u0000"]"#, r#""a\0" follows "a""#),
        ] {
            let refused = serde_json::from_str::<Vocabulary>(text).unwrap_err().to_string();
            assert!(refused.contains(reason), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn ids_lead_back_to_the_text_also_through_a_file(
            texts in prop::collection::vec("[^\0]+", 1..5),
        ) {
            let vocabulary = Vocabulary::of_texts(texts.iter().map(String::as_str));
            let file = serde_json::to_string(&vocabulary).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Vocabulary>(&file).unwrap(), &vocabulary);
            for text in &texts {
                let ids = vocabulary.encode(text).unwrap();
                prop_assert!(!ids.contains(&0));
                let characters = vocabulary.characters().unwrap();
                let back: String = ids.iter().map(|&id| characters[id as usize]).collect();
                prop_assert_eq!(&back, text);
            }
        }
    }
}
