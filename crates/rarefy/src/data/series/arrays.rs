//! Series from arrays: values, labels and, if the series differ in length, the length of each.
//!
//! Errors state the index of a value as NumPy would write it, from 0: `X[1, 20, 0]`.

use std::io::Read;
use std::path::Path;

use super::npy::{Array, Number, Stored, too_large};
use super::set::{AxisOrder, LARGEST, LabelledSeries, NO_LABEL, SeriesSet, refused, too_long};
use crate::data::{Answer, DataError, DataNote, TaskKind};

/// The arrays of a data set of `N` series.
pub(super) struct Arrays<'a, R> {
    /// The values: three axes by the [`AxisOrder`], or `[N][T]`.
    pub values: Named<'a, Stored<R>>,
    /// The labels: `[N]`, `[N][T]` at each step, `[N][K]` several numbers, `[N][T][K]` several at
    /// each step.
    pub labels: Named<'a, Array>,
    /// How much of each series is data; if `None`, all of it.
    pub extent: Option<Extent<'a>>,
    /// What the labels are; if `None`, what their type and shape say.
    pub task: Option<TaskKind>,
}

/// How much of each series is data.
pub(super) enum Extent<'a> {
    /// The number of steps of each series: `[N]`.
    Lengths(Named<'a, Array>),
    /// Whether each step is data: `[N][T]`.
    Mask(Named<'a, Array>),
}

/// An array, its name and its file.
pub(super) struct Named<'a, A> {
    /// Its file.
    pub path: &'a Path,
    /// Its name.
    pub name: String,
    /// Its elements.
    pub array: A,
}

impl<A> Named<'_, A> {
    fn refused(&self, reason: impl AsRef<str>) -> DataError {
        refused(self.path, format!("{}{}", self.name, reason.as_ref()))
    }

    /// An error in the content of the array.
    fn told(&self, reason: String) -> DataError {
        refused(self.path, format!("the array {}: {reason}", self.name))
    }
}

impl Named<'_, Array> {
    /// An error if the array has another number of series than the values.
    fn miscounted<A>(&self, values: &Named<A>, count: usize) -> DataError {
        let found = self.array.shape[0];
        let whose = match values.path == self.path {
            true => values.name.clone(),
            false => values.path.display().to_string(),
        };
        self.refused(format!(" has {found} entries, but {whose} has {count} series"))
    }
}

impl<R: Read> Arrays<'_, R> {
    /// The series in the order of the arrays. At most `limit` bytes are kept of an array.
    pub fn series(
        self,
        order: AxisOrder,
        limit: usize,
    ) -> Result<(SeriesSet<'static>, Option<DataNote>), DataError> {
        let Self { values: Named { path, name, array }, labels, extent, task } = self;
        let mut zeros = Zeros::default();
        let may_be_padded = extent.is_none() && !array.is_idx();
        let divisor = array.divisor();
        let values = Named { path, name, array: () };
        let axes = Axes::of(&values, &array, order)?;
        // The labels are read first, because their file has all of them; a header may claim any
        // number of series.
        let asked = Asked::of(&labels, &values, &axes, task)?;
        let lengths = match &extent {
            None => vec![axes.steps; axes.count],
            Some(Extent::Lengths(lengths)) => checked_lengths(lengths, &values, &axes)?,
            Some(Extent::Mask(mask)) => masked_lengths(mask, &values, &axes)?,
        };
        let long = lengths.iter().enumerate().find_map(|(at, &steps)| Some((at, too_long(steps)?)));
        if let Some((index, reason)) = long {
            return Err(values.refused(format!("[{index}]: {reason}")));
        }
        let numbers = lengths.iter().sum::<usize>().saturating_mul(axes.channels);
        let size = numbers.saturating_mul(size_of::<f32>());
        if size > limit {
            return Err(values.told(too_large(size, limit)));
        }
        let mut elements = Elements::of(array, limit).map_err(|reason| values.told(reason))?;
        let mut series = Vec::with_capacity(axes.count);
        for (index, steps) in lengths.into_iter().enumerate() {
            let (array, place) =
                elements.of_series(index, limit).map_err(|reason| values.told(reason))?;
            let mut row = Vec::with_capacity(steps * axes.channels);
            for step in 0..steps {
                for channel in 0..axes.channels {
                    let number = array.number(axes.place(place, step, channel));
                    let value = single(number).map_err(|fault| {
                        let advice = match (fault, &extent) {
                            (Fault::Nan, None) => {
                                "missing values are not supported; for series of different \
                                 lengths, save an .npz with an array lengths or mask"
                            }
                            (Fault::Nan, Some(_)) => "missing values are not supported",
                            (Fault::Infinite, _) => "expected finite numbers",
                            (Fault::Overflow, _) => "expected at most 1e30",
                        };
                        let place = axes.index(index, step, channel);
                        values.refused(format!("{place:?} {fault}: {advice}"))
                    })?;
                    row.push(value / divisor);
                }
            }
            zeros.count(&row, axes.channels);
            let answer = asked.answer(&labels, index, steps)?;
            series.push(LabelledSeries { values: row.into(), answer });
        }
        elements.end().map_err(|reason| values.told(reason))?;
        let note = zeros.note().filter(|_| may_be_padded);
        Ok((SeriesSet { channels: axes.channels, series }, note))
    }
}

