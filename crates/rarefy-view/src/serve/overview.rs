//! The pages of all studies and of one study.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use rarefy::cell::Cell;
use rarefy::study::{EpochResult, Known, Speed, State, shown};

use super::address::encoded;
use super::curves::{self, Figure};
use super::query::{EPOCH, MERIT, PAGE, Query, STATE, TRIAL};
use super::shelf::{Shelf, View};
use crate::naming::called;
use crate::wording;

/// The progress of a study.
pub struct Counts {
    pub trials: usize,
    pub done: usize,
    pub running: usize,
    pub failed: usize,
    pub damaged: usize,
    pub waiting: usize,
    pub diverged: usize,
    /// `about 3 minutes`
    pub time_left: Option<String>,
    pub best: Option<Best>,
}

/// The best trial.
pub struct Best {
    pub merit: String,
    pub label: String,
    pub address: String,
}

impl Counts {
    fn of(view: &View) -> Self {
        let count = |state| view.known.iter().filter(|known| known.state == state).count();
        let done = || view.known.iter().filter(|known| known.state == State::Done);
        let scored = done().filter(|known| known.why.is_none() && known.merit.is_some());
        // Of several equal ones, the first in the order of the study.
        let best = scored.reduce(|best, known| if known.merit > best.merit { known } else { best });
        Self {
            trials: view.known.len(),
            done: count(State::Done),
            running: count(State::Running),
            failed: count(State::Failed),
            damaged: count(State::Damaged),
            waiting: count(State::Waiting),
            diverged: done().filter(|known| known.why.is_some()).count(),
            time_left: time_left(view).map(|left| format!("about {}", wording::roughly(left))),
            best: best.map(|known| Best {
                merit: wording::accuracy(known.merit.unwrap_or_default()),
                label: called(&known.trial, &view.varied),
                address: address(view, known),
            }),
        }
    }
}

/// Estimate, assuming that as many trials run at a time as now and that they take as long as those
/// that are done.
fn time_left(view: &View) -> Option<Duration> {
    let of = |state| view.known.iter().filter(move |known| known.state == state);
    let running = of(State::Running).count();
    let done =
        of(State::Done).filter_map(|known| Some((&known.trial, known.epoch?, known.seconds)));
    let speed = Speed::observed(done);
    let waiting: f64 = of(State::Waiting).map(|known| speed.seconds(&known.trial)).sum();
    let begun = of(State::Running).map(|known| {
        let left = known.trial.run_epochs().saturating_sub(known.epoch.unwrap_or(0));
        speed.epoch_seconds(&known.trial) * f64::from(left)
    });
    let left = (waiting + begun.sum::<f64>()) / running as f64;
    Duration::try_from_secs_f64(left).ok().filter(|left| running > 0 && !left.is_zero())
}

/// Address of the page of a study.
pub fn address_of(view: &View) -> String {
    format!("/study/{}", encoded(&view.key))
}

/// Address of the page of a trial.
pub fn address(view: &View, known: &Known) -> String {
    format!("{}/trial/{}", address_of(view), encoded(&known.name()))
}

#[derive(Template)]
#[template(path = "serve/studies.html")]
struct StudiesPage {
    version: String,
    events: String,
    studies: Vec<Entry>,
}

struct Entry {
    name: String,
    address: String,
    broken: Option<String>,
    counts: Counts,
}

/// The page of all studies.
pub fn studies(shelf: &Shelf) -> String {
    let views = shelf.look();
    let entry = |view: &Arc<View>| Entry {
        name: titled(view),
        address: address_of(view),
        broken: view.broken.clone(),
        counts: Counts::of(view),
    };
    let revision: String =
        views.iter().map(|view| format!("{}.{}", view.key, view.revision)).collect();
    let page = StudiesPage {
        version: shelf.version(&revision),
        events: "/events".to_owned(),
        studies: views.iter().map(entry).collect(),
    };
    page.render().expect("the template writes to a String")
}

/// A study's name, followed by its folder's name where that differs.
fn titled(view: &View) -> String {
    match view.name == view.key {
        true => view.name.clone(),
        false => format!("{} ({})", view.name, view.key),
    }
}

