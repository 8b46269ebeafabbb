//! How charts look, in a page and alone.

/// The style sheet of charts: colours as custom properties, in a light and a dark scheme.
pub const STYLE: &str =
    concat!(include_str!("../../templates/colours.css"), include_str!("../../templates/chart.css"));
