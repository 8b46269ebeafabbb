//! Edge lists: one edge per line, as a table with or without names of columns.
//!
//! The names of columns decide which columns contain the nodes; without names, it is the first two.
//! A file without names that can also be read in another way is rejected (`doubt`): an error is
//! better than a wrong graph.

use std::collections::HashMap;

use csv::StringRecord;

use super::columns::{self, NodeColumns};
use super::doubt;
use super::fault::{GraphFault, GraphRemark};
use super::foreign::Foreign;
use super::lines::{Comment, DELIMITERS, Lines, Row};
use super::names::{Named, Nodes, settle};

/// The rows of a table with fields separated by `separator`, without empty rows. Every row must
/// have at least `fewest` fields; otherwise the result is the line of the first that does not.
fn rows(body: &str, separator: char, fewest: usize) -> Result<Vec<Row>, usize> {
    let body = plain(body, separator);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator as u8)
        .from_reader(body.as_bytes());
    let (mut rows, mut at, mut line) = (Vec::new(), 0, 1);
    for record in reader.records() {
        let record = record.expect("text of one encoding, rows of any length");
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let start = start + body[start..].bytes().take_while(|&byte| byte == b'\n').count();
        line += body[at..start].bytes().filter(|&byte| byte == b'\n').count();
        at = start;
        let mut fields: StringRecord = match separator {
            ' ' => record.iter().filter(|field| !field.is_empty()).map(str::trim).collect(),
            _ => record.iter().map(str::trim).collect(),
        };
        while fields.len() > fewest && fields.get(fields.len() - 1) == Some("") {
            fields.truncate(fields.len() - 1);
        }
        if fields.iter().all(str::is_empty) {
            continue;
        }
        if fields.len() < fewest {
            return Err(line);
        }
        rows.push(Row { line, fields });
    }
    Ok(rows)
}

/// The text in a form for `csv`: quotes directly follow separators, and tabs become spaces if
/// spaces separate. Quoted text stays unchanged.
fn plain(body: &str, separator: char) -> String {
    let mut text = String::with_capacity(body.len());
    let (mut in_quotes, mut skipped) = (false, 0);
    for (at, c) in body.char_indices() {
        in_quotes ^= c == '"';
        match c {
            '\t' if separator == ' ' && !in_quotes => text.push(' '),
            ' ' if at < skipped => {}
            ' ' if separator != ' '
                && !in_quotes
                && (text.is_empty() || text.ends_with([separator, '\n'])) =>
            {
                let rest = body[at..].trim_start_matches(' ');
                if rest.starts_with('"') {
                    skipped = body.len() - rest.len();
                } else {
                    text.push(' ');
                }
            }
            c => text.push(c),
        }
    }
    text
}

/// A table of edges: the columns of its nodes, and its rows below the names of columns.
struct Table {
    rows: Vec<Row>,
    from: usize,
    to: usize,
    /// The column of weights.
    weight: Option<usize>,
    /// Whether names of columns determine them.
    is_named: bool,
}

impl Table {
    /// Checks that each row has its nodes, and at most as many fields as there are names of
    /// columns: a name that contains a separator would shift them.
    fn check(&self, columns: usize) -> Result<(), GraphFault> {
        for row in &self.rows {
            let (line, fields) = (row.line, row.len());
            if fields > columns {
                return Err(GraphFault::Ragged { line, fields, columns });
            }
            if fields <= self.from.max(self.to) {
                return Err(GraphFault::MissingNode { line });
            }
        }
        Ok(())
    }
}

/// Reads an edge list; `usual` is the separator for files with this name.
pub(super) fn read(
    text: &str,
    usual: Option<char>,
    remarks: &mut Vec<GraphRemark>,
) -> Result<Named, GraphFault> {
    let (table, count) = table(text, usual, remarks)?;
    edges(&table, count)
}

