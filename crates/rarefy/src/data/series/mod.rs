//! Series of numbers with labels, and the files that hold them.
//!
//! There are six kinds of files. `.ts` is the text format of the UEA and UCR archives (`ts`).
//! NumPy's `.npz` has values and labels in one file (`npz`); its `.npy` and the idx files of MNIST
//! have one file for each. A CSV can have one step per row (`by_column`), and a table one series
//! per row (`in_rows`). `arrays` combines the arrays of a data set, and `npy` reads a single one.
//!
//! As with texts, a file is accepted or rejected as a whole: the first fault is an error that
//! states its position, and no series is skipped, cut or filled up. Data that a recurrent network
//! cannot use directly (time stamps, missing values) is rejected,
//! with no attempt to guess.

mod arrays;
mod by_column;
mod in_rows;
mod npy;
mod npz;
mod set;
mod ts;
mod write;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::content::{Content, all};
use super::{DataError, DataNote, TaskKind};
use arrays::{Arrays, Named};
use npy::Stored;

pub use by_column::SeriesColumns;
pub(super) use by_column::parse as parse_by_column;
pub(super) use in_rows::{is_table as is_series_in_rows, parse as parse_in_rows};
pub(super) use set::LARGEST;
pub(super) use set::refused;
pub use set::{AxisOrder, LabelledSeries, SeriesSet};

/// Reads the series of the file at `path`. `labels` is the file of its labels; a `.npy` needs one,
/// and the others contain their labels. `order` applies to arrays of three axes; an array of two is
/// `[N][T]` with one channel.
///
/// Values become `f32`. Labels from arrays are written without a fraction, and booleans as 0 and 1,
/// so that a class does not depend on the type it was saved with. Labels of arrays `[N][T]` are one
/// for each step, and floats are numbers to be answered ([`TaskKind`]).
///
/// # Errors
/// If a file cannot be read, anything in it is invalid, or a series has more than 10,000 steps.
pub fn read_series(
    path: &Path,
    labels: Option<&Path>,
    order: AxisOrder,
) -> Result<SeriesSet<'static>, DataError> {
    let (content, file) = Content::of(path)?;
    read(path, content, file, labels, Some(order), None).map(|(set, _)| set)
}

/// The same for an open file, with notes on it.
pub(super) fn read(
    path: &Path,
    content: Content,
    file: BufReader<File>,
    labels: Option<&Path>,
    order: Option<AxisOrder>,
    task: Option<TaskKind>,
) -> Result<(SeriesSet<'static>, Vec<DataNote>), DataError> {
    let axes = order.unwrap_or_default();
    let is_array = matches!(content, Content::Npy | Content::Npz);
    let (set, notes) = match (content, labels) {
        (Content::Ts, None) => ts::parse(path, &all(path, file)?, task)?,
        (Content::Text, None) => {
            let (set, note) = in_rows::parse(path, &all(path, file)?, task)?;
            (set, vec![note])
        }
        (Content::Npz, None) => {
            let size = file.get_ref().metadata().map_or(0, |file| file.len());
            let (set, note) = npz::read(path, file, axes, task, limit(size))?;
            (set, note.into_iter().collect())
        }
        (Content::Npy, Some(labels)) => {
            let told = |path, reason| refused(path, reason);
            let array = Stored::open(file).map_err(|reason| told(path, reason))?;
            let values = Named { path, name: "X".to_owned(), array };
            let (_, file) = Content::of(labels)?;
            let array = Stored::open(file).and_then(|array| array.whole(usize::MAX));
            let array = array.map_err(|reason| told(labels, reason))?;
            let labels = Named { path: labels, name: "y".to_owned(), array };
            let (set, note) =
                Arrays { values, labels, extent: None, task }.series(axes, usize::MAX)?;
            (set, note.into_iter().collect())
        }
        (Content::Npy, None) => {
            return Err(refused(
                path,
                "a file of one array has no labels: give theirs with --labels, --train-labels or \
                 --test-labels FILE, or put both into an .npz as X and y",
            ));
        }
        (_, Some(labels)) => {
            let (path, labels) = (path.to_owned(), labels.to_owned());
            return Err(DataError::OwnLabels { path, labels });
        }
    };
    // If the order of the axes is given, it is not questioned.
    let swapped = (is_array && order.is_none()).then(|| note_on_axes(&set)).flatten();
    Ok((set, notes.into_iter().chain(swapped).collect()))
}

/// The most bytes that the arrays of a compressed file of `size` bytes may take: 32 MiB if the file
/// is smaller than 1 MiB, otherwise 128 times its size. Larger expansion is unlikely for a file of
/// data.
fn limit(size: u64) -> usize {
    const LEAST: usize = 32 << 20;
    const RATIO: usize = 128;
    match usize::try_from(size) {
        Ok(size) if size >= 1 << 20 => size.saturating_mul(RATIO),
        _ => LEAST,
    }
}

/// The note on series whose axes seem to be swapped.
fn note_on_axes(set: &SeriesSet) -> Option<DataNote> {
    let longest = set.series.iter().map(|series| series.values.len() / set.channels).max()?;
    match longest {
        1 => Some(DataNote::OneStep { id: None }),
        steps if set.channels > 2 * steps => {
            Some(DataNote::MoreChannels { steps, channels: set.channels })
        }
        _ => None,
    }
}