/// The source of the elements of a series.
enum Elements<R> {
    /// Series are read one by one, and only the last one is kept.
    InOrder(Stored<R>, Option<Array>),
    /// All elements are in memory.
    Whole(Array),
}

impl<R: Read> Elements<R> {
    fn of(array: Stored<R>, limit: usize) -> Result<Self, String> {
        Ok(match array.is_in_order() {
            true => Self::InOrder(array, None),
            false => Self::Whole(array.whole(limit)?),
        })
    }

    /// The array that contains a series, and the index of the series in it. Series have to be
    /// requested in order.
    fn of_series(&mut self, index: usize, limit: usize) -> Result<(&Array, usize), String> {
        match self {
            Self::Whole(array) => Ok((array, index)),
            Self::InOrder(stored, last) => {
                let next = stored.next(last.take(), limit)?;
                Ok((last.insert(next), 0))
            }
        }
    }

    fn end(self) -> Result<(), String> {
        match self {
            Self::Whole(_) => Ok(()),
            Self::InOrder(mut stored, _) => stored.end(),
        }
    }
}

/// If all series end in at least this many steps of zeros, these are padding rather than data.
const PADDING: usize = 3;

/// How many series end in steps of zeros, and in how many steps.
#[derive(Default)]
struct Zeros {
    all: usize,
    ending: usize,
    /// The smallest and the largest number of steps of zeros at the end of those.
    steps: Option<(usize, usize)>,
}

impl Zeros {
    fn count(&mut self, values: &[f32], channels: usize) {
        let steps = values.chunks(channels).rev();
        let zeros = steps.take_while(|step| step.iter().all(|&value| value == 0.0)).count();
        self.all += 1;
        // A single zero may be a value. In a series of nothing but zeros, padding cannot be
        // recognised.
        if zeros > 1 && zeros * channels < values.len() {
            self.ending += 1;
            let (fewest, most) = self.steps.unwrap_or((zeros, zeros));
            self.steps = Some((fewest.min(zeros), most.max(zeros)));
        }
    }

    /// The note on series that look padded: most of them end in zeros with varying numbers of
    /// steps, or all of them end in several.
    fn note(&self) -> Option<DataNote> {
        let Self { all, ending, steps } = *self;
        let (fewest, most) = steps?;
        let is_padded = fewest < most && 2 * ending >= all || ending == all && fewest >= PADDING;
        is_padded.then_some(DataNote::EndInZeros { count: ending, of: all })
    }
}

