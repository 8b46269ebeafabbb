//! The names and numbers of nodes.
//!
//! Nodes called 0, 1, 2, ... (or n0, n1, ..., as in igraph) keep these numbers. Other nodes are
//! numbered: in the order of their names if all are whole numbers, otherwise in order of
//! occurrence. The graph then keeps the names.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::fault::GraphFault;
use crate::graph::{Digraph, DigraphError, Edge, Graph, GraphError};

/// Nodes by name in order of occurrence, and the edges between them.
pub(super) struct Named {
    pub(super) nodes: Nodes,
    pub(super) edges: Vec<(usize, usize)>,
    /// The line of each edge; empty if the file has none.
    pub(super) lines: Vec<usize>,
}

#[derive(Default)]
pub(super) struct Nodes {
    pub(super) names: Vec<String>,
    pub(super) numbers: HashMap<String, usize>,
    /// The number of nodes that the file states.
    pub(super) count: Option<usize>,
}

impl Nodes {
    pub(super) fn number(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }
}

/// The notation of a numeric name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `17`
    Plain,
    /// `017`
    Padded,
    /// `17.0`, `1.7e1`
    Float,
}

/// The notation of a number, and its plain form.
fn number(text: &str) -> Option<(Form, String)> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let plain = digits.trim_start_matches('0');
        let plain = if plain.is_empty() { "0" } else { plain };
        let sign = &text[..text.len() - digits.len()];
        let form = if plain == digits { Form::Plain } else { Form::Padded };
        return Some((form, format!("{sign}{plain}")));
    }
    // `inf`, `nan` and `1e999` are not numbers of nodes.
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && text.ends_with(|c: char| c.is_ascii_digit() || c == '.');
    let value: f64 = text.parse().ok().filter(|value: &f64| is_number && value.is_finite())?;
    Some((Form::Float, format!("{}", value + 0.0)))
}

/// From here on, not every whole number is exact as a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What a field without a value contains in tables of pandas and R.
fn is_nothing(name: &str) -> bool {
    matches!(name.to_lowercase().as_str(), "nan" | "na" | "n/a" | "null" | "none" | "<na>")
}

/// The final names of nodes, from the `written` ones (with the line of first occurrence of each):
/// if all are numbers, 1.0 and 1 are the same node.
pub(super) fn settle(written: &[(&str, usize)], is_named: bool) -> Result<Vec<String>, GraphFault> {
    let numbers: Vec<Option<(Form, String)>> =
        written.iter().map(|(name, _)| number(name)).collect();
    let all = numbers.iter().all(Option::is_some);
    let fraction = written.iter().zip(&numbers).find(|(_, number)| {
        number.as_ref().is_some_and(|(form, plain)| *form == Form::Float && plain.contains('.'))
    });
    if let Some(&((name, line), _)) = fraction.as_ref()
        && !is_named
    {
        return Err(GraphFault::Fraction { line: *line, name: (*name).to_owned() });
    }
    if !all && numbers.iter().any(Option::is_some) {
        let mut others = written.iter().zip(&numbers).filter(|(_, number)| number.is_none());
        let first = others.clone().next().expect("not all are numbers").0.1;
        if others.all(|((name, _), _)| is_nothing(name)) {
            return Err(GraphFault::MissingNode { line: first });
        }
    }
    let mut settled = Vec::with_capacity(written.len());
    let mut by_value: HashMap<&str, &str> = HashMap::new();
    for ((name, line), number) in written.iter().zip(&numbers) {
        let Some((form, plain)) = number else {
            settled.push((*name).to_owned());
            continue;
        };
        let is_meant = all && fraction.is_none() && *form == Form::Float;
        if is_meant && plain.parse().is_ok_and(|value: f64| value.abs() >= EXACT) {
            return Err(GraphFault::Inexact { line: *line, name: (*name).to_owned() });
        }
        let meant = if is_meant { plain.as_str() } else { name };
        let other = by_value.entry(plain).or_insert(meant);
        if *other != meant {
            let (one, other) = ((*other).to_owned(), (*name).to_owned());
            return Err(GraphFault::SameNumber { line: *line, one, other });
        }
        settled.push(meant.to_owned());
    }
    Ok(settled)
}

/// The content of a file, before it is known to be a simple graph.
pub(super) struct Content {
    pub(super) nodes: usize,
    pub(super) names: Option<Vec<String>>,
    pub(super) edges: Vec<(usize, usize)>,
    /// The line of each edge; empty if the file has none.
    pub(super) lines: Vec<usize>,
}

impl Content {
    pub(super) fn numbered(nodes: usize, edges: Vec<(usize, usize)>) -> Self {
        Self { nodes, names: None, edges, lines: Vec::new() }
    }

