//! The commands data, train, eval, prune and recover, through the built binary.

mod support;

use serde_json::{Value, json};
use support::rarefy;
use tempfile::TempDir;

/// A folder with a small data set.
fn folder_with_data() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    rarefy(folder.path(), &["data", "reber", "--out", "data", "--count", "800", "--json"]).json();
    folder
}

const TRAIN: [&str; 6] =
    ["--train", "data/train_data.csv", "--test", "data/test_data.csv", "--json", "--quiet"];

fn train(folder: &TempDir, more: &[&str]) -> serde_json::Value {
    rarefy(folder.path(), &[&["train"], &TRAIN[..], more].concat()).json()
}

#[test]
fn a_model_is_trained_evaluated_pruned_and_recovered() {
    let folder = folder_with_data();
    let small = ["--cell", "gru", "--layers", "12,8", "--epochs", "3", "--out", "gru.safetensors"];
    let trained = train(&folder, &small);
    assert_eq!(
        (trained["epochs"].as_u64(), trained["curve"].as_array().unwrap().len()),
        (Some(3), 3)
    );

    let evaluate = |model: &str| {
        let arguments = ["eval", model, "--test", "data/test_data.csv", "--logits", "2", "--json"];
        rarefy(folder.path(), &arguments).json()
    };
    let score = evaluate("gru.safetensors");
    assert_eq!(score["accuracy"], trained["test_accuracy"]);
    assert_eq!(score["loss_sum"], trained["test_loss"]);
    assert_eq!(score["count"], 200);
    assert_eq!(score["logits"].as_array().unwrap().len(), 2);
    let by_label = score["by_label"].as_array().unwrap();
    let sum = |key: &str| by_label.iter().map(|label| label[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!(by_label.iter().map(|label| &label["label"]).collect::<Vec<_>>(), ["0", "1"]);
    assert_eq!(json!([sum("count"), sum("correct")]), json!([score["count"], score["correct"]]));
    let recall =
        |label: &Value| label["correct"].as_f64().unwrap() / label["count"].as_f64().unwrap();
    let mean = by_label.iter().map(recall).sum::<f64>() / 2.0;
    assert!((score["balanced_accuracy"].as_f64().unwrap() - mean).abs() < 1e-12, "{score}");

    let arguments = [
        "prune",
        "gru.safetensors",
        "--percent",
        "50",
        "--scope",
        "ih",
        "--out",
        "half.safetensors",
        "--json",
    ];
    let pruned = rarefy(folder.path(), &arguments).json();
    // weight_ih: 36 x 12 and 24 x 12; weight_hh: 36 x 12 and 24 x 8.
    assert_eq!((pruned["pruned_ih"].as_u64(), pruned["pruned_hh"].as_u64()), (Some(360), Some(0)));
    assert_eq!(pruned["sparsity"].as_f64().unwrap(), 360.0 / (432.0 + 288.0 + 432.0 + 192.0));
    assert!(pruned["threshold"].as_f64().unwrap() > 0.0);

    let arguments = [
        &["recover", "half.safetensors", "--epochs", "2", "--out", "again.safetensors"],
        &TRAIN[..],
    ];
    let recovered = rarefy(folder.path(), &arguments.concat()).json();
    let curve = recovered["curve"].as_array().unwrap();
    assert_eq!(curve.len(), 3, "epoch 0, then two of retraining");
    assert_eq!(curve[0]["test_accuracy"], evaluate("half.safetensors")["accuracy"]);
    assert_eq!(curve[2]["test_accuracy"], evaluate("again.safetensors")["accuracy"]);
    assert_eq!(recovered["sparsity"], pruned["sparsity"]);
    let judged = |epoch: &serde_json::Value| epoch["validation_accuracy"].as_f64().unwrap();
    let enough = recovered["unpruned_accuracy"].as_f64().unwrap() - 0.01 - 1e-12;
    let first = curve.iter().position(|epoch| judged(epoch) >= enough);
    assert_eq!(recovered["epochs_to_recover"].as_u64(), first.map(|epoch| epoch as u64));
}

#[test]
fn the_same_seed_trains_the_same_model_and_another_seed_another() {
    let folder = folder_with_data();
    let model = |seed: &str, out: &str| {
        let few =
            ["--cell", "lstm", "--layers", "6", "--epochs", "1", "--seed", seed, "--out", out];
        train(&folder, &few);
        std::fs::read(folder.path().join(out)).unwrap()
    };
    let first = model("3", "a.safetensors");
    assert_eq!(first, model("3", "b.safetensors"));
    assert_ne!(first, model("4", "c.safetensors"));
}

/// A batch of 45 is a whole strip and part of another. One of 170 is two wide strips and one that cannot
/// be halved.
#[test]
fn models_are_the_same_bytes_on_any_number_of_threads() {
    let results = |jobs: &str| {
        let folder = folder_with_data();
        let run = |more: &[&str]| {
            let outcome = rarefy(folder.path(), &[more, &["--jobs", jobs]].concat());
            assert_eq!(outcome.code, 0, "{}", outcome.stderr);
            outcome.stdout
        };
        let small = ["--cell", "lstm", "--layers", "9,7", "--epochs", "2", "--batch", "45"];
        run(&[&["train"], &TRAIN[..], &small, &["--out", "m.safetensors"]].concat());
        let prune = ["prune", "m.safetensors", "--percent", "80", "--out", "p.safetensors"];
        assert_eq!(rarefy(folder.path(), &prune).code, 0);
        let recover = ["recover", "p.safetensors", "--epochs", "1", "--batch", "170"];
        run(&[&recover[..], &TRAIN, &["--out", "r.safetensors"]].concat());
        let eval = ["eval", "r.safetensors", "--test", "data/test_data.csv", "--logits", "40"];
        let answers = run(&[&eval[..], &["--json"]].concat());
        let bytes = |name| std::fs::read(folder.path().join(name)).unwrap();
        (bytes("m.safetensors"), bytes("r.safetensors"), answers)
    };
    let of_one = results("1");
    assert!(results("2") == of_one && results("3") == of_one);
}

#[test]
fn the_best_of_several_seeds_is_chosen_by_what_the_test_does_not_know() {
    let folder = folder_with_data();
    let small = ["--cell", "gru", "--layers", "6", "--epochs", "3", "--lr", "0.02"];
    let small = [&small[..], &["--validation", "0.2"]].concat();
    let seeds = |out: &str, jobs: &str| {
        let several = ["--seed", "7", "--seeds", "3", "--jobs", jobs, "--out", out];
        train(&folder, &[&small[..], &several].concat())
    };
    let all = seeds("best.safetensors", "1");
    let numbers = |key: &str| -> Vec<f64> {
        all["seeds"].as_array().unwrap().iter().map(|row| row[key].as_f64().unwrap()).collect()
    };
    assert_eq!(numbers("seed"), [7.0, 8.0, 9.0]);
    let losses = numbers("validation_loss_mean");
    let lowest = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let best = losses.iter().position(|&loss| loss == lowest).unwrap();
    assert_eq!(all["model_seed"], all["seeds"][best]["seed"]);
    assert_eq!(all["test_accuracy"], all["seeds"][best]["test_accuracy"]);
    assert_eq!(all["chosen_by"], "validation loss");
    let accuracies = numbers("test_accuracy");
    let mean = accuracies.iter().sum::<f64>() / 3.0;
    let squares: f64 = accuracies.iter().map(|accuracy| (accuracy - mean).powi(2)).sum();
    let close = |key: &str, to: f64| assert!((all[key].as_f64().unwrap() - to).abs() < 1e-12);
    close("test_accuracy_mean", mean);
    close("test_accuracy_sd", (squares / 2.0).sqrt());

    // Whatever the number of threads.
    let read = |model: &str| std::fs::read(folder.path().join(model)).unwrap();
    let mut again = seeds("again.safetensors", "3");
    let mut all = all;
    assert_eq!(read("best.safetensors"), read("again.safetensors"));
    for report in [&mut all, &mut again] {
        let report = report.as_object_mut().unwrap();
        assert!(report.remove("seconds").is_some() && report.remove("model").is_some());
        for row in report["seeds"].as_array_mut().unwrap() {
            row.as_object_mut().unwrap().remove("seconds").unwrap();
        }
    }
    assert_eq!(all, again);
    // The first one equals the model trained with its seed alone, which says nothing about seeds.
    let alone =
        train(&folder, &[&small[..], &["--seed", "7", "--out", "alone.safetensors"]].concat());
    assert_eq!(alone["test_accuracy"], all["seeds"][0]["test_accuracy"]);
    assert!(alone.get("seeds").is_none() && alone.get("test_accuracy_mean").is_none());
    // All seeds hold out the strings of the first seed; the model file says so.
    let recover =
        ["recover", "best.safetensors", "--baseline", "best.safetensors", "--epochs", "1"];
    let recovered = rarefy(folder.path(), &[&recover[..], &TRAIN[..]].concat()).json();
    assert_eq!(recovered["unpruned_accuracy"], all["seeds"][best]["validation_accuracy"]);

    // Without held-out strings the last epoch of training is kept, and the output says so.
    let few = ["train", "--train", "data/train_data.csv", "--test", "data/test_data.csv"];
    let few = [&few[..], &["--cell", "rnn_tanh", "--layers", "4", "--epochs", "1"]].concat();
    let more = ["--seeds", "2", "--out", "two.safetensors", "--quiet"];
    let said = rarefy(folder.path(), &[&few[..], &more].concat()).stdout;
    assert!(said.contains("has the lowest training loss: test accuracy"), "{said}");
    assert!(said.contains("test accuracy of 2 networks: mean"), "{said}");
    assert_eq!(said.lines().count(), 5, "{said}");
}

#[test]
fn early_stopping_keeps_the_epoch_of_the_lowest_loss() {
    let folder = folder_with_data();
    let restless = ["--cell", "gru", "--layers", "8", "--epochs", "300", "--lr", "0.05"];
    let more = ["--class-weights", "balanced", "--schedule", "linear", "--patience", "2"];
    let more = [&more[..], &["--optimizer", "adamw", "--weight-decay", "0.001"]].concat();
    let restless = [&restless[..], &more, &["--out", "m.safetensors"]].concat();
    let trained = train(&folder, &[&restless[..], &["--validation", "0.2"]].concat());
    let curve = trained["curve"].as_array().unwrap();
    assert!(curve.len() < 300, "it never stopped");
    let kept = trained["kept_epoch"].as_u64().unwrap() as usize;
    assert_eq!(curve.len(), kept + 2);
    assert_eq!(trained["test_accuracy"], curve[kept - 1]["test_accuracy"]);
    let evaluate = ["eval", "m.safetensors", "--test", "data/test_data.csv", "--json"];
    let score = rarefy(folder.path(), &evaluate).json();
    assert_eq!(score["loss_sum"], curve[kept - 1]["test_loss"]);

    let prune = ["prune", "m.safetensors", "--percent", "50", "--out", "p.safetensors", "--json"];
    rarefy(folder.path(), &prune).json();
    let recover = ["recover", "p.safetensors", "--epochs", "300", "--lr", "0.3"];
    let recover = [&recover[..], &["--patience", "1", "--out", "r.safetensors"], &TRAIN].concat();
    let recovered = rarefy(folder.path(), &recover).json();
    let curve = recovered["curve"].as_array().unwrap();
    let kept = recovered["kept_epoch"].as_u64().unwrap() as usize;
    assert_eq!(curve.len(), kept + 2, "epoch 0 too");
    assert_eq!(recovered["judged_accuracy"], curve[kept]["validation_accuracy"]);

    // Stopping early needs held-out sequences.
    let outcome = rarefy(folder.path(), &[&["train"], &TRAIN[..], &restless].concat());
    assert!(outcome.failure(2).contains("--validation SHARE"), "{}", outcome.stderr);
    let judged = [&recover[..], &["--judge", "test", "--validation", "0"]].concat();
    let outcome = rarefy(folder.path(), &judged);
    assert!(outcome.failure(2).contains("--patience"), "{}", outcome.stderr);
}

#[test]
fn labels_and_characters_may_be_anything() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = ["żółw,reptile", "kot,mammal", "żaba,amphibian", "łoś,mammal"].join("\n");
    std::fs::write(folder.path().join("animals.csv"), format!("name,class\n{rows}\n")).unwrap();
    let columns = ["--text-column", "name", "--label-column", "class"];
    let arguments = [
        &[
            "train",
            "--train",
            "animals.csv",
            "--test",
            "animals.csv",
            "--cell",
            "rnn_tanh",
            "--layers",
            "4",
        ],
        &["--epochs", "2", "--readout", "last", "--out", "animals.safetensors", "--json"][..],
        &columns,
    ];
    rarefy(folder.path(), &arguments.concat()).json();
    let arguments =
        [&["eval", "animals.safetensors", "--test", "animals.csv", "--json"], &columns[..]];
    let score = rarefy(folder.path(), &arguments.concat()).json();
    assert_eq!(score["labels"], serde_json::json!(["amphibian", "mammal", "reptile"]));

    std::fs::write(folder.path().join("more.csv"), "name,class\nkót,mammal\nryś,mammal\n").unwrap();
    let arguments = [&["eval", "animals.safetensors", "--test", "more.csv"], &columns[..]];
    let outcome = rarefy(folder.path(), &arguments.concat());
    let message = outcome.failure(1);
    assert!(message.contains("more.csv") && message.contains('r'), "{message}");
}

#[test]
fn a_model_judged_by_what_it_never_saw_holds_out_the_same_strings_again() {
    let folder = folder_with_data();
    let with_validation =
        ["--cell", "gru", "--layers", "6", "--epochs", "1", "--validation", "0.25", "--seed", "5"];
    let trained = train(&folder, &[&with_validation[..], &["--out", "m.safetensors"]].concat());
    rarefy(
        folder.path(),
        &["prune", "m.safetensors", "--percent", "0", "--out", "p.safetensors", "--json"],
    )
    .json();
    // Another seed for shuffling, but the held-out strings are those of training.
    let arguments = [&["recover", "p.safetensors", "--epochs", "1", "--seed", "9"], &TRAIN[..]];
    let recovered = rarefy(folder.path(), &arguments.concat()).json();
    assert_eq!(recovered["unpruned_accuracy"], trained["validation_accuracy"]);
    assert_eq!(recovered["epochs_to_recover"], 0);
}

#[test]
fn what_to_do_without_the_unpruned_model_is_said() {
    let folder = folder_with_data();
    train(
        &folder,
        &["--cell", "rnn_relu", "--layers", "4", "--epochs", "1", "--out", "m.safetensors"],
    );
    rarefy(
        folder.path(),
        &["prune", "m.safetensors", "--percent", "50", "--out", "p.safetensors", "--json"],
    )
    .json();
    let recover = [&["recover", "p.safetensors", "--epochs", "1"], &TRAIN[..]].concat();
    std::fs::rename(folder.path().join("m.safetensors"), folder.path().join("moved.safetensors"))
        .unwrap();
    let outcome = rarefy(folder.path(), &recover);
    assert!(outcome.failure(1).contains("--baseline MODEL"), "{}", outcome.stderr);
    let with_baseline = [&recover[..], &["--baseline", "moved.safetensors"]].concat();
    rarefy(folder.path(), &with_baseline).json();
    // Another model under the old name is not mistaken for it.
    train(
        &folder,
        &["--cell", "rnn_relu", "--layers", "4", "--epochs", "2", "--out", "m.safetensors"],
    );
    assert!(rarefy(folder.path(), &recover).failure(1).contains("changed since"));
}

#[test]
fn published_models_score_what_pytorch_says() {
    let Some(thesis) = support::thesis_dir() else { return };
    let test = thesis.join("dataset/test_data.csv");
    for (cell, correct) in [("rnn_tanh", 5858), ("rnn_relu", 6250), ("gru", 6250), ("lstm", 6250)] {
        let model = thesis.join(format!("weights/stack/{cell}.pt"));
        let arguments = [
            "eval",
            model.to_str().unwrap(),
            "--test",
            test.to_str().unwrap(),
            "--batch",
            "32",
            "--json",
        ];
        let score = rarefy(&thesis, &arguments).json();
        assert_eq!(
            (score["correct"].as_u64(), score["count"].as_u64()),
            (Some(correct), Some(6250)),
            "{cell}"
        );
    }
}

#[test]
fn every_command_explains_itself() {
    let folder = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 16] = [
        &[],
        &["reproduce"],
        &["data", "reber"],
        &["data", "describe"],
        &["train"],
        &["eval"],
        &["prune"],
        &["recover"],
        &["report"],
        &["graph", "generate"],
        &["graph", "rewire"],
        &["graph", "describe"],
        &["graph", "draw"],
        &["bench", "train"],
        &["bench", "sparse"],
        &["bench", "graph"],
    ];
    for command in commands {
        let outcome = rarefy(folder.path(), &[command, &["--help"]].concat());
        assert_eq!(outcome.code, 0);
        assert!(outcome.stdout.contains("Usage: rarefy"), "{}", outcome.stdout);
        assert!(outcome.stdout.lines().count() > 8, "{}", outcome.stdout);
    }
    assert_eq!(
        rarefy(folder.path(), &["prude"]).failure(2),
        "error: unrecognized subcommand 'prude'"
    );
}