/// The layout of the values.
struct Axes {
    count: usize,
    steps: usize,
    channels: usize,
    /// Distance in elements from one series, step and channel to the next.
    strides: [usize; 3],
    /// The axes of steps and of channels; the latter does not exist with one channel.
    axis: [usize; 2],
    /// Whether there is an axis for channels.
    has_channels: bool,
}

impl Axes {
    fn of<A, R: Read>(
        values: &Named<A>,
        array: &Stored<R>,
        order: AxisOrder,
    ) -> Result<Self, DataError> {
        if !array.is_numeric() {
            return Err(values.refused(" holds strings: expected numbers"));
        }
        let shape = array.shape();
        let axis = match (shape.len(), order) {
            (2, _) | (3, AxisOrder::StepsChannels) => [1, 2],
            (3, AxisOrder::ChannelsSteps) => [2, 1],
            _ => {
                return Err(values.refused(format!(
                    " has the shape {shape:?}: expected three axes (series, steps, channels) or two \
                     (series, steps)"
                )));
            }
        };
        if shape.contains(&0) {
            return Err(values.refused(format!(
                " has the shape {shape:?}: expected at least one series, step and channel"
            )));
        }
        let strides = array.strides();
        Ok(Self {
            count: shape[0],
            steps: shape[axis[0]],
            channels: *shape.get(axis[1]).unwrap_or(&1),
            strides: [strides[0], strides[axis[0]], *strides.get(axis[1]).unwrap_or(&0)],
            axis,
            has_channels: shape.len() == 3,
        })
    }

    fn place(&self, series: usize, step: usize, channel: usize) -> usize {
        series * self.strides[0] + step * self.strides[1] + channel * self.strides[2]
    }

    /// The index of a value in the array.
    fn index(&self, series: usize, step: usize, channel: usize) -> Vec<usize> {
        let mut index = vec![series, step, channel];
        index[self.axis[0]] = step;
        index[self.axis[1]] = channel;
        index.truncate(2 + usize::from(self.has_channels));
        index
    }
}

/// Why a number is not a valid value of a series.
#[derive(Clone, Copy)]
enum Fault {
    Nan,
    Infinite,
    Overflow,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nan => "is NaN",
            Self::Infinite => "is infinite",
            Self::Overflow => "is too large",
        })
    }
}

fn single(number: Number) -> Result<f32, Fault> {
    match number {
        Number::Whole(number) => Ok(number as f32),
        Number::Float(number) if number.is_nan() => Err(Fault::Nan),
        Number::Float(number) if number.is_infinite() => Err(Fault::Infinite),
        Number::Float(number) => {
            Some(number as f32).filter(|single| single.abs() <= LARGEST).ok_or(Fault::Overflow)
        }
    }
}

fn checked_lengths<A>(
    lengths: &Named<Array>,
    values: &Named<A>,
    axes: &Axes,
) -> Result<Vec<usize>, DataError> {
    let array = &lengths.array;
    if array.shape.len() != 1 || !array.is_whole() {
        let shape = &array.shape;
        return Err(lengths.refused(format!(
            " has the shape {shape:?}: expected integers along one axis, one per series"
        )));
    }
    if array.shape[0] != axes.count {
        return Err(lengths.miscounted(values, axes.count));
    }
    let length = |index| match array.number(index) {
        Number::Whole(length) if (1..=axes.steps as i128).contains(&length) => Ok(length as usize),
        Number::Whole(length) => Err(lengths.refused(format!(
            "[{index}] is {length}: expected 1 to {}, the steps of {}",
            axes.steps, values.name
        ))),
        Number::Float(_) => unreachable!("the type was checked"),
    };
    (0..axes.count).map(length).collect()
}

