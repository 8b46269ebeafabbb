//! Which characters a network knows, and the number of each.
//!
//! A character's id is its row in the embedding. Id 0 is the padding, the NUL
//! character, which no text may contain. The thesis's vocabulary is ASCII, where id
//! and code are the same.

use serde::{Deserialize, Serialize};

/// The characters that a network knows, in the order of their ids.
///
/// Written to files as one string of the characters from id 1 on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Vocabulary {
    /// In strictly rising order, the padding first.
    characters: Vec<char>,
}

/// A character that a text may not have.
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
            Vocabulary::PADDING => "the padding, which no text may contain",
            _ => "outside the vocabulary",
        };
        let Self { character, position } = self;
        let code = u32::from(*character);
        format!("the character {character:?} (U+{code:04X}) at position {position} is {reason}")
    }
}

/// A string that is no vocabulary: its characters must rise and leave out the padding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the characters of a vocabulary must rise from after NUL, without repetition: \
     {after:?} stands after {before:?}"
)]
pub struct UnorderedVocabulary {
    before: char,
    after: char,
}

impl Vocabulary {
    /// The character of id 0.
    pub const PADDING: char = '\0';

    /// The 128 ASCII codes, each its own id.
    pub fn ascii() -> Self {
        Self { characters: (0..128_u8).map(char::from).collect() }
    }

    /// [`Vocabulary::ascii`] when that is enough for all `texts`; otherwise the
    /// padding and the characters that occur, in order.
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut characters = vec![Self::PADDING];
        let mut other_than_ascii = false;
        for text in texts {
            other_than_ascii |= !text.is_ascii();
            characters.extend(text.chars());
            // Keeps the list as short as the alphabet, however long the texts are.
            if characters.len() > 1 << 16 {
                characters.sort_unstable();
                characters.dedup();
            }
        }
        if !other_than_ascii {
            return Self::ascii();
        }
        characters.sort_unstable();
        characters.dedup();
        Self { characters }
    }

    /// Number of ids, the padding's included: the height of the embedding.
    #[expect(clippy::len_without_is_empty, reason = "there is always the padding")]
    pub fn len(&self) -> usize {
        self.characters.len()
    }

    /// The character of every id, the padding first.
    pub fn characters(&self) -> &[char] {
        &self.characters
    }

    /// The id of each character of `text`.
    ///
    /// # Errors
    /// At the first character that the vocabulary has not, or that is the padding.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, UnknownCharacter> {
        let id = |(index, character)| match self.characters.binary_search(&character) {
            Ok(id) if id > 0 => Ok(id as u32),
            _ => Err(UnknownCharacter { character, position: index + 1 }),
        };
        text.chars().enumerate().map(id).collect()
    }
}

impl From<Vocabulary> for String {
    fn from(vocabulary: Vocabulary) -> String {
        vocabulary.characters[1..].iter().collect()
    }
}

impl TryFrom<String> for Vocabulary {
    type Error = UnorderedVocabulary;

    fn try_from(text: String) -> Result<Self, UnorderedVocabulary> {
        let characters: Vec<char> = std::iter::once(Self::PADDING).chain(text.chars()).collect();
        match characters.windows(2).find(|pair| pair[0] >= pair[1]) {
            Some(pair) => Err(UnorderedVocabulary { before: pair[0], after: pair[1] }),
            None => Ok(Self { characters }),
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
        assert_eq!(vocabulary.characters(), ['\0', 'b', 'e', 'r', 'é', 'ü']);
        assert_eq!(vocabulary.encode("rüb").unwrap(), [3, 5, 1]);
    }

    #[test]
    fn a_character_without_an_id_is_named_with_its_position() {
        let refusal = |text| Vocabulary::ascii().encode(text).unwrap_err().to_string();
        assert_eq!(
            refusal("Bß"),
            "the character 'ß' (U+00DF) at position 2 is outside the vocabulary"
        );
        assert_eq!(
            refusal("éB\0").replace('é', "e"),
            "the character 'e' (U+00E9) at position 1 is outside the vocabulary"
        );
        assert_eq!(
            refusal("BT\0E"),
            "the character '\\0' (U+0000) at position 3 is the padding, which no text may contain"
        );
    }

    #[test]
    fn a_vocabulary_out_of_order_is_not_read() {
        let refused = serde_json::from_str::<Vocabulary>("\"ba\"").unwrap_err();
        assert!(refused.to_string().contains("'a' stands after 'b'"), "{refused}");
        assert!(serde_json::from_str::<Vocabulary>("\"\\u0000a\"").is_err());
        assert!(serde_json::from_str::<Vocabulary>("\"aa\"").is_err());
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
                let back: String =
                    ids.iter().map(|&id| vocabulary.characters()[id as usize]).collect();
                prop_assert_eq!(&back, text);
            }
        }
    }
}
