"""Reading and writing of CCP4/MRC maps, on made-up files and on real ones."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import math
import os
import re
import struct
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import gemmi
import mrcfile
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import map_sharpening
from map_sharpening.errors import (
    MapFileError,
    MapValueError,
    MemoryLimitError,
    OutputError,
    ParameterError,
)
from map_sharpening.io import maps
from map_sharpening.io.maps import (
    check_values,
    is_map_file,
    labels_say,
    map_file_size,
    map_start_in_angstrom,
    read_map,
    write_map,
)
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell

DATA = os.environ.get("MAP_SHARPENING_DATA")
needs_data = pytest.mark.skipif(
    not DATA, reason="real maps are found by MAP_SHARPENING_DATA, which is not set"
)

STORED = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
NO_STAMP = "names no byte order"
BOTH_PLACES = "by NSTART and at .* by ORIGIN"

#: Every map of the data set: the warnings it gives, or the error and its message.
READABLE: dict[str, list[str]] = {
    "em/3j9sA.mrc": [],  # NX is 60, the code of "<"
    "em/betaGal.mrc": [],
    "em/emd_11007_fcrop144.map.gz": [],
    "em/emd_1461.mrc.gz": [],
    "em/emd_21457_seg.mrc": [],
    "em/emd_21457_seg_nstart.mrc": [],
    "em/emd_21457_seg_orig0.mrc": [],
    "em/emd_3488.mrc": [],
    "em/emd_3488_contour_mask.mrc.gz": [],
    "em/localResolution.mrc.gz": [],
    "odd/1jzv.ccp4.gz": [],
    "odd/1mru.map": [],
    "odd/1mru_m0.map": [],
    "odd/3ek3-2fofc.map.gz": [],
    "odd/3pqr-mode0.ccp4": [],
    "odd/3pqr.ccp4.gz": [],
    "odd/5i55_tiny.ccp4": [],
    "odd/EMD-3001.map": [],
    "odd/EMD-3197.map": [],
    "odd/Ubi-4.5.mrc.gz": [BOTH_PLACES],
    "odd/crop_map.mrc": [NO_STAMP, "space group number 1065353216 .* read as 1", BOTH_PLACES],
    "odd/iota_yzx.ccp4.gz": [],
    "odd/mini.mrc": [NO_STAMP, BOTH_PLACES],
    # a stack of images by its content, but MZ is NZ and nothing in the header says so
    "odd/spike-vol.mrc": ["128 sections of 16 x 16 .* if these are images"],
}
REFUSED = {
    "odd/clean70SRibosome_vol_65p.mrc.gz": "no voxel size: .* crystal_info.voxel_size=",
    "odd/corrupt.mrc": "corrupt.mrc is not a CCP4/MRC map: it has 50 bytes",
    "odd/groel_5w0s_scattering_potential.mrc": "Git LFS pointer.*git lfs pull",
    "odd/invalid_axes.mrc": "axis order 10 11 12 .* expected 1, 2 and 3",
}


def mrc_bytes(
    values: npt.NDArray[Any],
    *,
    mode: int = 2,
    order: str = "<",
    axes: tuple[int, int, int] = (1, 2, 3),
    sampling: tuple[int, int, int] | None = None,
    cell: tuple[float, ...] = (30.0, 40.0, 50.0, 90.0, 90.0, 90.0),
    start: tuple[int, int, int] = (0, 0, 0),
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0),
    space_group: int = 1,
    extended: bytes = b"",
    extended_type: bytes = b"",
    labels: tuple[bytes, ...] = (),
    stamp: bytes | None = None,
    identifier: bytes = b"MAP ",
    imod: tuple[int, int] = (0, 0),
) -> bytes:
    """Return a map file of values (z, y, x), packed word by word; triples are x, y, z."""
    stored = np.ascontiguousarray(values.transpose([3 - axis for axis in reversed(axes)]))
    header = bytearray(1024)

    def put(word: int, kind: str, *numbers: float) -> None:
        struct.pack_into(f"{order}{len(numbers)}{kind}", header, 4 * (word - 1), *numbers)

    put(1, "i", *reversed(stored.shape), mode, *(start[axis - 1] for axis in axes))
    put(8, "i", *(sampling or tuple(reversed(values.shape))))
    put(11, "f", *cell)
    put(17, "i", *axes)
    put(23, "i", space_group, len(extended))
    header[104 : 104 + len(extended_type)] = extended_type
    put(39, "i", *imod)
    put(50, "f", *origin)
    header[208:212] = identifier
    header[212:216] = stamp or (b"\x44\x44\0\0" if order == "<" else b"\x11\x11\0\0")
    put(56, "i", len(labels))
    for number, label in enumerate(labels):
        header[224 + 80 * number : 304 + 80 * number] = label.ljust(80)
    kind = order + STORED.get(mode, "i1")
    return bytes(header) + extended + stored.astype(kind).tobytes()


def some_values(shape: tuple[int, int, int] = (4, 5, 6)) -> npt.NDArray[np.float32]:
    """Return whole numbers, which all modes can hold, in no special order."""
    numbers = np.random.default_rng(1).permutation(math.prod(shape)) % 120
    return numbers.reshape(shape).astype(np.float32)


def saved(folder: Path, content: bytes, name: str = "a.mrc") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def written_and_read(folder: Path, map_data: MapData, *labels: str) -> MapData:
    write_map(folder / "out.ccp4", map_data, labels_added=labels)
    return read_map(folder / "out.ccp4")[0]


def raw_header(path: Path) -> Any:
    with mrcfile.open(path, permissive=True, header_only=True) as stream:
        return stream.header.copy()


def validation(path: Path) -> str:
    """Return mrcfile's complaints about a file."""
    text = io.StringIO()
    valid = mrcfile.validate(path, print_file=text)
    return "" if valid else text.getvalue()


