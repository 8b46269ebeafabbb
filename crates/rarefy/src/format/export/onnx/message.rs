//! Messages of ONNX (`onnx.proto`, version 3 of protocol buffers) that a network needs. They are
//! written but never read.
//!
//! A message is a sequence of fields, each with a number and a value. A value is a whole number, a
//! float, or bytes preceded by their length, which may be another message. Nothing more is needed
//! to write protocol buffers.

/// A message being written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// A non-negative whole number.
    pub(super) fn int(mut self, field: u64, value: u64) -> Self {
        self.varint(field << 3);
        self.varint(value);
        self
    }

    pub(super) fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    pub(super) fn text(self, field: u64, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    pub(super) fn message(self, field: u64, value: &Message) -> Self {
        self.bytes(field, &value.0)
    }

    pub(super) fn texts<T: AsRef<str>>(
        self,
        field: u64,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        values.into_iter().fold(self, |message, value| message.text(field, value.as_ref()))
    }

    pub(super) fn messages<'a>(
        self,
        field: u64,
        values: impl IntoIterator<Item = &'a Message>,
    ) -> Self {
        values.into_iter().fold(self, |message, value| message.message(field, value))
    }

    /// Seven bits per byte, the lowest first; the eighth bit says that more bytes follow.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// The type of elements in a tensor.
pub(super) const FLOAT: u64 = 1;
pub(super) const INT32: u64 = 6;
const INT64: u64 = 7;

/// A `TensorProto` of floats.
pub(super) fn floats(name: &str, shape: &[usize], values: &[f32]) -> Message {
    assert_eq!(values.len(), shape.iter().product::<usize>(), "values of {name} {shape:?}");
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, shape, FLOAT, &bytes)
}

/// A `TensorProto` of whole numbers.
pub(super) fn ints(name: &str, shape: &[usize], values: &[i64]) -> Message {
    assert_eq!(values.len(), shape.iter().product::<usize>(), "values of {name} {shape:?}");
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, shape, INT64, &bytes)
}

fn tensor(name: &str, shape: &[usize], kind: u64, bytes: &[u8]) -> Message {
    let sizes = shape.iter().fold(Message::new(), |sizes, &size| sizes.int(1, size as u64));
    sizes.int(2, kind).text(8, name).bytes(9, bytes)
}

/// An `AttributeProto` with a whole number.
pub(super) fn int_attribute(name: &str, value: u64) -> Message {
    Message::new().text(1, name).int(3, value).int(20, 2)
}

/// An `AttributeProto` with several whole numbers.
pub(super) fn ints_attribute(name: &str, values: &[u64]) -> Message {
    let message = values.iter().fold(Message::new().text(1, name), |m, &value| m.int(8, value));
    message.int(20, 7)
}

/// An `AttributeProto` with a text.
pub(super) fn text_attribute(name: &str, value: &str) -> Message {
    Message::new().text(1, name).text(4, value).int(20, 3)
}

/// An `AttributeProto` with texts.
pub(super) fn texts_attribute(name: &str, values: &[&str]) -> Message {
    Message::new().text(1, name).texts(9, values).int(20, 8)
}

/// A `NodeProto`, named after its first output.
pub(super) fn node(
    operator: &str,
    inputs: &[&str],
    outputs: &[&str],
    attributes: &[Message],
) -> Message {
    let name = outputs.iter().find(|name| !name.is_empty()).expect("a node has an output");
    Message::new()
        .texts(1, inputs)
        .texts(2, outputs)
        .text(3, name)
        .text(4, operator)
        .messages(5, attributes)
}

/// One dimension of a `ValueInfoProto`.
pub(super) enum Size<'a> {
    Fixed(usize),
    /// Any size, with this name.
    Any(&'a str),
}

/// A `ValueInfoProto` of floats.
pub(super) fn float_value(name: &str, sizes: &[Size]) -> Message {
    value(name, FLOAT, sizes)
}

/// A `ValueInfoProto` of whole numbers.
pub(super) fn int_value(name: &str, sizes: &[Size]) -> Message {
    value(name, INT64, sizes)
}

fn value(name: &str, kind: u64, sizes: &[Size]) -> Message {
    let sizes: Vec<Message> = sizes
        .iter()
        .map(|size| match size {
            Size::Fixed(size) => Message::new().int(1, *size as u64),
            Size::Any(name) => Message::new().text(2, name),
        })
        .collect();
    let shape = Message::new().messages(1, &sizes);
    let tensor = Message::new().int(1, kind).message(2, &shape);
    Message::new().text(1, name).message(2, &Message::new().message(1, &tensor))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples in the documentation of the encoding
    /// (<https://protobuf.dev/programming-guides/encoding/>).
    #[test]
    fn fields_have_the_bytes_of_the_documentation() {
        assert_eq!(Message::new().int(1, 150).into_bytes(), [0x08, 0x96, 0x01]);
        let text = Message::new().text(2, "testing");
        assert_eq!(text.into_bytes(), b"\x12\x07testing");
        let nested = Message::new().message(3, &Message::new().int(1, 150));
        assert_eq!(nested.into_bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
    }
}
