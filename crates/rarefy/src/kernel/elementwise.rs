//! Elementwise arithmetic on several buffers.

use super::buffer::Plain;
use super::simd::{Kernel, Lanes, Simd, dispatch};

/// Adds `from` to `to`.
///
/// # Panics
/// As [`update`].
pub fn add(to: &mut [f32], from: &[f32]) {
    dispatch(Add { to, from });
}

struct Add<'a> {
    to: &'a mut [f32],
    from: &'a [f32],
}

impl Kernel for Add<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        update(s, [self.to], [self.from], |[to], [from]| [s.add(to, from)]);
    }
}

/// For each position, replaces the values of `changed` by `f` of their old values and of the values
/// of `read` at that position. It handles a vector of positions at a time.
///
/// # Panics
/// When the buffers differ in length, or that is no multiple of [`Lanes::LANES`].
#[inline(always)]
pub fn update<S: Lanes, const CHANGED: usize, const READ: usize>(
    s: S,
    changed: [&mut [S::Element]; CHANGED],
    read: [&[S::Element]; READ],
    f: impl Fn([S::Vector; CHANGED], [S::Vector; READ]) -> [S::Vector; CHANGED],
) {
    let len = changed.first().map_or(0, |first| first.len());
    assert_eq!(len % S::LANES, 0, "{len} values are no whole vectors");
    assert!(changed.iter().all(|values| values.len() == len), "buffers differ in length");
    assert!(read.iter().all(|values| values.len() == len), "buffers differ in length");
    let changed = changed.map(<[S::Element]>::as_mut_ptr);
    let read = read.map(<[S::Element]>::as_ptr);
    let zero = s.splat(S::Element::ZERO);
    for at in (0..len).step_by(S::LANES) {
        // SAFETY: every buffer has `len` values, and `len` is a multiple of LANES.
        unsafe {
            let (mut was, mut is) = ([zero; CHANGED], [zero; READ]);
            for (was, values) in was.iter_mut().zip(&changed) {
                *was = s.load(values.add(at));
            }
            for (is, values) in is.iter_mut().zip(&read) {
                *is = s.load(values.add(at));
            }
            for (vector, values) in f(was, is).iter().zip(&changed) {
                s.store(*vector, values.add(at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_a_plain_loop() {
        let values = |step: f32| (0..160).map(|at| at as f32 * step).collect::<Vec<f32>>();
        let (mut to, from) = (values(0.1), values(-0.7));
        let expected: Vec<f32> = to.iter().zip(&from).map(|(to, from)| to + from).collect();
        add(&mut to, &from);
        assert_eq!(to, expected);
    }
}
