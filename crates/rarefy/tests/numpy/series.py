"""Writes the arrays in series/, which tests/series_files.rs reads.

Run with NumPy 2.4, in this folder: python series.py

VALUES are 4 series of 3 steps and 2 channels: value [n, t, c] is n + t / 4 + c / 8, exact in every float type. What
is refused differs from a good file in one thing, which its name says.
"""

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "series"

n, t, c = np.meshgrid(np.arange(4), np.arange(3), np.arange(2), indexing="ij")
VALUES = (n + t / 4 + c / 8).astype(np.float32)
LABELS = np.array([0, 1, 0, 1])
LENGTHS = np.array([3, 1, 2, 3])
PADDED = VALUES.copy()
for row, length in zip(PADDED, LENGTHS):
    row[length:] = np.nan


def changed(values, index, value):
    values = values.copy()
    values[index] = value
    return values


def npz(name, **arrays):
    np.savez(HERE / f"{name}.npz", **arrays)


def npy(name, array):
    np.save(HERE / f"{name}.npy", array)


HERE.mkdir(exist_ok=True)

# Good ones.
for code in ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
    name = code.replace("<", "little_").replace(">", "big_")
    npz(f"x_{name}", X=VALUES.astype(code), y=LABELS)
for code in ["b1", "i1", "u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8", ">i8", "<u8", ">u8"]:
    name = code.replace("<", "little_").replace(">", "big_")
    whole = n + 4 * t - 3 * c
    whole = whole % 2 if code == "b1" else np.abs(whole) if "u" in code else whole
    npz(f"whole_{name}", X=whole.astype(code), y=LABELS)
npz("fortran", X=np.asfortranarray(VALUES), y=LABELS)
npz("channels_steps", X=VALUES.transpose(0, 2, 1).copy(), y=LABELS)
npz("channels_steps_fortran", X=VALUES.transpose(0, 2, 1).copy(order="F"), y=LABELS)
npz("one_channel", x=VALUES[:, :, 0].copy(), labels=LABELS)
npz("one_channel_fortran", x=np.asfortranarray(VALUES[:, :, 0]), labels=LABELS)
np.savez_compressed(HERE / "compressed.npz", data=VALUES, y=LABELS)
npz("lengths", X=PADDED, y=LABELS, lengths=LENGTHS)
npz("lengths_u1", X=PADDED, y=LABELS, lengths=LENGTHS.astype(np.uint8))
mask = np.arange(3) < LENGTHS[:, None]
npz("mask_bool", X=PADDED, y=LABELS, mask=mask)
npz("mask_float_fortran", X=PADDED, y=LABELS, mask=np.asfortranarray(mask, dtype=np.float32))
npy("x", VALUES)
npy("y", LABELS)
npy("y_float", LABELS.astype(np.float64))
npy("y_half_big", LABELS.astype(">f2"))
npy("y_bool", LABELS.astype(bool))
npy("y_signed", np.array([-1, 10, -1, 10], dtype=">i2"))
npy("y_u8", np.array([0, 2**64 - 1, 0, 2**64 - 1], dtype=np.uint64))
npy("y_str", np.array(["no", "yé\U0001f600", "no", "yes"]))
npy("y_str_big", np.array(["no", "yé\U0001f600", "no", "yes"]).astype(">U3"))
npy("y_bytes", np.array([b"no", b"yes", b"no", "yé".encode()]))

# Values that are none.
npz("x_nan", X=changed(VALUES, (1, 2, 0), np.nan), y=LABELS)
npz("x_nan_channels_steps", X=changed(VALUES, (1, 2, 0), np.nan).transpose(0, 2, 1).copy(), y=LABELS)
npz("x_nan_one_channel", X=changed(VALUES, (1, 2, 0), np.nan)[:, :, 0].copy(), y=LABELS)
npz("x_nan_in_length", X=changed(PADDED, (2, 1, 1), np.nan), y=LABELS, lengths=LENGTHS)
npz("x_infinite", X=changed(VALUES, (3, 0, 1), -np.inf), y=LABELS)
npz("x_too_large", X=changed(VALUES.astype(np.float64), (0, 1, 1), 1e39), y=LABELS)

