//! Statistics of records, through the built command.

mod support;

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;
use support::rarefy;

/// Runs `rarefy` with the words of `command`.
fn run(folder: &Path, command: &str) -> support::Outcome {
    rarefy(folder, &command.split_whitespace().collect::<Vec<_>>())
}

/// A table with two kinds of rows, in which `y` is nearly `a` minus half of `b`.
fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut table = "cell,a,b,same,y\n".to_owned();
    for row in 0_u32..60 {
        let (a, b) = (row * 7 % 13, row * 5 % 11);
        let (cell, noise) = (["gru", "lstm"][row as usize % 2], f64::from(row * 3 % 7) / 10.0);
        let y = f64::from(a) - 0.5 * f64::from(b) + noise;
        writeln!(table, "{cell},{a},{b},4,{y}").unwrap();
    }
    std::fs::write(folder.path().join("r.csv"), table).unwrap();
    folder
}

fn row<'a>(result: &'a Value, key: &str, name: &str) -> &'a Value {
    let rows = result["rows"].as_array().unwrap();
    rows.iter().find(|row| row[key] == name).unwrap_or_else(|| panic!("{name} in {result}"))
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} in {value}"))
}

#[test]
fn correlations_come_with_intervals_and_what_is_left_of_them() {
    let folder = workplace();
    let found = run(folder.path(), "analyze correlate r.csv --target y --given b --json");
    assert!(found.stderr.contains("same is 4 in every row"), "{}", found.stderr);
    assert!(found.stderr.contains("--where cell=gru"), "{}", found.stderr);
    let found = found.json();
    let a = row(&found, "property", "a");
    assert!(number(a, "pearson") > 0.8 && number(a, "partial") > 0.99, "{a}");
    assert!(number(a, "pearson_low") < number(a, "pearson"), "{a}");
    assert!(number(a, "spearman_high") > number(a, "spearman"), "{a}");
    assert!(number(a, "p_value") < number(a, "p_corrected"), "{a}");
    assert!(row(&found, "property", "same")["pearson"].is_null());
    assert!(row(&found, "property", "b")["partial"].is_null());
    let one = run(folder.path(), "analyze correlate r.csv --target y --where cell=gru --json");
    assert_eq!(row(&one.json(), "property", "a")["rows"].as_u64(), Some(30));
    let notes: Vec<&str> = one.stderr.lines().collect();
    assert!(notes.len() == 2 && notes[0].ends_with(": cell"), "{notes:?}");
    assert!(notes[1].starts_with("note: same is 4 in every row"), "{notes:?}");
    let table = run(folder.path(), "analyze correlate r.csv --target y --jobs 1").stdout;
    assert_eq!(table, run(folder.path(), "analyze correlate r.csv --target y --jobs 3").stdout);
    assert!(table.contains("60 rows; target y; p corrected for 3 columns"), "{table}");
}

#[test]
fn what_predicts_is_beside_what_it_must_beat() {
    let folder = workplace();
    let predict =
        "analyze predict r.csv --target y --quiet --size b --features a,b --folds 5 --repeats 2";
    let outcome = run(folder.path(), &format!("{predict} --nested --predictions p.csv --json"));
    let found = outcome.json();
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 11, "four regressors and the chosen one, on all and on size; the mean");
    let line = row(&found, "regressor", "least_squares");
    assert!(number(line, "r2") > 0.98 && number(line, "gain_low") > 0.0, "{line}");
    assert!(number(row(&found, "regressor", "mean"), "r2") < 0.0);
    assert!(number(&line["importances"], "a") > 0.0 && number(&line["importances"], "b") < 0.0);
    assert!(number(&line["permutation"], "a") > number(&line["permutation"], "b"));
    let predictions = std::fs::read_to_string(folder.path().join("p.csv")).unwrap();
    assert_eq!(predictions.lines().count(), 1 + 11 * 60);
    let table = run(folder.path(), predict).stdout;
    assert!(table.contains("5 folds, 2 repeats; 60 rows predicted; target y"), "{table}");
    assert_eq!(table, run(folder.path(), &format!("{predict} --jobs 1")).stdout);
}

