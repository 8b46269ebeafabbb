//! What each number of the page means, and which doubts remain, in plain words.

use askama::Template;
use rarefy_view::wording;

use crate::arm::LEARNED;
use crate::darji2021::report::chance::SIGNIFICANT;
use crate::darji2021::report::questions::{
    AGREES_FROM, BY_CHANCE, CONTESTED, DRAWS, FEWEST, FEWEST_GRAPHS, KNOWN_FROM,
};

/// The last section of the page.
#[derive(Template)]
#[template(path = "darji2021/templates/about.html")]
pub struct About {
    /// Name and meaning.
    measures: Vec<(&'static str, String)>,
    /// How answers are compared with the thesis's, one entry per paragraph.
    verdicts: Vec<String>,
    /// Doubts about the thesis, and what this report does about them.
    doubts: Vec<(&'static str, &'static str)>,
}

impl About {
    /// The section for a page with these parts.
    pub fn new(pruning: bool, structure: bool, beside_thesis: bool) -> Self {
        let mut measures = vec![
            (
                "Accuracy",
                format!(
                    "The share of strings that a network puts into the right class. The two classes are \
                        equally large, so chance is one half. Below {} a network counts as one that did \
                        not learn.",
                    wording::share(LEARNED)
                ),
            ),
            (
                "Seeds, lines and bands",
                "A seed decides how a network starts and in which order it sees its strings. Lines are \
                    means over seeds. Bands reach from the lowest to the highest. With one seed there \
                    is no band, and a difference may be luck."
                    .to_owned(),
            ),
        ];
        if pruning {
            measures.extend([
                (
                    "Percent pruned",
                    "The share of the weights that is set to zero, smallest magnitude first, over all \
                        layers. Ranked together are the input-to-hidden weights (ih), the \
                        hidden-to-hidden weights (hh), or both. Biases, embedding and readout are not \
                        pruned. At 100 % the single largest weight is left."
                        .to_owned(),
                ),
                (
                    "Safe percent",
                    "The largest tested percent up to which pruning costs no more than the tolerance, \
                        without retraining."
                        .to_owned(),
                ),
                (
                    "Epochs to recover",
                    "The first epoch of retraining after which accuracy is within the tolerance of the \
                        unpruned network’s. It is 0 where pruning alone did no such harm."
                        .to_owned(),
                ),
            ]);
        }
        if structure {
            measures.extend([
                (
                    "Correlation (r)",
                    "Pearson’s: 1 or −1 where accuracy and a property lie on a line, 0 where they are \
                        unrelated. It does not say which causes which."
                        .to_owned(),
                ),
                (
                    "More than chance",
                    format!(
                        "The p-value is below {SIGNIFICANT}, corrected for the number of properties tested \
                            with one cell (Holm’s method). This rule holds for every correlation on the \
                            page: 23 properties, or 21 with nodes and source nodes held fixed."
                    ),
                ),
                (
                    "With nodes and source nodes held fixed",
                    "The part of a property that nodes and source nodes do not explain, correlated with \
                        the part of accuracy that they do not explain. Both are taken as straight lines."
                        .to_owned(),
                ),
                (
                    "At equal numbers of nodes and source nodes",
                    "The same, but with any shape: each number of source nodes is a level of its own, and \
                        nodes count as a quadratic."
                        .to_owned(),
                ),
                (
                    "Log error",
                    "The natural logarithm of the share of wrong answers, with half a string added, so that \
                        no error at all is finite too. It tells apart networks that accuracies near 1 do \
                        not. −0.69 means half as many errors."
                        .to_owned(),
                ),
                (
                    "Detectable",
                    "The smallest true effect that as many graphs would show, more than by chance, with a \
                        probability of 80 %."
                        .to_owned(),
                ),
                (
                    "R²",
                    "The share of the variance of accuracy that a prediction explains. 1 is perfect, 0 no \
                        better than always predicting the mean, below 0 worse. Only graphs that the \
                        model has not seen count."
                        .to_owned(),
                ),
                (
                    "Interval",
                    "A 95 % interval. For r, R² and gate masks it is found by drawing graphs again from \
                        those that were trained (bootstrap). For R² the models are not fitted again, so \
                        the interval is somewhat too narrow. For families it is that of least squares, \
                        with errors that hold where networks scatter unequally (HC3). For shares it is \
                        Wilson’s."
                        .to_owned(),
                ),
            ]);
        }
        let verdicts = if beside_thesis { verdicts(pruning, structure) } else { Vec::new() };
        let doubts = if beside_thesis { DOUBTS.to_vec() } else { Vec::new() };
        Self { measures, verdicts, doubts }
    }

