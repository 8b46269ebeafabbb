//! The commands of the guide, run as they stand there, and their output compared.
//!
//! A fenced block marked `console` holds commands after `$ ` and what they print. The commands
//! of a page are run in order in one empty folder, with real data in `data` (`just series-data`
//! fetches it). Times are not compared, and on another instruction set than the one the page was
//! written with only how many lines are printed. `RAREFY_BLESS=1` writes what is printed into the pages.

#[path = "../../rarefy/tests/support/mod.rs"]
mod data;

use std::path::Path;
use std::process::Command;

/// The instruction set that the pages' numbers come from.
const WRITTEN_WITH: &str = "avx512";

/// A command of a page, and what it prints.
struct Example {
    command: String,
    /// Lines of the page that hold what it prints.
    lines: std::ops::Range<usize>,
}

fn examples(page: &[String]) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut inside = false;
    for (at, line) in page.iter().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
            if !inside && let Some(last) = found.last_mut().filter(|last| last.lines.end == 0) {
                last.lines.end = at;
            }
        } else if inside && let Some(command) = line.strip_prefix("$ ") {
            if let Some(last) = found.last_mut().filter(|last| last.lines.end == 0) {
                last.lines.end = at;
            }
            found.push(Example { command: command.to_owned(), lines: at + 1..0 });
        } else if inside
            && let Some(last) = found.last_mut()
            && last.command.ends_with('\\')
        {
            last.command.pop();
            last.command += line.trim_start();
            last.lines.start = at + 1;
        }
    }
    found
}

fn instruction_set(folder: &Path) -> String {
    let json = run(folder, "rarefy bench train --cells rnn_tanh --repeats 1 --json --quiet");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    json["instruction_set"].as_str().unwrap().to_owned()
}

/// What a command prints on stdout.
fn run(folder: &Path, command: &str) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_rarefy")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path));
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "$ {command}\n{error}");
    String::from_utf8(output.stdout).unwrap()
}

/// A line without times.
fn without_times(line: &str) -> String {
    let Some(from) = line.find("and a step ") else { return line.to_owned() };
    let (kept, rest) = line.split_at(from);
    let mut masked = kept.to_owned();
    for character in rest.chars() {
        match character {
            '0'..='9' | '.' if masked.ends_with('#') => {}
            '0'..='9' => masked.push('#'),
            other => masked.push(other),
        }
    }
    masked
}

#[test]
fn the_page_on_limits_prints_what_it_says() {
    let Some(series) = data::series_dir() else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/limits.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let page: Vec<String> = text.lines().map(str::to_owned).collect();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    for file in std::fs::read_dir(series).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join("data").join(file.file_name())).unwrap();
    }
    let examples = examples(&page);
    assert!(examples.len() >= 6, "{} commands", examples.len());
    let other = instruction_set(folder.path()) != WRITTEN_WITH;
    let mut blessed = page.clone();
    for Example { command, lines } in &examples {
        let printed = run(folder.path(), command);
        let printed: Vec<&str> = printed.lines().collect();
        let written = &page[lines.clone()];
        if std::env::var_os("RAREFY_BLESS").is_some() {
            let from_end = page.len() - lines.end;
            let end = blessed.len() - from_end;
            let start = end - written.len();
            blessed.splice(start..end, printed.iter().map(|line| (*line).to_owned()));
            continue;
        }
        if other {
            // Even which point is kept may then differ.
            assert_eq!(printed.len(), written.len(), "$ {command}\n{}", printed.join("\n"));
            continue;
        }
        for (printed, written) in printed.iter().zip(written) {
            assert_eq!(without_times(printed), without_times(written), "$ {command}");
        }
        assert_eq!(printed.len(), written.len(), "$ {command}\n{}", printed.join("\n"));
    }
    if blessed != page {
        std::fs::write(path, blessed.join("\n") + "\n").unwrap();
    }
}

#[test]
fn the_readme_quotes_the_page_on_limits() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    let readme = read("README.md");
    let quoted: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    let quoted = without_times(&quoted.join(" "));
    assert!(quoted.starts_with("Without retraining"), "{quoted}");
    assert!(read("docs/limits.md").lines().any(|line| without_times(line) == quoted), "{quoted}");
}
