"""Files and values that are refused, with one line that says why."""

from __future__ import annotations

import bz2
import gzip
import math
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from map_files import (
    mrc_bytes,
    refusal,
    saved,
    some_values,
)

from map_sharpening.errors import (
    MapFileError,
    MapValueError,
    MemoryLimitError,
)
from map_sharpening.io.maps import (
    read_map,
)
from map_sharpening.maps.checks.plausible import check_values
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell, labels_say

# Reading: what is refused


def test_missing_file_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none.mrc")


def test_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mrc")
    assert "is a device or pipe" in refusal(tmp_path / "pipe.mrc")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read all files"
)
def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, mrc_bytes(some_values()))
    path.chmod(0)
    assert "can't be read: Permission denied" in refusal(path)


def test_denied_access_names_the_reason_and_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, mrc_bytes(some_values()))

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert "Permission denied; allow reading it" in refusal(path)


def test_lfs_pointer_is_refused(tmp_path: Path) -> None:
    content = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"
    assert "Git LFS pointer" in refusal(saved(tmp_path, content))


def test_web_page_is_refused(tmp_path: Path) -> None:
    assert "is a web page" in refusal(saved(tmp_path, b"\n<!DOCTYPE html>" + b"a" * 2000))


def test_short_file_is_refused(tmp_path: Path) -> None:
    assert "it has 3 bytes" in refusal(saved(tmp_path, b"abc"))


def test_text_is_refused(tmp_path: Path) -> None:
    assert "is not a CCP4/MRC map" in refusal(saved(tmp_path, b"ATOM  " * 300))


@pytest.mark.parametrize("missing", [1, 400, 479])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_truncated_values_are_refused(tmp_path: Path, missing: int, pack: Any) -> None:
    message = refusal(saved(tmp_path, pack(mrc_bytes(some_values())[:-missing])))
    assert f"it has {1504 - missing} bytes" in message
    assert "need 1504" in message


def test_truncated_extended_header_is_refused(tmp_path: Path) -> None:
    content = mrc_bytes(some_values(), extended=b"a" * 5000)[:3000]
    assert "is truncated: it has 3000 bytes" in refusal(saved(tmp_path, gzip.compress(content)))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.95])
def test_truncated_compressed_file_is_refused(tmp_path: Path, pack: Any, keep: float) -> None:
    packed = pack(mrc_bytes(np.random.default_rng(0).normal(size=(9, 9, 9))))
    assert "damaged or truncated" in refusal(saved(tmp_path, packed[: int(keep * len(packed))]))


def test_damaged_compressed_file_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(mrc_bytes(some_values())))
    packed[100] ^= 255
    assert "damaged" in refusal(saved(tmp_path, bytes(packed)))


def test_claim_of_terabytes_in_a_small_gzip_is_refused_at_once(tmp_path: Path) -> None:
    content = bytearray(mrc_bytes(some_values()))
    struct.pack_into("<3i", content, 0, 99_999, 99_999, 99_999)
    assert "is truncated" in refusal(saved(tmp_path, gzip.compress(bytes(content))))


def test_claim_beyond_memory_is_refused(tmp_path: Path) -> None:
    content = bytearray(mrc_bytes(some_values()))
    struct.pack_into("<3i", content, 0, 99_999, 99_999, 99_999)
    message = refusal(saved(tmp_path, bz2.compress(bytes(content))), MemoryLimitError)
    assert "bytes of memory for its values" in message


@pytest.mark.parametrize("mode", [3, 4, 101])
def test_modes_that_are_no_real_map_are_refused(tmp_path: Path, mode: int) -> None:
    assert f"has mode {mode} (" in refusal(saved(tmp_path, mrc_bytes(some_values(), mode=mode)))


def test_undefined_mode_is_refused(tmp_path: Path) -> None:
    message = refusal(saved(tmp_path, mrc_bytes(some_values(), mode=77)))
    assert "has mode 77, which MRC2014 does not define" in message


@pytest.mark.parametrize("size", [0, -5, 2_000_000_000])
def test_senseless_size_is_refused(tmp_path: Path, size: int) -> None:
    content = bytearray(mrc_bytes(some_values()))
    struct.pack_into("<i", content, 4, size)
    assert f"its size as 6 x {size} x 4" in refusal(saved(tmp_path, bytes(content)))


def test_negative_extended_header_is_refused(tmp_path: Path) -> None:
    content = bytearray(mrc_bytes(some_values()))
    struct.pack_into("<i", content, 92, -80)
    assert "-80 bytes of extended header" in refusal(saved(tmp_path, bytes(content)))


