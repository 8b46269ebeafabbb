//! Runs the commands of the README and the guide as they are printed, and compares their output.
//!
//! A fenced block marked `console` holds commands after `$ ` and their output on stdout. The
//! commands of a page run in order in one folder. At first it holds only what [`prepare`] puts
//! there, and the page's `toml` blocks that begin with `# NAME.toml`. Times are not compared.
//! Commands run with AVX2, so that every machine that has it prints the same numbers; elsewhere
//! only the number of lines is compared. `RAREFY_BLESS=1` writes the output into the pages.
//!
//! Commands that no test can run are in blocks marked `sh`, and in [`NOT_RUN`] with the reason.

#[path = "support/kept.rs"]
mod kept;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::series_dir;

/// The instruction set that the pages' numbers come from, if this machine has it.
fn written_with() -> Option<&'static str> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        return Some("avx2+fma");
    }
    None
}

/// Defines a test for each page that runs its commands, and lists all pages that have one.
macro_rules! pages {
    ($($test:ident: $page:literal),* $(,)?) => {
        const PAGES: &[&str] = &[$($page),*];
        $(#[test]
        fn $test() {
            prints_what_it_says($page);
        })*
    };
}

pages! {
    readme: "README.md",
    example: "docs/example/README.md",
    start: "docs/start.md",
    reproduce: "docs/reproduce.md",
    prune: "docs/prune.md",
    limits: "docs/limits.md",
    sparse: "docs/sparse.md",
    device: "docs/device.md",
    graphs: "docs/graphs.md",
    report: "docs/report.md",
    findings: "docs/findings.md",
    studies: "docs/studies.md",
    cluster: "docs/cluster.md",
    files: "docs/files.md",
    layering: "docs/inside/layering.md",
    kernels: "docs/inside/kernels.md",
}

/// The commands in `sh` blocks: how each begins, and why it is not run.
const NOT_RUN: &[(&str, &str)] = &[
    ("cargo run --release -- reproduce", "minutes; docs/reproduce.md shows what it prints"),
    ("cargo test", "it runs this test"),
    ("cargo install", "it compiles the command that the test has"),
    ("rarefy reproduce", "minutes; docs/reproduce.md shows what it prints"),
    ("rarefy report rarefy-results/laptop", "it prints what the one before does"),
    ("rarefy study status", "of what the one before submits"),
    ("rarefy study submit", "it needs a cluster; tests/slurm.rs runs it"),
    ("rarefy serve", "it does not end; tests/serve.rs and tests/browser.rs look at it"),
    ("rarefy bench", "every number is a time"),
    ("less ", "it does not end"),
    (
        "just wheel",
        "minutes of compiling; crates/rarefy-py/tests/package.rs tests what a wheel holds",
    ),
    ("pip install", "of that wheel"),
    ("rarefy train --train train-images", "six minutes, of MNIST"),
    ("rarefy quantize digits", "of that model"),
    ("rarefy train ...", "of the reader's own files; crates/rarefy-py/tests reads such logs"),
    ("docs/cluster/parallel.sh", "it needs GNU parallel and other machines"),
];

/// Commands that take minutes to an hour. Their records are kept in the repository, and
/// `rarefy report` prints from them what `reproduce` prints at its end.
const KEPT: [(&str, &str); 2] = [
    ("rarefy reproduce", "rarefy report rarefy-results/laptop"),
    ("rarefy reproduce --scale full", "rarefy report rarefy-results/full"),
];

/// A command of a page, and its output.
struct Example {
    command: String,
    /// The lines of the page that hold its output.
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// Runs a command and returns what it prints on stdout.
fn run(folder: &Path, command: &str) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_rarefy")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path));
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .envs(written_with().map(|set| ("RAREFY_INSTRUCTION_SET", set)))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "$ {command}\n{error}");
    String::from_utf8(output.stdout).unwrap()
}

/// The command to run for a command on a page.
fn runnable(command: &str) -> String {
    // A comment may follow.
    let command = command.split("  #").next().unwrap_or(command).trim_end();
    let command = command.replace("cargo run --release --", "rarefy");
    let kept = KEPT.iter().find(|(shown, _)| *shown == command);
    kept.map_or(command, |(_, run)| (*run).to_owned())
}

