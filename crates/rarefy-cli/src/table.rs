//! Tables for people: aligned columns that fit the terminal.
//!
//! Where all columns are wider than the terminal they stand in several blocks, one below the
//! other, each with the columns that name the row: a number is never broken.

use std::fmt::Display;

use console::{Alignment, measure_text_width, pad_str};

use crate::output;

/// Between two columns.
const GAP: &str = "  ";

/// A table with headings.
pub struct Table {
    /// How many of the first columns name a row.
    keys: usize,
    columns: Vec<Column>,
    /// A text for each column.
    rows: Vec<Vec<String>>,
}

/// A column of a table.
pub struct Column {
    /// May have several lines.
    heading: String,
    alignment: Alignment,
}

/// A column of words.
pub fn words(heading: impl Into<String>) -> Column {
    Column { heading: heading.into(), alignment: Alignment::Left }
}

/// A column of numbers.
pub fn numbers(heading: impl Into<String>) -> Column {
    Column { heading: heading.into(), alignment: Alignment::Right }
}

impl Table {
    /// Of `columns`, the first `keys` of which name a row.
    pub fn new(keys: usize, columns: impl IntoIterator<Item = Column>) -> Self {
        Self { keys, columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row: a text for each column.
    pub fn row<T: Display>(&mut self, cells: impl IntoIterator<Item = T>) {
        let row: Vec<String> = cells.into_iter().map(|cell| cell.to_string()).collect();
        debug_assert_eq!(row.len(), self.columns.len(), "a text for each column: {row:?}");
        self.rows.push(row);
    }

    /// In lines that fit the terminal, or as wide as it is where nobody looks.
    pub fn text(&self) -> String {
        self.within(output::width())
    }

    fn within(&self, width: Option<usize>) -> String {
        let headings: Vec<Vec<&str>> =
            self.columns.iter().map(|column| column.heading.lines().collect()).collect();
        let above = headings.iter().map(Vec::len).max().unwrap_or(0);
        // Headings that have fewer lines than others stand at the bottom.
        let heading = |line: usize| {
            let at = |lines: &Vec<&str>| (line + lines.len()).checked_sub(above);
            headings.iter().map(|lines| at(lines).map_or("", |at| lines[at])).collect()
        };
        let rows = self.rows.iter().map(|row| row.iter().map(String::as_str).collect());
        let lines: Vec<Vec<&str>> = (0..above).map(heading).chain(rows).collect();
        let widest = |at: usize| lines.iter().map(|line| measure_text_width(line[at])).max();
        let widths: Vec<usize> =
            (0..self.columns.len()).map(|at| widest(at).unwrap_or(0)).collect();

        let mut text = String::new();
        for (nr, block) in self.blocks(&widths, width.unwrap_or(usize::MAX)).iter().enumerate() {
            if nr > 0 {
                text.push('\n');
            }
            for line in &lines {
                let cells: Vec<_> = block
                    .iter()
                    .map(|&at| pad_str(line[at], widths[at], self.columns[at].alignment, None))
                    .collect();
                text += cells.join(GAP).trim_end();
                text.push('\n');
            }
        }
        text
    }

    /// The columns of each block: those that name a row, and others while they fit, one at
    /// least.
    fn blocks(&self, widths: &[usize], width: usize) -> Vec<Vec<usize>> {
        let keys: Vec<usize> = (0..self.keys).collect();
        let taken = |block: &[usize]| -> usize {
            block.iter().map(|&at| widths[at] + GAP.len()).sum::<usize>()
        };
        let mut blocks = vec![keys.clone()];
        for (at, wide) in widths.iter().enumerate().skip(self.keys) {
            let block = blocks.last_mut().expect("there is one from the start");
            let fits = taken(block).saturating_add(*wide) <= width;
            if fits || block.len() == self.keys {
                block.push(at);
            } else {
                blocks.push(keys.iter().copied().chain([at]).collect());
            }
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let columns =
            [words("cell"), numbers("accuracy\nunpruned"), numbers("pruned"), words("why")];
        let mut table = Table::new(1, columns);
        table.row(["gru", "0.9876", "0.5", "±"]);
        table.row(["rnn_tanh", "1", "-", ""]);
        table
    }

    #[test]
    fn columns_are_aligned_and_end_where_their_text_ends() {
        let expected = "          accuracy\n\
                        cell      unpruned  pruned  why\n\
                        gru         0.9876     0.5  ±\n\
                        rnn_tanh         1       -\n";
        assert_eq!(table().within(None), expected);
        assert_eq!(table().within(Some(31)), expected);
    }

    #[test]
    fn a_narrow_terminal_gets_blocks_that_each_name_their_rows() {
        let text = table().within(Some(30));
        let expected = "          accuracy\n\
                        cell      unpruned  pruned\n\
                        gru         0.9876     0.5\n\
                        rnn_tanh         1       -\n\
                        \n\
                        \n\
                        cell      why\n\
                        gru       ±\n\
                        rnn_tanh\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_text_is_lost() {
        for width in 18..60 {
            let text = table().within(Some(width));
            let widest = text.lines().map(measure_text_width).max();
            assert!(widest <= Some(width), "{width}: {text}");
            for cell in ["0.9876", "0.5", "±", "1", "-", "gru", "rnn_tanh"] {
                assert!(text.split_whitespace().any(|word| word == cell), "{width}: {text}");
            }
        }
        // However narrow it is, each block has one column that is no name.
        assert_eq!(table().within(Some(1)).matches("cell").count(), 3);
    }
}
