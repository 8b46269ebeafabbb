//! Reasons against reading lines without names of columns as edges.
//!
//! An adjacency list, a table with an index, a list of nodes or the sizes of a matrix can look like
//! edges. A file that can be read in more than one way is rejected, with advice on how to make its
//! meaning clear.

use std::collections::HashSet;

use super::columns::is_of_others;
use super::fault::{GraphFault, GraphRemark};
use super::foreign::Foreign;
use super::lines::{Lines, Row};

const ARROWS: [&str; 9] = ["-->", "<--", "<->", "->", "<-", "=>", "--", "→", "↔"];

fn is_whole(field: &str) -> bool {
    let digits = field.strip_prefix('-').unwrap_or(field);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number(field: &str) -> bool {
    field.parse::<f64>().is_ok()
}

/// The fault of lines that no separator turns into edges.
pub(super) fn no_table(rows: &[Row]) -> Result<(), GraphFault> {
    let Some(first) = rows.first() else { return Ok(()) };
    let joined = |row: &&Row| {
        row.len() == 1 && ARROWS.iter().any(|arrow| row.field(0).trim_matches('"').contains(arrow))
    };
    if let Some(row) = rows.iter().find(joined) {
        return Err(GraphFault::Arrow { line: row.line });
    }
    adjacency(first, rows)
}

/// Rejects lines of nodes with their neighbours.
fn adjacency(first: &Row, rows: &[Row]) -> Result<(), GraphFault> {
    let longest = rows.iter().max_by_key(|row| row.len()).expect("a row");
    if rows.iter().any(|row| row.field(0).ends_with(':')) {
        return Err(GraphFault::AdjacencyList { line: longest.line, count: longest.len() });
    }
    let says_rows = first.field(0).parse() == Ok(rows.len() - 1);
    let lengths: HashSet<usize> = rows.iter().map(Row::len).collect();
    if lengths.len() == 1 {
        return Ok(());
    }
    if says_rows && first.len() > 1 && rows.iter().all(|row| row.fields().all(is_whole)) {
        return Err(GraphFault::Foreign { kind: Foreign::Metis });
    }
    match longest.len() {
        0..3 => Ok(()),
        count => Err(GraphFault::AdjacencyList { line: longest.line, count }),
    }
}

/// Whether the rows form a matrix with one row per node.
pub(super) fn matrix(rows: &[Row]) -> bool {
    let width = rows[0].len();
    let names = || rows[0].fields().skip(1);
    if rows[0].field(0).is_empty() && rows[1..].iter().map(|row| row.field(0)).eq(names()) {
        return true;
    }
    if width < 3 || rows.len() != width || rows.iter().any(|row| row.len() != width) {
        return false;
    }
    let numbers = |row: &Row| row.fields().map(|field| field.parse().ok()).collect();
    let Some(numbers): Option<Vec<Vec<f64>>> = rows.iter().map(numbers).collect() else {
        return false;
    };
    let fields = || (0..width).flat_map(|row| (0..width).map(move |column| (row, column)));
    let has_no_loops = width > 3 && (0..width).all(|at| numbers[at][at] == 0.0);
    has_no_loops
        || fields().all(|(row, column)| [0.0, 1.0].contains(&numbers[row][column]))
        || fields().all(|(row, column)| numbers[row][column] == numbers[column][row])
}

/// Of the separators that turn the lines into a table, the one to use. Each is given with its rows;
/// `usual` is the separator for files with this name.
pub(super) fn separator(
    passing: &[(char, Vec<Row>)],
    usual: Option<char>,
) -> Result<char, GraphFault> {
    let delimiters: Vec<char> =
        passing.iter().map(|(separator, _)| *separator).filter(|&s| s != ' ').collect();
    let Some(&one) = delimiters.first() else { return Ok(' ') };
    // No name contains a tab.
    if delimiters.contains(&'\t') && usual != Some(',') {
        return Ok('\t');
    }
    if let Some(&other) = delimiters.get(1) {
        return Err(GraphFault::Separators { one, other });
    }
    // `0 1 0,5` is an edge with a weight, not an edge between `0 1 0` and 5.
    let rows = &passing.iter().find(|(separator, _)| *separator == one).expect("it passes").1;
    let is_several =
        |name: &str| name.split_whitespace().filter(|part| is_number(part)).count() > 1;
    if rows.iter().any(|row| is_several(row.field(0)) || is_several(row.field(1))) {
        return Err(GraphFault::Separators { one, other: ' ' });
    }
    Ok(one)
}

/// Whether the first row contains unknown names of columns; if so, a remark is added.
pub(super) fn header(rows: &[Row], remarks: &mut Vec<GraphRemark>) -> Result<bool, GraphFault> {
    let (first, rest) = rows.split_first().expect("a row");
    if matrix(rows) {
        return Ok(false);
    }
    let is_text = |at: usize| !is_number(first.field(at)) && !first.field(at).is_empty();
    let below = |at: usize| rest.iter().filter_map(move |row| row.get(at));
    let is_below = |at: usize| rest.iter().any(|row| row.len() > at);
    let above_numbers = |at: usize| is_text(at) && is_below(at) && below(at).all(is_number);
    let above_whole = [0, 1].iter().all(|&at| above_numbers(at) && below(at).all(whole_or_float));
    let above_further = (2..first.len()).any(above_numbers) && is_text(0) && is_text(1);
    let is_of_edges = (0..2).all(|at| !is_of_others(first.field(at)))
        && (2..first.len()).all(|at| is_of_others(first.field(at)));
    let names = || first.fields().map(str::to_owned).collect();
    if above_whole || above_further {
        if !is_of_edges {
            return Err(GraphFault::NoNodeColumns { columns: names() });
        }
        let [from, to] = [0, 1].map(|at| first.field(at).to_owned());
        remarks.push(GraphRemark::AssumedHeader { from, to });
        return Ok(true);
    }
    // Otherwise it would be an edge between two nodes without any other edges, in the first line of
    // all places.
    let [from, to] = [first.field(0), first.field(1)];
    let recurs =
        || rest.iter().any(|row| [0, 1].iter().any(|&at| [from, to].contains(&row.field(at))));
    if rest.len() > 1 && is_text(0) && is_text(1) && !recurs() {
        if is_of_others(from) || is_of_others(to) {
            return Err(GraphFault::NoNodeColumns { columns: names() });
        }
        let [from, to] = [from, to].map(str::to_owned);
        return Err(GraphFault::PerhapsHeader { from, to });
    }
    Ok(false)
}

fn whole_or_float(field: &str) -> bool {
    field.parse().is_ok_and(|number: f64| number.fract() == 0.0)
}

/// Checks that no comment is a node: `#metoo`.
pub(super) fn comments(lines: &Lines, rows: &[Row], separator: char) -> Result<(), GraphFault> {
    let first = rows.first().map_or(0, |row| row.line);
    let lengths: HashSet<usize> = rows.iter().map(Row::len).collect();
    let begins =
        |sign: char| rows.iter().any(|row| row.fields().any(|field| field.starts_with(sign)));
    let begun = [('#', begins('#')), ('%', begins('%'))];
    for comment in &lines.comments {
        let sign = &comment.text[..1];
        let rest = &comment.text[1..];
        if sign == "/"
            || rest.is_empty()
            || rest.starts_with(char::is_whitespace)
            || rest.starts_with(sign)
        {
            continue;
        }
        let fields = match separator {
            ' ' => comment.text.split_whitespace().count(),
            _ => comment.text.split(separator).count(),
        };
        let like_rows = if rows.is_empty() { fields > 1 } else { lengths.contains(&fields) };
        let among_rows = rows.is_empty() || comment.line > first || separator != ' ';
        let others = begun.iter().any(|(begins, others)| *others && sign.starts_with(*begins));
        if like_rows && (among_rows || others) {
            let (line, sign) = (comment.line, sign.to_owned());
            return Err(GraphFault::PerhapsComment { line, sign });
        }
    }
    Ok(())
}

/// Checks that the first two columns are the nodes of edges.
pub(super) fn columns(
    rows: &[Row],
    dictionaries: &[usize],
    separator: char,
) -> Result<(), GraphFault> {
    let Some(first) = rows.first() else { return Ok(()) };
    let is_arrow = |row: &&Row| ARROWS.contains(&row.field(1));
    if let Some(row) = rows.iter().find(is_arrow) {
        return Err(GraphFault::Arrow { line: row.line });
    }
    let unnamed = |readings| Err(GraphFault::UnnamedColumns { readings, separator });
    if rows.iter().any(|row| row.len() > 2 && dictionaries.contains(&row.line)) {
        return unnamed("a name with a blank, or another column");
    }
    if matrix(rows) {
        return Err(GraphFault::AdjacencyMatrix { rows: rows.len() });
    }
    counts(first, rows)?;
    // If rows have two or three fields, and the third is a number with a decimal point, some
    // weights are missing.
    let lengths: HashSet<usize> = rows.iter().map(Row::len).collect();
    let further = || rows.iter().flat_map(|row| row.fields().skip(2));
    let are_weights = further().all(|field| is_number(field) && !is_whole(field));
    if !(are_weights && rows.iter().all(|row| row.len() < 4)) {
        adjacency(first, rows)?;
    }
    if lengths == HashSet::from([2]) {
        return Ok(());
    }
    let nodes: HashSet<&str> = rows.iter().flat_map(|row| row.fields().take(2)).collect();
    let are_whole = |at: usize| rows.iter().all(|row| is_whole(row.field(at)));
    let is_text = |at: usize| {
        rows.iter().any(|row| row.get(at).is_some_and(|f| !f.is_empty() && !is_number(f)))
    };
    // In triples, the second field may be the relation between the other two; spaces may be parts
    // of names.
    if is_text(2) && !(are_whole(0) && are_whole(1)) {
        return unnamed("three nodes, names with blanks, or a relation between two nodes");
    }
    if is_text(0) != is_text(1) && are_whole(0) != are_whole(1) {
        return unnamed("a weight before or between the nodes, or nodes named by numbers");
    }
    if rows.iter().any(|row| row.fields().any(|field| !is_whole(field))) {
        return Ok(());
    }
    whole_columns(rows, &nodes).map_or(Ok(()), unnamed)
}

/// Other possible meanings of columns that contain only whole numbers.
fn whole_columns(rows: &[Row], nodes: &HashSet<&str>) -> Option<&'static str> {
    let firsts: HashSet<&str> = rows.iter().map(|row| row.field(0)).collect();
    let is_joined = rows.iter().any(|row| firsts.contains(row.field(1)));
    let further = || rows.iter().flat_map(|row| row.fields().skip(2));
    if firsts.len() < rows.len() || (is_joined && !further().any(|field| nodes.contains(field))) {
        return None;
    }
    let is_simple = |row: &Row| row.fields().collect::<HashSet<_>>().len() == row.len();
    if rows.iter().all(is_simple) {
        return Some("nodes and weights, or each node with its neighbours");
    }
    let number = |row: &Row| row.field(0).parse::<usize>().ok();
    let start = number(&rows[0]).filter(|start| *start < 2)?;
    let is_index = rows.iter().enumerate().all(|(at, row)| number(row) == Some(start + at));
    let mut pairs = HashSet::new();
    let mut joins = |row: &Row| {
        let (from, to) = (row.field(1), row.field(2));
        from != to && pairs.insert((from.min(to).to_owned(), from.max(to).to_owned()))
    };
    (is_index && rows.iter().all(&mut joins)).then_some("nodes and weights, or an index and nodes")
}

/// Checks that the first line does not give the numbers of nodes and edges.
fn counts(first: &Row, rows: &[Row]) -> Result<(), GraphFault> {
    if rows.len() < 3 || !first.fields().all(is_whole) {
        return Ok(());
    }
    let says_edges = first.fields().skip(1).any(|field| field.parse() == Ok(rows.len() - 1));
    let Ok(nodes) = first.field(0).parse::<usize>() else { return Ok(()) };
    let number = |field: &str| field.parse::<usize>().ok();
    let fits =
        |row: &Row| row.fields().take(2).all(|field| number(field).is_some_and(|n| n <= nodes));
    if says_edges && rows[1..].iter().all(fits) {
        let (line, nodes) = (first.line, first.field(0).to_owned());
        return Err(GraphFault::PerhapsCounts { line, nodes });
    }
    Ok(())
}
