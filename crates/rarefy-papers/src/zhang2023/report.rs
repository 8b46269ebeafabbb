//! The report: one page, a function of the results.

use std::path::{Path, PathBuf};

use rarefy::analysis::Summary;
use rarefy::cell::Cell;
use rarefy::format::write_atomically;
use rarefy_view::chart::{Axis, Chart, Line, Point, series_class};
use rarefy_view::figure::{Figure, Group, LOW, Legend, NARROW, Panel};
use rarefy_view::moved::{look, marker, thinned};
use rarefy_view::page::Page;
use rarefy_view::table::{Entry, Heading, Row, Table};
use rarefy_view::wording;

use super::published::Published;
use super::{Error, Part, Results};
use crate::arm::Arm;
use crate::judged::{Judged, RULES, verdicts};

impl Results {
    /// Writes the report into `out` and returns its path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_report(&self, out: &Path) -> Result<PathBuf, Error> {
        let path = out.join("report.html");
        write_atomically(&path, render(self).as_bytes())?;
        Ok(path)
    }

    /// The figures of the report.
    pub fn figures(&self) -> Vec<Figure> {
        figures(self)
    }
}

/// The report as a self-contained HTML page.
fn render(results: &Results) -> String {
    let figures: String = figures(results).iter().map(Figure::html).collect();
    let figures = (!figures.is_empty()).then_some(("epochs", "Balance by epoch", figures));
    let asked = [
        ("found", "What stands and what falls", format!("{ASKED}{RULES}{}", opening(results))),
        ("left", "Accuracy and balance", left(results)),
    ];
    let studies: String = results.judged().map(|judged| judged.section("")).collect();
    let rest = [
        ("studies", "What each study asks", studies + &not_begun(results)),
        ("about", "About these numbers", ABOUT.to_owned()),
    ];
    let parts: Vec<(&str, &str, String)> = asked.into_iter().chain(figures).chain(rest).collect();
    let tasks: Vec<&str> = results.studies.iter().map(|(part, _)| part.title()).collect();
    Page {
        title: "Structural balance in sparse recurrent networks",
        subtitle: tasks.join(" · "),
        contents: parts.iter().map(|&(anchor, title, _)| (anchor, title)).collect(),
        sections: parts
            .iter()
            .map(|(anchor, title, html)| {
                format!("<section id=\"{anchor}\">\n<h2>{title}</h2>\n{html}</section>")
            })
            .collect(),
        source: PAPER,
        version: results.judged().next().map_or("", |judged| &judged.findings.version),
    }
    .html()
}

/// The citation on the page.
const PAPER: &str = "Paper: X.-J. Zhang, J. M. Moore, G. Yan, X. Li, <cite>Universal structural patterns in \
    sparse recurrent neural networks</cite>, Communications Physics 6 (2023). ";

/// What the paper asks.
const ASKED: &str = "<p>What do the graphs look like that training leaves behind? In the paper, tanh \
    networks whose hidden-to-hidden weights were pruned or replaced while they learnt are <em>structurally \
    balanced</em>: in most triples of connections i → j, j → k, i → k, the sign of the direct connection is \
    the product of the other two. It has one network of each kind, and no random masks to compare with. Here \
    each kind has several seeds, and each claim is tested by pairs of networks with the same seed.</p>\n";

/// How the numbers were obtained, and what differs from the paper.
const ABOUT: &str = "<ul>\n\
    <li><strong>Balance</strong> is the share of transitive triples with a positive product of signs, \
    without self-loops. For gated cells it is computed for each gate, and the mean over gates is shown. With \
    as many positive as negative signs, chance gives one half. “Permuted signs” is what to expect if the \
    signs were permuted over the same connections: with a share p of positive signs, (1 + (2p − 1)³) / \
    2.</li>\n\
    <li><strong>Random masks</strong> are drawn before training and stay: their networks learn with as few \
    weights, but magnitude never chooses any. <strong>Just pruned</strong> is the dense network without its \
    smallest weights, before any retraining: magnitude chooses, but nothing is learnt with few weights. \
    <strong>Shuffled</strong> removes as many weights of each matrix as magnitude would, at random \
    places.</li>\n\
    <li><strong>Equal training.</strong> Within a study all networks are trained for as many epochs; \
    those that are pruned once are retrained for the second half of them.</li>\n\
    <li><strong>Connections left.</strong> Narang pruning removes what is below a threshold that rises, so it \
    may leave more or fewer connections than other methods: the tables count them.</li>\n\
    <li><strong>MNIST.</strong> The paper trains on 55,000 images for 201 times 50 batches, and tests on the \
    first 500 test images. Here it is all 60,000 for about as many updates, and all 10,000.</li>\n\
    <li><strong>Gesture.</strong> Sequences overlap by half, so parts of one recording are in both files. The \
    last incomplete batch of an epoch is used here, and left out in the paper.</li>\n\
    <li><strong>Optimiser.</strong> On Gesture and MNIST Adam starts afresh whenever masks change, as in the \
    paper. On the thesis’s task it keeps the moments of the weights that stay.</li>\n\
    <li><strong>Published numbers</strong> are from the paper’s public results \
    (github.com/XinjieZhang/sparse-RNNs): the last accuracy in its logs, and the balance of its last list of \
    edges, computed as above. Its own measure, a mean over four types of triads, is the column \
    <code>hh_balance_by_type</code> of records.csv.</li>\n\
    <li>At the scale full, networks are trained as long as in the paper; at smaller scales they are trained \
    less, and published numbers should not be expected.</li>\n</ul>\n";

