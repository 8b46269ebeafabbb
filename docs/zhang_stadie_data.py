"""Writes MNIST as Zhang and Stadie (2020) split and scaled it, for `studies/zhang-stadie.toml`.

    python3 docs/zhang_stadie_data.py DIR [OUT]

DIR has the four files of MNIST, unpacked; OUT, by default `studies`, gets train.npz (the 60,000 training images and
the first 3,000 test images) and test.npz (the other 7,000), pixels divided by 2550. Needs NumPy.
"""

import sys
from pathlib import Path

import numpy as np


def idx(path: Path) -> np.ndarray:
    content = path.read_bytes()
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def main() -> None:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "studies")
    images, labels = (
        np.concatenate([idx(folder / f"{part}-{kind}-idx{axes}-ubyte") for part in ["train", "t10k"]])
        for kind, axes in [("images", 3), ("labels", 1)]
    )
    pixels = images.astype(np.float32) / 2550
    for name, rows in [("train", slice(63_000)), ("test", slice(63_000, None))]:
        np.savez(out / f"{name}.npz", X=pixels[rows], y=labels[rows].astype(np.int64))


if __name__ == "__main__":
    main()
