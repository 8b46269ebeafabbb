//! Figures and panels as files of their own, laid out for print.
//!
//! Everything is drawn for the available width and never scaled down: a narrow column has fewer
//! panels per row. A figure that is taller than a page continues in another file. In the page, a
//! script composes the same files from what is there (`templates/report/save.js`).

use super::length::Length;
use super::parts::{Figure, Group, Legend, Panel, slug};
use super::print::Print;
use crate::chart::{self, File};

const MARGIN: f64 = 4.0;
/// Gaps between panels, horizontal and vertical.
const GAP: (f64, f64) = (12.0, 12.0);
/// Height of a line of text, and of a line that another line of the same text follows.
const LINE: f64 = 20.0;
const WRAPPED: f64 = 15.0;
/// Average width of a character in a name and in a title, and width of a swatch with its margin.
const CHARACTER: f64 = 6.2;
const BOLD: f64 = 7.2;
const SWATCH: f64 = 38.0;

/// A figure or panel as a file.
pub struct FigureFile {
    /// Name without extension: `fig-recovery`, `fig-recovery-both-together-gru`,
    /// `appendix/fig-masks`.
    pub name: String,
    /// SVG.
    pub svg: String,
}

/// Panels next to each other, under the heading of their group.
struct Row<'f> {
    heading: &'f str,
    width: f64,
    panels: Vec<(Vec<String>, String)>,
}

impl Row<'_> {
    fn titles(&self) -> f64 {
        let most = self.panels.iter().map(|(title, _)| title.len()).max().unwrap_or(0);
        LINE + WRAPPED * (most.max(1) - 1) as f64
    }

    fn height(&self) -> f64 {
        let of = |svg: &str| chart::size(svg).1 * self.width / chart::size(svg).0;
        let highest = self.panels.iter().map(|(_, svg)| of(svg)).fold(0.0, f64::max);
        self.titles() + highest + GAP.1
    }
}

impl Figure {
    /// The files of the whole figure, of each panel, and of each group that is folded in the page;
    /// the latter are for the appendix.
    pub fn files(&self, print: &Print) -> Vec<FigureFile> {
        let (open, folded): (Vec<&Group>, Vec<&Group>) =
            self.groups.iter().partition(|group| !group.folded);
        let mut files = Vec::new();
        let mut whole = |name: &str, groups: &[&Group]| {
            for (at, svg) in self.pages(groups, print).into_iter().enumerate() {
                let page = if at == 0 { String::new() } else { format!("-page-{}", at + 1) };
                files.push(FigureFile { name: format!("{name}{page}"), svg });
            }
        };
        whole(&self.file_name(self.appendix, &[]), &open);
        for group in folded {
            whole(&self.file_name(true, &[&slug(&group.title)]), &[group]);
        }
        for group in &self.groups {
            let title = slug(&group.title);
            for panel in &group.panels {
                let appendix = self.appendix || group.folded;
                let name = self.file_name(appendix, &[&title, &panel.key]);
                files.push(FigureFile { name, svg: self.panel_file(group, panel, print) });
            }
        }
        files
    }

    fn file_name(&self, appendix: bool, parts: &[&str]) -> String {
        let folder = if appendix { "appendix/" } else { "" };
        let parts = parts.iter().filter(|part| !part.is_empty()).map(|part| format!("-{part}"));
        format!("{folder}fig-{}{}", self.name, parts.collect::<String>())
    }

    /// The files of a figure with these groups: one, unless it is taller than a page.
    fn pages(&self, groups: &[&Group], print: &Print) -> Vec<String> {
        let width = Print::units(print.width.unwrap_or(Print::WHOLE));
        let room = width - 2.0 * MARGIN;
        let columns = columns(groups, room);
        let each = (room - GAP.0 * (columns as f64 - 1.0)) / columns as f64;
        let rows = groups.iter().flat_map(|group| {
            group.panels.chunks(columns).map(|panels| Row {
                heading: &group.title,
                width: each,
                panels: panels
                    .iter()
                    .map(|panel| (wrapped(&panel.title, each, CHARACTER), panel.drawing.at(each)))
                    .collect(),
            })
        });
        let mut pages: Vec<String> = Vec::new();
        let mut page: Option<(File, f64, &str)> = None;
        for row in rows {
            let heading = |before: &str| if row.heading == before { 0.0 } else { LINE };
            let full =
                |y: f64, before: &str| y + heading(before) + row.height() + MARGIN > Print::page();
            if let Some((file, y, _)) = page.take_if(|(_, y, before)| full(*y, before)) {
                pages.push(self.printed(file, y, &self.title));
            }
            let (mut file, mut y, before) = page.take().unwrap_or_else(|| {
                let (file, y) = self.begun(width, print);
                (file, y, "")
            });
            if row.heading != before {
                y += LINE;
                file.text("file-title", MARGIN, y - 4.0, row.heading);
            }
            let titles = row.titles();
            for (at, (title, svg)) in row.panels.iter().enumerate() {
                let x = MARGIN + at as f64 * (row.width + GAP.0);
                for (line, text) in title.iter().enumerate() {
                    file.text("file-name", x, y + LINE - 6.0 + WRAPPED * line as f64, text);
                }
                file.element(svg, x, y + titles, row.width);
            }
            y += row.height();
            page = Some((file, y, row.heading));
        }
        pages.extend(page.map(|(file, y, _)| self.printed(file, y, &self.title)));
        pages
    }

