"""Masks as images in notebooks."""

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray


def picture(mask: NDArray[np.bool_]) -> str:
    """A mask as an image: weights that are left are dark."""
    height, width = mask.shape
    lines = np.concatenate(
        [np.zeros((height, 1), np.uint8), np.where(mask, 0, 255).astype(np.uint8)], axis=1
    )

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    png += chunk(b"IDAT", zlib.compress(lines.tobytes())) + chunk(b"IEND", b"")
    scale = max(1, min(4, 240 // max(width, 1)))
    return (
        f'<img alt="mask" width="{scale * width}" height="{scale * height}" '
        'style="image-rendering: pixelated; border: 1px solid #888" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode()}">'
    )
