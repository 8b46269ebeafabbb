//! Edge lists, GraphML and tables of records as users have them: each file of `cases` is read
//! correctly or rejected for the right reason. `graphs/peers.py` writes and reads graphs with
//! NetworkX, igraph and pandas.

#[path = "export/peers.rs"]
#[allow(dead_code)] // Models are compared elsewhere.
mod peers;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::rarefy;

fn cases(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(kind)
}

fn case(name: &str) -> String {
    cases("data").join(name).to_str().unwrap().to_owned()
}

/// The edges read from a file, by the names of their nodes, or the error; and the notes.
fn edges(file: &str) -> (Result<Vec<[String; 2]>, String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let outcome = rarefy(folder.path(), &["graph", "convert", file, "--out", "o.json"]);
    if outcome.code != 0 {
        return (Err(outcome.failure(1).to_owned()), outcome.stderr);
    }
    let text = std::fs::read_to_string(folder.path().join("o.json")).unwrap();
    let graph: Value = serde_json::from_str(&text).unwrap();
    let name = |node: &Value| match &graph["names"] {
        Value::Null => node.to_string(),
        names => names[node.as_u64().unwrap() as usize].as_str().unwrap().to_owned(),
    };
    let ends = |edge: &Value| [name(&edge[0]), name(&edge[1])];
    (Ok(graph["edges"].as_array().unwrap().iter().map(ends).collect()), outcome.stderr)
}

#[test]
fn edge_lists_and_graph_ml_are_read_as_what_they_are() {
    for (file, expected, note) in [
        ("r_writecsv.csv", "a-b b-c c-a", "one without a name"),
        ("names_space.csv", "New York-Paris Paris-San Jose", ""),
        ("names_space.tsv", "New York-Paris Paris-San Jose", ""),
        ("gephi_id_first.csv", "5-6 6-7", "'Id'"),
        ("pandas_index.csv", "5-6 6-7", "one without a name"),
        ("musae.csv", "0-23 0-1 1-23", ""),
        ("header_ft.csv", "0-1 1-2", ""),
        ("floatcol.csv", "0-1 1-2 2-3", ""),
        ("slashes.edges", "0-1", ""),
        ("Nodes_cap.txt", "0-1 1-2", ""),
        // The order of NetworkX 3.6's read_graphml: edges of a group come first.
        ("yed.graphml", "n2::n0-n2::n1 n0-n1 n1-n2::n0", "'n2'"),
        ("dup_edge_id.graphml", "p1-p2 p2-p3", ""),
    ] {
        let (found, notes) = edges(&case(file));
        let found: Vec<String> = found.unwrap().iter().map(|edge| edge.join("-")).collect();
        assert_eq!(found.join(" "), expected, "{file}");
        assert!(notes.contains(note) && notes.is_empty() == note.is_empty(), "{file}: {notes}");
    }
    let folder = tempfile::tempdir().unwrap();
    let described = rarefy(folder.path(), &["graph", "describe", &case("Nodes_cap.txt"), "--json"]);
    assert_eq!(described.json()["nodes"], 5);
    for (file, reason) in [
        ("arrow.edges", "line 1: an arrow"),
        ("mtx.edges", "MatrixMarket"),
        ("nested.graphml", "line 3: a graph inside a node"),
        ("two.graphml", "line 3: a second <graph>"),
    ] {
        let error = edges(&case(file)).0.unwrap_err();
        assert!(error.contains(file) && error.contains(reason), "{error}");
    }
}

#[test]
fn loops_and_repeated_edges_are_left_out_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("g.txt"), "a b\nb a\nb b\nb c\na b\n").unwrap();
    let refused = rarefy(folder.path(), &["graph", "convert", "g.txt", "--out", "o.csv"]);
    assert!(refused.failure(1).contains("--simplify"), "{}", refused.stderr);
    let done =
        rarefy(folder.path(), &["graph", "convert", "g.txt", "--out", "o.csv", "--simplify"]);
    assert!(done.stderr.contains("1 edge from a node to itself, 2 edges"), "{}", done.stderr);
    let written = std::fs::read_to_string(folder.path().join("o.csv")).unwrap();
    assert_eq!(written, "source,target\na,b\nb,c\n");
}

