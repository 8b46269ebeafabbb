//! What each number of the page means, and what one may doubt, in plain words.

use askama::Template;
use rarefy_view::wording;

use crate::darji2021::report::findings::LEARNED;
use crate::darji2021::report::questions::{AGREES_FROM, DECIDED_FROM, FEWEST_GRAPHS, IN_PART_FROM};

/// The section that ends the page.
#[derive(Template)]
#[template(path = "darji2021/templates/about.html")]
pub struct About {
    /// Name and meaning.
    measures: Vec<(&'static str, String)>,
    /// How answers are set beside the thesis's; none where it does not stand beside.
    verdicts: Option<String>,
    /// What one may doubt of the thesis, and what this report does about it.
    doubts: Vec<(&'static str, &'static str)>,
}

impl About {
    /// Of a page of these parts.
    pub fn new(pruning: bool, structure: bool, beside_thesis: bool) -> Self {
        let share = |value: f64| wording::percent(100.0 * value);
        let mut measures = vec![
            (
                "Accuracy",
                format!(
                    "The share of strings that a network puts in the right class. Of two classes of \
                        equal size chance is one half; below {} a network counts as one that did not \
                        learn.",
                    wording::share(LEARNED)
                ),
            ),
            (
                "Seeds, lines and bands",
                "A seed decides how a network starts and in which order it sees its strings. Lines \
                    are means over seeds, bands reach from the lowest to the highest. With one seed \
                    there is no band, and a difference may be luck."
                    .to_owned(),
            ),
        ];
        if pruning {
            measures.extend([
                (
                    "Percent pruned",
                    "That share of the weights that are ranked together, the smallest by magnitude, \
                        is set to zero: input-to-hidden weights, hidden-to-hidden weights, or both \
                        together, over all layers. Biases, embedding and readout are not pruned. At \
                        100 % one weight, the largest, is left."
                        .to_owned(),
                ),
                (
                    "Safe percent",
                    "The largest percent such that pruning it, and every smaller one that was tested, \
                        costs no more than the tolerance without retraining."
                        .to_owned(),
                ),
                (
                    "Epochs to recover",
                    "The first epoch of retraining after which accuracy is within the tolerance of the \
                        unpruned network’s; 0 where pruning alone did no such harm."
                        .to_owned(),
                ),
            ]);
        }
        if structure {
            measures.extend([
                (
                    "Correlation (r)",
                    "Pearson’s: 1 or −1 where accuracy and a property lie on a line, 0 where neither \
                        rises with the other. It says what goes together, not what causes what. Called \
                        more than chance from two standard errors on, 2/√n of n graphs."
                        .to_owned(),
                ),
                (
                    "What is left of it",
                    "The correlation of what nodes and source nodes do not explain of the property with \
                        what they do not explain of accuracy."
                        .to_owned(),
                ),
                (
                    "R²",
                    "The share of the variance of accuracy that a prediction explains: 1 is perfect, 0 \
                        no better than always saying the mean, below 0 is worse. Only graphs count that \
                        the model has not seen."
                        .to_owned(),
                ),
                (
                    "Interval",
                    "Holds 95 % of what comes out when the graphs are drawn anew from those there are \
                        (bootstrap)."
                        .to_owned(),
                ),
            ]);
        }
        let verdicts = beside_thesis.then(|| {
            format!(
                "Each of the five questions is a number of comparisons of something published with the \
                    same of ours: the harm done to each pruned network, each safe percent (the same is at \
                    most one tested percent apart), the epochs until each harmed network was back (the \
                    same is give or take one), the sign of each correlation that is more than chance, and \
                    for each cell whether accuracy can be predicted and the published R² lies within our \
                    interval. What is missing or too weak is open. If fewer than {} are decided, nothing \
                    can be said; from {} the same on, the answer agrees, from {} on in part, else it \
                    differs. Nothing is said of prediction with fewer than {FEWEST_GRAPHS} graphs of a \
                    cell, nor of the smoke scale.",
                share(DECIDED_FROM),
                share(AGREES_FROM),
                share(IN_PART_FROM),
            )
        });
        let doubts = if beside_thesis { DOUBTS.to_vec() } else { Vec::new() };
        Self { measures, verdicts, doubts }
    }

    /// The section.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

/// What is open to doubt in the thesis's conclusions, and what is done about it here.
const DOUBTS: [(&str, &str); 8] = [
    (
        "Its gated networks are not their graphs.",
        "It built the masks of GRU and LSTM by repeating each row as often as there are gates, where the \
            weights are stacked gate by gate: a gate sees edges of another unit. Here “tiled” masks show \
            every gate its own unit’s edges, and some graphs are trained both ways.",
    ),
    (
        "It tested no small world.",
        "Its Watts-Strogatz graphs rewire every edge (p = 1), which leaves hardly any clusters. Ours do \
            the same, to be comparable; other studies can vary p.",
    ),
    (
        "Its strongest property is also the width of the input.",
        "The embedding is as wide as the first layer, so that more source nodes mean a wider input. Here \
            correlations are given with source nodes held fixed, and R² without them.",
    ),
    (
        "Its R² comes from 20 graphs.",
        "One split, whose 20 rows the scaling had seen. Here every graph is predicted by a model that \
            has not seen it, with intervals; its own rows are judged so too.",
    ),
    (
        "One unseeded run of each network, judged on the test set.",
        "Recovery was counted on the strings that should only measure it, and no network was pruned at \
            random for comparison. Here strings are held out to judge by, unless one asks for the test \
            set, and there can be more seeds; pruning at random is not part of the report.",
    ),
    (
        "Some networks did not learn.",
        "35 % of its ReLU networks stayed at chance, so that what goes with accuracy is partly what \
            goes with training starting at all. Here they are counted.",
    ),
    (
        "Dead ends.",
        "A node before the last layer that no edge leads from reaches the output only a step later, by \
            the hidden-to-hidden weights of its layer. They are red in the drawings of graphs.",
    ),
    (
        "Accuracy depends on which strings share a batch.",
        "Its strings are padded to the longest of their batch and read after the padding. So are ours, \
            unless the settings say otherwise.",
    ),
];
