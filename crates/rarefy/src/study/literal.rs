//! Values in the notation of study files.

use std::fmt::Write;

use super::Settings;

/// Any string as a value or name.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted += "\\n",
            '\t' => quoted += "\\t",
            c if c.is_control() => {
                write!(quoted, "\\u{:04X}", u32::from(c)).expect("a String takes everything");
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// One setting, from its value in a study file.
pub(super) fn single(key: &str, value: &str) -> Result<Settings, toml::de::Error> {
    toml::from_str(&format!("{key} = {value}"))
}
