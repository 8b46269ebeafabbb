//! The answers of records to the contrasts of a study.

use serde::Serialize;

use super::columns::Columns;
use super::contrast::{Contrast, Expectation};
use super::design::{Design, Setting};
use super::planned::{Comparison, ContrastFault, Planned, planned};
use super::{Record, Study};
use crate::analysis::{FEWEST_PAIRS, Paired, holm};
use crate::format::{Entry, Kind};

/// One comparison of two levels of a contrast: the question and its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The contrast's question.
    pub question: Option<String>,
    /// What is compared, and the difference.
    #[serde(flatten)]
    pub difference: Difference,
    /// Two-sided p-value of the sign-flip test.
    pub p: Option<f64>,
    /// The same corrected for all comparisons of the study (Holm 1979).
    pub p_holm: Option<f64>,
    /// What the contrast expects, if anything.
    pub expect: Option<Expectation>,
    /// Whether the expectation holds; `None` without one.
    pub verdict: Option<Verdict>,
}

/// Two levels of a key, and the paired difference between them in a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The key that is varied.
    pub vary: &'static str,
    /// The levels of other keys that all these trials have, if the contrast is answered by them.
    pub by: Vec<Setting>,
    /// The earlier level, as in `records.csv`; `none` where the key does not apply.
    pub level_a: String,
    /// The later level.
    pub level_b: String,
    /// The column of `records.csv` that is compared.
    pub column: String,
    /// Number of pairs that were compared.
    pub pairs: usize,
    /// The mean over the pairs of the later level's value minus the earlier one's.
    pub effect: Option<f64>,
    /// Lower end of the effect's 95 % interval ([`Paired`]).
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// The smallest effect that the pairs would show with a probability of 0.8 ([`Paired`]).
    pub detectable: Option<f64>,
    /// The keys with the same value in both trials of a pair.
    pub paired: Vec<&'static str>,
    /// The keys over which each side of a pair is averaged.
    pub averaged: Vec<&'static str>,
    /// Number of pairs once every trial has its record.
    pub pairs_planned: usize,
    /// Number of records left out because their partner is missing.
    pub unpaired: usize,
    /// Number of trials of these levels without a record.
    pub missing: usize,
    /// Number of trials with a non-finite loss, which are not compared.
    pub diverged: usize,
    /// Number of trials whose record has no value in the column.
    pub without_value: usize,
}

/// Whether the expectation of a contrast holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// It holds.
    #[serde(rename = "holds")]
    Holds,
    /// It does not hold.
    #[serde(rename = "does not hold")]
    DoesNotHold,
    /// The records do not decide it.
    #[serde(rename = "open")]
    Open,
    /// There are fewer than [`FEWEST_PAIRS`].
    #[serde(rename = "too few pairs")]
    TooFewPairs,
}

impl Verdict {
    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::DoesNotHold => "does not hold",
            Self::Open => "open",
            Self::TooFewPairs => "too few pairs",
        }
    }
}

/// A difference is significant if its corrected p-value is lower.
pub const SIGNIFICANT: f64 = 0.05;

/// The value of one trial in one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Missing,
    Diverged,
    Nothing,
    Number(f64),
}

/// The values of a design's trials in some columns of `records.csv`.
pub(super) struct Results {
    /// Names of the columns, and their positions in a row.
    columns: Vec<(String, usize)>,
    /// For each trial with a record: whether it diverged, and its numbers in these columns.
    rows: Vec<Option<(bool, Vec<Option<f64>>)>>,
}

impl Results {
    /// Without records yet, for the columns `names` of `records.csv`.
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

    /// Adds a record, given its row of `records.csv`. A record of a trial outside the design is
    /// ignored.
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

    /// The value of a trial in a column.
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

    /// The result of a comparison of a plan: the difference, and the pairs that it is the mean of.
    /// An incomplete pair is left out.
    fn compare(
        &self,
        plan: &Planned,
        comparison: &Comparison,
        design: &Design,
        columns: &Columns,
    ) -> (Difference, Option<Paired>) {
        let vary = plan.contrast.vary;
        let levels = &design.factor(vary).expect("a contrast that is planned").levels;
        let [level_a, level_b] = comparison.levels.map(|level| columns.level(vary, &levels[level]));
        let (mut values, mut left_out) = (Vec::new(), comparison.alone.clone());
        for pair in &comparison.pairs {
            match pair.each_ref().map(|side| self.mean(side, &plan.column)) {
                [Some(a), Some(b)] => values.push(b - a),
                _ => left_out.extend(pair.iter().flatten()),
            }
        }
        let found = Paired::of(&values);
        let interval = found.and_then(|found| found.interval);
        let mut difference = Difference {
            vary,
            by: comparison.by.iter().cloned().map(Setting::from).collect(),
            level_a,
            level_b,
            column: plan.column.clone(),
            pairs: values.len(),
            effect: found.map(|found| found.effect),
            low: interval.map(|interval| interval.low),
            high: interval.map(|interval| interval.high),
            detectable: found.and_then(|found| found.detectable),
            paired: comparison.paired.clone(),
            averaged: comparison.averaged.clone(),
            pairs_planned: comparison.pairs.len(),
            unpaired: 0,
            missing: 0,
            diverged: 0,
            without_value: 0,
        };
        for trial in left_out {
            *match self.value(trial, &plan.column) {
                Value::Missing => &mut difference.missing,
                Value::Diverged => &mut difference.diverged,
                Value::Nothing => &mut difference.without_value,
                Value::Number(_) => &mut difference.unpaired,
            } += 1;
        }
        (difference, found)
    }

