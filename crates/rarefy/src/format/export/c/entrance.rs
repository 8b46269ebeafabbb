//! Turns the input of a step into that of the first layer: tokens of characters or words with their
//! embedding, or scaled numbers.

use std::fmt::Write;

use super::super::super::Model;
use super::matrix::{Width, floats, integers, signed};
use crate::data::{Encoding, Scaling, Vocabulary};
use crate::quantize::{self, Channel, FACTOR_BITS};

/// The kind of input of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// The token of a character.
    Character,
    /// The token of a word.
    Word,
    /// The numbers of a step of a series.
    Numbers,
}

/// The beginning of a step, and the function that finds tokens.
pub(super) struct Entrance {
    pub(super) given: Given,
    pub(super) constants: String,
    /// The body of the function that finds a token; empty for numbers.
    pub(super) token: String,
    /// Local variables of a step.
    pub(super) variables: String,
    /// The beginning of a step; it leaves the input of the first layer in `entering`.
    pub(super) step: String,
    /// Bytes of the constants except the embedding.
    pub(super) bytes: usize,
    /// Bytes of the embedding.
    pub(super) embedding_bytes: usize,
}

impl Entrance {
    /// For `model`; `read` says whether any weight remains that multiplies the input.
    pub(super) fn new(model: &Model, read: bool) -> Self {
        match &model.encoding {
            Encoding::Vocabulary(vocabulary) => Self::tokens(model, vocabulary, read),
            Encoding::Scaling(_) if !read => Self {
                given: Given::Numbers,
                constants: String::new(),
                token: String::new(),
                variables: String::new(),
                step: "    (void) numbers;\n".to_owned(),
                bytes: 0,
                embedding_bytes: 0,
            },
            Encoding::Scaling(scaling) => Self::numbers(scaling),
        }
    }

    /// The same in integers; for a series, `step` is the body of the function that quantizes it.
    pub(super) fn of_integers(model: &Model, entrance: &quantize::Entrance, read: bool) -> Self {
        match (&model.encoding, entrance) {
            (Encoding::Vocabulary(vocabulary), quantize::Entrance::Tokens { width, embedding }) => {
                let constants = signed("int8_t", "embedding", embedding);
                let size = read.then_some(embedding.len());
                Self::of_vocabulary(vocabulary, ["int8_t", "load_bytes"], *width, constants, size)
            }
            (_, quantize::Entrance::Series(channels)) => Self::fixed_point(channels),
            _ => unreachable!("a vocabulary has tokens"),
        }
    }

    fn tokens(model: &Model, vocabulary: &Vocabulary, read: bool) -> Self {
        let layout = model.network.layout();
        let embedding = &model.network.parameters()[layout.embedding.clone()];
        let (width, constants) = (layout.embedding_width, floats("embedding", embedding));
        let size = read.then_some(4 * embedding.len());
        Self::of_vocabulary(vocabulary, ["float", "load"], width, constants, size)
    }

    /// `embedding` are constants of this type, which this function loads, and of `size` bytes, if
    /// they are read.
    fn of_vocabulary(
        vocabulary: &Vocabulary,
        [kind, load]: [&str; 2],
        width: usize,
        embedding: String,
        size: Option<usize>,
    ) -> Self {
        let (given, table) = match (vocabulary.characters(), vocabulary.words()) {
            (Some(characters), _) => {
                (Given::Character, Table::of_characters(characters, vocabulary.unknown()))
            }
            (_, words) => (Given::Word, Table::of_words(words.expect("characters or words"))),
        };
        let count = vocabulary.len();
        let check = format!("    if (token < 0 || token >= {count}) {{\n        return;\n    }}\n");
        let (constants, variables, entering, embedding_bytes) = match size {
            Some(size) => {
                let variables = format!("    {kind} entering[{width}];\n");
                let entering = format!(
                    "    {load}(embedding + (size_t) token * {width}, {width}, entering);\n"
                );
                (embedding, variables, entering, size)
            }
            None => (String::new(), String::new(), String::new(), 0),
        };
        Self {
            given,
            constants: constants + &table.constants,
            token: table.body,
            variables,
            step: format!("{check}{entering}\n"),
            bytes: table.bytes,
            embedding_bytes,
        }
    }

    fn fixed_point(channels: &[Channel]) -> Self {
        let means: Vec<i64> = channels.iter().map(|channel| channel.mean).collect();
        let factors: Vec<usize> = channels.iter().map(|channel| channel.factor.into()).collect();
        let shifts: Vec<i32> = channels.iter().map(|channel| channel.shift).collect();
        let is_narrow = means.iter().all(|&mean| i32::try_from(mean).is_ok());
        let (kind, wide) = if is_narrow { ("int32_t", 4) } else { ("int64_t", 8) };
        let is_short = shifts.iter().all(|&shift| i8::try_from(shift).is_ok());
        let (short, bytes) = if is_short { ("int8_t", 1) } else { ("int16_t", 2) };
        let count = channels.len();
        let rounding = 1 << FACTOR_BITS >> 1;
        let step = format!(
            "    int channel;\n    for (channel = 0; channel < {count}; channel++) {{\n        \
             int64_t number = fixed(numbers[channel], shifts[channel]) - means[channel];\n        \
             number = (number * factors[channel] + {rounding}) >> {FACTOR_BITS};\n        \
             number = number > 127 ? 127 : number < -127 ? -127 : number;\n        \
             entering[channel] = (int8_t) number;\n    }}\n"
        );
        Self {
            given: Given::Numbers,
            constants: signed(kind, "means", &means)
                + &integers("factors", Width::U16, &factors)
                + &signed(short, "shifts", &shifts),
            token: String::new(),
            variables: String::new(),
            step,
            bytes: (wide + 2 + bytes) * count,
            embedding_bytes: 0,
        }
    }

