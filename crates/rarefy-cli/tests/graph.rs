//! Graphs, and networks wired as them, through the built command.

mod support;

use std::path::Path;

use support::rarefy;

fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let rows = ["BTE,1", "BPE,0", "BTTE,1", "BPPE,0", "BTPTE,1", "BPTPE,0"];
    let csv = format!("string,valid\n{}\n", rows.join("\n"));
    std::fs::write(folder.path().join("strings.csv"), csv).unwrap();
    folder
}

/// Runs `rarefy` with the words of `command`.
fn run(folder: &Path, command: &str) -> support::Outcome {
    rarefy(folder, &command.split_whitespace().collect::<Vec<_>>())
}

#[test]
fn a_graph_is_made_described_drawn_and_rewired() {
    let folder = workplace();
    let run = |command: &str| run(folder.path(), command);
    let made = run(
        "graph generate --family barabasi-albert --nodes 30 --m 3 --seed 4 --out g.json --json",
    );
    assert_eq!((&made.json()["nodes"], &made.json()["edges"]), (&30.into(), &81.into()));
    let described = run("graph describe g.json --json").json();
    for name in ["layers", "source_nodes", "sink_nodes", "diameter", "edge_betweenness_std"] {
        assert!(described[name].as_f64().unwrap() > 0.0, "{name}: {described}");
    }
    assert_eq!(described["density"].as_f64().unwrap(), 81.0 / 870.0);
    let table = run("graph describe g.json --orientation degree").stdout;
    assert!(table.lines().count() > 25 && table.contains("closeness_mean"), "{table}");

    run("graph draw g.json --out g.svg");
    let picture = std::fs::read_to_string(folder.path().join("g.svg")).unwrap();
    let picture = roxmltree::Document::parse(&picture).unwrap();
    let count = |name| {
        picture
            .descendants()
            .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name)))
            .count()
    };
    assert_eq!(count("circle"), 60);
    assert_eq!(count("line") + count("path"), 162);

    assert_eq!(run("graph rewire g.json --out r.graphml --json").json()["edges"], 81);
    let rewired = run("graph describe r.graphml --json").json();
    assert_eq!(rewired["degree_var"], described["degree_var"]);
    assert_ne!(rewired["clustering"], described["clustering"]);
}

#[test]
fn a_network_wired_as_a_graph_is_trained_pruned_and_recovered_by_the_ordinary_commands() {
    let folder = workplace();
    let run = |command: &str| run(folder.path(), command);
    run("graph generate --family watts-strogatz --nodes 12 --k 4 --p 1 --out g.json");
    let data = "--train strings.csv --test strings.csv";
    for (cell, mask) in [
        ("gru", "tiled"),
        ("lstm", "interleaved"),
        ("rnn_tanh", "tiled --readout-from sinks"),
        ("gru", "tiled --skip inputs --embedding 7"),
    ] {
        let trained = run(&format!(
            "train {data} --cell {cell} --graph g.json --gate-mask {mask} --epochs 2 --out m.safetensors --json"
        ));
        let accuracy = trained.json()["test_accuracy"].as_f64().unwrap();
        let test = "--test strings.csv --json";
        let evaluated = run(&format!("eval m.safetensors {test}")).json();
        assert_eq!(evaluated["accuracy"].as_f64().unwrap(), accuracy, "{cell}");
        let pruned =
            run("prune m.safetensors --percent 50 --scope both --out p.safetensors --json");
        let sparsity = pruned.json()["sparsity"].as_f64().unwrap();
        // The graph had already masked some weights.
        assert!(sparsity > 0.55, "{cell}: {sparsity}");
        run(&format!("recover p.safetensors {data} --epochs 1 --judge test --json")).json();
    }
}

