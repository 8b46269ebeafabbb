//! The arguments that name files of sequences, and say how to read them.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use rarefy::data::{
    AxisOrder, Columns, Dataset, FileOptions, OptionsError, ReadOptions, ScalingKind, TaskKind,
    Tokens, Unit,
};
use rarefy::format::Model;
use rarefy::study::Files;

use super::values::{at_least_one, one_of, one_of_hyphened};
use super::wrong_use::WrongUse;
use crate::output::note_loaded;

/// How files of sequences are read: what they do not say themselves.
#[derive(Debug, Args)]
pub struct ReadArguments {
    #[command(flatten)]
    columns: ColumnArguments,
    /// Channel columns of a CSV with one row per time step
    ///
    /// Rows with the same --id are one series, in the order of the file. All rows of a series must
    /// have the same label.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', requires = "id")]
    series_columns: Option<Vec<String>>,
    /// With --series-columns: column that identifies the series of a row
    #[arg(long, value_name = "NAME", requires = "series_columns")]
    id: Option<String>,
    /// With --series-columns: column to sort the rows of a series by
    ///
    /// Numbers, or dates such as 2024-12-31 23:59:59.
    #[arg(long, value_name = "NAME", requires = "series_columns")]
    time: Option<String>,
    /// Order of the axes of an array (.npy, .npz) [default: steps-channels]
    ///
    /// The first axis counts the series. A note says if the other two look swapped.
    #[arg(long, value_name = "ORDER", value_parser = one_of_hyphened::<AxisOrder>())]
    axes: Option<AxisOrder>,
    /// What is asked of the network [default: what the labels say]
    ///
    /// Whole numbers or strings, one for each series, are classes. Whole numbers for each series and step
    /// are a class at each step (-100 where there is none). Floats are numbers to be answered: one or
    /// several for each series, or for each of its steps.
    #[arg(long, value_name = "TASK", value_parser = one_of::<TaskKind>())]
    task: Option<TaskKind>,
}

impl ReadArguments {
    /// What a token is, according to `tokens` if there are such arguments, and how to read the
    /// files.
    ///
    /// # Errors
    /// If the options contradict each other.
    pub fn checked(&self, tokens: Option<&TokenArguments>) -> anyhow::Result<(Unit, ReadOptions)> {
        // Study files join the words of these names by underscores, the command line by hyphens.
        let hyphened = |error: OptionsError| WrongUse::error(error.to_string().replace('_', "-"));
        self.said(tokens).checked().map_err(hyphened)
    }

    /// An error if anything is said, because there is no `option` that names a file.
    pub fn unless_said(&self, option: &str) -> anyhow::Result<()> {
        let said = serde_json::to_value(self.said(None))?;
        match said.as_object().and_then(|said| said.keys().next()) {
            None => Ok(()),
            Some(first) => Err(WrongUse::error(format!(
                "--{} says how the {option} file is read, but there is none: add {option} FILE, or \
                 leave it out",
                first.replace('_', "-")
            ))),
        }
    }

    /// What is asked; `None` if the files decide.
    pub fn task(&self) -> Option<TaskKind> {
        self.task
    }

    /// The sequences of a file, with its labels if they are in another, as `model` reads them. If the
    /// model has no names for its classes, they are named after the labels.
    pub fn dataset(
        &self,
        file: (&Path, Option<&Path>),
        model: &mut Model,
    ) -> anyhow::Result<Dataset<'static>> {
        let (_, options) = self.checked(None)?;
        Ok(model.read_dataset(file, &options, &mut note_loaded)?)
    }

    fn said(&self, tokens: Option<&TokenArguments>) -> FileOptions {
        FileOptions {
            tokens: tokens.and_then(|tokens| tokens.tokens),
            min_count: tokens.and_then(|tokens| tokens.min_count).map(NonZeroUsize::get),
            text_column: self.columns.text_column.clone(),
            label_column: self.columns.label_column.clone(),
            series_columns: self.series_columns.clone(),
            id: self.id.clone(),
            time: self.time.clone(),
            axes: self.axes,
            task: self.task,
            scaling: None,
        }
    }
}

/// The file to measure on.
#[derive(Debug, Args)]
pub struct TestArguments {
    /// Test file: a CSV of texts, or series as .ts, .npz or .npy
    ///
    /// `rarefy train --help` describes all formats.
    #[arg(long, value_name = "FILE")]
    pub test: PathBuf,
    /// Labels of the --test file, if that is a .npy
    #[arg(long, value_name = "FILE.npy")]
    test_labels: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArguments,
}

