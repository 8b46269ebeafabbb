//! What goes through a sequence step by step, in floats or in integers.

use super::IntegerStepper;
use crate::data::{Scaling, Sequence};
use crate::network::Stepper;

/// Reads one sequence step by step, and can answer after any of them.
pub trait StepByStep {
    /// Resets the state: the next step is the first of a sequence.
    fn reset(&mut self);

    /// Reads the next token.
    ///
    /// # Panics
    /// If it is not in the vocabulary, or the network reads numbers.
    fn token(&mut self, token: u32);

    /// Reads the next step of a series as it is in the data, `[C]`.
    ///
    /// # Panics
    /// If there is not one number per channel, or the network reads tokens.
    fn numbers(&mut self, scaling: &Scaling, numbers: &[f32]);

    /// Reads a step of padding: token 0, or the mean of each of `channels` channels if there are any.
    fn padding(&mut self, channels: usize);

    /// The answer to what was read so far, `[C]`.
    fn answer(&mut self) -> Vec<f32>;

    /// Bytes of the recurrent weights as they are stored for stepping.
    fn weight_bytes(&self) -> usize;

    /// Reads a whole sequence.
    fn read(&mut self, sequence: Sequence) {
        match sequence {
            Sequence::Tokens(tokens) => tokens.iter().for_each(|&token| self.token(token)),
            Sequence::Series { scaling, values } => {
                let steps = values.chunks_exact(scaling.channels());
                steps.for_each(|step| self.numbers(scaling, step));
            }
        }
    }
}

impl StepByStep for Stepper {
    fn reset(&mut self) {
        self.reset();
    }

    fn token(&mut self, token: u32) {
        self.step(token);
    }

    fn numbers(&mut self, scaling: &Scaling, numbers: &[f32]) {
        self.step_numbers(&scaling.scaled(numbers).collect::<Vec<f32>>());
    }

    fn padding(&mut self, channels: usize) {
        match channels {
            0 => self.step(0),
            channels => self.step_numbers(&vec![0.0; channels]),
        }
    }

    fn answer(&mut self) -> Vec<f32> {
        self.logits().to_vec()
    }

    fn weight_bytes(&self) -> usize {
        self.weight_bytes()
    }
}

impl StepByStep for IntegerStepper<'_> {
    fn reset(&mut self) {
        self.reset();
    }

    fn token(&mut self, token: u32) {
        self.step(token);
    }

    fn numbers(&mut self, _: &Scaling, numbers: &[f32]) {
        self.step_numbers(numbers);
    }

    fn padding(&mut self, _: usize) {
        self.step_padding();
    }

    fn answer(&mut self) -> Vec<f32> {
        self.logits()
    }

    fn weight_bytes(&self) -> usize {
        self.weight_bytes()
    }
}