/// Former mistakes: a picture of ten million nodes took 2 GB, and SVG and GraphML with control
/// characters in names were not well-formed.
#[test]
fn graphs_that_would_be_too_large_or_malformed_are_refused() {
    let attack = |name: &str| cases("attack").join(name).to_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| rarefy(folder.path(), arguments);
    let huge = attack("graph_draw_6GiB.json");
    for command in [&["draw", &huge, "--out", "g.svg"][..], &["describe", &huge]] {
        let outcome = run(&[&["graph"], command].concat());
        assert!(outcome.failure(1).contains("at most 1000000"), "{}", outcome.stderr);
    }
    std::fs::write(folder.path().join("n.json"), "{\"nodes\":300000,\"edges\":[]}").unwrap();
    let outcome = run(&["graph", "draw", "n.json", "--out", "g.svg"]);
    assert!(outcome.failure(1).contains("at most 50000"), "{}", outcome.stderr);
    // Searches from nodes without an edge take no time.
    let alone = run(&["graph", "describe", "n.json", "--json"]);
    assert_eq!(alone.json()["closeness_mean"], 0.0);

    let names = attack("graph_control_names.json");
    assert_eq!(run(&["graph", "draw", &names, "--out", "g.svg"]).code, 0);
    let picture = std::fs::read_to_string(folder.path().join("g.svg")).unwrap();
    roxmltree::Document::parse(&picture).unwrap();
    assert!(!picture.contains(['\0', '\u{1b}', '\u{7}', '\u{fffe}']));
    let outcome = run(&["graph", "convert", &names, "--out", "g.graphml"]);
    assert!(outcome.failure(1).contains("GraphML cannot hold the name"), "{}", outcome.stderr);
    run(&["graph", "convert", &names, "--out", "g.json", "--json"]).json();
    let [read, written] = [names, folder.path().join("g.json").to_str().unwrap().to_owned()]
        .map(|path| serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap());
    assert_eq!(read, written);
}

/// Former mistake: counting triangles took quadratic time at a hub with many neighbours.
#[test]
fn hubs_are_described_in_linear_time() {
    let folder = tempfile::tempdir().unwrap();
    let leaves = (2..60_000).map(|leaf| format!("0 {leaf}\n1 {leaf}\n"));
    std::fs::write(folder.path().join("hubs.txt"), leaves.collect::<String>()).unwrap();
    let started = std::time::Instant::now();
    let described = rarefy(folder.path(), &["graph", "describe", "hubs.txt", "--json"]).json();
    assert_eq!((&described["clustering"], &described["edges"]), (&0.0.into(), &119_996.into()));
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

fn analyze(arguments: &[&str]) -> (Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&["analyze"], arguments, &["--json"]].concat();
    let outcome = rarefy(folder.path(), &arguments);
    (outcome.json(), outcome.stderr)
}

#[test]
fn an_index_is_no_property() {
    let file = case("pandas_index_records.csv");
    let (found, notes) = analyze(&["correlate", &file, "--target", "y"]);
    let names: Vec<&Value> =
        found["rows"].as_array().unwrap().iter().map(|row| &row["property"]).collect();
    assert_eq!(names, ["x", "z"]);
    assert!(notes.contains("no name: column 1"), "{notes}");
    let predict = [
        "predict",
        &file,
        "--target",
        "y",
        "--regressors",
        "least_squares",
        "--repeats",
        "1",
        "-q",
    ];
    let (found, notes) = analyze(&predict);
    assert_eq!(found["features"], serde_json::json!(["x", "z"]));
    assert!(notes.contains("no name: column 1"), "{notes}");
    let notes = analyze(&["describe", &file, "--columns", "x"]).1;
    assert!(notes.contains("no name: column 1"), "{notes}");
}

#[test]
fn properties_that_are_undefined_are_left_out_and_counted() {
    let file = case("gnp_records.csv");
    let (found, notes) = analyze(&["correlate", &file, "--target", "test_acc"]);
    assert_eq!(
        (found["rows"].as_array().unwrap().len(), &found["rows"][0]["rows"]),
        (18, &20.into())
    );
    let left_out: Vec<&str> = notes.lines().filter(|line| line.contains("left out")).collect();
    assert_eq!(left_out.len(), 1, "{notes}");
    assert!(
        left_out[0].contains("5 columns without a value in most of 20 rows (diameter,"),
        "{notes}"
    );
    // Columns that were asked for are kept, and rows with gaps are dropped.
    let asked = ["correlate", &file, "--target", "test_acc", "--features", "diameter,density"];
    let (found, notes) = analyze(&asked);
    assert_eq!(
        (&found["rows"][1]["property"], &found["rows"][1]["rows"]),
        (&"density".into(), &3.into())
    );
    assert!(notes.contains("17 of 20 rows without a value in diameter"), "{notes}");
    let (found, notes) = analyze(&["describe", &file, "--columns", "diameter"]);
    assert_eq!(found["rows"][0]["count"], 3);
    assert!(notes.contains("no value in 17 of 20 rows"), "{notes}");
    let predict =
        ["predict", &file, "--target", "test_acc", "--repeats", "1", "--folds", "3", "-q"];
    assert_eq!(analyze(&predict).0["features"].as_array().unwrap().len(), 18);
}

