//! The effect of pruning on accuracy.

use rarefy_view::spread::Spread;
use rarefy_view::wording;

use crate::darji2021::report::questions::Question;
use crate::darji2021::report::questions::answer::{ASKED, Judged};
use crate::darji2021::report::questions::pruning::asked::Asked;
use crate::darji2021::report::questions::pruning::sides::{Harm, Network, Run, Side};
use crate::darji2021::report::questions::pruning::{contested, drawing};

/// Compares the degree of harm of each contested network.
pub fn question(asked: &Asked) -> Question {
    let findings = asked.findings;
    let tolerance = findings.study.tolerance;
    let agreement = asked.contested.agreement("harm", contested::harm);
    let compared = format!(
        "Contested networks ({} to {} pruned) that are harmed to the same degree in both: {}.{}",
        contested::FROM,
        wording::percent(contested::TO),
        agreement.shares(),
        asked.between_seeds(contested::harm),
    );
    Question {
        number: 1,
        asked: ASKED[0],
        answer: effect(&asked.ours, tolerance).unwrap_or_else(|| "Not known yet.".to_owned()),
        based_on: asked.based_on(),
        seeds: Some(findings.seeds()),
        doubts: asked.doubts(),
        drawing: drawing::drawing(asked, 0, "right after pruning"),
        figure: Some(asked.figures.pruned),
        thesis: effect(&asked.theirs, tolerance),
        judged: Judged::of(findings, agreement, &compared),
    }
}

/// The smallest percentage at which pruning does harm, and how much.
fn effect(side: &Side, tolerance: f64) -> Option<String> {
    let mut percents: Vec<f64> = side.runs().map(|(network, _)| network.percent).collect();
    percents.sort_by(f64::total_cmp);
    percents.dedup();
    let at = |percent: f64| -> Vec<&Run> {
        let here = |(network, _): &(Network, &Run)| network.percent == percent;
        side.runs().filter(here).map(|(_, run)| run).collect()
    };
    let harmed = |percent: f64| at(percent).iter().filter(|r| r.harm() != Harm::None).count();
    let points = wording::points(tolerance);
    let harmless = percents.iter().take_while(|&&percent| harmed(percent) == 0).last();
    let mut sentences = vec![match (harmless, percents.first()) {
        (Some(&percent), _) => format!(
            "Pruning up to {} of the weights costs no network more than {points} of accuracy.",
            wording::percent(percent)
        ),
        (None, Some(&smallest)) => format!(
            "Already at {} pruned, {} of {} lose more than {points} of accuracy.",
            wording::percent(smallest),
            harmed(smallest),
            wording::count(at(smallest).len(), "network"),
        ),
        (None, None) => return None,
    }];
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let spread = Spread::of(values)?;
        let [low, high] = [spread.min, spread.max].map(wording::share);
        Some(if low == high { low } else { format!("{low} to {high}") })
    };
    let hardest = percents.iter().copied().rfind(|&percent| percent < 100.0);
    sentences.extend(hardest.and_then(|percent| {
        let before = range(&mut at(percent).iter().map(|run| run.unpruned))?;
        let after = range(&mut at(percent).iter().filter_map(|r| r.accuracies.first().copied()))?;
        Some(format!(
            "At {}, {} of {} lose more: accuracies range from {after}, compared with {before} unpruned.",
            wording::percent(percent),
            harmed(percent),
            wording::count(at(percent).len(), "network"),
        ))
    }));
    let all = at(100.0);
    if !all.is_empty() {
        let lost = all.iter().filter(|run| run.harm() == Harm::Total).count();
        let lost = if lost == all.len() { "all".to_owned() } else { format!("{lost} of") };
        sentences.push(format!(
            "With all weights but one pruned, {lost} {} are near chance.",
            wording::count(all.len(), "network"),
        ));
    }
    Some(sentences.join(" "))
}
