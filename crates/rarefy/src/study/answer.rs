//! What records say to the contrasts of a study.

use serde::Serialize;

use super::columns::Columns;
use super::contrast::{Contrast, Expectation};
use super::design::Design;
use super::planned::{Comparison, ContrastFault, Planned, planned};
use super::{Record, Study};
use crate::analysis::{FEWEST_PAIRS, Paired, holm};
use crate::format::{Entry, Kind};

/// One comparison of two levels: what was asked and what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The contrast's question.
    pub question: Option<String>,
    /// The key that is varied.
    pub vary: &'static str,
    /// The earlier level, as in `records.csv`; `none` where the key does not apply.
    pub level_a: String,
    /// The later one.
    pub level_b: String,
    /// The column of `records.csv` that is compared.
    pub column: String,
    /// Pairs that were compared.
    pub pairs: usize,
    /// The mean over the pairs of the later level's value minus the earlier one's.
    pub effect: Option<f64>,
    /// Lower end of the effect's 95 % interval ([`Paired`]).
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// Two-sided p-value of the sign-flip test.
    pub p: Option<f64>,
    /// The same corrected for all comparisons of the study (Holm 1979).
    pub p_holm: Option<f64>,
    /// What the contrast expects.
    pub expect: Option<Expectation>,
    /// Whether it is so; `None` where nothing is expected.
    pub verdict: Option<Verdict>,
    /// The keys that pairs have in common.
    pub paired: Vec<&'static str>,
    /// The keys over which each side of a pair is averaged.
    pub averaged: Vec<&'static str>,
    /// Pairs that there are once every trial has its record.
    pub pairs_planned: usize,
    /// Records that are left out because what they would be paired with is missing.
    pub unpaired: usize,
    /// Trials of these levels that have no record.
    pub missing: usize,
    /// Those whose loss was no number, which are not compared.
    pub diverged: usize,
    /// Those whose record has nothing in the column.
    pub without_value: usize,
}

/// Whether what a contrast expects is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// It is.
    #[serde(rename = "holds")]
    Holds,
    /// It is not.
    #[serde(rename = "does not hold")]
    DoesNotHold,
    /// The records do not decide.
    #[serde(rename = "open")]
    Open,
    /// There are fewer than [`FEWEST_PAIRS`].
    #[serde(rename = "too few pairs")]
    TooFewPairs,
}

impl Verdict {
    /// As in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::DoesNotHold => "does not hold",
            Self::Open => "open",
            Self::TooFewPairs => "too few pairs",
        }
    }
}

/// A difference whose corrected p-value is lower is taken for one.
const SIGNIFICANT: f64 = 0.05;

/// What one trial has in one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Missing,
    Diverged,
    Nothing,
    Number(f64),
}

/// What the trials of a design have in some columns of `records.csv`.
pub(super) struct Results {
    /// Their names, and their places in a row.
    columns: Vec<(String, usize)>,
    /// Of each trial that has a record: whether it diverged, and its numbers in these columns.
    rows: Vec<Option<(bool, Vec<Option<f64>>)>>,
}

impl Results {
    /// None yet, of these `names`, which are columns of `records.csv`.
    pub fn new<'n>(
        design: &Design,
        columns: &Columns,
        names: impl IntoIterator<Item = &'n String>,
    ) -> Self {
        let header = columns.records();
        let place = |name: &String| header.iter().position(|(column, _)| column == name);
        let place = |name: &String| (name.clone(), place(name).expect("a column that is checked"));
        Self {
            columns: names.into_iter().map(place).collect(),
            rows: vec![None; design.trials.len()],
        }
    }

    /// Adds a record, whose row of `records.csv` this is; one of no trial of the design is left
    /// out.
    pub fn add(&mut self, design: &Design, record: &Record, row: &[Entry]) {
        let Some(place) = design.place(record.trial.hash()) else { return };
        let number = |entry: &Entry| match *entry {
            Entry::Real(number) => Some(number).filter(|number| number.is_finite()),
            Entry::Integer(number) => Some(number as f64),
            _ => None,
        };
        let numbers = self.columns.iter().map(|(_, at)| number(&row[*at])).collect();
        self.rows[place] = Some((record.diverged.is_some(), numbers));
    }

    /// What a trial has in a column.
    pub fn value(&self, trial: usize, column: &str) -> Value {
        match &self.rows[trial] {
            None => Value::Missing,
            Some((true, _)) => Value::Diverged,
            Some((false, numbers)) => {
                let at = self.columns.iter().position(|(name, _)| name == column);
                numbers[at.expect("a column that was asked for")]
                    .map_or(Value::Nothing, Value::Number)
            }
        }
    }

    /// The differences of a comparison's pairs, later minus earlier, of those that are complete;
    /// and which trials were left out, and why.
    pub fn differences(&self, comparison: &Comparison, column: &str) -> Differences {
        let mut found = Differences::default();
        for pair in &comparison.pairs {
            let sides = pair.each_ref().map(|side| self.mean(side, column));
            match sides {
                [Some(a), Some(b)] => found.values.push(b - a),
                _ => pair
                    .iter()
                    .flatten()
                    .for_each(|&trial| found.leave_out(self.value(trial, column))),
            }
        }
        comparison.alone.iter().for_each(|&trial| found.leave_out(self.value(trial, column)));
        found
    }

    /// The mean of some trials, if each has a number.
    fn mean(&self, trials: &[usize], column: &str) -> Option<f64> {
        let number = |&trial: &usize| match self.value(trial, column) {
            Value::Number(number) => Some(number),
            _ => None,
        };
        let numbers: Option<Vec<f64>> = trials.iter().map(number).collect();
        numbers.map(|numbers| numbers.iter().sum::<f64>() / trials.len() as f64)
    }
}

