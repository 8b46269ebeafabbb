//! A single array in a file of its own: in the format of `numpy.save` (a header that is a Python
//! literal, then the elements), or in the idx format of MNIST (type, axes, elements).
//!
//! It is not read with the crate `npyz`, whose header reader multiplies the axes unchecked: a
//! damaged file would panic or be mistaken for a small one. Here an array takes no more memory than
//! the bytes that are actually read, whatever its header claims, and no more than a limit. A
//! compressed file may unpack to 128 times its size, or to 32 MiB if it is smaller than 1 MiB.
//! Pickled objects are never run.
//!
//! Sources: `numpy.lib.format`, versions 1 to 3 of the format; for idx, the web page of MNIST
//! (LeCun, Cortes and Burges).

use std::io::{self, Read};

use super::super::error::excerpt;

/// NumPy does not evaluate headers of more than 10,000 bytes; a long descriptor of a plain array
/// has about a hundred.
const LONGEST_HEADER: usize = 10_000;

/// An array of any shape.
pub(super) struct Array {
    /// Lengths of its axes.
    pub shape: Vec<usize>,
    /// Whether the first axis varies fastest.
    fortran: bool,
    element: Element,
    /// `shape.product() * element.size` bytes.
    data: Vec<u8>,
}

/// A numeric element.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// A whole number, or a bool as 0 or 1.
    Whole(i128),
    /// A number that may have a fraction, be infinite or be NaN.
    Float(f64),
}

#[derive(Clone, Copy)]
struct Element {
    kind: Kind,
    /// Bytes per element.
    size: usize,
    big_endian: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Float,
    Signed,
    Unsigned,
    Bool,
    Unicode,
    Bytes,
}

/// An array whose header was read, but not yet its elements.
pub(super) struct Stored<R> {
    header: Header,
    /// Bytes of all elements.
    size: usize,
    /// Bytes of the elements read so far.
    read: usize,
    reader: R,
}

impl<R: Read> Stored<R> {
    /// The array in a file, or in an entry of an archive. The file has to end with the array.
    ///
    /// # Errors
    /// As text, without the file's name.
    pub fn open(mut reader: R) -> Result<Self, String> {
        let header = match bytes(&mut reader)? {
            [0, 0, kind, axes] => Header::of_idx(kind, axes, &mut reader)?,
            start => Header::of_npy(start, &mut reader)?,
        };
        let Header { element, shape, .. } = &header;
        let size = shape
            .iter()
            .try_fold(element.size, |size, &axis| size.checked_mul(axis))
            .filter(|&size| size < usize::MAX)
            .ok_or_else(|| format!("the shape {shape:?} is larger than any file"))?;
        Ok(Self { header, size, read: 0, reader })
    }

    /// Lengths of its axes.
    pub fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    /// Whether the elements are numbers rather than strings.
    pub fn is_numeric(&self) -> bool {
        self.header.element.is_numeric()
    }

    /// Whether it is an idx file, which holds images, in which zeros are not padding.
    pub fn is_idx(&self) -> bool {
        self.header.idx
    }

    /// What its numbers are divided by: pixels of an idx file go from 0 to 255.
    pub fn divisor(&self) -> f32 {
        let Element { kind, size, .. } = self.header.element;
        if self.header.idx && kind == Kind::Unsigned && size == 1 { 255.0 } else { 1.0 }
    }

    /// The same as for an [`Array`].
    pub fn strides(&self) -> Vec<usize> {
        strides(&self.header.shape, self.header.fortran)
    }

    /// Whether the first axis varies slowest, so that [`Stored::next`] can be used.
    pub fn is_in_order(&self) -> bool {
        !self.header.fortran
    }

    /// All elements, if they take at most `limit` bytes.
    ///
    /// # Errors
    /// As text, without the file's name.
    pub fn whole(mut self, limit: usize) -> Result<Array, String> {
        let mut data = Vec::new();
        self.take(self.size, limit, &mut data)?;
        self.end()?;
        let Header { element, fortran, shape, .. } = self.header;
        Ok(Array { shape, fortran, element, data })
    }

