//! Tables for people: aligned columns that fit the terminal.
//!
//! If the columns together are wider than the terminal, the table is split into blocks, one below
//! the other. Each block repeats the columns that name the row, and a number is never broken.

use std::fmt::Display;

use console::{Alignment, measure_text_width, pad_str};

use crate::output;

/// The gap between two columns.
const GAP: &str = "  ";

/// A table with headings.
pub struct Table {
    /// The number of leading columns that name a row.
    keys: usize,
    columns: Vec<Column>,
    /// One text per column.
    rows: Vec<Vec<String>>,
}

/// A column of a table.
pub struct Column {
    /// May have several lines.
    heading: String,
    alignment: Alignment,
    tied: bool,
}

impl Column {
    /// Marks the column as a detail of the one before it: they stay side by side if there is room
    /// for both.
    pub fn tied(self) -> Self {
        Self { tied: true, ..self }
    }
}

/// A column of words.
pub fn words(heading: impl Into<String>) -> Column {
    Column { heading: heading.into(), alignment: Alignment::Left, tied: false }
}

/// A column of numbers.
pub fn numbers(heading: impl Into<String>) -> Column {
    Column { heading: heading.into(), alignment: Alignment::Right, tied: false }
}

impl Table {
    /// A table of `columns`, the first `keys` of which name a row.
    pub fn new(keys: usize, columns: impl IntoIterator<Item = Column>) -> Self {
        Self { keys, columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row with one text per column. Texts from files may contain characters that move the
    /// cursor; these are escaped.
    pub fn row<T: Display>(&mut self, cells: impl IntoIterator<Item = T>) {
        let plain = |cell: T| cell.to_string().chars().flat_map(output::shown).collect();
        let row: Vec<String> = cells.into_iter().map(plain).collect();
        debug_assert_eq!(row.len(), self.columns.len(), "a text for each column: {row:?}");
        self.rows.push(row);
    }

    /// The table in lines that fit the terminal, or at full width if the output is not a terminal.
    pub fn text(&self) -> String {
        self.within(output::width())
    }

    fn within(&self, width: Option<usize>) -> String {
        let headings: Vec<Vec<&str>> =
            self.columns.iter().map(|column| column.heading.lines().collect()).collect();
        let above = headings.iter().map(Vec::len).max().unwrap_or(0);
        // Shorter headings are aligned to the bottom.
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

    /// The columns of each block: those that name a row, and at least one other, or as many as fit.
    fn blocks(&self, widths: &[usize], width: usize) -> Vec<Vec<usize>> {
        let keys: Vec<usize> = (0..self.keys).collect();
        let wide = |columns: &[usize]| -> usize {
            columns.iter().map(|&at| widths[at] + GAP.len()).sum::<usize>()
        };
        let fits = |block: &[usize], more: &[usize]| {
            (wide(block) + wide(more)).saturating_sub(GAP.len()) <= width
        };
        let mut blocks = vec![keys.clone()];
        let mut put = |columns: &[usize]| {
            let block = blocks.last_mut().expect("there is one from the start");
            if fits(block, columns) || block.len() == keys.len() {
                block.extend(columns);
            } else {
                blocks.push([&keys, columns].concat());
            }
        };
        let others: Vec<usize> = (keys.len()..self.columns.len()).collect();
        for tied in others.chunk_by(|_, &next| self.columns[next].tied) {
            match fits(&keys, tied) {
                true => put(tied),
                false => tied.iter().for_each(|&at| put(&[at])),
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
    fn columns_that_belong_together_stay_together_where_they_fit() {
        let columns = [words("name"), numbers("r"), numbers("from"), numbers("p").tied()];
        let mut table = Table::new(1, columns);
        table.row(["a", "0.1234", "0.1111", "0.05"]);
        let headings = |width| {
            let text = table.within(Some(width));
            let lines = text.lines().filter_map(|line| line.strip_prefix("name"));
            lines.map(|line| line.split_whitespace().collect::<String>()).collect::<Vec<_>>()
        };
        assert_eq!(headings(26), ["rfromp"]);
        assert_eq!(headings(21), ["r", "fromp"]);
        assert_eq!(headings(12), ["r", "from", "p"]);
    }

    #[test]
    fn what_would_move_the_cursor_is_shown() {
        let mut table = Table::new(1, [words("name")]);
        table.row(["\u{1b}[31mred\nline\té"]);
        assert_eq!(table.within(None), "name\n\\u{1b}[31mred\\nline\\té\n");
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
        // However narrow the terminal is, each block has one column besides the names.
        assert_eq!(table().within(Some(1)).matches("cell").count(), 3);
    }
}
