//! Memory that the kernels work in.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

const LINE: usize = 64;

/// Numbers of which any bits are a value, and all bits 0 are 0.
///
/// # Safety
/// That must be so, and they must not be aligned more strictly than a cache line.
pub unsafe trait Plain: Copy + fmt::Debug {
    /// 0.
    const ZERO: Self;
}

// SAFETY: these are plain numbers.
unsafe impl Plain for f32 {
    const ZERO: Self = 0.0;
}
// SAFETY: as above.
unsafe impl Plain for i32 {
    const ZERO: Self = 0;
}
// SAFETY: as above.
unsafe impl Plain for i8 {
    const ZERO: Self = 0;
}

/// A resizable slice of numbers that starts at a cache line. If rows are whole cache lines long, no
/// vector crosses from one line into the next. (Sparse products, which load as much as they
/// multiply, were measured to be nearly twice as fast this way.)
#[derive(Clone)]
pub struct Buffer<T = f32> {
    lines: Vec<Line>,
    len: usize,
    values: PhantomData<T>,
}

impl<T> Default for Buffer<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Buffer<T> {
    /// An empty buffer.
    pub const fn new() -> Self {
        Self { lines: Vec::new(), len: 0, values: PhantomData }
    }
}

impl<T: Plain> Buffer<T> {
    /// Resizes to exactly `len` values. Values that the buffer has held before keep what was last
    /// stored in them; new ones are 0. The memory is kept.
    pub fn size(&mut self, len: usize) {
        let lines = len.div_ceil(LINE / size_of::<T>());
        if lines > self.lines.len() {
            self.lines.resize(lines, Line([0; LINE]));
        }
        self.len = len;
    }

    /// Resizes to exactly `len` zeros. The memory is kept.
    pub fn zeros(&mut self, len: usize) {
        self.size(len);
        self.lines[..len.div_ceil(LINE / size_of::<T>())].fill(Line([0; LINE]));
    }

    /// `len` zeros.
    pub fn of_zeros(len: usize) -> Self {
        let mut buffer = Self::new();
        buffer.size(len);
        buffer
    }
}

impl<T: Plain> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: there are lines for `len` values, all initialised, and aligned.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<T: Plain> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and the lines are borrowed as long as the slice.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

impl<T: Plain> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_aligned_and_keeps_what_it_had() {
        let mut buffer = Buffer::<f32>::new();
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
        let mut bytes = Buffer::<i8>::of_zeros(65);
        bytes[64] = -1;
        assert_eq!((bytes.len(), bytes[0], bytes[64]), (65, 0, -1));
    }
}
