//! The arguments that say which files of sequences are read, and how.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use rarefy::data::{AxisOrder, Columns, Dataset, FileOptions, ReadOptions, Tokens, Unit};
use rarefy::format::Model;
use rarefy::study::Files;

use super::values::{at_least_one, one_of, one_of_hyphened};
use super::wrong_use::WrongUse;
use crate::output::note_loaded;

/// Where help lists how files are read.
const DATA: &str = "Data";

/// How files of sequences are read: what they do not say themselves.
#[derive(Debug, Args)]
pub struct ReadArguments {
    #[command(flatten)]
    columns: ColumnArguments,
    /// Columns of a CSV with one row per time step: the channels of series of numbers. Rows with
    /// the same --id are one series, in the order of the file; --label-column must be the same in
    /// all of them
    #[arg(help_heading = DATA, long, value_name = "NAME,...", value_delimiter = ',', requires = "id")]
    series_columns: Option<Vec<String>>,
    /// With --series-columns: column that says which series a row belongs to
    #[arg(help_heading = DATA, long, value_name = "NAME", requires = "series_columns")]
    id: Option<String>,
    /// With --series-columns: column to order the rows of a series by, numbers or dates such as
    /// 2024-12-31 23:59:59
    #[arg(help_heading = DATA, long, value_name = "NAME", requires = "series_columns")]
    time: Option<String>,
    /// How the axes of an array of series (.npy, .npz) stand [default: steps-channels, with a note
    /// where that is in doubt]
    #[arg(help_heading = DATA, long, value_name = "ORDER", value_parser = one_of_hyphened::<AxisOrder>())]
    axes: Option<AxisOrder>,
}

impl ReadArguments {
    /// What a token is, by `tokens` if there are such arguments, and how files are read.
    ///
    /// # Errors
    /// Where this does not fit together.
    pub fn checked(&self, tokens: Option<&TokenArguments>) -> anyhow::Result<(Unit, ReadOptions)> {
        let said = FileOptions {
            tokens: tokens.and_then(|tokens| tokens.tokens),
            min_count: tokens.and_then(|tokens| tokens.min_count).map(NonZeroUsize::get),
            text_column: self.columns.text_column.clone(),
            label_column: self.columns.label_column.clone(),
            series_columns: self.series_columns.clone(),
            id: self.id.clone(),
            time: self.time.clone(),
            axes: self.axes,
        };
        // Named as in study files, whose words are joined otherwise.
        said.checked().map_err(|error| WrongUse::error(error.to_string().replace('_', "-")))
    }
}

/// The file to measure on.
#[derive(Debug, Args)]
pub struct TestArguments {
    /// File of labelled sequences to measure on: a CSV of texts, or series as .ts, .npz or .npy
    #[arg(long, value_name = "FILE")]
    pub test: PathBuf,
    /// Labels of a --test that is a .npy
    #[arg(help_heading = DATA, long, value_name = "FILE.npy")]
    test_labels: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArguments,
}

impl TestArguments {
    /// Its sequences as `model` reads them, whose classes are called as the labels where it does
    /// not say what they are called.
    pub fn dataset(&self, model: &mut Model) -> anyhow::Result<Dataset> {
        let (_, options) = self.read.checked(None)?;
        let file = (&*self.test, self.test_labels.as_deref());
        Ok(model.read_dataset(file, &options, &mut note_loaded)?)
    }
}

/// The files to learn from and to measure on.
#[derive(Debug, Args)]
pub struct FileArguments {
    /// File of labelled sequences to learn from: a CSV of texts, or of series with --series-columns;
    /// or series as .ts, .npz (arrays X and y, and lengths or mask where lengths differ), .npy, or a
    /// table without a header as UCR's .tsv
    #[arg(long, value_name = "FILE")]
    pub train: PathBuf,
    /// Labels of a --train that is a .npy
    #[arg(help_heading = DATA, long, value_name = "FILE.npy")]
    train_labels: Option<PathBuf>,
    #[command(flatten)]
    pub test: TestArguments,
}

impl FileArguments {
    /// The files, in whose texts a token is what `tokens` say.
    pub fn files(&self, tokens: Option<&TokenArguments>) -> anyhow::Result<Files> {
        let (unit, options) = self.test.read.checked(tokens)?;
        Ok(Files {
            train: self.train.clone(),
            test: self.test.test.clone(),
            train_labels: self.train_labels.clone(),
            test_labels: self.test.test_labels.clone(),
            unit,
            options,
        })
    }
}

/// What is one token of a text.
#[derive(Debug, Args)]
pub struct TokenArguments {
    /// What one step of a text is
    ///
    /// [default: characters]
    #[arg(help_heading = DATA, long, value_name = "UNIT", value_parser = one_of::<Tokens>())]
    tokens: Option<Tokens>,
    /// Read words or characters that occur less often in the training file as one unknown token,
    /// and all that it does not have. With 1, only the latter [default: 2 for words; for characters
    /// no token is unknown, and a test file with another character is refused]
    #[arg(help_heading = DATA, long, value_name = "N", value_parser = at_least_one)]
    min_count: Option<NonZeroUsize>,
}

impl TokenArguments {
    /// Whether anything is said of them.
    pub fn are_said(&self) -> bool {
        self.tokens.is_some() || self.min_count.is_some()
    }
}

/// Which columns of a CSV file hold the sequences and their labels.
#[derive(Debug, Args)]
pub struct ColumnArguments {
    /// Column that holds the texts [default: string]
    #[arg(help_heading = DATA, long, value_name = "NAME")]
    text_column: Option<String>,
    /// Column that holds the labels [default: valid]
    #[arg(help_heading = DATA, long, value_name = "NAME")]
    label_column: Option<String>,
}

impl ColumnArguments {
    /// The names of both columns.
    pub fn columns(&self) -> Columns {
        let usual = Columns::default();
        Columns {
            text: self.text_column.clone().unwrap_or(usual.text),
            label: self.label_column.clone().unwrap_or(usual.label),
        }
    }
}
