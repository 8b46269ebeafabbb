//! How much of a paper is done.

use rarefy::named;

named! {
    /// How much of a paper is done.
    pub enum Scale: "scale" {
        /// Seconds, to see that it works.
        Smoke = "smoke",
        /// Up to a quarter of an hour on two cores, for a first answer.
        Laptop = "laptop",
        /// One or more hours on two cores, at the paper's own size.
        Full = "full",
    }
}