/// The same with the weight of each edge: the column named `weight`, or else the third column if
/// the columns have no names. Without such a column, each weight is 1.
pub(super) fn read_weighted(
    text: &str,
    usual: Option<char>,
    remarks: &mut Vec<GraphRemark>,
) -> Result<(Named, Vec<f64>), GraphFault> {
    let mut about = Vec::new();
    let (table, count) = table(text, usual, &mut about)?;
    for remark in about {
        remarks.extend(match (remark, table.weight) {
            (GraphRemark::LeftAside { mut columns }, Some(_)) => {
                let at = columns::weight(&columns).expect("the column of weights");
                columns.remove(at);
                (!columns.is_empty()).then_some(GraphRemark::LeftAside { columns })
            }
            (GraphRemark::FurtherColumns { count }, Some(_)) => {
                (count > 1).then(|| GraphRemark::FurtherColumns { count: count - 1 })
            }
            (remark, _) => Some(remark),
        });
    }
    let named = edges(&table, count)?;
    let Some(column) = table.weight else {
        remarks.push(GraphRemark::NoWeights);
        let ones = vec![1.0; named.edges.len()];
        return Ok((named, ones));
    };
    let weight = |row: &Row| {
        let text = row.get(column).unwrap_or_default();
        let fault = || GraphFault::NoWeight { line: row.line, weight: text.to_owned() };
        text.parse().ok().filter(|weight: &f64| weight.is_finite()).ok_or_else(fault)
    };
    let weights = table.rows.iter().map(weight).collect::<Result<_, _>>()?;
    Ok((named, weights))
}

/// The table, and the number of nodes that a comment gives.
fn table(
    text: &str,
    usual: Option<char>,
    remarks: &mut Vec<GraphRemark>,
) -> Result<(Table, Option<usize>), GraphFault> {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let (text, usual) = told_separator(&unified).unwrap_or((&unified, usual));
    if let Some(kind) = Foreign::of_text(text) {
        return Err(GraphFault::Foreign { kind });
    }
    let order = order(usual);
    let lines = Lines::new(text, true);
    let named = with_header(&lines, &order, remarks)?;
    let (lines, table) = match named {
        Some(table) => (lines, table),
        None => {
            let lines = Lines::new(text, false);
            let table = without_header(&lines, usual, &order, remarks)?;
            (lines, table)
        }
    };
    let count = lines.comments.iter().find_map(count).transpose()?;
    Ok((table, count))
}

/// A first line `sep=;`, as written by Excel.
fn told_separator(text: &str) -> Option<(&str, Option<char>)> {
    let (first, _) = text.split_once('\n')?;
    let separator = first.trim_end().to_lowercase();
    let separator = separator.strip_prefix("sep=")?.chars().next()?;
    // The line stays as an empty one, so that line numbers do not change.
    DELIMITERS.contains(&separator).then_some((&text[first.len()..], Some(separator)))
}

/// Separators in the order in which they are tried.
fn order(usual: Option<char>) -> Vec<char> {
    let all = DELIMITERS.into_iter().chain([' ']);
    usual.into_iter().chain(all.filter(|&separator| Some(separator) != usual)).collect()
}

