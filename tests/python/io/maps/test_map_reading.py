"""What is read of CCP4/MRC maps, where they lie, and what counts as one."""

from __future__ import annotations

import bz2
import gzip
import itertools
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from map_files import (
    STORED,
    mrc_bytes,
    saved,
    some_values,
)

from map_sharpening.errors import (
    ParameterError,
)
from map_sharpening.io.maps import (
    is_map_file,
    read_map,
)
from map_sharpening.maps.map_data import MapData, UnitCell, map_start_in_angstrom

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


@examples(40)
@given(
    shape=st.tuples(*[st.integers(1, 9)] * 3).filter(lambda shape: math.prod(shape) > 1),
    axes=st.permutations((1, 2, 3)),
    pack=st.sampled_from([bytes, gzip.compress, bz2.compress]),
)
def test_values_do_not_depend_on_shape_and_axes(
    tmp_path_factory: pytest.TempPathFactory,
    shape: tuple[int, int, int],
    axes: list[int],
    pack: Any,
) -> None:
    values = some_values(shape)
    content = pack(mrc_bytes(values, axes=(axes[0], axes[1], axes[2])))
    path = saved(tmp_path_factory.mktemp("maps"), content)
    np.testing.assert_array_equal(read_map(path)[0].values, values)


@pytest.mark.parametrize("axes", [(1, 2, 3), (3, 1, 2), (2, 1, 3)])
def test_a_map_of_many_slabs_is_whole(tmp_path: Path, axes: tuple[int, int, int]) -> None:
    # Half a million values are converted at a time: one or a few sections, and a rest.
    values = some_values((5, 401, 397))
    path = saved(tmp_path, gzip.compress(mrc_bytes(values, axes=axes), 1))
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


@pytest.mark.parametrize(("flags", "first"), [(0, 200.0), (1, 72.0)])
def test_mode_0_of_imod_is_0_to_255_whatever_its_flag_says_of_how_it_is_stored(
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
    assert "has data after its last value" in warnings[0]


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
