//! The few kinds of Python value a state dict's pickle can hold.
//!
//! Values live in one flat [`Heap`] and refer to each other by [`Id`]: a pickle
//! that nests a million tuples, or puts a list into itself, then costs a million
//! entries, not a million stack frames when it is walked or dropped.

use super::fault::quoted;
use super::storage::Element;

/// Where a value lies in the [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(usize);

/// A Python value, its children by reference and its text borrowed from the file.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// An integer past 64 bits, as little-endian two's complement: torch's magic number.
    LongInt(&'a [u8]),
    Float,
    Text(&'a str),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    /// Pairs in the order they were set, so also an `OrderedDict`.
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Storage(Storage<'a>),
    /// The arguments of `_rebuild_tensor_v2`, and where it was called.
    Tensor {
        arguments: Id,
        at: usize,
    },
}

/// The Python objects that a pickle may name; all others are foreign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    StorageClass(Element),
}

/// A storage as the pickle declares it; its bytes are elsewhere in the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Storage<'a> {
    pub key: &'a str,
    pub element: Element,
    /// Its length in elements.
    pub count: usize,
}

impl Global {
    pub(super) fn named(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Global::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Global::RebuildParameter,
            ("torch", class) => Global::StorageClass(Element::of_class(class)?),
            _ => return None,
        })
    }
}

/// All values that one pickle made.
#[derive(Debug, Default)]
pub(super) struct Heap<'a>(Vec<Value<'a>>);

impl<'a> Heap<'a> {
    pub(super) fn add(&mut self, value: Value<'a>) -> Id {
        self.0.push(value);
        Id(self.0.len() - 1)
    }

    pub(super) fn get(&self, id: Id) -> &Value<'a> {
        &self.0[id.0]
    }

    pub(super) fn get_mut(&mut self, id: Id) -> &mut Value<'a> {
        &mut self.0[id.0]
    }

    /// Every storage that the pickle declares, as often as it does.
    pub(super) fn storages(&self) -> impl Iterator<Item = Storage<'a>> {
        self.0.iter().filter_map(|value| match value {
            Value::Storage(storage) => Some(*storage),
            _ => None,
        })
    }
}

impl Value<'_> {
    /// What it is, for a message: shallow, and short whatever the file holds.
    pub(super) fn describe(&self) -> String {
        match self {
            Value::None => "None".to_owned(),
            Value::Bool(_) => "a bool".to_owned(),
            Value::Int(value) => format!("the integer {value}"),
            Value::LongInt(bytes) => format!("an integer of {} bytes", bytes.len()),
            Value::Float => "a float".to_owned(),
            Value::Text(text) => format!("the string {}", quoted(text)),
            Value::Tuple(items) => format!("a tuple of {}", items.len()),
            Value::List(items) => format!("a list of {}", items.len()),
            Value::Dict(pairs) => format!("a dict of {}", pairs.len()),
            Value::Global(_) => "a class or function".to_owned(),
            Value::Storage(storage) => format!("the storage {}", quoted(storage.key)),
            Value::Tensor { .. } => "a tensor".to_owned(),
        }
    }
}
