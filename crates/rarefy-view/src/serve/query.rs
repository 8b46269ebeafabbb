//! The address of a page of trials: which trials, their order, the page, and which curves are
//! drawn.

use std::cmp::Ordering;
use std::sync::Arc;

use rarefy::cell::Cell;
use rarefy::study::{Known, State, shown};
use serde_json::Value;

use super::address::encoded;
use super::shelf::View;

/// Trials per page.
pub const PAGE: usize = 100;
/// Most curves: more could not be told apart.
const MOST_PICKS: usize = 100;

/// Everything that the address of a page of trials can specify.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Words that must all occur in a trial's name, settings or state.
    pub text: String,
    pub state: Option<State>,
    pub cell: Option<Cell>,
    /// Column to sort by, and whether the largest comes first.
    pub sort: Option<(String, bool)>,
    /// Page number, from 1.
    pub page: usize,
    /// Hashes of the trials whose curves are drawn; if empty, the curves are means over the trials.
    pub picks: Vec<u64>,
}

/// Columns of every table of trials; the other columns are settings that vary.
pub const TRIAL: &str = "trial";
pub const STATE: &str = "state";
pub const MERIT: &str = "merit";
pub const EPOCH: &str = "epoch";

impl Query {
    /// Reads the pairs of an address; unknown ones are ignored.
    pub fn parse(pairs: &[(String, String)]) -> Self {
        let mut query = Self { page: 1, ..Self::default() };
        for (key, value) in pairs {
            match key.as_str() {
                "q" => query.text = value.trim().to_owned(),
                "state" => query.state = State::ALL.into_iter().find(|state| state.name() == value),
                "cell" => query.cell = Cell::ALL.into_iter().find(|cell| cell.name() == value),
                "sort" if !value.is_empty() => {
                    let down = value.strip_prefix('-');
                    query.sort = Some((down.unwrap_or(value).to_owned(), down.is_some()));
                }
                "page" => query.page = value.parse().unwrap_or(1).max(1),
                "pick" if query.picks.len() < MOST_PICKS => {
                    let hash = u64::from_str_radix(value, 16).ok();
                    query.picks.extend(hash.filter(|hash| !query.picks.contains(hash)));
                }
                _ => {}
            }
        }
        query
    }

    /// The same as the end of an address: empty, or `?` followed by the parameters.
    pub fn address(&self) -> String {
        let mut pairs = Vec::new();
        if !self.text.is_empty() {
            pairs.push(format!("q={}", encoded(&self.text)));
        }
        pairs.extend(self.state.map(|state| format!("state={}", state.name())));
        pairs.extend(self.cell.map(|cell| format!("cell={}", cell.name())));
        pairs.extend(self.sort().map(|sort| format!("sort={}", encoded(&sort))));
        if self.page > 1 {
            pairs.push(format!("page={}", self.page));
        }
        pairs.extend(self.picks.iter().map(|hash| format!("pick={hash:016x}")));
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    /// The order in the notation of an address.
    pub fn sort(&self) -> Option<String> {
        let (key, down) = self.sort.as_ref()?;
        Some(format!("{}{key}", if *down { "-" } else { "" }))
    }

    /// The selected trials of `view`, of all pages, in order.
    pub fn trials<'v>(&self, view: &'v View) -> Vec<&'v Arc<Known>> {
        let words: Vec<String> =
            self.text.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let wanted = |known: &&Arc<Known>| {
            self.state.is_none_or(|state| known.state == state)
                && self.cell.is_none_or(|cell| known.trial.cell == cell)
                && (words.is_empty() || has_all(known, &view.varied, &words))
        };
        let mut trials: Vec<&Arc<Known>> = view.known.iter().filter(wanted).collect();
        // Without an explicit order, running trials come first: they are what people look for.
        if self.sort.is_none() {
            trials.sort_by_key(|known| known.state != State::Running);
        }
        if let Some((key, down)) = &self.sort {
            let key_of = |known: &&Arc<Known>| Place::of(known, key, &view.varied);
            let mut keyed: Vec<(Place, &Arc<Known>)> =
                trials.iter().map(|known| (key_of(known), *known)).collect();
            keyed.sort_by(|(a, _), (b, _)| a.order(b, *down));
            trials = keyed.into_iter().map(|(_, known)| known).collect();
        }
        trials
    }
}

/// Whether a trial contains all of these lower-case words. A word such as `percent=10` must equal a
/// whole setting, because a percent of 100 may occur as well. Other words may occur anywhere in the
/// name, state or settings.
fn has_all(known: &Known, varied: &[&str], words: &[String]) -> bool {
    let setting = |key: &&str| format!("{key}={}", shown(&known.trial.value(key))).to_lowercase();
    let settings: Vec<String> = varied.iter().map(setting).collect();
    let text = format!("{} {}", known.name(), known.state.name()).to_lowercase();
    words.iter().all(|word| match word.contains('=') {
        // Values of several numbers contain spaces; words never do.
        true => settings.iter().any(|setting| setting.replace(' ', "") == **word),
        false => text.contains(word) || settings.iter().any(|setting| setting.contains(word)),
    })
}

/// A value to sort trials by.
enum Place {
    Number(f64),
    Text(String),
    /// Sorts last in either direction.
    Nowhere,
}

impl Place {
    fn of(known: &Known, key: &str, varied: &[&str]) -> Self {
        let number = |number: Option<f64>| number.map_or(Self::Nowhere, Self::Number);
        match key {
            TRIAL => Self::Text(known.trial.label()),
            STATE => Self::Number(f64::from(known.state as u8)),
            MERIT => number(known.merit),
            EPOCH => number(known.epoch.map(f64::from)),
            key if varied.contains(&key) => match known.trial.value(key) {
                Value::Null => Self::Nowhere,
                Value::Number(value) => number(value.as_f64()),
                other => Self::Text(shown(&other)),
            },
            _ => Self::Nowhere,
        }
    }

    fn order(&self, other: &Self, down: bool) -> Ordering {
        let turned = |order: Ordering| if down { order.reverse() } else { order };
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => turned(a.total_cmp(b)),
            (Self::Text(a), Self::Text(b)) => turned(a.cmp(b)),
            (Self::Nowhere, Self::Nowhere) => Ordering::Equal,
            (Self::Nowhere, _) => Ordering::Greater,
            (_, Self::Nowhere) => Ordering::Less,
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_was_asked() {
        let pairs = [
            ("q", " a b&c "),
            ("state", "done"),
            ("cell", "gru"),
            ("sort", "-merit"),
            ("page", "3"),
            ("pick", "00000000000000ff"),
            ("pick", "ff"),
            ("pick", "x"),
            ("other", "1"),
        ];
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let query = Query::parse(&pairs);
        assert_eq!(query.picks, [255]);
        assert_eq!(
            query.address(),
            "?q=a%20b%26c&state=done&cell=gru&sort=-merit&page=3&pick=00000000000000ff"
        );
        assert_eq!(Query::parse(&[]).address(), "");
    }
}