#[derive(Template)]
#[template(path = "serve/study.html")]
struct StudyPage<'a> {
    version: String,
    events: String,
    name: String,
    subtitle: String,
    broken: Option<&'a str>,
    counts: Counts,
    /// If there are several studies: name and address of each, and whether it is the one shown.
    studies: Vec<(String, String, bool)>,
    here: String,
    query: &'a Query,
    sort: String,
    states: Vec<(&'static str, usize, bool)>,
    cells: Vec<(&'static str, &'static str, bool)>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    figures: Vec<Figure>,
    /// What the curves show.
    drawn: String,
    found: usize,
    first: usize,
    last: usize,
    previous: Option<String>,
    next: Option<String>,
    /// Picked trials that are not in the table on this page.
    elsewhere: Vec<String>,
    cleared: Option<String>,
}

struct Column {
    name: String,
    address: String,
    /// A value of `aria-sort`.
    sorted: &'static str,
    number: bool,
}

struct Row {
    hash: String,
    picked: bool,
    label: String,
    address: String,
    values: Vec<(String, bool)>,
    state: &'static str,
    why: Option<String>,
    merit: String,
    epoch: String,
}

/// The page of one study.
pub fn study(shelf: &Shelf, view: &View, query: &Query) -> String {
    let trials = query.trials(view);
    let pages = trials.len().div_ceil(PAGE).max(1);
    let query = &Query { page: query.page.min(pages), ..query.clone() };
    let start = (query.page - 1) * PAGE;
    let shown = &trials[start..trials.len().min(start + PAGE)];
    let picked: Vec<&Arc<Known>> =
        view.known.iter().filter(|known| query.picks.contains(&known.hash)).collect();
    let (figures, drawn) = match picked.is_empty() {
        true => means(shelf, view, &trials),
        false => own_curves(shelf, view, &picked),
    };
    let here = address_of(view);
    let at = |query: Query| format!("{here}{}", query.address());
    let page = |page| at(Query { page, ..query.clone() });
    let others = shelf.look();
    let others = others.iter().filter(|_| others.len() > 1);
    let state = |state: State| {
        let count = view.known.iter().filter(|known| known.state == state).count();
        (state.name(), count, query.state == Some(state))
    };
    let has = |cell: &Cell| view.known.iter().any(|known| known.trial.cell == *cell);
    let cell = |cell: Cell| (cell.name(), wording::cell(cell), query.cell == Some(cell));
    let page = StudyPage {
        version: shelf.version(&view.revision.to_string()),
        events: format!("/events?study={}", encoded(&view.key)),
        name: titled(view),
        subtitle: subtitle(view),
        broken: view.broken.as_deref(),
        counts: Counts::of(view),
        studies: others
            .map(|other| (titled(other), address_of(other), other.key == view.key))
            .collect(),
        query,
        sort: query.sort().unwrap_or_default(),
        states: State::ALL.into_iter().map(state).collect(),
        cells: Cell::ALL.into_iter().filter(has).map(cell).collect(),
        columns: columns(view, query, &here),
        rows: shown.iter().map(|known| row(view, query, known)).collect(),
        figures,
        drawn,
        found: trials.len(),
        first: (start + 1).min(trials.len()),
        last: start + shown.len(),
        previous: (query.page > 1).then(|| page(query.page - 1)),
        next: (query.page < pages).then(|| page(query.page + 1)),
        elsewhere: picked
            .iter()
            .filter(|picked| !shown.iter().any(|known| known.hash == picked.hash))
            .map(|known| format!("{:016x}", known.hash))
            .collect(),
        cleared: (!picked.is_empty()).then(|| at(Query { picks: Vec::new(), ..query.clone() })),
        here: here.clone(),
    };
    page.render().expect("the template writes to a String")
}

/// Figures of means over trials, and a sentence about what they show.
fn means(shelf: &Shelf, view: &View, trials: &[&Arc<Known>]) -> (Vec<Figure>, String) {
    let (base, pruned): (Vec<&Known>, Vec<&Known>) =
        trials.iter().map(|known| &***known).partition(|known| known.trial.is_base());
    let begun: Vec<&Known> = base.into_iter().filter(|known| known.epoch.is_some()).collect();
    let read = begun.iter().take(curves::MOST_READ);
    let read = read.map(|known| (*known, curves::thinned(epochs(shelf, view, known))));
    let read: Vec<_> = read.collect();
    let figures = [
        curves::training(view.merit(), &read, false),
        curves::training(view.merit(), &read, true),
        curves::retraining(view.merit(), &pruned),
    ];
    let some = match begun.len() > curves::MOST_READ {
        true => format!(
            " Training shows the first {} of {} trials.",
            curves::MOST_READ,
            wording::grouped(begun.len())
        ),
        false => String::new(),
    };
    let drawn = format!(
        "Lines are means over the trials in the table, bands span the lowest to the highest.{some} Pick \
            trials in the table to see their own curves."
    );
    (figures.into_iter().flatten().collect(), drawn)
}