    /// The next slice along the first axis, as an array whose first axis has length 1. It reuses
    /// the memory of `before`.
    ///
    /// # Errors
    /// As text, without the file's name.
    pub fn next(&mut self, before: Option<Array>, limit: usize) -> Result<Array, String> {
        let Header { element, shape, .. } = &self.header;
        let (element, mut shape) = (*element, shape.clone());
        let size = self.size / shape[0];
        shape[0] = 1;
        let mut data = before.map_or_else(Vec::new, |array| array.data);
        data.clear();
        self.take(size, limit, &mut data)?;
        Ok(Array { shape, fortran: false, element, data })
    }

    /// Checks that the file ends after the last element.
    pub fn end(&mut self) -> Result<(), String> {
        let mut more = Vec::new();
        (&mut self.reader).take(1).read_to_end(&mut more).map_err(unreadable)?;
        let (shape, size) = (&self.header.shape, self.size);
        match more.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "the shape {shape:?} needs {size} bytes of elements, but there are more"
            )),
        }
    }

    /// Reads `size` bytes. Memory is allocated only as bytes are read, whatever a header claims.
    fn take(&mut self, size: usize, limit: usize, data: &mut Vec<u8>) -> Result<(), String> {
        if size > limit {
            return Err(too_large(size, limit));
        }
        self.read += (&mut self.reader).take(size as u64).read_to_end(data).map_err(unreadable)?;
        match data.len() == size {
            true => Ok(()),
            false => {
                let (shape, size, found) = (&self.header.shape, self.size, self.read);
                Err(format!(
                    "the shape {shape:?} needs {size} bytes of elements, but there are {found}"
                ))
            }
        }
    }
}

/// The message for an array that is too large for the size of its file.
pub(super) fn too_large(size: usize, limit: usize) -> String {
    format!(
        "it unpacks to {} MiB, but at most {} MiB are read from a file of this size: if the data is \
         right, save it without compression (numpy.savez)",
        size.div_ceil(1 << 20),
        limit >> 20
    )
}

impl Array {
    /// Whether the elements are numbers rather than strings.
    pub fn is_numeric(&self) -> bool {
        self.element.is_numeric()
    }

    /// Whether the elements have an integer type; bools do not count.
    pub fn is_whole(&self) -> bool {
        matches!(self.element.kind, Kind::Signed | Kind::Unsigned)
    }

    /// For each axis, the distance in elements to the next entry. No axis of the shape has length
    /// 0.
    pub fn strides(&self) -> Vec<usize> {
        strides(&self.shape, self.fortran)
    }

    /// The number at index `place` in the order of storage.
    ///
    /// # Panics
    /// If the array holds strings, or has no such index.
    pub fn number(&self, place: usize) -> Number {
        let Element { kind, size, big_endian } = self.element;
        let mut bytes = [0; 8];
        bytes[..size].copy_from_slice(self.item(place));
        if big_endian {
            bytes[..size].reverse();
        }
        let bits = u64::from_le_bytes(bytes);
        match (kind, size) {
            (Kind::Unsigned, _) => Number::Whole(bits.into()),
            (Kind::Bool, _) => Number::Whole((bits != 0).into()),
            (Kind::Signed, _) => {
                let above = 64 - 8 * size;
                Number::Whole((((bits << above) as i64) >> above).into())
            }
            (Kind::Float, 2) => Number::Float(half(bits as u16)),
            (Kind::Float, 4) => Number::Float(f32::from_bits(bits as u32).into()),
            (Kind::Float, _) => Number::Float(f64::from_bits(bits)),
            (Kind::Unicode | Kind::Bytes, _) => panic!("a string is no number"),
        }
    }

