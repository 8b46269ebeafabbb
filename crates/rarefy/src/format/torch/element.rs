//! Storages as torch declares them, and their element types.

/// A storage as the pickle declares it; its bytes are elsewhere in the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Storage<'a> {
    pub key: &'a str,
    pub element: Element,
    /// Its length in elements.
    pub count: usize,
}

/// The element type of a storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Float,
    Double,
    Half,
    BFloat16,
    Long,
    Int,
    Short,
    Char,
    Byte,
    Bool,
    /// A type that no network weight has: its index in [`FOREIGN`].
    Foreign(usize),
}

/// Storages that occur in addition to a network's, such as those of quantised tensors: their class
/// and the bytes per element, which are needed to skip them in legacy files.
const FOREIGN: [(&str, usize); 8] = [
    ("ComplexFloatStorage", 8),
    ("ComplexDoubleStorage", 16),
    ("QInt8Storage", 1),
    ("QUInt8Storage", 1),
    ("QInt32Storage", 4),
    ("QUInt4x2Storage", 1),
    ("QUInt2x4Storage", 1),
    ("UntypedStorage", 1),
];

impl Element {
    /// The element type of the class `torch.<class>`.
    pub(super) fn of_class(class: &str) -> Option<Self> {
        Some(match class {
            "FloatStorage" => Element::Float,
            "DoubleStorage" => Element::Double,
            "HalfStorage" => Element::Half,
            "BFloat16Storage" => Element::BFloat16,
            "LongStorage" => Element::Long,
            "IntStorage" => Element::Int,
            "ShortStorage" => Element::Short,
            "CharStorage" => Element::Char,
            "ByteStorage" => Element::Byte,
            "BoolStorage" => Element::Bool,
            _ => Element::Foreign(FOREIGN.iter().position(|foreign| foreign.0 == class)?),
        })
    }

    /// The class of a storage whose element type no network weight has.
    pub(super) fn foreign(self) -> Option<&'static str> {
        match self {
            Element::Foreign(at) => Some(FOREIGN[at].0),
            _ => None,
        }
    }

    /// Bytes per element in the file.
    pub(super) const fn stored_size(self) -> usize {
        match self {
            Element::Double | Element::Long => 8,
            Element::Float | Element::Int => 4,
            Element::Half | Element::BFloat16 | Element::Short => 2,
            Element::Char | Element::Byte | Element::Bool => 1,
            Element::Foreign(at) => FOREIGN[at].1,
        }
    }

    /// Bytes per element in [`Values`](super::Values).
    pub(super) const fn value_size(self) -> usize {
        match self {
            Element::Double | Element::Long | Element::Int | Element::Short | Element::Char => 8,
            Element::Float | Element::Half | Element::BFloat16 => 4,
            Element::Byte | Element::Bool | Element::Foreign(_) => 1,
        }
    }
}