fn masked_lengths<A>(
    mask: &Named<Array>,
    values: &Named<A>,
    axes: &Axes,
) -> Result<Vec<usize>, DataError> {
    let array = &mask.array;
    if array.shape.len() != 2 || !array.is_numeric() {
        let shape = &array.shape;
        return Err(mask.refused(format!(
            " has the shape {shape:?}: expected bools or numbers along two axes (series, steps)"
        )));
    }
    if array.shape[0] != axes.count {
        return Err(mask.miscounted(values, axes.count));
    }
    if array.shape[1] != axes.steps {
        let (found, expected) = (array.shape[1], axes.steps);
        let name = &values.name;
        return Err(mask.refused(format!(" has {found} steps, but {name} has {expected}")));
    }
    let strides = array.strides();
    let mut lengths = Vec::with_capacity(axes.count);
    for series in 0..axes.count {
        let mut length = 0;
        for step in 0..axes.steps {
            let there = match array.number(series * strides[0] + step * strides[1]) {
                Number::Whole(0) | Number::Float(0.0) => false,
                Number::Whole(1) | Number::Float(1.0) => true,
                _ => {
                    return Err(mask.refused(format!(
                        "[{series}, {step}] is neither 0 nor 1: expected 1 for data and 0 for padding"
                    )));
                }
            };
            if there && length < step {
                return Err(mask.refused(format!(
                    "[{series}, {step}] is 1 after a 0: expected padding only at the end"
                )));
            }
            length += usize::from(there);
        }
        if length == 0 {
            return Err(mask.refused(format!("[{series}] is all 0: expected at least one step")));
        }
        lengths.push(length);
    }
    Ok(lengths)
}

/// What an array of labels holds for each series.
enum Asked {
    Label,
    StepLabels,
    /// This many numbers.
    Numbers(usize),
    /// This many at each step.
    StepNumbers(usize),
}

/// Whether a step of an array of labels has none.
fn is_no_label(number: Number) -> bool {
    match number {
        Number::Whole(number) => number == NO_LABEL as i128,
        Number::Float(number) => number == NO_LABEL,
    }
}

impl Asked {
    fn of<A>(
        labels: &Named<Array>,
        values: &Named<A>,
        axes: &Axes,
        task: Option<TaskKind>,
    ) -> Result<Self, DataError> {
        let array = &labels.array;
        let (shape, steps) = (&array.shape, axes.steps);
        let expected = |expected: &str| {
            Err(labels.refused(format!(" has the shape {shape:?}: expected {expected}")))
        };
        if shape.is_empty() || shape.len() > 3 || shape.contains(&0) {
            return expected(
                "one axis, with one label per series; [series, steps] with one at each step; or \
                 numbers",
            );
        }
        if shape[0] != axes.count {
            return Err(labels.miscounted(values, axes.count));
        }
        let is_whole = |number| {
            matches!(number, Number::Whole(_))
                || matches!(number, Number::Float(number) if number.fract() == 0.0)
        };
        let all_whole =
            || !array.is_numeric() || (0..shape[0]).all(|place| is_whole(array.number(place)));
        let numeric = array.is_numeric();
        let is_float = numeric && !matches!(array.number(0), Number::Whole(_));
        // Classes that are given by columns would be learnt as numbers, which is rarely meant.
        let is_bit = |place| {
            let number = array.number(place);
            number == Number::Float(0.0) || number == Number::Float(1.0)
        };
        let is_doubtful =
            |columns: usize| !is_float || columns > 1 && (0..shape[0] * columns).all(is_bit);
        match (task, &shape[..]) {
            (None, &[_, columns]) if numeric && columns != steps && is_doubtful(columns) => {
                return expected(
                    "one axis, with one label per series (of one-hot labels the argmax); or say that \
                     the task is numbers",
                );
            }
            _ => {}
        }
        // Whole floats among which is the mark of a step without a label.
        let is_labels = || {
            let all = || (0..shape.iter().product()).map(|place| array.number(place));
            all().all(is_whole) && all().any(is_no_label)
        };
        let task = task.unwrap_or_else(|| match shape[..] {
            [_] if all_whole() => TaskKind::Class,
            [_, columns] if columns == steps && (!is_float || is_labels()) => TaskKind::Steps,
            _ => TaskKind::Numbers,
        });
        match (task, &shape[..]) {
            (TaskKind::Class, [_]) => Ok(Self::Label),
            (TaskKind::Class, _) => expected("one axis, with one label per series"),
            (TaskKind::Steps, [_, columns]) if *columns == steps => Ok(Self::StepLabels),
            (TaskKind::Steps, _) => expected(&format!("[series, {steps} steps] with a label each")),
            (TaskKind::Numbers, _) if !numeric => {
                Err(labels.refused(" holds strings: expected numbers"))
            }
            (TaskKind::Numbers, [_]) => Ok(Self::Numbers(1)),
            (TaskKind::Numbers, [_, columns]) if *columns == steps && steps > 1 => {
                Ok(Self::StepNumbers(1))
            }
            (TaskKind::Numbers, [_, columns]) => Ok(Self::Numbers(*columns)),
            (TaskKind::Numbers, [_, rows, columns]) if *rows == steps => {
                Ok(Self::StepNumbers(*columns))
            }
            (TaskKind::Numbers, _) => expected(&format!("[series, {steps} steps, numbers]")),
            (TaskKind::Next, _) => expected("none: the next token is asked of texts"),
        }
    }