    /// The string at index `place` in the order of storage; `None` if it is not valid Unicode.
    ///
    /// # Panics
    /// If the array holds numbers, or has no such index.
    pub fn string(&self, place: usize) -> Option<String> {
        let item = self.item(place);
        let text: String = match self.element.kind {
            Kind::Unicode => {
                let (letters, _) = item.as_chunks::<4>();
                let letter = |&bytes: &[u8; 4]| match self.element.big_endian {
                    true => char::from_u32(u32::from_be_bytes(bytes)),
                    false => char::from_u32(u32::from_le_bytes(bytes)),
                };
                letters.iter().map(letter).collect::<Option<_>>()?
            }
            Kind::Bytes => std::str::from_utf8(item).ok()?.to_owned(),
            _ => panic!("a number is no string"),
        };
        // Shorter strings are padded with zeros.
        Some(text.trim_end_matches('\0').to_owned())
    }

    fn item(&self, place: usize) -> &[u8] {
        &self.data[place * self.element.size..][..self.element.size]
    }
}

fn strides(shape: &[usize], fortran: bool) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    let mut stride = 1;
    let mut visit = |axis: usize| {
        strides[axis] = stride;
        stride *= shape[axis];
    };
    match fortran {
        true => (0..shape.len()).for_each(&mut visit),
        false => (0..shape.len()).rev().for_each(&mut visit),
    }
    strides
}

/// The next bytes of a header.
fn bytes<const N: usize>(reader: &mut impl Read) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    exact(reader, &mut bytes).map(|()| bytes)
}

fn exact(reader: &mut impl Read, bytes: &mut [u8]) -> Result<(), String> {
    reader.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends within the header of its array".to_owned(),
        _ => unreadable(error),
    })
}

fn unreadable(error: io::Error) -> String {
    format!("it cannot be read: {error}")
}

/// The value of a 16-bit float: one bit of sign, five of exponent, ten of fraction.
fn half(bits: u16) -> f64 {
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff) / 1024.0;
    let size = match exponent {
        0 => fraction * 2_f64.powi(-14),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction) * 2_f64.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

struct Header {
    /// Whether it is from an idx file.
    idx: bool,
    element: Element,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    /// Reads the rest of the header of a `numpy.save` file, after its first bytes `start`.
    fn of_npy(start: [u8; 4], reader: &mut impl Read) -> Result<Self, String> {
        let rest: [u8; 4] = bytes(reader)?;
        let (magic, version) = ([&start[..], &rest[..2]].concat(), rest[2]);
        let length = match version {
            _ if magic != b"\x93NUMPY" => {
                return Err("it does not begin as an array of numpy.save or an idx file".to_owned());
            }
            1 => u16::from_le_bytes(bytes(reader)?) as usize,
            2 | 3 => u32::from_le_bytes(bytes(reader)?) as usize,
            _ => return Err(format!("unknown .npy version {version}: expected 1 to 3")),
        };
        if length > LONGEST_HEADER {
            return Err(format!(
                "the header has {length} bytes: at most {LONGEST_HEADER} are supported"
            ));
        }
        let mut header = vec![0; length];
        exact(reader, &mut header)?;
        Self::parse(&header)
    }