/// See [`Results::differences`].
#[derive(Debug, Default)]
pub(super) struct Differences {
    pub values: Vec<f64>,
    pub unpaired: usize,
    pub missing: usize,
    pub diverged: usize,
    pub without_value: usize,
}

impl Differences {
    fn leave_out(&mut self, value: Value) {
        let count = match value {
            Value::Missing => &mut self.missing,
            Value::Diverged => &mut self.diverged,
            Value::Nothing => &mut self.without_value,
            Value::Number(_) => &mut self.unpaired,
        };
        *count += 1;
    }
}

/// The contrasts of a study, answered record by record.
pub(super) struct Asked {
    design: Design,
    plans: Vec<Planned>,
    results: Results,
}

impl Asked {
    /// Nothing is asked of a study without contrasts.
    ///
    /// # Errors
    /// When one has no pairs.
    pub fn of(study: &Study, columns: &Columns) -> Result<Option<Self>, ContrastFault> {
        if study.contrasts.is_empty() {
            return Ok(None);
        }
        let design = Design::of(study);
        let plans = planned(study, &design, columns)?;
        let results = Results::new(&design, columns, plans.iter().map(|plan| &plan.column));
        Ok(Some(Self { design, plans, results }))
    }

    /// Takes in a record, whose row of `records.csv` this is.
    pub fn add(&mut self, record: &Record, row: &[Entry]) {
        self.results.add(&self.design, record, row);
    }

    /// What the records say that were taken in.
    pub fn answers(&self, columns: &Columns) -> Vec<Answer> {
        answers(&self.plans, &self.design, columns, &self.results)
    }
}

/// An answer for each comparison of each contrast, in the study's order.
pub(super) fn answers(
    plans: &[Planned],
    design: &Design,
    columns: &Columns,
    results: &Results,
) -> Vec<Answer> {
    let answer = |plan: &Planned, comparison: &Comparison| {
        let Contrast { question, vary, expect, .. } = &plan.contrast;
        let factor = design.factor(vary).expect("a contrast that is planned");
        let [level_a, level_b] =
            comparison.levels.map(|level| columns.level(vary, &factor.levels[level]));
        let found = results.differences(comparison, &plan.column);
        let paired = Paired::of(&found.values);
        let interval = paired.and_then(|paired| paired.interval);
        Answer {
            question: question.clone(),
            vary,
            level_a,
            level_b,
            column: plan.column.clone(),
            pairs: found.values.len(),
            effect: paired.map(|paired| paired.effect),
            low: interval.map(|interval| interval.low),
            high: interval.map(|interval| interval.high),
            p: paired.map(|paired| paired.p),
            p_holm: None,
            expect: *expect,
            verdict: None,
            paired: plan.paired.clone(),
            averaged: plan.averaged.clone(),
            pairs_planned: comparison.pairs.len(),
            unpaired: found.unpaired,
            missing: found.missing,
            diverged: found.diverged,
            without_value: found.without_value,
        }
    };
    let each = plans.iter().flat_map(|plan| plan.comparisons.iter().map(move |one| (plan, one)));
    let mut answers: Vec<Answer> = each.map(|(plan, one)| answer(plan, one)).collect();
    // What has no pair yet is asked all the same: without records there is no evidence.
    let p: Vec<Option<f64>> = answers.iter().map(|answer| answer.p.or(Some(1.0))).collect();
    for (answer, corrected) in answers.iter_mut().zip(holm(&p)) {
        answer.p_holm = corrected.filter(|_| answer.p.is_some());
        answer.verdict = answer.judged();
    }
    answers
}

