//! Entries of tables and the kinds of columns that hold them.

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole numbers, 64 bits.
    Integer,
    /// Numbers, 64-bit floats.
    Real,
    /// `true` or `false`.
    Flag,
}

/// One cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// No value.
    Nothing,
    /// A value of a column of type [`Kind::Text`].
    Text(String),
    /// A value of a column of type [`Kind::Integer`].
    Integer(i64),
    /// A value of a column of type [`Kind::Real`].
    Real(f64),
    /// A value of a column of type [`Kind::Flag`].
    Flag(bool),
}

impl Entry {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

impl<T: Into<Entry>> From<Option<T>> for Entry {
    fn from(entry: Option<T>) -> Self {
        entry.map_or(Self::Nothing, Into::into)
    }
}

impl From<f64> for Entry {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Entry {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&str> for Entry {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u32> for Entry {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<usize> for Entry {
    fn from(number: usize) -> Self {
        Self::Integer(i64::try_from(number).expect("a count that a file can hold"))
    }
}
