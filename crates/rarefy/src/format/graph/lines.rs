//! Lines of an edge list: rows of fields, comments, and what NetworkX writes behind an edge.

use csv::StringRecord;

/// What can stand between two fields, besides blanks.
pub(super) const DELIMITERS: [char; 4] = ['\t', ',', ';', '|'];

/// A line of a table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// From 1, as an editor counts.
    pub(super) line: usize,
    pub(super) fields: StringRecord,
}

impl Row {
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&str> {
        self.fields.get(at)
    }

    pub(super) fn field(&self, at: usize) -> &str {
        &self.fields[at]
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.fields().map(str::to_owned).collect()
    }
}

/// A line that says nothing about an edge.
pub(super) struct Comment<'a> {
    pub(super) line: usize,
    /// With the sign that it begins with.
    pub(super) text: &'a str,
}

/// A file without its comments.
#[derive(Default)]
pub(super) struct Lines<'a> {
    pub(super) comments: Vec<Comment<'a>>,
    /// As many lines as the file has; those of comments are empty.
    pub(super) body: String,
    /// Lines that ended with a dictionary, as NetworkX writes the data of an edge.
    pub(super) dictionaries: Vec<usize>,
}

pub(super) fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with(['#', '%']) || line.starts_with("//")
}

impl<'a> Lines<'a> {
    /// `is_table`: below the first line that is no comment, none is.
    pub(super) fn new(text: &'a str, is_table: bool) -> Self {
        let mut lines = Self::default();
        let (mut in_quotes, mut below) = (false, false);
        for (at, line) in text.lines().enumerate() {
            if !in_quotes && is_comment(line) && !(is_table && below) {
                lines.comments.push(Comment { line: at + 1, text: line.trim() });
                lines.body.push('\n');
                continue;
            }
            below |= !line.trim().is_empty();
            let (kept, dictionary) = if is_table { (line, false) } else { cut_dictionary(line) };
            if dictionary {
                lines.dictionaries.push(at + 1);
            }
            in_quotes ^= kept.matches('"').count() % 2 == 1;
            lines.body += kept;
            lines.body.push('\n');
        }
        lines
    }
}

/// A line without the dictionary of Python at its end.
fn cut_dictionary(line: &str) -> (&str, bool) {
    if !line.trim_end().ends_with('}') {
        return (line, false);
    }
    let (mut in_quotes, mut before) = (false, ' ');
    for (at, c) in line.char_indices() {
        let is_separated = before.is_whitespace() || DELIMITERS.contains(&before);
        if c == '{' && is_separated && !in_quotes {
            return (&line[..at], true);
        }
        in_quotes ^= c == '"';
        before = c;
    }
    (line, false)
}
