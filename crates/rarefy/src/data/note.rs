//! Notes on a file that was read: what was assumed, and what looks like a mistake.

use std::fmt;

use super::error::excerpt;

/// Something assumed about a file, or seen in it that is usually a mistake.
#[derive(Clone, Debug, PartialEq)]
pub enum DataNote {
    /// The fields of a CSV are not separated by commas.
    Separator {
        /// What stands between them.
        separator: char,
    },
    /// The texts are numbers.
    NumericTexts {
        /// Header of their column.
        column: String,
    },
    /// A table without a header is read as a series in each row.
    SeriesInRows {
        /// Whether the label stands in the first column, or in the last.
        label_first: bool,
        /// Series that end where a value is missing.
        cut: usize,
    },
    /// Every series has one step.
    OneStep,
    /// Series have many more channels than steps.
    MoreChannels {
        /// Steps, as the axes were read.
        steps: usize,
        /// Channels.
        channels: usize,
    },
    /// Series of an array without lengths end in steps of zeros that look like padding.
    EndInZeros {
        /// Those that do.
        count: usize,
        /// All of them.
        of: usize,
    },
    /// Rows of one id do not stand together.
    Scattered {
        /// Ids whose rows are elsewhere too.
        count: usize,
        /// Header of the column of ids.
        id: String,
    },
    /// Rows of one id have the same time.
    SameTime {
        /// Rows that have the time of the row before.
        count: usize,
        /// Header of the column of times.
        time: String,
    },
    /// The labels in the header of a `.ts` are separated by commas.
    CommaLabels,
    /// The header of a `.ts` lists no labels.
    UnlistedLabels,
    /// Most labels occur in one row alone.
    ManyLabels {
        /// Labels that do.
        once: usize,
        /// All rows.
        rows: usize,
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
            Self::OneStep => write!(
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