impl Answer {
    /// The interval decides; that there is a difference must be significant too, corrected for
    /// all that the study asks.
    fn judged(&self) -> Option<Verdict> {
        if self.pairs < FEWEST_PAIRS {
            return Some(Verdict::TooFewPairs);
        }
        let (low, high) = (self.low?, self.high?);
        let differs = self.p_holm.is_some_and(|p| p < SIGNIFICANT);
        let (holds, fails) = match self.expect? {
            Expectation::Higher => (differs && low > 0.0, differs && high < 0.0),
            Expectation::Lower => (differs && high < 0.0, differs && low > 0.0),
            Expectation::Equal { within } => {
                (-within <= low && high <= within, differs && (low > within || high < -within))
            }
        };
        Some(match (holds, fails) {
            (true, _) => Verdict::Holds,
            (_, true) => Verdict::DoesNotHold,
            _ => Verdict::Open,
        })
    }

    /// The columns of `contrasts.csv`.
    pub(super) fn columns() -> Vec<(String, Kind)> {
        let columns = [
            ("question", Kind::Text),
            ("vary", Kind::Text),
            ("level_a", Kind::Text),
            ("level_b", Kind::Text),
            ("column", Kind::Text),
            ("pairs", Kind::Integer),
            ("effect", Kind::Real),
            ("low", Kind::Real),
            ("high", Kind::Real),
            ("p", Kind::Real),
            ("p_holm", Kind::Real),
            ("expect", Kind::Text),
            ("verdict", Kind::Text),
            ("paired", Kind::Text),
            ("averaged", Kind::Text),
            ("pairs_planned", Kind::Integer),
            ("unpaired", Kind::Integer),
            ("missing", Kind::Integer),
            ("diverged", Kind::Integer),
            ("without_value", Kind::Integer),
        ];
        columns.map(|(name, kind)| (name.to_owned(), kind)).to_vec()
    }

