//! The token of each row of an embedding, in two usual forms: one token per line, whose number is
//! its position from 0, or a JSON object of tokens and their numbers.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::regular::read_model_file;
use crate::data::Vocabulary;

/// The largest number of a token, so that a short file cannot require a billion rows.
const LAST: u64 = 1 << 24;

/// The token of each number, from 0; `None` for a number without a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenIds {
    path: PathBuf,
    tokens: Vec<Option<String>>,
}

/// Why a file does not define the numbers of tokens. Each message names the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum TokenIdsError {
    #[error("cannot read the vocabulary {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(
        "{}: {reason}; expected one token per line, numbered from 0, or a JSON object of tokens and \
         their numbers",
        path.display()
    )]
    Invalid { path: PathBuf, reason: String },
    #[error(
        "{} gives the token {token:?} the number {number}, but the embedding has {rows} rows",
        path.display()
    )]
    Beyond { path: PathBuf, token: String, number: usize, rows: usize },
}

/// A vocabulary in our order, with the embedding row of each token.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbered {
    pub(super) vocabulary: Vocabulary,
    /// By our token number; `None` for the unknown word if the embedding has none.
    pub(super) rows: Vec<Option<u32>>,
    /// A note for the user.
    pub(super) note: String,
}

impl TokenIds {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If it cannot be read, or names a token or a number twice.
    pub fn read(path: &Path) -> Result<Self, TokenIdsError> {
        let bytes = read_model_file(path)
            .map_err(|source| TokenIdsError::Unreadable { path: path.to_owned(), source })?;
        let invalid = |reason: String| TokenIdsError::Invalid { path: path.to_owned(), reason };
        let text = String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8 text".into()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let tokens = match serde_json::from_str::<Value>(text) {
            Err(fault) if is_json => Err(format!("it is not valid JSON ({fault})")),
            Ok(json @ (Value::Object(_) | Value::Array(_))) => of_json(&json),
            _ => of_lines(text),
        };
        let tokens = tokens.map_err(invalid)?;
        let mut seen = BTreeSet::new();
        if let Some(token) = tokens.iter().flatten().find(|token| !seen.insert(token.as_str())) {
            return Err(invalid(format!("it has the token {token:?} twice")));
        }
        Ok(Self { path: path.to_owned(), tokens })
    }

    /// A vocabulary with as many tokens as an embedding has rows. Tokens are characters if all of
    /// them are, except for those in brackets.
    pub(super) fn number(&self, rows: usize) -> Result<Numbered, TokenIdsError> {
        if let Some((number, Some(token))) =
            self.tokens.iter().enumerate().skip(rows).find(|token| token.1.is_some())
        {
            let (path, token) = (self.path.clone(), token.clone());
            return Err(TokenIdsError::Beyond { path, token, number, rows });
        }
        let mut tokens = self.tokens.clone();
        tokens.resize(rows, None);
        let unnamed = tokens.iter().filter(|token| token.is_none()).count();
        let find = |means: &[&str]| {
            tokens.iter().position(|token| {
                token.as_deref().is_some_and(|token| means.contains(&special(token).as_str()))
            })
        };
        let padding = find(&["", "pad", "padding", "blank"]);
        let unknown = find(&["unk", "unknown", "oov"]);
        let others = tokens.iter().enumerate().filter(|(row, _)| Some(*row) != padding);
        let names = tokens.iter().flatten().filter(|token| special(token) == "-");
        let characters =
            names.clone().next().is_some() && names.clone().all(|token| character(token).is_some());

        let row = |row: usize| Some(row as u32);
        let mut ours = vec![row(padding.unwrap_or(0))];
        let mut note = format!("token ids are from {}", self.path.display());
        let vocabulary = if characters {
            let mut spare = ('\u{e000}'..='\u{f8ff}').chain('\u{f0000}'..='\u{ffffd}');
            let taken: BTreeSet<char> = names.filter_map(|token| character(token)).collect();
            let mut all: Vec<(char, usize)> = Vec::new();
            for (row, token) in others.filter(|(row, _)| Some(*row) != unknown) {
                // A token that occurs in no text is kept as a character that occurs in no text.
                let mut spared = || spare.find(|c| !taken.contains(c)).unwrap_or('\u{10fffd}');
                let known = token.as_deref().filter(|token| special(token) == "-");
                all.push((known.and_then(character).unwrap_or_else(&mut spared), row));
            }
            all.sort_unstable();
            all.dedup_by_key(|pair| pair.0);
            ours.extend(unknown.map(row));
            ours.extend(all.iter().map(|pair| row(pair.1)));
            let text: String = all.iter().map(|pair| pair.0).collect();
            let kind = match unknown {
                Some(_) => Vocabulary::of_frequent_characters([], 1),
                None => Vocabulary::ascii(),
            };
            kind.with_characters(&text).map_err(|error| self.invalid(error.to_string()))?
        } else {
            ours.push(unknown.and_then(row));
            if unknown.is_none() {
                note += "; it has no unknown word (<unk>): words that it lacks are read as zeros";
            }
            let others = others.filter(|(row, _)| Some(*row) != unknown);
            let mut all: Vec<(String, usize)> = Vec::new();
            for (row, token) in others {
                let is_word = |token: &&String| token.split_whitespace().eq([token.as_str()]);
                let word = token.as_ref().filter(is_word).filter(|word| !word.contains('\0'));
                all.push((word.cloned().unwrap_or_else(|| format!("<id:{row}>")), row));
            }
            all.sort_unstable();
            ours.extend(all.iter().map(|pair| row(pair.1)));
            Vocabulary::of_words(all.iter().map(|pair| pair.0.as_str()), 1)
        };
        if padding.is_none() {
            note += "; it has no padding (<pad>): batches are padded with token 0";
        }
        if unnamed > 0 {
            note += &format!("; {unnamed} of the {rows} rows of the embedding have no token");
        }
        Ok(Numbered { vocabulary, rows: ours, note })
    }

    fn invalid(&self, reason: String) -> TokenIdsError {
        TokenIdsError::Invalid { path: self.path.clone(), reason }
    }
}

