//! The meaning of the callables and persistent ids of a state dict: storages, views of them, and
//! empty dicts. The result of a foreign callable is kept as a value known only by the callable's
//! name. Argument lists follow `torch/_utils.py` and `torch/serialization.py`.

use super::element::Storage;
use super::fault::TorchFault;
use super::value::{Global, Heap, Id, Value};
use super::view::View;

/// The result of `callable(*arguments)`, called at byte `at`.
///
/// A tensor is only recorded, and built by [`view`] if it is in the state dict. So the pickle's
/// values stay as small as the pickle, however often it uses one shape.
pub(super) fn call(
    heap: &mut Heap<'_>,
    callable: Id,
    arguments: Id,
    at: usize,
) -> Result<Id, TorchFault> {
    let refuse = |expected, found| Err(refusal(heap, expected, found, at));
    let global = match heap.get(callable) {
        Value::Global(global) => *global,
        Value::Foreign(_) | Value::Opaque { .. } => return Ok(opaque(heap, callable, arguments)),
        _ => return refuse("a callable", callable),
    };
    let Value::Tuple(values) = heap.get(arguments) else {
        return refuse("a tuple of arguments", arguments);
    };
    match (global, values.as_slice()) {
        (Global::OrderedDict, []) => Ok(heap.add(Value::Dict(Vec::new()))),
        (Global::OrderedDict, _) => refuse("no arguments of OrderedDict", arguments),
        (Global::RebuildTensor, values) if (6..=7).contains(&values.len()) => {
            Ok(heap.add(Value::Tensor { arguments, at }))
        }
        (Global::RebuildTensor, _) => refuse("6 or 7 arguments of _rebuild_tensor_v2", arguments),
        // The data, `requires_grad`, `backward_hooks`, and perhaps attributes.
        (Global::RebuildParameter, &[data, _, _] | &[data, _, _, _]) => match heap.get(data) {
            Value::Tensor { .. } | Value::Opaque { .. } => Ok(data),
            _ => refuse("a parameter's tensor", data),
        },
        (Global::RebuildParameter, _) => refuse("3 arguments of _rebuild_parameter", arguments),
        // The function, the class, the function's arguments, attributes.
        (Global::RebuildFromType, &[function, _, inner, _]) => match heap.get(function) {
            Value::Global(Global::RebuildFromType) => refuse("a function of tensors", function),
            _ => call(heap, function, inner, at),
        },
        (Global::RebuildFromType, _) => refuse("4 arguments of _rebuild_from_type", arguments),
        (Global::StorageClass(_), _) => refuse("a function that rebuilds a tensor", callable),
    }
}

/// The value that stands for what a foreign callable would make of `arguments`.
fn opaque(heap: &mut Heap<'_>, callable: Id, arguments: Id) -> Id {
    let mut class = callable;
    // Python's own way to create an object of a class, given as the first argument.
    if let Some(name) = heap.foreign_name(callable)
        && matches!(name.module, "copyreg" | "copy_reg")
        && let Value::Tuple(values) = heap.get(arguments)
        && let Some(&first) = values.first()
        && matches!(heap.get(first), Value::Foreign(_))
    {
        class = first;
    }
    heap.add(Value::Opaque { class, items: Vec::new() })
}

/// What the persistent id at byte `at` declares. A storage is
/// `('storage', class, key, location, count)`, followed in legacy files by the metadata of a view
/// of it, which is None since torch 0.4. Otherwise it is the class of a module, with its source.
pub(super) fn persistent<'a>(heap: &Heap<'a>, id: Id, at: usize) -> Result<Value<'a>, TorchFault> {
    const EXPECTED: &str = "('storage', class, key, location, count)";
    let Value::Tuple(fields) = heap.get(id) else {
        return Err(refusal(heap, EXPECTED, id, at));
    };
    if let &[kind, class, ..] = fields.as_slice()
        && matches!(heap.get(kind), Value::Text("module"))
        && let &Value::Foreign(name) = heap.get(class)
    {
        return Ok(Value::Foreign(name));
    }
    let fields: Vec<&Value<'a>> = fields.iter().take(7).map(|&field| heap.get(field)).collect();
    match fields.as_slice() {
        [
            Value::Text("storage"),
            Value::Global(Global::StorageClass(element)),
            Value::Text(key),
            Value::Text(_),
            Value::Int(count @ 0..),
        ]
        | [
            Value::Text("storage"),
            Value::Global(Global::StorageClass(element)),
            Value::Text(key),
            Value::Text(_),
            Value::Int(count @ 0..),
            Value::None,
        ] => {
            // A count beyond the address space is beyond the end of the file as well, and rejected
            // there.
            let count = usize::try_from(*count).unwrap_or(usize::MAX);
            Ok(Value::Storage(Storage { key, element: *element, count }))
        }
        _ => Err(refusal(heap, EXPECTED, id, at)),
    }
}

/// The tensor that `_rebuild_tensor_v2(*arguments)`, called at byte `at`, builds.
pub(super) fn view<'a>(heap: &Heap<'a>, arguments: Id, at: usize) -> Result<View<'a>, TorchFault> {
    // `requires_grad`, `backward_hooks` and, since torch 2.1, perhaps metadata follow. None of them
    // affects what the tensor holds.
    let Value::Tuple(arguments) = heap.get(arguments) else {
        return Err(refusal(heap, "a tuple of arguments", arguments, at));
    };
    let &[storage, offset, shape, strides, ..] = arguments.as_slice() else {
        unreachable!("`call` has counted them");
    };
    let &Value::Storage(declared) = heap.get(storage) else {
        return Err(refusal(heap, "a tensor's storage", storage, at));
    };
    let offset = length(heap, offset, "a tensor's offset", at)?;
    let shape = lengths(heap, shape, "a tensor's shape", at)?;
    let strides = lengths(heap, strides, "a tensor's strides", at)?;
    View::new(declared, offset, shape, strides).map_err(|found| TorchFault::Unexpected {
        expected: "a tensor inside its storage".to_owned(),
        found,
        at,
    })
}

fn lengths(
    heap: &Heap<'_>,
    tuple: Id,
    expected: &str,
    at: usize,
) -> Result<Vec<usize>, TorchFault> {
    match heap.get(tuple) {
        Value::Tuple(items) => items.iter().map(|&item| length(heap, item, expected, at)).collect(),
        _ => Err(refusal(heap, expected, tuple, at)),
    }
}

fn length(heap: &Heap<'_>, id: Id, expected: &str, at: usize) -> Result<usize, TorchFault> {
    match heap.get(id) {
        Value::Int(value) => usize::try_from(*value).map_err(|_| refusal(heap, expected, id, at)),
        _ => Err(refusal(heap, expected, id, at)),
    }
}

fn refusal(heap: &Heap<'_>, expected: &str, found: Id, at: usize) -> TorchFault {
    TorchFault::Unexpected { expected: expected.to_owned(), found: heap.get(found).describe(), at }
}
