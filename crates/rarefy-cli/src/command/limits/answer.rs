//! The answer for people: a table and a sentence.

use std::path::Path;

use rarefy::limits::{Answer, Chosen, Point};

use crate::table::{Table, numbers, words};

/// The sparsest model that is as good, in OUT.
pub const KEPT: &str = "pruned.safetensors";

/// All of it, with what was written to `out`.
pub fn text(answer: &Answer, out: &Path) -> String {
    let judged = answer.judged();
    let columns = [
        words("scope"),
        numbers("pruned\n%"),
        numbers("weights\nleft"),
        numbers(format!("on {judged}:\npruned")),
        numbers("retrained").tied(),
        numbers("on test:\nretrained"),
        numbers("epochs\nneeded"),
        words("as good\nwhen"),
    ];
    let mut table = Table::new(2, columns);
    table.row(row(&answer.sweep.control, "none", "(retrained without pruning)".to_owned()));
    for point in &answer.sweep.points {
        let here =
            answer.chosen.as_ref().is_some_and(|chosen| std::ptr::eq(chosen.kept.point, point));
        let mut when = point.as_good.name().to_owned();
        if point.diverged > 0 {
            when += &format!(" ({} of {} diverged)", point.diverged, point.seeds);
        }
        if here {
            when += "  <- kept";
        }
        table.row(row(point, point.scope.name(), when));
    }
    let pruned = match &answer.chosen {
        None => String::new(),
        Some(chosen) if chosen.kept.point.seeds == 1 => format!("{}, ", KEPT),
        Some(Chosen { kept, judged, test, .. }) => format!(
            "{} (of seed {}, {judged:.4} on {}, {test:.4} on test data), ",
            KEPT,
            kept.record.trial.seed,
            answer.judged()
        ),
    };
    format!(
        "accuracies\n{}\n{}\nwrote {pruned}limits.csv, limits.svg in {}\n",
        table.text(),
        answer.sentence(),
        out.display()
    )
}

/// A point of the sweep as a row of the table.
fn row(point: &Point, scope: &str, when: String) -> [String; 8] {
    let four = |accuracy: Option<f64>| accuracy.map_or("-".to_owned(), |a| format!("{a:.4}"));
    let retrained = match point.retrained_sd {
        Some(sd) => format!("{} ± {sd:.4}", four(point.retrained)),
        None => four(point.retrained),
    };
    let epochs = match (point.epochs, point.seeds) {
        _ if point.percent == 0.0 => String::new(),
        (None, _) => "-".to_owned(),
        (Some(epochs), 1) => epochs.to_string(),
        (Some(epochs), seeds) if seeds == point.came => format!("{epochs:.1}"),
        (Some(epochs), seeds) => format!("{epochs:.1} ({}/{seeds})", point.came),
    };
    [
        scope.to_owned(),
        point.percent.to_string(),
        point.weights.to_string(),
        four(Some(point.pruned)),
        retrained,
        four(point.test_retrained),
        epochs,
        when,
    ]
}
