//! The classes, and the number of each.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

/// The distinct labels of a data set, in the order of their indices, which are the rows of the
/// readout. In files they are a list of names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub struct Labels {
    names: Vec<String>,
}

/// A list that names a label twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the label {0:?} is listed twice")]
pub struct RepeatedLabel(String);

impl Labels {
    /// The distinct labels among `labels`: in numeric order if all of them are numbers, otherwise
    /// in the order of their characters.
    pub fn of<'a>(labels: impl IntoIterator<Item = &'a str>) -> Self {
        let distinct: BTreeSet<&str> = labels.into_iter().collect();
        let mut names: Vec<&str> = distinct.into_iter().collect();
        let numbers: Option<Vec<f64>> = names.iter().map(|name| number(name)).collect();
        if let Some(numbers) = numbers {
            let mut pairs: Vec<(f64, &str)> = numbers.into_iter().zip(names).collect();
            // A stable sort, so that "1" and "1.0", which are different labels, keep their order.
            pairs.sort_by(|a, b| {
                a.0.partial_cmp(&b.0).expect("infinite and NaN are no numbers here")
            });
            names = pairs.into_iter().map(|(_, name)| name).collect();
        }
        Self { names: names.into_iter().map(str::to_owned).collect() }
    }

    /// The index of a label, if it is known.
    pub fn index(&self, label: &str) -> Option<u32> {
        self.names.iter().position(|name| name == label).map(|index| index as u32)
    }

    /// The index of each label, for looking up many.
    pub fn indices(&self) -> HashMap<&str, u32> {
        (0..).zip(&self.names).map(|(index, name)| (name.as_str(), index)).collect()
    }

    /// The labels in the order of their indices.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

fn number(name: &str) -> Option<f64> {
    name.parse().ok().filter(|number: &f64| number.is_finite())
}

impl From<Labels> for Vec<String> {
    fn from(labels: Labels) -> Vec<String> {
        labels.names
    }
}

impl TryFrom<Vec<String>> for Labels {
    type Error = RepeatedLabel;

    /// Keeps the order, which is that of a model's readout.
    fn try_from(names: Vec<String>) -> Result<Self, RepeatedLabel> {
        let mut seen = BTreeSet::new();
        match names.iter().find(|name| !seen.insert(name.as_str())) {
            Some(name) => Err(RepeatedLabel(name.clone())),
            None => Ok(Self { names }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_as_numbers_and_words_as_words() {
        assert_eq!(Labels::of(["10", "9", "-1", "9"]).names(), ["-1", "9", "10"]);
        assert_eq!(Labels::of(["1.0", "1", "0.5"]).names(), ["0.5", "1", "1.0"]);
        assert_eq!(Labels::of(["10", "9", "x"]).names(), ["10", "9", "x"]);
        assert_eq!(Labels::of(["inf", "1"]).names(), ["1", "inf"]);
    }

    #[test]
    fn the_order_does_not_depend_on_the_order_of_the_rows() {
        assert_eq!(Labels::of(["1", "0", "1"]), Labels::of(["0", "1"]));
    }

    #[test]
    fn an_index_is_the_place_among_the_names() {
        let labels = Labels::of(["1", "0"]);
        assert_eq!(
            (labels.index("0"), labels.index("1"), labels.index("2")),
            (Some(0), Some(1), None)
        );
    }

    #[test]
    fn a_list_read_from_a_file_keeps_its_order_and_has_no_label_twice() {
        let labels: Labels = serde_json::from_str(r#"["b","a"]"#).unwrap();
        assert_eq!(labels.names(), ["b", "a"]);
        assert_eq!(serde_json::to_string(&labels).unwrap(), r#"["b","a"]"#);
        let refused = serde_json::from_str::<Labels>(r#"["a","a"]"#).unwrap_err();
        assert!(refused.to_string().starts_with("the label \"a\" is listed twice"), "{refused}");
    }
}
