//! Where results go: for every `--out`, what the file name implies about the format.
//!
//! A name whose ending belongs to another format would mislead readers of the file, so it is
//! rejected before anything is computed. Any other ending is the user's own (`gru-0.9`) and implies
//! nothing.

use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};
use rarefy::format::meaning;

/// The endings of models that rarefy trains and prunes.
pub const MODEL: &[&str] = &["safetensors"];
/// The endings of pictures.
pub const PICTURE: &[&str] = &["svg", "png"];
/// The endings of graphs.
pub const GRAPH: &[&str] = &["json", "graphml", "xml", "edges", "edgelist", "csv", "tsv", "txt"];
/// The endings of graphs with weights.
pub const EDGES: &[&str] = &["csv", "tsv"];

/// Checks whether a file named `path` can have the format of files with `endings`; the error says
/// why not.
pub fn check(path: &Path, endings: &[&str]) -> Result<(), String> {
    if path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
        return Err("expected the name of a file, not of a folder".to_owned());
    }
    let Some((ending, kind)) = meaning(path) else { return Ok(()) };
    if endings.contains(&ending) {
        return Ok(());
    }
    let advice = match endings {
        MODEL => "; `rarefy export` writes a model as PyTorch, ONNX or C",
        EDGES => ", which have a column for the weights",
        _ => "",
    };
    Err(format!(
        "a .{ending} file holds {kind}, which is not what is written here: expected a name that ends \
         in {}{advice}",
        listed(endings)
    ))
}

/// `.svg or .png`
pub fn listed(endings: &[&str]) -> String {
    match endings {
        [] => String::new(),
        [only] => format!(".{only}"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|ending| format!(".{ending}")).collect();
            format!("{} or .{last}", first.join(", "))
        }
    }
}

/// Parses the name of an output file in the format of files with `endings`.
pub fn file(endings: &'static [&'static str]) -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(move |path| check(&path, endings).map(|()| path))
}

/// The same if there are several formats and the name chooses one.
pub fn file_by_name(endings: &'static [&'static str]) -> impl TypedValueParser<Value = PathBuf> {
    file(endings).try_map(move |path| match meaning(&path) {
        Some(_) => Ok(path),
        None => Err(format!(
            "the name says what is written: expected one that ends in {}",
            listed(endings)
        )),
    })
}

/// Parses the name of an output folder; rejects the name of a file.
pub fn folder() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match meaning(&path) {
        Some((ending, kind)) if !path.is_dir() => Err(format!(
            "a folder is written here, and .{ending} names a file that holds {kind}: leave the \
             ending out"
        )),
        _ => Ok(path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_of_another_kind_is_refused_and_one_without_a_meaning_is_not() {
        for name in ["m.safetensors", "m", "gru-0.9", "a.b/M.SAFETENSORS"] {
            assert_eq!(check(Path::new(name), MODEL), Ok(()), "{name}");
        }
        let refused = check(Path::new("m.PTH"), MODEL).unwrap_err();
        assert!(refused.contains("PyTorch") && refused.contains("rarefy export"), "{refused}");
        let refused = check(Path::new("g.edges"), EDGES).unwrap_err();
        let says = "a .edges file holds an edge list, which is not what is written here: expected a \
                    name that ends in .csv or .tsv, which have a column for the weights";
        assert_eq!(refused, says);
        let refused = check(Path::new("g.pdf"), PICTURE).unwrap_err();
        assert!(refused.contains(".svg or .png") && !refused.contains("export"), "{refused}");
        assert!(check(Path::new("folder/"), PICTURE).is_err());
    }

    #[test]
    fn what_is_written_has_endings_with_a_meaning() {
        for ending in [MODEL, PICTURE, GRAPH].concat() {
            assert!(meaning(Path::new(&format!("a.{ending}"))).is_some(), "{ending}");
        }
    }
}