    /// The answer to series `index`, of which `steps` are data.
    fn answer(
        &self,
        labels: &Named<Array>,
        index: usize,
        steps: usize,
    ) -> Result<Answer, DataError> {
        let strides = labels.array.strides();
        let place = |at: &[usize]| at.iter().zip(&strides).map(|(at, stride)| at * stride).sum();
        // An array without an axis for several numbers has one.
        let number = |at: &[usize]| -> Result<f32, DataError> {
            let at = &at[..at.len().min(strides.len())];
            single(labels.array.number(place(at))).map_err(|fault| {
                labels.refused(format!("{at:?} {fault}: expected finite numbers, at most 1e30"))
            })
        };
        Ok(match *self {
            Self::Label => Answer::Label(label(labels, &[index], index)?),
            Self::StepLabels => {
                let at = |step| {
                    let place = place(&[index, step]);
                    let is_none =
                        labels.array.is_numeric() && is_no_label(labels.array.number(place));
                    (!is_none).then(|| label(labels, &[index, step], place)).transpose()
                };
                Answer::StepLabels((0..steps).map(at).collect::<Result<_, _>>()?)
            }
            Self::Numbers(outputs) => {
                let all = (0..outputs).map(|output| number(&[index, output]));
                Answer::Numbers(all.collect::<Result<_, _>>()?)
            }
            Self::StepNumbers(outputs) => {
                let all =
                    (0..steps).flat_map(|step| (0..outputs).map(move |output| (step, output)));
                let values = all
                    .map(|(step, output)| number(&[index, step, output]))
                    .collect::<Result<_, _>>()?;
                Answer::StepNumbers { outputs, values }
            }
        })
    }
}

/// The label that is stored at `place`; `at` is its index.
fn label(labels: &Named<Array>, at: &[usize], place: usize) -> Result<String, DataError> {
    let array = &labels.array;
    let refused = |reason: &str| labels.refused(format!("{at:?} {reason}"));
    match array.is_numeric() {
        true => match array.number(place) {
            Number::Whole(number) => Ok(number.to_string()),
            // Larger whole numbers are beyond the precision of a float.
            Number::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                Ok((number as i64).to_string())
            }
            Number::Float(number) => Err(refused(&format!(
                "is {number}: expected whole numbers or strings as labels (the task numbers takes \
                 any)"
            ))),
        },
        false => match array.string(place) {
            Some(name) if name.is_empty() => {
                Err(refused("is empty: expected at least one character"))
            }
            Some(name) => Ok(name),
            None => Err(refused("is not valid Unicode: expected str, or bytes in UTF-8")),
        },
    }
}