    /// Reads the rest of the header of an idx file, after two zero bytes, the type and the number
    /// of axes.
    fn of_idx(kind: u8, axes: u8, reader: &mut impl Read) -> Result<Self, String> {
        let (kind, size) = match kind {
            0x08 => (Kind::Unsigned, 1),
            0x09 => (Kind::Signed, 1),
            0x0b => (Kind::Signed, 2),
            0x0c => (Kind::Signed, 4),
            0x0d => (Kind::Float, 4),
            0x0e => (Kind::Float, 8),
            _ => return Err(format!("unknown idx type {kind:#04x}")),
        };
        let axis = |_| Ok(u32::from_be_bytes(bytes(reader)?) as usize);
        let shape = (0..axes).map(axis).collect::<Result<_, String>>()?;
        let element = Element { kind, size, big_endian: true };
        Ok(Self { idx: true, element, fortran: false, shape })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let broken =
            || format!("the header {} was not written by numpy.save", excerpt(text.trim()));
        let mut literal = Literal(text);
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        literal.take('{').ok_or_else(broken)?;
        while literal.take('}').is_none() {
            let key = literal.string().ok_or_else(broken)?;
            literal.take(':').ok_or_else(broken)?;
            match key {
                "descr" if literal.take('[').is_some() => {
                    return Err(format!("its elements are records: {SUPPORTED}"));
                }
                "descr" => descr = literal.string(),
                "fortran_order" => fortran = literal.truth(),
                "shape" => shape = literal.axes(),
                _ => return Err(broken()),
            }
            // The last comma is optional.
            let more = literal.take(',').is_some();
            if !more && !literal.0.trim_start().starts_with('}') {
                return Err(broken());
            }
        }
        let (Some(descr), Some(fortran), Some(shape)) = (descr, fortran, shape) else {
            return Err(broken());
        };
        Ok(Self { idx: false, element: Element::of(descr)?, fortran, shape })
    }
}

const SUPPORTED: &str = "supported are floats of 2, 4 and 8 bytes, integers, bools and strings";

impl Element {
    fn is_numeric(self) -> bool {
        !matches!(self.kind, Kind::Unicode | Kind::Bytes)
    }

    /// From a descriptor such as `<f4`: byte order, kind and size.
    fn of(descr: &str) -> Result<Self, String> {
        let mut letters = descr.chars();
        let order = letters.next().filter(|order| "<>|=".contains(*order));
        let kind = letters.next();
        let size: Option<usize> = letters.as_str().parse().ok();
        let (kind, size) = match (order.and(kind), size) {
            (Some('O'), _) => {
                return Err("its elements are pickled Python objects, which are never run: \
                            supported is np.savez(FILE, X=float array, y=int or str array); fill \
                            up series of different lengths and add an array lengths"
                    .to_owned());
            }
            (Some('f'), Some(size @ (2 | 4 | 8))) => (Kind::Float, size),
            (Some('i'), Some(size @ (1 | 2 | 4 | 8))) => (Kind::Signed, size),
            (Some('u'), Some(size @ (1 | 2 | 4 | 8))) => (Kind::Unsigned, size),
            (Some('b'), Some(1)) => (Kind::Bool, 1),
            // Elements of zero bytes could occur in any number in a small file.
            (Some('U'), Some(size @ 1..)) if size <= usize::MAX / 4 => (Kind::Unicode, 4 * size),
            (Some('S'), Some(size @ 1..)) => (Kind::Bytes, size),
            _ => return Err(format!("elements of the type {}: {SUPPORTED}", excerpt(descr))),
        };
        Ok(Self { kind, size, big_endian: order == Some('>') })
    }
}

/// The unread part of a Python literal. Each method skips spaces and then takes what its name says,
/// or nothing.
struct Literal<'a>(&'a str);

impl<'a> Literal<'a> {
    fn take(&mut self, mark: char) -> Option<()> {
        self.0 = self.0.trim_start().strip_prefix(mark)?;
        Some(())
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.0.trim_start();
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.0 = rest;
        word
    }

    fn string(&mut self) -> Option<&'a str> {
        let quote = ['\'', '"'].into_iter().find(|&quote| self.take(quote).is_some())?;
        let (string, rest) = self.0.split_once(quote)?;
        self.0 = rest;
        Some(string)
    }

    fn truth(&mut self) -> Option<bool> {
        match self.word(char::is_alphabetic) {
            "True" => Some(true),
            "False" => Some(false),
            _ => None,
        }
    }

    /// A tuple of numbers.
    fn axes(&mut self) -> Option<Vec<usize>> {
        let mut axes = Vec::new();
        self.take('(')?;
        while self.take(')').is_none() {
            axes.push(self.word(|letter| letter.is_ascii_digit()).parse().ok()?);
            if self.take(',').is_none() {
                self.take(')')?;
                break;
            }
        }
        Some(axes)
    }
}
