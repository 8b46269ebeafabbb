//! A tensor as torch stores it: a strided view into a storage.

use super::element::Storage;

/// More dimensions than any tensor of torch's has: its kernels stop at 64. Without
/// a limit, one long shape that many tensors share would cost time and memory in
/// the square of the file's length.
const MAX_DIMENSIONS: usize = 64;

/// A strided view, proven to lie inside its storage.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub storage: Storage<'a>,
    pub offset: usize,
    pub shape: Vec<usize>,
    /// In elements, one for each dimension.
    pub strides: Vec<usize>,
    /// The product of `shape`.
    pub count: usize,
}

impl<'a> View<'a> {
    /// The view, unless an element of it would lie outside its storage; then why.
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

    /// Where in the storage the element stands that is the `flat`-th in row-major
    /// order. Below `count`, the result is below the storage's count.
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

/// How many elements a view has and one past the furthest; none when either
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
