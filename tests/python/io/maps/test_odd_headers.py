"""Headers that count what isn't there, turn the map, or describe pictures."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from collections.abc import Callable
from pathlib import Path

import mrcfile
import numpy as np
import pytest
from map_files import mrc_bytes, refusal, saved, some_values

from map_sharpening.io.map_header import merged_labels
from map_sharpening.io.maps import read_map, write_map
from map_sharpening.maps.map_data import TURN_LABEL

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


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("n_bytes", [80, 2**31 - 1])
@pytest.mark.parametrize("mode", [0, 2])
def test_nor_need_it_be_there_in_a_packed_file(
    tmp_path: Path, pack: Callable[[bytes], bytes], n_bytes: int, mode: int
) -> None:
    map_data, warnings = read_map(saved(tmp_path, pack(counting(n_bytes, mode=mode))))
    np.testing.assert_array_equal(map_data.values, some_values())
    assert map_data.extended_header == b""
    assert warnings == [
        f"a.mrc counts {n_bytes} bytes of extended header (NSYMBT) that are not there; read "
        "without them"
    ]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_file_that_ends_elsewhere_is_truncated(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    whole = counting(80)
    for content in (whole[:-4], whole + b"\0" * 4, whole[:1030], whole[:1024]):
        path = saved(tmp_path, pack(content))
        assert f"is truncated: it has {len(content)} bytes" in refusal(path)


def test_more_values_than_a_gzip_file_can_hold_are_not_waited_for(tmp_path: Path) -> None:
    content = bytearray(counting(0))
    struct.pack_into("<i", content, 0, 90_000)
    packed = gzip.compress(bytes(content))
    message = refusal(saved(tmp_path, packed))
    assert f"unpacked, it can have at most {1032 * len(packed)} bytes" in message


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


@pytest.mark.parametrize(
    ("label", "is_turned"),
    [
        ("Chimera rotation: 0.0 0.0 1.0 30.0", True),
        ("Chimera rotation: 0.57735 -0.57735 5.7735e-1 120", True),
        ("Chimera rotation: 0 0 1 0", False),
        ("Chimera rotation: 0 0 1 360.0", False),
        ("Chimera rotation: of the axes", False),
        ("UCSF ChimeraX 2026", False),
    ],
)
def test_a_label_by_which_chimerax_turns_the_map_is_told_and_kept(
    tmp_path: Path, label: str, is_turned: bool
) -> None:
    labels = [label, *(f"label {i}" for i in range(9))]
    values = np.random.default_rng(0).normal(size=(8, 8, 8)).astype(np.float32)
    with mrcfile.new(tmp_path / "a.mrc") as file:
        file.set_data(values)
        file.voxel_size = 1.5
        for i, text in enumerate(labels):
            file.header.label[i] = text
        file.header.nlabl = len(labels)
    read, warnings = read_map(tmp_path / "a.mrc")
    told = [text for text in warnings if "ChimeraX turns the map and other programs don't" in text]
    assert len(told) == is_turned
    assert all(repr(label) in text for text in told)
    assert (label in merged_labels(read.position.labels, ["made", "so"])) == (
        label.startswith("Chimera rotation:")
    )
    assert len(merged_labels(read.position.labels, ["made", "so"])) == 10


@pytest.mark.parametrize("n_turns", [1, 7, 8, 10])
def test_labels_that_are_added_are_never_dropped(n_turns: int) -> None:
    turns = [f"{TURN_LABEL} 0 0 1 {i + 1}" for i in range(n_turns)]
    others = [f"label {i}" for i in range(10 - n_turns)]
    added = ["map_is_sharpened", "NOT FOR DEPOSITION", "wrapping_outside_cell"]
    merged = merged_labels([*turns, *others], added)
    assert merged == [*turns, *others[3:], *added] if n_turns < 8 else [*turns[-7:], *added]
    assert len(merged) == 10


@pytest.mark.parametrize(("mode", "stored"), [(12, "f4"), (1, "f4"), (0, "f4"), (2, "f8")])
def test_values_longer_than_the_mode_says_are_refused(
    tmp_path: Path, mode: int, stored: str
) -> None:
    values = some_values().astype(stored)
    content = bytearray(mrc_bytes(some_values()))[:1024] + values.tobytes()
    struct.pack_into("<i", content, 4 * 3, mode)
    for name, pack in (("a.mrc", bytes), ("a.mrc.gz", gzip.compress)):
        path = tmp_path / name
        path.write_bytes(pack(bytes(content)))
        assert f"{name} has {values.itemsize} bytes for each value, its mode has " in refusal(path)


def test_a_volume_alone_is_written_as_no_stack(tmp_path: Path) -> None:
    map_data, _ = read_map(saved(tmp_path, mrc_bytes(some_values(), space_group=401)))
    write_map(tmp_path / "b.mrc", map_data)
    np.testing.assert_array_equal(mrcfile.read(tmp_path / "b.mrc"), some_values())
