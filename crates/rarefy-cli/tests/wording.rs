//! The wording of the command line: requirements for all help texts, and snapshots of short help
//! and of typical errors. After a change of wording,
//! `INSTA_UPDATE=always cargo test --test wording` rewrites the snapshots; read what changed.

mod support;

use std::fs;

use clap::{Arg, Command};
use support::rarefy;

/// Most columns of a help text.
const WIDTH: usize = 100;
/// Most lines of a short help text.
const HEIGHT: usize = 50;

/// Every command with its full name, such as `["rarefy", "study", "run"]`.
fn all() -> Vec<(String, Command)> {
    fn within(command: &Command, above: &str, found: &mut Vec<(String, Command)>) {
        let path = format!("{above} {}", command.get_name()).trim().to_owned();
        found.push((path.clone(), command.clone().bin_name(path.clone())));
        command.get_subcommands().for_each(|command| within(command, &path, found));
    }
    let mut found = Vec::new();
    within(&rarefy_cli::command(), "", &mut found);
    assert!(found.len() > 30);
    found
}

fn rendered(command: &Command, long: bool) -> String {
    let mut command = command.clone().term_width(WIDTH);
    let help = if long { command.render_long_help() } else { command.render_help() };
    help.to_string()
}

#[test]
fn short_help_fits_one_screen() {
    for (path, command) in all() {
        let help = rendered(&command, false);
        let lines = help.lines().count();
        assert!(lines <= HEIGHT, "{path}: {lines} lines\n{help}");
        for line in help.lines() {
            assert!(line.chars().count() <= WIDTH, "{path}: {line}");
        }
    }
}

#[test]
fn every_command_and_option_says_what_it_is_in_a_phrase() {
    for (path, command) in all() {
        let options = command.get_arguments().filter(|option| !option.is_hide_set());
        let phrases = options.map(|option| (option.get_id().as_str(), option.get_help()));
        for (name, phrase) in phrases.chain([("", command.get_about())]) {
            let phrase = phrase.map(ToString::to_string).unwrap_or_default();
            assert!(phrase.starts_with(char::is_uppercase), "{path} {name}: {phrase}");
            assert!(!phrase.ends_with('.') && phrase.len() <= 80, "{path} {name}: {phrase}");
        }
    }
}

#[test]
fn groups_of_options_have_the_same_order_everywhere() {
    let order = ["Data", "Model", "Pruning", "Training", "Graph", "Analysis", "Output"];
    for (path, command) in all() {
        let headings: Vec<&str> =
            command.get_arguments().filter_map(Arg::get_help_heading).collect();
        let place = |heading: &&str| order.iter().position(|known| known == heading).unwrap();
        let first_seen = |heading: &&str| headings.iter().position(|known| known == heading);
        let mut sorted: Vec<&str> = headings.clone();
        sorted.sort_by_key(place);
        sorted.dedup();
        let seen: Vec<_> = sorted.iter().map(first_seen).collect();
        assert!(seen.is_sorted(), "{path}: {headings:?}");
    }
}

#[test]
fn every_command_is_listed_and_every_grouped_option_exists() {
    let command = rarefy_cli::command();
    let help = rendered(&command, false);
    for name in command.get_subcommands().map(Command::get_name) {
        let listed = help.lines().filter(|line| line.starts_with(&format!("  {name} ")));
        assert_eq!(listed.count(), 1, "{name}\n{help}");
    }
    let known: Vec<String> = all()
        .iter()
        .flat_map(|(path, command)| {
            let ids = command.get_arguments().map(|option| option.get_id().to_string());
            let of_id = |id: String| {
                let qualified = path.split(' ').map(|name| format!("{name}.{id}"));
                qualified.chain([id.clone()]).collect::<Vec<_>>()
            };
            ids.flat_map(of_id).collect::<Vec<_>>()
        })
        .collect();
    for id in rarefy_cli::grouped() {
        assert!(known.iter().any(|known| known == id), "no command has {id}");
    }
}

