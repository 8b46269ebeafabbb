//! Study files: the trials that they expand to, and the errors for invalid ones.

use rarefy::data::{Drawing, DrawingOptions, Problem, ProblemKind, ScalingKind};
use rarefy::study::{DataSource, Settings, Study};

fn parse(text: &str) -> Result<Study, String> {
    Study::parse(text, "sweep.toml".as_ref()).map_err(|error| error.to_string())
}

fn labels(text: &str) -> Vec<String> {
    parse(text).unwrap().trials().map(|trial| trial.label()).collect()
}

#[test]
fn axes_multiply_in_the_order_of_the_file_and_a_base_model_comes_before_its_prunings() {
    let text = "
        [base]
        epochs = 2
        retrain_epochs = 1
        [axes]
        seed = [0, 1]
        percent = [50, 90]
        cell = ['gru', 'rnn_tanh']
    ";
    let expected = [
        "gru-seed0",
        "gru-seed0-both-50",
        "rnn_tanh-seed0",
        "rnn_tanh-seed0-both-50",
        "gru-seed0-both-90",
        "rnn_tanh-seed0-both-90",
    ];
    let found = labels(text);
    assert_eq!(found[..6], expected);
    assert_eq!(found.len(), 12);
}

#[test]
fn lists_set_keys_together_and_exclusions_leave_combinations_out() {
    let text = "
        [base]
        epochs = 2
        [axes]
        cell = ['gru', 'rnn_tanh', 'lstm']
        seed = { from = 0, to = 4, step = 2 }
        [[lists.speed]]
        batch = 32
        learning_rate = 0.001
        [[lists.speed]]
        batch = 128
        learning_rate = 0.004
        [[exclude]]
        cell = ['gru', 'lstm']
        seed = { from = 2, to = 9 }
        [[exclude]]
        batch = 128
        cell = 'lstm'
    ";
    let study = parse(text).unwrap();
    let found: Vec<_> = study
        .trials()
        .map(|trial| (trial.label(), trial.training.batch, trial.training.learning_rate))
        .collect();
    let row = |label: &str, batch, rate| (label.to_owned(), batch, rate);
    let expected = [
        row("gru-seed0", 32, 0.001),
        row("gru-seed0", 128, 0.004),
        row("rnn_tanh-seed0", 32, 0.001),
        row("rnn_tanh-seed0", 128, 0.004),
        row("rnn_tanh-seed2", 32, 0.001),
        row("rnn_tanh-seed2", 128, 0.004),
        row("rnn_tanh-seed4", 32, 0.001),
        row("rnn_tanh-seed4", 128, 0.004),
        row("lstm-seed0", 32, 0.001),
    ];
    assert_eq!(found, expected);
    assert_eq!(study.excluded(), 9);
    assert_eq!(parse(&study.to_toml()).unwrap(), study);
}

#[test]
fn every_key_may_be_an_axis_and_reads_back_as_it_was_written() {
    let stacked = "
        name = \"all \\\"keys\\\"\"
        keep_models = false
        [data]
        folder = 'strings'
        text_column = 'phrase'
        [axes]
        cell = ['gru']
        layers = [[50, 50], [20]]
        seed = [3, 1]
        batch = [16, 32]
        learning_rate = [0.001, 1e-30]
        clip = [1, 5.5]
        readout = ['padded', 'last']
        epochs = [1, 2]
        validation_share = [0.1, 0.2]
        scope = ['both', 'ih']
        percent = [10, 20.5]
        retrain_epochs = [0, 1]
        tolerance = [0.01]
        judge = ['test', 'validation']
        class_weights = ['none', 'balanced']
        patience = [3]
        schedule = ['linear', 'cosine']
        optimizer = ['adamw', 'sgd']
        weight_decay = [0.1, 0]
        clip_by = ['value']
        init = ['keras']
    ";
    let wired = "
        [base]
        cell = 'lstm'
        epochs = 1
        [axes]
        graph = { from = 0, to = 2 }
        graph_seed = [0, 7]
        nodes = [20, [10, 50]]
        gate_mask = ['tiled', 'interleaved']
        skip = ['blocks', 'inputs']
        embedding = [8, 16]
        readout_from = ['last_layer', 'sinks']
        [[lists.graphs]]
        family = 'barabasi_albert'
        m = 3
        [[lists.graphs]]
        family = 'watts_strogatz'
        k = 4
        p = 0.1
        [[lists.graphs]]
        family = 'random_regular'
        degree = 4
        [[lists.graphs]]
        family = 'gnm'
        edges = 40
    ";
    for (text, trials) in [(stacked, 1), (wired, 3 * 2 * 2 * 2 * 2 * 2 * 2 * 4)] {
        let study = parse(text).unwrap();
        assert_eq!(parse(&study.to_toml()).unwrap(), study, "{}", study.to_toml());
        let count = study.trials().count();
        assert!(count >= trials, "{count}");
        let names: std::collections::HashSet<_> = study.trials().map(|t| t.name()).collect();
        assert_eq!(names.len(), count, "each has its own name");
    }
}