#[test]
fn training_speed_is_measured_beside_the_machines_peak() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "bench",
        "train",
        "--cells",
        "rnn_relu",
        "--hidden",
        "40",
        "--batch",
        "128",
        "--jobs",
        "1,2",
        "--repeats",
        "1",
        "--json",
        "-q",
    ];
    let bench = rarefy(folder.path(), &arguments).json();
    let rows = bench["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{bench}");
    for (row, jobs) in rows.iter().zip(1..) {
        assert_eq!((row["cell"].as_str(), row["batch"].as_u64()), (Some("rnn_relu"), Some(128)));
        assert_eq!((row["hidden"].as_u64(), row["jobs"].as_u64()), (Some(40), Some(jobs)));
        let number = |name: &str| row[name].as_f64().unwrap();
        let steps = number("strings") / 128.0;
        assert_eq!(number("strings"), 18_750.0);
        let seconds = number("milliseconds_per_step") * steps.ceil() / 1e3;
        assert!((seconds / number("seconds_per_epoch") - 1.0).abs() < 1e-9, "{bench}");
        // The test does not check the speed, only that counts are right: nothing exceeds the peak.
        let fraction = number("gflops") / number("peak_gflops");
        assert!((number("fraction_of_peak") - fraction).abs() < 1e-12 && fraction < 1.0, "{bench}");
    }
}

