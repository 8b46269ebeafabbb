//! Figures and panels as SVG files of their own, laid out as on a wide page.
//!
//! The page's script puts the same together from what is in the page (`templates/report/save.js`).

use super::parts::{Figure, Group, Legend, Panel, slug};
use crate::chart::{self, File};

/// Width of a whole figure, in drawing units: four panels beside each other.
const WIDTH: f64 = 1116.0;
const MARGIN: f64 = 12.0;
/// Between panels: across, down.
const GAP: (f64, f64) = (20.0, 14.0);
/// Height of a line of text.
const LINE: f64 = 20.0;
/// Width of a character of a legend, on average, and of its swatch.
const CHARACTER: f64 = 6.4;
const SWATCH: f64 = 38.0;

/// A figure or panel as a file.
pub struct FigureFile {
    /// Without an ending: `figure-3`, `figure-3-both-together-gru`.
    pub name: String,
    /// SVG.
    pub svg: String,
}

impl Figure {
    /// The whole figure and each panel.
    pub fn files(&self) -> Vec<FigureFile> {
        let name = format!("figure-{}", self.number);
        let panels = self.groups.iter().flat_map(|group| {
            let name = &name;
            group.panels.iter().map(move |panel| {
                let parts = [name.clone(), slug(&group.title), panel.key.clone()];
                let parts: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
                FigureFile { name: parts.join("-"), svg: self.panel_svg(group, panel) }
            })
        });
        let panels: Vec<FigureFile> = panels.collect();
        [FigureFile { svg: self.svg(), name: name.clone() }].into_iter().chain(panels).collect()
    }

    fn svg(&self) -> String {
        let used = self.groups.iter().map(|group| group.panels.len().min(group.columns));
        let columns = self.groups.iter().map(|group| group.columns).max().unwrap_or(1);
        let width = (WIDTH - GAP.0 * (columns as f64 - 1.0)) / columns as f64;
        let used = used.max().unwrap_or(1) as f64;
        let right = MARGIN + used * (width + GAP.0) - GAP.0;
        let mut file = File::new(right + MARGIN);
        let title = format!("Figure {}. {}", self.number, self.title);
        let mut y = MARGIN + LINE;
        file.text("file-title", MARGIN, y - 6.0, &title);
        y = legend(&mut file, &self.legend, y, right);
        for group in &self.groups {
            if !group.title.is_empty() {
                y += LINE;
                file.text("file-title", MARGIN, y - 4.0, &group.title);
            }
            for row in group.panels.chunks(group.columns) {
                y += LINE;
                let mut lowest = 0.0f64;
                for (at, panel) in row.iter().enumerate() {
                    let x = MARGIN + at as f64 * (width + GAP.0);
                    file.text("file-name", x, y - 4.0, &panel.title);
                    lowest = lowest.max(file.element(&panel.svg, x, y, width));
                }
                y += lowest + GAP.1;
            }
        }
        file.finish(y, &title)
    }

    fn panel_svg(&self, group: &Group, panel: &Panel) -> String {
        let (width, _) = chart::size(&panel.svg);
        let mut file = File::new(width + 2.0 * MARGIN);
        let mut y = MARGIN + LINE;
        if !group.title.is_empty() {
            file.text("file-title", MARGIN, y - 6.0, &group.title);
            y += LINE;
        }
        file.text("file-name", MARGIN, y - 6.0, &panel.title);
        file.reach(2.0 * MARGIN + CHARACTER * panel.title.chars().count() as f64);
        y += file.element(&panel.svg, MARGIN, y, width) + GAP.1;
        y = legend(&mut file, &self.legend, y, MARGIN + width);
        file.finish(y + MARGIN, &format!("{}: {}", self.title, panel.title))
    }
}

/// Entries from left to right, in as many lines as they need; returns where they end.
fn legend(file: &mut File, entries: &[Legend], mut y: f64, right: f64) -> f64 {
    let mut x = MARGIN;
    for (at, entry) in entries.iter().enumerate() {
        let (swatch, _) = chart::size(&entry.swatch);
        let width = SWATCH + CHARACTER * entry.name.chars().count() as f64;
        if at == 0 || x + width > right {
            (x, y) = (MARGIN, y + LINE);
        }
        file.element(&entry.swatch, x, y - 15.0, swatch);
        file.text("file-name", x + swatch + 6.0, y - 5.0, &entry.name);
        // An entry may be wider than a panel.
        file.reach(x + width + MARGIN);
        x += width + GAP.0;
    }
    y
}
