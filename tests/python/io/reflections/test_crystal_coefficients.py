"""Coefficients of a crystal's map, written and read again; real crystals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt
import pytest
from real_data import DATA, needs_data
from reflection_files import CELLS, D_MIN, Crystal, crystal, fwt, mtz_with, write_fwt

from map_sharpening.errors import (
    MapFileError,
    ParameterError,
)
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.reflections import write_crystal_coefficients
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell


def data_folder() -> Path:
    return DATA / "xtal"


# Writing a crystal's coefficients


@pytest.mark.parametrize("space_group", CELLS)
def test_written_coefficients_are_those_read(tmp_path: Path, space_group: str) -> None:
    path = write_fwt(tmp_path / "a.mtz", space_group)
    map_data, info, _ = read_map_coefficients(path)
    count = write_crystal_coefficients(
        tmp_path / "b.mtz", map_data, D_MIN, space_group=info.space_group
    )
    made, again = crystal(space_group), gemmi.read_mtz_file(str(tmp_path / "b.mtz"))
    assert count == again.nreflections == len(made.indices)
    assert again.spacegroup == gemmi.SpaceGroup(space_group)
    found = dict(zip(map(tuple, again.make_miller_array()), again.array[:, 3:], strict=True))
    given = made.amplitude * np.exp(1j * np.radians(made.phase))
    read = np.array(
        [
            found[tuple(hkl)][0] * np.exp(1j * np.radians(found[tuple(hkl)][1]))
            for hkl in made.indices
        ]
    )
    np.testing.assert_allclose(read, given, atol=1e-4 * np.abs(given).max())


def test_reflections_that_were_not_measured_are_not_written_as_0(tmp_path: Path) -> None:
    whole = crystal()
    is_measured = np.arange(len(whole.indices)) % 3 > 0
    measured = Crystal(
        whole.indices[is_measured], whole.amplitude[is_measured], whole.phase[is_measured]
    )
    mtz_with(fwt(measured), measured.indices).write_to_file(str(tmp_path / "a.mtz"))
    map_data, _, _ = read_map_coefficients(tmp_path / "a.mtz")
    count = write_crystal_coefficients(tmp_path / "b.mtz", map_data, D_MIN)
    written = gemmi.read_mtz_file(str(tmp_path / "b.mtz")).make_miller_array()
    assert count == len(measured.indices)
    assert set(map(tuple, written)) == set(map(tuple, measured.indices))


def test_the_number_of_the_map_is_enough_for_the_space_group(tmp_path: Path) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", "I 1 2 1"))
    write_crystal_coefficients(tmp_path / "b.mtz", map_data, D_MIN)
    assert gemmi.read_mtz_file(str(tmp_path / "b.mtz")).spacegroup.xhm() == "I 1 2 1"


def test_written_reflections_are_unique_sorted_and_allowed(tmp_path: Path) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", "C 2 2 21"))
    write_crystal_coefficients(tmp_path / "b.mtz", map_data, D_MIN)
    mtz = gemmi.read_mtz_file(str(tmp_path / "b.mtz"))
    indices = [tuple(row) for row in mtz.make_miller_array()]
    unit = gemmi.ReciprocalAsu(mtz.spacegroup)
    operations = mtz.spacegroup.operations()
    assert indices == sorted(set(indices))
    assert all(unit.is_in(hkl) for hkl in indices)
    assert not any(operations.is_systematically_absent(hkl) for hkl in indices)


def test_of_an_asymmetric_map_the_symmetric_part_is_written(tmp_path: Path) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz"))
    noise = np.random.default_rng(4).normal(size=map_data.values.shape).astype(np.float32)
    write_crystal_coefficients(tmp_path / "b.mtz", map_data.with_values(noise), D_MIN)
    grid = gemmi.FloatGrid(np.ascontiguousarray(noise.transpose(2, 1, 0)))
    grid.spacegroup = gemmi.SpaceGroup("P 21 21 21")
    grid.set_unit_cell(gemmi.UnitCell(*CELLS["P 21 21 21"]))
    grid.symmetrize_avg()
    symmetric = map_data.with_values(
        np.ascontiguousarray(np.asarray(grid.array).transpose(2, 1, 0))
    )
    write_crystal_coefficients(tmp_path / "c.mtz", symmetric, D_MIN)
    one, other = (read_map_coefficients(tmp_path / name)[0].values for name in ("b.mtz", "c.mtz"))
    np.testing.assert_allclose(one, other, atol=1e-4 * other.std())


def test_a_start_away_from_the_corner_leaves_the_coefficients(tmp_path: Path) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz"))
    moved = MapData(
        np.roll(map_data.values, (-5, -4, -3), axis=(0, 1, 2)),
        replace(map_data.position, start=(3, 4, 5)),
    )
    write_crystal_coefficients(tmp_path / "b.mtz", moved, D_MIN)
    again, _, _ = read_map_coefficients(tmp_path / "b.mtz")
    np.testing.assert_allclose(again.values, map_data.values, atol=1e-4 * map_data.values.std())


@pytest.mark.parametrize(
    ("change", "space_group", "message"),
    [
        ({"sampling": (100, 100, 100)}, None, "coefficients of a crystal need the whole cell"),
        ({"space_group": 999}, None, "number 999, is unknown; give one by name"),
        ({}, "P nonsense", "'P nonsense', is unknown"),
        ({}, "P 4 3 2", "doesn't fit its space group P 4 3 2"),
    ],
)
def test_a_map_that_is_no_whole_crystal_is_refused(
    tmp_path: Path, change: dict[str, object], space_group: str | None, message: str
) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz"))
    position = replace(map_data.position, **change)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=message):
        write_crystal_coefficients(
            tmp_path / "b.mtz",
            replace(map_data, position=position),
            D_MIN,
            space_group=space_group,
        )


@pytest.mark.parametrize("d_min", [0.0, float("nan"), 100.0])
def test_a_useless_resolution_is_refused(tmp_path: Path, d_min: float) -> None:
    values = np.ones((12, 12, 12), np.float32)
    map_data = MapData(values, MapPosition(UnitCell(12.0, 12.0, 12.0), (12, 12, 12)))
    with pytest.raises(ParameterError, match="d_min is"):
        write_crystal_coefficients(tmp_path / "b.mtz", map_data, d_min)


# Real crystals

REAL = {
    "5a3h_sigmaa.mtz": ("5a3h.pdb", 3.07),
    "moorhen-tutorial-map-number-1.mtz": ("moorhen-tutorial-structure-number-1.ent", 2.57),
    "moorhen-tutorial-map-number-4.mtz": ("moorhen-tutorial-structure-number-4.ent", 2.98),
    "rnasa-1.8-all_refmac1.mtz": ("tutorial-modern.pdb", 2.96),
    "1cbs_map.mtz": ("1cbs.cif.gz", 3.20),
    "5wkd_phases.mtz.gz": ("5wkd.pdb", 2.48),
}


def resampled(values: npt.NDArray[np.float32], shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return a band-limited map on a coarser grid."""
    full = np.fft.fftn(values.astype(np.float64))
    for axis, n in enumerate(shape):
        indices = np.fft.fftfreq(n, 1 / n).astype(int)
        full = np.take(full, indices, axis=axis)
    scale = np.prod(shape) / values.size
    return np.ascontiguousarray(np.fft.ifftn(full).real * scale, dtype=np.float32)


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize(("reflections", "model", "expected"), [(k, *v) for k, v in REAL.items()])
def test_density_of_real_crystals_lies_at_the_atoms(
    reflections: str, model: str, expected: float
) -> None:
    """Mean density at atoms in SD, interpolated linearly between points d_min / 3 apart."""
    map_data, info, _ = read_map_coefficients(data_folder() / reflections)
    mtz = gemmi.read_mtz_file(str(data_folder() / reflections))
    size = mtz.get_size_for_hkl(sample_rate=3.0)
    values = resampled(map_data.values, tuple(reversed(size)))
    grid = gemmi.FloatGrid(np.ascontiguousarray(values.transpose(2, 1, 0)))
    grid.set_unit_cell(gemmi.UnitCell(*map_data.position.cell.parameters()))
    structure = gemmi.read_structure(str(data_folder() / model))
    structure.remove_hydrogens()
    structure.remove_waters()
    at_atoms = [grid.interpolate_value(site.atom.pos) for site in structure[0].all()]
    assert np.mean(at_atoms) / values.std() == pytest.approx(expected, abs=0.006)
    assert info.labels == ("FWT", "PHWT")


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("reflections", REAL)
def test_coefficients_of_real_crystals_come_back(tmp_path: Path, reflections: str) -> None:
    map_data, info, _ = read_map_coefficients(data_folder() / reflections)
    write_crystal_coefficients(tmp_path / "a.mtz", map_data, info.d_min)
    again, _, _ = read_map_coefficients(tmp_path / "a.mtz")
    assert again.values.shape == map_data.values.shape
    np.testing.assert_allclose(
        again.values, map_data.values, atol=2e-4 * float(map_data.values.std())
    )


@needs_data
def test_missing_low_resolution_terms_are_told() -> None:
    _, info, notes = read_map_coefficients(data_folder() / "1cbs_map.mtz")
    assert info.completeness == pytest.approx(0.895, abs=0.001)
    assert any("its coarsest is at 8.0 Å" in note for note in notes)


@pytest.mark.slow
@needs_data
def test_combined_phases_with_a_weight_make_a_real_map() -> None:
    path = data_folder() / "moorhen-tutorial-map-number-4.mtz"
    combined = read_map_coefficients(path, "F,SIGF PHCOMB FOM")[0].values
    weighted = read_map_coefficients(path)[0].values
    assert np.corrcoef(combined.ravel(), weighted.ravel())[0, 1] > 0.9


@needs_data
def test_real_data_without_phases_are_refused() -> None:
    with pytest.raises(MapFileError, match=r"5e5z\.mtz has no column with a phase"):
        read_map_coefficients(data_folder() / "5e5z.mtz")
