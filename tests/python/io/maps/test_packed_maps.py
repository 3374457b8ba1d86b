"""Maps packed by gzip, bzip2 and xz: what follows them, streams in a row, memory."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from map_files import mrc_bytes, refusal, saved, some_values

from map_sharpening.io.maps import read_map

Pack = Callable[[bytes], bytes]
JUNK = (b"x", b"junk" * 5, b"\xfd7zXYZ and more", b"BZ", b"\0\0\0BZ0", b"j" * 700_000)


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: f"{len(junk)}")
@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
def test_what_follows_the_compressed_data_is_told(tmp_path: Path, pack: Pack, junk: bytes) -> None:
    map_data, warnings = read_map(saved(tmp_path, pack(mrc_bytes(some_values())) + junk))
    np.testing.assert_array_equal(map_data.values, some_values())
    size = len(junk.lstrip(b"\0"))
    assert warnings == [f"a.mrc goes on {size} bytes after its compressed data; they are ignored"]


def test_what_follows_gzip_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, gzip.compress(mrc_bytes(some_values())) + b"junk")
    assert "or something after them" in refusal(path)


@pytest.mark.parametrize("padding", [b"", b"\0" * 4, b"\0" * 300_000])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_streams_in_a_row_are_one_map(tmp_path: Path, pack: Pack, padding: bytes) -> None:
    content = mrc_bytes(some_values())
    parts = (content[:500], content[500:1100], content[1100:])
    map_data, warnings = read_map(
        saved(tmp_path, b"".join(pack(part) + padding for part in parts))
    )
    np.testing.assert_array_equal(map_data.values, some_values())
    assert warnings == []


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
def test_a_second_stream_that_is_cut_off_is_damage(tmp_path: Path, pack: Pack) -> None:
    content = mrc_bytes(some_values())
    packed = pack(content[:1200]) + pack(content[1200:])[:-6]
    assert "damaged or truncated" in refusal(saved(tmp_path, packed))


def peak_of_reading(path: Path) -> int:
    """Return the most memory in bytes that reading a map takes."""
    tracemalloc.start()
    try:
        read_map(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_map_that_is_unpacked_twice_is_held_once(tmp_path: Path, pack: Pack) -> None:
    values = np.zeros((64, 64, 64), dtype=np.float32)
    values[1:3] = 1.0
    content = bytearray(mrc_bytes(values))
    once = saved(tmp_path, pack(bytes(content)), "once.mrc")
    struct.pack_into("<i", content, 4 * 23, 80)  # an extended header that isn't there
    twice = saved(tmp_path, pack(bytes(content)), "twice.mrc")
    read_map(once)  # what is made once is made now
    assert peak_of_reading(twice) < peak_of_reading(once) + 0.2 * values.nbytes