# Reading: what is accepted


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("mode", STORED)
def test_each_mode_and_byte_order_gives_the_same_values(
    tmp_path: Path, mode: int, order: str
) -> None:
    path = saved(tmp_path, mrc_bytes(some_values(), mode=mode, order=order))
    map_data, warnings = read_map(path)
    np.testing.assert_array_equal(map_data.values, some_values())
    assert warnings == []


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("mode", STORED)
def test_values_are_float32_in_c_order(tmp_path: Path, mode: int, order: str) -> None:
    path = saved(tmp_path, mrc_bytes(some_values(), mode=mode, order=order, axes=(3, 1, 2)))
    values = read_map(path)[0].values
    assert values.dtype == np.dtype(np.float32)
    assert values.dtype.isnative
    assert values.flags.c_contiguous
    assert values.flags.aligned


@pytest.mark.parametrize("axes", list(itertools.permutations((1, 2, 3))))
@pytest.mark.parametrize("packed", [False, True])
def test_each_axis_order_gives_the_same_map(
    tmp_path: Path, axes: tuple[int, int, int], packed: bool
) -> None:
    content = mrc_bytes(some_values(), axes=axes, start=(7, -8, 9), sampling=(10, 11, 12))
    path = saved(tmp_path, gzip.compress(content) if packed else content)
    map_data = read_map(path)[0]
    np.testing.assert_array_equal(map_data.values, some_values())
    assert map_data.position.start == (7, -8, 9)
    assert map_data.position.sampling == (10, 11, 12)


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 9)] * 3).filter(lambda shape: math.prod(shape) > 1),
    axes=st.permutations((1, 2, 3)),
    slab=st.integers(1, 60),
    pack=st.sampled_from([bytes, gzip.compress, bz2.compress]),
)
def test_values_do_not_depend_on_shape_and_slab(
    tmp_path_factory: pytest.TempPathFactory,
    shape: tuple[int, int, int],
    axes: list[int],
    slab: int,
    pack: Any,
) -> None:
    values = some_values(shape)
    content = pack(mrc_bytes(values, axes=(axes[0], axes[1], axes[2])))
    path = saved(tmp_path_factory.mktemp("maps"), content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maps, "_SLAB_VALUES", slab)
        np.testing.assert_array_equal(read_map(path)[0].values, values)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_compression_is_told_by_content_not_by_name(tmp_path: Path, pack: Any) -> None:
    path = saved(tmp_path, pack(mrc_bytes(some_values())), "a.mrc")
    np.testing.assert_array_equal(read_map(path)[0].values, some_values())


