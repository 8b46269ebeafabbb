//! A position in the file's bytes that only moves forward and never past the end.

use super::fault::TorchFault;

/// Reads `bytes` starting at `position`; both count from the start of the file.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor at `position`, which is at most the length of `bytes`.
    pub(super) fn new(bytes: &'a [u8], position: usize) -> Self {
        assert!(position <= bytes.len(), "byte {position} of {}", bytes.len());
        Self { bytes, position }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// The next `count` bytes. `reading` names them in the error if they are missing.
    pub(super) fn take(
        &mut self,
        count: usize,
        reading: impl FnOnce() -> String,
    ) -> Result<&'a [u8], TorchFault> {
        let rest = &self.bytes[self.position..];
        let Some(taken) = rest.get(..count) else {
            return Err(self.truncated(reading()));
        };
        self.position += count;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self, reading: &str) -> Result<[u8; N], TorchFault> {
        let (taken, _) = self.bytes[self.position..]
            .split_first_chunk()
            .ok_or_else(|| self.truncated(reading.to_owned()))?;
        self.position += N;
        Ok(*taken)
    }

    /// The next line as text, without its newline.
    pub(super) fn line(&mut self, reading: &str) -> Result<&'a str, TorchFault> {
        let rest = &self.bytes[self.position..];
        let length = rest
            .iter()
            .position(|&byte| byte == b'\n')
            .ok_or_else(|| self.truncated(reading.to_owned()))?;
        let at = self.position;
        self.position += length + 1;
        text(&rest[..length], at)
    }

    /// Returns an error unless every byte has been read.
    pub(super) fn finish(&self, expected: &str) -> Result<(), TorchFault> {
        match self.bytes.len() - self.position {
            0 => Ok(()),
            more => Err(TorchFault::Unexpected {
                expected: expected.to_owned(),
                found: format!("{more} more bytes"),
                at: self.position,
            }),
        }
    }

    fn truncated(&self, reading: String) -> TorchFault {
        TorchFault::Truncated { reading, at: self.position, end: self.bytes.len() }
    }
}

/// The bytes as text; `bytes` start at byte `at` of the file.
pub(super) fn text(bytes: &[u8], at: usize) -> Result<&str, TorchFault> {
    std::str::from_utf8(bytes).map_err(|fault| TorchFault::Unexpected {
        expected: "UTF-8 text".to_owned(),
        found: format!("the byte {:#04x}", bytes[fault.valid_up_to()]),
        at: at + fault.valid_up_to(),
    })
}