    pub(super) fn named(names: Vec<String>, edges: Vec<(usize, usize)>) -> Self {
        Self { nodes: names.len(), names: Some(names), edges, lines: Vec::new() }
    }

    /// Removes edges from a node to itself, and all but the first of the edges between the same
    /// nodes. Returns how many of each.
    pub(super) fn simplify(&mut self) -> (usize, usize) {
        self.lines.clear();
        let before = self.edges.len();
        self.edges.retain(|(from, to)| from != to);
        let loops = before - self.edges.len();
        let mut seen = HashSet::new();
        self.edges.retain(|&(from, to)| seen.insert((from.min(to), from.max(to))));
        (loops, before - loops - self.edges.len())
    }

    /// The directed graph in which each edge has its one of `weights`. Edges of weight 0 are left
    /// out; their number is returned.
    pub(super) fn digraph(mut self, weights: &[f64]) -> Result<(Digraph, usize), DigraphFault> {
        let mut each = weights.iter();
        self.lines.retain(|_| each.next().is_some_and(|weight| *weight != 0.0));
        let weighted = self.edges.iter().zip(weights).filter(|(_, weight)| **weight != 0.0);
        let edges: Vec<Edge> =
            weighted.map(|(&(from, to), &weight)| Edge { from, to, weight }).collect();
        let zeros = self.edges.len() - edges.len();
        let graph = match self.names {
            Some(names) => Digraph::named(names, edges),
            None => Digraph::new(self.nodes, edges),
        };
        match graph {
            Ok(graph) => Ok((graph, zeros)),
            Err(fault) => Err((line(&self.lines, fault.edge()), fault)),
        }
    }

    /// The simple graph, or why it is none, with the line at fault.
    pub(super) fn graph(self) -> Result<Graph, (Option<u32>, GraphError)> {
        let graph = match self.names {
            Some(names) => Graph::named(names, self.edges),
            None => Graph::new(self.nodes, self.edges),
        };
        graph.map_err(|fault| (line(&self.lines, fault.edge()), fault))
    }
}

/// Why there is no directed graph, with the line at fault.
type DigraphFault = (Option<u32>, DigraphError);

/// The line of an edge.
fn line(lines: &[usize], edge: Option<usize>) -> Option<u32> {
    edge.and_then(|edge| u32::try_from(*lines.get(edge)?).ok())
}

/// Assigns numbers to named nodes. The order of edges stays.
pub(super) fn content(named: Named) -> Result<Content, GraphFault> {
    let Named { nodes, edges, lines } = named;
    Ok(Content { lines, ..numbered(nodes, &edges)? })
}

fn numbered(nodes: Nodes, edges: &[(usize, usize)]) -> Result<Content, GraphFault> {
    let Nodes { names, count, .. } = nodes;
    let own_number = |name: &str| -> Option<usize> {
        let digits = name.strip_prefix('n').unwrap_or(name);
        let number = digits.parse().ok()?;
        // 007 does not count: it is a name.
        (digits == format!("{number}")).then_some(number)
    };
    let numbers: Option<Vec<usize>> = names.iter().map(|name| own_number(name)).collect();
    let renumber = |numbers: &[usize]| -> Vec<(usize, usize)> {
        edges.iter().map(|&(from, to)| (numbers[from], numbers[to])).collect()
    };
    let are_distinct =
        |numbers: &Vec<usize>| numbers.iter().collect::<HashSet<_>>().len() == numbers.len();
    if let Some(count) = count {
        let is_below = |numbers: &[usize]| numbers.iter().all(|&number| number < count);
        match numbers.as_ref().filter(|numbers| is_below(numbers) && are_distinct(numbers)) {
            Some(numbers) => return Ok(Content::numbered(count, renumber(numbers))),
            // Every node has an edge, so the stated count adds nothing: ids in files of SNAP have
            // gaps.
            None if count == names.len() => {}
            None => return Err(GraphFault::OtherCount { count }),
        }
    }
    if let Some(numbers) = &numbers {
        let distinct: BTreeSet<usize> = numbers.iter().copied().collect();
        if distinct.len() == names.len() {
            if distinct.last().is_none_or(|last| last.checked_add(1) == Some(names.len())) {
                return Ok(Content::numbered(names.len(), renumber(numbers)));
            }
            let ranks: HashMap<usize, usize> =
                distinct.iter().enumerate().map(|(rank, &number)| (number, rank)).collect();
            let numbers: Vec<usize> = numbers.iter().map(|number| ranks[number]).collect();
            let mut named = vec![String::new(); names.len()];
            numbers.iter().zip(names).for_each(|(&at, name)| named[at] = name);
            return Ok(Content::named(named, renumber(&numbers)));
        }
    }
    Ok(Content::named(names, edges.to_vec()))
}