/// Five seeds of one network are not five networks. A split with the same features on both sides
/// would give the target away, and the effect of chance would be underestimated fivefold.
#[test]
fn rows_of_the_same_graph_count_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = "graph,graph_nr,a,y\n".to_owned();
    for row in 0_u32..200 {
        let graph = row / 5;
        let (a, y) = (graph * 37 % 101, graph * graph * 59 % 97);
        writeln!(table, "ws,{graph},{a},{}", f64::from(y) + f64::from(row % 5) / 10.0).unwrap();
    }
    std::fs::write(folder.path().join("s.csv"), table).unwrap();
    let found = run(folder.path(), "analyze correlate s.csv --target y --features a --json");
    assert!(found.stderr.contains("200 rows are averaged into 40"), "{}", found.stderr);
    assert_eq!(found.json()["rows"][0]["rows"], 40);
    let found = run(folder.path(), "analyze predict s.csv --target y --features a --size a --json");
    assert!(number(row(&found.json(), "regressor", "random_forest"), "r2") < 0.3);
    // The same family and number, but another draw.
    let mut table = "graph,graph_nr,density,y\n".to_owned();
    for row in 0..200 {
        let density = if row % 5 < 2 { 0.1 } else { 0.2 };
        writeln!(table, "ws,{},{density},{row}", row / 5).unwrap();
    }
    std::fs::write(folder.path().join("o.csv"), table).unwrap();
    let found = run(folder.path(), "analyze correlate o.csv --target y --features density --json");
    assert!(found.stderr.contains("200 rows are averaged into 80"), "{}", found.stderr);
}

#[test]
fn means_come_with_intervals_by_group() {
    let folder = workplace();
    let found = run(folder.path(), "analyze describe r.csv --columns y,a --by cell --json").json();
    assert_eq!(found["rows"].as_array().unwrap().len(), 4);
    let gru = &found["rows"][0];
    assert_eq!(
        (&gru["cell"], &gru["column"], &gru["count"]),
        (&"gru".into(), &"y".into(), &30.into())
    );
    assert!(number(gru, "mean_low") < number(gru, "mean"), "{gru}");
    let table = run(folder.path(), "analyze describe r.csv --columns y").stdout;
    assert!(table.starts_with("column  rows"), "{table}");
}

#[test]
fn variance_is_divided_among_groups_and_what_they_share() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = "cell,graph,seed,y\n".to_owned();
    for (cell, of_graph) in [("gru", 3), ("lstm", 0)] {
        for graph in 0_u32..8 {
            // In another order in each graph.
            for seed in (0..4).map(|at| (at + graph) % 4) {
                let noise = (graph * 5 + seed * 11) * 7 % 13;
                let y =
                    f64::from(of_graph * graph) + 2.0 * f64::from(seed) + f64::from(noise) / 10.0;
                writeln!(table, "{cell},{graph},{seed},{y}").unwrap();
            }
        }
    }
    std::fs::write(folder.path().join("r.csv"), &table).unwrap();
    let variance = "analyze variance r.csv --target y --of graph";
    let found = run(folder.path(), &format!("{variance} --across seed --by cell --json")).json();
    let [gru, lstm] = ["gru", "lstm"].map(|cell| row(&found, "cell", cell));
    assert!(number(gru, "share") > 0.85 && number(gru, "p") < 1e-9, "{gru}");
    assert!(number(gru, "share_low") < number(gru, "share"), "{gru}");
    assert!(number(lstm, "share") < 0.2 && number(lstm, "p") > 0.001, "{lstm}");
    // Seeds differ by 2 each: a variance of 6.67.
    for of in [gru, lstm] {
        assert_eq!((of["groups"].as_u64(), of["blocks"].as_u64()), (Some(8), Some(4)));
        assert!((number(of, "variance_across") - 6.67).abs() < 0.7, "{of}");
    }
    // Without --across, seeds are a part of chance.
    let nested = run(folder.path(), &format!("{variance} --where cell=gru --json")).json();
    assert!(number(&nested["rows"][0], "variance_rest") > number(gru, "variance_rest") + 3.0);
    let table = run(folder.path(), &format!("{variance} --across seed --by cell"));
    assert!(table.stdout.contains("\ngru        8    32     0.882"), "{}", table.stdout);
    for (more, says) in [
        ("--across seed", "a group has several rows with seed 0: name the setting"),
        ("--where cell=gru --where graph=1", "all rows are of one group"),
    ] {
        let refused = run(folder.path(), &format!("{variance} {more}"));
        assert_eq!(refused.code, 1);
        assert!(refused.stderr.contains(says), "{}", refused.stderr);
    }
    let other = "analyze variance r.csv --target seed --of graph --across y";
    let refused = run(folder.path(), other);
    assert!(refused.failure(1).contains("not every group has the same y"), "{}", refused.stderr);
}