// A snapshot: names must not change, or old records are lost.
#[test]
fn a_name_is_a_hash_of_settings_and_seed() {
    let name = |more: &str| {
        let pruning = if more.contains("percent") { "retrain_epochs = 1\n" } else { "" };
        let text = format!("[base]\ncell = 'gru'\nepochs = 2\n{pruning}{more}");
        parse(&text).unwrap().trials().last().unwrap().name()
    };
    assert_eq!(name(""), name("seed = 0"));
    assert_ne!(name(""), name("seed = 1"));
    assert_ne!(name("percent = 50"), name("percent = 50\ntolerance = 0.1"));
    // Keys that were added later do not change names if they have their default value.
    assert_eq!(name(""), name("class_weights = 'none'\nschedule = 'constant'"));
    assert_eq!(
        name(""),
        name(
            "optimizer = 'adam'\nweight_decay = 0\nmomentum = 0\nclip_by = 'norm'\ninit = 'pytorch'"
        )
    );
    let sgd = "optimizer = 'sgd'";
    let later = [
        "",
        "class_weights = 'balanced'",
        "patience = 2",
        "schedule = 'linear'",
        "optimizer = 'adamw'",
        sgd,
        &format!("{sgd}\nweight_decay = 0.1"),
        &format!("{sgd}\nmomentum = 0.9"),
        "clip_by = 'value'",
        "init = 'keras'",
    ];
    let names: std::collections::HashSet<_> = later.iter().map(|setting| name(setting)).collect();
    assert_eq!(names.len(), later.len());
    assert_eq!(name("percent = 50\nscope = 'ih'"), "gru-seed0-ih-50-f5c159e58aee4b08");
    assert_eq!(name("family = 'star'\nnodes = 9"), "gru-star-0-seed0-a03db515943269e8");
}