    /// The results of all comparisons of a plan.
    pub fn differences(
        &self,
        plan: &Planned,
        design: &Design,
        columns: &Columns,
    ) -> Vec<Difference> {
        let compare = |comparison| self.compare(plan, comparison, design, columns).0;
        plan.comparisons.iter().map(compare).collect()
    }

    /// The mean over some trials, if each of them has a number.
    fn mean(&self, trials: &[usize], column: &str) -> Option<f64> {
        let number = |&trial: &usize| match self.value(trial, column) {
            Value::Number(number) => Some(number),
            _ => None,
        };
        let numbers: Option<Vec<f64>> = trials.iter().map(number).collect();
        numbers.map(|numbers| numbers.iter().sum::<f64>() / trials.len() as f64)
    }
}

/// The contrasts of a study, with results that are added record by record.
pub(super) struct Asked {
    design: Design,
    plans: Vec<Planned>,
    results: Results,
}

impl Asked {
    /// `None` for a study without contrasts.
    ///
    /// # Errors
    /// If a contrast has no pairs.
    pub fn of(study: &Study, columns: &Columns) -> Result<Option<Self>, ContrastFault> {
        if study.contrasts.is_empty() {
            return Ok(None);
        }
        let design = Design::of(study);
        let plans = planned(study, &design, columns)?;
        let results = Results::new(&design, columns, plans.iter().map(|plan| &plan.column));
        Ok(Some(Self { design, plans, results }))
    }

    /// Adds a record, given its row of `records.csv`.
    pub fn add(&mut self, record: &Record, row: &[Entry]) {
        self.results.add(&self.design, record, row);
    }

    /// The answers from the records added so far.
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
        let (difference, found) = results.compare(plan, comparison, design, columns);
        let Contrast { question, expect, .. } = &plan.contrast;
        Answer {
            question: question.clone(),
            difference,
            p: found.map(|found| found.p),
            p_holm: None,
            expect: *expect,
            verdict: None,
        }
    };
    let each = plans.iter().flat_map(|plan| plan.comparisons.iter().map(move |one| (plan, one)));
    let mut answers: Vec<Answer> = each.map(|(plan, one)| answer(plan, one)).collect();
    Answer::correct(&mut answers);
    answers
}

impl Answer {
    /// Corrects the p-values for the number of these comparisons, and gives the verdicts that follow.
    pub fn correct(answers: &mut [Self]) {
        // A comparison without pairs counts as tested: without records there is no evidence.
        let p: Vec<Option<f64>> = answers.iter().map(|answer| answer.p.or(Some(1.0))).collect();
        for (answer, corrected) in answers.iter_mut().zip(holm(&p)) {
            answer.p_holm = corrected.filter(|_| answer.p.is_some());
            answer.verdict = answer.judged();
        }
    }

    /// Whether there is a difference: the interval lies on one side of 0, and the corrected p-value
    /// is below [`SIGNIFICANT`].
    pub fn is_clear(&self) -> bool {
        let Difference { pairs, low, high, .. } = self.difference;
        let apart = low.zip(high).is_some_and(|(low, high)| low > 0.0 || high < 0.0);
        pairs >= FEWEST_PAIRS && apart && self.p_holm.is_some_and(|p| p < SIGNIFICANT)
    }