/// The meaning of a token in brackets (`<pad>`, `[UNK]`), in lower case. It is `-` for any other
/// token, and empty for an empty token, which often represents the padding.
fn special(token: &str) -> String {
    if token.is_empty() {
        return String::new();
    }
    let inner = [('<', '>'), ('[', ']'), ('{', '}')]
        .iter()
        .find_map(|&(open, close)| token.strip_prefix(open)?.strip_suffix(close))
        .filter(|inner| inner.chars().count() > 1);
    match inner {
        Some(inner) => inner.trim_matches('_').to_lowercase(),
        None => "-".to_owned(),
    }
}

/// The character on a line; `\n` and similar escapes represent line breaks.
fn character(token: &str) -> Option<char> {
    let mut characters = token.chars();
    match (characters.next()?, characters.next(), characters.next()) {
        (only, None, None) => Some(only).filter(|&only| only != Vocabulary::PADDING),
        ('\\', Some('n'), None) => Some('\n'),
        ('\\', Some('t'), None) => Some('\t'),
        ('\\', Some('r'), None) => Some('\r'),
        ('\\', Some('\\'), None) => Some('\\'),
        _ => None,
    }
}

fn of_lines(text: &str) -> Result<Vec<Option<String>>, String> {
    let mut lines: Vec<&str> =
        text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    if lines.is_empty() {
        return Err("it is empty".to_owned());
    }
    let is_pair = |line: &&&str| {
        let mut parts = line.split_whitespace();
        parts.next().is_some() && parts.next().is_some()
    };
    if lines.len() > 1 && lines.iter().filter(is_pair).count() == lines.len() {
        return Err(format!("every line has several words, such as {:?}", lines[0]));
    }
    // Empty lines after the first are not tokens, but they count.
    let token =
        |(at, line): (usize, &&str)| (at == 0 || !line.is_empty()).then(|| (*line).to_owned());
    Ok(lines.iter().enumerate().map(token).collect())
}