#[test]
fn pruned_networks_are_measured_beside_dense_ones() {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        ["bench", "sparse", "--cells", "gru", "--hidden", "64", "--sparsity", "0,95", "-q"];
    let bench = rarefy(folder.path(), &[&arguments[..], &["--json"]].concat()).json();
    let rows = bench["rows"].as_array().unwrap();
    let kind = |row: &serde_json::Value| format!("{} {}", row["step"], row["sparsity"]);
    let expected = [
        "\"training\" 0.0",
        "\"streaming\" 0.0",
        "\"streaming_int8\" 0.0",
        "\"reading\" 0.0",
        "\"training\" 95.0",
        "\"rigl\" 95.0",
        "\"set\" 95.0",
        "\"streaming\" 95.0",
        "\"streaming_blocks\" 95.0",
        "\"streaming_int8\" 95.0",
        "\"streaming_int8_blocks\" 95.0",
        "\"reading\" 95.0",
    ];
    assert_eq!(rows.iter().map(kind).collect::<Vec<_>>(), expected);
    for row in rows {
        let number = |name: &str| row[name].as_f64().unwrap();
        let ratio = number("dense_microseconds") / number("sparse_microseconds");
        assert!((number("speedup") / ratio - 1.0).abs() < 1e-12, "{row}");
    }
    // Three layers with two matrices [3 * 64][64] each; when packed, a twentieth of that.
    let bytes = |row: usize| rows[row]["sparse_bytes"].as_u64().unwrap();
    assert_eq!(rows[7]["dense_bytes"], 3 * 2 * 3 * 64 * 64 * 4);
    assert!(bytes(7) < 3 * 2 * 3 * 64 * 64, "{bench}");
    // Blocks need no index for each weight; integers take a quarter.
    assert!(bytes(8) < bytes(7) && bytes(10) < bytes(8), "{bench}");
    let table = rarefy(folder.path(), &arguments);
    assert_eq!(table.code, 0);
    let table = table.stdout;
    assert!(table.contains("gru       64        95  "), "{table}");
}

