//! Valid PyTorch files that are cut off, or whose bits are flipped or parts shuffled. Each is read
//! or rejected, without a panic, and in memory bounded by the file's size.

mod support;

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rarefy::format::torch::{MAX_EXPANSION, TorchFault, parse_state_dict};
use rarefy::random::Stream;

/// Bytes of memory that pickled values may take per byte of the file. An instruction of one byte
/// costs a value (40) and its place on the stack (8) or in the memo (about 20), and vectors hold up
/// to three times their content while they grow.
const MAX_HEAP_PER_BYTE: u64 = 160;

/// The memory that parsing takes however short the file is: error messages, the first allocation of
/// each vector, and the buffers of a few KiB with which `zip` looks for records.
const HEAP_OF_NOTHING: u64 = 64 << 10;

#[test]
fn a_file_of_the_thesis_cut_anywhere_is_an_error() {
    let Some(folder) = support::thesis_dir() else {
        return;
    };
    for path in ["stack/rnn_tanh.pt", "graph/RNN_RELU/barabasi_albert_4.pt"] {
        let bytes = std::fs::read(folder.join("weights").join(path)).unwrap();
        // The data begin after the last pickle, a list of keys.
        let keys = bytes.windows(4).rposition(|window| window == [0x80, 2, b']', b'q']).unwrap();
        let data = keys + bytes[keys..].windows(2).position(|window| window == b"e.").unwrap() + 2;
        // A step that is no multiple of any alignment, so that cuts fall anywhere in an element.
        for end in (0..data + 64).chain((data..bytes.len()).step_by(61)) {
            match parse_state_dict(&bytes[..end]) {
                Err(TorchFault::Truncated { end: told, .. }) => assert_eq!(told, end),
                Err(TorchFault::NotTorch { .. }) => assert!(end < 4),
                other => panic!("{path} cut at byte {end}: {other:?}"),
            }
        }
    }
}

#[test]
fn an_archive_cut_anywhere_is_an_error() {
    let bytes = std::fs::read(fixture("recurrent_model_state.pt")).unwrap();
    for end in 0..bytes.len() {
        assert!(parse_state_dict(&bytes[..end]).is_err(), "cut at byte {end}");
    }
}

#[test]
fn damaged_files_neither_panic_nor_take_more_memory_than_their_size_allows() {
    let mut paths =
        ["recurrent_model_state.pt", "views.pt", "legacy_views.pt"].map(fixture).to_vec();
    if let Some(folder) = support::thesis_dir() {
        paths.push(folder.join("weights/graph/RNN_RELU/barabasi_albert_4.pt"));
    }
    let mut draw = Stream::new(0, "damage to PyTorch files");
    for path in paths {
        let sound = std::fs::read(&path).unwrap();
        let mut refused = 0;
        for _ in 0..10_000 {
            let mut bytes = sound.clone();
            for _ in 0..1 + draw.index(4) {
                let at = draw.index(bytes.len());
                bytes[at] = match draw.index(3) {
                    0 => bytes[at] ^ (1 << draw.index(8)),
                    1 => [0, 1, 0x7f, 0x80, 0xff][draw.index(5)],
                    _ => sound[draw.index(sound.len())],
                };
            }
            refused += usize::from(!parses_within_bounds(&bytes));
        }
        // Much of each file is structure, so most damage is detected.
        assert!(refused > 1000, "{}: {refused} of 10000 refused", path.display());
    }
}

proptest! {
    /// Instructions of the list, with small arguments, in any order.
    #[test]
    fn random_pickles_neither_panic_nor_take_more_memory_than_their_size_allows(
        instructions in prop::collection::vec(prop::sample::select(INSTRUCTIONS), 0..400)
    ) {
        parses_within_bounds(&legacy(&instructions.concat()));
    }
}

#[test]
fn the_costliest_instructions_stay_within_the_bound() {
    // Just above a power of two, where vectors have just doubled.
    const TIMES: usize = (1 << 20) + 1;
    for instructions in [&b"]"[..], b"N", b"(", b")\x94", b"]\x94", b"]Na", b"}NNs", b"h\x00"] {
        let repeated = instructions.repeat(TIMES);
        assert!(!parses_within_bounds(&legacy(&[b"Nq\x00", repeated.as_slice()].concat())));
    }
    // All of these are reachable from the outermost one.
    for part in [&b"]"[..], b"}"] {
        let held = [b"(", part.repeat(TIMES).as_slice(), b"t"].concat();
        assert!(!parses_within_bounds(&legacy(&held)));
    }
}

const INSTRUCTIONS: &[&[u8]] = &[
    b"(",
    b"N",
    b"\x88",
    b"K\x01",
    b"K\x00",
    b"J\xff\xff\xff\xff",
    b"\x8a\x08\0\0\0\0\0\0\0\x7f",
    b"X\x07\0\0\0storage",
    b"X\x01\0\0\0a",
    b")",
    b"\x85",
    b"\x86",
    b"\x87",
    b"t",
    b"]",
    b"a",
    b"e",
    b"}",
    b"s",
    b"u",
    b"q\x00",
    b"q\x01",
    b"\x94",
    b"h\x00",
    b"h\x01",
    b"R",
    b"b",
    b"Q",
    b"ccollections\nOrderedDict\n",
    b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"ctorch._utils\n_rebuild_parameter\n",
    b"ctorch\nFloatStorage\n",
    b"ca\nb\n",
    b"\x81",
    b"\x92",
    b"\x8f",
    b"\x90",
    b"\x91",
    b"0",
    b"1",
    b"2",
    b"C\x01a",
    b"U\x01a",
    b"\x8b\x01\0\0\0a",
    // A storage; and OrderedDict(), without which much is rejected.
    b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0aX\x03\0\0\0cpuK\x01tQ",
    b"ccollections\nOrderedDict\n)R",
];

/// A legacy file whose object is built by `instructions`, without storages.
fn legacy(instructions: &[u8]) -> Vec<u8> {
    let start = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\
        \x80\x02}X\r\0\0\0little_endian\x88s.\x80\x02";
    [start, instructions, b".\x80\x02]."].concat()
}

/// Parses a file and returns whether that succeeded.
///
/// # Panics
/// If the parser panics, or takes more memory than the file's size allows.
fn parses_within_bounds(bytes: &[u8]) -> bool {
    let mut parsed = false;
    let info = allocation_counter::measure(|| parsed = parse_state_dict(bytes).is_ok());
    let limit = (MAX_HEAP_PER_BYTE + MAX_EXPANSION as u64) * bytes.len() as u64 + HEAP_OF_NOTHING;
    assert!(info.bytes_max <= limit, "{} bytes for a file of {}", info.bytes_max, bytes.len());
    parsed
}

fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torch").join(file)
}