fn opening(results: &Results) -> String {
    let verdicts = verdicts(results.judged());
    let unfinished = |judged: &&Judged| {
        let counts = judged.findings.progress;
        counts.done < counts.planned
    };
    let unfinished: Vec<&str> =
        results.judged().filter(unfinished).map(|judged| judged.name).collect();
    match unfinished.is_empty() {
        true => verdicts,
        false => format!(
            "<p class=\"note\" role=\"note\"><strong>Not complete:</strong> {}. Everything below is about \
             the trials that are done.</p>\n{verdicts}",
            wording::list(&unfinished)
        ),
    }
}

/// What the studies that were not begun would need.
fn not_begun(results: &Results) -> String {
    let begun = |part: &Part| results.studies.iter().any(|(begun, ..)| begun == part);
    let missing = Part::ALL.into_iter().filter(|part| !begun(part));
    let item = |part: Part| {
        let shipped = part.shipped();
        let needs = match shipped.source {
            Some(source) => {
                let files = shipped.files();
                let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
                format!("It needs {} in the folder of --data: {source}.", wording::list(&files))
            }
            None => "It needs no data.".to_owned(),
        };
        format!("<h3>{}</h3>\n<p>Not run. {needs}</p>\n", part.title())
    };
    missing.map(item).collect()
}

/// For each study what its networks are like, and its gates if it has gated cells.
fn left(results: &Results) -> String {
    let of = |(part, judged): &(Part, Judged)| {
        let methods = (!judged.arms.is_empty()).then(|| methods(*part, &judged.arms).html());
        methods.unwrap_or_default() + &gates(judged).map(|table| table.html()).unwrap_or_default()
    };
    results.studies.iter().map(of).collect()
}

/// Accuracy and balance of each method, next to the paper's.
fn methods(part: Part, arms: &[Arm]) -> Table {
    let mean = |summary| Entry::mean(summary, wording::accuracy);
    let row = |arm: &Arm| {
        let published = Published::of(part, &arm.method);
        let (accuracy, balanced) = (arm.accuracy(), arm.property("balanced_share", None));
        let difference = |ours: Option<Summary>, theirs: Option<f64>| {
            let difference = ours?.mean - theirs?;
            Some(format!("{difference:+.4}").replacen('-', "−", 1))
        };
        let their_accuracy = published.map(|published| published.accuracy);
        let their_balance = published.map(|published| published.balanced);
        let edges = arm.property("edges", None);
        let triples = arm.property("transitive_triples", None);
        let whole = |summary: Option<Summary>| {
            Entry::or_dash(summary.map(|summary| wording::grouped(summary.mean.round() as usize)))
        };
        Row {
            headings: Heading::each([wording::cell(arm.cell).to_owned(), arm.method.clone()]),
            cells: vec![
                Entry::or_dash(Some(arm.records.len().to_string())),
                mean(accuracy),
                Entry::or_dash(their_accuracy.map(wording::accuracy)),
                Entry::or_dash(difference(accuracy, their_accuracy)),
                mean(balanced),
                Entry::or_dash(their_balance.map(wording::accuracy)),
                Entry::or_dash(difference(balanced, their_balance)),
                Entry::or_dash(arm.by_chance(None).map(|summary| wording::accuracy(summary.mean))),
                whole(edges),
                whole(triples),
            ],
        }
    };
    let groups = [("", 2), ("", 1), ("test accuracy", 3), ("balanced triples", 4), ("left", 2)];
    Table {
        title: part.title().to_owned(),
        note: "Means over seeds, with 95 % intervals. Balance is that of hidden-to-hidden connections, \
               the mean over gates; with permuted signs it would be as in the column of that name. In dense \
               networks all units are connected."
            .to_owned(),
        head: vec![
            groups.map(|(text, span)| Heading::new(text, span)).into(),
            Heading::each([
                "cell", "method", "seeds", "here", "paper", "difference", "here", "paper",
                "difference", "permuted signs", "connections", "triples",
            ]),
        ],
        rows: arms.iter().map(row).collect(),
    }
}

