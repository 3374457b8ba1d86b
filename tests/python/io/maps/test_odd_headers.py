"""Headers that count what isn't there, turn the map, or describe pictures."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from map_files import mrc_bytes, refusal, saved, some_values

from map_sharpening.io.maps import read_map, write_map

UNIT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
TURNED = (0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def counting(n_bytes: int, order: str = "<", **words: object) -> bytes:
    """Return a map whose header counts an extended header that isn't there."""
    content = bytearray(mrc_bytes(some_values(), order=order, **words))  # type: ignore[arg-type]
    struct.pack_into(f"{order}i", content, 4 * 23, n_bytes)
    return bytes(content)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("n_bytes", [80, 1024, 131072])
@pytest.mark.parametrize("mode", [1, 2])
def test_an_extended_header_that_is_not_there_is_told(
    tmp_path: Path, n_bytes: int, order: str, mode: int
) -> None:
    path = saved(tmp_path, counting(n_bytes, order, mode=mode, extended_type=b"SERI"))
    map_data, warnings = read_map(path)
    np.testing.assert_array_equal(map_data.values, some_values())
    assert (map_data.extended_header, map_data.extended_type) == (b"", b"")
    assert warnings == [
        f"a.mrc counts {n_bytes} bytes of extended header (NSYMBT) that are not there; read "
        "without them"
    ]
    write_map(tmp_path / "out.ccp4", map_data)
    assert read_map(tmp_path / "out.ccp4")[1] == []


def test_a_file_that_ends_elsewhere_is_truncated(tmp_path: Path) -> None:
    for content in (counting(80)[:-4], counting(80) + b"\0" * 4):
        assert "is truncated" in refusal(saved(tmp_path, content))


def test_of_a_packed_file_the_way_out_is_told(tmp_path: Path) -> None:
    path = saved(tmp_path, gzip.compress(counting(80)), "a.mrc.gz")
    assert "the extended header is missing: unpack the file" in refusal(path)


def skewed(
    matrix: tuple[float, ...], shift: tuple[float, ...], flag: int = 1, order: str = "<"
) -> bytes:
    content = bytearray(mrc_bytes(some_values(), order=order))
    struct.pack_into(f"{order}i12f", content, 96, flag, *matrix, *shift)
    return bytes(content)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("matrix", "shift"), [(TURNED, (0.0, 0.0, 0.0)), (UNIT, (5.0, 0.0, -2.0))]
)
def test_a_matrix_that_turns_or_moves_the_map_is_warned_of(
    tmp_path: Path, matrix: tuple[float, ...], shift: tuple[float, ...], order: str
) -> None:
    map_data, warnings = read_map(saved(tmp_path, skewed(matrix, shift, order=order)))
    np.testing.assert_array_equal(map_data.values, some_values())
    (warning,) = warnings
    assert warning.startswith("a.mrc has a skew matrix (LSKFLG 1)")


@pytest.mark.parametrize(
    ("matrix", "shift", "flag"),
    [
        ((0.0,) * 9, (0.0,) * 3, 1),
        (UNIT, (0.0,) * 3, 1),
        (TURNED, (1.0,) * 3, 0),
        ((float("nan"),) * 9, (0.0,) * 3, 1),
    ],
    ids=["zeros", "unit", "switched off", "no numbers"],
)
def test_a_matrix_that_does_nothing_is_not(
    tmp_path: Path, matrix: tuple[float, ...], shift: tuple[float, ...], flag: int
) -> None:
    assert read_map(saved(tmp_path, skewed(matrix, shift, flag)))[1] == []


def test_pictures_of_imod_are_named(tmp_path: Path) -> None:
    message = refusal(saved(tmp_path, mrc_bytes(some_values(), mode=16)))
    assert "mode 16 (three bytes each, the colours (RGB) of a picture of IMOD)" in message
    assert "damaged" not in message
