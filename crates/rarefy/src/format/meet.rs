//! Combines files of sequences with a model. A model read from a state dict knows neither the names
//! of its classes nor the token of each row of its embedding.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Model;
use super::model::NEVER_ANSWERED;
use crate::data::{
    Corpus, DataError, DataNote, Dataset, Labels, ReadOptions, Rows, Scaling, Task, TaskKind, Unit,
};
use crate::network::{Architecture, Masks, Network};

/// A file of sequences, with the file of its labels if it needs one.
pub type DataFile<'a> = (&'a Path, Option<&'a Path>);

/// A note on sequences that were read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LoadNote {
    /// A note on a file.
    File {
        /// The file.
        path: PathBuf,
        /// The note.
        note: DataNote,
    },
    /// Channels for which 32-bit floats are too coarse.
    CoarseChannels {
        /// Number of such channels.
        count: usize,
        /// Index of the first, from 0.
        first: usize,
    },
    /// The labels of the data were adopted as the classes of a model, in order.
    LabelsTaken {
        /// The labels.
        labels: Vec<String>,
    },
}

/// Why sequences cannot be read, or not by a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file has a fault.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A text contains a character that is not among the model's tokens, which were assumed.
    #[error(
        "{0}; token ids of the state dict were assumed to be character codes: if they are not, \
         give the tokens with --vocabulary FILE"
    )]
    AssumedTokens(DataError),
    /// The token of each row of an embedding is unknown.
    #[error(
        "the model's embedding has {rows} rows, too many for character codes, and their tokens are \
         unknown: give --vocabulary FILE with the state dict, with one token per line in the order \
         of the rows, or a JSON object of tokens and their numbers"
    )]
    UnknownTokens {
        /// Number of rows of the embedding.
        rows: usize,
    },
    /// A text has a word that a language model does not know, and it has no unknown word.
    #[error(
        "{}, {place}: the word {word:?} is unknown, and the model has no unknown word (<unk>) to \
         answer: replace it by a word that the model knows, or leave its line out",
        path.display()
    )]
    UnknownWord {
        /// The file.
        path: PathBuf,
        /// Its line, or its row if the file is a table.
        place: String,
        /// The word.
        word: String,
    },
    /// Two models answer different things.
    #[error(
        "{} answers {found} ({} outputs), but the model {expected} ({})",
        path.display(), outputs[0], outputs[1]
    )]
    OtherTask {
        /// The file of the one.
        path: PathBuf,
        /// What it answers.
        found: &'static str,
        /// What the other answers.
        expected: &'static str,
        /// How many outputs both have.
        outputs: [usize; 2],
    },
    /// Another number of numbers is asked than the model answers.
    #[error("the model has {outputs} outputs, but {} asks for {found} numbers", path.display())]
    OtherOutputs {
        /// The file.
        path: PathBuf,
        /// How many numbers it asks for.
        found: usize,
        /// How many outputs the model has.
        outputs: usize,
    },
    /// The number of labels differs from the model's number of classes.
    #[error(
        "the model has {classes} classes, but {} has {} labels ({}): give the labels of all classes \
         with --labels, in the order of the readout's rows",
        path.display(), labels.len(), some(labels)
    )]
    OtherClasses {
        /// The file.
        path: PathBuf,
        /// The labels in the file.
        labels: Vec<String>,
        /// Number of classes of the model.
        classes: usize,
    },
}

/// Most labels listed in a message.
const MOST_LISTED: usize = 10;

fn some(labels: &[String]) -> String {
    let listed = labels[..labels.len().min(MOST_LISTED)].join(", ");
    if labels.len() > MOST_LISTED { listed + ", ..." } else { listed }
}

impl fmt::Display for LoadNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, note } => write!(f, "{}: {note}", path.display()),
            Self::CoarseChannels { count, first } => write!(
                f,
                "{count} channels (the first is {first}, counted from 0) vary so little compared \
                 with their size that 32-bit floats lose most of it: subtract an offset"
            ),
            Self::LabelsTaken { labels } => write!(
                f,
                "the model has no names for its classes: assumed that the data's labels, in order \
                 ({}), are classes 0 to {} (--labels gives another order)",
                some(labels),
                labels.len() - 1
            ),
        }
    }
}

/// The rows of files. Notes go to `note` immediately, and each only once even if it applies to
/// several files.
///
/// # Errors
/// If a file cannot be read, or anything in it is invalid.
pub fn read_rows<const N: usize>(
    files: [DataFile; N],
    options: &ReadOptions,
    note: &mut dyn FnMut(LoadNote),
) -> Result<[Rows<'static>; N], DataError> {
    let mut said = Vec::new();
    let mut all = Vec::with_capacity(N);
    for (path, labels) in files {
        let (rows, notes) = Rows::read(path, labels, options)?;
        for one in notes {
            let kind = std::mem::discriminant(&one);
            if !said.contains(&kind) {
                note(LoadNote::File { path: path.to_owned(), note: one });
                said.push(kind);
            }
        }
        all.push(rows);
    }
    Ok(all.try_into().expect("one for each file"))
}