/// The commands in the examples of a help text: continued lines are joined, comments left out.
fn examples(help: &str) -> Vec<String> {
    let Some((_, lines)) = help.split_once("\nExamples:\n") else { return Vec::new() };
    let joined = lines.replace("\\\n", " ");
    let lines = joined.lines().take_while(|line| line.starts_with("  "));
    lines.map(|line| line.split("  #").next().unwrap_or_default().trim().to_owned()).collect()
}

#[test]
fn every_help_has_examples_that_can_be_pasted() {
    let whole = rarefy_cli::command();
    for (path, command) in all() {
        if command.has_subcommands() && path != "rarefy" {
            continue;
        }
        let help = rendered(&command, true);
        let found = examples(&help);
        assert!(!found.is_empty(), "{path}: no examples\n{help}");
        let (_, below) = help.split_once("\nExamples:\n").unwrap();
        for line in below.lines().take_while(|line| line.starts_with("  ")) {
            assert!(line.chars().count() <= 80, "{path}: a terminal would break {line}");
        }
        for example in found {
            // Redirections and further shell commands are not checked.
            let command = example.split([';', '|', '>']).next().unwrap();
            if let Err(wrong) = whole.clone().try_get_matches_from(command.split_whitespace()) {
                panic!("{path}: {example}: {wrong}");
            }
        }
    }
}

#[test]
fn short_help_is_worded_as_it_was_read() {
    let text: String = all()
        .iter()
        .map(|(path, command)| format!("$ {path} -h\n{}\n", rendered(command, false)))
        .collect();
    insta::assert_snapshot!("help", text);
}

#[test]
fn typical_errors_are_worded_as_they_were_read() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("words.csv", "text,label\nab,x\nba,y\nabab,x\nbb,y\n");
    write("table.csv", "cell,test_acc,nodes\ngru,0.5,10\nlstm,0.6,12\ngru,0.7,14\n");
    write("setting.toml", "[data]\nreber = {}\n[base]\ncell = 'gru'\nepochs = 1\nlernrate = 1\n");
    write("value.toml", "[data]\nreber = {}\n[base]\ncell = 'gruu'\nepochs = 1\n");
    write("batch.toml", "[data]\nreber = {}\n[base]\ncell = 'gru'\nepochs = 1\nbatch = 0\n");
    let train = "train --train words.csv --text-column text --label-column label --test words.csv";
    let commands = [
        "trian",
        "train --trian words.csv",
        "train --train words.csv --test words.csv --cell gru --out gru.safetensors",
        &format!("{train} --cell gruu --out gru.safetensors"),
        &format!("{train} --cell gru --out gru.onnx"),
        &format!("{train} --cell gru --out gru.safetensors --patience 2"),
        &format!("{train} --cell gru --out gru.safetensors --lr 0"),
        &format!("{train} --cell gru --out gru.safetensors --axes channel-steps"),
        "eval missing.safetensors --test words.csv",
        "eval words.csv --test words.csv",
        "prune missing.safetensors --percent 101 --out small.safetensors",
        "graph generate --family barabsi-albert --nodes 30 --m 3 --out ba.json",
        "graph generate --family barabasi-albert --nodes 30 --out ba.json",
        "graph generate --family star --nodes 30 --m 3 --out star.json",
        "analyze correlate table.csv --target test_ac",
        "analyze correlate table.csv --target test_acc --features node",
        "analyze describe table.csv --columns test_acc --where cell=lst",
        "study plan setting.toml",
        "study plan value.toml",
        "study plan batch.toml",
        "study run setting.toml",
        "study run missing",
        "study status missing",
        "report missing",
    ];
    let text: String = commands
        .iter()
        .map(|command| {
            let arguments: Vec<&str> = command.split(' ').collect();
            let outcome = rarefy(folder.path(), &arguments);
            format!("$ rarefy {command}\n[{}] {}\n", outcome.code, outcome.stderr)
        })
        .collect();
    insta::assert_snapshot!("errors", text);
}
