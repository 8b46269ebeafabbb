//! Series from a CSV with one row per step: some columns hold the values, another identifies the
//! series.
//!
//! The rows with the same id form a series, in the order of the file or of a column of times. Every
//! row has the label of the series, which must be the same in all, or one of its own if each step is
//! asked for one. A step whose label is empty, or -100 as in arrays, has none. A number may be of the
//! series or of its steps, and every row has one.

use std::collections::HashMap;
use std::path::Path;

use super::set::{LabelledSeries, NO_LABEL, SeriesSet};
use crate::data::error::ColumnFault;
use crate::data::error::LONGEST;
use crate::data::table::{Row, Table, Wanted};
use crate::data::{Answer, DataError, DataNote, TaskKind};

/// The columns that series are read from; the column of labels is in [`super::super::Columns`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesColumns {
    /// Headers of the channels, at least one.
    pub channels: Vec<String>,
    /// Header of the column that identifies the series of a row.
    pub id: String,
    /// Header of the column that orders the rows of a series. If `None`, they are in order.
    pub time: Option<String>,
}

/// The part of a series read so far.
struct Growing {
    id: String,
    /// The label of each row, as its place among all labels.
    labels: Vec<u32>,
    /// Where its first row starts in the file.
    first: usize,
    values: Vec<f32>,
    times: Vec<Time>,
    /// Number of its last row.
    last: usize,
    scattered: bool,
}

/// The time of a step, in a form that can be ordered.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Time {
    Number(f64),
    /// A date, optionally with a time of day, from years down to smaller units.
    Date(String),
}

/// Reads `bytes`, the content of a file; `path` is its name in errors.
pub(in crate::data) fn parse(
    path: &Path,
    bytes: &[u8],
    columns: &SeriesColumns,
    label_column: &str,
    task: Option<TaskKind>,
) -> Result<(SeriesSet<'static>, Vec<DataNote>), DataError> {
    let wanted = |name, option| Wanted { name, option };
    let mut all = vec![wanted(label_column, "--label-column"), wanted(&columns.id, "--id")];
    all.extend(columns.time.iter().map(|time| wanted(time, "--time")));
    let before = all.len();
    all.extend(columns.channels.iter().map(|channel| wanted(channel, "--series-columns")));
    let (mut table, places, note) = Table::open(path, bytes, &all)?;
    let (labels, ids, channels) = (places[0], places[1], &places[before..]);

    let mut series: Vec<Growing> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let (mut all_labels, mut label_places) = (Vec::new(), HashMap::new());
    let mut numbers: Vec<f32> = Vec::new();
    let is_numbers = task == Some(TaskKind::Numbers);
    let by_step = is_numbers || task == Some(TaskKind::Steps);
    let mut nr = 0;
    while let Some(row) = table.row()? {
        let id = row.field(ids, "id")?;
        let label = match row.field(labels, "label") {
            Err(DataError::EmptyField { .. }) if by_step => "",
            Ok(mark) if task == Some(TaskKind::Steps) && is_no_label(mark) => "",
            field => field?,
        };
        let label_place = match label_places.get(label) {
            Some(&place) => place,
            None => {
                if is_numbers {
                    numbers.push(row.number(labels, label_column)?);
                }
                all_labels.push(label.to_owned());
                label_places.insert(label.to_owned(), all_labels.len() as u32 - 1);
                all_labels.len() as u32 - 1
            }
        };
        let at = match known.get(id) {
            Some(&at) => at,
            None => {
                known.insert(id.to_owned(), series.len());
                series.push(Growing {
                    id: id.to_owned(),
                    labels: Vec::new(),
                    first: row.start(),
                    values: Vec::new(),
                    times: Vec::new(),
                    last: nr,
                    scattered: false,
                });
                series.len() - 1
            }
        };
        let growing = &mut series[at];
        if let Some(&before) = growing.labels.first().filter(|&&before| before != label_place)
            && !by_step
        {
            let before = all_labels[before as usize].clone();
            let (id, label, at) = (id.to_owned(), label.to_owned(), row.place());
            let line = row.place_of(growing.first).line;
            return Err(DataError::OtherLabel { at, id, label, before, line });
        }
        growing.labels.push(label_place);
        growing.scattered |= nr > growing.last + 1;
        growing.last = nr;
        for (channel, &place) in columns.channels.iter().zip(channels) {
            growing.values.push(row.number(place, channel)?);
        }
        if let Some(name) = &columns.time {
            growing.times.push(time(&row, places[2], name)?);
        }
        if growing.values.len() / channels.len() > LONGEST {
            let (at, id, longest) = (row.place(), id.to_owned(), LONGEST);
            return Err(DataError::LongRecording { at, id, longest });
        }
        nr += 1;
    }
    if series.is_empty() {
        return Err(DataError::NoRows { path: path.to_owned() });
    }
    let mut notes: Vec<DataNote> = note.into_iter().collect();
    match &columns.time {
        Some(time) => {
            let count = order(path, &mut series, channels.len(), time)?;
            notes.extend((count > 0).then(|| DataNote::SameTime { count, time: time.clone() }));
        }
        None => {
            let count = series.iter().filter(|series| series.scattered).count();
            let id = columns.id.clone();
            notes.extend((count > 0).then_some(DataNote::Scattered { count, id }));
        }
    }
    let name = |place: u32| all_labels[place as usize].clone();
    let number = |&place: &u32| numbers[place as usize];
    let varies =
        |Growing { labels, .. }: &Growing| labels.iter().any(|at| number(at) != number(&labels[0]));
    let each_step = is_numbers && series.iter().any(varies);
    let answer = |labels: &[u32]| match task {
        Some(TaskKind::Numbers) => {
            let values = labels.iter().map(number).collect();
            match each_step {
                true => Answer::StepNumbers { outputs: 1, values },
                false => Answer::SameNumbers(values),
            }
        }
        Some(TaskKind::Steps) => {
            let label = |&place: &u32| Some(name(place)).filter(|label| !label.is_empty());
            Answer::StepLabels(labels.iter().map(label).collect())
        }
        _ => Answer::Label(name(labels[0])),
    };
    let series = series.into_iter().map(|Growing { values, labels, .. }| LabelledSeries {
        values: values.into(),
        answer: answer(&labels),
    });
    Ok((SeriesSet { channels: channels.len(), series: series.collect() }, notes))
}