/// The table, if its first line contains known names of columns.
fn with_header(
    lines: &Lines,
    order: &[char],
    remarks: &mut Vec<GraphRemark>,
) -> Result<Option<Table>, GraphFault> {
    let first = lines.body.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    for &separator in order {
        let header = rows(first, separator, 1).ok().and_then(|rows| rows.into_iter().next());
        let Some(header) = header else { continue };
        let Some(found) = columns::find(&header.names()) else { continue };
        let mut rows = rows(&lines.body, separator, 1).unwrap_or_default();
        // A quote may go on past the first line.
        let is_row = rows.first().is_some_and(|row| row.fields == header.fields);
        if !is_row || is_told_above(lines, separator, &rows[0]) {
            continue;
        }
        if doubt::matrix(&rows) {
            return Err(GraphFault::AdjacencyMatrix { rows: rows.len() });
        }
        let header = rows.remove(0);
        let weight = columns::weight(&header.names());
        let mut table = Table { rows, from: found.from, to: found.to, weight, is_named: true };
        // R writes row names without a header for their column.
        let width = header.len();
        let has_row_names = has_row_names(lines, &table, width);
        if has_row_names {
            (table.from, table.to) = (table.from + 1, table.to + 1);
            table.weight = table.weight.map(|at| at + 1);
        }
        if found.is_weak && !is_header(&header, &found, &table) {
            continue;
        }
        table.check(width + usize::from(has_row_names))?;
        let is_remark = |row: &&Row| row.field(0).starts_with("# ") || row.field(0) == "#";
        if let Some(row) = table.rows.iter().find(is_remark) {
            return Err(GraphFault::CommentBelow { line: row.line });
        }
        let mut others = header.names();
        others.extend(has_row_names.then(String::new));
        let nodes = [found.from, found.to].map(|at| header.field(at));
        others.retain(|name| !nodes.contains(&name.as_str()));
        if !others.is_empty() {
            remarks.push(GraphRemark::LeftAside { columns: others });
        }
        return Ok(Some(table));
    }
    Ok(None)
}

/// Whether each row has one field more than there are names of columns and begins with a quoted
/// number, as written by R. Without quotes, it may be a name that contains a separator, or a weight
/// may follow.
fn has_row_names(lines: &Lines, table: &Table, width: usize) -> bool {
    let mut below = lines.body.lines().filter(|line| !line.trim().is_empty()).skip(1);
    let is_named = |row: &Row| row.len() == width + 1 && row.field(0).parse::<usize>().is_ok();
    !table.rows.is_empty()
        && table.rows.iter().all(is_named)
        && below.all(|line| line.trim_start().starts_with('"'))
}

/// Whether a comment above already names the columns, so that the first line is an edge.
fn is_told_above(lines: &Lines, separator: char, first: &Row) -> bool {
    let told =
        above(lines, first).find_map(|comment| names_in_comment(comment, separator, first.len()));
    told.is_some_and(|told| told != first.names())
}

/// Whether names that could also be those of nodes are names of columns: no node is called like
/// them.
fn is_header(header: &Row, found: &NodeColumns, table: &Table) -> bool {
    let names = [found.from, found.to].map(|at| header.field(at));
    let nodes =
        table.rows.iter().flat_map(|row| [table.from, table.to].map(|at| row.fields.get(at)));
    !table.rows.is_empty()
        && nodes.flatten().all(|node| !names.iter().any(|name| columns::is_like(node, name)))
}

/// The table if no line contains known names of columns.
fn without_header(
    lines: &Lines,
    usual: Option<char>,
    order: &[char],
    remarks: &mut Vec<GraphRemark>,
) -> Result<Table, GraphFault> {
    let mut passing = Vec::new();
    let mut failing = 0;
    for &separator in order {
        match rows(&lines.body, separator, 2) {
            Ok(rows) => passing.push((separator, rows)),
            Err(line) => failing = failing.max(line),
        }
    }
    if passing.is_empty() {
        let all = rows(&lines.body, ' ', 1).unwrap_or_default();
        doubt::no_table(&all)?;
        let content = lines.body.lines().nth(failing - 1).unwrap_or_default().trim().to_owned();
        return Err(GraphFault::NoEdge { line: failing, content });
    }
    let is_empty = passing.iter().all(|(_, rows)| rows.is_empty());
    let separator = match is_empty {
        true => usual.unwrap_or(' '),
        false => doubt::separator(&passing, usual)?,
    };
    let chosen = passing.into_iter().find(|(passing, _)| *passing == separator);
    let mut rows = chosen.map(|(_, rows)| rows).unwrap_or_default();
    // Lines of nothing but separators are no rows: those that a spreadsheet leaves at the end.
    if rows.is_empty() {
        doubt::comments(lines, &[], separator)?;
        return Ok(Table { rows, from: 0, to: 1, weight: None, is_named: false });
    }
    let width = rows[0].len();
    let told =
        above(lines, &rows[0]).find_map(|comment| names_in_comment(comment, separator, width));
    let found = told.and_then(|names| Some((columns::find(&names)?, columns::weight(&names))));
    if let Some((found, weight)) = found {
        let table = Table { rows, from: found.from, to: found.to, weight, is_named: true };
        table.check(width)?;
        return Ok(table);
    }
    if doubt::header(&rows, remarks)? {
        rows.remove(0);
    }
    doubt::comments(lines, &rows, separator)?;
    doubt::columns(&rows, &lines.dictionaries, separator)?;
    let most = rows.iter().map(Row::len).max().unwrap_or(2);
    if most > 2 {
        remarks.push(GraphRemark::FurtherColumns { count: most - 2 });
    }
    let weight = (most > 2).then_some(2);
    Ok(Table { rows, from: 0, to: 1, weight, is_named: false })
}