#[test]
fn files_of_words_and_of_series_are_described() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let describe = |arguments: &[&str]| rarefy(here, &[&["data", "describe"], arguments].concat());
    std::fs::write(here.join("t.csv"), "string,valid\nthe cat sat,a\nthe dog,b\nthe cat  sat,b\n")
        .unwrap();
    std::fs::write(here.join("held.csv"), "string,valid\na cat,a\nthe cat sat ,b\n").unwrap();
    let words = ["t.csv", "--tokens", "words", "--test", "held.csv"];
    let found = describe(&[&words[..], &["--json"]].concat()).json();
    assert_eq!(found["count"], 3);
    assert_eq!(found["length"], json!({"min": 2, "mean": 8.0 / 3.0, "max": 3}));
    let counts = json!({"count": 8, "different": 4, "vocabulary": 5, "unknown": 1});
    assert_eq!(found["words"], counts);
    assert_eq!((&found["duplicates"], &found["contradictions"]), (&json!(1), &json!(1)));
    let counts = json!({"count": 5, "different": 4, "vocabulary": 5, "unknown": 1});
    assert_eq!(found["test"]["words"], counts);
    assert_eq!(found["test"]["overlap"], 1);
    let text = describe(&words).stdout;
    assert!(text.contains("words: 4 different, 8 in all"), "{text}");
    assert!(text.contains("unknown there      1  of the 5 words of held.csv (20.0 %)"), "{text}");
    // Tokens are characters by default.
    let found = describe(&["t.csv", "--json"]).json();
    assert_eq!((&found["letters"]["t"], &found["length"]["max"]), (&json!(7), &json!(12)));

    let series = "@problemName p\n@timeStamps false\n@univariate false\n@classLabel true up down\n\
                  @data\n1,3:7,7:up\n0:7:down\n0:7:up\n";
    std::fs::write(here.join("s.ts"), series).unwrap();
    let found = describe(&["s.ts", "--test", "s.ts", "--json"]).json();
    assert_eq!((&found["count"], &found["length"]["max"]), (&json!(3), &json!(2)));
    assert_eq!(found["labels"][1]["label"], "up");
    assert_eq!((&found["duplicates"], &found["contradictions"]), (&json!(1), &json!(1)));
    assert_eq!(found["test"]["overlap"], 2);
    let channel = json!({"min": 7.0, "mean": 7.0, "max": 7.0, "standard_deviation": 0.0});
    assert_eq!(found["channels"][1], channel);
    let text = describe(&["s.ts"]).stdout;
    assert!(text.contains("rows that repeat the series of an earlier row"), "{text}");
    let refused = describe(&["s.ts", "--test", "t.csv"]);
    assert!(refused.failure(1).contains("t.csv: it holds texts"), "{}", refused.stderr);
    let refused = describe(&["s.ts", "--labels", "t.csv"]);
    assert!(
        refused.failure(1).contains("s.ts") && refused.stderr.contains("leave out t.csv"),
        "{}",
        refused.stderr
    );
}
