//! The parts common to all C files, and the frame around the others.

pub(super) mod integers;
mod program;

use std::fmt;

use super::super::super::Model;
use super::Cost;
use super::entrance::Given;
use crate::cell::Cell;
use crate::data::{Encoding, Task};
use crate::network::{Input, Pooling, Readout};
use program::Program;

/// Loads constants, which may be in another kind of memory than computed values.
pub(super) const LOAD: &str = "\
static void load(RAREFY_CONST float *from, int count, float *to)
{
    int at;
    for (at = 0; at < count; at++) {
        to[at] = from[at];
    }
}

";

pub(super) const COPY: &str = "\
static void copy(const float *from, int count, float *to)
{
    int at;
    for (at = 0; at < count; at++) {
        to[at] = from[at];
    }
}

";

pub(super) const CLEAR: &str = "\
static void clear(float *values, int count)
{
    int at;
    for (at = 0; at < count; at++) {
        values[at] = 0.0f;
    }
}

";

pub(super) const ADD: &str = "\
static void add(const float *from, int count, float *to)
{
    int at;
    for (at = 0; at < count; at++) {
        to[at] += from[at];
    }
}

";

/// `expf` of more than 88 is infinite, and with -ffast-math the reciprocal of infinity may be NaN.
pub(super) const SIGMOID: &str = "\
static float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(x > -80.0f ? -x : 80.0f));
}

";

/// The function that turns a cell's sums into its next state.
pub(super) fn cell(cell: Cell) -> &'static str {
    match cell {
        Cell::RnnTanh => {
            "\
static void rnn_tanh(const float *sums, int units, float *hidden)
{
    int unit;
    for (unit = 0; unit < units; unit++) {
        hidden[unit] = tanhf(sums[unit]);
    }
}

"
        }
        Cell::RnnRelu => {
            "\
static void rnn_relu(const float *sums, int units, float *hidden)
{
    int unit;
    for (unit = 0; unit < units; unit++) {
        hidden[unit] = sums[unit] > 0.0f ? sums[unit] : 0.0f;
    }
}

"
        }
        Cell::Gru => {
            "\
/* Sums of the new gate's input part, reset gate, update gate, new gate's hidden part. */
static void gru(const float *sums, int units, float *hidden)
{
    int unit;
    for (unit = 0; unit < units; unit++) {
        const float reset = sigmoid(sums[units + unit]);
        const float update = sigmoid(sums[2 * units + unit]);
        const float candidate = tanhf(sums[unit] + reset * sums[3 * units + unit]);
        hidden[unit] = candidate + update * (hidden[unit] - candidate);
    }
}

"
        }
        Cell::Lstm => {
            "\
/* Sums of the gates input, forget, cell, output. */
static void lstm(const float *sums, int units, float *hidden, float *memory)
{
    int unit;
    for (unit = 0; unit < units; unit++) {
        const float input = sigmoid(sums[unit]);
        const float forget = sigmoid(sums[units + unit]);
        const float candidate = tanhf(sums[2 * units + unit]);
        const float output = sigmoid(sums[3 * units + unit]);
        memory[unit] = forget * memory[unit] + input * candidate;
        hidden[unit] = output * tanhf(memory[unit]);
    }
}

"
        }
    }
}

/// The parts that make up a file.
pub(super) struct File<'a> {
    pub model: &'a Model,
    pub name: &'a str,
    pub cost: Cost,
    pub dense: Cost,
    pub state_bytes: usize,
    pub state: &'a str,
    pub constants: &'a str,
    pub functions: &'a str,
    pub reset: &'a str,
    pub given: Given,
    pub token: &'a str,
    pub step: &'a str,
    pub logits: &'a str,
    /// Set for integers: declarations of the functions that only they have.
    pub integers: Option<&'a str>,
}

