#!/usr/bin/env python3
"""Decodes .pt files with Python's own pickle and zipfile, without torch and without
our code, and prints the numbers that crates/rarefy/tests/torch.rs pins.

    python3 decode.py FILE...            a line per file: tensors and fingerprint
    python3 decode.py --values FILE...   and a line per tensor: shape and first values

The fingerprint is the 64-bit FNV-1a hash, over the tensors in the file's order, of
the name, the sizes as 64-bit and the values in row-major order as 32-bit floats,
all little-endian.
"""

import io
import itertools
import pickle
import struct
import sys
import zipfile
from collections import OrderedDict

FORMATS = {
    "FloatStorage": "f", "DoubleStorage": "d", "HalfStorage": "e", "LongStorage": "q",
    "IntStorage": "i", "ShortStorage": "h", "CharStorage": "b", "ByteStorage": "B",
    "BoolStorage": "?",
}


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda *arguments: arguments[:4]
        return name

    def persistent_load(self, identity):
        return identity[2], FORMATS[identity[1]], identity[4]


def read_legacy(file):
    assert pickle.load(file) == 0x1950A86A20F9469CFC6C
    assert pickle.load(file) == 1001
    pickle.load(file)
    state = Unpickler(file).load()
    formats = {tensor[0][0]: tensor[0][1] for tensor in state.values()}
    data = {}
    for key in pickle.load(file):
        (count,) = struct.unpack("<q", file.read(8))
        form = f"<{count}{formats[key]}"
        data[key] = struct.unpack(form, file.read(struct.calcsize(form)))
    assert file.read() == b""
    return state, data


def read_zip(file):
    archive = zipfile.ZipFile(file)
    (pickled,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
    state = Unpickler(io.BytesIO(archive.read(pickled))).load()
    data = {}
    for (key, form, count), *_ in state.values():
        content = archive.read(pickled.replace("data.pkl", f"data/{key}"))
        data[key] = struct.unpack(f"<{count}{form}", content)
    return state, data


def fnv1a(content):
    hash = 0xCBF29CE484222325
    for byte in content:
        hash = (hash ^ byte) * 0x100000001B3 % 2**64
    return hash


def main(paths, values):
    for path in paths:
        with open(path, "rb") as file:
            start = file.read(4)
            file.seek(0)
            state, data = (read_zip if start == b"PK\3\4" else read_legacy)(file)
        content, lines = b"", []
        for name, (storage, offset, shape, strides) in state.items():
            numbers = [
                float(data[storage[0]][offset + sum(i * s for i, s in zip(index, strides))])
                for index in itertools.product(*map(range, shape))
            ]
            content += name.encode() + struct.pack(f"<{len(shape)}Q", *shape)
            content += struct.pack(f"<{len(numbers)}f", *numbers)
            lines.append(f"    {name} {storage[1]} {list(shape)} {numbers[:3]} {numbers[-1:]}")
        print(f"{path}: {len(state)} tensors, fingerprint {fnv1a(content):#018x}")
        if values:
            print("\n".join(lines))


main([path for path in sys.argv[1:] if path != "--values"], "--values" in sys.argv)
