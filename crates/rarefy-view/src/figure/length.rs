//! Lengths on paper.

use std::fmt;
use std::str::FromStr;

/// A length on paper, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Length(pub f64);

const UNITS: [(&str, f64); 4] = [("mm", 1.0), ("cm", 10.0), ("in", 25.4), ("pt", 25.4 / 72.0)];

impl Length {
    /// In points; an inch has 72.
    pub fn points(self) -> f64 {
        self.0 * 72.0 / 25.4
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}mm", self.0)
    }
}

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected a length such as 85mm, 8.5cm, 3.35in or 241pt".to_owned();
        let unit = UNITS.iter().find_map(|&(name, size)| Some((text.strip_suffix(name)?, size)));
        let (number, size) = unit.ok_or_else(wrong)?;
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        if number.is_finite() && number > 0.0 { Ok(Self(number * size)) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_units() {
        let read = |text: &str| text.parse::<Length>().map(|length| length.0);
        assert_eq!(read("85mm"), Ok(85.0));
        assert_eq!(read("8.5 cm"), Ok(85.0));
        assert_eq!(read("2in"), Ok(50.8));
        assert_eq!("72pt".parse::<Length>().unwrap().points(), 72.0);
        for text in ["85", "mm", "-1mm", "infmm", "NaNmm", "8,5cm", ""] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
