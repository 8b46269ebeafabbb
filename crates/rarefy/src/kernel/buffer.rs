//! Memory for the kernels to work in.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// A cache line of values.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; PER_LINE]);

const PER_LINE: usize = 16;

/// A resizable slice of `f32` that starts with a cache line: of rows that are whole
/// lines long, no vector lies across two. (Sparse products, which load as much as they
/// multiply, were measured nearly twice as fast.)
#[derive(Clone, Default)]
pub struct Buffer {
    lines: Vec<Line>,
    len: usize,
}

impl Buffer {
    /// Holds nothing yet.
    pub const fn new() -> Self {
        Self { lines: Vec::new(), len: 0 }
    }

    /// Makes it hold exactly `len` values, of which those that it has had before keep
    /// what was last in them; others are 0. Memory is kept.
    pub fn size(&mut self, len: usize) {
        let lines = len.div_ceil(PER_LINE);
        if lines > self.lines.len() {
            self.lines.resize(lines, Line([0.0; PER_LINE]));
        }
        self.len = len;
    }

    /// Makes it hold exactly `len` zeros. Memory is kept.
    pub fn zeros(&mut self, len: usize) {
        self.size(len);
        self.fill(0.0);
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: a `Line` is PER_LINE values without a gap, and there are lines for
        // `len` of them, all initialised.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above, and the lines are borrowed as long as the slice.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_aligned_and_keeps_what_it_had() {
        let mut buffer = Buffer::new();
        assert!(buffer.is_empty());
        buffer.size(17);
        assert_eq!(*buffer, [0.0; 17]);
        assert_eq!(buffer.as_ptr().align_offset(64), 0);
        buffer.fill(1.0);
        buffer.size(3);
        assert_eq!(*buffer, [1.0; 3]);
        buffer.size(18);
        assert_eq!((buffer[16], buffer[17]), (1.0, 0.0));
        buffer.zeros(5);
        assert_eq!(*buffer, [0.0; 5]);
    }
}
