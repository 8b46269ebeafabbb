//! The page of one trial.

use std::time::Duration;

use askama::Template;
use rarefy::prune::sparsity;
use rarefy::study::{Known, Record, Settings, State, shown};
use rarefy::train::{Merit, Score};

use super::address::encoded;
use super::curves::{self, Figure};
use super::masks::{self, LARGEST_MODEL, Picture};
use super::moved;
use super::overview::{address, address_of, epochs};
use super::shelf::{Shelf, View};
use crate::drawing;
use crate::naming::called;
use crate::wording;

/// Larger graphs are described, but not drawn.
const MOST_NODES: usize = 1000;
const MOST_EDGES: usize = 20_000;

#[derive(Template)]
#[template(path = "serve/trial.html")]
struct TrialPage<'a> {
    version: String,
    events: String,
    label: String,
    study: &'a str,
    study_address: String,
    state: &'static str,
    /// `done: 0.9373 after 3 epochs`
    standing: String,
    why: Option<&'a str>,
    /// Label and address of the trial that trains the base model.
    base: Option<(String, String)>,
    record: Option<String>,
    figures: Vec<Figure>,
    results: Vec<(String, String)>,
    settings: Vec<(&'static str, String)>,
    masked: Option<Masked>,
    graph: Option<(String, Option<String>)>,
}

/// What is masked in a network.
struct Masked {
    /// Which network it is.
    of: String,
    /// Name of a matrix or gate, whether it is a gate, number of weights, number masked, and their
    /// share.
    rows: Vec<(String, bool, String, String, String)>,
    pictures: Vec<Picture>,
}

/// The page of `known`.
pub fn page(shelf: &Shelf, view: &View, known: &Known) -> String {
    let trial = &known.trial;
    let record = view.data.as_ref().and_then(|data| known.record(&view.folder, data));
    let epochs = epochs(shelf, view, known);
    let unpruned = record.as_ref().and_then(|record| record.unpruned_accuracy);
    let base = trial.parent().map(|base| base.hash());
    let base = base.and_then(|hash| view.known.iter().find(|known| known.hash == hash));
    let has_file = shelf.holds(&view.folder.record_path(trial));
    let page = TrialPage {
        version: shelf.version(&known.revision.to_string()),
        events: format!("/events?study={}&trial={}", encoded(&view.key), encoded(&known.name())),
        label: called(&known.trial, &view.varied),
        study: &view.name,
        study_address: address_of(view),
        state: known.state.name(),
        standing: standing(known, view.merit()),
        why: known.why.as_deref(),
        base: base.map(|base| (called(&base.trial, &view.varied), address(view, base))),
        record: has_file.then(|| format!("{}/record.json", address(view, known))),
        figures: curves::alone(known, &epochs, unpruned)
            .into_iter()
            .chain(moved::figures(&epochs))
            .collect(),
        results: record.as_ref().map(|record| results(record, view.merit())).unwrap_or_default(),
        settings: Settings::KEYS
            .iter()
            .map(|&key| (key, shown(&trial.value(key))))
            .filter(|(_, value)| !value.is_empty())
            .collect(),
        masked: record.as_ref().and_then(|record| masked(shelf, view, record)),
        graph: graph(view, known),
    };
    page.render().expect("the template writes to a String")
}

fn standing(known: &Known, merit: Merit) -> String {
    let all = wording::count(known.trial.run_epochs() as usize, "epoch");
    let epochs = known.epoch.map(|epoch| wording::count(epoch as usize, "epoch"));
    let value = known.merit.map(wording::accuracy);
    let merit = format!("{} {}", wording::judged_on(known.trial.judge()), merit.noun());
    match (known.state, epochs, value) {
        (State::Done, Some(epochs), Some(value)) => {
            format!("Done after {epochs}: {merit} {value}.")
        }
        (State::Done, _, _) => "Done, with no epoch recorded.".to_owned(),
        (State::Running, Some(_), Some(value)) => {
            let done = wording::grouped(known.epoch.unwrap_or_default() as usize);
            format!("Running: {done} of {all} done, {merit} {value}.")
        }
        (State::Running, _, _) => format!("Running: none of {all} done yet."),
        (State::Failed, _, _) => "Failed. The next run tries it again.".to_owned(),
        (State::Damaged, _, _) => {
            "Its record cannot be read. The next run computes it again.".to_owned()
        }
        (State::Waiting, _, _) => format!("Waiting to train for {all}."),
    }
}

