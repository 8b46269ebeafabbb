//! Which recurrent weights are ranked together and pruned.

use crate::named;
use crate::network::Part;

named! {
    /// A choice of recurrent weights. Biases, the embedding and the readout are in none.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum Scope: "scope" {
        /// Every `weight_ih` and every `weight_hh`, ranked together.
        Both = "both",
        /// Input-to-hidden: every `weight_ih`.
        Ih = "ih",
        /// Hidden-to-hidden: every `weight_hh`.
        Hh = "hh",
    }
}

impl Scope {
    /// Whether the weights of `part` belong to it.
    pub const fn has(self, part: Part) -> bool {
        match part {
            Part::Ih => self.has_ih(),
            Part::Hh => self.has_hh(),
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
