//! The kind of a file given as a model. It is recognised by its first bytes, because file names say
//! little (`.bin`, `.ckpt`, `.model`).

use std::io::Cursor;

use zip::ZipArchive;

use super::torch;

/// Most bytes of a safetensors header: the format's own limit.
const LONGEST_HEADER: u64 = 100_000_000;

/// The kind of a file according to its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// Written by `torch.save`, in either container.
    Torch,
    Safetensors,
    /// A file without weights that can be read here.
    Other(OtherKind),
}

/// A kind of file that is not supported: what it is, and what its owner can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherKind {
    /// A description with an article.
    pub is: &'static str,
    /// How to get a supported file.
    pub advice: &'static str,
}

const SAVE: &str = "in PyTorch, save it with torch.save(model.state_dict(), \"model.pt\")";
const PORT: &str = "copy its weights into PyTorch's nn.RNN, nn.GRU or nn.LSTM and save the \
                    state_dict() of that";
const UNPACK: &str = "unpack it first";
const AGAIN: &str = "download or copy the file again";

const fn other(is: &'static str, advice: &'static str) -> FileKind {
    FileKind::Other(OtherKind { is, advice })
}

/// First bytes of files.
const STARTS: [(&[u8], FileKind); 17] = [
    (b"\x89HDF\r\n\x1a\n", other("an HDF5 file, as Keras writes models", PORT)),
    (b"\x93NUMPY", other("a NumPy array (.npy)", SAVE)),
    (b"\x1f\x8b", other("compressed with gzip", UNPACK)),
    (b"BZh", other("compressed with bzip2", UNPACK)),
    (b"\xfd7zXZ\0", other("compressed with xz", UNPACK)),
    (b"\x28\xb5\x2f\xfd", other("compressed with zstd", UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", other("a 7z archive", UNPACK)),
    (b"Rar!", other("a RAR archive", UNPACK)),
    (b"\x78\x9c", other("compressed with zlib, as joblib does", SAVE)),
    (b"GGUF", other("a GGUF file (llama.cpp)", PORT)),
    (b"MATLAB 5.0", other("a MATLAB file", PORT)),
    (b"%PDF", other("a PDF", AGAIN)),
    (b"\x89PNG", other("a PNG image", AGAIN)),
    (b"\x7fELF", other("a program", AGAIN)),
    (b"PK\x05\x06", other("an empty zip archive", AGAIN)),
    (b"string,", other("a CSV file: data, not a model", SAVE)),
    (
        b"version https://git-lfs.github.com",
        other("a Git LFS pointer, not the file itself", "fetch the file with `git lfs pull`"),
    ),
];

impl FileKind {
    /// The kind of `bytes`, the whole of a file; `None` if it is not recognised.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(other("empty", "write it again: whatever wrote it was interrupted"));
        }
        if bytes.starts_with(torch::LEGACY_START) {
            return Some(Self::Torch);
        }
        if bytes.starts_with(torch::ARCHIVE_START) {
            return Some(of_archive(bytes));
        }
        if is_safetensors(bytes) {
            return Some(Self::Safetensors);
        }
        let starts = STARTS.into_iter().find(|(start, _)| bytes.starts_with(start));
        starts.map(|start| start.1).or_else(|| of_middle(bytes)).or_else(|| of_text(bytes))
    }
}

/// The length of the header, and its JSON. A truncated or damaged file counts as well: the reader
/// then says what is wrong.
fn is_safetensors(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else { return false };
    u64::from_le_bytes(*length) <= LONGEST_HEADER && rest.first() == Some(&b'{')
}

/// Kinds of zip archives, by the names of their entries.
fn of_archive(bytes: &[u8]) -> FileKind {
    // The reader of torch files describes damaged or truncated archives.
    let Ok(archive) = ZipArchive::new(Cursor::new(bytes)) else { return FileKind::Torch };
    let has = |fits: &dyn Fn(&str) -> bool| archive.file_names().flatten().any(|name| fits(&name));
    if has(&|name| name.ends_with("/constants.pkl") || name.contains("/code/__torch__")) {
        return other(
            "a TorchScript archive",
            "load it with torch.jit.load and save its state_dict() with torch.save",
        );
    }
    if has(&|name| name.ends_with("data.pkl")) {
        return FileKind::Torch;
    }
    if has(&|name| name == "model.weights.h5") {
        return other("a Keras model (.keras)", PORT);
    }
    if has(&|name| name.ends_with(".npy")) {
        return other("an archive of NumPy arrays (.npz)", SAVE);
    }
    if has(&|name| name.ends_with("archive_format")) {
        return other("a torch.export program (.pt2)", SAVE);
    }
    if has(&|name| name == "[Content_Types].xml") {
        return other("an office document", AGAIN);
    }
    other("a zip archive that torch.save did not write (it has no data.pkl)", UNPACK)
}