@pytest.mark.skipif(sys.byteorder != "little", reason="mode 2 in native order is little-endian")
def test_native_mode_2_is_mapped_read_only(tmp_path: Path) -> None:
    values = read_map(saved(tmp_path, mrc_bytes(some_values())))[0].values
    assert isinstance(values, np.memmap)
    assert not values.flags.writeable


def test_extended_header_that_misaligns_values_is_no_obstacle(tmp_path: Path) -> None:
    path = saved(tmp_path, mrc_bytes(some_values(), extended=b"abc"))
    values = read_map(path)[0].values
    assert values.flags.aligned
    np.testing.assert_array_equal(values, some_values())


def test_mode_0_is_signed(tmp_path: Path) -> None:
    path = saved(tmp_path, mrc_bytes(some_values() - 100, mode=0))
    np.testing.assert_array_equal(read_map(path)[0].values, some_values() - 100)


@pytest.mark.parametrize(("flags", "first"), [(0, 200.0), (1, -56.0)])
def test_mode_0_of_imod_is_signed_only_if_its_flag_says_so(
    tmp_path: Path, flags: int, first: float
) -> None:
    values = some_values()
    values[0, 0, 0] = -56  # stored as the byte 200
    path = saved(tmp_path, mrc_bytes(values, mode=0, imod=(1146047817, flags)))
    assert read_map(path)[0].values[0, 0, 0] == first


@pytest.mark.parametrize("order", "<>")
def test_missing_stamp_is_a_warning(tmp_path: Path, order: str) -> None:
    content = mrc_bytes(some_values(), order=order, stamp=b"\0\0\0\0")
    map_data, warnings = read_map(saved(tmp_path, content))
    np.testing.assert_array_equal(map_data.values, some_values())
    assert len(warnings) == 1
    assert "names no byte order" in warnings[0]


def test_wrong_stamp_is_a_warning(tmp_path: Path) -> None:
    content = mrc_bytes(some_values(), order=">", stamp=b"\x44\x44\0\0")
    map_data, warnings = read_map(saved(tmp_path, content))
    np.testing.assert_array_equal(map_data.values, some_values())
    assert "stamped little-endian, but" in warnings[0]


def test_missing_identifier_is_a_warning(tmp_path: Path) -> None:
    _, warnings = read_map(saved(tmp_path, mrc_bytes(some_values(), identifier=b"\0\0\0\0")))
    assert "no 'MAP ' identifier; read as a map" in warnings[0]


def test_space_group_0_of_a_volume_is_no_warning(tmp_path: Path) -> None:
    map_data, warnings = read_map(saved(tmp_path, mrc_bytes(some_values(), space_group=0)))
    assert map_data.position.space_group == 0
    assert warnings == []


def test_broken_space_group_is_read_as_1(tmp_path: Path) -> None:
    content = mrc_bytes(some_values(), space_group=1065353216)
    map_data, warnings = read_map(saved(tmp_path, content))
    assert map_data.position.space_group == 1
    assert "1065353216" in warnings[0]


def test_zero_sampling_and_angles_are_warnings(tmp_path: Path) -> None:
    content = bytearray(mrc_bytes(some_values(), cell=(6.0, 5.0, 4.0, 0.0, 0.0, 0.0)))
    content[28:40] = bytes(12)
    map_data, warnings = read_map(saved(tmp_path, bytes(content)))
    assert map_data.voxel_size == (1.0, 1.0, 1.0)
    assert map_data.position.cell.is_orthogonal
    assert len(warnings) == 2


def test_trailing_bytes_are_a_warning(tmp_path: Path) -> None:
    _, warnings = read_map(saved(tmp_path, mrc_bytes(some_values()) + b"12345"))
    assert "5 bytes after its last value" in warnings[0]


def test_trailing_bytes_in_gzip_are_a_warning(tmp_path: Path) -> None:
    _, warnings = read_map(saved(tmp_path, gzip.compress(mrc_bytes(some_values()) + b"1")))
    assert "goes on after its last value" in warnings[0]