impl File<'_> {
    /// What a reader of the file should know.
    fn comment(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { name, cost, dense, .. } = self;
        let upper = name.to_uppercase();
        let (asked, answer) = match &self.model.task {
            Task::Class(_) | Task::Steps(_) => (
                "tells its class",
                format!(
                    "The class is the place of the largest logit, and {name}_classes has its name."
                ),
            ),
            Task::Next { .. } => (
                "tells what comes next",
                "The logits are of the next token: softmax gives its probabilities.".to_owned(),
            ),
            Task::Numbers { outputs, .. } => {
                ("answers with numbers", format!("The {outputs} logits are the numbers."))
            }
        };
        let size = self.size();
        let readout = match (self.model.readout, self.given) {
            _ if self.model.task.each_step() => {
                "The model was trained to be asked after each step.".to_owned()
            }
            (Readout::Last | Readout::LastStep, _) => {
                "The model was trained to be asked after the last step.".to_owned()
            }
            (Readout::Mean, _) => {
                "The model was trained to be asked after the last step; it reads the mean of all."
                    .to_owned()
            }
            (Readout::All, _) => {
                let steps = self.model.network.architecture().pooling;
                let Pooling::All { steps } = steps else { unreachable!("all steps are read") };
                format!("It reads {steps} steps side by side: ask after the last of them.")
            }
            (Readout::Padded, Given::Numbers) => format!(
                "The model was trained on series that were padded to one length with the mean of\n \
                 * each channel, and asked after the padding: feed {upper}_PADDING as often as there,\n \
                 * then ask. `rarefy eval` does that with the series of a batch."
            ),
            (Readout::Padded, _) => {
                "The model was trained on texts that were padded to one length with token 0, and\n \
                 * asked after the padding: feed 0 as often as there, then ask. `rarefy eval` does\n \
                 * that with the texts of a batch."
                    .to_owned()
            }
        };
        let arithmetic = match self.integers {
            None => "Link with the mathematics library (-lm): expf and tanhf are all it needs.",
            Some(_) => "It computes in integers of 8, 16 and 32 bits, the same on every machine.",
        };
        let program = self.program(&size).reads();
        let (reads, each) = match self.given {
            Given::Character => (
                "a text",
                format!("character of a text: {name}_step(&state, {name}_token(character))"),
            ),
            Given::Word => {
                ("a text", format!("word of a text: {name}_step(&state, {name}_token(word))"))
            }
            Given::Numbers => {
                ("a series", format!("step of a series: {name}_step(&state, numbers)"))
            }
        };
        let other = match self.given {
            Given::Character => "embedding, biases, readout, bytes",
            Given::Word => "embedding, words, others, bytes",
            Given::Numbers => "scaling, biases, readout, bytes",
        };
        write!(
            f,
            "/* A recurrent network that reads {reads} and {asked}, in C99.\n \
             *\n \
             *     {name}_state state;\n \
             *     float logits[{size}];\n \
             *     {name}_reset(&state);\n \
             *     for each {each};\n \
             *     {name}_logits(&state, logits);\n \
             *\n \
             * {answer}\n \
             * {readout}\n \
             *\n \
             * {arithmetic} Nothing is\n \
             * allocated; states are independent of each other. Other files that use it, in C or C++:\n \
             * #define {upper}_DECLARATIONS_ONLY, then #include this one.\n \
             *\n \
             * With -D{upper}_PROGRAM it is a program that prints answers. It reads\n \
             * {program}.\n \
             *\n \
             * All constants are const, so that a linker leaves them in flash. An AVR copies const data\n \
             * to RAM: there compile every file that includes this one with\n \
             *     -std=gnu99 -DRAREFY_CONST=\"const __flash\"    (__memx beyond 64 KB of flash)\n \
             *\n \
             * Cost:                                this network   with no weight masked\n \
             *   recurrent weights, bytes           {:>12}   {:>12}\n \
             *   {other:<33}  {:>12}   {:>12}\n \
             *   multiply-adds a step               {:>12}   {:>12}\n \
             *   multiply-adds an answer            {:>12}   {:>12}\n \
             *   state, bytes                       {:>12}\n \
             *\n \
             * Written by rarefy.\n \
             */\n",
            cost.weight_bytes,
            dense.weight_bytes,
            cost.other_bytes,
            dense.other_bytes,
            cost.multiply_adds,
            dense.multiply_adds,
            cost.readout_multiply_adds,
            dense.readout_multiply_adds,
            self.state_bytes,
        )
    }

    fn has_unknown_characters(&self) -> bool {
        self.model.encoding.vocabulary().is_some_and(|known| known.unknown().is_some())
    }

    fn declarations(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { name, state, .. } = self;
        let upper = name.to_uppercase();
        let architecture = self.model.network.architecture();
        let (size, entering) = match architecture.input {
            Input::Tokens { vocabulary, .. } => ("TOKENS", vocabulary),
            Input::Series { channels } => ("CHANNELS", channels),
        };
        let padding = match (&self.model.encoding, self.model.readout) {
            (Encoding::Scaling(scaling), Readout::Padded) => {
                let means: Vec<String> =
                    scaling.mean().iter().map(|mean| format!("{mean:?}f")).collect();
                format!("#define {upper}_PADDING {{{}}}\n", means.join(","))
            }
            _ => String::new(),
        };
        let token = match self.given {
            Given::Character if self.has_unknown_characters() => {
                "/* The token of a character, given by its code point; 1 for every character that \
                 the network does not know. */\n"
            }
            Given::Character => {
                "/* The token of a character, given by its code point; -1 when the network knows \
                 none. */\n"
            }
            Given::Word => {
                "/* The token of a word, given in UTF-8; 1 for every word that the network does not \
                 know. */\n"
            }
            Given::Numbers => "",
        };
        let step = match self.given {
            Given::Numbers => {
                "/* Reads a step of a series: a number a channel, as they stand in the data. */"
                    .to_owned()
            }
            _ => format!(
                "/* Reads a token, 0 to {upper}_TOKENS - 1; leaves the state alone for any other. */"
            ),
        };
        let token = match self.token_function() {
            Some(function) => format!("{token}{function};\n"),
            None => String::new(),
        };
        let step_function = self.step_function();
        write!(
            f,
            "#ifndef {upper}_DECLARED\n\
             #define {upper}_DECLARED\n\
             \n\
             #define {upper}_{size} {entering}\n\
             {padding}\
             #define {outputs} {classes}\n\
             \n\
             #include <stdint.h>\n\
             \n\
             #ifdef __cplusplus\n\
             extern \"C\" {{\n\
             #endif\n\
             \n\
             #ifndef RAREFY_CONST\n\
             #define RAREFY_CONST const\n\
             #endif\n\
             \n\
             {names}\
             /* What the network remembers of what it read. */\n\
             typedef struct {{\n\
             {state}\
             }} {name}_state;\n\
             \n\
             /* Forgets everything: the next step is a sequence's first. */\n\
             void {name}_reset({name}_state *state);\n\
             {token}\
             {step}\n\
             {step_function};\n\
             /* The answer after what was read so far. */\n\
             void {name}_logits(const {name}_state *state, float logits[{outputs}]);\n\
             {integers}\
             \n\
             #ifdef __cplusplus\n\
             }}\n\
             #endif\n\
             \n\
             #endif\n\n",
            classes = architecture.classes,
            outputs = self.size(),
            integers = self.integers.unwrap_or_default(),
            names = match self.model.task.labels() {
                [] => String::new(),
                _ => format!(
                    "/* The names of the classes, in UTF-8. */\nextern {};\n\n",
                    self.names()
                ),
            },
        )
    }

    /// The program that the file can be.
    fn program<'s>(&'s self, size: &'s str) -> Program<'s> {
        let task = &self.model.task;
        Program {
            name: self.name,
            given: self.given,
            channels: self.model.network.architecture().input.width(),
            size,
            has_names: !task.labels().is_empty(),
            each_step: task.each_step(),
        }
    }

    /// The name of the number of outputs.
    fn size(&self) -> String {
        let what = if self.model.task.labels().is_empty() { "OUTPUTS" } else { "CLASSES" };
        format!("{}_{what}", self.name.to_uppercase())
    }

    /// The declaration of the names of classes.
    fn names(&self) -> String {
        let (name, size, longest) = (self.name, self.size(), self.longest_class());
        format!("RAREFY_CONST char {name}_classes[{size}][{longest}]")
    }

    /// Bytes of the longest class name, including the final zero.
    fn longest_class(&self) -> usize {
        1 + self.model.task.labels().iter().map(String::len).max().unwrap_or(0)
    }

    /// The declaration of the function that finds a token.
    fn token_function(&self) -> Option<String> {
        let argument = match self.given {
            Given::Character => "unsigned long character",
            Given::Word => "const char *word",
            Given::Numbers => return None,
        };
        Some(format!("int {}_token({argument})", self.name))
    }

    /// The declaration of the function for one step.
    fn step_function(&self) -> String {
        let name = self.name;
        let argument = match self.given {
            Given::Numbers => format!("const float numbers[{}_CHANNELS]", name.to_uppercase()),
            _ => "int token".to_owned(),
        };
        format!("void {name}_step({name}_state *state, {argument})")
    }
}

