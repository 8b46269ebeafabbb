//! Which rows are used to fit, and which to judge.

use std::path::{Path, PathBuf};

use rand_mt::Mt;
use serde::{Deserialize, Serialize};

use crate::random::Stream;

/// Rows to fit on and rows to predict, numbered from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Rows to fit on.
    #[serde(alias = "train_idx")]
    pub train: Vec<usize>,
    /// Rows to predict.
    #[serde(alias = "test_idx")]
    pub test: Vec<usize>,
}

/// Why rows cannot be split this way.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum SplitError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: {source}; expected {{\"train\": [rows], \"test\": [rows]}}", path.display())]
    Malformed { path: PathBuf, source: serde_json::Error },
    #[error("{}: there is no row {row}: the table has rows 0 to {last}", path.display())]
    NoSuchRow { path: PathBuf, row: usize, last: usize },
    #[error("{}: row {row} occurs twice: expected each row once, in train or in test", path.display())]
    Repeated { path: PathBuf, row: usize },
    #[error("{}: no row to {what}", path.display())]
    Empty { path: PathBuf, what: &'static str },
    #[error("{folds} folds of {rows} rows: expected 2 to {rows} folds")]
    Folds { folds: usize, rows: usize },
    #[error("a share of {share} leaves none of {rows} rows to predict, or none to fit")]
    Share { share: f64, rows: usize },
}

impl Split {
    /// The split in a JSON file, for a table of this many rows.
    ///
    /// # Errors
    /// If it cannot be read, or is not a split of this many rows.
    pub fn read(path: &Path, rows: usize) -> Result<Self, SplitError> {
        let path = path.to_owned();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(SplitError::Unreadable { path, source }),
        };
        let split: Self = match serde_json::from_str(&text) {
            Ok(split) => split,
            Err(source) => return Err(SplitError::Malformed { path, source }),
        };
        let mut seen = vec![false; rows];
        for &row in split.train.iter().chain(&split.test) {
            match seen.get_mut(row) {
                None => return Err(SplitError::NoSuchRow { path, row, last: rows - 1 }),
                Some(true) => return Err(SplitError::Repeated { path, row }),
                Some(seen) => *seen = true,
            }
        }
        match (split.train.is_empty(), split.test.is_empty()) {
            (true, _) => Err(SplitError::Empty { path, what: "fit on" }),
            (_, true) => Err(SplitError::Empty { path, what: "predict" }),
            _ => Ok(split),
        }
    }

    /// scikit-learn's `train_test_split(range(rows), test_size=test_share,
    /// random_state=random_state)`: NumPy's legacy permutation, whose first rows are predicted.
    ///
    /// # Errors
    /// If no row is left on one side.
    pub fn scikit_learn(
        rows: usize,
        test_share: f64,
        random_state: u32,
    ) -> Result<Self, SplitError> {
        let test = (test_share * rows as f64).ceil() as usize;
        if !(0.0..1.0).contains(&test_share) || test == 0 || test >= rows {
            return Err(SplitError::Share { share: test_share, rows });
        }
        let mut order = permutation(rows, random_state);
        let train = order.split_off(test);
        Ok(Self { train, test: order })
    }

    /// Cross-validation: each split predicts another part of the rows, and the parts are of equal
    /// size as far as possible. `seed` and the number of the repeat determine which row is in which
    /// part.
    ///
    /// # Errors
    /// If there are fewer than two folds, or fewer rows than folds.
    pub fn folds(
        rows: usize,
        folds: usize,
        seed: u64,
        repeat: usize,
    ) -> Result<Vec<Self>, SplitError> {
        if !(2..=rows).contains(&folds) {
            return Err(SplitError::Folds { folds, rows });
        }
        let mut order: Vec<usize> = (0..rows).collect();
        Stream::new(seed, &format!("folds {repeat}")).shuffle(&mut order);
        let start = |fold: usize| fold * rows / folds;
        let split = |fold: usize| {
            let (from, to) = (start(fold), start(fold + 1));
            let train = [&order[..from], &order[to..]].concat();
            Self { train, test: order[from..to].to_vec() }
        };
        Ok((0..folds).map(split).collect())
    }
}

/// `numpy.random.RandomState(seed).permutation(rows)`: a Fisher-Yates shuffle with MT19937, whose
/// indices are drawn by masking bits and redrawing.
fn permutation(rows: usize, seed: u32) -> Vec<usize> {
    let mut generator = Mt::new(seed);
    let mut order: Vec<usize> = (0..rows).collect();
    for last in (1..rows).rev() {
        let mask = u32::MAX >> (last as u32).leading_zeros();
        let drawn = loop {
            let drawn = (generator.next_u32() & mask) as usize;
            if drawn <= last {
                break drawn;
            }
        };
        order.swap(last, drawn);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutations_are_numpys() {
        // numpy.random.RandomState(s).permutation(n), NumPy 2.4.
        assert_eq!(permutation(10, 7), [8, 5, 0, 2, 1, 9, 7, 3, 6, 4]);
        assert_eq!(permutation(1, 0), [0]);
    }

    #[test]
    fn every_row_is_predicted_once_a_repeat() {
        for (rows, folds) in [(200, 10), (7, 3), (5, 5)] {
            let splits = Split::folds(rows, folds, 3, 0).unwrap();
            let mut predicted: Vec<usize> = splits.iter().flat_map(|s| s.test.clone()).collect();
            predicted.sort_unstable();
            assert_eq!(predicted, (0..rows).collect::<Vec<_>>());
            for Split { train, test } in &splits {
                assert_eq!(train.len() + test.len(), rows);
                assert!(test.iter().all(|row| !train.contains(row)));
                assert!(test.len().abs_diff(rows / folds) <= 1);
            }
        }
        let of = |repeat| Split::folds(50, 5, 3, repeat).unwrap();
        assert_eq!(of(1), of(1));
        assert_ne!(of(0), of(1));
        let error = Split::folds(4, 5, 0, 0).unwrap_err().to_string();
        assert_eq!(error, "5 folds of 4 rows: expected 2 to 4 folds");
        assert!(Split::scikit_learn(5, 0.0, 1).is_err() && Split::scikit_learn(1, 0.5, 1).is_err());
    }

    #[test]
    fn a_file_that_is_no_split_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            let path = folder.path().join("s.json");
            std::fs::write(&path, text).unwrap();
            Split::read(&path, 3).map_err(|error| error.to_string())
        };
        let split = read(r#"{"train_idx": [2, 0], "test_idx": [1], "r2": 1}"#).unwrap();
        assert_eq!(split, Split { train: vec![2, 0], test: vec![1] });
        assert!(read(r#"{"train": [0, 3], "test": [1]}"#).unwrap_err().contains("no row 3"));
        assert!(read(r#"{"train": [0, 1], "test": [1]}"#).unwrap_err().contains("row 1 occurs"));
        assert!(read(r#"{"train": [0], "test": []}"#).unwrap_err().contains("no row to predict"));
        assert!(read("[1]").unwrap_err().contains("expected {\"train\""));
    }
}