    /// The interval decides. A difference must also be significant after correction for all
    /// comparisons of the study.
    fn judged(&self) -> Option<Verdict> {
        let Difference { pairs, low, high, .. } = self.difference;
        if pairs < FEWEST_PAIRS {
            return Some(Verdict::TooFewPairs);
        }
        let (low, high) = (low?, high?);
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
            ("detectable", Kind::Real),
            ("p", Kind::Real),
            ("p_holm", Kind::Real),
            ("expect", Kind::Text),
            ("verdict", Kind::Text),
            ("paired", Kind::Text),
            ("averaged", Kind::Text),
            ("by", Kind::Text),
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
        let found = &self.difference;
        vec![
            self.question.as_deref().into(),
            found.vary.into(),
            found.level_a.as_str().into(),
            found.level_b.as_str().into(),
            found.column.as_str().into(),
            found.pairs.into(),
            found.effect.into(),
            found.low.into(),
            found.high.into(),
            found.detectable.into(),
            self.p.into(),
            self.p_holm.into(),
            self.expect.map_or(Entry::Nothing, |expect| Entry::Text(expect.to_string())),
            self.verdict.map(Verdict::name).into(),
            keys(&found.paired),
            keys(&found.averaged),
            Entry::Text(found.by.iter().map(Setting::to_string).collect::<Vec<_>>().join(", ")),
            found.pairs_planned.into(),
            found.unpaired.into(),
            found.missing.into(),
            found.diverged.into(),
            found.without_value.into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Merit;

    /// A study of 16 trials, with two cells, two scopes and four seeds, and the contrast
    /// `contrast`.
    fn asked(contrast: &str) -> (Asked, Columns) {
        let text = format!(
            "[base]\nepochs = 2\nretrain_epochs = 1\npercent = 50\n[axes]\ncell = ['gru', 'lstm']\n\
             scope = ['both', 'hh']\nseed = {{ from = 0, to = 3 }}\n[[contrast]]\n{contrast}"
        );
        let study = Study::parse(&text, "x.toml".as_ref()).unwrap();
        let columns = Columns::new(&study, Merit::Accuracy);
        (Asked::of(&study, &columns).ok().unwrap().unwrap(), columns)
    }

    /// A number for each trial, `None` for one without a record.
    fn answers_of(contrast: &str, values: &[Option<f64>]) -> Vec<Answer> {
        let (mut asked, columns) = asked(contrast);
        let row = |value: &Option<f64>| value.map(|value| (false, vec![Some(value)]));
        asked.results.rows = values.iter().map(row).collect();
        asked.answers(&columns)
    }

    /// The later scope is better by 1 to 4 thousandths, and with a GRU by ten more.
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
        let found = &answer.difference;
        assert_eq!((&*found.level_a, &*found.level_b, found.pairs), ("both", "hh", 8));
        // The mean of 1, 2, 3, 4, 11, 12, 13, 14 thousandths.
        assert!((found.effect.unwrap() - 0.0075).abs() < 1e-12, "{answer:?}");
        // All eight differences have the same sign: two of 2^8 choices.
        assert_eq!((answer.p, answer.p_holm), (Some(2.0 / 256.0), Some(2.0 / 256.0)));
        assert!(found.low.unwrap() > 0.003 && found.high.unwrap() < 0.012);
        assert_eq!(answer.verdict, Some(Verdict::Holds));
        // Each side is averaged over cells, which leaves four pairs: too few to decide.
        let seeds = &answers_of("vary = 'scope'\npaired = ['seed']", &values())[0];
        assert_eq!(seeds.difference.pairs, 4);
        assert_eq!(seeds.difference.averaged, ["cell"]);
        assert!((seeds.difference.effect.unwrap() - 0.0075).abs() < 1e-12);
        assert_eq!(seeds.verdict, Some(Verdict::TooFewPairs));
    }

    #[test]
    fn levels_the_other_way_round_have_the_opposite_effect() {
        let [one, other] = ["'both', 'hh'", "'hh', 'both'"].map(|levels| {
            answers_of(&format!("vary = 'scope'\nlevels = [{levels}]"), &values()).remove(0)
        });
        let close = |a: Option<f64>, b: Option<f64>| (a.unwrap() + b.unwrap()).abs() < 1e-12;
        assert_eq!(one.p, other.p);
        let (one, other) = (one.difference, other.difference);
        assert!(close(one.effect, other.effect));
        assert!(close(one.low, other.high) && close(one.high, other.low));
        assert_eq!(one.level_a, other.level_b);
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
        for Difference {
            vary,
            pairs,
            pairs_planned,
            missing,
            diverged,
            without_value,
            unpaired,
            ..
        } in answers.iter().map(|answer| &answer.difference)
        {
            let counts = [pairs, pairs_planned, missing, diverged, without_value, unpaired];
            assert_eq!(counts, [&5, &8, &1, &1, &1, &3], "{vary}");
        }
        // With two comparisons, the smaller p-value is doubled.
        assert!(answers[0].p <= answers[1].p && answers[0].p_holm == answers[0].p.map(|p| 2.0 * p));
    }

    #[test]
    fn no_record_is_no_pair_and_no_evidence() {
        let answer = answers_of("vary = 'cell'\nexpect = 'lower'", &[None; 16]).remove(0);
        let found = &answer.difference;
        assert_eq!((found.pairs, found.missing, found.effect, answer.p_holm), (0, 16, None, None));
        assert_eq!(answer.verdict, Some(Verdict::TooFewPairs));
    }

    #[test]
    fn a_verdict_is_the_intervals_and_of_a_difference_also_the_corrected_p_values() {
        let (low, high, p) = (Some(0.01), Some(0.03), Some(0.02));
        let answers = answers_of("vary = 'scope'", &values());
        let judged = |expect, low: Option<f64>, high: Option<f64>, p_holm| {
            let mut answer = Answer { p_holm, expect, ..answers[0].clone() };
            (answer.difference.low, answer.difference.high) = (low, high);
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
        // An expectation of equal levels does not need a significant difference.
        assert_eq!(judged(Some(Equal { within: 0.03 }), low, high, Some(1.0)), Some(Holds));
    }
}
