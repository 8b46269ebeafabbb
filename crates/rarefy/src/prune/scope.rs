//! Which recurrent weights are ranked together and pruned.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A choice of recurrent weights. Biases, the embedding and the readout are in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every `weight_ih` and every `weight_hh`.
    Both,
    /// Input-to-hidden: every `weight_ih`.
    Ih,
    /// Hidden-to-hidden: every `weight_hh`.
    Hh,
}

impl Scope {
    /// All scopes, in the order of the thesis.
    pub const ALL: [Scope; 3] = [Scope::Both, Scope::Ih, Scope::Hh];

    /// The name on the command line and in files: `both`, `ih`, `hh`.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Both => "both",
            Scope::Ih => "ih",
            Scope::Hh => "hh",
        }
    }

    /// Whether input-to-hidden weights belong to it.
    pub const fn has_ih(self) -> bool {
        matches!(self, Scope::Both | Scope::Ih)
    }

    /// Whether hidden-to-hidden weights belong to it.
    pub const fn has_hh(self) -> bool {
        matches!(self, Scope::Both | Scope::Hh)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no scope's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no scope: expected both, ih or hh")]
pub struct UnknownScope(String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(name: &str) -> Result<Self, UnknownScope> {
        Scope::ALL
            .into_iter()
            .find(|scope| scope.name() == name)
            .ok_or_else(|| UnknownScope(name.to_owned()))
    }
}