fn results(record: &Record, merit: Merit) -> Vec<(String, String)> {
    let mut results = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        results.extend(value.map(|value| (name.to_owned(), value)));
    };
    let kept = record.kept();
    let value = |score: &Score| wording::accuracy(score.merit());
    let merit = merit.noun();
    let validation = kept.and_then(|kept| kept.validation.as_ref());
    add(&format!("held-out {merit}"), validation.map(value));
    add(&format!("test {merit}"), kept.map(|kept| value(&kept.test)));
    add(&format!("{merit} before pruning"), record.unpruned_accuracy.map(wording::accuracy));
    add("kept epoch", record.kept_epoch.map(|epoch| epoch.to_string()));
    if record.trial.pruning().is_some() && record.diverged.is_none() {
        let recovered =
            record.epochs_to_recover.map_or("more than these".to_owned(), |n| n.to_string());
        add("epochs to recover", Some(recovered));
    }
    if let Some(pruned) = &record.pruned {
        add("sparsity", Some(wording::share(pruned.sparsity)));
        add("pruned, input to hidden", Some(wording::grouped(pruned.pruned_ih)));
        add("pruned, hidden to hidden", Some(wording::grouped(pruned.pruned_hh)));
        add("threshold", pruned.threshold.map(|threshold| threshold.to_string()));
    }
    let seconds = record.seconds.iter().sum::<f64>();
    let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let time = if seconds < 10.0 { format!("{seconds:.2} s") } else { wording::roughly(time) };
    add("time of all epochs", Some(time));
    add("instruction set", Some(record.instruction_set.clone()));
    add("rarefy", Some(record.version.clone()));
    results
}

/// The masks of a trial's network, if its model or that of its base trial is available.
fn masked(shelf: &Shelf, view: &View, record: &Record) -> Option<Masked> {
    let trial = &record.trial;
    let base = trial.parent();
    let path = view.folder.model_path(base.as_ref().unwrap_or(trial));
    if !shelf.holds(&path) {
        return None;
    }
    if path.metadata().ok()?.len() > LARGEST_MODEL {
        return None;
    }
    let network = view.folder.network(record)?;
    let of = match trial.pruning() {
        None => "The model of this trial.",
        Some(_) => "The base model with the masks of this trial.",
    }
    .to_owned();
    let account = sparsity(&network);
    if network.masks().count() == 0 {
        return Some(Masked { of, rows: Vec::new(), pictures: Vec::new() });
    }
    let mut rows = Vec::new();
    let mut row = |name: String, gate: bool, count: usize, masked: usize| {
        let share = wording::share(masked as f64 / count as f64);
        rows.push((name, gate, wording::grouped(count), wording::grouped(masked), share));
    };
    row("All input to hidden".to_owned(), false, account.count_ih, account.masked_ih);
    row("All hidden to hidden".to_owned(), false, account.count_hh, account.masked_hh);
    for (matrix, weight) in account.weights.iter().zip(network.layout().weights()) {
        row(masks::title(&weight), false, matrix.count, matrix.masked);
        for gate in matrix.gates.iter().filter(|_| matrix.gates.len() > 1) {
            row(gate.name.to_owned(), true, gate.count, gate.masked);
        }
    }
    Some(Masked { of, rows, pictures: masks::pictures(&network) })
}

/// The graph of the network: a description and, unless it is too large, a drawing.
fn graph(view: &View, known: &Known) -> Option<(String, Option<String>)> {
    let wired = known.trial.wired.as_ref()?;
    // Large graphs also take long to generate.
    if wired.node_count() > MOST_NODES {
        return Some((format!("{} nodes", wired.node_count()), None));
    }
    let graph = view.folder.graph(wired).ok()?;
    if graph.nodes() > MOST_NODES {
        return Some((format!("{} nodes", graph.nodes()), None));
    }
    let layering = wired.layering(&graph).ok()?;
    let words = format!(
        "{}{}: {}. Left: the graph. Right: the layers of the network. Sources are green, dead ends red, \
         edges that skip layers orange.",
        wired.title(),
        if wired.given.is_some() { String::new() } else { format!(" {}", wired.number) },
        drawing::caption(&graph, &layering)
    );
    let drawn = graph.edge_count() <= MOST_EDGES;
    Some((words, drawn.then(|| drawing::inline(&graph, &layering))))
}
