//! Writing series as an archive of arrays, as NumPy's `savez` does.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{LabelledSeries, SeriesSet};
use crate::data::Answer;

impl SeriesSet<'_> {
    /// The bytes of an `.npz` with the arrays `X`, `y` and, if lengths differ, `lengths`. Shorter
    /// series are filled up with zeros, labels of steps with -100 where there is none. Labels are
    /// written as numbers if all of them are whole numbers, otherwise as strings.
    pub fn to_npz(&self) -> Vec<u8> {
        let lengths: Vec<usize> =
            self.series.iter().map(|series| series.values.len() / self.channels).collect();
        let steps = lengths.iter().copied().max().unwrap_or(0);
        let mut values = Vec::with_capacity(self.series.len() * steps * self.channels);
        for series in &self.series {
            values.extend(&*series.values);
            values.resize(values.len() + steps * self.channels - series.values.len(), 0.0);
        }
        let count = self.series.len();
        let mut arrays = vec![("X", array("<f4", &[count, steps, self.channels], floats(&values)))];
        arrays.push(("y", self.answers(steps)));
        if lengths.iter().any(|&length| length != steps) {
            let bytes = lengths.iter().flat_map(|&length| (length as i64).to_le_bytes()).collect();
            arrays.push(("lengths", array("<i8", &[count], bytes)));
        }
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for (name, bytes) in arrays {
            archive.start_file(format!("{name}.npy"), stored).expect("a Vec takes everything");
            archive.write_all(&bytes).expect("a Vec takes everything");
        }
        archive.finish().expect("a Vec takes everything").into_inner()
    }

    fn answers(&self, steps: usize) -> Vec<u8> {
        let count = self.series.len();
        let answers = || self.series.iter().map(|LabelledSeries { answer, .. }| answer);
        let outputs = match answers().next() {
            Some(Answer::Numbers(numbers)) => numbers.len(),
            Some(Answer::StepNumbers { outputs, .. }) => *outputs,
            _ => 0,
        };
        if outputs > 0 {
            let mut values = Vec::new();
            let each_step = matches!(answers().next(), Some(Answer::StepNumbers { .. }));
            let size = if each_step { steps * outputs } else { outputs };
            for answer in answers() {
                if let Answer::Numbers(numbers) | Answer::StepNumbers { values: numbers, .. } =
                    answer
                {
                    values.extend(numbers);
                    values.resize(values.len() + size - numbers.len(), 0.0);
                }
            }
            let shape = if each_step { vec![count, steps, outputs] } else { vec![count, outputs] };
            return array("<f4", &shape, floats(&values));
        }
        let mut labels: Vec<Option<&str>> = Vec::new();
        let mut shape = vec![count];
        for answer in answers() {
            match answer {
                Answer::StepLabels(own) => {
                    shape = vec![count, steps];
                    labels.extend(own.iter().map(Option::as_deref));
                    labels.resize(labels.len() + steps - own.len(), None);
                }
                answer => labels.push(answer.labels().next()),
            }
        }
        let numbers: Option<Vec<i64>> = labels
            .iter()
            .map(|label| label.map_or(Some(-100), |label| label.parse().ok()))
            .collect();
        match numbers {
            Some(numbers) => {
                array("<i8", &shape, numbers.iter().flat_map(|n| n.to_le_bytes()).collect())
            }
            None => {
                let label = |label: &Option<&str>| label.unwrap_or("-100").chars().collect();
                let labels: Vec<Vec<char>> = labels.iter().map(label).collect();
                let longest = labels.iter().map(Vec::len).max().unwrap_or(1);
                let padded = |label: &Vec<char>| {
                    let letters = label.iter().map(|&letter| letter as u32);
                    let letters = letters.chain(std::iter::repeat(0)).take(longest);
                    letters.flat_map(u32::to_le_bytes).collect::<Vec<u8>>()
                };
                array(&format!("<U{longest}"), &shape, labels.iter().flat_map(padded).collect())
            }
        }
    }
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The bytes of a `.npy`.
fn array(descr: &str, shape: &[usize], elements: Vec<u8>) -> Vec<u8> {
    let shape: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let mut header = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}",
        shape.trim_end()
    );
    // The elements begin at a multiple of 64 bytes.
    const BEFORE: usize = 10;
    let padding = 63 - (BEFORE + header.len()) % 64;
    header += &" ".repeat(padding);
    header.push('\n');
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\0".as_slice(), &length, header.as_bytes(), &elements].concat()
}
