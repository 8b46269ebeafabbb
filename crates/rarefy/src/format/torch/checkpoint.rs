//! Finds the state dict in a pickled object: training loops save it in a dict under any name,
//! together with the optimiser, the epoch and more.
//!
//! The state dict is the dict of tensors that contains the weights of a recurrent module. Each
//! value is visited once, however often and however deeply others refer to it.

use super::fault::{TorchFault, quoted};
use super::pickle::Pickled;
use super::value::{Heap, Id, Value};

/// Most candidates named in a message.
const MOST_NAMED: usize = 10;
/// Most keys of a path named in a message, from the innermost.
const DEEPEST_NAMED: usize = 8;

/// The pairs of the state dict in `object`: the one at `key`, or the only one.
pub(super) fn find<'c>(
    object: &'c Pickled<'_>,
    key: Option<&str>,
) -> Result<&'c [(Id, Id)], TorchFault> {
    let walk = Walk::of(object);
    let heap = &object.heap;
    let dict = |at: usize| match heap.get(walk.nodes[at].id()) {
        Value::Dict(pairs) => pairs.as_slice(),
        _ => &[],
    };
    let recurrent: Vec<usize> =
        (0..walk.nodes.len()).filter(|&at| has_recurrent_weights(heap, dict(at))).collect();
    if let Some(key) = key {
        return descend(heap, object.root, key).ok_or_else(|| TorchFault::NoSuchKey {
            key: quoted(key),
            found: walk.list(heap, &recurrent),
        });
    }
    match recurrent[..] {
        [only] => return Ok(dict(only)),
        [] => {}
        _ => return Err(TorchFault::Several { found: walk.list(heap, &recurrent) }),
    }
    if let Some(class) = walk.module {
        return Err(TorchFault::PickledModule { class });
    }
    // None has a recurrent module. The largest dict is the best hint at what the file contains.
    let tensors = (0..walk.nodes.len()).filter(|&at| is_of_tensors(heap, dict(at)));
    if let Some(largest) = tensors.max_by_key(|&at| dict(at).len()) {
        return Ok(dict(largest));
    }
    match object.value() {
        Value::Dict(pairs) => Ok(pairs),
        _ => Err(foreign(heap, object.root).unwrap_or_else(|| {
            TorchFault::NoStateDict(format!("the file holds {}", object.value().describe()))
        })),
    }
}

/// The fault for a value that a foreign class or function would make, if `id` is one.
pub(super) fn foreign(heap: &Heap<'_>, id: Id) -> Option<TorchFault> {
    let name = heap.foreign_name(id)?;
    let at = name.at;
    Some(TorchFault::ForeignGlobal { name: quoted(&format!("{}.{}", name.module, name.name)), at })
}

/// Whether one of the names is that of a recurrent weight, in any module's naming.
fn has_recurrent_weights(heap: &Heap<'_>, pairs: &[(Id, Id)]) -> bool {
    pairs.iter().any(|&(key, value)| {
        let is_weight = |name: &str| name.contains("weight_hh") || name.contains("weight_ih");
        matches!(heap.get(key), Value::Text(name) if is_weight(name))
            && matches!(heap.get(value), Value::Tensor { .. } | Value::Opaque { .. })
    })
}

fn is_of_tensors(heap: &Heap<'_>, pairs: &[(Id, Id)]) -> bool {
    let is_named = |&(key, value): &(Id, Id)| {
        matches!(heap.get(key), Value::Text(_)) && matches!(heap.get(value), Value::Tensor { .. })
    };
    !pairs.is_empty() && pairs.iter().all(is_named)
}

/// Every value that may hold others, in the order in which it is first reached.
struct Walk {
    nodes: Vec<Node>,
    /// The class of a module that was pickled whole; its content is not searched.
    module: Option<String>,
}

/// A value and the node that holds it. Kept small, because a file may hold very many.
struct Node {
    id: u32,
    parent: u32,
}

impl Node {
    fn id(&self) -> Id {
        Id::at(self.id as usize)
    }
}

/// The dict at `path`: keys joined by dots, where a key may itself contain dots.
fn descend<'c>(heap: &'c Heap<'_>, id: Id, path: &str) -> Option<&'c [(Id, Id)]> {
    children(heap, id).find_map(|(key, value)| {
        let rest = path.strip_prefix(key.shown(heap).as_str())?;
        match (rest.strip_prefix('.'), heap.get(value)) {
            (None, Value::Dict(pairs)) if rest.is_empty() => Some(pairs.as_slice()),
            (Some(rest), _) => descend(heap, value, rest),
            _ => None,
        }
    })
}

