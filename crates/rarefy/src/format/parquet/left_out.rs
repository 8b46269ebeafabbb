//! A substitute for Parquet files in builds without them.

use std::convert::Infallible;
use std::io::{self, BufWriter};

use crate::format::AtomicFile;
use crate::format::entry::{Entry, Kind};

/// A table that cannot be created.
pub struct Parquet(Infallible);

impl Parquet {
    /// Always fails, with a message on how to get a build that can write Parquet.
    pub fn begin(_file: AtomicFile, _columns: &[(String, Kind)]) -> io::Result<Self> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this build of rarefy writes no Parquet: build it with `--features full` (in a library, \
             the feature `parquet`)",
        ))
    }

    /// Unreachable.
    pub fn row(&mut self, _row: Vec<Entry>) -> io::Result<()> {
        match self.0 {}
    }

    /// Unreachable.
    pub fn finish(self) -> io::Result<BufWriter<AtomicFile>> {
        match self.0 {}
    }
}
