//! Suggestions for names that do not exist.

/// The entry of `known` that is most similar to `name`, ignoring case, if any is similar enough.
/// The measure and the threshold are those with which the command line suggests its options.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.to_lowercase();
    let likeness = |other: &'k str| (strsim::jaro_winkler(&name, &other.to_lowercase()), other);
    let best = known.into_iter().map(likeness).max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(likeness, _)| *likeness > 0.7).map(|(_, name)| name)
}

/// `; did you mean NAME?` if one of `known` is similar to `name`; otherwise empty.
pub fn did_you_mean<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    nearest(name, known).map_or(String::new(), |meant| format!("; did you mean {meant}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_name_is_meant_and_none_where_none_is_similar() {
        let known = ["epochs", "retrain_epochs", "percent", "learning_rate"];
        assert_eq!(nearest("epoch", known), Some("epochs"));
        assert_eq!(nearest("Percents", known), Some("percent"));
        assert_eq!(nearest("learningrate", known), Some("learning_rate"));
        assert_eq!(nearest("x", known), None);
    }
}