impl TestArguments {
    /// What is asked; `None` if the files decide.
    pub fn task(&self) -> Option<TaskKind> {
        self.read.task()
    }

    /// Its sequences ([`ReadArguments::dataset`]).
    pub fn dataset(&self, model: &mut Model) -> anyhow::Result<Dataset<'static>> {
        self.read.dataset((&self.test, self.test_labels.as_deref()), model)
    }
}

/// Sequences like those that a model will be used on.
#[derive(Debug, Args)]
pub struct DataArguments {
    /// Sequences with labels, such as the training file
    ///
    /// All formats that `rarefy train --train` reads.
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// Labels of the --data file, if that is a .npy
    #[arg(long, value_name = "FILE.npy")]
    data_labels: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArguments,
}

impl DataArguments {
    /// What is asked; `None` if the files decide.
    pub fn task(&self) -> Option<TaskKind> {
        self.read.task()
    }

    /// Its sequences ([`ReadArguments::dataset`]).
    pub fn dataset(&self, model: &mut Model) -> anyhow::Result<Dataset<'static>> {
        self.read.dataset((&self.data, self.data_labels.as_deref()), model)
    }
}

/// The files to learn from and to measure on.
#[derive(Debug, Args)]
pub struct FileArguments {
    /// Training file: a CSV of texts, or series as .ts, .npz or .npy
    ///
    /// Texts: a CSV with a header, a column of texts and a column of labels. Series of numbers: a
    /// .ts of the UEA and UCR archives; an .npz with arrays X and y, and lengths or mask if lengths
    /// differ; a .npy with --train-labels; a CSV with one row per time step and --series-columns; or
    /// a table with one series per row and no header, like UCR's .tsv.
    #[arg(long, value_name = "FILE")]
    pub train: PathBuf,
    /// Labels of the --train file, if that is a .npy
    #[arg(long, value_name = "FILE.npy")]
    train_labels: Option<PathBuf>,
    #[command(flatten)]
    pub test: TestArguments,
}

impl FileArguments {
    /// The files, with what `encoding` says about a new model if there is one.
    pub fn files(&self, encoding: Option<&EncodingArguments>) -> anyhow::Result<Files> {
        let tokens = encoding.map(|encoding| &encoding.tokens);
        let (unit, options) = self.test.read.checked(tokens)?;
        let scaling = encoding.and_then(|encoding| encoding.scaling);
        Ok(Files {
            train: self.train.clone(),
            test: self.test.test.clone(),
            train_labels: self.train_labels.clone(),
            test_labels: self.test.test_labels.clone(),
            unit,
            options: ReadOptions { scaling, ..options },
        })
    }
}

/// How what is in the training file enters a new model.
#[derive(Debug, Args)]
pub struct EncodingArguments {
    #[command(flatten)]
    tokens: TokenArguments,
    /// How the numbers of series enter the network [default: standard]
    ///
    /// Mean and variance are those of the training file and stay with the model.
    #[arg(long, value_name = "SCALING", value_parser = one_of::<ScalingKind>())]
    scaling: Option<ScalingKind>,
}

impl EncodingArguments {
    /// Whether any of these options is given.
    pub fn are_said(&self) -> bool {
        self.tokens.tokens.is_some() || self.tokens.min_count.is_some() || self.scaling.is_some()
    }
}

/// What is one token of a text.
#[derive(Debug, Args)]
pub struct TokenArguments {
    /// What one token of a text is [default: characters]
    #[arg(long, value_name = "UNIT", value_parser = one_of::<Tokens>())]
    tokens: Option<Tokens>,
    /// Tokens rarer than this in the training file become one unknown token
    ///
    /// Tokens absent from the training file become unknown too; with 1, only those. The default for
    /// words is 2. Without this option characters have no unknown token. If the training file is
    /// all ASCII, every ASCII character is accepted and all others are rejected. If not, all
    /// characters absent from it are rejected.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    min_count: Option<NonZeroUsize>,
}

/// Which columns of a CSV file hold the sequences and their labels.
#[derive(Debug, Args)]
pub struct ColumnArguments {
    /// Column of the texts [default: string]
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// Column of the labels [default: valid]
    #[arg(long, value_name = "NAME")]
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
