//! The figures of the report of any study.

use rarefy::study::{Answer, CurvePoint, Difference, Findings, Group, Varied};
use rarefy::train::Moved;

use super::words;
use crate::chart::{
    Axis, Chart, IntervalRow, Intervals, Line, Marker, Point, SERIES, series_class, swatch,
};
use crate::curve::{axis_note, axis_of};
use crate::figure::{Figure, Group as Panels, LOW, Legend, NARROW, Panel};
use crate::moved::{balance, by_gate, compared, look, thinned};
use crate::wording;

/// Width of a panel in a row of two, in drawing units.
const WIDE: f64 = 398.0;
/// Most differences per panel: more would be taller than a page.
const MOST_ROWS: usize = 30;
/// Panels visible at once; further ones are folded.
const MOST_SHOWN: usize = 12;
/// Most panels drawn; `curves.csv` has every curve.
const MOST_PANELS: usize = 60;

/// Figures, numbered in order: the answers to contrasts, the differences of each setting, the
/// curves, and what became of masks that changed in training. `None` if there is nothing to draw.
pub fn all(findings: &Findings) -> [Option<Figure>; 4] {
    let mut figures =
        [contrasts(findings), differences(findings), curves(findings), masks(findings)];
    figures.iter_mut().flatten().zip(1..).for_each(|(figure, number)| figure.number = number);
    figures
}

fn row(found: &Difference, class: &str) -> Option<IntervalRow> {
    Some(IntervalRow {
        name: words::arrow(found),
        value: found.effect?,
        interval: found.low.zip(found.high),
        class: class.to_owned(),
        text: words::effect(found),
    })
}

/// The content of a panel: file name, title, column and differences.
struct Asked {
    name: String,
    title: String,
    column: String,
    rows: Vec<IntervalRow>,
}

/// Panels of differences; those in the same column share a scale. Differences that do not fit on a
/// page are split over several panels.
fn panels(asked: &[Asked]) -> Vec<Panel> {
    let panels_of = |Asked { name, title, column, rows }: &Asked| -> Vec<Panel> {
        let same = asked.iter().filter(|other| other.column == *column);
        let shown = words::column(column);
        let unit = format!("difference in {shown}");
        let axis = Intervals::axis(&unit, same.flat_map(|other| &other.rows));
        let parts = rows.len().div_ceil(MOST_ROWS);
        let panel = |(at, rows): (usize, &[IntervalRow])| {
            let (name, title) = match parts {
                1 => (name.clone(), title.clone()),
                _ => (format!("{name} {}", at + 1), format!("{title} ({} of {parts})", at + 1)),
            };
            let label = format!("{title}: differences in {shown} with 95 % intervals");
            let (axis, rows) = (axis.clone(), rows.to_vec());
            Panel::new(&name, title, Intervals { label, width: WIDE, axis, rows })
        };
        rows.chunks(MOST_ROWS).enumerate().map(panel).collect()
    };
    asked.iter().flat_map(panels_of).collect()
}

fn figure(name: &'static str, title: &str, caption: &str, panels: Vec<Panel>) -> Option<Figure> {
    (!panels.is_empty()).then(|| Figure {
        number: 0,
        name,
        appendix: false,
        title: title.to_owned(),
        caption: caption.to_owned(),
        legend: Vec::new(),
        groups: vec![Panels { title: String::new(), columns: 2, panels, folded: false }],
        data: Vec::new(),
        csv: None,
    })
}

fn contrasts(findings: &Findings) -> Option<Figure> {
    let of = |answer: &Answer| (words::question(answer), answer.difference.column.clone());
    let together = findings.contrasts.chunk_by(|a, b| of(a) == of(b)).enumerate();
    let asked = together.map(|(at, answers)| {
        let rows = answers.iter().filter_map(|answer| row(&answer.difference, series_class(0)));
        let (title, column) = of(&answers[0]);
        let name = format!("{} {}", answers[0].difference.vary, at + 1);
        Asked { name, title, column, rows: rows.collect() }
    });
    let caption = "The second level minus the first, with the 95 % interval over the pairs. The line \
        marks no difference.";
    let panels = panels(&asked.collect::<Vec<_>>());
    figure("contrasts", "What the study asks", caption, panels)
}

