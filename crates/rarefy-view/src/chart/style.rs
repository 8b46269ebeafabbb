//! The style sheet of charts, within a page and in files of their own.

/// The style sheet of charts: colours are custom properties, with a light and a dark scheme.
pub const STYLE: &str =
    concat!(include_str!("../../templates/colours.css"), include_str!("../../templates/chart.css"));
