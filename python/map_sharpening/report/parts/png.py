"""Pictures as PNG, packed here: to load a library for it takes longer than to pack them."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from map_sharpening.report.parts.figures import Pixels

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPE = {1: 0, 3: 2, 4: 6}  #: grey; red, green, blue; the same with opacity


def png_of(picture: Pixels, effort: int = 6) -> bytes:
    """Return a picture of grey values, or of red, green and blue, with opacity or without.

    Parameters
    ----------
    picture : ndarray of uint8, shape (rows, columns) or (rows, columns, 3 or 4)
        First row on top.
    effort : int
        From 1, quickly packed, to 9, in the fewest bytes.
    """
    rows, columns = picture.shape[:2]
    n = picture.size // (rows * columns)
    header = struct.pack(">IIBBBBB", columns, rows, 8, _COLOUR_TYPE[n], 0, 0, 0)
    data = zlib.compress(_filtered(picture.reshape(rows, columns * n), n).tobytes(), effort)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


def _filtered(lines: Pixels, n: int) -> Pixels:
    """Return each line as it is, or less the pixel to the left, or less the line above.

    That with the least values, taken as signed, should need the fewest bytes (section 12.8 of
    the PNG specification). Its number stands before it.
    """
    ways = np.stack([lines, lines, lines])
    ways[1, :, n:] -= lines[:, :-n]
    ways[2, 1:] -= lines[:-1]
    best = np.minimum(ways, np.negative(ways)).sum(axis=2, dtype=np.int64).argmin(axis=0)
    chosen = ways[best, np.arange(len(lines))]
    return np.hstack([best[:, None].astype(np.uint8), chosen])