#[test]
fn graphs_that_cannot_be_are_refused_in_one_line() {
    let folder = workplace();
    let run = |command: &str| run(folder.path(), command);
    let generate = "graph generate --out g.json --family";
    for (options, expected) in
        [("barabasi-albert --nodes 5", "needs --m"), ("star --nodes 5 --k 2", "takes no --k")]
    {
        let outcome = run(&format!("{generate} {options}"));
        assert!(outcome.failure(2).contains(expected), "{options}: {}", outcome.stderr);
    }
    let train = "train --train strings.csv --test strings.csv --cell gru --out m.safetensors";
    let outcome = run(&format!("{train} --orientation degree"));
    outcome.failure(2);
    assert!(outcome.stderr.contains("--graph"), "{}", outcome.stderr);
    for (options, expected) in [
        ("barabasi-albert --nodes 5 --m 5", "expected 1 to 4"),
        ("watts-strogatz --nodes 9 --k 3 --p 1", "k is 3"),
        ("watts-strogatz --nodes 9 --k 4 --p 1.5", "from 0 to 1"),
        ("watts-strogatz --nodes 9 --k 12 --p 1", "2 to 8"),
        ("star --nodes 1", "at least 2"),
        ("complete --nodes 9999999", "edges: at most"),
    ] {
        let outcome = run(&format!("{generate} {options}"));
        assert!(outcome.failure(1).contains(expected), "{options}: {}", outcome.stderr);
        assert!(!folder.path().join("g.json").exists());
    }
    for (name, content, expected) in [
        ("loop.json", "{\"nodes\":3,\"edges\":[[1,1]]}", "self-loops"),
        ("twice.csv", "a,b\nb,a\n", "edge (b, a)"),
        ("one.json", "{\"nodes\":1,\"edges\":[]}", "at least 2"),
        ("g.gml", "", "unknown kind of graph file"),
        ("none.json", "{}", "missing field"),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
        let outcome = run(&format!("graph describe {name}"));
        assert!(outcome.failure(1).contains(expected), "{name}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(name), "{}", outcome.stderr);
    }
    std::fs::write(folder.path().join("circle.csv"), "0 1\n1 2\n2 0\n").unwrap();
    let outcome = run("graph describe circle.csv --orientation given");
    assert!(outcome.failure(1).contains("0 -> 1 -> 2 -> 0"), "{}", outcome.stderr);
    // A million lines: measured without the properties that would take hours.
    let million: String = (0..1_000_000_u64)
        .map(|edge| format!("{} {}\n", edge / 5, (edge / 5 + 1 + edge % 5 * 7) % 200_007))
        .collect();
    std::fs::write(folder.path().join("million.txt"), million).unwrap();
    let outcome = run("graph describe million.txt --json");
    assert_eq!(outcome.json()["edges"], 1_000_000);
    assert!(outcome.json()["diameter"].is_null() && outcome.json()["clustering"].is_number());
    assert!(outcome.stderr.contains("--all"), "{}", outcome.stderr);
    // Names are mapped to numbers, and the mapping is saved.
    std::fs::write(folder.path().join("names.csv"), "ben,anna\nanna,carl\n").unwrap();
    run("graph convert names.csv --out names.json --json").json();
    let converted = std::fs::read_to_string(folder.path().join("names.json")).unwrap();
    assert_eq!(
        converted.trim(),
        r#"{"nodes":3,"edges":[[0,1],[1,2]],"names":["ben","anna","carl"]}"#
    );
    // A graph in two parts: properties that need a connected graph are left out, and a note says
    // so.
    std::fs::write(folder.path().join("parts.csv"), "0 1\n2 3\n").unwrap();
    let outcome = run("graph describe parts.csv --json");
    assert!(outcome.json()["diameter"].is_null());
    assert!(outcome.stderr.contains("2 components"), "{}", outcome.stderr);
}

#[test]
fn a_published_graph_network_is_read_with_its_graph_beside_it() {
    let Some(thesis) = support::thesis_dir() else { return };
    let folder = tempfile::tempdir().unwrap();
    let graphs = std::fs::read_to_string(thesis.join("graphs_even.json")).unwrap();
    let graphs: serde_json::Value = serde_json::from_str(&graphs).unwrap();
    for name in ["RNN_TANH/watts_strogatz_4", "RNN_TANH/watts_strogatz_2"] {
        let path = folder.path().join(name.rsplit('/').next().unwrap()).with_extension("json");
        std::fs::write(path, graphs[name].to_string()).unwrap();
    }
    let model = thesis.join("weights/graph/RNN_TANH/watts_strogatz_4.pt");
    let test = thesis.join("dataset/test_data.csv");
    let eval =
        format!("eval {} --test {} --batch 128 --cell rnn_tanh", model.display(), test.display());
    let found = run(folder.path(), &format!("{eval} --graph watts_strogatz_4.json --json")).json();
    // oracle_graph_eval.csv has 0.884: 5525 of 6250.
    assert!(found["correct"].as_u64().unwrap().abs_diff(5525) <= 2, "{found}");

    let without = run(folder.path(), &eval);
    assert!(without.failure(1).contains("give the graph with --graph"), "{}", without.stderr);
    let other = run(folder.path(), &format!("{eval} --graph watts_strogatz_2.json"));
    assert!(other.failure(1).contains("[4, 7, 5, 5, 7, 4, 4, 3, 2]"), "{}", other.stderr);
}

#[test]
fn the_units_of_a_model_are_a_graph_that_is_described_with_its_signs() {
    let folder = workplace();
    let run = |command: &str| run(folder.path(), command);
    let train = "train --train strings.csv --test strings.csv --epochs 1 -q --out";
    run(&format!("{train} rnn.safetensors --cell rnn_tanh --layers 12"));
    run("prune rnn.safetensors --percent 60 --scope hh --out pruned.safetensors");
    let made = run("graph from-model pruned.safetensors --out g.csv --json").json();
    let edges = made["edges"].as_u64().unwrap() + made["self_loops"].as_u64().unwrap();
    assert_eq!((made["nodes"].as_u64(), edges), (Some(12), 144 - 86));
    let rows = std::fs::read_to_string(folder.path().join("g.csv")).unwrap();
    assert!(rows.starts_with("Source,Target,Weight\n0,"), "{rows}");

    let describe = "graph describe g.csv --directed --nulls 20";
    let found = run(&format!("{describe} --json")).json();
    for name in ["transitive_triples", "balanced", "triads", "motifs", "feed_forward_loops"] {
        assert!(!found[name].is_null(), "{name}: {found}");
    }
    for name in [
        "balanced_share",
        "balance_by_type",
        "null_share",
        "null_sd",
        "spectral_radius",
        "modularity",
    ] {
        assert!(found[name].as_f64().is_some_and(|value| value >= 0.0), "{name}: {found}");
    }
    assert_eq!(found["null_share"], found["nulls"]["signs"]["balanced_share"]["mean"]);
    let share = found["balanced"].as_f64().unwrap() / found["transitive_triples"].as_f64().unwrap();
    assert_eq!(found["balanced_share"].as_f64(), Some(share));
    assert!(found["nulls"]["rewired"]["reciprocity"]["sd"].is_number());
    assert_eq!(run(&format!("{describe} --json --jobs 1")).json(), found);
    assert_ne!(run(&format!("{describe} --json --seed 1")).json(), found);
    let table = run(describe).stdout;
    assert!(table.contains("signs permuted") && table.contains("120D"), "{table}");

    // Several layers and gates.
    run(&format!("{train} gru.safetensors --cell gru --layers 6,4"));
    let all = run("graph from-model gru.safetensors --part both --out all.csv --json");
    // Two layers, and an embedding as wide as the first.
    assert_eq!(all.json()["nodes"], 6 + 6 + 4);
    assert!(all.stderr.contains("gate new of the gru"), "{}", all.stderr);
    let rows = std::fs::read_to_string(folder.path().join("all.csv")).unwrap();
    assert!(rows.contains("\nx3,l0.h5,") && rows.contains("\nl0.h5,l1.h3,"), "{rows}");
    let gate = |gate: &str| {
        let command =
            format!("graph from-model gru.safetensors --layer 1 --gate {gate} --out l.csv");
        let outcome = run(&command);
        assert!(outcome.stderr.contains("every pair of units"), "{}", outcome.stderr);
        std::fs::read_to_string(folder.path().join("l.csv")).unwrap()
    };
    assert_ne!(gate("reset"), gate("update"));
    let dense = run("graph describe l.csv --directed --json");
    assert!(dense.json()["nulls"]["rewired"].is_null(), "{}", dense.stdout);
    assert!(dense.stderr.contains("not compared with rewired"), "{}", dense.stderr);

    std::fs::write(folder.path().join("j.json"), "{\"nodes\":2,\"edges\":[[0,1]]}").unwrap();
    for (command, code, expected) in [
        ("graph from-model gru.safetensors --layer 2 --out x.csv", 2, "expected 0 to 1"),
        ("graph from-model gru.safetensors --gate rest --out x.csv", 2, "did you mean reset?"),
        ("graph from-model gru.safetensors --out x.json", 2, ".csv or .tsv"),
        ("graph describe j.json --directed", 1, "edge lists"),
        ("graph describe g.csv --directed --orientation random", 2, "cannot be used with"),
        ("graph describe g.csv --nulls 5", 2, "--directed"),
    ] {
        let outcome = run(command);
        assert_eq!(outcome.code, code, "{command}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(expected), "{command}: {}", outcome.stderr);
        assert!(!folder.path().join("x.csv").exists());
    }
}

#[test]
fn a_network_wired_as_a_graph_gives_the_graph_back() {
    let folder = workplace();
    let run = |command: &str| run(folder.path(), command);
    run("graph generate --family watts-strogatz --nodes 14 --k 4 --p 0.5 --out g.json");
    let train =
        "train --train strings.csv --test strings.csv --cell gru --graph g.json --epochs 1 -q";
    let degrees = |directed: &serde_json::Value| directed["edges"].as_u64().unwrap();
    for skip in ["blocks", "inputs"] {
        run(&format!("{train} --skip {skip} --embedding 3 --out {skip}.safetensors"));
        run(&format!("graph from-model {skip}.safetensors --part ih --out {skip}.csv"));
        let rows = std::fs::read_to_string(folder.path().join(format!("{skip}.csv"))).unwrap();
        // What the input feeds is no edge of the graph.
        let kept = rows.lines().filter(|row| !row.starts_with('x'));
        let kept = kept.map(|row| format!("{row}\n")).collect::<String>();
        std::fs::write(folder.path().join(format!("{skip}.csv")), kept).unwrap();
        let found = run(&format!("graph describe {skip}.csv --directed --nulls 0 --json")).json();
        let undirected = run("graph describe g.json --json").json();
        assert_eq!(degrees(&found), 28, "{skip}");
        let [found, expected] =
            [&found, &undirected].map(|all| all["clustering"].as_f64().unwrap());
        assert!((found - expected).abs() < 1e-12, "{skip}");
    }
    let both = run("graph from-model blocks.safetensors --part both --out both.csv");
    assert!(both.failure(2).contains("states each"), "{}", both.stderr);
    run("graph from-model blocks.safetensors --out states.csv");
    let rows = std::fs::read_to_string(folder.path().join("states.csv")).unwrap();
    assert!(rows.contains(".b0.h"), "{rows}");
}

#[test]
fn the_models_of_zhang_2023_have_the_balance_that_was_counted() {
    let Some(zhang) = support::zhang_dir() else { return };
    let folder = tempfile::tempdir().unwrap();
    let expected = std::fs::read_to_string(zhang.join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    for name in ["mnist_narang", "mnist_set", "gesture_gradual", "gesture_set"] {
        let model = zhang.join(format!("weights/{name}.safetensors"));
        let model = model.display();
        let command = format!("graph from-model {model} --cell rnn_tanh --out g.csv --json");
        let made = run(folder.path(), &command).json();
        let row = &expected["balance"][name]["200"];
        assert_eq!(made["edges"], row["edges"], "{name}");
        let found = run(folder.path(), "graph describe g.csv --directed --json").json();
        assert_eq!(found["transitive_triples"], row["transitive_triples"], "{name}");
        assert_eq!(found["balanced"], row["balanced"], "{name}");
        assert_eq!(found["balanced_share"], row["share"], "{name}");
        assert_eq!(found["balance_by_type"], expected["balance_by_type"][name]["200"], "{name}");
        let [share, sd] = ["null_share", "null_sd"].map(|name| found[name].as_f64().unwrap());
        // Signs are not exactly half and half.
        assert!((share - 0.5).abs() < 0.02 && sd < 0.05, "{name}: {share}, {sd}");
    }
}
