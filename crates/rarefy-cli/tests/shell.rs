//! What shells and `man` learn about the command line.

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use support::rarefy;

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "elvish", "powershell"];

/// Every command: `["train"]`, `["study", "run"]`, and those that only have subcommands.
fn commands() -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    for command in rarefy_cli::command().get_subcommands() {
        let name = command.get_name().to_owned();
        let within = command.get_subcommands().map(|within| within.get_name().to_owned());
        found.extend(within.map(|within| vec![name.clone(), within]));
        found.push(vec![name]);
    }
    assert!(found.len() > 25, "{found:?}");
    found
}

/// The completions that bash offers for the last word of a command line.
fn offered(folder: &Path, words: &[&str]) -> BTreeSet<String> {
    let script = "source <(\"$RAREFY\" completions bash) || exit 1
        COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1))
        # Of a shell that completes: here nobody types.
        compopt() { :; }
        _rarefy \"$1\" \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = Command::new("bash")
        .args(["-c", script, "bash", "rarefy"])
        .args(words)
        .env("RAREFY", env!("CARGO_BIN_EXE_rarefy"))
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
}

#[test]
fn bash_completes_commands_options_values_and_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("gru model.safetensors"), "").unwrap();
    let offers = |words: &[&str]| offered(folder.path(), words);
    let of = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(offers(&["tr"]), of(&["train"]));
    assert_eq!(offers(&["study", "st"]), of(&["status"]));
    assert!(offers(&["study", "run", "--"]).is_superset(&of(&["--out", "--shard", "--jobs"])));
    assert_eq!(offers(&["train", "--cell", "rnn"]), of(&["rnn_relu", "rnn_tanh"]));
    assert_eq!(offers(&["prune", "--scope", ""]), of(&["both", "hh", "ih"]));
    assert_eq!(offers(&["export", "--format", "o"]), of(&["onnx"]));
    // A name with a space in it is a single file.
    assert_eq!(offers(&["train", "--train", "gru"]), of(&["gru model.safetensors"]));
    assert_eq!(offers(&["completions", ""]).intersection(&of(&SHELLS)).count(), SHELLS.len());
}

#[test]
fn each_shell_learns_every_command_and_the_values_of_enums() {
    let folder = tempfile::tempdir().unwrap();
    let commands = commands();
    for shell in SHELLS {
        let outcome = rarefy(folder.path(), &["completions", shell]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        for command in &commands {
            let name = command.last().unwrap();
            assert!(outcome.stdout.contains(name.as_str()), "{shell} does not know {command:?}");
        }
        // Elvish and PowerShell do not complete values.
        if ["bash", "zsh", "fish"].contains(&shell) {
            for value in ["rnn_relu", "bayesian_ridge", "barabasi-albert", "onnx", "embedded"] {
                assert!(outcome.stdout.contains(value), "{shell} does not know {value}");
            }
        }
    }
    let zsh = rarefy(folder.path(), &["completions", "zsh"]).stdout;
    for (option, completes) in [("'--out=", ":DIR:_files -/"), ("'--train=", ":FILE:_files'")] {
        let line = zsh.lines().find(|line| line.starts_with(option)).unwrap();
        assert!(line.contains(completes), "{line}");
    }
    assert!(rarefy(folder.path(), &["completions", "tcsh"]).failure(2).contains("'tcsh'"));
}

#[test]
fn every_command_has_its_page_and_man_finds_no_fault_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = rarefy(folder.path(), &["man", "--out", "deep/man1"]);
    assert!(outcome.stdout.contains("deep/man1/rarefy.1"), "{}", outcome.stdout);
    let pages = folder.path().join("deep/man1");
    let mut expected: BTreeSet<String> =
        commands().iter().map(|command| format!("rarefy-{}.1", command.join("-"))).collect();
    expected.insert("rarefy.1".to_owned());
    let entries = std::fs::read_dir(&pages).unwrap();
    let found: BTreeSet<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, expected);

    let first = std::fs::read_to_string(pages.join("rarefy.1")).unwrap();
    assert_eq!(rarefy(folder.path(), &["man"]).stdout, first);
    let groff = Command::new("groff").arg("--version").output();
    if !groff.is_ok_and(|output| output.status.success()) {
        return support::skip("groff");
    }
    for name in &found {
        let options = ["-man", "-Tutf8", "-P-cbou", "-wall", "-rLL=78n", "-t"];
        let output = Command::new("groff").args(options).arg(pages.join(name)).output().unwrap();
        let warnings = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && warnings.is_empty(), "{name}: {warnings}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("SYNOPSIS") && text.contains("--help"), "{name}: {text}");
        if name == "rarefy-study-run.1" {
            // Examples are unchanged, one per line.
            let example = "  rarefy study run sweep --shard 2/8 ";
            assert!(text.contains(example) && text.contains("\nEXAMPLES\n"), "{text}");
        }
    }
}