/// The study files of a page: blocks that begin with the name of the file.
fn study_files(page: &str) -> impl Iterator<Item = (&str, &str)> {
    let blocks = page.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
    blocks.filter_map(|(block, _)| {
        let name = block.lines().next()?.strip_prefix("# ")?.split(':').next()?;
        name.ends_with(".toml").then_some((name, block))
    })
}

/// Puts into `folder` what the commands of a page need: real data in `data` (`just series-data`
/// downloads them), and finished runs in `rarefy-results`. False if these data are missing.
fn prepare(folder: &Path, commands: &[String]) -> bool {
    let asks = |what: &str| commands.iter().any(|command| command.contains(what));
    if asks("data/") && asks("_TRAIN.ts") {
        let Some(series) = series_dir() else { return false };
        fs::create_dir(folder.join("data")).unwrap();
        for file in fs::read_dir(series).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.join("data").join(file.file_name())).unwrap();
        }
    }
    for run in ["laptop", "full", "zhang2023-full"] {
        if asks(&format!("rarefy-results/{run}")) {
            kept::unpack(run, &folder.join("rarefy-results"));
        }
    }
    true
}

/// A line without times. If it has any, the spaces that align it are not compared either.
fn without_times(line: &str) -> String {
    const UNITS: [&str; 8] =
        ["s", "ms", "second", "seconds", "minute", "minutes", "microseconds", "times as fast"];
    let (kept, rest) = line.split_at(line.find("A step takes ").unwrap_or(line.len()));
    // Only `reproduce` prints how long a run took; the command that runs instead of it does not.
    let kept = kept.split_once("; this run took ").map_or(kept, |(report, _)| report);
    let mut words: Vec<String> = kept.split(' ').map(str::to_owned).collect();
    let mut masked = false;
    for at in 0..words.len() {
        let next = words[at + 1..].iter().filter(|word| !word.is_empty()).take(3);
        let next: Vec<&str> = next.map(String::as_str).collect();
        let next = next.join(" ");
        let unit = UNITS.iter().any(|unit| {
            let rest = next.strip_prefix(unit);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        });
        if unit && words[at].trim_start_matches('(').starts_with(|c: char| c.is_ascii_digit()) {
            let open = if words[at].starts_with('(') { "(" } else { "" };
            words[at] = format!("{open}#");
            masked = true;
        }
    }
    if masked {
        words.retain(|word| !word.is_empty());
    }
    let mut kept = words.join(" ");
    for character in rest.chars() {
        match character {
            '0'..='9' | '.' if kept.ends_with('#') => {}
            '0'..='9' => kept.push('#'),
            other => kept.push(other),
        }
    }
    kept
}

fn prints_what_it_says(name: &str) {
    let page: Vec<String> = read(name).lines().map(str::to_owned).collect();
    let examples = examples(&page);
    assert!(!examples.is_empty(), "{name} has no command");
    let commands: Vec<String> = examples.iter().map(|shown| runnable(&shown.command)).collect();
    let folder = tempfile::tempdir().unwrap();
    if !prepare(folder.path(), &commands) {
        return;
    }
    for (name, text) in study_files(&page.join("\n")) {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let bless = std::env::var_os("RAREFY_BLESS").is_some();
    let mut blessed = page.clone();
    for (Example { lines, .. }, command) in examples.iter().zip(&commands) {
        let printed = run(folder.path(), command);
        let printed: Vec<&str> = printed.lines().collect();
        let written = &page[lines.clone()];
        let compared = |lines: &mut dyn Iterator<Item = &str>| -> Vec<String> {
            lines.map(without_times).collect()
        };
        let found = compared(&mut printed.iter().copied());
        let expected = compared(&mut written.iter().map(String::as_str));
        if bless {
            if found != expected {
                let end = blessed.len() - (page.len() - lines.end);
                let start = end - written.len();
                blessed.splice(start..end, printed.iter().map(|line| (*line).to_owned()));
            }
            continue;
        }
        if written_with().is_none() {
            // Other rounding may even change which point is kept.
            assert_eq!(found.len(), expected.len(), "$ {command}\n{}", printed.join("\n"));
            continue;
        }
        assert_eq!(found, expected, "{name}: $ {command}\n{}", printed.join("\n"));
    }
    if blessed != page {
        fs::write(root().join(name), blessed.join("\n") + "\n").unwrap();
    }
}

/// Every page, relative to the root of the repository.
fn every_page() -> Vec<String> {
    fn walk(folder: &Path, under: &str, pages: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{under}/{}", entry.file_name().to_str().unwrap());
            match entry.path() {
                path if path.is_dir() => walk(&path, &name, pages),
                _ if name.ends_with(".md") => pages.push(name),
                _ => {}
            }
        }
    }
    let mut pages = vec!["README.md".to_owned()];
    walk(&root().join("docs"), "docs", &mut pages);
    pages.sort();
    pages
}