/// The balance of each gate by method; `None` without gated cells.
fn gates(judged: &Judged) -> Option<Table> {
    let mean = |summary| Entry::mean(summary, wording::accuracy);
    let arms = &judged.arms;
    let methods = judged.findings.varied.iter().find(|varied| varied.key == "method")?;
    let methods: Vec<&str> = methods.levels.iter().map(|level| &*level.value).collect();
    let is_sparse = |method: &&str| {
        let of = arms.iter().filter(|arm| arm.method == *method);
        of.clone().any(|arm| arm.property("balanced_share", None).is_some())
    };
    let methods: Vec<&str> = methods.into_iter().filter(is_sparse).collect();
    let row = |cell: Cell, gate: &str| {
        let of = |method: &&str| {
            let arm = arms.iter().find(|arm| arm.cell == cell && arm.method == *method);
            mean(arm.and_then(|arm| arm.property("balanced_share", Some(gate))))
        };
        Row {
            headings: Heading::each([wording::cell(cell), gate]),
            cells: methods.iter().map(of).collect(),
        }
    };
    let is_there = |cell: &Cell| cell.gates() > 1 && arms.iter().any(|arm| arm.cell == *cell);
    let gated = Cell::ALL.into_iter().filter(is_there);
    let rows: Vec<Row> = gated
        .flat_map(|cell| cell.gate_names().iter().map(move |gate| (cell, *gate)))
        .map(|(cell, gate)| row(cell, gate))
        .collect();
    let head = ["cell", "gate"].into_iter().chain(methods.iter().copied());
    (!rows.is_empty() && !methods.is_empty()).then(|| Table {
        title: "Balanced triples of each gate".to_owned(),
        note: "Means over seeds, with 95 % intervals. Chance gives one half.".to_owned(),
        head: vec![Heading::each(head)],
        rows,
    })
}

/// Balance by epoch, of methods whose masks change in training.
fn figures(results: &Results) -> Vec<Figure> {
    let mut names: Vec<String> = Vec::new();
    let mut panels = Vec::new();
    for (part, judged) in &results.studies {
        for cell in Cell::ALL {
            let moved = judged.arms.iter().filter(|arm| arm.cell == cell);
            let moved = moved.map(|arm| (&arm.method, arm.by_epoch()));
            let moved: Vec<_> = moved.filter(|(_, epochs)| !epochs.is_empty()).collect();
            let Some(last) =
                moved.iter().flat_map(|(_, epochs)| epochs).map(|(epoch, _)| *epoch).max()
            else {
                continue;
            };
            let lines = moved.iter().map(|(method, epochs)| {
                let at = names.iter().position(|name| name == *method).unwrap_or_else(|| {
                    names.push((*method).clone());
                    names.len() - 1
                });
                line(method, epochs, at)
            });
            let title = format!("{}, {}", wording::capitalised(part.name()), wording::cell(cell));
            let chart = Chart {
                label: format!("{title}: balanced triples by epoch"),
                width: NARROW,
                height: LOW,
                x: Axis::whole("epoch", 1, last.max(2), 5),
                y: Axis::new("share of balanced triples", 0.0, 1.0, 5),
                level: Some(0.5),
                lines: lines.collect(),
            };
            panels.push(Panel::new(&format!("{} {cell}", part.name()), title.clone(), chart));
        }
    }
    if panels.is_empty() {
        return Vec::new();
    }
    let legend = names.into_iter().enumerate();
    vec![Figure {
        number: 1,
        name: "balance",
        appendix: false,
        title: "Balance by epoch".to_owned(),
        caption: "Share of balanced triples of hidden-to-hidden weights after each epoch: means over seeds, \
                  with bands from the lowest to the highest seed. The line across marks one half, which \
                  permuted signs give. curves.csv of each study has every number."
            .to_owned(),
        legend: legend.map(|(at, name)| Legend { swatch: look(at), name }).collect(),
        groups: vec![Group { title: String::new(), columns: 4, panels, folded: false }],
        data: Vec::new(),
        csv: None,
    }]
}

fn line(method: &str, epochs: &[(u32, Summary)], at: usize) -> Line {
    let point = |&(epoch, summary): &(u32, Summary)| Point {
        x: f64::from(epoch),
        y: summary.mean,
        low: summary.min,
        high: summary.max,
        text: format!("{method}\nepoch {epoch}: {}", wording::accuracy(summary.mean)),
    };
    Line {
        class: series_class(at).to_owned(),
        marker: marker(at),
        dashed: false,
        joined: true,
        points: thinned(epochs).map(point).collect(),
    }
}
