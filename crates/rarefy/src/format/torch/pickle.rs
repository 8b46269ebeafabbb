//! A pickle machine with only the instructions that checkpoints need. It runs no code: the result
//! of an unknown class or function is a value known only by that name, which is an error only where
//! a tensor must be.
//!
//! The instructions are those of Python's `pickletools`: what torch writes (protocol 2), and their
//! shorter encodings in protocols 3 and 4.
//!
//! Memory is bounded by the length of the pickle. Each instruction adds at most one value, and the
//! text of a value is borrowed from the file. A declared length is checked against the bytes that
//! exist, and a memo entry refers to a value without copying it.
//!
//! `rebuild.rs` handles the results of the callables that are known.

use std::collections::HashMap;

use super::cursor::{Cursor, text};
use super::fault::TorchFault;
use super::rebuild;
use super::value::{ForeignName, Global, Heap, Id, Value};

/// The result of a pickle that has run to its end.
#[derive(Debug)]
pub(super) struct Pickled<'a> {
    pub heap: Heap<'a>,
    pub root: Id,
    /// Position of its first instruction.
    pub at: usize,
}

impl<'a> Pickled<'a> {
    /// The value that was pickled.
    pub(super) fn value(&self) -> &Value<'a> {
        self.heap.get(self.root)
    }

    /// An error that states what the pickle holds and what was expected.
    pub(super) fn unexpected(&self, expected: &str) -> TorchFault {
        TorchFault::Unexpected {
            expected: expected.to_owned(),
            found: self.value().describe(),
            at: self.at,
        }
    }
}

