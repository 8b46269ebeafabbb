//! Elementwise arithmetic on several buffers.

use super::buffer::Plain;
use super::simd::Lanes;

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
