//! The choice of instruction set at run time.

use std::sync::OnceLock;

#[cfg(target_arch = "aarch64")]
use super::aarch64::run_neon;
use super::integers::run_portable_integers;
use super::portable::run_portable;
#[cfg(target_arch = "x86_64")]
use super::x86::{run_avx2, run_avx512};
#[cfg(target_arch = "x86_64")]
use super::x86_integers::{run_integers_avx2, run_integers_vnni};
use super::{IntegerKernel, Kernel};

/// Runs `kernel` with the best instruction set that the machine has.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) {
    match detected() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `detected` has just said that AVX-512F and VL are there.
        InstructionSet::Avx512 => unsafe { run_avx512(kernel) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `detected` has just said that AVX2 and FMA are there.
        InstructionSet::Avx2 => unsafe { run_avx2(kernel) },
        #[cfg(target_arch = "aarch64")]
        InstructionSet::Neon => run_neon(kernel),
        InstructionSet::Portable => run_portable(kernel),
    }
}

/// Runs `kernel` with the best instructions for integers that the machine has. Results are the same
/// for all.
#[inline]
pub fn dispatch_integers<K: IntegerKernel>(kernel: K) {
    match detected() {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512
            if is_x86_feature_detected!("avx512vnni") && is_x86_feature_detected!("avx512bw") =>
        {
            // SAFETY: they have just been detected, and F and VL before.
            unsafe { run_integers_vnni(kernel) }
        }
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `detected` has just said that AVX2 is there, which every AVX-512 has.
        InstructionSet::Avx512 | InstructionSet::Avx2 => unsafe { run_integers_avx2(kernel) },
        _ => run_portable_integers(kernel),
    }
}

/// The name of the instruction set that `dispatch` picks: `avx512`, `avx2+fma`, `neon` or
/// `portable`. Results repeat bit for bit on the same one.
///
/// It is the best one that the machine has, unless the environment variable
/// `RAREFY_INSTRUCTION_SET` names another, in order to repeat the results of another machine.
pub fn instruction_set() -> &'static str {
    detected().name()
}

/// `RAREFY_INSTRUCTION_SET` names an instruction set that this machine does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("RAREFY_INSTRUCTION_SET is '{asked}': this machine has {}", present.join(", "))]
pub struct InstructionSetError {
    /// The requested instruction set.
    pub asked: String,
    /// The instruction sets that this machine has.
    pub present: Vec<&'static str>,
}

/// Checks that the requested instruction set exists. Call this before computing anything, which
/// would panic if it does not.
///
/// # Errors
/// If the machine does not have it.
pub fn check_instruction_set() -> Result<(), InstructionSetError> {
    detect().map(|_| ())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum InstructionSet {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Every aarch64 has it.
    #[cfg(target_arch = "aarch64")]
    Neon,
    Portable,
}

#[inline]
fn detected() -> InstructionSet {
    static DETECTED: OnceLock<InstructionSet> = OnceLock::new();
    *DETECTED.get_or_init(|| detect().unwrap_or_else(|error| panic!("{error}")))
}

/// The requested instruction set, or else the best one of this machine.
fn detect() -> Result<InstructionSet, InstructionSetError> {
    let present = present();
    // Scripts clear a variable by setting it to an empty value.
    let asked = std::env::var("RAREFY_INSTRUCTION_SET").unwrap_or_default();
    if asked.is_empty() {
        return Ok(present[0]);
    }
    let found = present.iter().copied().find(|present| present.name() == asked);
    let names = || present.iter().map(|present| present.name()).collect();
    found.ok_or_else(|| InstructionSetError { asked, present: names() })
}

/// The instruction sets of this machine, the best first.
fn present() -> Vec<InstructionSet> {
    let mut present = Vec::new();
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
            present.push(InstructionSet::Avx512);
        }
        present.push(InstructionSet::Avx2);
    }
    #[cfg(target_arch = "aarch64")]
    present.push(InstructionSet::Neon);
    present.push(InstructionSet::Portable);
    present
}

impl InstructionSet {
    fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2+fma",
            #[cfg(target_arch = "aarch64")]
            Self::Neon => "neon",
            Self::Portable => "portable",
        }
    }
}