/// How a value refers to another that it holds.
enum Key {
    Value(Id),
    Place(usize),
}

impl Key {
    fn shown(&self, heap: &Heap<'_>) -> String {
        match self {
            Key::Place(place) => place.to_string(),
            Key::Value(key) => match heap.get(*key) {
                Value::Text(text) => (*text).to_owned(),
                Value::Int(value) => value.to_string(),
                _ => "(attributes)".to_owned(),
            },
        }
    }
}

/// The values that a value holds.
fn children<'c>(heap: &'c Heap<'_>, id: Id) -> impl Iterator<Item = (Key, Id)> + 'c {
    let (pairs, items): (&[(Id, Id)], &[Id]) = match heap.get(id) {
        Value::Dict(pairs) | Value::Opaque { items: pairs, .. } => (pairs, &[]),
        Value::List(items) | Value::Tuple(items) => (&[], items),
        _ => (&[], &[]),
    };
    let pairs = pairs.iter().map(|&(key, value)| (Key::Value(key), value));
    pairs.chain(items.iter().enumerate().map(|(place, &value)| (Key::Place(place), value)))
}

impl Walk {
    fn of(object: &Pickled<'_>) -> Self {
        let heap = &object.heap;
        let mut seen = vec![false; heap.len()];
        let node = |id: Id, parent: usize| {
            let [id, parent] = [id.index(), parent].map(u32::try_from);
            Some(Node { id: id.ok()?, parent: parent.ok()? })
        };
        let mut walk = Self { nodes: node(object.root, 0).into_iter().collect(), module: None };
        seen[object.root.index()] = true;
        let mut at = 0;
        while at < walk.nodes.len() {
            let id = walk.nodes[at].id();
            match heap.get(id) {
                Value::Opaque { items, .. } if is_module(heap, items) => {
                    let name = heap.foreign_name(id);
                    let name = name.map(|name| quoted(&format!("{}.{}", name.module, name.name)));
                    walk.module = walk.module.or(name);
                }
                _ => {
                    for (_, value) in children(heap, id) {
                        let holds = matches!(
                            heap.get(value),
                            Value::Dict(_)
                                | Value::List(_)
                                | Value::Tuple(_)
                                | Value::Opaque { .. }
                        );
                        if holds && !std::mem::replace(&mut seen[value.index()], true) {
                            walk.nodes.extend(node(value, at));
                        }
                    }
                }
            }
            at += 1;
        }
        walk
    }

    /// The keys that lead to a node, joined by dots.
    fn path(&self, heap: &Heap<'_>, mut at: usize) -> String {
        let mut keys = Vec::new();
        while at > 0 {
            if keys.len() == DEEPEST_NAMED {
                keys.push("...".to_owned());
                break;
            }
            let Node { parent, .. } = self.nodes[at];
            let (id, parent) = (self.nodes[at].id(), parent as usize);
            let mut held = children(heap, self.nodes[parent].id());
            keys.push(held.find(|held| held.1 == id).expect("it was found there").0.shown(heap));
            at = parent;
        }
        keys.reverse();
        keys.join(".")
    }

    fn list(&self, heap: &Heap<'_>, nodes: &[usize]) -> String {
        let paths = nodes.iter().take(MOST_NAMED).map(|&at| match self.path(heap, at) {
            path if path.is_empty() => "the top-level dict".to_owned(),
            path => quoted(&path),
        });
        let mut list = paths.collect::<Vec<_>>().join(", ");
        if nodes.len() > MOST_NAMED {
            list += &format!(" and {} more", nodes.len() - MOST_NAMED);
        }
        if list.is_empty() { "none".to_owned() } else { list }
    }
}

/// Whether these are the attributes of an `nn.Module` that was pickled whole.
fn is_module(heap: &Heap<'_>, items: &[(Id, Id)]) -> bool {
    let has_modules = |pairs: &[(Id, Id)]| {
        pairs.iter().any(|pair| matches!(heap.get(pair.0), Value::Text("_modules")))
    };
    items.iter().any(|&(_, state)| match heap.get(state) {
        Value::Dict(pairs) => has_modules(pairs),
        _ => false,
    })
}