fn differences(findings: &Findings) -> Option<Figure> {
    let of_key = |varied: &Varied| Asked {
        name: varied.key.to_owned(),
        title: varied.key.to_owned(),
        column: findings.column.clone(),
        rows: varied.differences.iter().filter_map(|found| row(found, series_class(0))).collect(),
    };
    let caption = "The second level minus the first, paired by every other setting that varies, with \
        the 95 % interval over the pairs. All panels have the same scale.";
    let panels = panels(&findings.varied.iter().map(of_key).collect::<Vec<_>>());
    figure("differences", "Differences between levels", caption, panels)
}

/// A line per group; groups that differ only in one setting share a panel.
fn curves(findings: &Findings) -> Option<Figure> {
    let compared = || findings.varied.iter().filter(|varied| varied.is_told());
    let fits = |varied: &&Varied| varied.levels.len() <= SERIES;
    // The setting with the most levels becomes the lines; of several, the last, which varies
    // fastest as the study runs.
    let lines = compared().filter(fits).max_by_key(|varied| varied.levels.len());
    let key = lines.map(|varied| varied.key);
    let level = |group: &Group| {
        let setting = group.settings.iter().find(|setting| Some(setting.key) == key);
        let place = |value: &str| lines?.levels.iter().position(|level| level.value == value);
        setting.and_then(|setting| place(&setting.value)).unwrap_or(0)
    };
    let mut panels: Vec<(String, Vec<&Group>)> = Vec::new();
    for group in findings.groups.iter().filter(|group| !group.curve.is_empty()) {
        let rest = group.settings.iter().filter(|setting| Some(setting.key) != key);
        let rest: Vec<String> = rest.map(|one| format!("{} {}", one.key, one.value)).collect();
        let title = if rest.is_empty() { "all".to_owned() } else { rest.join(", ") };
        match panels.iter_mut().find(|(other, _)| *other == title) {
            Some((_, groups)) => groups.push(group),
            None => panels.push((title, vec![group])),
        }
    }
    let points = || findings.groups.iter().flat_map(|group| &group.curve);
    let (first, last) = (points().map(|p| p.epoch).min()?, points().map(|p| p.epoch).max()?);
    let judged = wording::judged_on(findings.judge);
    let merit = format!("{judged} {}", findings.data.merit.noun());
    let ends: Vec<f64> = points().flat_map(|point| [point.low, point.high]).collect();
    let y = axis_of(findings.data.merit, judged, points().map(|point| point.mean).collect(), &ends);
    let count = panels.len();
    let draw = |(title, groups): (String, Vec<&Group>)| {
        let lines = groups.iter().map(|group| line(group, level(group))).collect();
        let chart = Chart {
            label: format!("{title}: {merit} by epoch"),
            width: NARROW,
            height: LOW,
            x: Axis::whole("epoch", first, last, 5),
            y: y.clone(),
            level: None,
            lines,
        };
        Panel::new(&title, title.clone(), chart)
    };
    let groups = folded(panels.into_iter().take(MOST_PANELS).map(draw).collect());
    let band = "Lines are means over seeds; bands span the lowest to the highest seed. Epoch 0 is right \
        after pruning.";
    let scale = axis_note(&y);
    let more = match count > MOST_PANELS {
        true => format!(" The first {MOST_PANELS} of {count} panels; curves.csv has every curve."),
        false => String::new(),
    };
    let legend =
        lines.into_iter().flat_map(|varied| varied.levels.iter().enumerate()).map(|(at, level)| {
            Legend {
                swatch: swatch(series_class(at), marker(at), false),
                name: format!("{} {}", key.unwrap_or_default(), level.value),
            }
        });
    Some(Figure {
        number: 0,
        name: "curves",
        appendix: false,
        title: format!("{} by epoch", wording::capitalised(&merit)),
        caption: format!("{band}{scale}{more}"),
        legend: legend.collect(),
        groups,
        data: Vec::new(),
        csv: Some(csv(findings)),
    })
}

/// The first panels, and the rest folded.
fn folded(mut shown: Vec<Panel>) -> Vec<Panels> {
    let folded = shown.split_off(shown.len().min(MOST_SHOWN));
    let group = |title: &str, panels, folded| Panels {
        title: title.to_owned(),
        columns: 4,
        panels,
        folded,
    };
    let mut groups = vec![group("", shown, false)];
    if !folded.is_empty() {
        groups.push(group("More panels", folded, true));
    }
    groups
}