# Types.
npz("x_object", X=np.array([[1.0], [1.0, 2.0]], dtype=object), y=LABELS[:2])
npz("x_complex", X=VALUES.astype(np.complex64), y=LABELS)
npz("x_records", X=np.zeros((4, 3), dtype=[("a", "<f4")]), y=LABELS)
npz("x_str", X=VALUES.astype(str), y=LABELS)
npz("y_object", X=VALUES, y=np.array(["a", 1, "a", 1], dtype=object))
npz("y_fraction", X=VALUES, y=LABELS + 0.5)
npz("y_nan", X=VALUES, y=np.array([0, 1, np.nan, 1]))
npz("y_infinite", X=VALUES, y=np.array([0, 1, 0, np.inf]))
npz("y_empty", X=VALUES, y=np.array(["a", "", "a", "b"]))
npz("y_surrogate", X=VALUES, y=np.array(["a", "\ud800", "a", "b"]))
npz("y_latin", X=VALUES, y=np.array(["é".encode("latin-1"), b"b", b"c", b"b"]))
npz("y_no_bytes", X=VALUES, y=np.zeros(4, dtype="V0"))

# Shapes and numbers.
npz("x_one_axis", X=VALUES[:, 0, 0].copy(), y=LABELS)
npz("x_four_axes", X=VALUES[..., None], y=LABELS)
npz("x_no_series", X=VALUES[:0], y=LABELS[:0])
npz("x_no_steps", X=VALUES[:, :0], y=LABELS)
npz("x_no_channels", X=VALUES[:, :, :0], y=LABELS)
np.savez_compressed(HERE / "x_too_long.npz", X=np.zeros((1, 10001), dtype=bool), y=LABELS[:1])
np.savez_compressed(
    HERE / "x_long_padding.npz", X=np.zeros((1, 10001), dtype=bool), y=LABELS[:1], lengths=np.array([10000])
)
npz("y_three", X=VALUES, y=LABELS[:3])
npz("y_two_axes", X=VALUES, y=np.eye(4)[:, :2])
npz("y_scalar", X=VALUES, y=np.array(1))
npy("y_three", LABELS[:3])
npz("lengths_three", X=PADDED, y=LABELS, lengths=LENGTHS[:3])
npz("lengths_zero", X=PADDED, y=LABELS, lengths=changed(LENGTHS, 1, 0))
npz("lengths_negative", X=PADDED, y=LABELS, lengths=changed(LENGTHS, 1, -1))
npz("lengths_four", X=PADDED, y=LABELS, lengths=changed(LENGTHS, 2, 4))
npz("lengths_float", X=PADDED, y=LABELS, lengths=LENGTHS.astype(np.float64))
npz("mask_three", X=PADDED, y=LABELS, mask=mask[:3])
npz("mask_steps", X=PADDED, y=LABELS, mask=mask[:, :2])
npz("mask_axes", X=PADDED, y=LABELS, mask=mask[..., None])
npz("mask_gap", X=VALUES, y=LABELS, mask=changed(mask, (0, 1), False))
npz("mask_none", X=VALUES, y=LABELS, mask=changed(mask, 2, False))
npz("mask_half", X=VALUES, y=LABELS, mask=changed(mask.astype(np.float32), (1, 0), 0.5))

# Names.
np.savez(HERE / "unnamed.npz", VALUES, LABELS)
npz("no_y", X=VALUES, target=LABELS)
npz("two_x", X=VALUES, x=VALUES, y=LABELS)
npz("two_extents", X=VALUES, y=LABELS, lengths=LENGTHS, mask=mask)
np.savez(HERE / "no_arrays.npz")
