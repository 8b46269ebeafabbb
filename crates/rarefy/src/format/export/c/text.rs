//! What is the same in every C file, and the frame around the rest.

use std::fmt;

use super::super::super::Model;
use super::Cost;
use crate::cell::Cell;
use crate::network::Readout;

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

pub(super) const SIGMOID: &str = "\
static float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
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

/// Everything that a file is put together from.
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
    pub token: &'a str,
    pub step: &'a str,
    pub logits: &'a str,
}

impl File<'_> {
    /// What the reader of the file is to know.
    fn comment(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { name, cost, dense, .. } = self;
        let readout = match self.model.readout {
            Readout::Last => "The model was trained to be asked after a text's last character.",
            Readout::Padded => {
                "The model was trained on texts that were padded to one length with token 0, and\n \
                 * asked after the padding: feed 0 as often as there, then ask. `rarefy eval` does\n \
                 * that with the texts of a batch."
            }
        };
        let classes = self.model.labels.names().iter().enumerate();
        let classes: Vec<String> =
            classes.map(|(index, label)| format!("{index} is {}", comment_text(label))).collect();
        write!(
            f,
            "/* A recurrent network that reads a text and tells its class, in C99.\n \
             *\n \
             *     {name}_state state;\n \
             *     float logits[{upper}_CLASSES];\n \
             *     {name}_reset(&state);\n \
             *     for each character of a text: {name}_step(&state, {name}_token(character));\n \
             *     {name}_logits(&state, logits);\n \
             *\n \
             * The class is the place of the largest logit: {classes}.\n \
             * {readout}\n \
             *\n \
             * Link with the mathematics library (-lm): expf and tanhf are all it needs. Nothing is\n \
             * allocated; states are independent of each other. Other files that use it:\n \
             * #define {upper}_DECLARATIONS_ONLY, then #include this one.\n \
             *\n \
             * Cost:                                this network   with no weight masked\n \
             *   recurrent weights, bytes           {:>12}   {:>12}\n \
             *   embedding, biases, readout, bytes  {:>12}   {:>12}\n \
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
            upper = name.to_uppercase(),
            classes = classes.join(", "),
        )
    }

    fn declarations(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { name, state, .. } = self;
        let upper = name.to_uppercase();
        let architecture = self.model.network.architecture();
        write!(
            f,
            "#ifndef {upper}_DECLARED\n\
             #define {upper}_DECLARED\n\
             \n\
             #define {upper}_TOKENS {}\n\
             #define {upper}_CLASSES {}\n\
             \n\
             /* What the network remembers of what it read. */\n\
             typedef struct {{\n\
             {state}\
             }} {name}_state;\n\
             \n\
             /* Forgets everything: the next token is a text's first. */\n\
             void {name}_reset({name}_state *state);\n\
             /* The token of a character, given by its code point; -1 when the network knows none. */\n\
             int {name}_token(unsigned long character);\n\
             /* Reads a token, 0 to {upper}_TOKENS - 1; leaves the state alone for any other. */\n\
             void {name}_step({name}_state *state, int token);\n\
             /* The answer after what was read so far. */\n\
             void {name}_logits(const {name}_state *state, float logits[{upper}_CLASSES]);\n\
             \n\
             #endif\n\n",
            architecture.vocabulary, architecture.classes,
        )
    }
}

impl fmt::Display for File<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { name, constants, functions, reset, token, step, logits, .. } = self;
        let upper = name.to_uppercase();
        self.comment(f)?;
        self.declarations(f)?;
        write!(
            f,
            "#ifndef {upper}_DECLARATIONS_ONLY\n\
             \n\
             #include <math.h>\n\
             #include <stddef.h>\n\
             #include <stdint.h>\n\
             \n\
             {constants}\
             {functions}\
             void {name}_reset({name}_state *state)\n\
             {{\n\
             {reset}\
             }}\n\
             \n\
             int {name}_token(unsigned long character)\n\
             {{\n\
             {token}\
             }}\n\
             \n\
             void {name}_step({name}_state *state, int token)\n\
             {{\n\
             \x20   const float *embedded;\n\
             {step}\
             }}\n\
             \n\
             void {name}_logits(const {name}_state *state, float logits[{upper}_CLASSES])\n\
             {{\n\
             {logits}\
             }}\n\
             \n\
             #endif\n"
        )
    }
}

/// A label inside a comment: quoted, and unable to end it.
fn comment_text(label: &str) -> String {
    format!("{label:?}").replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")
}