@pytest.mark.parametrize("axes", [(1, 1, 2), (10, 11, 12), (0, 1, 2)])
def test_invalid_axes_are_refused(tmp_path: Path, axes: tuple[int, int, int]) -> None:
    content = bytearray(mrc_bytes(some_values()))
    struct.pack_into("<3i", content, 64, *axes)
    assert "axis order" in refusal(saved(tmp_path, bytes(content)))


def test_image_stack_is_refused(tmp_path: Path) -> None:
    content = mrc_bytes(some_values(), space_group=0, sampling=(6, 5, 1))
    assert "is a stack of 4 images" in refusal(saved(tmp_path, content))


def test_single_image_is_refused(tmp_path: Path) -> None:
    content = mrc_bytes(some_values((1, 5, 6)), space_group=0)
    assert "is a single image" in refusal(saved(tmp_path, content))


def test_stack_of_volumes_is_refused(tmp_path: Path) -> None:
    content = mrc_bytes(some_values(), space_group=401, sampling=(6, 5, 2))
    assert "is a stack of volumes" in refusal(saved(tmp_path, content))


def test_single_volume_of_a_stack_is_read(tmp_path: Path) -> None:
    map_data, _ = read_map(saved(tmp_path, mrc_bytes(some_values(), space_group=401)))
    assert map_data.position.space_group == 1


@pytest.mark.parametrize("edge", [0.0, -1.0, math.nan, math.inf])
def test_missing_voxel_size_is_asked_for(tmp_path: Path, edge: float) -> None:
    content = mrc_bytes(some_values(), cell=(edge, 5.0, 4.0, 90.0, 90.0, 90.0))
    assert "give crystal_info.voxel_size=<Å>" in refusal(saved(tmp_path, content))


@pytest.mark.parametrize("angles", [(0.0, 90.0, 90.0), (10.0, 90.0, 150.0), (math.nan,) * 3])
def test_angles_of_no_cell_are_refused(tmp_path: Path, angles: tuple[float, ...]) -> None:
    content = mrc_bytes(some_values(), cell=(6.0, 5.0, 4.0, *angles))
    assert "can meet in a corner" in refusal(saved(tmp_path, content))


def test_nan_and_infinity_are_counted_and_located(tmp_path: Path) -> None:
    values = some_values()
    values[2, 3, 4], values[3, 0, 0], values[3, 1, 1] = math.nan, math.inf, -math.inf
    message = refusal(saved(tmp_path, mrc_bytes(values)), MapValueError)
    assert "has NaN or infinity at 3 of" in message
    assert "points, the first at x 4, y 3, z 2" in message


def test_constant_map_is_refused(tmp_path: Path) -> None:
    message = refusal(saved(tmp_path, mrc_bytes(np.full((4, 5, 6), 2.5))), MapValueError)
    assert "has the same value 2.5 at all 120 points" in message


def test_extract_unique_is_refused_unless_allowed(tmp_path: Path) -> None:
    path = saved(tmp_path, mrc_bytes(some_values(), labels=(b"extract_unique",)))
    assert "is labelled extract_unique" in refusal(path, MapValueError)
    assert labels_say(read_map(path, allow_extract_unique=True)[0], "extract_unique")


def test_a_label_must_be_the_word_alone() -> None:
    position = MapPosition(UnitCell(1, 1, 1), (1, 1, 1), labels=("not extract_unique",))
    assert not labels_say(MapData(some_values(), position), "extract_unique")


@examples(150)
@given(at=st.lists(st.integers(0, 1103), min_size=1, max_size=6), byte=st.integers(0, 255))
def test_damaged_headers_are_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, at: list[int], byte: int
) -> None:
    content = bytearray(mrc_bytes(some_values(), extended=b"b" * 80))
    for position in at:
        content[position] = byte
    path = saved(tmp_path_factory.mktemp("maps"), bytes(content))
    message = ""
    try:
        read_map(path)
    except (MapFileError, MapValueError) as error:
        message = str(error)
    assert "\n" not in message


def test_the_last_value_is_checked_too() -> None:
    values = np.zeros((4, 5, 6), dtype=np.float32)
    values[3, 4, 5] = math.nan
    with pytest.raises(MapValueError, match=r"at 1 of .* first at x 5, y 4, z 3"):
        check_values(MapData.from_array(values, 1.0))


def test_two_different_constant_sections_are_not_constant() -> None:
    check_values(MapData.from_array(np.repeat([0.0, 1.0], 60).reshape(4, 5, 6), 1.0))