impl fmt::Display for File<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { name, constants, functions, reset, step, logits, .. } = self;
        let upper = name.to_uppercase();
        self.comment(f)?;
        self.declarations(f)?;
        let token = self.token_function();
        let token = token.map_or(String::new(), |head| format!("{head}\n{{\n{}}}\n\n", self.token));
        let step_function = self.step_function();
        let size = self.size();
        let labels = self.model.task.labels();
        let classes: String =
            labels.iter().map(|label| format!("    {},\n", quoted(label))).collect();
        let program = self.program(&size).text();
        let include = if self.integers.is_some() { "string" } else { "math" };
        let classes = match labels {
            [] => String::new(),
            _ => format!("{} = {{\n{classes}}};\n\n", self.names()),
        };
        write!(
            f,
            "#ifndef {upper}_DECLARATIONS_ONLY\n\
             \n\
             #include <{include}.h>\n\
             #include <stddef.h>\n\
             \n\
             {classes}\
             {constants}\
             {functions}\
             void {name}_reset({name}_state *state)\n\
             {{\n\
             {reset}\
             }}\n\
             \n\
             {token}\
             {step_function}\n\
             {{\n\
             {step}\
             }}\n\
             \n\
             void {name}_logits(const {name}_state *state, float logits[{size}])\n\
             {{\n\
             {logits}\
             }}\n\
             \n\
             {program}\
             #endif\n"
        )
    }
}

/// `text` as a C string. Anything except letters, digits and spaces is an octal escape of three
/// digits, the most that C reads, so that a following digit is not taken as part of it.
fn quoted(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b' ' => " ".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("\\{byte:03o}"),
    };
    format!("\"{}\"", text.bytes().map(byte).collect::<String>())
}
