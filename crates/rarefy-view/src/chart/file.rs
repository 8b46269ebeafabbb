//! Drawings of a page as separate files: for papers, so with the light colour scheme on white, and
//! for programs that support less than a browser does.
//!
//! Programs that render SVG outside a browser (resvg, Inkscape, converters to PDF for LaTeX)
//! support classes but not custom properties, which a page uses for its colours. [`resolve`]
//! replaces the properties by their values.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::style::STYLE;
use super::text::escape;
use crate::drawing;

/// The style sheet for charts and graphs, without custom properties.
pub static PLAIN_STYLE: LazyLock<String> = LazyLock::new(|| {
    let own = ".file-title { fill: var(--ink); font-size: 13px; font-weight: 600; }\
               .file-name { fill: var(--ink); font-size: 12px; }\
               .file-ground { fill: var(--paper); }";
    resolve(&[STYLE, drawing::STYLE, own].concat())
});

/// The property that the classes of lines set; elements inherit it from the line that contains
/// them.
const INHERITED: &str = "--line";

/// A style sheet with each custom property replaced by its value in the first `:root`, and without
/// the other colour schemes.
///
/// # Panics
/// If it uses a custom property that is never set.
fn resolve(style: &str) -> String {
    let rules = rules(style);
    let mut values: HashMap<&str, &str> = HashMap::new();
    let mut inherited: Vec<(&str, String)> = Vec::new();
    let mut out = String::new();
    for (selector, body) in rules {
        let each = body.split(';').filter_map(|one| one.split_once(':'));
        let each = each.map(|(name, value)| (name.trim(), value.trim()));
        let mut plain = Vec::new();
        for (name, value) in each {
            if selector == ":root" {
                values.insert(name, value);
            } else if name == INHERITED {
                inherited.push((selector, with_values(value, &values)));
            } else if value.contains(INHERITED) {
                for (outer, colour) in &inherited {
                    let value = value.replace(&format!("var({INHERITED})"), colour);
                    out += &format!("{outer} {selector}{{{name}:{value}}}");
                }
            } else {
                plain.push(format!("{name}:{}", with_values(value, &values)));
            }
        }
        if !plain.is_empty() {
            out += &format!("{selector}{{{}}}", plain.join(";"));
        }
    }
    out
}

/// Selector and body of each rule outside nested blocks.
fn rules(style: &str) -> Vec<(&str, &str)> {
    let mut rules = Vec::new();
    let mut rest = style;
    while let Some((selector, after)) = rest.split_once('{') {
        let selector = selector.trim();
        if selector.starts_with('@') {
            let mut depth = 1;
            let end = after.find(|c| {
                depth += i32::from(c == '{') - i32::from(c == '}');
                depth == 0
            });
            rest = &after[end.map_or(after.len(), |end| end + 1)..];
            continue;
        }
        let (body, after) = after.split_once('}').unwrap_or((after, ""));
        rules.push((selector, body));
        rest = after;
    }
    rules
}

fn with_values(value: &str, values: &HashMap<&str, &str>) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("var(") {
        let (name, after) = after.split_once(')').expect("a closed bracket");
        out += before;
        out += values.get(name).unwrap_or_else(|| panic!("{name} is set nowhere"));
        rest = after;
    }
    out + rest
}

/// A stand-alone drawing, composed of others.
pub struct File {
    width: f64,
    body: String,
}

impl File {
    /// An empty drawing of at least this width.
    pub fn new(width: f64) -> Self {
        Self { width, body: String::new() }
    }

    /// Widens the drawing so that it reaches at least `right`.
    pub fn reach(&mut self, right: f64) {
        self.width = self.width.max(right);
    }

    /// Adds a line of text with its baseline at `y`; `class` is `file-title` or `file-name`.
    pub fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let text = escape(text);
        self.body += &format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>\n");
    }

    /// Adds an `<svg>` element at this width, with its upper left corner at (`x`, `y`). Returns its
    /// height.
    pub fn element(&mut self, svg: &str, x: f64, y: f64, width: f64) -> f64 {
        let (own_width, own_height) = size(svg);
        let height = own_height * width / own_width;
        // A size that the element states itself is for the page, so it is dropped.
        let (opening, rest) = svg.split_once('>').unwrap_or((svg, ""));
        let kept = opening.split(" width=").next().unwrap_or(opening);
        let kept = kept.replacen("<svg", "", 1);
        self.body += &format!(
            "<svg x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height:.1}\" \
             overflow=\"visible\"{kept}>{rest}\n"
        );
        self.reach(x + width);
        height
    }

    /// The file at this height for a screen: one unit is one CSS pixel.
    pub fn finish(mut self, height: f64, label: &str) -> String {
        self.width = self.width.ceil();
        self.finished(height.ceil(), label, 1.0, "")
    }

    /// The file at this height for print: one unit is `unit` millimetres.
    pub fn print(self, height: f64, label: &str, unit: f64) -> String {
        self.finished(height, label, unit, "mm")
    }

    fn finished(self, height: f64, label: &str, unit: f64, name: &str) -> String {
        let short = |value: f64| (value * 1000.0).round() / 1000.0;
        let (width, height) = (short(self.width), short(height));
        let [across, down] = [width, height].map(|side| short(side * unit));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{across}{name}\" height=\"{down}{name}\" role=\"img\" aria-label=\"{label}\" \
             font-family=\"{FONTS}\">\n<style>{style}</style>\n\
             <rect class=\"file-ground\" width=\"{width}\" height=\"{height}\"/>\n{body}</svg>\n",
            label = escape(label),
            style = *PLAIN_STYLE,
            body = self.body,
        )
    }
}

/// Sans-serif fonts that Windows, macOS and Linux have.
const FONTS: &str = "'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// Width and height of an `<svg>` element, from its `viewBox`.
pub fn size(svg: &str) -> (f64, f64) {
    let sides = svg.split_once("viewBox=\"").and_then(|(_, rest)| rest.split_once('"'));
    let numbers: Vec<f64> =
        sides.map_or("", |(sides, _)| sides).split(' ').filter_map(|n| n.parse().ok()).collect();
    match numbers[..] {
        [_, _, width, height] => (width, height),
        _ => panic!("a drawing without a viewBox"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_properties_have_their_light_values() {
        let style = ":root{--a: #111; --b: #222} @media (dark){:root{--a: #eee} .x{y: z}}\
                     .line{--line: var(--a)} .cell{--line: var(--b)}\
                     .stroke{fill: none; stroke: var(--line)} .text{fill: var(--a)}";
        assert_eq!(
            resolve(style),
            ".line .stroke{stroke:#111}.cell .stroke{stroke:#222}.stroke{fill:none}\
             .text{fill:#111}"
        );
        assert!(!PLAIN_STYLE.contains("--") && !PLAIN_STYLE.contains('@'), "{}", *PLAIN_STYLE);
    }

    #[test]
    fn a_drawing_is_scaled_to_the_width_that_is_asked() {
        let mut file = File::new(10.0);
        let svg =
            "<svg class=\"c\" viewBox=\"0 0 200 100\" width=\"200\" height=\"100\"><g/></svg>";
        assert_eq!(file.element(svg, 5.0, 0.0, 100.0), 50.0);
        let file = file.finish(60.0, "a < b");
        let document = roxmltree::Document::parse(&file).unwrap();
        assert_eq!(document.root_element().attribute("width"), Some("105"));
        let inner = document.descendants().find(|n| n.attribute("class") == Some("c")).unwrap();
        assert_eq!(inner.attribute("height"), Some("50.0"));
    }
}