/// Runs the pickle at `cursor` and moves `cursor` to the byte after it.
pub(super) fn load<'a>(cursor: &mut Cursor<'a>) -> Result<Pickled<'a>, TorchFault> {
    let at = cursor.position();
    let mut machine = Machine {
        cursor,
        at,
        heap: Heap::default(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    let root = machine.run()?;
    Ok(Pickled { heap: machine.heap, root, at })
}

struct Machine<'a, 'c> {
    cursor: &'c mut Cursor<'a>,
    /// Position of the current instruction.
    at: usize,
    heap: Heap<'a>,
    stack: Vec<Id>,
    /// Height of the stack at each open mark, lowest first.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl<'a> Machine<'a, '_> {
    fn run(&mut self) -> Result<Id, TorchFault> {
        loop {
            self.at = self.cursor.position();
            let [opcode] = self.cursor.array("a pickle's next instruction")?;
            match opcode {
                // PROTO, and FRAME with its length, which only helps readers of streams.
                0x80 => self.protocol()?,
                0x95 => drop(self.argument::<8>()?),
                // STOP
                b'.' => return self.pop(),
                // MARK
                b'(' => self.marks.push(self.stack.len()),
                // NONE, NEWTRUE, NEWFALSE
                b'N' => self.push(Value::None),
                0x88 => self.push(Value::Bool(true)),
                0x89 => self.push(Value::Bool(false)),
                // BININT, BININT1, BININT2, LONG1
                b'J' => {
                    let value = i32::from_le_bytes(self.argument()?);
                    self.push(Value::Int(value.into()));
                }
                b'K' => {
                    let [value] = self.argument()?;
                    self.push(Value::Int(value.into()));
                }
                b'M' => {
                    let value = u16::from_le_bytes(self.argument()?);
                    self.push(Value::Int(value.into()));
                }
                0x8a => {
                    let [length] = self.argument()?;
                    self.long(length.into())?;
                }
                // LONG4
                0x8b => {
                    let length = u32::from_le_bytes(self.argument()?);
                    self.long(u64::from(length))?;
                }
                // BINFLOAT: no tensor depends on one, so only its position is kept.
                b'G' => {
                    self.argument::<8>()?;
                    self.push(Value::Float);
                }
                // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
                0x8c => {
                    let [length] = self.argument()?;
                    self.text(length.into())?;
                }
                b'X' => {
                    let length = u32::from_le_bytes(self.argument()?);
                    self.text(length.into())?;
                }
                0x8d => {
                    let length = u64::from_le_bytes(self.argument()?);
                    self.text(length)?;
                }
                // SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8; SHORT_BINSTRING, BINSTRING
                b'C' | b'U' => {
                    let [length] = self.argument()?;
                    self.bytes(length.into(), opcode == b'U')?;
                }
                b'B' | b'T' => {
                    let length = u32::from_le_bytes(self.argument()?);
                    self.bytes(length.into(), opcode == b'T')?;
                }
                0x8e | 0x96 => {
                    let length = u64::from_le_bytes(self.argument()?);
                    self.bytes(length, false)?;
                }
                // POP, POP_MARK, DUP
                b'0' => drop(self.pop()?),
                b'1' => drop(self.pop_to_mark()?),
                b'2' => {
                    let top = self.top()?;
                    self.stack.push(top);
                }
                // EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE
                b')' => self.push(Value::Tuple(Vec::new())),
                0x85..=0x87 => self.tuple(usize::from(opcode - 0x84))?,
                b't' => {
                    let items = self.pop_to_mark()?;
                    self.push(Value::Tuple(items));
                }
                // EMPTY_LIST, EMPTY_SET, APPEND, APPENDS, ADDITEMS, FROZENSET
                b']' | 0x8f => self.push(Value::List(Vec::new())),
                b'a' => {
                    let item = self.pop()?;
                    self.extend_list(vec![item])?;
                }
                b'e' | 0x90 => {
                    let items = self.pop_to_mark()?;
                    self.extend_list(items)?;
                }
                0x91 => {
                    let items = self.pop_to_mark()?;
                    self.push(Value::List(items));
                }
                // EMPTY_DICT, SETITEM, SETITEMS
                b'}' => self.push(Value::Dict(Vec::new())),
                b's' => {
                    let (item, key) = (self.pop()?, self.pop()?);
                    self.extend_dict(&[key, item])?;
                }
                b'u' => {
                    let items = self.pop_to_mark()?;
                    self.extend_dict(&items)?;
                }
                // BINPUT, LONG_BINPUT, MEMOIZE
                b'q' => {
                    let [slot] = self.argument()?;
                    self.remember(slot.into())?;
                }
                b'r' => {
                    let slot = u32::from_le_bytes(self.argument()?);
                    self.remember(slot)?;
                }
                0x94 => {
                    let slot = u32::try_from(self.memo.len());
                    self.remember(
                        slot.map_err(|_| self.unexpected("fewer memo entries", "2^32"))?,
                    )?;
                }
                // BINGET, LONG_BINGET
                b'h' => {
                    let [slot] = self.argument()?;
                    self.recall(slot.into())?;
                }
                b'j' => {
                    let slot = u32::from_le_bytes(self.argument()?);
                    self.recall(slot)?;
                }
                // GLOBAL, STACK_GLOBAL
                b'c' => {
                    let module = self.cursor.line("the name of a module")?;
                    let name = self.cursor.line("the name in a module")?;
                    self.global(module, name);
                }
                0x93 => {
                    let (name, module) = (self.pop_text()?, self.pop_text()?);
                    self.global(module, name);
                }
                // REDUCE and NEWOBJ, NEWOBJ_EX, BUILD, BINPERSID
                b'R' | 0x81 => {
                    let (arguments, callable) = (self.pop()?, self.pop()?);
                    let made = rebuild::call(&mut self.heap, callable, arguments, self.at)?;
                    self.stack.push(made);
                }
                0x92 => {
                    let (_, arguments, callable) = (self.pop()?, self.pop()?, self.pop()?);
                    let made = rebuild::call(&mut self.heap, callable, arguments, self.at)?;
                    self.stack.push(made);
                }
                b'b' => self.build()?,
                b'Q' => {
                    let id = self.pop()?;
                    let value = rebuild::persistent(&self.heap, id, self.at)?;
                    self.push(value);
                }
                opcode => {
                    return Err(TorchFault::ForeignOpcode { opcode, at: self.at });
                }
            }
        }
    }

    fn protocol(&mut self) -> Result<(), TorchFault> {
        match self.argument()? {
            [2..=5] => Ok(()),
            [other] => Err(self.unexpected("a pickle of protocol 2 to 5", &other.to_string())),
        }
    }

    fn long(&mut self, length: u64) -> Result<(), TorchFault> {
        let bytes = self.take(length, "an integer")?;
        let value = if bytes.len() > 8 {
            Value::LongInt(bytes)
        } else {
            // Two's complement: missing bytes repeat the sign.
            let negative = bytes.last().is_some_and(|&top| top >= 0x80);
            let mut wide = [if negative { 0xff } else { 0 }; 8];
            wide[..bytes.len()].copy_from_slice(bytes);
            Value::Int(i64::from_le_bytes(wide))
        };
        self.push(value);
        Ok(())
    }

    fn text(&mut self, length: u64) -> Result<(), TorchFault> {
        let at = self.cursor.position();
        let bytes = self.take(length, "a string")?;
        let value = Value::Text(text(bytes, at)?);
        self.push(value);
        Ok(())
    }

    /// Bytes; they are text if Python 2 wrote them as a string.
    fn bytes(&mut self, length: u64, is_text: bool) -> Result<(), TorchFault> {
        let bytes = self.take(length, "a string")?;
        self.push(match std::str::from_utf8(bytes) {
            Ok(text) if is_text => Value::Text(text),
            _ => Value::Bytes(bytes),
        });
        Ok(())
    }

    fn take(&mut self, length: u64, what: &str) -> Result<&'a [u8], TorchFault> {
        // A length beyond the address space is beyond the end of the file as well.
        let count = usize::try_from(length).unwrap_or(usize::MAX);
        self.cursor.take(count, || format!("{what} of {length} bytes"))
    }

    fn tuple(&mut self, count: usize) -> Result<(), TorchFault> {
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(self.pop()?);
        }
        items.reverse();
        self.push(Value::Tuple(items));
        Ok(())
    }

    fn extend_list(&mut self, more: Vec<Id>) -> Result<(), TorchFault> {
        let list = self.top()?;
        match self.heap.get_mut(list) {
            Value::List(items) => items.extend(more),
            Value::Opaque { .. } => {}
            other => {
                let found = other.describe();
                return Err(self.unexpected("a list to append to", &found));
            }
        }
        Ok(())
    }

    fn extend_dict(&mut self, more: &[Id]) -> Result<(), TorchFault> {
        let dict = self.top()?;
        let (pairs, odd) = more.as_chunks();
        match self.heap.get_mut(dict) {
            Value::Dict(items) | Value::Opaque { items, .. } if odd.is_empty() => {
                items.extend(pairs.iter().map(|&[key, item]| (key, item)));
                Ok(())
            }
            Value::Dict(_) | Value::Opaque { .. } => {
                Err(self.unexpected("a value for each key", "a key without a value"))
            }
            other => {
                let found = other.describe();
                Err(self.unexpected("a dict to set items of", &found))
            }
        }
    }

    fn global(&mut self, module: &'a str, name: &'a str) {
        let id = match Global::named(module, name) {
            Some(global) => self.heap.add(Value::Global(global)),
            None => self.heap.add_foreign(ForeignName { module, name, at: self.at }),
        };
        self.stack.push(id);
    }

    /// Python would set attributes here. On a state dict, torch sets only `_metadata` (the versions
    /// of the layers), which does not affect the tensors.
    fn build(&mut self) -> Result<(), TorchFault> {
        let state = self.pop()?;
        let object = self.top()?;
        match self.heap.get_mut(object) {
            Value::Opaque { class, items } => {
                items.push((*class, state));
                Ok(())
            }
            Value::Dict(_) | Value::List(_) | Value::Tensor { .. } => Ok(()),
            other => {
                let found = other.describe();
                Err(self.unexpected("attributes of a dict", &found))
            }
        }
    }

    fn remember(&mut self, slot: u32) -> Result<(), TorchFault> {
        let top = self.top()?;
        self.memo.insert(slot, top);
        Ok(())
    }

    fn recall(&mut self, slot: u32) -> Result<(), TorchFault> {
        let id = *self.memo.get(&slot).ok_or_else(|| {
            self.unexpected("an entry of the memo", &format!("{slot}, which is not in it"))
        })?;
        self.stack.push(id);
        Ok(())
    }

    fn push(&mut self, value: Value<'a>) {
        let id = self.heap.add(value);
        self.stack.push(id);
    }

    fn top(&self) -> Result<Id, TorchFault> {
        // Values below an open mark are out of reach, as in Python.
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.last() {
            Some(&id) if self.stack.len() > floor => Ok(id),
            _ => Err(self.unexpected("a value on the stack", "none")),
        }
    }

    fn pop(&mut self) -> Result<Id, TorchFault> {
        let id = self.top()?;
        self.stack.pop();
        Ok(id)
    }

    fn pop_text(&mut self) -> Result<&'a str, TorchFault> {
        let id = self.pop()?;
        match self.heap.get(id) {
            Value::Text(text) => Ok(text),
            other => Err(self.unexpected("a name as a string", &other.describe())),
        }
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, TorchFault> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark)),
            None => Err(self.unexpected("an open mark", "none")),
        }
    }

    fn argument<const N: usize>(&mut self) -> Result<[u8; N], TorchFault> {
        self.cursor.array("an instruction's argument")
    }

    fn unexpected(&self, expected: &str, found: &str) -> TorchFault {
        TorchFault::Unexpected {
            expected: expected.to_owned(),
            found: found.to_owned(),
            at: self.at,
        }
    }
}