def test_labels_end_at_a_zero_byte_and_print(tmp_path: Path) -> None:
    labels = (b"first  ", b"\x00junk", b"tab\there\x00rest")
    map_data, _ = read_map(saved(tmp_path, mrc_bytes(some_values(), labels=labels)))
    assert map_data.position.labels == ("first", "tab here")


def test_already_sharpened_is_a_warning(tmp_path: Path) -> None:
    content = mrc_bytes(some_values(), labels=(b"map_is_sharpened",))
    assert "is labelled map_is_sharpened" in read_map(saved(tmp_path, content))[1][0]


def test_long_stack_shape_with_space_group_0_is_a_warning(tmp_path: Path) -> None:
    content = mrc_bytes(some_values((16, 4, 4)), space_group=0)
    assert "16 sections of 4 x 4" in read_map(saved(tmp_path, content))[1][0]


# Reading: voxel size


@pytest.mark.parametrize("given", [1.5, [1.5], (1.5, 1.5, 1.5)])
def test_voxel_size_fills_a_zero_cell(tmp_path: Path, given: Any) -> None:
    content = mrc_bytes(some_values(), cell=(0.0, 0.0, 0.0, 90.0, 90.0, 90.0))
    map_data, warnings = read_map(saved(tmp_path, content), voxel_size=given)
    assert map_data.voxel_size == (1.5, 1.5, 1.5)
    assert warnings == []


def test_voxel_size_replaces_another_with_a_warning(tmp_path: Path) -> None:
    content = mrc_bytes(some_values(), cell=(6.0, 5.0, 4.0, 90.0, 90.0, 90.0))
    map_data, warnings = read_map(saved(tmp_path, content), voxel_size=(1.0, 2.0, 3.0))
    assert map_data.voxel_size == (1.0, 2.0, 3.0)
    assert "gives a voxel size of 1 x 1 x 1 Å; voxel_size 1 x 2 x 3 Å" in warnings[0]


def test_voxel_size_counts_the_grid_of_the_whole_cell(tmp_path: Path) -> None:
    content = mrc_bytes(some_values(), sampling=(60, 50, 40))
    map_data, _ = read_map(saved(tmp_path, content), voxel_size=2.0)
    assert map_data.position.cell == UnitCell(120.0, 100.0, 80.0)


@pytest.mark.parametrize("given", [0.0, -1.0, math.nan, [1.0, 2.0], [1.0, 2.0, 0.0]])
def test_voxel_size_must_be_one_or_three_numbers_above_0(tmp_path: Path, given: Any) -> None:
    with pytest.raises(ParameterError, match="expected one number or x, y, z in Å, above 0"):
        read_map(saved(tmp_path, mrc_bytes(some_values())), voxel_size=given)


# Reading: what is refused


def refusal(path: Path, kind: type[Exception] = MapFileError) -> str:
    """Return the message with which a file is refused, which is one line with its name."""
    with pytest.raises(kind) as caught:
        read_map(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


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
    assert map_data.position.space_group == 401


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
    assert "3 values that are NaN or infinite, the first at x 4, y 3, z 2" in message


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


@settings(max_examples=150, deadline=None)
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


def test_values_are_checked_across_slabs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "_SLAB_VALUES", 30)
    values = np.zeros((4, 5, 6), dtype=np.float32)
    values[3, 4, 5] = math.nan
    with pytest.raises(MapValueError, match=r"1 values .* first at x 5, y 4, z 3"):
        check_values(MapData.from_array(values, 1.0))


def test_two_different_constant_sections_are_not_constant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(maps, "_SLAB_VALUES", 30)
    check_values(MapData.from_array(np.repeat([0.0, 1.0], 60).reshape(4, 5, 6), 1.0))


# What is a map file


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
@pytest.mark.parametrize("order", "<>")
def test_a_map_is_known_by_content(tmp_path: Path, pack: Any, order: str) -> None:
    content = mrc_bytes(some_values(), order=order)
    assert is_map_file(saved(tmp_path, pack(content), "a.txt"))


