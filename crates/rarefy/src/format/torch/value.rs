//! The few kinds of Python value a state dict's pickle can hold.
//!
//! Values live in one flat [`Heap`] and refer to each other by [`Id`]: a pickle
//! that nests a million tuples, or puts a list into itself, then costs a million
//! entries, not a million stack frames when it is walked or dropped.

use super::element::{Element, Storage};
use super::fault::quoted;

/// Where a value lies in the [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(usize);

impl Id {
    /// That of the value at `index` of the heap.
    pub(super) fn at(index: usize) -> Self {
        Self(index)
    }

    /// Its place among all values of the heap.
    pub(super) fn index(self) -> usize {
        self.0
    }
}

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
    Bytes(&'a [u8]),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    /// Pairs in the order they were set, so also an `OrderedDict`.
    Dict(Vec<(Id, Id)>),
    Global(Global),
    /// A class or function that is none of [`Global`]'s: its place in [`Heap::foreign`].
    Foreign(usize),
    /// What such a class or function would make, were it run: nothing is. Items that would be
    /// set are kept, and the state, with the class for a key, so that a dict in them is found.
    Opaque {
        class: Id,
        items: Vec<(Id, Id)>,
    },
    Storage(Storage<'a>),
    /// The arguments of `_rebuild_tensor_v2`, and where it was called.
    Tensor {
        arguments: Id,
        at: usize,
    },
}

/// The Python objects that mean something here; all others are foreign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    /// Of a subclass of tensors: the function that rebuilds it, and that one's arguments.
    RebuildFromType,
    StorageClass(Element),
}

/// The name of a foreign class or function, and where the pickle names it.
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

/// All values that one pickle made.
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

    /// A class or function that means nothing here.
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

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The name of what would make `id`, or of `id` itself, where that is foreign.
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

    /// Every storage that the pickle declares, as often as it does.
    pub(super) fn storages(&self) -> impl Iterator<Item = Storage<'a>> {
        self.values.iter().filter_map(|value| match value {
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