#[test]
fn the_thesiss_split_gives_scikit_learns_figures() {
    let Some(thesis) = support::thesis_dir() else { return };
    let oracle = std::fs::read_to_string(thesis.join("oracle_prediction.json")).unwrap();
    let oracle: Value = serde_json::from_str(&oracle).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("split.json"), oracle["gru"].to_string()).unwrap();
    let rows = thesis.join("results/structure/gru.csv");
    let rows = rows.display();
    for split in ["--split split.json", "--split-seed 7"] {
        let command =
            format!("analyze predict {rows} --target test_acc {split} --scale all --json");
        let found = run(folder.path(), &command).json();
        let ridge = row(&found, "regressor", "bayesian_ridge");
        let expected = &oracle["gru"]["bayesian_ridge"];
        assert!((number(ridge, "r2") - number(expected, "r2")).abs() < 1e-9);
        for (name, expected) in
            found["features"].as_array().unwrap().iter().zip(expected["coef"].as_array().unwrap())
        {
            let found = number(&ridge["importances"], name.as_str().unwrap());
            assert!((found - expected.as_f64().unwrap()).abs() < 1e-9, "{name}");
        }
        assert_eq!(found["split"]["test"], oracle["gru"]["test_idx"], "{split}");
    }
    let correlate = format!("analyze correlate {rows} --target test_acc --json");
    let found = run(folder.path(), &correlate).json();
    for (name, expected) in oracle["gru"]["pearson"].as_object().unwrap() {
        let found = number(row(&found, "property", name), "pearson");
        assert!((found - expected.as_f64().unwrap()).abs() < 1e-9, "{name}");
    }
}

/// The report's reanalysis of the thesis's R^2 of 0.88 matches what the thesis's rows give.
#[test]
fn what_is_left_of_the_thesis_is_what_its_rows_give() {
    let Some(thesis) = support::thesis_dir() else { return };
    let table = include_str!("../../rarefy-papers/src/darji2021/report/thesis/reanalysis.csv");
    let rows = thesis.join("results/structure/gru.csv");
    const NAMES: [&str; 5] = ["r2", "r2_low", "r2_high", "gain_low", "gain_high"];
    let mut compared = 0;
    for without in ["", "source_nodes"] {
        let mut command = format!(
            "analyze predict {} --target test_acc --nested --repeats 10 --quiet --json",
            rows.display()
        );
        if !without.is_empty() {
            command += &format!(" --without {without}");
        }
        let found = run(Path::new("."), &command).json();
        for found in found["rows"].as_array().unwrap() {
            let [regressor, features] =
                [&found["regressor"], &found["features"]].map(|v| v.as_str().unwrap());
            let key = format!("gru,{without},{regressor},{features},");
            let line = table.lines().find(|line| line.starts_with(&key)).unwrap();
            let numbers: Vec<f64> =
                line[key.len()..].split(',').map_while(|n| n.parse().ok()).collect();
            for (name, expected) in NAMES.into_iter().zip(numbers) {
                // The table has four digits, and logarithms may round differently on other
                // machines.
                assert!((number(found, name) - expected).abs() < 1e-3, "{key} {name}");
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 22);
}

#[test]
fn tables_that_cannot_be_analysed_are_refused_in_one_line() {
    let folder = workplace();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("text.csv", "a,y\n1,2\nx,3\n");
    write("nan.csv", "a,y\n1,2\n2,NaN\n");
    write("twice.csv", "a,a,y\n1,1,2\n");
    write("constant.csv", "a,y\n1,2\n2,2\n3,2\n");
    write("none.csv", "a,y\n");
    write("split.json", "{\"train\":[0,1],\"test\":[99]}");
    write("one.json", "{\"train\":[0,1,2],\"test\":[9]}");
    for (command, expected) in [
        ("correlate r.csv --target z", "there is no column z: the columns are cell, a, b, same, y"),
        ("correlate r.csv --target y --features a,q", "there is no column q"),
        ("correlate r.csv --target y --features a,y", "y is the target"),
        ("correlate r.csv --target y --features a,a", "names a twice"),
        ("correlate r.csv --target y --given y", "--given cannot"),
        (
            "correlate r.csv --target y --where cell=rnn",
            "no row has cell = rnn: the values are gru, lstm",
        ),
        ("correlate r.csv --target cell", "line 2: cell is 'gru': expected a number"),
        ("correlate text.csv --target y", "text.csv, line 3: a is 'x'"),
        ("predict r.csv --target y --features a --split one.json", "but there are 1"),
        ("correlate nan.csv --target y", "nan.csv, line 3: y is 'NaN'"),
        ("correlate twice.csv --target y", "columns are named a"),
        ("correlate constant.csv --target y", "y is 2 in every row"),
        ("correlate none.csv --target y", "no rows"),
        ("correlate gone.csv --target y", "cannot read gone.csv"),
        ("predict r.csv --target y --features a --folds 61", "61 folds of 60 rows"),
        ("predict r.csv --target y --features a --split split.json", "there is no row 99"),
        ("predict r.csv --target y --features a --split gone.json", "cannot read gone.json"),
        ("predict r.csv --target y --features a --without a", "no column is left"),
        ("predict r.csv --target y --features a --size y", "--size cannot"),
        ("describe r.csv --columns cell", "expected a number"),
    ] {
        let outcome = run(folder.path(), &format!("analyze {command}"));
        let line = outcome.failure(1);
        assert!(line.contains(expected), "{command}: {}", outcome.stderr);
    }
    let outcome = run(folder.path(), "analyze predict r.csv --target y --folds 5 --split-seed 1");
    outcome.failure(2);
}