/// Whether it is the number that marks a step without a label in arrays.
fn is_no_label(label: &str) -> bool {
    label.trim().parse() == Ok(NO_LABEL)
}

fn time(row: &Row<'_>, place: usize, column: &str) -> Result<Time, DataError> {
    let text = row.field(place, "time")?.trim();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Time::Number(number)),
        _ if is_date(text) => Ok(Time::Date(text.to_owned())),
        _ => {
            let (column, value) = (column.to_owned(), text.to_owned());
            Err(DataError::Value { at: row.place(), column, value, fault: ColumnFault::NoTime })
        }
    }
}

/// Whether it begins with a date in ISO 8601, which sorts in the order of its characters.
fn is_date(text: &str) -> bool {
    let shape: String = text
        .chars()
        .take(10)
        .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
        .collect();
    shape == "0000-00-00" || shape == "0000/00/00"
}

/// Orders the steps of each series by time. Returns how many have the same time as the previous
/// one.
fn order(
    path: &Path,
    series: &mut [Growing],
    channels: usize,
    column: &str,
) -> Result<usize, DataError> {
    let mut same = 0;
    for Growing { id, labels, values, times, .. } in series {
        let dates = times.iter().filter(|time| matches!(time, Time::Date(_))).count();
        if dates != 0 && dates != times.len() {
            let (path, column, id) = (path.to_owned(), column.to_owned(), id.clone());
            return Err(DataError::MixedTimes { path, column, id });
        }
        let mut steps: Vec<usize> = (0..times.len()).collect();
        steps.sort_by(|&a, &b| times[a].partial_cmp(&times[b]).expect("finite, and of one kind"));
        same += steps.windows(2).filter(|pair| times[pair[0]] == times[pair[1]]).count();
        *values = steps
            .iter()
            .flat_map(|step| values[step * channels..][..channels].iter().copied())
            .collect();
        *labels = steps.iter().map(|&step| labels[step]).collect();
    }
    Ok(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, time: Option<&str>) -> Result<(SeriesSet<'static>, Vec<DataNote>), String> {
        read_for(None, text, time)
    }

    fn read_for(
        task: Option<TaskKind>,
        text: &str,
        time: Option<&str>,
    ) -> Result<(SeriesSet<'static>, Vec<DataNote>), String> {
        let columns = SeriesColumns {
            channels: ["ax", "ay"].map(str::to_owned).to_vec(),
            id: "rec".to_owned(),
            time: time.map(str::to_owned),
        };
        parse(Path::new("s.csv"), text.as_bytes(), &columns, "act", task)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn rows_of_one_id_are_one_series() {
        let text = "t,rec,ay,ax,act\n0,a,1,2,run\n1,a,3,4.5,run\n0,b,5,-6e0,walk\n";
        let (set, notes) = read(text, None).unwrap();
        let series = |values: &[f32], label: &str| LabelledSeries {
            values: values.to_vec().into(),
            answer: label.to_owned().into(),
        };
        let expected = vec![series(&[2.0, 1.0, 4.5, 3.0], "run"), series(&[-6.0, 5.0], "walk")];
        assert_eq!((set, notes), (SeriesSet { channels: 2, series: expected }, Vec::new()));
    }

    #[test]
    fn each_step_has_a_label_of_its_own_if_it_is_asked_for_one() {
        let text = "t,rec,ax,ay,act\n2,a,1,0,run\n1,a,2,0,walk\n3,a,3,0,\n1,b,4,0,run\n";
        let answers = |read: Result<(SeriesSet<'static>, Vec<DataNote>), String>| {
            let (set, _) = read.unwrap();
            set.series.into_iter().map(|series| series.answer).collect::<Vec<_>>()
        };
        let steps = |labels: &[&str]| {
            let label = |label: &&str| Some((*label).to_owned()).filter(|label| !label.is_empty());
            Answer::StepLabels(labels.iter().map(label).collect())
        };
        let found = answers(read_for(Some(TaskKind::Steps), text, Some("t")));
        assert_eq!(found, [steps(&["walk", "run", ""]), steps(&["run"])]);
        let error = read(&text.replace("3,a,3,0,\n", ""), None).unwrap_err();
        assert!(error.ends_with("(or --task steps, if each step has its own)"), "{error}");
        // The same mark as in arrays.
        let marked = text.replace("3,a,3,0,", "3,a,3,0,-100");
        assert_eq!(answers(read_for(Some(TaskKind::Steps), &marked, Some("t"))), found);
        // Numbers may be of the series or of its steps if they are the same in all its rows.
        let text = text.replace("3,a,3,0,\n", "").replace("run", "1.5");
        let numbers = |text: &str| answers(read_for(Some(TaskKind::Numbers), text, None));
        let each = |values: &[f32]| Answer::StepNumbers { outputs: 1, values: values.to_vec() };
        assert_eq!(numbers(&text.replace("walk", "2")), [each(&[1.5, 2.0]), each(&[1.5])]);
        let same = |values: &[f32]| Answer::SameNumbers(values.to_vec());
        assert_eq!(numbers(&text.replace("walk", "1.50")), [same(&[1.5, 1.5]), same(&[1.5])]);
        for (wrong, says) in [
            ("", "s.csv, line 3: \"act\" is \"\": missing values"),
            ("nan", "s.csv, line 3: \"act\" is \"nan\": missing values"),
            ("two", "s.csv, line 3: \"act\" is \"two\": expected a number"),
        ] {
            let wrong = text.replace("walk", wrong);
            let error = read_for(Some(TaskKind::Numbers), &wrong, None).unwrap_err();
            assert!(error.starts_with(says), "{error}");
        }
    }

    #[test]
    fn times_order_the_rows_of_a_series_and_what_is_unclear_is_noted() {
        let text = "t,rec,ax,ay,act\n2,a,3,0,x\n10,a,4,0,x\n7,b,9,9,x\n1,a,1,0,x\n1,a,2,0,x\n";
        let first = |read: &Result<(SeriesSet<'static>, Vec<DataNote>), String>| -> Vec<f32> {
            let (set, _) = read.as_ref().unwrap();
            set.series[0].values.chunks(2).map(|step| step[0]).collect()
        };
        let ordered = read(text, Some("t"));
        assert_eq!(first(&ordered), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(ordered.unwrap().1, [DataNote::SameTime { count: 1, time: "t".to_owned() }]);
        let plain = read(text, None);
        assert_eq!(first(&plain), [3.0, 4.0, 1.0, 2.0]);
        assert_eq!(plain.unwrap().1, [DataNote::Scattered { count: 1, id: "rec".to_owned() }]);
        let dates = "t;rec;ax;ay;act\n2020-01-02 03:04;a;2;0;x\n2020-01-01 23:59;a;1;0;x\n";
        let read = read(dates, Some("t"));
        assert_eq!(first(&read), [1.0, 2.0]);
        assert_eq!(read.unwrap().1, [DataNote::Separator { separator: ';' }]);
    }

    #[test]
    fn what_is_no_reading_is_named_with_its_line() {
        for (rows, says) in [
            ("0,a,1,2,x\n0,a,1,2,y\n", "line 3: the label of \"a\" is \"y\" here but \"x\""),
            ("0,a,,2,x\n", "line 2: \"ax\" is \"\": missing values"),
            ("0,a,1,nan,x\n", "line 2: \"ay\" is \"nan\": missing values"),
            ("0,a,1,NA,x\n", "line 2: \"ay\" is \"NA\": missing values"),
            ("0,a,1,2g,x\n", "line 2: \"ay\" is \"2g\": expected a number"),
            ("0,a,\"1,5\",2,x\n", "line 2: \"ax\" is \"1,5\": expected a point"),
            ("0,a,inf,2,x\n", "line 2: \"ax\" is \"inf\": expected a finite"),
            ("0,a,1e39,2,x\n", "line 2: \"ax\" is \"1e39\": expected at most 1e30"),
            ("0,,1,2,x\n", "line 2: the id is empty"),
            ("0,a,1,2,\n", "line 2: the label is empty"),
            ("", "there are no rows"),
            ("noon,a,1,2,x\n", "line 2: \"t\" is \"noon\": expected"),
            ("0,a,1,2,x\n2020-01-01,a,1,2,x\n", "both numbers and dates"),
        ] {
            let refused = read(&format!("t,rec,ax,ay,act\n{rows}"), Some("t")).unwrap_err();
            assert!(refused.starts_with("s.csv") && refused.contains(says), "{refused}");
        }
        let refused = read("t,id,ax,ay,act\n", None).unwrap_err();
        assert!(refused.contains("\"rec\"") && refused.contains("--id"), "{refused}");
        let long: String = (0..=LONGEST).map(|step| format!("{step},a,1,2,x\n")).collect();
        let refused = read(&format!("t,rec,ax,ay,act\n{long}"), None).unwrap_err();
        assert!(refused.contains("line 10002") && refused.contains("10000"), "{refused}");
    }
}
