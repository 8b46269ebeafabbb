//! What a person at a terminal sees: `script` from Linux's util-linux runs the command in a
//! terminal, and vt100 says what is on its screen.

mod support;

use std::io::Read;
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, Stdio};

use support::rarefy;

const LINES: u16 = 60;

/// What a command sent to a terminal, and what the terminal showed.
struct Seen {
    sent: Vec<u8>,
    /// The screen after each piece of output, without spaces at the ends of lines.
    screens: Vec<String>,
}

impl Seen {
    /// The screen when the command has ended.
    fn last(&self) -> &str {
        self.screens.last().expect("something was shown")
    }

    /// Whether any text was coloured.
    fn is_coloured(&self) -> bool {
        let sent = String::from_utf8_lossy(&self.sent);
        (30..48).any(|colour| sent.contains(&format!("\u{1b}[{colour}m")))
    }
}

/// Runs a shell command in a terminal with this many columns; `rarefy` is the built one.
fn terminal(folder: &Path, columns: u16, command: &str) -> Seen {
    let script = format!("stty rows {LINES} cols {columns}\n{command}\n");
    std::fs::write(folder.join("command.sh"), script).unwrap();
    let built = Path::new(env!("CARGO_BIN_EXE_rarefy")).parent().unwrap();
    let path = std::env::join_paths(
        [built.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var("PATH").unwrap())),
    );
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--flush", "--command", "sh command.sh", "/dev/null"])
        .current_dir(folder)
        .env("PATH", path.unwrap())
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let size = |count| NonZero::new(count).unwrap();
    let mut parser = vt100::Parser::new(size(LINES), size(columns), 0);
    let mut seen = Seen { sent: Vec::new(), screens: Vec::new() };
    let mut piece = [0; 4096];
    loop {
        let read = child.stdout.as_mut().unwrap().read(&mut piece).unwrap();
        if read == 0 {
            break;
        }
        seen.sent.extend(&piece[..read]);
        // One screen per drawing, even if several arrive at once. A drawing ends with a line break
        // or an escape sequence.
        for drawn in piece[..read].split_inclusive(|byte| b"\nmKJABh".contains(byte)) {
            parser.process(drawn);
            let rows = parser.screen().rows(0, columns).map(|row| row.trim_end().to_owned());
            let screen = rows.collect::<Vec<_>>().join("\n").trim_end().to_owned();
            if seen.screens.last() != Some(&screen) {
                seen.screens.push(screen);
            }
        }
    }
    let status = child.wait().unwrap();
    assert!(status.code().is_some(), "{status}");
    seen
}

const STUDY: &str = "\
[data]
reber = { count = 600 }
[base]
layers = [12]
epochs = 4
retrain_epochs = 2
[axes]
cell = ['gru', 'lstm']
seed = [0, 1]
percent = [50, 90]
";

#[test]
fn a_study_shows_a_bar_what_runs_and_the_best_so_far_and_leaves_only_its_result() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("study.toml"), STUDY).unwrap();
    let seen = terminal(here, 80, "rarefy study run study.toml --out out --jobs 2");
    let shown = |words: &[&str]| {
        seen.screens.iter().any(|screen| words.iter().all(|&word| screen.contains(word)))
    };
    let last = seen.last();
    assert!(shown(&["/12 trials", "running: ", "best so far: none yet"]), "{:?}", seen.screens);
    assert!(shown(&[" running: ", "epoch ", " so far, ", " left"]), "{:?}", seen.screens);
    assert!(shown(&["best so far: ", "held-out accuracy 0."]), "{:?}", seen.screens);
    // Never more than three lines, because nothing went wrong.
    let bars = seen.screens.iter().filter(|screen| screen.contains(" trials,"));
    let most = bars.map(|screen| screen.lines().count()).max();
    assert_eq!(most, Some(3), "{:?}", seen.screens);
    let expected = "12 of 12 trials done, 12 of them now, in ";
    assert!(last.starts_with(expected) && !last.contains("running"), "{last}");
}