@pytest.mark.parametrize("content", [b"", b"abc", b"ATOM  " * 300, bytes(2000), b"MTZ " * 400])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_other_content_is_no_map(tmp_path: Path, content: bytes, pack: Any) -> None:
    assert not is_map_file(saved(tmp_path, pack(content), "a.mrc"))


def test_truncated_gzip_header_is_no_map(tmp_path: Path) -> None:
    packed = gzip.compress(np.random.default_rng(0).bytes(3000))
    assert not is_map_file(saved(tmp_path, packed[:500]))


def test_missing_file_and_folder_are_no_map(tmp_path: Path) -> None:
    assert not is_map_file(tmp_path / "none.mrc")
    assert not is_map_file(tmp_path)


# Position


def placed(start: tuple[int, int, int], origin: tuple[float, float, float]) -> MapData:
    map_data = MapData.from_array(some_values(), (1.0, 2.0, 3.0))
    return replace(map_data, position=replace(map_data.position, start=start, origin=origin))


def test_start_counts_before_origin() -> None:
    assert map_start_in_angstrom(placed((1, 2, 3), (0.0, 0.0, 0.0))) == ((1.0, 4.0, 9.0), [])


def test_origin_counts_where_start_is_zero() -> None:
    place, warnings = map_start_in_angstrom(placed((0, 0, 0), (5.0, 6.0, 7.0)))
    assert (place, warnings) == ((5.0, 6.0, 7.0), [])


def test_start_and_origin_that_agree_give_no_warning() -> None:
    assert map_start_in_angstrom(placed((1, 2, 3), (1.01, 4.0, 9.0)))[1] == []


def test_start_and_origin_that_disagree_give_a_warning() -> None:
    place, warnings = map_start_in_angstrom(placed((1, 2, 3), (5.0, 4.0, 9.0)))
    assert place == (1.0, 4.0, 9.0)
    assert "1.00, 4.00, 9.00 Å by NSTART and at 5.00, 4.00, 9.00 Å by ORIGIN" in warnings[0]


def test_start_in_a_skewed_cell_is_cartesian() -> None:
    map_data = placed((0, 2, 0), (0.0, 0.0, 0.0))
    position = replace(map_data.position, cell=UnitCell(6.0, 10.0, 12.0, 90.0, 90.0, 120.0))
    place, _ = map_start_in_angstrom(replace(map_data, position=position))
    np.testing.assert_allclose(place, (-2.0, 4.0 * math.sin(math.pi / 3), 0.0), atol=1e-12)


# Writing


def full_map() -> MapData:
    position = MapPosition(
        cell=UnitCell(60.0, 75.0, 80.0, 90.0, 100.0, 90.0),
        sampling=(12, 15, 16),
        start=(-3, 4, 5),
        origin=(1.5, -2.25, 3.125),
        space_group=4,
        labels=("one", "two"),
    )
    return MapData(some_values(), position, "a.mrc", b"X,Y,Z".ljust(80), b"CCP4")


def test_written_map_is_read_back_the_same(tmp_path: Path) -> None:
    map_data = written_and_read(tmp_path, full_map())
    np.testing.assert_array_equal(map_data.values, full_map().values)
    assert map_data.position == full_map().position
    assert map_data.extended_header == full_map().extended_header
    assert map_data.extended_type == b"CCP4"


def test_written_map_is_valid(tmp_path: Path) -> None:
    write_map(tmp_path / "out.ccp4", full_map(), labels_added=["three"])
    assert validation(tmp_path / "out.ccp4") == ""


def test_written_map_has_the_announced_size(tmp_path: Path) -> None:
    write_map(tmp_path / "out.ccp4", full_map())
    assert (tmp_path / "out.ccp4").stat().st_size == map_file_size(full_map())


def test_written_words_are_those_of_mrc2014(tmp_path: Path) -> None:
    write_map(tmp_path / "out.ccp4", full_map())
    content = (tmp_path / "out.ccp4").read_bytes()
    assert struct.unpack_from("<10i", content) == (6, 5, 4, 2, -3, 4, 5, 12, 15, 16)
    assert struct.unpack_from("<3i", content, 64) == (1, 2, 3)
    assert content[104:108] == b"CCP4"
    assert struct.unpack_from("<i", content, 108) == (20141,)
    assert content[208:216] == b"MAP DD\0\0"


