//! Who may import whom (ARCHITECTURE.md, "Where is what?"): crates and rooms import only lower
//! ones, and no file imports one that imports it, directly or indirectly. Tests may import
//! anything.

#[path = "rooms/imports.rs"]
mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use imports::{Module, Sources};

/// The height of each room: a room may import only itself and lower rooms.
const HEIGHTS: [(&str, u8); 22] = [
    ("named", 1),
    ("random", 0),
    ("number", 0),
    ("parallel", 0),
    ("suggest", 0),
    ("analysis", 2),
    ("kernel", 2),
    ("data", 2),
    ("graph", 2),
    ("cell", 3),
    ("network", 4),
    ("quantize", 5),
    ("train", 6),
    ("wiring", 6),
    ("connections", 6),
    ("prune", 7),
    ("sparsify", 8),
    ("format", 9),
    ("recipe", 10),
    ("study", 11),
    ("limits", 13),
    ("bench", 12),
];

/// Each crate may import those before it.
const CRATES: [&str; 5] = ["rarefy", "rarefy-view", "rarefy-papers", "rarefy-cli", "rarefy-py"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn sources(name: &str) -> Sources {
    Sources::read(&folder(name).join("src"))
}

#[test]
fn lower_rooms_never_import_higher_ones() {
    let heights = BTreeMap::from(HEIGHTS);
    let sources = sources("rarefy");
    let rooms: BTreeSet<&str> =
        sources.modules().filter_map(|module| Some(module.first()?.as_str())).collect();
    assert_eq!(rooms, heights.keys().copied().collect(), "each room has a height");
    let imports = sources.imports();
    for (from, to) in &imports {
        let (Some(room), Some(other)) = (from.first(), to.first()) else { continue };
        let allowed = room == other || heights[other.as_str()] < heights[room.as_str()];
        assert!(allowed, "{} imports {}", from.join("::"), to.join("::"));
    }
    assert!(imports.len() > 300, "only {} imports were seen", imports.len());
}

#[test]
fn crates_import_only_those_before_them() {
    for (place, name) in CRATES.into_iter().enumerate() {
        let manifest = std::fs::read_to_string(folder(name).join("Cargo.toml")).unwrap();
        let needed = manifest.split("[dependencies]").nth(1).unwrap();
        let needed = needed.split("\n[").next().unwrap();
        let sources = sources(name);
        let foreign = sources.foreign();
        for (other_place, other) in CRATES.into_iter().enumerate() {
            let needs = needed.lines().any(|line| {
                line.split(['.', ' ', '=']).next().is_some_and(|needed| needed == other)
            });
            let is_named = foreign.contains(other.replace('-', "_").as_str()) && other != name;
            assert!(!needs || other_place < place, "{name} depends on {other}");
            assert!(!is_named || needs, "{name} names {other}");
            assert!(!needs || is_named, "{name} needs {other} for nothing");
        }
    }
    let view = std::fs::read_to_string(folder("rarefy-view").join("Cargo.toml")).unwrap();
    let papers = std::fs::read_to_string(folder("rarefy-papers").join("Cargo.toml")).unwrap();
    assert!(!view.contains("clap") && !papers.contains("clap"));
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let mut circles = Vec::new();
    for name in CRATES {
        let imports = sources(name).imports();
        let closing = imports.iter().filter(|(from, to)| reaches(&imports, to, from));
        circles
            .extend(closing.map(|(from, to)| {
                format!("{name}: {} imports {}", from.join("::"), to.join("::"))
            }));
    }
    assert!(circles.is_empty(), "these imports close circles:\n{}", circles.join("\n"));
}

/// Whether imports lead from one file to the other.
fn reaches(imports: &BTreeSet<(Module, Module)>, from: &Module, to: &Module) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(at) = next.pop() {
        if at == to {
            return true;
        }
        if seen.insert(at) {
            let out = imports.range((at.clone(), Module::new())..);
            next.extend(out.take_while(|(from, _)| from == at).map(|(_, to)| to));
        }
    }
    false
}
