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
            /// A number of nodes, and nothing else yet.
            pub fn of(nodes: usize) -> Self {
                Self::default().nodes(nodes)
            }

            $($(#[doc = $doc])+
            #[must_use]
            pub fn $name(self, $name: $kind) -> Self {
                Self { $name: Some($name), ..self }
            }
            )+

            /// Those that something is said about.
            pub fn given(&self) -> impl Iterator<Item = Parameter> {
                let given = [$((Parameter::$name, self.$name.is_some())),+];
                given.into_iter().filter_map(|(parameter, given)| given.then_some(parameter))
            }

            /// The same with what `other` says where nothing is said here.
            #[must_use]
            pub fn or(self, other: Self) -> Self {
                Self { $($name: self.$name.or(other.$name)),+ }
            }

            /// What a family's row computes with: of what it does not take, nothing.
            pub(super) fn checked(&self) -> Checked {
                let mut checked = Checked { $($name: self.$name.clone().unwrap_or_default()),+ };
                if self.blocks.is_some() {
                    checked.nodes = checked.blocks.iter().fold(0, |n: usize, &b| n.saturating_add(b));
                }
                checked
            }
        }

        /// One of [`Parameters`], named as there.
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

        /// Parameters of a family that has all it needs.
        pub(super) struct Checked {
            $(pub(super) $name: $kind),+
        }
    };
}

parameters! {
    /// Nodes of the graph.
    nodes: usize,
    /// Edges that each new node comes with.
    m: usize,
    /// Neighbours of each node in the ring: an even number.
    k: usize,
    /// Probability of rewiring each edge, or of joining each pair.
    p: f64,
    /// Edges of the graph.
    edges: usize,
    /// Edges of each node.
    degree: usize,
    /// Nodes of each block.
    blocks: Vec<usize>,
    /// Probability of joining a pair of the same block.
    within: f64,
    /// Probability of joining a pair of different blocks.
    between: f64,
    /// Graphs that are drawn, at most, until one is connected.
    tries: usize,
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
