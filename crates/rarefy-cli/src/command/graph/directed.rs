//! `rarefy graph describe --directed`: a graph with directions and weights, compared with chance.

use rarefy::format::open_digraph;
use rarefy::graph::{
    Balance, Digraph, DirectedProperties, Null, NullModel, Spread, TRANSITIVE, TRIADS, TriadCensus,
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::describe::{DescribeArguments, MOST_SEARCHED, shown, table};
use crate::output::{note, print_json, print_text, significant};
use crate::progress::Progress;
use crate::table::{Table, numbers, words};

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    properties: DirectedProperties,
    /// Mean and standard deviation of `balanced_share` if the signs are permuted.
    null_share: Option<f64>,
    null_sd: Option<f64>,
    /// The number of triads of each type.
    triads: TriadCensus,
    /// Triads with transitive triples by type.
    motifs: Balance,
    /// Feed-forward loops by the signs of their three edges.
    feed_forward_loops: Map<String, Value>,
    /// By null model and property, the mean and the standard deviation.
    nulls: Map<String, Value>,
}

/// Runs `rarefy graph describe --directed`.
pub fn run(arguments: &DescribeArguments) -> anyhow::Result<()> {
    let path = &arguments.graph;
    let (graph, remarks) = open_digraph(path)?;
    remarks.iter().for_each(|remark| note(&format!("{}: {remark}", path.display())));
    let jobs = arguments.jobs.threads();
    let is_small = DirectedProperties::search_steps(&graph) <= MOST_SEARCHED;
    let properties = match is_small || arguments.all {
        true => DirectedProperties::new(&graph, arguments.seed, jobs),
        false => {
            note(
                "spectral radii and small_world are not measured, because the graph is large; add \
                 --all to measure them",
            );
            DirectedProperties::without_searches(&graph)
        }
    };
    if graph.is_complete() {
        note("every pair of nodes is connected, so only signs and weights can be compared");
    }
    let nulls = nulls(&graph, arguments, jobs);
    let balance = Balance::new(&graph);
    let census = TriadCensus::new(&graph);
    if !arguments.json {
        let all = [
            table(DirectedProperties::NAMES, &properties.values()),
            compared(&properties, &nulls, arguments.nulls),
            motifs(&balance),
            triads(&census),
        ];
        return print_text(&all.concat());
    }
    let signs = nulls.iter().find(|null| null.model == NullModel::Signs);
    let share = signs.and_then(|null| null.spread("balanced_share"));
    let loops = balance.feed_forward_loops();
    print_json(&Report {
        properties,
        null_share: share.map(|share| share.mean),
        null_sd: share.and_then(|share| share.sd),
        triads: census,
        motifs: balance,
        feed_forward_loops: loops.into_iter().map(|(signs, count)| (signs, count.into())).collect(),
        nulls: nulls.iter().map(|null| (null.model.to_string(), spreads(null))).collect(),
    })
}

/// What can be drawn from each null model.
fn nulls(graph: &Digraph, arguments: &DescribeArguments, jobs: usize) -> Vec<Null> {
    let draws = arguments.nulls;
    let models: &[NullModel] = if draws > 0 { &NullModel::ALL } else { &[] };
    let all = models.len() as u64 * u64::from(draws);
    let progress = Progress::new("random graph", all, all, arguments.json);
    let mut nulls = Vec::new();
    for &model in models {
        let drawn = || progress.advance(1, 1);
        match Null::new(graph, model, draws as usize, arguments.seed, jobs, drawn) {
            Ok(null) => nulls.push(null),
            Err(_) => note(
                "the graph is not compared with rewired ones: almost no two edges can be swapped",
            ),
        }
    }
    nulls
}

/// The spreads of a null model by name.
fn spreads(null: &Null) -> Value {
    let named = Null::NAMES.iter().zip(&null.spreads);
    let value = |spread: &Option<Spread>| serde_json::to_value(spread).expect("two numbers");
    named.map(|(name, spread)| ((*name).to_owned(), value(spread))).collect::<Map<_, _>>().into()
}

/// The graph beside those of the null models.
fn compared(properties: &DirectedProperties, nulls: &[Null], draws: u32) -> String {
    if nulls.is_empty() {
        return String::new();
    }
    let headings = nulls.iter().flat_map(|null| {
        let model = match null.model {
            NullModel::Signs => "signs permuted",
            NullModel::Weights => "weights permuted",
            NullModel::Rewired => "rewired",
        };
        [numbers(model), numbers("sd").tied()]
    });
    let mut table = Table::new(1, [words(""), numbers("graph")].into_iter().chain(headings));
    for name in Null::NAMES {
        let at = DirectedProperties::NAMES.iter().position(|known| known == name);
        let own = properties.values()[at.expect("a property of the graph")];
        let beside = nulls.iter().flat_map(|null| match null.spread(name) {
            Some(Spread { mean, sd: Some(sd) }) => [mean, sd].map(|value| shown(Some(value))),
            Some(Spread { mean, sd: None }) => [shown(Some(mean)), String::new()],
            None => ["not defined".to_owned(), String::new()],
        });
        table.row([(*name).to_owned(), shown(own)].into_iter().chain(beside));
    }
    let graphs = if draws == 1 { "one random graph" } else { "random graphs" };
    format!(
        "\nCompared with {graphs} ({draws} of each kind, mean and standard deviation)\n{}",
        table.text()
    )
}

/// Which triads have balanced triples.
fn motifs(balance: &Balance) -> String {
    let mut table =
        Table::new(1, [words("triad"), numbers("triples"), numbers("balanced"), numbers("share")]);
    for (name, motif) in TRANSITIVE.iter().zip(balance.motifs()) {
        let share = motif.share().map_or_else(String::new, significant);
        let counts = [motif.triples, motif.balanced].map(|count| count.to_string());
        table.row([(*name).to_owned()].into_iter().chain(counts).chain([share]));
    }
    format!("\nTransitive triples by type of triad\n{}", table.text())
}

fn triads(census: &TriadCensus) -> String {
    let mut table = Table::new(1, [words("triad"), numbers("count")]);
    for (name, count) in TRIADS.iter().zip(census.0) {
        table.row([(*name).to_owned(), count.to_string()]);
    }
    format!("\nTriad census\n{}", table.text())
}