def test_space_group_0_is_written_as_1(tmp_path: Path) -> None:
    map_data = full_map()
    image_like = replace(map_data, position=replace(map_data.position, space_group=0))
    assert written_and_read(tmp_path, image_like).position.space_group == 1


def test_statistics_are_those_of_the_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maps, "_SLAB_VALUES", 30)
    values = np.random.default_rng(2).normal(1000.0, 0.25, size=(7, 5, 6)).astype(np.float32)
    write_map(tmp_path / "out.ccp4", MapData.from_array(values, 1.0))
    header = raw_header(tmp_path / "out.ccp4")
    wide = values.astype(np.float64)
    assert header.dmin == values.min()
    assert header.dmax == values.max()
    assert header.dmean == pytest.approx(wide.mean(), rel=1e-7)
    assert header.rms == pytest.approx(wide.std(), rel=1e-6)


def test_symmetry_records_without_a_type_are_named(tmp_path: Path) -> None:
    map_data = replace(full_map(), extended_type=b"")
    write_map(tmp_path / "out.ccp4", map_data)
    assert validation(tmp_path / "out.ccp4") == ""
    assert raw_header(tmp_path / "out.ccp4").exttyp == b"CCP4"


def test_binary_extended_header_is_kept(tmp_path: Path) -> None:
    binary = bytes(range(256)) * 3
    content = mrc_bytes(some_values(), extended=binary, extended_type=b"FEI1")
    map_data = written_and_read(tmp_path, read_map(saved(tmp_path, content))[0])
    assert (map_data.extended_header, map_data.extended_type) == (binary, b"FEI1")


def test_binary_extended_header_of_the_other_byte_order_is_left_out(tmp_path: Path) -> None:
    content = mrc_bytes(
        some_values(), order=">", extended=bytes(range(256)), extended_type=b"FEI1"
    )
    map_data, warnings = read_map(saved(tmp_path, content))
    assert (map_data.extended_header, map_data.extended_type) == (b"", b"")
    assert "binary extended header of 256 bytes in big-endian order" in warnings[0]


def test_symmetry_records_of_the_other_byte_order_are_kept(tmp_path: Path) -> None:
    records = b"X,Y,Z".ljust(80)
    content = mrc_bytes(some_values(), order=">", extended=records)
    assert read_map(saved(tmp_path, content))[0].extended_header == records


def test_labels_added_come_last(tmp_path: Path) -> None:
    map_data = written_and_read(tmp_path, full_map(), "three", "no_wrapping_outside_cell")
    assert map_data.position.labels == ("one", "two", "three", "no_wrapping_outside_cell")


def test_oldest_labels_make_room(tmp_path: Path) -> None:
    map_data = full_map()
    many = replace(map_data.position, labels=tuple(f"old {i}" for i in range(10)))
    labels = written_and_read(tmp_path, replace(map_data, position=many), "a", "b").position.labels
    assert labels == (*(f"old {i}" for i in range(2, 10)), "a", "b")


def test_a_label_given_again_is_not_doubled(tmp_path: Path) -> None:
    map_data = written_and_read(tmp_path, full_map(), "one")
    assert map_data.position.labels == ("two", "one")


def test_a_wrapping_label_replaces_the_opposite_one(tmp_path: Path) -> None:
    map_data = full_map()
    wrapping = replace(map_data.position, labels=("wrapping_outside_cell", "one"))
    result = written_and_read(
        tmp_path, replace(map_data, position=wrapping), "no_wrapping_outside_cell"
    )
    assert result.position.labels == ("one", "no_wrapping_outside_cell")


def test_a_long_label_is_cut_to_80_characters(tmp_path: Path) -> None:
    map_data = written_and_read(tmp_path, full_map(), "x" * 100)
    assert map_data.position.labels[-1] == "x" * 80


def test_more_labels_than_fit_are_a_fault_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="11 labels to add"):
        write_map(tmp_path / "out.ccp4", full_map(), labels_added=[str(i) for i in range(11)])


