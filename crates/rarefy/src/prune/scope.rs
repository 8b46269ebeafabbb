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
    /// Whether it includes the weights of `part`.
    pub const fn has(self, part: Part) -> bool {
        match part {
            Part::Ih => self.has_ih(),
            Part::Hh => self.has_hh(),
        }
    }

    /// Whether it includes input-to-hidden weights.
    pub const fn has_ih(self) -> bool {
        matches!(self, Scope::Both | Scope::Ih)
    }

    /// Whether it includes hidden-to-hidden weights.
    pub const fn has_hh(self) -> bool {
        matches!(self, Scope::Both | Scope::Hh)
    }
}
