//! What stands for Parquet files in a build without them.

use std::convert::Infallible;
use std::io::{self, BufWriter};

use crate::format::AtomicFile;
use crate::format::entry::{Entry, Kind};

/// A table that there cannot be.
pub struct Parquet(Infallible);

impl Parquet {
    /// Says how to get a build that can.
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
