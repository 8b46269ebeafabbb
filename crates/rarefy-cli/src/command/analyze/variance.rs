//! `rarefy analyze variance`: how much of a column's variance is between groups of rows.

use clap::Args;
use rarefy::analysis::{Grouping, Records, Variance};
use serde_json::json;

use super::records::{RecordsArguments, p_value, parts};
use crate::arguments::WrongUse;
use crate::output::{print_json, print_text};
use crate::table::{Table, numbers, words};

/// Arguments of `rarefy analyze variance`.
#[derive(Debug, Args)]
#[command(after_help = include_str!("../../help/analyze_variance.txt"))]
pub struct VarianceArguments {
    #[command(flatten)]
    records: RecordsArguments,
    /// Column of numbers whose variance is divided
    #[arg(long, value_name = "COLUMN")]
    target: String,
    /// Columns whose values define groups of rows, such as graph,graph_nr
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',', required = true)]
    of: Vec<String>,
    /// Column with the same values in each group, such as seed
    #[arg(long, value_name = "COLUMN")]
    across: Option<String>,
    /// Columns whose values divide the table, each part by itself
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    by: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `rarefy analyze variance`.
pub fn run(arguments: &VarianceArguments) -> anyhow::Result<()> {
    arguments.check()?;
    let records = arguments.records.read()?;
    let by: Result<Vec<Vec<&str>>, _> =
        arguments.by.iter().map(|name| records.texts(name)).collect();
    let by = by?;
    let target = records.numbers(&arguments.target)?;
    let of = arguments.of.join(" and ");
    let keys = arguments.by.iter().map(String::as_str).map(words);
    let across = arguments.across.as_deref();
    let figures = [
        numbers("groups"),
        numbers("rows"),
        numbers(format!("share of\n{of}")),
        numbers("95 % interval").tied(),
        numbers("p"),
    ];
    let block = across.map(|across| numbers(format!("of\n{across}")));
    let mut table =
        Table::new(arguments.by.len(), keys.chain(figures).chain(block).chain([numbers("rest")]));
    let mut rows = Vec::new();
    for members in parts(&records, &arguments.by)? {
        let name: Vec<&str> = by.iter().map(|column| column[members[0]]).collect();
        let found = arguments.divided(&records, &members, &target);
        let found = found.map_err(|error| match name.is_empty() {
            true => error,
            false => error.context(name.join(", ")),
        })?;
        let all = found.between + found.block.unwrap_or_default() + found.rest;
        let shown = [
            found.groups.to_string(),
            found.rows.to_string(),
            format!("{:.3}", found.share),
            format!("{:.3} to {:.3}", found.interval.low, found.interval.high),
            p_value(found.p),
        ];
        let block = across.map(|_| format!("{:.3}", found.block.unwrap_or_default() / all));
        let rest = format!("{:.3}", found.rest / all);
        table.row(name.iter().map(|&key| key.to_owned()).chain(shown).chain(block).chain([rest]));
        let mut row = json!({
            "groups": found.groups,
            "rows": found.rows,
            "blocks": found.blocks,
            "share": found.share,
            "share_low": found.interval.low,
            "share_high": found.interval.high,
            "p": found.p,
            "variance_between": found.between,
            "variance_across": found.block,
            "variance_rest": found.rest,
        });
        arguments.by.iter().zip(name).for_each(|(column, value)| row[column] = json!(value));
        rows.push(row);
    }
    if arguments.json {
        return print_json(&json!({
            "target": arguments.target,
            "of": arguments.of,
            "across": across,
            "rows": rows,
        }));
    }
    print_text(&table.text())
}

impl VarianceArguments {
    /// Refuses a column that has two roles, or the same one twice.
    fn check(&self) -> anyhow::Result<()> {
        let several = |option, columns: &'_ [String]| {
            columns.iter().map(|column| (option, column.clone())).collect::<Vec<_>>()
        };
        let across: Vec<String> = self.across.iter().cloned().collect();
        let roles = [
            several("--target", std::slice::from_ref(&self.target)),
            several("--of", &self.of),
            several("--across", &across),
            several("--by", &self.by),
        ]
        .concat();
        for (at, (option, column)) in roles.iter().enumerate() {
            let Some((before, _)) = roles[..at].iter().find(|(_, other)| other == column) else {
                continue;
            };
            return Err(WrongUse::error(match before == option {
                true => format!("{option} names the column {column} twice: name it once"),
                false => format!(
                    "{before} and {option} both name the column {column}: name another with one of \
                     them"
                ),
            }));
        }
        Ok(())
    }

    /// Refuses two rows that are the same in all columns, which are usually a mistake: `rows` are
    /// in the order of their blocks.
    fn check_repeated(&self, part: &Records, rows: &[usize]) -> anyhow::Result<()> {
        let columns: Result<Vec<_>, _> =
            part.columns().iter().map(|name| part.texts(name)).collect();
        let columns = columns?;
        let is_same = |pair: &&[usize]| columns.iter().all(|of| of[pair[0]] == of[pair[1]]);
        match rows.windows(2).find(is_same) {
            Some(pair) => anyhow::bail!(
                "{}: lines {} and {} are the same row: remove one of them",
                self.records.path.display(),
                part.line(pair[0]),
                part.line(pair[1])
            ),
            None => Ok(()),
        }
    }

    /// The variance of these rows.
    fn divided(
        &self,
        records: &Records,
        members: &[usize],
        target: &[f64],
    ) -> anyhow::Result<Variance> {
        let mut keeps = vec![false; records.rows()];
        members.iter().for_each(|&row| keeps[row] = true);
        let mut part = records.clone();
        part.keep_rows(&keeps);
        let values: Vec<f64> = members.iter().map(|&row| target[row]).collect();
        let groups = Grouping::new(&part, &self.of)?.rows();
        let Some(across) = &self.across else {
            let group = |rows: &Vec<usize>| rows.iter().map(|&row| values[row]).collect();
            return Ok(Variance::nested(&groups.iter().map(group).collect::<Vec<_>>())?);
        };
        let blocks = part.texts(across)?;
        // The rows of each group in the order of their blocks.
        let ordered = |mut rows: Vec<usize>| {
            rows.sort_by_key(|&row| blocks[row]);
            rows
        };
        let groups: Vec<Vec<usize>> = groups.into_iter().map(ordered).collect();
        groups.iter().try_for_each(|rows| self.check_repeated(&part, rows))?;
        let names = |rows: &[usize]| rows.iter().map(|&row| blocks[row]).collect::<Vec<_>>();
        let common = names(&groups[0]);
        let complete = |rows: &&Vec<usize>| names(rows) == common;
        if let Some(other) = groups.iter().find(|rows| !complete(rows)) {
            anyhow::bail!(
                "not every group has the same {across}: the first has {}, another {}; leave out \
                 --across, or choose rows with --where",
                common.join(", "),
                names(other).join(", ")
            );
        }
        if common.windows(2).any(|pair| pair[0] == pair[1]) {
            anyhow::bail!(
                "a group has several rows with {across} {}: name the setting in which they differ in --of, \
                 or choose rows with --where",
                common[0]
            );
        }
        let group = |rows: Vec<usize>| rows.into_iter().map(|row| values[row]).collect();
        Ok(Variance::crossed(&groups.into_iter().map(group).collect::<Vec<_>>())?)
    }
}
