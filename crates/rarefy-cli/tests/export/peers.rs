//! Other programs that run exported models: Python, and C compiled by gcc.

use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::support::skip;

/// For f32 sums in different orders.
const TOLERANCE: f64 = 1e-5;

/// Every warning of the compiler is an error.
const C_OPTIONS: [&str; 6] = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic"];

/// Logits of ReLU networks are unbounded: those of a published one reach 1,600, where neighbouring
/// floats are 1.2e-4 apart. They are compared relative to their size.
#[track_caller]
pub fn assert_close(what: &str, found: &[Vec<f64>], expected: &[Vec<f64>]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let pairs = found.iter().flatten().zip(expected.iter().flatten());
    let unbounded = what.contains("relu");
    let error = |(found, expected): (&f64, &f64)| {
        let scale = if unbounded { expected.abs().max(1.0) } else { 1.0 };
        (found - expected).abs() / scale
    };
    let most = pairs.map(error).fold(0.0, f64::max);
    assert!(most <= TOLERANCE, "{what}: logits differ by {most}");
    writeln!(std::io::stderr().lock(), "{what}: logits differ by {most:.1e} at most").unwrap();
}

/// A Python that has these modules, if there is one.
pub fn python(modules: &[&str]) -> Option<PathBuf> {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/export-peers/bin/python");
    let python = std::env::var_os("RAREFY_PYTHON").map_or(made, PathBuf::from);
    let has = Command::new(&python).arg(script()).arg("has").args(modules).output();
    has.is_ok_and(|has| has.status.success()).then_some(python)
}

pub fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/forward.py")
}

