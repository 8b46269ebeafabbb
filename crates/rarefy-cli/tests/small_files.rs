//! A file of less than 1 MB never takes more than 256 MiB or 5 s, whatever its content.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::rarefy;

const MOST_TIME: Duration = Duration::from_secs(5);

/// In KiB of address space, because that can be limited; the memory in use is smaller.
const MOST_MEMORY: usize = 256 << 10;

/// Runs `rarefy` within both limits. It may report an error, but must neither panic nor be killed.
fn bounded(folder: &Path, arguments: &[&str]) {
    let start = Instant::now();
    let mut child = Command::new("sh")
        .current_dir(folder)
        .args(["-c", "ulimit -v \"$0\"; exec \"$@\"", &MOST_MEMORY.to_string()])
        .arg(env!("CARGO_BIN_EXE_rarefy"))
        .args(arguments)
        // Each arena of glibc reserves 64 MiB of address space.
        .env("MALLOC_ARENA_MAX", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if start.elapsed() > MOST_TIME {
            child.kill().unwrap();
            panic!("{arguments:?} takes more than {MOST_TIME:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    assert!(matches!(code, Some(0..=2)), "{arguments:?} {code:?}: {said}");
    assert!(!said.contains("panicked") && !said.contains("memory allocation"), "{said}");
}

/// A compressed `.npz` of two labels and of zeros: the header of `X` has this shape, and `size`
/// bytes follow.
fn zeros(shape: &str, size: usize) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, shape, size) in [("X.npy", shape, size), ("y.npy", "(2,)", 2)] {
        zip.start_file(name, options).unwrap();
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}");
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        let start = [b"\x93NUMPY\x01\0".as_slice(), &length, header.as_bytes()].concat();
        zip.write_all(&start).unwrap();
        let block = vec![0; 1 << 20];
        let mut left = size;
        while left > 0 {
            let some = left.min(block.len());
            zip.write_all(&block[..some]).unwrap();
            left -= some;
        }
    }
    zip.finish().unwrap().into_inner()
}

/// The worst known files of each kind.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let text = |lines: String| format!("string,valid\n{lines}").into_bytes();
    let labels: String = (0..80_000).map(|label| format!("{label} ")).collect();
    let names: String = (0..140_000).map(|name| format!("{name:x},")).collect();
    let many = "1,".repeat(400_000);
    vec![
        ("steps.npz", zeros("(2, 10000, 45000)", 900_000_000)),
        ("claims.npz", zeros("(2, 3)", 100_000_000)),
        ("short.npz", zeros("(2, 10000, 400)", 1000)),
        (
            "labels.ts",
            format!("@classLabel true {labels}\n@data\n{}", "1:79999\n".repeat(60_000))
                .into_bytes(),
        ),
        (
            "channels.ts",
            format!("@classLabel true a b\n@data\n{}a\n", "1:".repeat(400)).into_bytes(),
        ),
        ("columns.csv", format!("{names}\n{}\n", ",".repeat(140_000)).into_bytes()),
        ("labels.csv", text((0..110_000).map(|row| format!("a,{row}\n")).collect())),
        ("quote.csv", text("\"".repeat(900_001))),
        ("breaks.csv", text("\r".repeat(900_000))),
        ("open.csv", text(format!("a,\"{}", "\n".repeat(900_000)))),
        ("ragged.csv", text("a,1\n".repeat(200_000) + "a\n")),
        ("long.csv", text(format!("{},1\nb,0\n", "a".repeat(900_000)))),
        ("nul.csv", text("a\0b,1\n\0,0\n".to_owned())),
        ("row.csv", format!("1,0.5,{many}1\n2,0.5\n").into_bytes()),
        ("deep.csv", "[".repeat(900_000).into_bytes()),
        (
            "bytes.csv",
            (0..900_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect(),
        ),
    ]
}

#[test]
fn a_hostile_file_of_sequences_takes_neither_much_time_nor_much_memory() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("good.csv"), "string,valid\nab,1\nb,0\n").unwrap();
    let usual = ["--cell", "gru", "--layers", "2", "--epochs", "1", "--quiet"];
    let train = |file| ["train", "--train", file, "--test", file, "--out", "m.safetensors"];
    let good = [&train("good.csv")[..], &usual].concat();
    assert_eq!(rarefy(here, &good).code, 0);
    for (name, content) in hostile() {
        assert!(content.len() < 1 << 20, "{name} has {} bytes", content.len());
        fs::write(here.join(name), content).unwrap();
        bounded(here, &["data", "describe", name]);
        let arguments =
            train(name).map(|word| if word == "m.safetensors" { "n.safetensors" } else { word });
        bounded(here, &[&arguments[..], &usual].concat());
        bounded(here, &["eval", "m.safetensors", "--test", name]);
        fs::remove_file(here.join(name)).unwrap();
    }
}
