//! The kind of content of a file, judged by its first bytes.
//!
//! The file's name matters only for text without a recognisable beginning; otherwise such text is
//! read as CSV.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::DataError;
use super::table::without_mark;

/// The kinds of content that can be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Content {
    /// Series as text with a header.
    Ts,
    /// A single array, in NumPy's or idx format.
    Npy,
    /// Several arrays.
    Npz,
    /// A table, or anything else that is text.
    Text,
}

/// How many bytes of a file are inspected.
const HEAD: usize = 1 << 16;

/// First bytes of files of other programs.
const MARKS: [(&[u8], &str, &str); 21] = [
    (b"\x1f\x8b", "compressed with gzip", "unpack it with gunzip"),
    (b"BZh", "compressed with bzip2", "unpack it with bunzip2"),
    (b"\xfd7zXZ\0", "compressed with xz", "unpack it with unxz"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "unpack it with unzstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it and give a file of it"),
    (b"Rar!", "a RAR archive", "unpack it and give a file of it"),
    (b"PAR1", "a Parquet file", "write it as CSV, in pandas read_parquet(...).to_csv(...)"),
    (b"ARROW1", "an Arrow file", "write it as CSV, in pandas read_feather(...).to_csv(...)"),
    (b"FEA1", "a Feather file", "write it as CSV, in pandas read_feather(...).to_csv(...)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "write its arrays with numpy.savez as X and y"),
    (
        b"MATLAB 5.0",
        "a MATLAB file",
        "read it with scipy.io.loadmat and write X and y with numpy.savez",
    ),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook", "save the sheet as CSV (UTF-8)"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"%PDF", "a PDF", "give the data as CSV"),
    (b"\xff\xfe\0\0", "UTF-32 text", TO_UTF8),
    (b"\xff\xfe", "UTF-16 text", TO_UTF8),
    (b"\xfe\xff", "UTF-16 text", TO_UTF8),
    (b"\x80\x02", "a Python pickle", PICKLE),
    (b"\x80\x03", "a Python pickle", PICKLE),
    (b"\x80\x04", "a Python pickle", PICKLE),
    (b"\x80\x05", "a Python pickle", PICKLE),
];

const PICKLE: &str = "pickles can run code and are never loaded; write X and y with numpy.savez";

const TO_UTF8: &str = "save it as UTF-8 (in Excel as \"CSV UTF-8\")";

/// Keys that may begin the header of a `.ts` file, in lower case.
const TS_KEYS: [&str; 11] = [
    "@problemname",
    "@timestamps",
    "@missing",
    "@univariate",
    "@dimension",
    "@dimensions",
    "@equallength",
    "@serieslength",
    "@targetlabel",
    "@classlabel",
    "@data",
];

impl Content {
    /// Name of the kind, for a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ts => "a .ts",
            Self::Npy => "an array",
            Self::Npz => "an archive of arrays",
            Self::Text => "text",
        }
    }

    /// The kind of content of the file at `path`, and the file opened at its start.
    ///
    /// # Errors
    /// If it cannot be read, or has a known kind of content that is not supported.
    pub fn of(path: &Path) -> Result<(Self, BufReader<File>), DataError> {
        let unreadable = |reason| DataError::Unreadable { path: path.to_owned(), reason };
        let other = |(what, advice)| DataError::OtherFile { path: path.to_owned(), what, advice };
        let kind = fs::metadata(path).map_err(unreadable)?.file_type();
        if kind.is_dir() {
            return Err(other(("a folder", "give a file of it")));
        }
        if is_device(kind) {
            return Err(other(("a device", "give a file")));
        }
        let mut file = BufReader::with_capacity(HEAD, File::open(path).map_err(unreadable)?);
        let head = file.fill_buf().map_err(unreadable)?;
        let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
        let extension = extension.as_deref().and_then(|extension| extension.to_str());
        let content = Self::of_head(head, extension.unwrap_or_default()).map_err(other)?;
        Ok((content, file))
    }

    /// The same for the first bytes of a file with this extension. If it is not supported, returns
    /// what the file is and what to do.
    fn of_head(head: &[u8], extension: &str) -> Result<Self, (&'static str, &'static str)> {
        if let Some((_, what, advice)) = MARKS.iter().find(|(mark, ..)| head.starts_with(mark)) {
            return Err((what, advice));
        }
        if head.starts_with(b"\x93NUMPY") {
            return Ok(Self::Npy);
        }
        if head.starts_with(b"PK") && (head.get(2..4) == Some(b"\x03\x04") || extension == "npz") {
            return Self::of_archive(head, extension);
        }
        // An idx file, the format of MNIST: two zero bytes, then the type and the number of axes.
        if matches!(head, [0, 0, 0x08..=0x0e, 1..=4, ..]) {
            return Ok(Self::Npy);
        }
        match extension {
            "npy" => return Ok(Self::Npy),
            "npz" => return Ok(Self::Npz),
            _ => {}
        }
        match head {
            [a, 0, b, 0, ..] | [0, a, 0, b, ..] if *a > 0 && *b > 0 => {
                return Err(("UTF-16 text", TO_UTF8));
            }
            [_, _, _, _, _, 0, 0, 0, b'{', ..] => {
                return Err((
                    "a safetensors file",
                    "give data here, and a model where one is read",
                ));
            }
            _ => {}
        }
        let head = without_mark(head).trim_ascii_start();
        let starts = |mark: &str| {
            head.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark.as_bytes()))
        };
        if matches!(head, [b'{' | b'[', rest @ ..]
            if matches!(rest.trim_ascii_start(), [b'"' | b'{' | b'[', ..]))
        {
            return Err(("JSON", "write it as CSV, in pandas read_json(...).to_csv(...)"));
        }
        if ["<?xml", "<!doctype", "<html"].into_iter().any(starts) {
            return Err(("XML or HTML", "give the data as CSV"));
        }
        let comment = |line: &&[u8]| line.first().is_none_or(|first| matches!(first, b'#' | b'%'));
        let mut lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        let line = lines.find(|line| !comment(line)).unwrap_or_default();
        let key = line.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        let key = String::from_utf8_lossy(key).to_ascii_lowercase();
        match key.as_str() {
            "@relation" => Err((
                "an ARFF file (Weka)",
                "use the .ts file of the same problem, or read it with scipy.io.arff and write X and \
                 y with numpy.savez",
            )),
            key if extension == "ts" || TS_KEYS.contains(&key) => Ok(Self::Ts),
            _ => Ok(Self::Text),
        }
    }

    /// A zip archive is recognised by its first entry.
    fn of_archive(head: &[u8], extension: &str) -> Result<Self, (&'static str, &'static str)> {
        let length =
            head.get(26..28).map_or(0, |length| u16::from_le_bytes([length[0], length[1]]));
        let name = head.get(30..30 + usize::from(length)).unwrap_or_default();
        let name = String::from_utf8_lossy(name);
        match &*name {
            name if extension == "npz" || name.ends_with(".npy") => Ok(Self::Npz),
            "[Content_Types].xml" => Err(("an Excel workbook", "save the sheet as CSV (UTF-8)")),
            name if name.ends_with("data.pkl") || name.ends_with(".data/version") => {
                Err(("a PyTorch file", "give data here, and a model where one is read"))
            }
            _ => Err(("a zip archive", "unpack it and give a file of it")),
        }
    }
}

/// All bytes of the regular file at `path`.
pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, DataError> {
    all(path, Content::of(path)?.1)
}

/// All bytes of an open file.
pub(super) fn all(path: &Path, mut file: impl Read) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    match file.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(reason) => Err(DataError::Unreadable { path: path.to_owned(), reason }),
    }
}

/// Whether it is a device, which may never end.
fn is_device(kind: fs::FileType) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        kind.is_block_device() || kind.is_char_device()
    }
    #[cfg(not(unix))]
    {
        let _ = kind;
        false
    }
}
