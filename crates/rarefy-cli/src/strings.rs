//! The sequences of a study: read from files, or drawn and left in files.

use std::path::{Path, PathBuf};

use anyhow::Context;
use rarefy::data::{
    Columns, Corpus, DataError, LabelledText, ReadOptions, Rows, Scaling, generate, to_csv,
};
use rarefy::format::{LARGEST_NAMED, Model, WriteError, check_regular, write_atomically};
use rarefy::study::{DataSource, Files};

use crate::foreign;
use crate::output::note;

/// The sequences of a study, and the files that those drawn are to be left in.
pub struct Strings {
    pub corpus: Corpus,
    files: Vec<(PathBuf, Vec<LabelledText>)>,
}

impl Strings {
    /// Those of `source`, for a study in `out`.
    pub fn read(source: &DataSource, out: &Path) -> anyhow::Result<Self> {
        match source {
            DataSource::Files(files) => {
                for path in files.paths() {
                    check_regular(path, LARGEST_NAMED)
                        .with_context(|| format!("cannot read {}", path.display()))?;
                }
                Ok(Self { corpus: corpus(files, None)?, files: Vec::new() })
            }
            DataSource::Reber(settings) => {
                let data = generate(settings)?;
                let folder = out.join("data");
                let files = vec![
                    (folder.join("train_data.csv"), data.train.clone()),
                    (folder.join("test_data.csv"), data.test.clone()),
                ];
                Ok(Self { corpus: Corpus::try_from(data)?, files })
            }
        }
    }

    /// Leaves what was drawn, where it is not there already.
    pub fn write(&self) -> Result<(), WriteError> {
        let columns = Columns::default();
        self.files.iter().try_for_each(|(path, rows)| {
            let bytes = to_csv(rows, &columns);
            match std::fs::read(path).is_ok_and(|there| there == bytes) {
                true => Ok(()),
                false => write_atomically(path, &bytes),
            }
        })
    }
}

/// The rows of files, each a path and the file of its labels if it needs one. What there is to know
/// of them goes to stderr, each thing once however many files it is true of.
pub fn read<const N: usize>(
    files: [(&Path, Option<&Path>); N],
    options: &ReadOptions,
) -> Result<[Rows; N], DataError> {
    let mut said = Vec::new();
    let mut all = Vec::with_capacity(N);
    for (path, labels) in files {
        let (rows, notes) = Rows::read(path, labels, options)?;
        for one in notes {
            let kind = std::mem::discriminant(&one);
            if !said.contains(&kind) {
                note(&format!("{}: {one}", path.display()));
                said.push(kind);
            }
        }
        all.push(rows);
    }
    Ok(all.try_into().expect("one for each file"))
}

/// Both files, encoded by what the training file holds, or as `model` reads them.
pub fn corpus(files: &Files, model: Option<&mut Model>) -> anyhow::Result<Corpus> {
    let of_train = (&*files.train, files.train_labels.as_deref());
    let of_test = (&*files.test, files.test_labels.as_deref());
    let [train, test] = read([of_train, of_test], &files.options)?;
    let (train, test) = ((&*files.train, &train), (&*files.test, &test));
    let Some(model) = model else {
        let corpus = Corpus::encode(train, test, files.unit)?;
        let coarse = corpus.encoding.scaling().map(Scaling::coarse_channels).unwrap_or_default();
        if let Some(first) = coarse.first() {
            note(&format!(
                "{} of the channels (the first is {first}, from 0) vary so little beside how large \
                 they are that 32-bit floats hardly tell their values apart: subtract an offset",
                coarse.len()
            ));
        }
        return Ok(corpus);
    };
    foreign::meet(model, &[train, test])?;
    let encoded = Corpus::encode_as(train, test, model.encoding.clone(), model.labels.clone());
    encoded.map_err(|error| foreign::advised(error, model))
}
