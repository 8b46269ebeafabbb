//! Memory that the kernels work in.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// A cache line of values.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; PER_LINE]);

const PER_LINE: usize = 16;

/// A resizable slice of `f32` that starts at a cache line. If rows are whole cache lines long, no
/// vector crosses from one line into the next. (Sparse products, which load as much as they
/// multiply, were measured to be nearly twice as fast this way.)
#[derive(Clone, Default)]
pub struct Buffer {
    lines: Vec<Line>,
    len: usize,
}

impl Buffer {
    /// An empty buffer.
    pub const fn new() -> Self {
        Self { lines: Vec::new(), len: 0 }
    }

    /// Resizes to exactly `len` values. Values that the buffer has held before keep what was last
    /// stored in them; new ones are 0. The memory is kept.
    pub fn size(&mut self, len: usize) {
        let lines = len.div_ceil(PER_LINE);
        if lines > self.lines.len() {
            self.lines.resize(lines, Line([0.0; PER_LINE]));
        }
        self.len = len;
    }

    /// Resizes to exactly `len` zeros. The memory is kept.
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
