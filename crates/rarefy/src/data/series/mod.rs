//! Series of numbers with labels, and the files that hold them.
//!
//! Three kinds of file, told apart by their extension: `.ts`, the text of the UEA and
//! UCR archives (`ts`), NumPy's `.npz` with values and labels in one file (`npz`), and
//! its `.npy` with one file for each. What arrays mean together is in `arrays`, how one
//! is stored in `npy`.
//!
//! As with texts, a file is judged as a whole: the first thing wrong with it is an error
//! that says where, and no series is skipped, cut or filled up. What a recurrent network
//! cannot use as it stands (time stamps, missing values, targets that are no classes) is
//! refused, not guessed around.

mod arrays;
mod npy;
mod npz;
mod ts;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::DataError;
use super::dataset::LONGEST;
use arrays::{Arrays, Named};

/// The largest magnitude: what is further from the mean is shifted and scaled in single
/// precision, and must not overflow there.
const LARGEST: f32 = 1e30;

/// A series of numbers and the class it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledSeries {
    /// The numbers, all finite: `[T][C]`, row-major, so all channels of a step together.
    pub values: Vec<f32>,
    /// Its class, as written.
    pub label: String,
}

/// The series of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSet {
    /// The numbers of each step, `C`: at least 1, the same for every series.
    pub channels: usize,
    /// At least one, each with at least one step; they may differ in length.
    pub series: Vec<LabelledSeries>,
}

/// How the axes of an array of series stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AxisOrder {
    /// `[N][T][C]`: series, steps, channels.
    #[default]
    StepsChannels,
    /// `[N][C][T]`: series, channels, steps, as aeon and sktime have it.
    ChannelsSteps,
}

/// The kinds of file.
#[derive(Clone, Copy)]
enum Kind {
    Ts,
    Npy,
    Npz,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "ts" => Some(Self::Ts),
            "npy" => Some(Self::Npy),
            "npz" => Some(Self::Npz),
            _ => None,
        }
    }
}

/// Whether a file's extension, in any case, says that it holds series: `ts`, `npy` or
/// `npz`.
pub fn is_series_file(path: &Path) -> bool {
    Kind::of(path).is_some()
}

/// Reads the series of the file at `path`. `labels` is the file of its labels, which a
/// `.npy` needs and the others have inside. `order` is for arrays of three axes; one of
/// two is `[N][T]`, of one channel.
///
/// Values become `f32`. Labels of arrays are written without a fraction, and bools as 0
/// and 1: a class is the same whatever type it was saved as.
///
/// # Errors
/// When a file cannot be read, or anything in it is not as it should be, a series of more
/// than 10,000 steps included.
pub fn read_series(
    path: &Path,
    labels: Option<&Path>,
    order: AxisOrder,
) -> Result<SeriesSet, DataError> {
    let kind = Kind::of(path).ok_or_else(|| {
        refused(path, "a file of series is called .ts, .npz or .npy: its name ends otherwise")
    })?;
    match (kind, labels) {
        (Kind::Ts, None) => {
            let bytes = std::fs::read(path).map_err(|reason| unreadable(path, reason))?;
            ts::parse(path, &bytes)
        }
        (Kind::Npz, None) => npz::read(path, open(path)?)?.series(order),
        (Kind::Npy, Some(labels)) => {
            let values = Named { path, name: "X".to_owned(), array: array(path)? };
            let labels = Named { path: labels, name: "y".to_owned(), array: array(labels)? };
            Arrays { values, labels, extent: None }.series(order)
        }
        (Kind::Npy, None) => Err(refused(
            path,
            "a .npy file has no labels: give them with --labels, --train-labels or --test-labels \
             FILE.npy, or put both into an .npz as X and y",
        )),
        (Kind::Ts | Kind::Npz, Some(labels)) => Err(refused(
            path,
            format!(
                "a .ts or .npz file has its own labels: leave out {}, which is for .npy",
                labels.display()
            ),
        )),
    }
}

fn open(path: &Path) -> Result<BufReader<File>, DataError> {
    File::open(path).map(BufReader::new).map_err(|reason| unreadable(path, reason))
}

/// The one array of the file at `path`.
fn array(path: &Path) -> Result<npy::Array, DataError> {
    npy::Array::read(open(path)?).map_err(|reason| refused(path, reason))
}

fn unreadable(path: &Path, reason: std::io::Error) -> DataError {
    DataError::Unreadable { path: path.to_owned(), reason }
}

/// The refusal of a file in which no line can be named.
fn refused(path: &Path, reason: impl Into<String>) -> DataError {
    DataError::Series { path: path.to_owned(), line: None, reason: reason.into() }
}

/// What a series of so many steps is told, if it is too long.
fn too_long(steps: usize) -> Option<String> {
    (steps > LONGEST)
        .then(|| format!("a series of {steps} steps: the longest that can be read has {LONGEST}"))
}