/// What became of masks that changed in training: for each group of trials, the sparsity of its
/// gates, and how much its masks have in common with others.
fn masks(findings: &Findings) -> Option<Figure> {
    let moving: Vec<&Group> =
        findings.groups.iter().filter(|group| !group.moved.is_empty()).collect();
    let last = moving.iter().flat_map(|group| &group.moved).map(|point| point.epoch).max()?;
    // The settings in which these groups differ.
    let differs =
        |at: &usize| moving.iter().any(|group| group.settings[*at] != moving[0].settings[*at]);
    let told: Vec<usize> = (0..moving[0].settings.len()).filter(differs).collect();
    let (mut names, mut panels): (Vec<String>, Vec<Panel>) = (Vec::new(), Vec::new());
    for group in moving.iter().take(MOST_PANELS / 2) {
        let settings = told.iter().map(|&at| &group.settings[at]);
        let settings: Vec<String> =
            settings.map(|one| format!("{} {}", one.key, one.value)).collect();
        let title = if settings.is_empty() { "all".to_owned() } else { settings.join(", ") };
        let moved: Vec<(u32, &Moved)> =
            thinned(&group.moved).map(|point| (point.epoch, &point.mean)).collect();
        let kinds = [("left", "share of the weights left", compared(&moved))];
        let kinds = kinds.into_iter().chain([("masked", "masked weights", by_gate(&moved))]);
        let balance = ("balanced", "share of balanced triples", balance(&moved));
        let kinds = kinds.chain((!balance.2.is_empty()).then_some(balance));
        for (kind, axis, shares) in kinds {
            let lines = shares.iter().map(|shares| {
                let known = names.iter().position(|name| *name == shares.name);
                shares.line(known.unwrap_or_else(|| {
                    names.push(shares.name.clone());
                    names.len() - 1
                }))
            });
            let chart = Chart {
                label: format!("{title}: {axis} by epoch"),
                width: NARROW,
                height: LOW,
                x: Axis::whole("epoch", 1, last, 5),
                y: Axis::new(axis, 0.0, 1.0, 5),
                level: None,
                lines: lines.collect(),
            };
            panels.push(Panel::new(&format!("{title} {kind}"), title.clone(), chart));
        }
    }
    let legend = names.into_iter().enumerate();
    let legend = legend.map(|(at, name)| Legend { swatch: look(at), name });
    let more = match moving.len() > MOST_PANELS / 2 {
        true => format!(" The first {} of {} groups.", MOST_PANELS / 2, moving.len()),
        false => String::new(),
    };
    Some(Figure {
        number: 0,
        name: "masks",
        appendix: false,
        title: "What became of the masks, by epoch".to_owned(),
        caption: format!(
            "Means over seeds. Two panels for each group of trials whose masks changed in training: \
             what the weights that are left were before, and the share of each gate’s weights that is \
             masked (ih: input to hidden; hh: hidden to hidden). curves.csv has every number.{more}"
        ),
        legend: legend.collect(),
        groups: folded(panels),
        data: Vec::new(),
        csv: None,
    })
}

fn line(group: &Group, level: usize) -> Line {
    let of: Vec<String> =
        group.settings.iter().map(|one| format!("{} {}", one.key, one.value)).collect();
    let point = |&CurvePoint { epoch, seeds, mean, low, high }: &CurvePoint| Point {
        x: f64::from(epoch),
        y: mean,
        low,
        high,
        text: format!(
            "{}\nepoch {epoch}: {} ({} to {}, {})",
            of.join(", "),
            wording::accuracy(mean),
            wording::accuracy(low),
            wording::accuracy(high),
            wording::count(seeds, "seed")
        ),
    };
    Line {
        class: series_class(level).to_owned(),
        marker: marker(level),
        dashed: false,
        joined: true,
        points: thinned(&group.curve).map(point).collect(),
    }
}

fn marker(at: usize) -> Marker {
    Marker::ALL[at % Marker::ALL.len()]
}

/// The plotted data, one row per point.
fn csv(findings: &Findings) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let first = findings.groups.first().map_or(&[][..], |group| &group.settings);
    let keys = first.iter().map(|setting| setting.key.to_owned());
    let names = ["epoch", "seeds", "mean", "low", "high"].map(str::to_owned);
    let mut text = keys.chain(names).collect::<Vec<String>>().join(",") + "\n";
    for group in &findings.groups {
        let of: String = group.settings.iter().map(|one| quoted(&one.value) + ",").collect();
        for CurvePoint { epoch, seeds, mean, low, high } in &group.curve {
            text += &format!("{of}{epoch},{seeds},{mean},{low},{high}\n");
        }
    }
    text
}
