//! The answer as text for people: tables, and a few short lines.

use std::path::Path;

use rarefy::limits::{Answer, AsGood, Chosen, Point, Winner};

use crate::table::{Table, numbers, words};

/// File in OUT: the sparsest model within tolerance.
pub const KEPT: &str = "pruned.safetensors";

/// File in OUT: the smallest dense network within tolerance.
pub const DENSE_KEPT: &str = "dense.safetensors";

/// The whole answer, followed by what was written to `out`.
pub fn text(answer: &Answer, out: &Path) -> String {
    let kept = match &answer.chosen {
        None => String::new(),
        Some(chosen) if chosen.kept.point.seeds == 1 => format!("{KEPT}, "),
        Some(Chosen { kept, judged, test, .. }) => format!(
            "{KEPT} (seed {}: {judged:.4} on {}, {test:.4} on test data), ",
            kept.record.trial.seed,
            answer.judged()
        ),
    };
    let (manner, merit) = (answer.sweep.manner, answer.sweep.merit.noun());
    let mut text = format!("{merit} of networks pruned by {manner}\n{}\n", pruned(answer).text());
    if !answer.sweep.dense.is_empty() {
        text += &format!(
            "smaller dense networks, trained as long\n{}\nbest {merit} on {} within a size\n{}\n",
            dense(answer).text(),
            answer.judged(),
            by_size(answer).text(),
        );
    }
    for line in answer.lines() {
        text += &line;
        text.push('\n');
    }
    let dense = match answer.sweep.smallest_dense() {
        Some(_) => format!("{DENSE_KEPT}, "),
        None => String::new(),
    };
    text + &format!("wrote {kept}{dense}limits.csv, limits.svg in {}\n", out.display())
}

/// Each pruned model, next to the randomly pruned one if there is one.
fn pruned(answer: &Answer) -> Table {
    let sweep = answer.sweep;
    let has_random = !sweep.random.is_empty();
    let columns = [
        words("scope"),
        numbers("pruned\n%"),
        numbers("weights\nleft"),
        numbers("bytes\nas C"),
        numbers(format!("on {}:\npruned", answer.judged())),
        numbers("retrained").tied(),
    ];
    let random = has_random.then(|| numbers("random,\nretrained"));
    let rest = [numbers("on test:\nretrained"), numbers("epochs\nneeded"), words("as good\nwhen")];
    let mut table = Table::new(2, columns.into_iter().chain(random).chain(rest));
    let mut row = |point: &Point, scope: &str, when: String| {
        let random = has_random.then(|| four(sweep.random_twin(point).and_then(|p| p.retrained)));
        let cells = [
            scope.to_owned(),
            point.percent.to_string(),
            point.weights.to_string(),
            bytes(point),
            four(point.pruned),
            retrained(point),
        ];
        let rest = [four(point.test_retrained), epochs(point), when];
        table.row(cells.into_iter().chain(random).chain(rest));
    };
    row(&sweep.control, "none", "(retrained without pruning)".to_owned());
    for point in &sweep.points {
        let here =
            answer.chosen.as_ref().is_some_and(|chosen| std::ptr::eq(chosen.kept.point, point));
        let mut when = point.as_good.name().to_owned();
        if point.diverged > 0 {
            when += &format!(" ({} of {} diverged)", point.diverged, point.seeds);
        }
        if here {
            when += "  <- kept";
        }
        row(point, point.scope.name(), when);
    }
    table
}

fn dense(answer: &Answer) -> Table {
    let columns = [
        words("units"),
        numbers("weights"),
        numbers("bytes\nas C"),
        numbers(format!("on {}:\ntrained", answer.judged())),
        numbers("trained on").tied(),
        numbers("on test:\ntrained on"),
        words("as\ngood"),
    ];
    let mut table = Table::new(1, columns);
    for point in &answer.sweep.dense {
        table.row([
            point.layers.clone(),
            point.weights.to_string(),
            bytes(point),
            four(point.pruned),
            retrained(point),
            four(point.test_retrained),
            if point.as_good == AsGood::No { "no" } else { "yes" }.to_owned(),
        ]);
    }
    table
}

fn by_size(answer: &Answer) -> Table {
    let columns = [
        numbers("bytes\nas C"),
        numbers("dense"),
        numbers("pruned"),
        numbers("pruned and\nretrained"),
        words("best by more\nthan the tolerance"),
    ];
    let mut table = Table::new(1, columns);
    for budget in answer.sweep.by_size(answer.tolerance) {
        table.row([
            budget.bytes.to_string(),
            four(budget.dense),
            four(budget.pruned),
            four(budget.retrained),
            budget.wins.map_or("-", Winner::name).to_owned(),
        ]);
    }
    table
}

fn four(merit: Option<f64>) -> String {
    merit.map_or("-".to_owned(), |merit| format!("{merit:.4}"))
}

fn bytes(point: &Point) -> String {
    point.bytes.map_or("-".to_owned(), |bytes| bytes.to_string())
}

fn retrained(point: &Point) -> String {
    match point.retrained_sd {
        Some(sd) => format!("{} ± {sd:.4}", four(point.retrained)),
        None => four(point.retrained),
    }
}

/// Mean number of epochs to recover, over the seeds that recovered.
fn epochs(point: &Point) -> String {
    match (point.epochs, point.seeds) {
        _ if point.percent == 0.0 => String::new(),
        (None, _) => "-".to_owned(),
        (Some(epochs), 1) => epochs.to_string(),
        (Some(epochs), seeds) if seeds == point.came => format!("{epochs:.1}"),
        (Some(epochs), seeds) => format!("{epochs:.1} ({}/{seeds})", point.came),
    }
}
