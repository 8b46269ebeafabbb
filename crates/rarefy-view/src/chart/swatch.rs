//! Small drawings of lines and points, for legends.

use super::marker::Marker;
use super::text::escape;

/// A small drawing of a line with its stroke and marker, for a legend.
pub fn swatch(class: &str, marker: Marker, dashed: bool) -> String {
    let class = escape(class);
    let (dashed, point) = if dashed {
        (" dashed", String::new())
    } else {
        ("", format!(r#"<path class="point" d="{}"/>"#, marker.path(15.0, 6.0)))
    };
    let size = r#"viewBox="0 0 30 12" width="30" height="12""#;
    let stroke = r#"<path class="stroke" d="M1 6L29 6"/>"#;
    format!(
        r#"<svg class="swatch" {size} aria-hidden="true"><g class="line {class}{dashed}">{stroke}{point}</g></svg>"#
    )
}

/// A small drawing of a marker alone, for a legend.
pub fn point_swatch(class: &str, marker: Marker) -> String {
    let (class, path) = (escape(class), marker.path(6.0, 6.0));
    let size = r#"viewBox="0 0 12 12" width="12" height="12""#;
    format!(
        r#"<svg class="swatch" {size} aria-hidden="true"><g class="line {class}"><path class="point" d="{path}"/></g></svg>"#
    )
}

/// A small drawing of a chart's level line, for a legend.
pub fn level_swatch() -> String {
    let size = r#"viewBox="0 0 30 12" width="30" height="12""#;
    let line = r#"<line class="level" x1="1" y1="6" x2="29" y2="6"/>"#;
    format!(r#"<svg class="swatch" {size} aria-hidden="true"><g class="axes">{line}</g></svg>"#)
}
