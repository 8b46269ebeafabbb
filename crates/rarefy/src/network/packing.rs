//! The parameters that are computed with, in one contiguous buffer. It leaves out masked weights of
//! matrices that are multiplied entry by entry, and whatever only dead units use.
//!
//! Gradient, clipping and optimiser work on packed parameters. Their cost therefore depends on what
//! is left of the network, and they need not handle masks.

use std::ops::Range;

/// Where packed parameters are among all parameters of a network.
#[derive(Clone, Debug, Default)]
pub struct Packing {
    segments: Vec<Segment>,
    len: usize,
}

#[derive(Clone, Debug)]
enum Segment {
    Run(Range<usize>),
    Places(Vec<u32>),
}

impl Packing {
    /// The number of packed parameters.
    #[allow(clippy::len_without_is_empty)] // A network computes with some parameters.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Copies the packed ones from all `parameters` of a network.
    ///
    /// # Panics
    /// If they belong to a smaller network.
    pub fn pack(&self, parameters: &[f32]) -> Vec<f32> {
        let mut packed = Vec::with_capacity(self.len);
        for segment in &self.segments {
            match segment {
                Segment::Run(range) => packed.extend_from_slice(&parameters[range.clone()]),
                Segment::Places(places) => {
                    packed.extend(places.iter().map(|&place| parameters[place as usize]));
                }
            }
        }
        packed
    }

    /// Overwrites the packed ones of `parameters`; the others are unchanged.
    ///
    /// # Panics
    /// If `packed` has another length, or `parameters` belong to a smaller network.
    pub fn unpack(&self, packed: &[f32], parameters: &mut [f32]) {
        assert_eq!(packed.len(), self.len, "packed parameters of another network");
        let mut rest = packed;
        for segment in &self.segments {
            let from;
            match segment {
                Segment::Run(range) => {
                    (from, rest) = rest.split_at(range.len());
                    parameters[range.clone()].copy_from_slice(from);
                }
                Segment::Places(places) => {
                    (from, rest) = rest.split_at(places.len());
                    for (&place, &value) in places.iter().zip(from) {
                        parameters[place as usize] = value;
                    }
                }
            }
        }
    }

    /// Packs the parameters at `range` next, and returns where they are now.
    pub(super) fn run(&mut self, range: Range<usize>) -> Range<usize> {
        let len = range.len();
        self.next(len, Segment::Run(range))
    }

    /// Packs the parameters at `places` next, and returns where they are now.
    ///
    /// # Panics
    /// If a place does not fit into 32 bits.
    pub(super) fn places(&mut self, places: impl Iterator<Item = usize>) -> Range<usize> {
        let short = |place| u32::try_from(place).expect("fewer than 2^32 parameters");
        let places: Vec<u32> = places.map(short).collect();
        self.next(places.len(), Segment::Places(places))
    }

    fn next(&mut self, len: usize, segment: Segment) -> Range<usize> {
        self.segments.push(segment);
        self.len += len;
        self.len - len..self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_to_its_place_and_the_rest_stays() {
        let mut packing = Packing::default();
        assert_eq!(packing.run(1..3), 0..2);
        assert_eq!(packing.places([4, 7].into_iter()), 2..4);
        assert_eq!(packing.run(8..9), 4..5);
        let mut parameters: Vec<f32> = (0..9).map(|at| at as f32).collect();
        assert_eq!(packing.pack(&parameters), [1.0, 2.0, 4.0, 7.0, 8.0]);
        packing.unpack(&[10.0, 20.0, 40.0, 70.0, 80.0], &mut parameters);
        assert_eq!(parameters, [0.0, 10.0, 20.0, 3.0, 40.0, 5.0, 6.0, 70.0, 80.0]);
    }
}
