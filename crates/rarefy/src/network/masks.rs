//! Which weights are masked, that is, held at exactly zero.

/// A mark for each parameter of a network. Pruning masks only recurrent weights. In a network from
/// elsewhere any parameter may be masked: one that was pruned there, or a bias that its modules do
/// not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masks {
    len: usize,
    /// Places of the masked parameters, ascending.
    masked: Vec<usize>,
}

impl Masks {
    /// No masks among `len` parameters.
    pub fn none(len: usize) -> Self {
        Self { len, masked: Vec::new() }
    }

    /// Masks the parameters at `places`, in any order.
    ///
    /// # Panics
    /// If a place is not below `len`.
    pub fn at(len: usize, mut places: Vec<usize>) -> Self {
        places.sort_unstable();
        places.dedup();
        if let Some(&last) = places.last() {
            assert!(last < len, "mask at {last} among {len} parameters");
        }
        Self { len, masked: places }
    }

    /// One bit per parameter, 1 where it is masked. The first parameter is the lowest bit of the
    /// first byte.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.len.div_ceil(8)];
        self.masked.iter().for_each(|place| bytes[place / 8] |= 1 << (place % 8));
        bytes
    }

    /// Masks for `len` parameters from the bytes of [`Self::to_bytes`]; `None` if the number of
    /// bytes does not match.
    pub fn from_bytes(len: usize, bytes: &[u8]) -> Option<Self> {
        let bit = |place: &usize| bytes[place / 8] >> (place % 8) & 1 == 1;
        let fits = bytes.len() == len.div_ceil(8);
        fits.then(|| Self { len, masked: (0..len).filter(bit).collect() })
    }

    /// The number of parameters, masked or not.
    #[allow(clippy::len_without_is_empty)] // `count` says how many are masked.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The number of masked parameters.
    pub fn count(&self) -> usize {
        self.masked.len()
    }

    /// The number of masked parameters in `range`.
    pub fn count_in(&self, range: std::ops::Range<usize>) -> usize {
        self.masked_in(range).len()
    }

    /// The places of the masked parameters in `range`, ascending.
    pub fn masked_in(&self, range: std::ops::Range<usize>) -> &[usize] {
        let start = self.masked.partition_point(|&place| place < range.start);
        let end = self.masked.partition_point(|&place| place < range.end);
        &self.masked[start..end]
    }

    /// For each parameter in `range`, whether it is not masked.
    pub fn kept_in(&self, range: std::ops::Range<usize>) -> Vec<bool> {
        let mut keep = vec![true; range.len()];
        self.masked_in(range.clone()).iter().for_each(|place| keep[place - range.start] = false);
        keep
    }

    /// Whether the parameter at `place` is masked.
    pub fn is_masked(&self, place: usize) -> bool {
        self.masked.binary_search(&place).is_ok()
    }

    /// Sets the values of masked parameters to zero: in parameters, in a gradient or in moments.
    ///
    /// # Panics
    /// If there is not one value per parameter.
    pub fn apply<F: num_traits::Zero>(&self, values: &mut [F]) {
        assert_eq!(values.len(), self.len, "values of another network");
        for &place in &self.masked {
            values[place] = F::zero();
        }
    }

    /// Also masks what `other` masks.
    ///
    /// # Panics
    /// If `other` belongs to another network.
    pub fn join(&mut self, other: &Masks) {
        assert_eq!(self.len, other.len, "masks of another network");
        let mut joined = Vec::with_capacity(self.masked.len() + other.masked.len());
        let mut rest = &other.masked[..];
        for &place in &self.masked {
            let before = rest.iter().take_while(|&&other| other < place).count();
            let (earlier, later) = rest.split_at(before);
            joined.extend_from_slice(earlier);
            joined.push(place);
            rest = later.strip_prefix(&[place]).unwrap_or(later);
        }
        joined.extend_from_slice(rest);
        self.masked = joined;
    }

    /// Removes the masks of the parameters at `places`, if they had any.
    pub fn clear(&mut self, places: Vec<usize>) {
        let cleared = Self::at(self.len, places);
        let mut rest = cleared.masked.iter().copied().peekable();
        self.masked.retain(|&place| {
            while rest.next_if(|&cleared| cleared < place).is_some() {}
            rest.peek() != Some(&place)
        });
    }
}