    /// The section.
    pub fn html(&self) -> String {
        self.render().expect("the template writes to a String")
    }
}

/// How a verdict is reached.
fn verdicts(pruning: bool, structure: bool) -> Vec<String> {
    let share = |value: f64| wording::percent(100.0 * value);
    let (from, to) = CONTESTED;
    let mut paragraphs = vec![format!(
        "Each verdict rests on comparisons of a published result with ours. They are made again with \
            random pairings, {} times: “by chance” is the mean share that then comes out the same. More \
            than chance means that at most {} of the random pairings agree as well as the true one. Kappa \
            is the way from chance (0) to full agreement (1). An answer agrees if it does so by more than \
            chance, and goes at least {} of that way. It agrees in part if it is more than chance only. It differs if it is no \
            more than chance and clearly less than half comes out the same (the 95 % interval of the share, \
            Wilson’s, ends below one half). Otherwise nothing can be said; nor \
            with fewer than {FEWEST} comparisons, with less than {} of them known, or at the smoke scale.",
        wording::grouped(DRAWS),
        share(BY_CHANCE),
        share(AGREES_FROM),
        share(KNOWN_FROM),
    )];
    if pruning {
        paragraphs.push(format!(
            "Questions 1 to 3 count only what is contested: networks pruned by {from} to {}. (At \
                smaller percentages nearly every network is unharmed; at 100 % nearly none works.) \
                Compared are the degree of harm (none, partial, \
                down to chance), the safe percent among these percentages, and the epochs until a \
                network that was harmed in both had recovered. Each of our seeds is compared with the \
                thesis’s one run. Random pairings exchange whole curves of the thesis, one for each \
                cell and kind of weights. Its 12 curves come from 4 base models, so they are less \
                independent than this assumes, and agreement may look rarer by chance than it is.",
            wording::percent(to),
        ));
    }
    if structure {
        paragraphs.push(format!(
            "Question 4 compares the signs of those correlations that the thesis has left with nodes and \
                source nodes held fixed. Chance is what these two alone would give: accuracy follows nodes \
                and source nodes in any shape, and what they do not explain is dealt out at random. \
                Question 5 compares, for each cell, R² by the same method on the thesis’s graphs and \
                ours. They are the same if the 95 % interval of their difference holds 0. (Two intervals can \
                overlap although the difference is clear.) Random pairings exchange cells. Neither is judged with fewer than \
                {FEWEST_GRAPHS} graphs per cell.",
        ));
    }
    paragraphs
}

/// Doubts about the thesis's conclusions, and what is done about them here.
const DOUBTS: [(&str, &str); 8] = [
    (
        "Its gated networks do not follow their graphs.",
        "Its GRU and LSTM masks repeat each row once per gate (interleaved), but the weights are stacked \
            gate by gate. So a gate sees the edges of another unit. Here masks show every gate its own \
            unit’s edges (tiled), and some graphs are trained both ways.",
    ),
    (
        "It tested no small world.",
        "Its Watts-Strogatz graphs rewire every edge (p = 1), which leaves hardly any clusters. Ours do \
            the same, to be comparable. The part “open” varies p (Small worlds).",
    ),
    (
        "Its strongest property is also the width of the input.",
        "The embedding is as wide as the first layer, so more source nodes mean a wider input. Here \
            source nodes come first: what they explain alone, and what is left at equal numbers of them. \
            R² without them is no control, because the other properties tell their number.",
    ),
    (
        "Its R² comes from 20 graphs.",
        "It used one split, and its scaling had seen the 20 test rows. Here every graph is predicted by a \
            model that has not seen it, with intervals. The thesis’s own rows are judged in the same way.",
    ),
    (
        "One unseeded run of each network, judged on the test set.",
        "It counted recovery on the strings that should only measure it, and pruned no network at random \
            for comparison. Here strings are held out for judging, unless the test set is asked for, and \
            there can be several seeds. Pruning at random, and training whole networks on, are the controls \
            of the part “open” (Retraining after pruning).",
    ),
    (
        "Some networks did not learn.",
        "35 % of its ReLU networks stayed at chance. What is related to accuracy is then partly what is \
            related to training starting at all. Here the two are taken apart: whether a network learned, \
            and how well if so.",
    ),
    (
        "Dead ends.",
        "A node before the last layer without outgoing edges reaches the output only one step later, \
            through the hidden-to-hidden weights of its layer. Such nodes are red in the drawings of \
            graphs.",
    ),
    (
        "Accuracy depends on which strings share a batch.",
        "Its strings are padded to the longest of their batch and read after the padding. Ours are too, \
            unless the settings say otherwise.",
    ),
];
