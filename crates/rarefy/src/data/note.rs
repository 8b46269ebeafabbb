//! Notes on a file: assumptions made when reading it, and possible mistakes.

use std::fmt;

use super::error::excerpt;

/// An assumption about a file, or something in it that is usually a mistake.
#[derive(Clone, Debug, PartialEq)]
pub enum DataNote {
    /// The fields of a CSV are not separated by commas.
    Separator {
        /// The separator between fields.
        separator: char,
    },
    /// The texts are numbers.
    NumericTexts {
        /// Header of the column of texts.
        column: String,
    },
    /// A table without a header is read with one series per row.
    SeriesInRows {
        /// Whether the label is in the first column rather than the last.
        label_first: bool,
        /// Number of series that end at a missing value.
        cut: usize,
    },
    /// Every series has one step.
    OneStep {
        /// Header of the column of ids, if each row of the file is a step.
        id: Option<String>,
    },
    /// Series have many more channels than steps.
    MoreChannels {
        /// Number of steps with the axes in the order used.
        steps: usize,
        /// Number of channels.
        channels: usize,
    },
    /// Series of an array without given lengths end in steps of zeros that look like padding.
    EndInZeros {
        /// Number of such series.
        count: usize,
        /// Number of all series.
        of: usize,
    },
    /// Rows with the same id are not consecutive.
    Scattered {
        /// Number of ids with rows in several places.
        count: usize,
        /// Header of the column of ids.
        id: String,
    },
    /// Rows with the same id have the same time.
    SameTime {
        /// Number of rows with the same time as the row before.
        count: usize,
        /// Header of the column of times.
        time: String,
    },
    /// The labels in the header of a `.ts` file are separated by commas.
    CommaLabels,
    /// The header of a `.ts` file lists no labels.
    UnlistedLabels,
    /// Most labels occur in a single row.
    ManyLabels {
        /// Number of labels that do.
        once: usize,
        /// Number of rows.
        rows: usize,
    },
    /// Numbers to answer are the same in all rows.
    EqualNumbers {
        /// How many of the outputs that are asked.
        equal: usize,
        /// Number of outputs.
        outputs: usize,
    },
    /// The numbers to learn are far from 0.
    FarNumbers {
        /// Their mean.
        mean: f64,
        /// Their standard deviation.
        spread: f64,
    },
}

impl fmt::Display for DataNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Separator { separator } => {
                write!(f, "its fields are separated by {}", named(*separator))
            }
            Self::NumericTexts { column } => write!(
                f,
                "every text in the column {} is a number and is read digit by digit. To read \
                 numbers as series, give --series-columns and --id",
                excerpt(column)
            ),
            Self::SeriesInRows { label_first, cut } => {
                let (label, rest) = match label_first {
                    true => ("first", "others"),
                    false => ("last", "others"),
                };
                write!(
                    f,
                    "it has no header and is read as one series per row: the {label} column is the \
                     label, the {rest} are the steps"
                )?;
                match cut {
                    0 => Ok(()),
                    1 => write!(f, ". 1 series ends in missing values and is read up to there"),
                    _ => {
                        write!(f, ". {cut} series end in missing values and are read up to there")
                    }
                }
            }
            Self::OneStep { id: Some(id) } => write!(
                f,
                "every series has one step, so there is nothing to remember. --id is the column that \
                 is the same in all rows of a series: is {} rather the number of a row?",
                excerpt(id)
            ),
            Self::OneStep { id: None } => write!(
                f,
                "every series has one step, so there is nothing to remember. If an array is [cases, \
                 channels, steps], give --axes channels-steps"
            ),
            Self::MoreChannels { steps, channels } => write!(
                f,
                "it is read as series of {steps} steps and {channels} channels. If the array is \
                 [cases, channels, steps], give --axes channels-steps"
            ),
            Self::EndInZeros { count, of } => write!(
                f,
                "{count} of {of} series end in steps of zeros, which are read as data. If they are \
                 padding, save the data as an .npz with an array lengths (the steps of each series) \
                 or mask"
            ),
            Self::Scattered { count, id } => write!(
                f,
                "the rows of {count} {} are scattered over the file and are joined in its order. \
                 --time COLUMN sorts them",
                excerpt(id)
            ),
            Self::SameTime { count, time } => write!(
                f,
                "{count} rows have the same {} as another row of their series and stay in the order of \
                 the file",
                excerpt(time)
            ),
            Self::CommaLabels => {
                write!(f, "commas in its @classLabel line are read as separators")
            }
            Self::UnlistedLabels => {
                write!(f, "its @classLabel line lists no labels: they are taken from the cases")
            }
            Self::EqualNumbers { equal, outputs } => {
                match outputs {
                    1 => write!(f, "all numbers to answer are equal")?,
                    _ => write!(f, "{equal} of {outputs} numbers to answer are equal in all rows")?,
                }
                write!(
                    f,
                    ", so R² says nothing about them: it is 0 unless every answer is exact. Read the \
                     mean squared error"
                )
            }
            Self::FarNumbers { mean, spread } => write!(
                f,
                "the numbers to learn have mean {mean:.4} and standard deviation {spread:.4}. A new \
                 network answers near 0, so it learns them sooner if they are standardised first"
            ),
            Self::ManyLabels { once, rows } => write!(
                f,
                "{once} labels occur in only one of {rows} rows. Is the label column the class, and not \
                 an id, a measured value or a text?"
            ),
        }
    }
}

fn named(separator: char) -> &'static str {
    match separator {
        '\t' => "tabs",
        ';' => "semicolons",
        '|' => "vertical bars",
        _ => "commas",
    }
}