    /// A file with its title and legend, and the y at which they end.
    fn begun(&self, width: f64, print: &Print) -> (File, f64) {
        let mut file = File::new(width);
        let mut y = MARGIN;
        if !print.untitled {
            for text in wrapped(&self.title, width - 2.0 * MARGIN, BOLD) {
                y += LINE;
                file.text("file-title", MARGIN, y - 6.0, &text);
            }
        }
        let y = legend(&mut file, &self.legend, y, width - MARGIN);
        (file, y)
    }

    fn panel_file(&self, group: &Group, panel: &Panel, print: &Print) -> String {
        let asked = print.width.unwrap_or(Print::COLUMN);
        let least = (panel.drawing.least() + 2.0 * MARGIN) * Print::millimetres();
        // A panel that is too wide for a column gets the width it needs, unless the user sets one.
        let asked = if print.width.is_none() { Length(asked.0.max(least)) } else { asked };
        let width = Print::units(asked);
        let room = width - 2.0 * MARGIN;
        let mut file = File::new(width);
        let mut y = MARGIN;
        let titles = [(&group.title, "file-title", BOLD), (&panel.title, "file-name", CHARACTER)];
        for (title, class, character) in titles {
            if print.untitled || title.is_empty() {
                continue;
            }
            for (at, text) in wrapped(title, room, character).iter().enumerate() {
                y += if at == 0 { LINE } else { WRAPPED };
                file.text(class, MARGIN, y - 6.0, text);
            }
        }
        y += file.element(&panel.drawing.at(room), MARGIN, y, room);
        y = legend(&mut file, &self.legend, y, width - MARGIN);
        self.printed(file, y, &format!("{}: {}", self.title, panel.title))
    }

    fn printed(&self, file: File, y: f64, label: &str) -> String {
        file.print(y + MARGIN, label, Print::millimetres())
    }
}

/// How many panels per row: as many as stay readable, in rows of similar length.
fn columns(groups: &[&Group], room: f64) -> usize {
    let panels = groups.iter().flat_map(|group| &group.panels);
    let least = panels.map(|panel| panel.drawing.least()).fold(1.0, f64::max);
    let fit = ((room + GAP.0) / (least + GAP.0)).floor().max(1.0) as usize;
    let wide = groups.iter().map(|group| group.panels.len().min(group.columns.max(1)));
    let most = wide.max().unwrap_or(1).max(1);
    most.div_ceil(most.div_ceil(fit))
}

/// Draws entries from left to right, in as many lines as needed; returns the y at which they end.
fn legend(file: &mut File, entries: &[Legend], mut y: f64, right: f64) -> f64 {
    let mut x = MARGIN;
    for (at, entry) in entries.iter().enumerate() {
        let (swatch, _) = chart::size(&entry.swatch);
        let lines = wrapped(&entry.name, right - MARGIN - SWATCH, CHARACTER);
        let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let width = SWATCH + CHARACTER * longest as f64;
        if at == 0 || x + width > right {
            (x, y) = (MARGIN, y + LINE);
        }
        file.element(&entry.swatch, x, y - 15.0, swatch);
        for (line, text) in lines.iter().enumerate() {
            y += if line == 0 { 0.0 } else { WRAPPED };
            file.text("file-name", x + swatch + 6.0, y - 5.0, text);
        }
        x += width + GAP.0;
    }
    y
}

/// Wraps text into lines of at most this width between words; a longer word is cut.
fn wrapped(text: &str, width: f64, character: f64) -> Vec<String> {
    let most = (width / character).floor().max(2.0) as usize;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let length = |text: &str| text.chars().count();
        let word = match length(word) > most {
            true => word.chars().take(most - 1).chain(['…']).collect(),
            false => word.to_owned(),
        };
        match lines.last_mut() {
            Some(line) if length(line) + 1 + length(&word) <= most => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("a bc def", 4.0, 1.0), ["a bc", "def"]);
        assert_eq!(wrapped("abcdefg h", 4.0, 1.0), ["abc…", "h"]);
        assert_eq!(wrapped("", 4.0, 1.0), [""]);
    }
}
