//! Text and numbers in SVG.

/// Escapes text for XML and HTML, for use between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

/// Rounds to a tenth of a unit: finer differences are invisible, and short numbers keep the file
/// small.
pub fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
