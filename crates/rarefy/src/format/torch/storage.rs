//! From the bytes of a storage to the values of a tensor. Bytes are little-endian, as torch writes
//! them on any machine.

use super::Values;
use super::element::Element;
use super::view::View;

/// The values of `view` in row-major order. `storage` holds the whole storage of the view: `count`
/// elements of `stored_size` bytes.
///
/// # Panics
/// If the elements are foreign.
pub(super) fn values(view: &View<'_>, storage: &[u8]) -> Values {
    match view.storage.element {
        Element::Float => Values::F32(gather(view, storage, f32::from_le_bytes)),
        Element::Half => {
            Values::F32(gather(view, storage, |bytes| widen_half(u16::from_le_bytes(bytes))))
        }
        // A bfloat16 is the upper half of an `f32`.
        Element::BFloat16 => {
            Values::F32(gather(view, storage, |[low, high]| f32::from_le_bytes([0, 0, low, high])))
        }
        Element::Double => Values::F64(gather(view, storage, f64::from_le_bytes)),
        Element::Long => Values::I64(gather(view, storage, i64::from_le_bytes)),
        Element::Int => {
            Values::I64(gather(view, storage, |bytes| i32::from_le_bytes(bytes).into()))
        }
        Element::Short => {
            Values::I64(gather(view, storage, |bytes| i16::from_le_bytes(bytes).into()))
        }
        Element::Char => {
            Values::I64(gather(view, storage, |bytes| i8::from_le_bytes(bytes).into()))
        }
        Element::Byte => Values::U8(gather(view, storage, |[byte]| byte)),
        Element::Bool => Values::Bool(gather(view, storage, |[byte]| byte != 0)),
        Element::Foreign(_) => unreachable!("they are refused before"),
    }
}

fn gather<const N: usize, T>(
    view: &View<'_>,
    storage: &[u8],
    decode: impl Fn([u8; N]) -> T,
) -> Vec<T> {
    let (elements, _) = storage.as_chunks();
    (0..view.count).map(|flat| decode(elements[view.position(flat)])).collect()
}

/// IEEE 754 binary16 to `f32`, exactly: every half-precision number is also a single-precision one.
pub(in crate::format) fn widen_half(bits: u16) -> f32 {
    let fraction = f32::from(bits & 0x3ff);
    let magnitude = match u32::from(bits >> 10 & 0x1f) {
        // Subnormal numbers: the fraction in units of 2^-24.
        0 => fraction * f32::from_bits((127 - 24) << 23),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        // Normal numbers: 2^(exponent - 15) * (1 + fraction / 1024), in units of 2^(exponent - 25).
        exponent => (1024.0 + fraction) * f32::from_bits((exponent + 127 - 25) << 23),
    };
    if bits >> 15 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_widen_to_the_values_of_the_standard() {
        // The examples in the encoding table of IEEE 754-2008 binary16.
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 2.0_f32.powi(-24)),
            (0x03ff, 1023.0 * 2.0_f32.powi(-24)),
            (0x0400, 2.0_f32.powi(-14)),
            (0x3555, 0.333_251_95),
            (0x3c00, 1.0),
            (0x3c01, 1.0 + 2.0_f32.powi(-10)),
            (0x7bff, 65504.0),
            (0x7c00, f32::INFINITY),
            (0xc000, -2.0),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(widen_half(bits), value, "{bits:#06x}");
        }
        assert!(widen_half(0x7e00).is_nan());
        assert!(widen_half(0x8000).is_sign_negative());
    }
}
