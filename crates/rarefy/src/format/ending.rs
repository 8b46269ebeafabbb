//! What a file name's extension says about the kind of file.

use std::path::Path;

/// Kinds of files with a known extension, and these extensions in lower case, the usual one first.
const KINDS: [(&str, &[&str]); 40] = [
    ("safetensors", &["safetensors"]),
    ("PyTorch", &["pt", "pth", "ckpt", "bin"]),
    ("ONNX", &["onnx"]),
    ("C", &["c", "h"]),
    ("C++", &["cpp", "cc", "hpp"]),
    ("TensorFlow Lite", &["tflite"]),
    ("Keras", &["keras"]),
    ("HDF5", &["h5", "hdf5"]),
    ("Protocol Buffers", &["pb"]),
    ("Python pickle", &["pkl", "pickle"]),
    ("NumPy", &["npy", "npz"]),
    ("MATLAB", &["mat"]),
    ("sktime series", &["ts"]),
    ("ARFF", &["arff"]),
    ("CSV", &["csv"]),
    ("tab-separated values", &["tsv"]),
    ("Parquet", &["parquet"]),
    ("Excel", &["xlsx"]),
    ("JSON", &["json"]),
    ("JSON lines", &["jsonl"]),
    ("TOML", &["toml"]),
    ("YAML", &["yaml", "yml"]),
    ("XML", &["xml"]),
    ("GraphML", &["graphml"]),
    ("GEXF", &["gexf"]),
    ("GML", &["gml"]),
    ("MatrixMarket", &["mtx"]),
    ("Graphviz", &["dot"]),
    ("an edge list", &["edges", "edgelist"]),
    ("plain text", &["txt"]),
    ("Markdown", &["md"]),
    ("HTML", &["html"]),
    ("SVG", &["svg"]),
    ("PNG", &["png"]),
    ("PDF", &["pdf"]),
    ("EPS", &["eps"]),
    ("JPEG", &["jpg", "jpeg"]),
    ("GIF", &["gif"]),
    ("ZIP", &["zip"]),
    ("Python", &["py"]),
];

/// The extension of a file name in lower case, if it is known, with its meaning.
pub fn meaning(path: &Path) -> Option<(&'static str, &'static str)> {
    let ending = path.extension()?.to_str()?.to_lowercase();
    let of = |(kind, endings): (_, &[&'static str])| {
        Some((*endings.iter().find(|known| **known == ending)?, kind))
    };
    KINDS.into_iter().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_in_lower_case_and_stand_once() {
        let all: Vec<&str> = KINDS.iter().flat_map(|(_, endings)| *endings).copied().collect();
        for (at, ending) in all.iter().enumerate() {
            assert_eq!(*ending, ending.to_lowercase());
            assert!(!all[..at].contains(ending), "{ending}");
        }
        assert_eq!(meaning(Path::new("M.PTH")), Some(("pth", "PyTorch")));
        assert_eq!(meaning(Path::new("gru-0.9")), None);
    }
}
