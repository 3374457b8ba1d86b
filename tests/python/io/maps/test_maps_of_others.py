"""Real maps of many programs, beside mrcfile and gemmi."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import gemmi
import mrcfile
import numpy as np
import numpy.typing as npt
import pytest
from examples import of_fast_suite
from map_files import (
    raw_header,
    validation,
)
from real_data import DATA, needs_data

from map_sharpening.errors import (
    MapFileError,
)
from map_sharpening.io.maps import (
    is_map_file,
    read_map,
    write_map,
)
from map_sharpening.maps.map_data import UnitCell, map_start_in_angstrom

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
#: Larger than the others, and like some of them.
LARGE = ("em/emd_11007_fcrop144.map.gz", "odd/3ek3-2fofc.map.gz", "em/localResolution.mrc.gz")
REFUSED = {
    "odd/clean70SRibosome_vol_65p.mrc.gz": "no voxel size: .* crystal_info.voxel_size=",
    "odd/corrupt.mrc": "corrupt.mrc is not a CCP4/MRC map: it has 50 bytes",
    "odd/groel_5w0s_scattering_potential.mrc": "Git LFS pointer.*git lfs pull",
    "odd/invalid_axes.mrc": "axis order 10 11 12 .* expected 1, 2 and 3",
}

#: For tests that take long of large maps.
SMALL_IN_FAST_SUITE = of_fast_suite(READABLE, *(name for name in READABLE if name not in LARGE))


# Real maps


def real(name: str) -> Path:
    return DATA / name


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
@pytest.mark.parametrize("name", SMALL_IN_FAST_SUITE)
def test_real_map_has_the_values_that_mrcfile_reads(name: str) -> None:
    with mrcfile.open(real(name), permissive=True) as stream:
        stored = stream.header
        axes = [int(stored.maps), int(stored.mapr), int(stored.mapc)]
        expected = stream.data.transpose([axes.index(3), axes.index(2), axes.index(1)])
    np.testing.assert_array_equal(read_map(real(name))[0].values, expected)


@needs_data
@ignore_stamps
@pytest.mark.parametrize("name", SMALL_IN_FAST_SUITE)
def test_real_map_round_trips_bit_for_bit(name: str, tmp_path: Path) -> None:
    map_data, _ = read_map(real(name))
    write_map(tmp_path / "out.ccp4", map_data)
    np.testing.assert_array_equal(read_map(tmp_path / "out.ccp4")[0].values, map_data.values)
    assert kept_words(tmp_path / "out.ccp4") == kept_words(real(name))


@needs_data
@pytest.mark.parametrize(
    "name", of_fast_suite(WITH_STAMP, *(name for name in WITH_STAMP if name not in LARGE))
)
def test_gemmi_places_input_and_output_alike(name: str, tmp_path: Path) -> None:
    write_map(tmp_path / "out.ccp4", read_map(real(name))[0], labels_added=["map_is_sharpened"])
    values, place = gemmi_view(tmp_path / "out.ccp4")
    expected_values, expected_place = gemmi_view(real(name))
    np.testing.assert_array_equal(values, expected_values)
    assert place == expected_place


@needs_data
@pytest.mark.parametrize("name", SMALL_IN_FAST_SUITE)
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
