//! Texts and numbers in SVG.

/// Text that is safe in XML and HTML, between tags and in quoted attributes.
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

/// A tenth of a unit is finer than anyone sees, and keeps the file small.
pub fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