/// The corpus of a training and a test file, encoded by the content of the training file.
///
/// # Errors
/// If a file cannot be read, or anything in it is invalid.
pub fn read_corpus(
    [train, test]: [DataFile; 2],
    options: &ReadOptions,
    unit: Unit,
    note: &mut dyn FnMut(LoadNote),
) -> Result<Corpus<'static>, DataError> {
    let [of_train, of_test] = read_rows([train, test], options, note)?;
    let (train, test) = ((train.0, &of_train), (test.0, &of_test));
    let corpus = Corpus::encode(train, test, unit, options)?;
    let coarse = corpus.encoding.scaling().map(Scaling::coarse_channels).unwrap_or_default();
    if let Some(&first) = coarse.first() {
        note(LoadNote::CoarseChannels { count: coarse.len(), first });
    }
    Ok(corpus)
}

impl Model {
    /// The corpus of a training and a test file, encoded for this model.
    ///
    /// If the model knows only the numbers of its classes, like a model from a state dict, it
    /// adopts the labels of the data, in order.
    ///
    /// # Errors
    /// If a file cannot be read, or not by this model.
    pub fn read_corpus(
        &mut self,
        [train, test]: [DataFile; 2],
        options: &ReadOptions,
        note: &mut dyn FnMut(LoadNote),
    ) -> Result<Corpus<'static>, LoadError> {
        let options = &self.options(options);
        let [of_train, of_test] = read_rows([train, test], options, note)?;
        let (train, test) = ((train.0, &of_train), (test.0, &of_test));
        self.meet(&[train, test], note)?;
        let corpus = Corpus::encode_as(train, test, self.encoding.clone(), self.task.clone());
        [train, test].into_iter().try_for_each(|(path, rows)| self.check_words(path, rows))?;
        corpus.map_err(|error| self.advised(error))
    }

    /// The sequences of one file, encoded for this model. Its classes are named as in
    /// [`Model::read_corpus`].
    ///
    /// # Errors
    /// If the file cannot be read, or not by this model.
    pub fn read_dataset(
        &mut self,
        file: DataFile,
        options: &ReadOptions,
        note: &mut dyn FnMut(LoadNote),
    ) -> Result<Dataset<'static>, LoadError> {
        let options = &self.options(options);
        let [rows] = read_rows([file], options, note)?;
        self.meet(&[(file.0, &rows)], note)?;
        self.check_words(file.0, &rows)?;
        let encoded = Dataset::encode(file.0, &rows, &self.encoding, &self.task);
        encoded.map_err(|error| self.advised(error))
    }

    /// Names the classes after the labels of these files, if only the numbers of the classes are
    /// known and the labels differ.
    fn meet(
        &mut self,
        files: &[(&Path, &Rows)],
        note: &mut dyn FnMut(LoadNote),
    ) -> Result<(), LoadError> {
        let guessed = self.history.origin.as_ref().map(|origin| origin.guessed).unwrap_or_default();
        if guessed.tokens
            && files.iter().any(|(_, rows)| matches!(rows, Rows::Texts(_) | Rows::Running(_)))
        {
            let rows = self.encoding.vocabulary().map_or(0, |vocabulary| vocabulary.len());
            return Err(LoadError::UnknownTokens { rows });
        }
        let (path, first) = files[0];
        if guessed.task {
            let task = match first.task() {
                TaskKind::Numbers => Corpus::task(path, first, None)?,
                TaskKind::Next => Task::Next { tokens: self.encoding.tokens() },
                kind => self.task.clone().of_kind(kind),
            };
            self.take_task(task, path)?;
        }
        if !guessed.labels || self.task.classes().is_none() {
            return Ok(());
        }
        let found = || files.iter().flat_map(|(_, rows)| rows.labels());
        if found().all(|label| self.task.classes().is_some_and(|own| own.index(label).is_some())) {
            return Ok(());
        }
        let labels = Labels::of(found());
        let (names, classes) = (labels.names().to_vec(), self.task.outputs());
        if names.len() != classes {
            let path = path.to_owned();
            return Err(LoadError::OtherClasses { path, labels: names, classes });
        }
        note(LoadNote::LabelsTaken { labels: names });
        self.task = Task::Class(labels).of_kind(self.task.kind());
        if let Some(origin) = &mut self.history.origin {
            origin.guessed.labels = false;
        }
        Ok(())
    }

    /// Rejects a running text with a word that the model does not know, if it has no output for
    /// unknown words: the loss would be that of an impossible answer.
    fn check_words(&self, path: &Path, rows: &Rows) -> Result<(), LoadError> {
        let (Rows::Running(texts), Task::Next { .. }, Some(vocabulary)) =
            (rows, &self.task, self.encoding.vocabulary())
        else {
            return Ok(());
        };
        let bias = self.network.layout().readout().bias.start;
        let is_answered =
            |token: u32| self.network.parameters()[bias + token as usize] > NEVER_ANSWERED;
        match vocabulary.unknown() {
            Some(unknown) if !is_answered(unknown) => {}
            _ => return Ok(()),
        }
        let mut found = (1..)
            .zip(texts)
            .filter_map(|(row, text)| Some((row, text, vocabulary.unknown_word(text)?)));
        let Some((row, text, (at, word))) = found.next() else { return Ok(()) };
        let place = match texts.len() {
            1 => format!("line {}", 1 + text[..at].matches('\n').count()),
            _ => format!("row {row}"),
        };
        let (path, word) = (path.to_owned(), word.to_owned());
        Err(LoadError::UnknownWord { path, place, word })
    }

    /// Takes `task` as its own, of which the file at `path` says that it is. The labels of its classes
    /// stay.
    fn take_task(&mut self, task: Task, path: &Path) -> Result<(), LoadError> {
        let Some(origin) = &mut self.history.origin else { return Ok(()) };
        origin.guessed.task = false;
        if let Task::Numbers { outputs: found, .. } | Task::Next { tokens: found } = task {
            // One output was read as two classes, of which the first always has the logit 0.
            if std::mem::take(&mut origin.one_logit) {
                self.network = with_outputs(&self.network, &[Some(1)]);
            }
            let outputs = self.network.architecture().classes;
            let is_output = |row: &u32| (*row as usize) < outputs;
            // Outputs are numbered like the tokens that are read.
            let theirs = origin.rows.as_ref().filter(|_| matches!(task, Task::Next { .. }));
            origin.answers_tokens = theirs.is_some_and(|rows| rows.iter().flatten().all(is_output));
            if let Some(rows) = origin.output_rows() {
                self.network = with_outputs(&self.network, &rows);
            }
            let outputs = self.network.architecture().classes;
            if found != outputs {
                return Err(LoadError::OtherOutputs { path: path.to_owned(), found, outputs });
            }
        }
        self.task = task;
        Ok(())
    }

    /// Makes sure that this model answers what `other` does. If its own task is unknown, it takes that
    /// of the other; `path` is its file.
    ///
    /// # Errors
    /// If it answers something else.
    pub fn answer_as(&mut self, other: &Model, path: &Path) -> Result<(), LoadError> {
        if self.history.origin.as_ref().is_some_and(|origin| origin.guessed.task) {
            let task = match &other.task {
                Task::Numbers { .. } | Task::Next { .. } => other.task.clone(),
                task => self.task.clone().of_kind(task.kind()),
            };
            self.take_task(task, path)?;
        }
        let same = self.task.kind() == other.task.kind()
            && self.task.each_step() == other.task.each_step()
            && self.task.outputs() == other.task.outputs();
        match same {
            true => Ok(()),
            false => {
                let (found, expected) = (self.task.words(), other.task.words());
                let outputs = [self.task.outputs(), other.task.outputs()];
                Err(LoadError::OtherTask { path: path.to_owned(), found, expected, outputs })
            }
        }
    }

    /// How files are read for this model: if its task is known, they set that.
    fn options(&self, options: &ReadOptions) -> ReadOptions {
        let guessed = self.history.origin.as_ref().is_some_and(|origin| origin.guessed.task);
        let known = (!guessed).then(|| self.task.kind());
        ReadOptions { task: options.task.or(known), ..options.clone() }
    }

    /// Advice on a text that cannot be read, if the tokens were assumed.
    fn advised(&self, error: DataError) -> LoadError {
        let is_assumed = self.history.origin.as_ref().is_some_and(|origin| origin.rows.is_none());
        match error {
            DataError::UnknownCharacter { .. } if is_assumed => LoadError::AssumedTokens(error),
            other => other.into(),
        }
    }
}