#[test]
fn rows_are_merged_only_if_nothing_but_the_seed_differs() {
    let file = case("lr_graph_records.csv");
    let correlate = ["correlate", &file, "--target", "test_acc", "--features", "learning_rate"];
    let (found, notes) = analyze(&correlate);
    let row = &found["rows"][0];
    assert_eq!(format!("{:.2}", row["pearson"].as_f64().unwrap()), "0.79");
    assert_eq!((&row["rows"], notes.contains("averaged into")), (&30.into(), false));
    // A setting that is not a feature also distinguishes rows.
    let structure = ["correlate", &file, "--target", "test_acc", "--features", "density"];
    assert_eq!(analyze(&structure).0["rows"][0]["rows"], 30);
    // Seeds are merged although their results differ; a result distinguishes rows only if asked
    // for.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.csv");
    let mut table = ",graph,graph_nr,seed,learning_rate,a,last_test_acc,epochs,y\n".to_owned();
    for row in 0..40 {
        let (graph, rate, seed) = (row / 8, row / 4 % 2, row % 4);
        table += &format!(
            "{row},ws,{graph},{seed},0.{rate},{},{},{},{}\n",
            graph * 7 % 5,
            row % 3,
            row % 2,
            row * 13 % 11
        );
    }
    std::fs::write(&path, table).unwrap();
    let path = path.to_str().unwrap();
    for (features, more, rows) in
        [("a", "", 10), ("a,epochs", "", 20), ("a", "epochs", 20), ("a,seed", "", 40)]
    {
        let mut arguments = vec!["correlate", path, "--target", "y", "--features", features];
        if !more.is_empty() {
            arguments.extend(["--given", more]);
        }
        assert_eq!(analyze(&arguments).0["rows"][0]["rows"], rows, "{features} {more}");
    }
}

/// Runs `peers.py` on the graphs in `folder`; returns the content of each file.
fn peers_do(python: &Path, way: &str, folder: &Path) -> BTreeMap<String, Option<Vec<[String; 2]>>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graphs/peers.py");
    let output = Command::new(python).arg(script).arg(way).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn unordered(edges: &[[String; 2]]) -> BTreeSet<[String; 2]> {
    let sorted = |edge: &[String; 2]| {
        let mut edge = edge.clone();
        edge.sort();
        edge
    };
    edges.iter().map(sorted).collect()
}

#[test]
fn networkx_igraph_and_pandas_mean_the_same_graph() {
    let Some(python) = peers::python(&["networkx", "igraph", "pandas"]) else {
        return support::skip("a Python with NetworkX, igraph and pandas (just export-peers)");
    };
    let theirs = tempfile::tempdir().unwrap();
    let ours = tempfile::tempdir().unwrap();
    let (mut same, mut refused) = (0, 0);
    let mut expected = BTreeMap::new();
    for (name, held) in peers_do(&python, "write", theirs.path()) {
        let path = theirs.path().join(&name);
        let path = path.to_str().unwrap();
        match (edges(path), held) {
            ((Ok(found), _), Some(held)) => {
                assert_eq!(unordered(&found), unordered(&held), "{name}");
                same += 1;
            }
            ((Err(_), _), None) => refused += 1,
            ((found, _), held) => panic!("{name}: {found:?} instead of {held:?}"),
        }
        // Written in every format that can hold the graph.
        let Some(stem) = name.strip_suffix(".graphml").filter(|stem| !stem.contains('.')) else {
            continue;
        };
        for kind in ["edges", "csv", "tsv", "graphml"] {
            let out = format!("{stem}.{kind}");
            let convert = ["graph", "convert", path, "--out", &out];
            let outcome = rarefy(ours.path(), &convert);
            match outcome.code {
                0 => drop(expected.insert(out, unordered(&edges(path).0.unwrap()))),
                _ => assert!(outcome.failure(1).contains("cannot hold"), "{}", outcome.stderr),
            }
        }
    }
    let families = [
        "barabasi-albert --nodes 30 --m 3",
        "watts-strogatz --nodes 20 --k 4 --p 0.5",
        "gnp --nodes 15 --p 0.1",
        "star --nodes 9",
    ];
    for (at, family) in families.iter().enumerate() {
        for kind in ["edges", "csv", "tsv", "graphml"] {
            let out = format!("family{at}.{kind}");
            let words = format!("graph generate --out {out} --seed 3 --family {family}");
            assert_eq!(rarefy(ours.path(), &words.split(' ').collect::<Vec<_>>()).code, 0);
            let path = ours.path().join(&out);
            expected.insert(out, unordered(&edges(path.to_str().unwrap()).0.unwrap()));
        }
    }
    let read = peers_do(&python, "read", ours.path());
    assert_eq!(read.len(), expected.len());
    for (name, found) in read {
        assert_eq!(unordered(&found.unwrap()), expected[&name], "{name}");
    }
    // At the time of writing there were 209 files of theirs and 57 of ours.
    assert!(
        same >= 130 && refused >= 70 && expected.len() >= 50,
        "{same} {refused} {}",
        expected.len()
    );
}
