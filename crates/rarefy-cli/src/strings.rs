//! The strings of a study: read from files, or drawn and left in files.

use std::path::{Path, PathBuf};

use rarefy::data::{
    Columns, Corpus, LabelledText, Rows, Unit, generate, read_labelled_texts, to_csv,
};
use rarefy::format::{WriteError, write_atomically};
use rarefy::study::DataSource;

/// The strings of a study, and the files that those drawn are to be left in.
pub struct Strings {
    pub corpus: Corpus,
    files: Vec<(PathBuf, Vec<LabelledText>)>,
}

impl Strings {
    /// Those of `source`, for a study in `out`.
    pub fn read(source: &DataSource, out: &Path) -> anyhow::Result<Self> {
        let paths =
            |folder: &Path| ["train_data.csv", "test_data.csv"].map(|name| folder.join(name));
        let ([train_path, test_path], train, test) = match source {
            DataSource::Folder { path, columns } => {
                let paths = paths(path);
                let [train, test] = paths.each_ref().map(|path| read_labelled_texts(path, columns));
                (paths, train?, test?)
            }
            DataSource::Reber(settings) => {
                let data = generate(settings)?;
                (paths(&out.join("data")), data.train, data.test)
            }
        };
        let files = match source {
            DataSource::Folder { .. } => Vec::new(),
            DataSource::Reber(_) => {
                vec![(train_path.clone(), train.clone()), (test_path.clone(), test.clone())]
            }
        };
        let (train, test) = (Rows::Texts(train), Rows::Texts(test));
        let corpus = Corpus::encode((&train_path, &train), (&test_path, &test), Unit::Character)?;
        Ok(Self { corpus, files })
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
