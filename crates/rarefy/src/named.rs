//! Choices with names: in files, on the command line, and in messages.
//!
//! [`named!`](crate::named!) declares an enum together with the names of its variants. Each name is
//! written once, and the documentation of its variant explains it. Text, serialisation, lists and
//! help are derived from that.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};

use crate::suggest::did_you_mean;

/// One of a few choices, each with a name. [`named!`](crate::named!) implements it.
pub trait Named: Copy + Send + Sync + 'static {
    /// A noun for what is chosen.
    const KIND: &'static str;
    /// All choices, in the order in which they are listed.
    const CHOICES: &'static [Self];

    /// The name in files and on the command line.
    fn name(self) -> &'static str;

    /// The documentation of the variant.
    fn documentation(self) -> &'static str;

    /// Its meaning as a line of help: the first sentence of its documentation, without the full
    /// stop.
    fn help(self) -> &'static str {
        let text = self.documentation().trim();
        // A source is no end of a sentence.
        let ends = text.match_indices(". ").map(|(at, _)| at);
        let end = { ends }.find(|&end| !text[..end].ends_with(" al"));
        end.map_or(text.trim_end_matches('.'), |end| &text[..end])
    }

    /// The choice with this name.
    ///
    /// # Errors
    /// If there is none.
    fn named(name: &str) -> Result<Self, UnknownName> {
        let found = Self::CHOICES.iter().copied().find(|choice| choice.name() == name);
        found.ok_or_else(|| UnknownName {
            name: name.to_owned(),
            kind: Self::KIND,
            known: Self::CHOICES.iter().map(|choice| choice.name()).collect(),
        })
    }
}

/// A name that is none of the choices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} '{name}': expected {}{}", listed(known), did_you_mean(name, known.iter().copied()))]
#[non_exhaustive]
pub struct UnknownName {
    /// The name.
    pub name: String,
    /// The noun for what the name should have chosen.
    pub kind: &'static str,
    /// The valid names.
    pub known: Vec<&'static str>,
}

/// The choice that a file names; the error for another name lists them.
///
/// # Errors
/// If it is no text, or none of the names.
pub fn deserialize<'de, T: Named, D: Deserializer<'de>>(file: D) -> Result<T, D::Error> {
    file.deserialize_str(Name(PhantomData))
}

struct Name<T>(PhantomData<T>);

impl<T: Named> Visitor<'_> for Name<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = T::CHOICES.iter().map(|choice| choice.name()).collect();
        write!(f, "the name of one ({})", listed(&known))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        T::named(name).map_err(E::custom)
    }
}

/// `a, b or c`
fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// Declares an enum whose variants have names.
///
/// ```
/// rarefy::named! {
///     /// How a step is taken.
///     #[derive(Default)]
///     pub enum Pace: "pace" {
///         /// One step at a time. The default.
///         #[default]
///         Walk = "walk",
///         /// As fast as it goes.
///         Run = "run",
///     }
/// }
///
/// use rarefy::named::Named;
/// assert_eq!(Pace::ALL.map(Pace::name), ["walk", "run"]);
/// assert_eq!(Pace::Walk.help(), "One step at a time");
/// assert_eq!("run".parse(), Ok(Pace::Run));
/// let unknown = "fly".parse::<Pace>().unwrap_err();
/// assert_eq!(unknown.to_string(), "unknown pace 'fly': expected walk or run");
/// assert_eq!(serde_json::to_string(&Pace::Run)?, "\"run\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! named {
    (@documentation [$($line:literal)*]) => { concat!($($line),*) };
    (@documentation [$($line:literal)*] #[doc = $doc:literal] $($rest:tt)*) => {
        $crate::named!(@documentation [$($line)* $doc] $($rest)*)
    };
    (@documentation [$($line:literal)*] #[$($other:tt)*] $($rest:tt)*) => {
        $crate::named!(@documentation [$($line)*] $($rest)*)
    };
    ($(#[$($outer:tt)*])* $vis:vis enum $type:ident: $kind:literal {
        $($(#[$($inner:tt)*])* $variant:ident = $name:literal,)+
    }) => {
        $(#[$($outer)*])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
        $vis enum $type {
            $($(#[$($inner)*])* #[serde(rename = $name)] $variant,)+
        }

        impl $type {
            /// All choices, in the order in which they are listed.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The name in files and on the command line.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl $crate::named::Named for $type {
            const KIND: &'static str = $kind;
            const CHOICES: &'static [Self] = &Self::ALL;

            fn name(self) -> &'static str {
                <$type>::name(self)
            }

            fn documentation(self) -> &'static str {
                match self {
                    $(Self::$variant => $crate::named!(@documentation [] $(#[$($inner)*])*),)+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(file: D) -> Result<Self, D::Error> {
                $crate::named::deserialize(file)
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::named::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                $crate::named::Named::named(name)
            }
        }
    };
}
