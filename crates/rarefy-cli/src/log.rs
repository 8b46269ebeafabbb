//! Epochs as they come, for tools that people watch trainings with: event files of TensorBoard, or
//! lines of JSON.
//!
//! An event file is a list of records: the length of a message, the message, and a checksum of each.
//! A message is an `Event` of TensorFlow's protocol buffers, of which an epoch needs four fields.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use rarefy::train::EpochResult;
use serde_json::{Value, json};

use crate::output::note;

/// Where epochs are logged: `tensorboard`, `tensorboard=DIR`, `jsonl` or `jsonl=FILE`.
#[derive(Clone, Debug)]
pub struct LogTo {
    kind: Kind,
    path: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    TensorBoard,
    JsonLines,
}

impl std::str::FromStr for LogTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, path) = match text.split_once('=') {
            Some((kind, path)) => (kind, Some(path)),
            None => (text, None),
        };
        let kind = match kind {
            "tensorboard" => Kind::TensorBoard,
            "jsonl" => Kind::JsonLines,
            _ => {
                return Err("expected tensorboard, tensorboard=DIR, jsonl or jsonl=FILE".to_owned());
            }
        };
        if path == Some("") {
            return Err("nothing follows the =".to_owned());
        }
        Ok(Self { kind, path: path.map(PathBuf::from) })
    }
}

/// Logs of the networks of a command.
pub struct Log {
    kind: Kind,
    path: PathBuf,
    /// By seed. An error waits for the end: it must not end hours of training.
    files: Mutex<BTreeMap<u64, io::Result<File>>>,
    several: bool,
}

impl Log {
    /// Begins to log, for the model that will be at `out`. `several`: networks of several seeds.
    ///
    /// # Errors
    /// If nothing can be written there.
    pub fn begin(
        to: Option<&LogTo>,
        out: Option<&Path>,
        several: bool,
    ) -> anyhow::Result<Option<Self>> {
        let Some(LogTo { kind, path }) = to else { return Ok(None) };
        let out = out.unwrap_or(Path::new("model"));
        let path = match (kind, path) {
            (Kind::TensorBoard, path) => {
                let runs = path.clone().unwrap_or_else(|| "runs".into());
                runs.join(out.file_stem().unwrap_or_default())
            }
            (Kind::JsonLines, Some(path)) => path.clone(),
            (Kind::JsonLines, None) => out.with_extension("jsonl"),
        };
        let log = Self { kind: *kind, path, files: Mutex::default(), several };
        let begun = match kind {
            Kind::TensorBoard => fs::create_dir_all(&log.path),
            Kind::JsonLines => File::create(&log.path).map(|file| {
                log.files.lock().expect("nobody has it yet").insert(0, Ok(file));
            }),
        };
        begun.with_context(|| format!("cannot write --log {}", log.path.display()))?;
        Ok(Some(log))
    }

    /// Logs an epoch of the network of `seed`.
    pub fn epoch(&self, seed: u64, epoch: &EpochResult) {
        let mut files = self.files.lock().expect("nothing panics that holds it");
        let mut fields = epoch.json();
        // All lines go to one file.
        let key = if self.kind == Kind::JsonLines { 0 } else { seed };
        let file = files.entry(key).or_insert_with(|| self.event_file(seed));
        let Ok(open) = file else { return };
        let written = match self.kind {
            Kind::TensorBoard => open.write_all(&record(&scalars(epoch.epoch, &fields))),
            Kind::JsonLines => {
                if self.several {
                    fields["seed"] = json!(seed);
                }
                writeln!(open, "{fields}")
            }
        };
        if let Err(error) = written {
            *file = Err(error);
        }
    }

    /// Ends the logs, with a note if one could not be written.
    pub fn end(self) {
        let files = self.files.into_inner().expect("nothing panics that holds it");
        if let Some(error) = files.into_values().find_map(Result::err) {
            note(&format!("--log {} is not complete: {error}", self.path.display()));
        }
    }

    /// A new event file, which TensorBoard finds by its name.
    fn event_file(&self, seed: u64) -> io::Result<File> {
        let folder = match self.several {
            true => self.path.join(format!("seed{seed}")),
            false => self.path.clone(),
        };
        fs::create_dir_all(&folder)?;
        let (seconds, process) = (now() as u64, std::process::id());
        let name = format!("events.out.tfevents.{seconds:010}.rarefy.{process}.{seed}");
        let mut file = File::create(folder.join(name))?;
        file.write_all(&record(&[when(), text(3, "brain.Event:2")].concat()))?;
        Ok(file)
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// An `Event` with all numbers of an epoch: `train_accuracy` is `accuracy/train`, so that scores of
/// one kind share a chart.
fn scalars(epoch: u32, fields: &Value) -> Vec<u8> {
    let mut summary = Vec::new();
    for (name, value) in fields.as_object().into_iter().flatten() {
        let (Some(value), Some((data, score))) = (value.as_f64(), name.split_once('_')) else {
            continue;
        };
        let tag = text(1, &format!("{score}/{data}"));
        let number = [field(2, 5), (value as f32).to_le_bytes().to_vec()].concat();
        summary.extend(bytes(1, &[tag, number].concat()));
    }
    let step = [field(2, 0), varint(epoch.into())].concat();
    [when(), step, bytes(5, &summary)].concat()
}

/// The time of an `Event`.
fn when() -> Vec<u8> {
    [field(1, 1), now().to_le_bytes().to_vec()].concat()
}

/// The key of a field of a message: its number, and how its value is written.
fn field(number: u64, wire: u64) -> Vec<u8> {
    varint(number << 3 | wire)
}

fn bytes(number: u64, content: &[u8]) -> Vec<u8> {
    [&field(number, 2)[..], &varint(content.len() as u64), content].concat()
}

fn text(number: u64, content: &str) -> Vec<u8> {
    bytes(number, content.as_bytes())
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut all = Vec::new();
    while value >= 0x80 {
        all.push(value as u8 | 0x80);
        value >>= 7;
    }
    all.push(value as u8);
    all
}

/// A message with its length and checksums.
fn record(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    let sums = [&length[..], message].map(|of| masked_crc32c(of).to_le_bytes());
    [&length[..], &sums[0], message, &sums[1]].concat()
}

/// The checksum of records: CRC-32C, masked as TensorFlow does.
fn masked_crc32c(of: &[u8]) -> u32 {
    let crc = !of.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            crc >> 1 ^ (0x82f6_3b78 & (crc & 1).wrapping_neg())
        })
    });
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}