/// Kinds with a mark that is not at the start, or without any mark.
fn of_middle(bytes: &[u8]) -> Option<FileKind> {
    if bytes.get(4..8) == Some(b"TFL3") {
        return Some(other("a TensorFlow Lite model", PORT));
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some(other("a tar archive", UNPACK));
    }
    match bytes {
        [0x80, 2..=5, ..] => {
            let start = &bytes[..bytes.len().min(1 << 12)];
            let names = |word: &[u8]| start.windows(word.len()).any(|window| window == word);
            Some(if names(b"sklearn") {
                other("a pickled scikit-learn model", "give a recurrent PyTorch network")
            } else {
                other("a Python pickle that torch.save did not write", SAVE)
            })
        }
        // Protocol buffers begin with a field number. ONNX begins with the version of its format,
        // followed by the producer, the graph or the operator version. TensorFlow's SavedModel
        // begins with a version, 1, and a graph.
        [8, 1, 0x12, ..] => Some(other("a TensorFlow SavedModel", PORT)),
        [8, 1..=30, 0x12 | 0x1a | 0x22 | 0x2a | 0x32 | 0x3a | 0x42, ..] => Some(other(
            "an ONNX model",
            "give the state_dict() of the PyTorch model that it was exported from",
        )),
        _ => None,
    }
}

fn of_text(bytes: &[u8]) -> Option<FileKind> {
    let start = &bytes[..bytes.len().min(1 << 10)];
    let text = String::from_utf8_lossy(start).trim_start_matches('\u{feff}').trim().to_lowercase();
    if start.iter().any(|&byte| byte < b'\t') || text.is_empty() {
        return None;
    }
    Some(if text.starts_with("<!doctype html") || text.starts_with("<html") {
        other("an HTML page, as a failed download leaves", AGAIN)
    } else if text.starts_with('<') {
        other("an XML file", SAVE)
    } else if text.starts_with(['{', '[']) {
        other("a JSON file: settings without weights", "give the file with the weights")
    } else if !text.contains(char::REPLACEMENT_CHARACTER) {
        other("a text file", SAVE)
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(names: &[&str]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(b"x").unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn files_are_told_by_their_first_bytes() {
        assert_eq!(FileKind::of(b"\x80\x02\x8a\x0al\xfc"), Some(FileKind::Torch));
        assert_eq!(FileKind::of(&archive(&["m/data.pkl", "m/data/0"])), Some(FileKind::Torch));
        let header = [2_u64.to_le_bytes().as_slice(), b"{}"].concat();
        assert_eq!(FileKind::of(&header), Some(FileKind::Safetensors));
        assert_eq!(FileKind::of(&[0xff; 40]), None);
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b"\x89HDF\r\n\x1a\n\0", "Keras"),
            (&archive(&["metadata.json", "config.json", "model.weights.h5"]), "Keras"),
            (&archive(&["m/data.pkl", "m/constants.pkl", "m/code/__torch__.py"]), "TorchScript"),
            (&archive(&["X.npy", "y.npy"]), "NumPy"),
            (&archive(&["readme"]), "no data.pkl"),
            (b"\x1c\0\0\0TFL3\x14\0 \0", "TensorFlow Lite"),
            (b"\x93NUMPY\x01\0v\0{", "NumPy"),
            (b"\x08\x08\x12\x07pytorch\x1a\x05", "ONNX"),
            (b"\x08\x0a\x3a\xff\x01", "ONNX"),
            (b"\x08\x01\x12\x8e\x10\x0a", "SavedModel"),
            (b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x07sklearn.", "scikit-learn"),
            (b"\x80\x03}q\0.", "pickle"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS"),
            (b"<!DOCTYPE html>\n<html>", "HTML"),
            (b"{\"hidden_size\": 5}", "JSON"),
            (b"Not Found", "text"),
        ] {
            let Some(FileKind::Other(kind)) = FileKind::of(bytes) else { panic!("{word}") };
            assert!(kind.is.contains(word) && !kind.advice.is_empty(), "{word}: {kind:?}");
        }
    }
}
