//! The parameters of graph families.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! parameters {
    ($($(#[doc = $doc:literal])+ $name:ident: $kind:ty,)+) => {
        /// The parameters of graph families; each family takes some of them.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct Parameters {
            $($(#[doc = $doc])+
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $name: Option<$kind>,)+
        }

        impl Parameters {
            /// A number of nodes without further parameters.
            pub fn of(nodes: usize) -> Self {
                Self::default().nodes(nodes)
            }

            $($(#[doc = $doc])+
            #[must_use]
            pub fn $name(self, $name: $kind) -> Self {
                Self { $name: Some($name), ..self }
            }
            )+

            /// The parameters that have a value.
            pub fn given(&self) -> impl Iterator<Item = Parameter> {
                let given = [$((Parameter::$name, self.$name.is_some())),+];
                given.into_iter().filter_map(|(parameter, given)| given.then_some(parameter))
            }

            /// The same, with missing values filled in from `other`.
            #[must_use]
            pub fn or(self, other: Self) -> Self {
                Self { $($name: self.$name.or(other.$name)),+ }
            }

            /// The values for the family's row, with defaults for parameters that it does not use.
            pub(super) fn checked(&self) -> Checked {
                let mut checked = Checked { $($name: self.$name.clone().unwrap_or_default()),+ };
                if self.blocks.is_some() {
                    checked.nodes = checked.blocks.iter().fold(0, |n: usize, &b| n.saturating_add(b));
                }
                checked
            }
        }

        /// A parameter, with the name of the field of [`Parameters`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(non_camel_case_types, missing_docs)]
        pub enum Parameter {
            $($name),+
        }

        impl Parameter {
            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),+
                }
            }

        }

        /// The parameters of a family, with a value for each that it needs.
        pub(super) struct Checked {
            $(pub(super) $name: $kind),+
        }
    };
}

parameters! {
    /// Number of nodes.
    nodes: usize,
    /// Number of edges of each new node.
    m: usize,
    /// Number of neighbours of each node in the ring: an even number.
    k: usize,
    /// Probability of rewiring each edge, or of joining each pair.
    p: f64,
    /// Number of edges.
    edges: usize,
    /// Number of edges of each node.
    degree: usize,
    /// Number of nodes in each block.
    blocks: Vec<usize>,
    /// Probability of joining a pair within a block.
    within: f64,
    /// Probability of joining a pair of different blocks.
    between: f64,
    /// Most graphs that are drawn until one is connected.
    tries: usize,
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
