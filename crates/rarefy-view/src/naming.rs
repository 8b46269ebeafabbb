//! What trials are called where people read them.

use rarefy::study::Trial;
use serde_json::Value;

/// A trial's label, and what its study varies beside that.
pub fn called(trial: &Trial, varied: &[&str]) -> String {
    const IN_LABEL: [&str; 7] =
        ["cell", "seed", "scope", "percent", "family", "graph", "gate_mask"];
    let others = varied.iter().filter(|key| !IN_LABEL.contains(key));
    let others = others.map(|key| (key, value(&trial.value(key))));
    let others = others.filter(|(_, value)| !value.is_empty());
    let others = others.map(|(key, value)| format!(", {} {value}", key.replace('_', " ")));
    trial.label() + &others.collect::<String>()
}

/// The value of a setting, as one reads it.
pub fn value(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(self::value).collect();
            values.join(", ")
        }
        Value::Number(number) => match number.as_f64() {
            // 90, not 90.0.
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => format!("{whole:.0}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn values_read_as_they_were_written() {
        assert_eq!(value(&serde_json::json!([50, 50.0, 0.001, "a"])), "50, 50, 0.001, a");
    }
}