def test_values_that_are_not_finite_are_not_written(tmp_path: Path) -> None:
    values = some_values()
    values[0, 0, 1] = math.nan
    with pytest.raises(MapValueError, match=r"out\.ccp4 would have 1 values .* expected finite"):
        write_map(tmp_path / "out.ccp4", full_map().with_values(values))


def test_values_in_other_order_are_written_right(tmp_path: Path) -> None:
    values = np.asfortranarray(some_values())
    map_data = written_and_read(tmp_path, full_map().with_values(values))
    np.testing.assert_array_equal(map_data.values, some_values())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told() -> None:
    with pytest.raises(OutputError, match="full can't be written: No space left on device"):
        write_map("/dev/full", full_map())


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"out\.ccp4 can't be written to .*none"):
        write_map(tmp_path / "none" / "out.ccp4", full_map())


# Real maps


def real(name: str) -> Path:
    assert DATA is not None
    return Path(DATA) / name


def gemmi_view(path: Path) -> tuple[npt.NDArray[Any], list[float]]:
    """Return values as (z, y, x), and start, sampling and cell, as gemmi places them."""
    ccp4 = gemmi.read_ccp4_map(str(path))
    ccp4.setup(math.nan, gemmi.MapSetup.ReorderOnly)
    words = [ccp4.header_i32(word) for word in range(5, 11)]
    return ccp4.grid.array.transpose(2, 1, 0), [*words, *ccp4.grid.unit_cell.parameters]


def kept_words(path: Path) -> list[Any]:
    """Return the words that no axis order changes, as mrcfile reads them."""
    header = raw_header(path)
    fields = (header.mx, header.my, header.mz, header.nsymbt)
    return [*map(int, fields), *header.cella.item(), *header.cellb.item(), *header.origin.item()]


@needs_data
def test_the_tables_name_every_map_of_the_data_set() -> None:
    found = {
        f"{folder}/{path.name}"
        for folder in ("em", "odd")
        for path in real(folder).iterdir()
        if {".mrc", ".map", ".ccp4"} & set(path.suffixes)
    }
    assert found == READABLE.keys() | REFUSED.keys()


@needs_data
@pytest.mark.parametrize("name", REFUSED)
def test_real_file_is_refused(name: str) -> None:
    with pytest.raises(MapFileError, match=REFUSED[name]):
        read_map(real(name))


@needs_data
@pytest.mark.parametrize("name", READABLE)
def test_real_map_gives_its_warnings_and_no_others(name: str) -> None:
    warnings = read_map(real(name))[1]
    assert len(warnings) == len(READABLE[name])
    for pattern, warning in zip(READABLE[name], warnings, strict=True):
        assert re.search(pattern, warning)


ignore_stamps = pytest.mark.filterwarnings("ignore:Unrecognised machine stamp:RuntimeWarning")
WITH_STAMP = [name for name, warnings in READABLE.items() if NO_STAMP not in warnings]


@needs_data
@ignore_stamps
@pytest.mark.parametrize("name", READABLE)
def test_real_map_has_the_values_that_mrcfile_reads(name: str) -> None:
    with mrcfile.open(real(name), permissive=True) as stream:
        stored = stream.header
        axes = [int(stored.maps), int(stored.mapr), int(stored.mapc)]
        expected = stream.data.transpose([axes.index(3), axes.index(2), axes.index(1)])
    np.testing.assert_array_equal(read_map(real(name))[0].values, expected)


@needs_data
@ignore_stamps
@pytest.mark.parametrize("name", READABLE)
def test_real_map_round_trips_bit_for_bit(name: str, tmp_path: Path) -> None:
    map_data, _ = read_map(real(name))
    write_map(tmp_path / "out.ccp4", map_data)
    np.testing.assert_array_equal(read_map(tmp_path / "out.ccp4")[0].values, map_data.values)
    assert kept_words(tmp_path / "out.ccp4") == kept_words(real(name))