#[test]
fn a_problem_is_what_the_command_draws_and_reads_back_as_it_was_written() {
    let base = "[base]\ncell = 'gru'\nepochs = 2\n";
    let problem = "{ name = 'mackey-glass', ahead = 3, count = 20, test_count = 5, seed = 7 }";
    let text = format!("[data]\nproblem = {problem}\nscaling = 'none'\n{base}");
    let study = parse(&text).unwrap();
    let DataSource::Problem { drawing, scaling } = &study.data else { panic!("{:?}", study.data) };
    let problem = Problem::MackeyGlass { steps: 500, ahead: 3 };
    assert_eq!(*drawing, Drawing { problem, count: 20, test_count: 5, seed: 7 });
    assert_eq!(*scaling, Some(ScalingKind::None));
    assert_eq!(parse(&study.to_toml()), Ok(study));
    let usual = parse(&format!("[data]\nproblem = {{ name = 'adding' }}\n{base}")).unwrap();
    let DataSource::Problem { drawing, scaling: None } = usual.data else { panic!() };
    assert_eq!(drawing, DrawingOptions::usual(ProblemKind::Adding).checked().unwrap());
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let base = "[base]\ncell = 'gru'\nepochs = 2\n";
    for (text, says) in [
        // An unknown key, in any table.
        (format!("{base}batchsize = 3"), "sweep.toml, line 4: there is no setting 'batchsize'"),
        (format!("{base}[axes]\nlr = [1]"), "line 5: there is no setting 'lr'"),
        (format!("{base}[[exclude]]\nsed = 1"), "line 5: there is no setting 'sed'"),
        (format!("{base}[axis]\nseed = 1"), "line 4: there is no part of a study file 'axis'"),
        (format!("{base}[data]\nfile = 'x'"), "line 5: unknown field `file`"),
        // The same key twice.
        (
            format!("{base}[axes]\nseed = [1]\nbatch = [1]\nepochs = [3]"),
            "line 7: the axis epochs sets epochs, which [base] sets too",
        ),
        (
            format!("{base}[axes]\nseed = [1]\n[[lists.runs]]\nseed = 4\nbatch = 5"),
            "line 6: the list runs sets seed, which the axis seed sets too",
        ),
        (
            format!("{base}[[lists.a]]\nseed = 4\n[[lists.b]]\nseed = 5"),
            "line 6: the list b sets seed, which the list a sets too",
        ),
        (format!("{base}[axes]\nseed = [1]\nseed = [2]"), "line 6: duplicate key"),
        (format!("{base}[axes]\nseed = [1, 2, 1]"), "line 5: seed = 1 is repeated"),
        // Invalid values.
        (
            base.replace("gru", "grux"),
            "line 2: cell: unknown cell 'grux': expected rnn_tanh, rnn_relu, gru or lstm",
        ),
        (format!("{base}[axes]\nbatch = ['x']"), "line 5: batch: invalid type: string \"x\""),
        (format!("{base}[axes]\nseed = {{ from = 3, to = 1 }}"), "line 5: seed: "),
        (format!("{base}batch = 0"), "batch is 0: "),
        (format!("{base}learning_rate = -1"), "learning_rate is -1: "),
        (format!("{base}[axes]\nbatch = [2, 0]"), "(where batch = 0)"),
        (format!("{base}[axes]\nbatch = []"), "batch"),
        (format!("{base}scope = 'ih'"), "scope is a setting of pruning, but percent is missing"),
        (format!("{base}percent = 50"), "retrain_epochs is missing"),
        (format!("{base}percent = 101\nretrain_epochs = 1"), "percent is 101: "),
        (
            format!("{base}percent = 5\nretrain_epochs = 1\nvalidation_share = 0"),
            "validation_share is 0",
        ),
        (format!("{base}patience = 0"), "patience is 0: "),
        (
            format!("{base}patience = 2\nvalidation_share = 0"),
            "patience is given, but validation_share is 0",
        ),
        (
            format!("{base}schedule = 'cosin'"),
            "line 4: schedule: unknown schedule 'cosin': expected ",
        ),
        (
            format!("{base}class_weights = 'even'"),
            "class_weights: unknown weighting of classes 'even': expected ",
        ),
        (format!("{base}weight_decay = -0.1"), "weight_decay is -0.1: "),
        (
            format!("{base}[axes]\nweight_decay = [0, 0.1]"),
            "a weight decay of 0.1 needs the optimizer adamw or sgd: adam has none (where weight_decay",
        ),
        (format!("{base}momentum = 0.9\noptimizer = 'adamw'"), "a momentum of 0.9 needs"),
        // Contradictory settings.
        (format!("{base}m = 3"), "m is a setting of graphs, but family is missing"),
        (format!("{base}layers = [3]\nfamily = 'star'"), "layers and family are both given"),
        (format!("{base}family = 'star'\nk = 2"), "the family star has no parameter k"),
        ("[base]\nepochs = 2".to_owned(), "cell is missing"),
        ("[base]\ncell = 'gru'".to_owned(), "epochs is missing"),
        (format!("{base}[[exclude]]\ncell = 'gru'"), "all its trials are excluded"),
        (
            format!("{base}[data]\nfolder = 'x'\nreber = {{ count = 8 }}"),
            "[data] has both reber and folder",
        ),
        (
            format!("{base}[data]\nfolder = 'x'\nproblem = {{ name = 'adding' }}"),
            "[data] has both problem and folder",
        ),
        (
            format!("{base}[data]\nproblem = {{ name = 'adding', delay = 3 }}"),
            "sweep.toml, line 5: problem: adding has no delay: its settings are steps, count, ",
        ),
        (
            format!("{base}[data]\nproblem = {{ name = 'adding', stepz = 3 }}"),
            "sweep.toml, line 5: unknown field `stepz`",
        ),
        (
            format!("{base}[data]\nproblem = {{ name = 'ading' }}"),
            "unknown problem 'ading': expected adding, copying, parity, mackey_glass or signals",
        ),
        (
            format!("{base}[data]\nproblem = {{ name = 'signals' }}\ntask = 'class'"),
            "[data] says how files are read, but problem draws the series",
        ),
        (
            format!("{base}[data]\nreber = {{}}\nscaling = 'none'"),
            "[data] says how files are read, but names no folder or files",
        ),
        (
            format!(
                "{base}[axes]\nseed = {{ from = 0, to = 9999 }}\nbatch = {{ from = 1, to = 9999 }}"
            ),
            "its axes make 99990000 combinations",
        ),
        ("[base\n".to_owned(), "sweep.toml, line 1: "),
    ] {
        let error = parse(&text).expect_err(&text);
        assert!(error.contains(says), "{text}\n{error}");
    }
}

#[test]
fn the_guide_has_every_setting_and_no_other() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/studies.md");
    let page = std::fs::read_to_string(page).unwrap();
    let settings = page.split("\n## Keys").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = settings.lines().filter_map(|line| line.strip_prefix("| `"));
    let keys = rows.flat_map(|row| row.split('|').next().unwrap().split(',').collect::<Vec<_>>());
    let mut keys: Vec<&str> = keys.map(|key| key.trim().trim_matches('`')).collect();
    let mut known = Settings::KEYS.to_vec();
    keys.sort_unstable();
    known.sort_unstable();
    assert_eq!(keys, known);
}
