//! Rows that describe the same thing.

use std::collections::HashMap;

use super::{Records, RecordsError};

/// Which rows of a table describe the same thing, such as one graph whose network was trained with
/// several seeds. They should be replaced by their mean. On both sides of a split they would reveal
/// what is to be predicted, and as separate rows they would make p-values too small.
#[derive(Clone, Debug)]
pub struct Grouping {
    /// The group of each row, numbered in order of occurrence.
    places: Vec<usize>,
    counts: Vec<f64>,
}

impl Grouping {
    /// Rows with the same text in all these columns form a group. Without columns, each row is a
    /// group.
    ///
    /// # Errors
    /// If there is no such column.
    pub fn new<S: AsRef<str>>(records: &Records, columns: &[S]) -> Result<Self, RecordsError> {
        if columns.is_empty() {
            let rows = records.rows();
            return Ok(Self { places: (0..rows).collect(), counts: vec![1.0; rows] });
        }
        let columns: Result<Vec<Vec<&str>>, _> =
            columns.iter().map(|name| records.texts(name.as_ref())).collect();
        let columns = columns?;
        let mut known: HashMap<Vec<&str>, usize> = HashMap::new();
        let mut counts: Vec<f64> = Vec::new();
        let place = |row: usize| {
            let key: Vec<&str> = columns.iter().map(|column| column[row]).collect();
            let place = *known.entry(key).or_insert_with(|| {
                counts.push(0.0);
                counts.len() - 1
            });
            counts[place] += 1.0;
            place
        };
        let places = (0..records.rows()).map(place).collect();
        Ok(Self { places, counts })
    }

    /// Number of groups.
    pub fn count(&self) -> usize {
        self.counts.len()
    }

    /// The rows of each group.
    pub fn rows(&self) -> Vec<Vec<usize>> {
        let mut rows = vec![Vec::new(); self.counts.len()];
        self.places.iter().enumerate().for_each(|(row, &place)| rows[place].push(row));
        rows
    }

    /// The mean of each group.
    ///
    /// # Panics
    /// If the number of values differs from the number of rows.
    pub fn means(&self, values: &[f64]) -> Vec<f64> {
        let (rows, found) = (self.places.len(), values.len());
        assert_eq!(rows, found, "{rows} rows are grouped, {found} values given");
        if self.counts.len() == rows {
            // If each row is a group, the values stay the same to the last bit.
            return values.to_vec();
        }
        let mut sums = vec![0.0; self.counts.len()];
        self.places.iter().zip(values).for_each(|(&place, value)| sums[place] += value);
        sums.iter().zip(&self.counts).map(|(sum, count)| sum / count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_about_the_same_are_one_in_the_order_in_which_they_come() {
        let table = b"family,number,y\nws,1,1\nba,1,5\nws,1,3\nws,2,4\n";
        let records = Records::parse("r.csv".as_ref(), table).unwrap();
        let y = records.numbers("y").unwrap();
        let groups = Grouping::new(&records, &["family", "number"]).unwrap();
        assert_eq!((groups.count(), groups.means(&y)), (3, vec![2.0, 5.0, 4.0]));
        assert_eq!(groups.rows(), [vec![0, 2], vec![1], vec![3]]);
        let each = Grouping::new::<&str>(&records, &[]).unwrap();
        assert_eq!((each.count(), each.means(&y)), (4, y));
        assert!(Grouping::new(&records, &["z"]).is_err());
    }
}