@needs_data
@pytest.mark.parametrize("name", WITH_STAMP)
def test_gemmi_places_input_and_output_alike(name: str, tmp_path: Path) -> None:
    write_map(tmp_path / "out.ccp4", read_map(real(name))[0], labels_added=["map_is_sharpened"])
    values, place = gemmi_view(tmp_path / "out.ccp4")
    expected_values, expected_place = gemmi_view(real(name))
    np.testing.assert_array_equal(values, expected_values)
    assert place == expected_place


@needs_data
@pytest.mark.parametrize("name", READABLE)
def test_real_map_is_written_valid_and_set_up_by_gemmi(name: str, tmp_path: Path) -> None:
    write_map(tmp_path / "out.ccp4", read_map(real(name))[0], labels_added=["map_is_sharpened"])
    assert validation(tmp_path / "out.ccp4") == ""
    ccp4 = gemmi.read_ccp4_map(str(tmp_path / "out.ccp4"), setup=True)
    assert ccp4.grid.point_count > 0


@needs_data
@pytest.mark.parametrize("name", READABLE)
def test_real_map_is_known_as_a_map(name: str) -> None:
    assert is_map_file(real(name))


@needs_data
def test_models_and_reflections_are_not_taken_for_maps() -> None:
    others = [
        path
        for folder in ("em", "odd", "xtal", "models")
        for path in real(folder).iterdir()
        if not {".mrc", ".map", ".ccp4"} & set(path.suffixes)
    ]
    assert others
    assert [path.name for path in others if is_map_file(path)] == []


@needs_data
def test_zero_cell_is_read_with_a_voxel_size() -> None:
    path = real("odd/clean70SRibosome_vol_65p.mrc.gz")
    map_data, warnings = read_map(path, voxel_size=5.0)
    assert map_data.position.cell == UnitCell(325.0, 325.0, 325.0)
    assert warnings == []


@needs_data
def test_one_crop_placed_in_two_ways_starts_at_one_place() -> None:
    by_origin = map_start_in_angstrom(read_map(real("em/emd_21457_seg.mrc"))[0])[0]
    by_start = map_start_in_angstrom(read_map(real("em/emd_21457_seg_nstart.mrc"))[0])[0]
    np.testing.assert_allclose(by_start, by_origin, atol=1e-3)


# --- saved by a program's user -----------------------------------------------------------


def test_a_saved_map_is_read_again_where_it_lay(tmp_path: Path) -> None:
    values = np.random.default_rng(4).normal(size=(6, 7, 8)).astype(np.float32)
    position = MapPosition(UnitCell(16.0, 14.0, 12.0), (8, 7, 6), start=(3, -2, 5))
    map_sharpening.save_map(tmp_path / "saved.mrc", MapData(values, position, "saved"))
    found, warnings = map_sharpening.read_map(tmp_path / "saved.mrc")
    assert warnings == []
    np.testing.assert_array_equal(found.values, values)
    assert found.position.start == (3, -2, 5)
    assert found.voxel_size == pytest.approx((2.0, 2.0, 2.0))
    assert [path.name for path in tmp_path.iterdir()] == ["saved.mrc"]


def test_a_file_is_replaced_only_if_asked_to_also_under_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "map.mrc"
    values = np.random.default_rng(5).normal(size=(6, 7, 8)).astype(np.float32)
    map_sharpening.save_map(path, MapData.from_array(values, 1.5))
    mapped, _ = map_sharpening.read_map(path)
    doubled = mapped.with_values(2 * mapped.values)
    with pytest.raises(OutputError, match=r"map\.mrc"):
        map_sharpening.save_map(path, doubled)
    map_sharpening.save_map(path, doubled, overwrite=True)
    np.testing.assert_array_equal(mapped.values, values)
    np.testing.assert_array_equal(map_sharpening.read_map(path)[0].values, 2 * values)


def test_a_map_that_cannot_be_saved_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "map.mrc"
    good = MapData.from_array(np.arange(60, dtype=np.float32).reshape(3, 4, 5), 1.5)
    map_sharpening.save_map(path, good)
    before = path.read_bytes()
    bad = good.with_values(np.full((3, 4, 5), np.nan, np.float32))
    with pytest.raises(MapValueError, match="60 values that are NaN"):
        map_sharpening.save_map(path, bad, overwrite=True)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["map.mrc"]