/// The last comments above the first row; names of columns are not expected further away.
fn above<'l>(lines: &'l Lines<'_>, first: &Row) -> impl Iterator<Item = &'l Comment<'l>> {
    const MOST: usize = 50;
    let end = lines.comments.partition_point(|comment| comment.line < first.line);
    lines.comments[end.saturating_sub(MOST)..end].iter()
}

/// The names of columns in a comment above the edges: `# FromNodeId  ToNodeId`.
fn names_in_comment(comment: &Comment, separator: char, width: usize) -> Option<Vec<String>> {
    let text = comment.text.trim_start_matches(['#', '%', '/']).trim();
    [separator, '\t', ' '].into_iter().find_map(|separator| {
        let names = rows(text, separator, 2).ok()?.first()?.names();
        let are_columns = columns::find(&names).is_some_and(|found| !found.is_weak);
        (names.len() == width && are_columns).then_some(names)
    })
}

/// The number of nodes given in a comment: `# nodes: 5`, `# Nodes: 5 Edges: 4`, `# 5 nodes`.
fn count(comment: &Comment) -> Option<Result<usize, GraphFault>> {
    let text = comment.text.trim_start_matches(['#', '%', '/']).trim().to_lowercase();
    let text = text.strip_prefix("number of ").unwrap_or(&text);
    let fault = |count: &str| GraphFault::NoCount { line: comment.line, count: count.to_owned() };
    if let Some(rest) = text.strip_prefix("nodes").map(str::trim_start)
        && let Some(rest) = rest.strip_prefix([':', '='])
    {
        let rest = rest.trim();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let is_whole = !rest[end..].starts_with(|c: char| c == '.' || c.is_alphanumeric());
        let is_whole = is_whole
            && !rest[end..].trim_start_matches(',').starts_with(|c: char| c.is_ascii_digit());
        let number = rest[..end].parse().ok().filter(|_| is_whole);
        return Some(number.ok_or_else(|| fault(rest)));
    }
    let (number, rest) = text.split_once(' ')?;
    let is_count = rest.starts_with("nodes") || rest.starts_with("vertices");
    if is_count { number.parse().ok().map(Ok) } else { None }
}

/// The edges of a table, with nodes numbered in order of first occurrence.
fn edges(table: &Table, count: Option<usize>) -> Result<Named, GraphFault> {
    let mut written: Vec<(&str, usize)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut edges = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let mut ends = [0; 2];
        for (end, at) in ends.iter_mut().zip([table.from, table.to]) {
            let name = row.field(at);
            if name.is_empty() {
                return Err(GraphFault::MissingNode { line: row.line });
            }
            *end = *places.entry(name).or_insert_with(|| {
                written.push((name, row.line));
                written.len() - 1
            });
        }
        edges.push((ends[0], ends[1]));
    }
    let names = settle(&written, table.is_named)?;
    let mut nodes = Nodes { count, ..Nodes::default() };
    let numbers: Vec<usize> = names.iter().map(|name| nodes.number(name)).collect();
    let edges = edges.into_iter().map(|(from, to)| (numbers[from], numbers[to])).collect();
    let lines = table.rows.iter().map(|row| row.line).collect();
    Ok(Named { nodes, edges, lines })
}
