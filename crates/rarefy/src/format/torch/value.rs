//! The few kinds of Python values that the pickle of a state dict can hold.
//!
//! Values are stored in one flat [`Heap`] and refer to each other by [`Id`]. So a pickle that nests
//! a million tuples, or puts a list into itself, costs a million entries; walking or dropping it
//! does not need a million stack frames.

use super::element::{Element, Storage};
use super::fault::quoted;

/// The position of a value in the [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(usize);

impl Id {
    /// The id of the value at `index` of the heap.
    pub(super) fn at(index: usize) -> Self {
        Self(index)
    }

    /// The index of the value in the heap.
    pub(super) fn index(self) -> usize {
        self.0
    }
}

/// A Python value that refers to its children by id and borrows its text from the file.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// An integer of more than 64 bits, as little-endian two's complement: torch's magic number.
    LongInt(&'a [u8]),
    Float,
    Text(&'a str),
    Bytes(&'a [u8]),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    /// Pairs in the order in which they were set, so it also represents an `OrderedDict`.
    Dict(Vec<(Id, Id)>),
    Global(Global),
    /// A class or function that is not in [`Global`]: its index in [`Heap::foreign`].
    Foreign(usize),
    /// Stands for what such a class or function would make if it were run, which it is not. Items
    /// to be set are kept, and so is the state, under the class as its key, so that a dict in them
    /// is found.
    Opaque {
        class: Id,
        items: Vec<(Id, Id)>,
    },
    Storage(Storage<'a>),
    /// The arguments of `_rebuild_tensor_v2`, and the position of its call.
    Tensor {
        arguments: Id,
        at: usize,
    },
}

/// The Python objects with a meaning here; all others are foreign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    /// For a tensor subclass: the function that rebuilds it, and the arguments of that function.
    RebuildFromType,
    StorageClass(Element),
}

/// The name of a foreign class or function, and the position at which the pickle names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ForeignName<'a> {
    pub module: &'a str,
    pub name: &'a str,
    pub at: usize,
}

impl Global {
    pub(super) fn named(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Global::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensor,
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
                Global::RebuildParameter
            }
            ("torch._tensor", "_rebuild_from_type_v2") => Global::RebuildFromType,
            ("torch" | "torch.storage", class) => Global::StorageClass(Element::of_class(class)?),
            _ => return None,
        })
    }
}

/// All values of one pickle.
#[derive(Debug, Default)]
pub(super) struct Heap<'a> {
    values: Vec<Value<'a>>,
    foreign: Vec<ForeignName<'a>>,
}

impl<'a> Heap<'a> {
    pub(super) fn add(&mut self, value: Value<'a>) -> Id {
        self.values.push(value);
        Id(self.values.len() - 1)
    }

    /// Adds a class or function without a meaning here.
    pub(super) fn add_foreign(&mut self, name: ForeignName<'a>) -> Id {
        self.foreign.push(name);
        self.add(Value::Foreign(self.foreign.len() - 1))
    }

    pub(super) fn get(&self, id: Id) -> &Value<'a> {
        &self.values[id.0]
    }

    pub(super) fn get_mut(&mut self, id: Id) -> &mut Value<'a> {
        &mut self.values[id.0]
    }

    /// The number of values.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The name of what would make `id`, or of `id` itself, if that is foreign.
    pub(super) fn foreign_name(&self, id: Id) -> Option<ForeignName<'a>> {
        let class = match self.get(id) {
            Value::Opaque { class, .. } => *class,
            _ => id,
        };
        match self.get(class) {
            Value::Foreign(at) => Some(self.foreign[*at]),
            _ => None,
        }
    }

    /// Every storage that the pickle declares, repeated if it is declared several times.
    pub(super) fn storages(&self) -> impl Iterator<Item = Storage<'a>> {
        self.values.iter().filter_map(|value| match value {
            Value::Storage(storage) => Some(*storage),
            _ => None,
        })
    }
}

impl Value<'_> {
    /// A short description for a message; it does not go into nested values.
    pub(super) fn describe(&self) -> String {
        match self {
            Value::None => "None".to_owned(),
            Value::Bool(_) => "a bool".to_owned(),
            Value::Int(value) => format!("the integer {value}"),
            Value::LongInt(bytes) => format!("an integer of {} bytes", bytes.len()),
            Value::Float => "a float".to_owned(),
            Value::Text(text) => format!("the string {}", quoted(text)),
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Value::Tuple(items) => format!("a tuple of {}", items.len()),
            Value::List(items) => format!("a list of {}", items.len()),
            Value::Dict(pairs) => format!("a dict of {}", pairs.len()),
            Value::Global(_) | Value::Foreign(_) => "a class or function".to_owned(),
            Value::Opaque { .. } => "a Python object".to_owned(),
            Value::Storage(storage) => format!("the storage {}", quoted(storage.key)),
            Value::Tensor { .. } => "a tensor".to_owned(),
        }
    }
}