#[test]
fn every_command_of_every_page_is_run_or_named_with_a_reason() {
    let mut unused: Vec<&str> = NOT_RUN.iter().map(|(command, _)| *command).collect();
    for name in every_page() {
        let text = read(&name);
        let has = text.lines().any(|line| line == "```console");
        assert_eq!(has, PAGES.contains(&name.as_str()), "{name} and the list of pages");
        let mut block = "";
        let mut continued = false;
        for line in text.lines() {
            if let Some(language) = line.strip_prefix("```") {
                block = if block.is_empty() { language } else { "" };
                let known = ["", "console", "sh", "toml", "text", "json", "python"];
                assert!(known.contains(&block), "{name}: {line}");
            } else if block == "sh" && !continued && !line.starts_with('#') && !line.is_empty() {
                let known = NOT_RUN.iter().find(|(command, _)| line.starts_with(command));
                let (command, _) = known.unwrap_or_else(|| panic!("{name}: is not run: {line}"));
                unused.retain(|other| other != command);
            }
            continued = line.ends_with('\\');
            let indented = line.strip_prefix("    ").filter(|_| block.is_empty());
            let command = indented.filter(|line| {
                ["rarefy ", "cargo ", "$ ", "just "].iter().any(|start| line.starts_with(start))
            });
            assert_eq!(command, None, "{name}: a command in no block that says what it is");
        }
    }
    assert!(unused.is_empty(), "no page has {unused:?}");
}

#[test]
fn every_page_is_in_the_guide_and_every_link_leads_somewhere() {
    let summary = read("docs/SUMMARY.md");
    for name in every_page() {
        let within = name.strip_prefix("docs/").filter(|within| *within != "SUMMARY.md");
        if let Some(within) = within {
            assert!(summary.contains(&format!("({within})")), "{name} is not in SUMMARY.md");
        }
        let (text, mut headings) = (read(&name), BTreeSet::new());
        for heading in text.lines().filter(|line| line.starts_with("## ")) {
            assert!(headings.insert(heading), "{name}: a second '{heading}'");
        }
        let folder = root().join(&name).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if file.is_empty() || link.starts_with("http") {
                continue;
            }
            assert!(folder.join(file).exists(), "{name}: {link}");
        }
    }
}

#[test]
fn times_are_masked_and_nothing_else() {
    for (line, masked) in [
        ("4 of 4 trials done, 4 of them now, in 3 s", "4 of 4 trials done, 4 of them now, in # s"),
        ("a  b 12", "a  b 12"),
        ("gru   0.69 seconds   1.5", "gru # seconds 1.5"),
        ("sums (2.6 times as fast, one core)", "sums (# times as fast, one core)"),
        ("3 strings, 2 times", "3 strings, 2 times"),
        ("the report is a/report.html; this run took 5 s", "the report is a/report.html"),
        (
            "x. A step takes 0.27 microseconds instead of 0.69 (in rarefy",
            "x. A step takes # microseconds instead of # (in rarefy",
        ),
    ] {
        assert_eq!(without_times(line), masked);
    }
}

#[test]
fn every_path_that_contributing_names_is_there() {
    let page = read("CONTRIBUTING.md");
    let (_, how) = page.split_once("## How to add").unwrap();
    let paths = how.split('`').skip(1).step_by(2).filter(|path| path.contains('/'));
    let paths: Vec<&str> = paths.collect();
    assert!(paths.len() >= 10, "{paths:?}");
    for path in paths {
        assert!(root().join(path).exists(), "{path}");
    }
}