    /// Its row of `contrasts.csv`.
    pub(super) fn row(&self) -> Vec<Entry> {
        let keys = |keys: &[&str]| Entry::Text(keys.join(" "));
        vec![
            self.question.as_deref().into(),
            self.vary.into(),
            self.level_a.as_str().into(),
            self.level_b.as_str().into(),
            self.column.as_str().into(),
            self.pairs.into(),
            self.effect.into(),
            self.low.into(),
            self.high.into(),
            self.p.into(),
            self.p_holm.into(),
            self.expect.map_or(Entry::Nothing, |expect| Entry::Text(expect.to_string())),
            self.verdict.map(Verdict::name).into(),
            keys(&self.paired),
            keys(&self.averaged),
            self.pairs_planned.into(),
            self.unpaired.into(),
            self.missing.into(),
            self.diverged.into(),
            self.without_value.into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 16 trials: two cells, two scopes, four seeds; `contrast` is asked.
    fn asked(contrast: &str) -> (Asked, Columns) {
        let text = format!(
            "[base]\nepochs = 2\nretrain_epochs = 1\npercent = 50\n[axes]\ncell = ['gru', 'lstm']\n\
             scope = ['both', 'hh']\nseed = {{ from = 0, to = 3 }}\n[[contrast]]\n{contrast}"
        );
        let study = Study::parse(&text, "x.toml".as_ref()).unwrap();
        let columns = Columns::new(&study);
        (Asked::of(&study, &columns).ok().unwrap().unwrap(), columns)
    }

    /// A number for each trial, `None` for one without a record.
    fn answers_of(contrast: &str, values: &[Option<f64>]) -> Vec<Answer> {
        let (mut asked, columns) = asked(contrast);
        let row = |value: &Option<f64>| value.map(|value| (false, vec![Some(value)]));
        asked.results.rows = values.iter().map(row).collect();
        asked.answers(&columns)
    }

    /// The later scope is better by 1 to 4 thousandths, with a GRU by ten more.
    fn values() -> Vec<Option<f64>> {
        let value = |trial: usize| {
            let (lstm, hh, seed) = (trial / 8, trial / 4 % 2, trial % 4);
            let more = [10.0, 0.0][lstm] + seed as f64 + 1.0;
            Some(0.9 + 0.002 * seed as f64 + 0.001 * (hh as f64 * more))
        };
        (0..16).map(value).collect()
    }

    #[test]
    fn an_effect_is_the_mean_of_the_paired_differences() {
        let answers = answers_of("vary = 'scope'\nexpect = 'higher'", &values());
        let [answer] = &answers[..] else { panic!("{answers:?}") };
        assert_eq!((&*answer.level_a, &*answer.level_b, answer.pairs), ("both", "hh", 8));
        // The mean of 1, 2, 3, 4, 11, 12, 13, 14 thousandths.
        assert!((answer.effect.unwrap() - 0.0075).abs() < 1e-12, "{answer:?}");
        // All eight differences have one sign: two of 2^8 choices.
        assert_eq!((answer.p, answer.p_holm), (Some(2.0 / 256.0), Some(2.0 / 256.0)));
        assert!(answer.low.unwrap() > 0.003 && answer.high.unwrap() < 0.012);
        assert_eq!(answer.verdict, Some(Verdict::Holds));
        // Over cells each side is averaged: four pairs, which decide nothing.
        let seeds = &answers_of("vary = 'scope'\npaired = ['seed']", &values())[0];
        assert_eq!((seeds.pairs, seeds.averaged.clone()), (4, vec!["cell"]));
        assert!((seeds.effect.unwrap() - 0.0075).abs() < 1e-12);
        assert_eq!(seeds.verdict, Some(Verdict::TooFewPairs));
    }

    #[test]
    fn levels_the_other_way_round_have_the_opposite_effect() {
        let [one, other] = ["'both', 'hh'", "'hh', 'both'"].map(|levels| {
            answers_of(&format!("vary = 'scope'\nlevels = [{levels}]"), &values()).remove(0)
        });
        let close = |a: Option<f64>, b: Option<f64>| (a.unwrap() + b.unwrap()).abs() < 1e-12;
        assert!(close(one.effect, other.effect));
        assert!(close(one.low, other.high) && close(one.high, other.low));
        assert_eq!((one.p, &one.level_a), (other.p, &other.level_b));
    }

    #[test]
    fn a_pair_is_complete_or_none_and_what_is_left_out_is_counted() {
        let (mut asked, columns) = asked("vary = 'scope'\n[[contrast]]\nvary = 'cell'");
        let row = |value: Option<f64>| Some((false, vec![value, value]));
        asked.results.rows = values().into_iter().map(row).collect();
        asked.results.rows[0] = None;
        asked.results.rows[1] = Some((true, vec![Some(1.0); 2]));
        asked.results.rows[6] = row(None);
        let answers = asked.answers(&columns);
        for answer in &answers {
            let counts = [
                answer.pairs,
                answer.pairs_planned,
                answer.missing,
                answer.diverged,
                answer.without_value,
            ];
            assert_eq!((counts, answer.unpaired), ([5, 8, 1, 1, 1], 3), "{}", answer.vary);
        }
        // Of two comparisons the smaller p-value is doubled.
        assert!(answers[0].p <= answers[1].p && answers[0].p_holm == answers[0].p.map(|p| 2.0 * p));
    }

    #[test]
    fn no_record_is_no_pair_and_no_evidence() {
        let answer = answers_of("vary = 'cell'\nexpect = 'lower'", &[None; 16]).remove(0);
        assert_eq!(
            (answer.pairs, answer.missing, answer.effect, answer.p_holm),
            (0, 16, None, None)
        );
        assert_eq!(answer.verdict, Some(Verdict::TooFewPairs));
    }

    #[test]
    fn a_verdict_is_the_intervals_and_of_a_difference_also_the_corrected_p_values() {
        let (low, high, p) = (Some(0.01), Some(0.03), Some(0.02));
        let answers = answers_of("vary = 'scope'", &values());
        let judged = |expect, low: Option<f64>, high: Option<f64>, p_holm| {
            let answer = Answer { low, high, p_holm, expect, ..answers[0].clone() };
            answer.judged()
        };
        use Expectation::{Equal, Higher, Lower};
        use Verdict::{DoesNotHold, Holds, Open};
        assert_eq!(judged(None, low, high, p), None);
        assert_eq!(judged(Some(Higher), low, high, p), Some(Holds));
        assert_eq!(judged(Some(Lower), low, high, p), Some(DoesNotHold));
        assert_eq!(judged(Some(Higher), low, high, Some(0.06)), Some(Open));
        assert_eq!(judged(Some(Higher), Some(-0.01), high, p), Some(Open));
        assert_eq!(judged(Some(Lower), Some(-0.03), Some(-0.01), p), Some(Holds));
        assert_eq!(judged(Some(Equal { within: 0.03 }), low, high, p), Some(Holds));
        assert_eq!(judged(Some(Equal { within: 0.02 }), low, high, p), Some(Open));
        assert_eq!(judged(Some(Equal { within: 0.005 }), low, high, p), Some(DoesNotHold));
        // That two levels are equal asks for no significant difference.
        assert_eq!(judged(Some(Equal { within: 0.03 }), low, high, Some(1.0)), Some(Holds));
    }
}