/// The network with an output for each of `rows`: that of this row of its readout, or one that is
/// never the answer.
fn with_outputs(network: &Network, rows: &[Option<u32>]) -> Network {
    let readout = network.layout().readout();
    let (inputs, weight, bias) = (readout.inputs, readout.weight.start, readout.bias.start);
    let row = |start: usize, size: usize| {
        rows.iter().flat_map(move |row| {
            let first = row.map(|row| start + row as usize * size);
            (0..size).map(move |at| Some(first? + at))
        })
    };
    let before = (0..weight).map(Some);
    let places: Vec<Option<usize>> =
        before.chain(row(weight, inputs)).chain(row(bias, 1)).collect();
    let biases = places.len() - rows.len();
    let parameter = |(at, place): (usize, &Option<usize>)| match place {
        Some(place) => network.parameters()[*place],
        None if at < biases => 0.0,
        None => NEVER_ANSWERED,
    };
    let parameters = places.iter().enumerate().map(parameter).collect();
    let is_masked = |(at, place): &(usize, &Option<usize>)| match place {
        Some(place) => network.masks().is_masked(*place),
        None => *at < biases,
    };
    let masked = places.iter().enumerate().filter(is_masked).map(|(at, _)| at).collect();
    let architecture = Architecture { classes: rows.len(), ..network.architecture().clone() };
    Network::new(architecture, parameters, Masks::at(places.len(), masked))
}