    fn numbers(scaling: &Scaling) -> Self {
        let channels = scaling.channels();
        let (constants, variables, step, bytes) = if scaling.is_none() {
            let variables = "    const float *entering = numbers;\n".to_owned();
            (String::new(), variables, String::new(), 0)
        } else {
            let constants = floats("mean", scaling.mean()) + &floats("factor", scaling.factor());
            let variables = format!("    float entering[{channels}];\n    int channel;\n");
            let step = format!(
                "    for (channel = 0; channel < {channels}; channel++) {{\n        \
                 entering[channel] = (numbers[channel] - mean[channel]) * factor[channel];\n    }}\n\n"
            );
            (constants, variables, step, 8 * channels)
        };
        let token = String::new();
        Self { given: Given::Numbers, constants, token, variables, step, bytes, embedding_bytes: 0 }
    }
}

/// The table that turns a character or a word into a token.
struct Table {
    constants: String,
    body: String,
    bytes: usize,
}

impl Table {
    fn of_characters(characters: &[char], unknown: Option<u32>) -> Self {
        let codes: Vec<usize> = characters.iter().map(|&c| u32::from(c) as usize).collect();
        let count = codes.len();
        let none = unknown.map_or(-1, i64::from);
        if unknown.is_none() && codes.iter().enumerate().all(|(token, &code)| token == code) {
            let body = format!(
                "    return character > 0 && character < {count} ? (int) character : -1;\n"
            );
            return Self { constants: String::new(), body, bytes: 0 };
        }
        let width = Width::of(codes[count - 1]);
        Self {
            constants: integers("characters", width, &codes),
            body: format!(
                "    int low = 1, high = {count};\n\
                 \x20   while (low < high) {{\n\
                 \x20       int middle = low + (high - low) / 2;\n\
                 \x20       if (characters[middle] < character) {{\n\
                 \x20           low = middle + 1;\n\
                 \x20       }} else {{\n\
                 \x20           high = middle;\n\
                 \x20       }}\n\
                 \x20   }}\n\
                 \x20   return low < {count} && characters[low] == character ? low : {none};\n"
            ),
            bytes: width.bytes() * count,
        }
    }

    /// Words are in ascending order of their bytes; they are not compared with `strcmp`, which
    /// would read them only in one kind of memory. They are stored one after another, with the
    /// position at which each begins. Pointers would take four or eight bytes per word, and
    /// writable memory if a program is loaded at an arbitrary address. The words are not one string
    /// literal, because a C99 compiler need not accept more than 4,095 bytes.
    fn of_words(words: &[String]) -> Self {
        let (count, first) = (words.len(), Vocabulary::FIRST_WORD);
        if count == 0 {
            let body = "    (void) word;\n    return 1;\n".to_owned();
            return Self { constants: String::new(), body, bytes: 0 };
        }
        let mut starts = Vec::with_capacity(count);
        let mut size = 0;
        let mut lines = String::new();
        for word in words {
            starts.push(size);
            size += word.len() + 1;
            let characters: String = word.bytes().map(|byte| character(byte) + ",").collect();
            _ = writeln!(lines, "    {characters}0,");
        }
        let width = Width::of(starts[count - 1]);
        let mut constants = format!("static RAREFY_CONST char words[{size}] = {{\n{lines}}};\n\n");
        constants += &integers("word_starts", width, &starts);
        Self {
            constants,
            body: format!(
                "    int low = 0, high = {count};\n\
                 \x20   while (low < high) {{\n\
                 \x20       int middle = low + (high - low) / 2;\n\
                 \x20       RAREFY_CONST char *known = words + word_starts[middle];\n\
                 \x20       int at = 0, order;\n\
                 \x20       while (known[at] != 0 && known[at] == word[at]) {{\n\
                 \x20           at++;\n\
                 \x20       }}\n\
                 \x20       order = (unsigned char) known[at] - (unsigned char) word[at];\n\
                 \x20       if (order == 0) {{\n\
                 \x20           return {first} + middle;\n\
                 \x20       }}\n\
                 \x20       if (order < 0) {{\n\
                 \x20           low = middle + 1;\n\
                 \x20       }} else {{\n\
                 \x20           high = middle;\n\
                 \x20       }}\n\
                 \x20   }}\n\
                 \x20   return 1;\n"
            ),
            bytes: size + width.bytes() * count,
        }
    }
}

/// A byte of a word in C notation; anything except letters and digits is an octal escape.
fn character(byte: u8) -> String {
    match byte {
        byte if byte.is_ascii_alphanumeric() => format!("'{}'", char::from(byte)),
        byte => format!("'\\{byte:03o}'"),
    }
}