#[test]
fn what_failed_stays_on_the_screen_and_is_red_only_where_colours_are_wanted() {
    // A graph of 20 nodes has at most 190 edges.
    let study = "\
        [data]\n\
        reber = { count = 200 }\n\
        [base]\n\
        epochs = 1\n\
        nodes = 20\n\
        cell = 'gru'\n\
        family = 'gnm'\n\
        [axes]\n\
        edges = [30, 191]\n";
    for (wish, coloured) in [("", true), ("NO_COLOR=1 ", false)] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("study.toml"), study).unwrap();
        for (command, says) in [
            ("rarefy study run study.toml --out out", "failed: 191 edges: 20 nodes"),
            ("rarefy eval nothing.safetensors --test t.csv", "error: "),
            ("rarefy train --epochs x", "error: "),
        ] {
            let seen = terminal(folder.path(), 100, &format!("{wish}{command}"));
            assert!(seen.last().contains(says), "{}", seen.last());
            assert_eq!(seen.is_coloured(), coloured, "{}", seen.last());
            let sent = String::from_utf8_lossy(&seen.sent).into_owned();
            let red = says.split(' ').next().unwrap();
            let marked = [31, 1].map(|code| sent.contains(&format!("\u{1b}[{code}m{red}")));
            assert_eq!(marked.contains(&true), coloured, "{sent:?}");
        }
    }
}

#[test]
fn what_is_said_while_a_study_runs_stays() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let study = STUDY.replace("seed = [0, 1]", "seed = { from = 0, to = 99 }");
    std::fs::write(here.join("study.toml"), study).unwrap();
    let stopped = "rarefy study run study.toml --out out --jobs 1 & study=$!
        until ls out/trials/*/*.json >/dev/null 2>&1; do sleep 0.02; done
        kill -TERM $study; wait $study";
    let seen = terminal(here, 80, stopped);
    assert!(seen.last().starts_with("note: "), "{}", seen.last());
    assert!(seen.last().contains("error: stopped: "), "{}", seen.last());
    // Trials of an earlier run are counted, and one of them was the best so far.
    let seen = terminal(here, 80, "timeout 1 rarefy study run out --jobs 1");
    let unknown = |screen: &String| screen.contains("best so far: none yet");
    assert!(!seen.screens.iter().any(unknown), "{:?}", seen.screens);
}

#[test]
fn quiet_shows_nothing_but_the_result() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("study.toml"), STUDY).unwrap();
    let seen = terminal(folder.path(), 80, "rarefy study run study.toml --out out --quiet");
    assert!(seen.last().starts_with("12 of 12 trials done"), "{:?}", seen.screens);
    assert!(
        !seen.screens.iter().any(|screen| screen.contains("best so far")),
        "{:?}",
        seen.screens
    );
}

#[test]
fn a_file_gets_plain_lines_one_for_each_trial() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("study.toml"), STUDY).unwrap();
    let outcome = rarefy(folder.path(), &["study", "run", "study.toml", "--out", "out"]);
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!((outcome.code, lines[0]), (0, "12 trials to run"), "{}", outcome.stderr);
    assert_eq!(lines.len(), 13, "{}", outcome.stderr);
    assert!(lines[1..].iter().all(|line| line.contains(" held-out accuracy 0.")), "{lines:?}");
    assert!(!outcome.stderr.contains('\u{1b}') && !outcome.stdout.contains('\u{1b}'));
}

#[test]
fn tables_and_sentences_fit_the_terminal_and_files_get_them_whole() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let reproduce = "rarefy reproduce --scale smoke --cells gru,lstm --out out";
    let wide = rarefy(here, &reproduce.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(wide.code, 0, "{}", wide.stderr);
    assert!(wide.stdout.lines().any(|line| line.len() > 80), "{}", wide.stdout);
    let numbers = |text: &str| {
        let words = text.split_whitespace().filter(|word| word.contains('.'));
        words.filter(|word| word.parse::<f64>().is_ok()).map(str::to_owned).collect::<Vec<_>>()
    };
    let sorted = |mut words: Vec<String>| {
        words.sort_unstable();
        words
    };
    for columns in [70, 55, 45] {
        let seen = terminal(here, columns, &format!("{reproduce} --quiet"));
        let sent = String::from_utf8_lossy(&seen.sent);
        let widest = sent.lines().max_by_key(|line| line.trim_end().chars().count()).unwrap();
        assert!(widest.trim_end().chars().count() <= usize::from(columns), "{columns}: {widest}");
        // No output is lost, and no number is broken across lines.
        assert_eq!(sorted(numbers(&sent)), sorted(numbers(&wide.stdout)), "{columns}: {sent}");
    }
}
