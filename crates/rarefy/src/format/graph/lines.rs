//! Lines of an edge list: rows of fields, comments, and the data that NetworkX writes after an
//! edge.

use csv::StringRecord;

/// Possible separators of fields, apart from spaces.
pub(super) const DELIMITERS: [char; 4] = ['\t', ',', ';', '|'];

/// A row of a table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Line number from 1, as in an editor.
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

/// A comment line.
pub(super) struct Comment<'a> {
    pub(super) line: usize,
    /// The text, including the sign that begins the comment.
    pub(super) text: &'a str,
}

/// A file without its comments.
#[derive(Default)]
pub(super) struct Lines<'a> {
    pub(super) comments: Vec<Comment<'a>>,
    /// All lines of the file; comments are replaced by empty lines.
    pub(super) body: String,
    /// Lines that ended with a dictionary, in which NetworkX writes the data of an edge.
    pub(super) dictionaries: Vec<usize>,
}

pub(super) fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with(['#', '%']) || line.starts_with("//")
}

impl<'a> Lines<'a> {
    /// If `is_table`, there are no comments below the first line that is not a comment.
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

/// A line without the Python dictionary at its end, and whether there was one.
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