/// The curves of the picked trials, and a sentence about how many of them have one.
fn own_curves(shelf: &Shelf, view: &View, picked: &[&Arc<Known>]) -> (Vec<Figure>, String) {
    let curves: Vec<(&Known, String, Vec<EpochResult>)> = picked
        .iter()
        .map(|known| {
            let epochs = curves::thinned(epochs(shelf, view, known));
            (&***known, called(&known.trial, &view.varied), epochs)
        })
        .filter(|(_, _, epochs)| !epochs.is_empty())
        .collect();
    let drawn = match curves.len() < picked.len() {
        true => format!(
            "The picked trials: {} of {} have finished an epoch.",
            curves.len(),
            picked.len()
        ),
        false => "The picked trials.".to_owned(),
    };
    (curves::together(view.merit(), &curves).into_iter().collect(), drawn)
}

/// The epochs known of a trial, done or running.
pub fn epochs(shelf: &Shelf, view: &View, known: &Known) -> Vec<EpochResult> {
    if !shelf.holds(&view.folder.path().join("trials")) {
        return Vec::new();
    }
    let data = view.data.as_ref();
    let record = data.and_then(|data| known.record(&view.folder, data));
    let progress = || Some(known.progress(&view.folder)?.epochs);
    record.map(|record| record.epochs).or_else(progress).unwrap_or_default()
}

fn subtitle(view: &View) -> String {
    let folder = view.folder.path().display();
    match &view.data {
        Some(data) => format!(
            "{} and {} · {folder}",
            wording::count(data.train_strings, "training sequence"),
            wording::count(data.test_strings, "test sequence"),
        ),
        None => format!("not begun · {folder}"),
    }
}

fn columns(view: &View, query: &Query, here: &str) -> Vec<Column> {
    let column = |name: &str, key: &str, number: bool| {
        let now = query.sort.as_ref().filter(|(sorted, _)| sorted == key).map(|(_, down)| *down);
        // Accuracy starts with the best; other columns start with the lowest.
        let down = now.map_or(key == MERIT, |down| !down);
        let next = Query { sort: Some((key.to_owned(), down)), page: 1, ..query.clone() };
        let sorted = match now {
            None => "none",
            Some(false) => "ascending",
            Some(true) => "descending",
        };
        Column {
            name: name.to_owned(),
            address: format!("{here}{}", next.address()),
            sorted,
            number,
        }
    };
    let is_number = |key: &&str| {
        let values = || view.known.iter().map(|known| known.trial.value(key));
        values().all(|value| value.is_number() || value.is_null())
    };
    let mut columns = vec![
        column("trial", TRIAL, false),
        column("state", STATE, false),
        column(view.merit().noun(), MERIT, true),
        column("epoch", EPOCH, true),
    ];
    let varied = view.varied.iter();
    columns.extend(varied.map(|key| column(&key.replace('_', " "), key, is_number(key))));
    columns
}

fn row(view: &View, query: &Query, known: &Known) -> Row {
    let value = |key: &&str| {
        let value = known.trial.value(key);
        (shown(&value), value.is_number())
    };
    let all = known.trial.run_epochs();
    Row {
        hash: format!("{:016x}", known.hash),
        picked: query.picks.contains(&known.hash),
        label: known.trial.label(),
        address: address(view, known),
        values: view.varied.iter().map(value).collect(),
        state: known.state.name(),
        why: known.why.clone(),
        merit: known.merit.map(wording::accuracy).unwrap_or_default(),
        epoch: match (known.state, known.epoch) {
            (State::Running, epoch) => format!("{} of {all}", epoch.unwrap_or(0)),
            (_, Some(epoch)) if epoch == all => epoch.to_string(),
            (_, Some(epoch)) => format!("{epoch} of {all}"),
            (_, None) => String::new(),
        },
    }
}
