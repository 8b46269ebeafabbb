#!/usr/bin/env python3
"""Writes the .pt files of this folder with PyTorch, for crates/rarefy/tests/torch.rs and
torch_damage.rs. Values follow formulas, which torch.rs computes again.

Made with PyTorch 2.15: python fixtures.py
"""

import pathlib
import sys
from unittest import mock

import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent

HIDDEN, INPUT, GATES, VOCABULARY = 2, 3, 3, 5


class Cell(nn.Module):
    """The tensors of a masked GRU layer."""

    def __init__(self):
        super().__init__()
        rows = GATES * HIDDEN
        self.weight_ih = nn.Parameter(torch.empty(rows, INPUT))
        self.weight_hh = nn.Parameter(torch.empty(rows, HIDDEN))
        self.bias_ih = nn.Parameter(torch.empty(rows))
        self.bias_hh = nn.Parameter(torch.empty(rows))
        self.register_buffer("mask_i2h", torch.empty(rows, INPUT, dtype=torch.bool))
        self.register_buffer("mask_h2h", torch.empty(rows, HIDDEN, dtype=torch.bool))


class Network(nn.Module):
    """A masked GRU with a readout whose weight is the embedding's, and a count."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, INPUT)
        self.cell = Cell()
        self.out = nn.Linear(INPUT, VOCABULARY)
        self.out.weight = self.embedding.weight
        self.register_buffer("steps", torch.tensor(0))


def fill(module):
    """Sets element i of the n-th tensor of the state dict: n - i/8 for floats,
    i % 3 != n % 3 for masks, n + 2^40 for the count. Tied weights keep the last."""
    with torch.no_grad():
        for n, tensor in enumerate(module.state_dict().values()):
            i = torch.arange(tensor.numel()).reshape(tensor.shape)
            if tensor.dtype == torch.bool:
                tensor.copy_(i % 3 != n % 3)
            elif tensor.dtype == torch.int64:
                tensor.copy_(n + i + 2**40)
            else:
                tensor.copy_(n - i / 8)
    return module


def integers(dtype):
    """Six integers from the least to the greatest of `dtype`, evenly apart."""
    limits = torch.iinfo(dtype)
    step, rest = divmod(limits.max - limits.min, 5)
    assert rest == 0
    return torch.tensor([limits.min + k * step for k in range(6)], dtype=dtype)


def halves(dtype, exponents):
    """1.5 (-2)^e for each exponent e: exact in every format with that exponent."""
    values = [1.5 * (-2.0) ** e for e in exponents]
    tensor = torch.tensor(values, dtype=torch.float64).to(dtype)
    assert tensor.double().tolist() == values
    return tensor


def big_endian(values):
    """What a big-endian machine holds in memory."""
    tensor = torch.tensor(values)
    tensor.untyped_storage().byteswap(tensor.dtype)
    return tensor


def save(name, content, **options):
    torch.save(content, FOLDER / f"{name}.pt", **options)


def main():
    save("floats", {
        # The first is subnormal.
        "float16": halves(torch.float16, range(-23, 15, 3)),
        "bfloat16": halves(torch.bfloat16, range(-120, 121, 24)),
        "float32": halves(torch.float32, range(-120, 121, 24)),
        "float64": torch.arange(-3, 4, dtype=torch.float64) / 3,
    })
    types = [torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8]
    save("integers", {
        **{str(dtype).removeprefix("torch."): integers(dtype) for dtype in types},
        "bool": torch.arange(7) % 3 == 0,
    })
    save("scalar", {"scalar": torch.tensor(-0.375)})

    backing = torch.arange(32.0)
    save("views", {
        "permuted": backing[5:29].reshape(2, 3, 4).permute(0, 2, 1),
        "transposed": backing[8:20].reshape(3, 4).t(),
        "every_third": backing[2::3],
        "expanded": backing[1:4].view(1, 3).expand(2, 3),
        "element": backing[7],
    })
    backing = torch.arange(100.0)
    save("legacy_views", {"first": backing[10:20], "second": backing[50:60]},
         _use_new_zipfile_serialization=False)

    save("protocol4", {"weight": torch.arange(6.0).reshape(2, 3), "bias": torch.arange(2) - 1},
         pickle_protocol=4)

    torch.serialization.set_crc32_options(False)
    save("no_crc32", {"tensor": torch.arange(4) / 8})
    torch.serialization.set_crc32_options(True)

    with mock.patch.object(sys, "byteorder", "big"):
        save("big_endian", {"tensor": big_endian([1.0, 2.0])})
        save("legacy_big_endian", {"tensor": big_endian([1.0, 2.0])},
             _use_new_zipfile_serialization=False)

    # The name is as long as it is so that the first header in the zip's directory, 46
    # bytes and "recurrent_model_state/data.pkl", takes 76: see archive.rs.
    network = fill(Network())
    save("recurrent_model_state", network.state_dict())
    save("legacy_state_dict", network.state_dict(), _use_new_zipfile_serialization=False)
    save("whole_module", fill(Cell()))


main()
