//! Lower rooms never import higher ones (ARCHITECTURE.md, "Where is what?").

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How high each room stands: a room may import itself and lower rooms only.
const HEIGHTS: [(&str, u8); 17] = [
    ("named", 0),
    ("random", 0),
    ("parallel", 0),
    ("suggest", 0),
    ("analysis", 1),
    ("kernel", 1),
    ("data", 1),
    ("graph", 1),
    ("cell", 2),
    ("network", 3),
    ("prune", 4),
    ("train", 4),
    ("wiring", 4),
    ("format", 5),
    ("study", 6),
    ("limits", 8),
    ("bench", 7),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn lower_rooms_never_import_higher_ones() {
    let heights = BTreeMap::from(HEIGHTS);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut imports = 0;
    for file in files {
        let inside = file.strip_prefix(&root).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let room = room.trim_end_matches(".rs");
        if room == "lib" {
            continue;
        }
        let height = heights.get(room).unwrap_or_else(|| panic!("{room} has no height"));
        let text = std::fs::read_to_string(&file).unwrap();
        // Tests may look up: they are not part of the room.
        let code = text.split("#[cfg(test)]").next().unwrap();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            // Would hide the room's name from the search below.
            assert!(!line.contains("crate::{"), "{}: {line}", inside.display());
            for other in line.split("crate::").skip(1) {
                let other: String =
                    other.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let Some(other_height) = heights.get(other.as_str()) else { continue };
                imports += 1;
                let allowed = other == room || other_height < height;
                assert!(allowed, "{} imports {other}: {line}", inside.display());
            }
        }
    }
    assert!(imports > 20, "only {imports} imports were seen");
}
