"""Maps as they are written and saved."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from map_files import (
    full_map,
    mrc_bytes,
    raw_header,
    saved,
    some_values,
    validation,
    written_and_read,
)

import map_sharpening
from map_sharpening.errors import (
    MapValueError,
    OutputError,
)
from map_sharpening.io.maps import (
    map_file_size,
    read_map,
    write_map,
)
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell

# Writing


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


def test_statistics_are_those_of_the_values(tmp_path: Path) -> None:
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
    with pytest.raises(
        MapValueError, match=r"out\.ccp4 would have NaN or infinity at 1 of .* expected finite"
    ):
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
    MapData.from_array(values, 1.5).save(path)
    mapped, _ = map_sharpening.read_map(path)
    doubled = mapped.with_values(2 * mapped.values)
    with pytest.raises(OutputError, match=r"map\.mrc"):
        map_sharpening.save_map(path, doubled)
    doubled.save(path, overwrite=True)
    np.testing.assert_array_equal(mapped.values, values)
    np.testing.assert_array_equal(map_sharpening.read_map(path)[0].values, 2 * values)


def test_a_map_that_cannot_be_saved_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "map.mrc"
    good = MapData.from_array(np.arange(60, dtype=np.float32).reshape(3, 4, 5), 1.5)
    map_sharpening.save_map(path, good)
    before = path.read_bytes()
    bad = good.with_values(np.full((3, 4, 5), np.nan, np.float32))
    with pytest.raises(MapValueError, match="NaN or infinity at 60 of"):
        map_sharpening.save_map(path, bad, overwrite=True)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["map.mrc"]