/// The logits that the script `how` computes.
pub fn forward(
    python: &Path,
    folder: &Path,
    how: &str,
    file: &str,
    more: &[&str],
) -> Vec<Vec<f64>> {
    let arguments = [how, file, "texts.json"];
    let mut command = Command::new(python);
    command.arg(script()).args(arguments).args(more).current_dir(folder);
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{how} {file}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// How integers in C are compiled, and run: nothing of it may change a bit. The compiler, options,
/// and what runs the program.
const BUILDS: [(&str, &[&str], Option<&str>); 7] = [
    ("gcc", &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"], None),
    ("gcc", &["-O0"], None),
    ("gcc", &["-O3", "-ffast-math"], None),
    ("g++", &["-x", "c++", "-O2", "-Wall", "-Wextra", "-Werror"], None),
    ("i686-linux-gnu-gcc", &["-ffast-math", "-static"], None),
    ("aarch64-linux-gnu-gcc", &["-static"], Some("qemu-aarch64")),
    ("riscv64-linux-gnu-gcc", &["-static"], Some("qemu-riscv64")),
];

/// Checks that a model in integers, `integers.c`, computes exactly `expected`, however it is
/// compiled.
#[track_caller]
pub fn assert_same_bits<T: Display>(
    folder: &Path,
    what: &str,
    texts: &[Vec<T>],
    kind: &[&str],
    expected: &[Vec<f64>],
) {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // One of the others beside the sanitizers: all models together see all of them.
    let other = 1 + NEXT.fetch_add(1, Ordering::Relaxed) % (BUILDS.len() - 1);
    for (compiler, options, runner) in [BUILDS[0], BUILDS[other]] {
        let of_c = if compiler == "g++" { &[][..] } else { &C_OPTIONS };
        let options = [of_c, options].concat();
        let classes = expected[0].len();
        let Some(binary) = compiled_by(compiler, &options, folder, "integers", kind, classes)
        else {
            skip(compiler);
            continue;
        };
        let found = logits_of(&fed_by(runner, &binary, texts, &[]));
        let single = |logits: &[Vec<f64>]| -> Vec<f32> {
            logits.iter().flatten().map(|&logit| logit as f32).collect()
        };
        assert_eq!(found.len(), expected.len(), "{what}: {compiler}");
        assert!(single(&found) == single(expected), "{what} in integers: {compiler} {options:?}");
    }
}

/// What the C file of a model computes for each of `texts`, whose steps the driver reads as `kind`
/// defines; `None` without a compiler.
pub fn in_c<T: Display>(
    folder: &Path,
    name: &str,
    texts: &[Vec<T>],
    kind: &[&str],
    classes: usize,
) -> Option<Vec<Vec<f64>>> {
    let binary = compiled(folder, name, kind, classes)?;
    Some(logits_of(&fed(&binary, texts, &[])))
}

fn logits_of(output: &str) -> Vec<Vec<f64>> {
    let line = |line: &str| line.split_whitespace().map(|value| value.parse().unwrap()).collect();
    output.lines().map(line).collect()
}

/// Compiles the driver together with the C file of a model.
pub fn compiled(folder: &Path, name: &str, kind: &[&str], classes: usize) -> Option<PathBuf> {
    compiled_by("gcc", &C_OPTIONS, folder, name, kind, classes)
}

fn compiled_by(
    compiler: &str,
    options: &[&str],
    folder: &Path,
    name: &str,
    kind: &[&str],
    classes: usize,
) -> Option<PathBuf> {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/driver.c");
    let model = format!("-DMODEL=\"{}\"", folder.join(format!("{name}.c")).display());
    let defined = [model, format!("-DNAME={name}"), format!("-DCLASSES={classes}")];
    let kind = kind.iter().map(|&defined| defined.to_owned());
    let arguments = defined.into_iter().chain(kind).chain(options.iter().map(|&o| o.to_owned()));
    let arguments: Vec<String> = arguments.collect();
    compile(compiler, folder, &format!("{name}.out"), &arguments, &[driver])
}

/// Compiles these C files in `folder` to one program.
pub fn linked(folder: &Path, files: &[String]) -> Option<PathBuf> {
    let options = C_OPTIONS.map(str::to_owned);
    compile(
        "gcc",
        folder,
        "linked.out",
        &options,
        &files.iter().map(PathBuf::from).collect::<Vec<_>>(),
    )
}

fn compile(
    compiler: &str,
    folder: &Path,
    out: &str,
    arguments: &[String],
    files: &[PathBuf],
) -> Option<PathBuf> {
    if !Command::new(compiler).arg("--version").output().is_ok_and(|gcc| gcc.status.success()) {
        skip(compiler);
        return None;
    }
    let mut gcc = Command::new(compiler);
    gcc.args(arguments).args(files).args(["-o", out, "-lm"]).current_dir(folder);
    let output = gcc.output().unwrap();
    assert!(output.status.success(), "{out}: {}", String::from_utf8_lossy(&output.stderr));
    Some(folder.join(out))
}

pub fn fed<T: Display>(binary: &Path, texts: &[Vec<T>], arguments: &[&str]) -> String {
    fed_by(None, binary, texts, arguments)
}

fn fed_by<T: Display>(
    runner: Option<&str>,
    binary: &Path,
    texts: &[Vec<T>],
    arguments: &[&str],
) -> String {
    let mut input = String::new();
    for text in texts {
        let steps: Vec<String> = text.iter().map(T::to_string).collect();
        input += &format!("{} {}\n", text.len(), steps.join(" "));
    }
    let mut command = match runner {
        Some(runner) => Command::new(runner),
        None => Command::new(binary),
    };
    command.args(runner.map(|_| binary));
    let mut process =
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let feed = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = process.wait_with_output().unwrap();
    feed.join().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// `texts`, padded with `padding` to the length of the longest.
pub fn padded<T: Clone>(texts: &[Vec<T>], padding: &T) -> Vec<Vec<T>> {
    let longest = texts.iter().map(Vec::len).max().unwrap();
    let pad = |text: &Vec<T>| {
        let mut text = text.clone();
        text.resize(longest, padding.clone());
        text
    };
    texts.iter().map(pad).collect()
}

/// The size in bytes of all constant arrays that a C file declares.
pub fn constant_bytes(text: &str) -> usize {
    let declarations = text.lines().filter_map(|line| line.strip_prefix("static RAREFY_CONST "));
    let bytes = declarations.map(|declaration| {
        let (kind, rest) = declaration.split_once(' ').unwrap();
        let count: usize = rest.split(['[', ']']).nth(1).unwrap().parse().unwrap();
        count
            * match kind {
                "char" | "int8_t" | "uint8_t" => 1,
                "int16_t" | "uint16_t" => 2,
                "float" | "int32_t" | "uint32_t" => 4,
                "int64_t" => 8,
                kind => panic!("{kind}"),
            }
    });
    bytes.sum()
}
