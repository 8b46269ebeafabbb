//! Structs of properties: each field is a column of a table and a value in JSON.

use serde::{Serialize, Serializer};

/// A value that is undefined for some graphs, such as the diameter of two components.
pub(super) type Maybe = Option<f64>;

/// Declares a struct whose fields are the properties of something: counts, numbers, or numbers that
/// are not always defined.
macro_rules! properties {
    ($(#[$outer:meta])+ $vis:vis struct $struct:ident {
        $($(#[$doc:meta])+ $name:ident: $type:ty,)+
    }) => {
        $(#[$outer])+
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $struct {
            $($(#[$doc])+ pub $name: $type,)+
        }

        impl $struct {
            /// The columns of a table of properties.
            pub const NAMES: &[&str] = &[$(stringify!($name)),+];

            /// The values, in the order of the columns.
            pub fn values(&self) -> Vec<Option<f64>> {
                vec![$($crate::graph::values::Value::from(self.$name).number()),+]
            }
        }

        impl serde::Serialize for $struct {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map([
                    $((stringify!($name), $crate::graph::values::Value::from(self.$name))),+
                ])
            }
        }
    };
}

pub(super) use properties;

/// A property as shown in tables and JSON: counts have no decimal point.
#[derive(Clone, Copy)]
pub(super) enum Value {
    Count(usize),
    Number(Maybe),
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Maybe> for Value {
    fn from(number: Maybe) -> Self {
        Self::Number(number)
    }
}

impl Value {
    pub(super) fn number(self) -> Maybe {
        match self {
            Self::Count(count) => Some(count as f64),
            Self::Number(number) => number,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => count.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
        }
    }
}

/// Mean, sample variance and its square root. The variance of fewer than two values is `None`, and
/// so is everything for values that overflow.
pub(super) fn spread(values: &[f64]) -> [Maybe; 3] {
    if values.is_empty() || !values.iter().all(|value| value.is_finite()) {
        return [None; 3];
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let variance = (values.len() > 1).then(|| squares / (values.len() - 1) as f64);
    [Some(mean), variance, variance.map(f64::sqrt)]
}
