//! Predicting one number from others: four regressors with scikit-learn's defaults behind a common
//! trait.
//!
//! [`Regression::fit`] turns a [`Table`] and a target into a [`Fitted`]; `tests/regression.rs`
//! compares each regressor with scikit-learn's own numbers. Regressors do not split, scale or
//! judge: [`MinMax`] scales, and [`crate::analysis::r2`] judges. Shape letters: N rows, D columns.

mod adaboost;
mod bayesian_ridge;
mod fitted;
mod forest;
mod growth;
mod least_squares;
mod linear;
mod permutation;
mod regressor;
mod scaling;
mod singular;
mod table;
mod tree;

use crate::named;

pub use adaboost::AdaBoost;
pub use bayesian_ridge::BayesianRidge;
pub use fitted::Fitted;
pub use forest::RandomForest;
pub use least_squares::LeastSquares;
pub use permutation::{PermutationImportance, permutation_importance};
pub use regressor::Regressor;
pub use scaling::MinMax;
pub use table::Table;
pub use tree::Tree;

named! {
    /// A kind of regressor, with scikit-learn's defaults.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum Regression: "regressor" {
        /// Ordinary least squares. [`LeastSquares`].
        LeastSquares = "least_squares",
        /// Ridge regression whose penalty follows from the data. [`BayesianRidge`].
        BayesianRidge = "bayesian_ridge",
        /// Means of 100 trees. [`RandomForest`].
        RandomForest = "random_forest",
        /// AdaBoost.R2 of 50 trees of depth 3. [`AdaBoost`].
        AdaBoost = "adaboost",
    }
}

impl Regression {
    /// Fits the N rows of `x` and their targets `y`. The result depends on `seed` (if the kind is
    /// random at all) and never on `threads`.
    ///
    /// # Panics
    /// If there are no rows, or the number of targets differs.
    pub fn fit(self, x: &Table, y: &[f64], seed: u64, threads: usize) -> Box<dyn Fitted> {
        match self {
            Regression::LeastSquares => Box::new(LeastSquares::fit(x, y)),
            Regression::BayesianRidge => Box::new(BayesianRidge::fit(x, y)),
            Regression::RandomForest => Box::new(RandomForest::fit(x, y, seed, threads)),
            Regression::AdaBoost => Box::new(AdaBoost::fit(x, y, seed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for regression in Regression::ALL {
            assert_eq!(regression.to_string().parse(), Ok(regression));
            let json = serde_json::to_string(&regression).unwrap();
            assert_eq!(json, format!("\"{regression}\""));
        }
        let unknown = "forest".parse::<Regression>().unwrap_err();
        assert!(unknown.to_string().starts_with("unknown regressor 'forest': expected least"));
    }

    #[test]
    #[should_panic(expected = "2 rows, 3 targets")]
    fn targets_without_rows_are_the_callers_fault() {
        Regression::LeastSquares.fit(&Table::new(1, vec![0.0; 2]), &[0.0; 3], 0, 1);
    }

    #[test]
    #[should_panic(expected = "a row of 2 columns, where 1 were fitted on")]
    fn a_row_of_other_columns_is_the_callers_fault() {
        let fitted = Regression::LeastSquares.fit(&Table::new(1, vec![0.0; 2]), &[0.0; 2], 0, 1);
        fitted.predict_row(&[0.0; 2]);
    }
}
