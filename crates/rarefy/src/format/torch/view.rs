//! A tensor as torch stores it: a strided view into a storage.

use super::element::Storage;

/// At least as many dimensions as any torch tensor has: torch's kernels stop at 64. Without a
/// limit, one long shape shared by many tensors would cost time and memory quadratic in the file's
/// length.
const MAX_DIMENSIONS: usize = 64;

/// A strided view, proven to lie inside its storage.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub storage: Storage<'a>,
    pub offset: usize,
    pub shape: Vec<usize>,
    /// In elements, one per dimension.
    pub strides: Vec<usize>,
    /// The product of `shape`.
    pub count: usize,
}

impl<'a> View<'a> {
    /// The view, or the reason why one of its elements would lie outside the storage.
    pub(super) fn new(
        storage: Storage<'a>,
        offset: usize,
        shape: Vec<usize>,
        strides: Vec<usize>,
    ) -> Result<Self, String> {
        if shape.len() != strides.len() {
            return Err(format!("{} sizes but {} strides", shape.len(), strides.len()));
        }
        if shape.len() > MAX_DIMENSIONS {
            return Err(format!("{} dimensions, more than {MAX_DIMENSIONS}", shape.len()));
        }
        match extent(offset, &shape, &strides) {
            Some((count, end)) if end <= storage.count => {
                Ok(Self { storage, offset, shape, strides, count })
            }
            _ => Err(format!(
                "one that exceeds its storage of {} elements: offset {offset}, shape {shape:?}, \
                 strides {strides:?}",
                storage.count,
            )),
        }
    }

    /// Position in the storage of the `flat`-th element in row-major order. If `flat` is below
    /// `count`, the result is below the storage's count.
    pub(super) fn position(&self, flat: usize) -> usize {
        let mut rest = flat;
        self.shape.iter().zip(&self.strides).rev().fold(
            self.offset,
            |position, (&size, &stride)| {
                let index = rest % size;
                rest /= size;
                position + index * stride
            },
        )
    }
}

/// The number of elements of a view, and one past the furthest position. `None` if either
/// overflows. An empty view touches nothing, wherever it starts.
fn extent(offset: usize, shape: &[usize], strides: &[usize]) -> Option<(usize, usize)> {
    if shape.contains(&0) {
        return Some((0, 0));
    }
    let count = shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size))?;
    let last = shape.iter().zip(strides).try_fold(offset, |last, (&size, &stride)| {
        last.checked_add((size - 1).checked_mul(stride)?)
    })?;
    Some((count, last.checked_add(1)?))
}