fn of_json(json: &Value) -> Result<Vec<Option<String>>, String> {
    let number = |value: &Value| value.as_u64().filter(|&number| number <= LAST);
    let pairs: Vec<(u64, String)> = match json {
        Value::Array(items) => {
            let text = |(at, item): (usize, &Value)| match item {
                Value::String(text) => Ok((at as u64, text.clone())),
                other => Err(format!("its entry {at} is {other}, expected a token")),
            };
            items.iter().enumerate().map(text).collect::<Result<_, _>>()?
        }
        Value::Object(object) => {
            // As in the `tokenizer.json` of Hugging Face, and in some wrappers.
            for inner in ["model", "vocab", "vocabulary", "word_index", "stoi", "token_to_id"] {
                if let Some(inner @ Value::Object(_)) = object.get(inner) {
                    return of_json(inner);
                }
            }
            let pair = |(key, value): (&String, &Value)| match (number(value), value) {
                (Some(number), _) => Ok((number, key.clone())),
                // Numbers as keys and tokens as values.
                (None, Value::String(token)) => match key.parse() {
                    Ok(number) if number <= LAST => Ok((number, token.clone())),
                    _ => {
                        Err(format!("its entry {key:?} is {value}, expected a number and a token"))
                    }
                },
                _ => Err(format!("its entry {key:?} is {value}, expected a number")),
            };
            object.iter().map(pair).collect::<Result<_, _>>()?
        }
        _ => return Err("it is neither a JSON list nor a JSON object".to_owned()),
    };
    let mut tokens: HashMap<u64, String> = HashMap::new();
    for (number, token) in pairs {
        if let Some(other) = tokens.insert(number, token.clone()) {
            return Err(format!("{other:?} and {token:?} both have the number {number}"));
        }
    }
    let length = tokens.keys().max().map_or(0, |&last| last + 1);
    if length == 0 {
        return Err("it is empty".to_owned());
    }
    Ok((0..length).map(|number| tokens.remove(&number)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Result<TokenIds, TokenIdsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vocab.txt");
        std::fs::write(&path, text).unwrap();
        TokenIds::read(&path)
    }

    #[test]
    fn words_come_in_our_order_with_the_rows_that_they_have() {
        for text in
            ["<pad>\n<unk>\ngood\nbad\n", r#"{"[PAD]": 0, "[UNK]": 1, "bad": 3, "good": 2}"#]
        {
            let Numbered { vocabulary, rows, note } = ids(text).unwrap().number(5).unwrap();
            assert_eq!(vocabulary.words().unwrap(), ["<id:4>", "bad", "good"]);
            assert_eq!(rows, [Some(0), Some(1), Some(4), Some(3), Some(2)]);
            assert!(note.contains("1 of the 5 rows"), "{note}");
        }
        let Numbered { vocabulary, rows, note } = ids("the\na\n").unwrap().number(2).unwrap();
        assert_eq!(vocabulary.words().unwrap(), ["a", "the"]);
        assert_eq!(rows, [Some(0), None, Some(1), Some(0)]);
        assert!(note.contains("no unknown word") && note.contains("padded with token 0"), "{note}");
    }

    #[test]
    fn characters_may_be_blanks_and_ends_of_lines() {
        let Numbered { vocabulary, rows, .. } =
            ids("<pad>\nb\n \n\\n\na\n<unk>\n<eos>\n").unwrap().number(7).unwrap();
        let expected = ['\0', Vocabulary::UNKNOWN, '\n', ' ', 'a', 'b', '\u{e000}'];
        assert_eq!(vocabulary.characters().unwrap(), expected);
        assert_eq!(rows, [0, 5, 3, 2, 4, 1, 6].map(Some));
        assert_eq!(vocabulary.encode("ab?").unwrap(), [4, 5, 1]);
    }

    #[test]
    fn files_that_say_no_numbers_are_refused() {
        for (text, says) in [
            ("", "empty"),
            ("a\nb\na\n", "\"a\" twice"),
            ("the 3\na 7\n", "several words"),
            (r#"{"a": 1, "b": 1}"#, "both have the number 1"),
            (r#"{"a": -1}"#, "expected a number"),
            (r#"{"a": 99999999999}"#, "expected a number"),
            ("[1, 2]", "expected a token"),
        ] {
            let message = ids(text).unwrap_err().to_string();
            assert!(message.contains(says) && message.contains("vocab.txt"), "{says}: {message}");
        }
        let message = ids("a\nb\nc\n").unwrap().number(2).unwrap_err().to_string();
        assert!(message.contains("\"c\" the number 2") && message.contains("2 rows"), "{message}");
    }
}
