"""Map coefficients read from MTZ files, and those of a crystal written again."""

from __future__ import annotations

import contextlib
import gzip
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt
import pytest

from map_sharpening.errors import (
    MapFileError,
    MapSharpeningError,
    MapValueError,
    MemoryLimitError,
    ParameterError,
)
from map_sharpening.io import map_coefficients
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.maps import read_map, write_map
from map_sharpening.io.reflections import write_crystal_coefficients
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell

DATA = os.environ.get("MAP_SHARPENING_DATA")
needs_data = pytest.mark.skipif(
    not DATA, reason="real reflections are found by MAP_SHARPENING_DATA, which is not set"
)

CELLS = {
    "P 1": (13.0, 15.0, 17.0, 80.0, 100.0, 115.0),
    "P 1 21 1": (13.0, 15.0, 17.0, 90.0, 108.0, 90.0),
    "I 1 2 1": (23.0, 15.0, 17.0, 90.0, 99.0, 90.0),
    "P 21 21 21": (13.0, 15.0, 17.0, 90.0, 90.0, 90.0),
    "C 2 2 21": (16.0, 18.0, 20.0, 90.0, 90.0, 90.0),
    "P 41 21 2": (14.0, 14.0, 19.0, 90.0, 90.0, 90.0),
    "P 31 2 1": (15.0, 15.0, 19.0, 90.0, 90.0, 120.0),
    "P 61": (15.0, 15.0, 19.0, 90.0, 90.0, 120.0),
    "R 3 :H": (20.0, 20.0, 17.0, 90.0, 90.0, 120.0),
    "R 3 :R": (14.0, 14.0, 14.0, 75.0, 75.0, 75.0),
    "I 41 3 2": (22.0, 22.0, 22.0, 90.0, 90.0, 90.0),
    "F 2 3": (22.0, 22.0, 22.0, 90.0, 90.0, 90.0),
}
D_MIN = 3.0


def data_folder() -> Path:
    assert DATA is not None
    return Path(DATA) / "xtal"


def mtz_with(
    columns: Mapping[str, tuple[str, npt.ArrayLike]],
    indices: npt.NDArray[np.int32],
    space_group: str = "P 21 21 21",
) -> gemmi.Mtz:
    mtz = gemmi.Mtz(with_base=True)
    mtz.spacegroup = gemmi.SpaceGroup(space_group)
    mtz.set_cell_for_all(gemmi.UnitCell(*CELLS[space_group]))
    mtz.add_dataset("crystal").cell = mtz.cell
    for label, (kind, _) in columns.items():
        mtz.add_column(label, kind)
    mtz.set_data(
        np.column_stack([indices, *(np.asarray(v) for _, v in columns.values())]).astype("f4")
    )
    return mtz


@dataclass(frozen=True)
class Crystal:
    """Random coefficients that obey a space group."""

    indices: npt.NDArray[np.int32]
    amplitude: npt.NDArray[np.float64]
    phase: npt.NDArray[np.float64]


def crystal(space_group: str = "P 21 21 21", seed: int = 1) -> Crystal:
    cell, group = gemmi.UnitCell(*CELLS[space_group]), gemmi.SpaceGroup(space_group)
    listed = gemmi.make_miller_array(cell, group, D_MIN, 0.0, True).astype(np.int32)
    operations = group.operations()
    listed = listed[~operations.systematic_absences(listed) & (listed != 0).any(axis=1)]
    rng = np.random.default_rng(seed)
    sites = rng.random((6, 3))
    f = np.zeros(len(listed), dtype=complex)
    for operator in operations:
        moved = np.array([operator.apply_to_xyz(list(site)) for site in sites])
        f += np.exp(2j * np.pi * (listed @ moved.T)).sum(axis=1)
    return Crystal(listed, np.abs(f), np.degrees(np.angle(f)))


def fwt(crystal: Crystal) -> dict[str, tuple[str, npt.ArrayLike]]:
    return {"FWT": ("F", crystal.amplitude), "PHWT": ("P", crystal.phase)}


def write_fwt(path: Path, space_group: str = "P 21 21 21") -> Path:
    made = crystal(space_group)
    mtz_with(fwt(made), made.indices, space_group).write_to_file(str(path))
    return path


def rich_file(path: Path, columns: str, **values: npt.ArrayLike) -> Path:
    """Write columns given as "FP:F SIGFP:Q"; all amplitudes differ by a factor."""
    made = crystal()
    content: dict[str, tuple[str, npt.ArrayLike]] = {}
    for number, item in enumerate(columns.split(), 1):
        label, kind = item.split(":")
        usual = {
            "F": made.amplitude * number,
            "P": made.phase,
            "W": np.full(len(made.phase), 0.5),
        }
        content[label] = (kind, values.get(label, usual.get(kind, np.ones(len(made.phase)))))
    mtz_with(content, made.indices).write_to_file(str(path))
    return path


def labels_of(path: Path, labels: str | list[str] | None = None) -> tuple[str, ...]:
    return read_map_coefficients(path, labels)[1].labels


def scale_between(path: Path, labels: str, reference: Path) -> float:
    """Return how many times the one map is the other."""
    one, other = (read_map_coefficients(p, la)[0] for p, la in ((path, labels), (reference, None)))
    ratio = float((one.values * other.values).sum() / (other.values**2).sum())
    np.testing.assert_allclose(one.values, ratio * other.values, atol=1e-4 * other.values.std())
    return ratio


# The map


@pytest.mark.parametrize("space_group", CELLS)
def test_the_map_is_that_of_gemmi(tmp_path: Path, space_group: str) -> None:
    path = write_fwt(tmp_path / "a.mtz", space_group)
    values = read_map_coefficients(path)[0].values
    grid = gemmi.read_mtz_file(str(path)).transform_f_phi_to_map(
        "FWT", "PHWT", exact_size=list(values.shape[::-1])
    )
    expected = np.asarray(grid.array).transpose(2, 1, 0)
    np.testing.assert_allclose(values, expected, atol=1e-5 * expected.std())


@pytest.mark.parametrize("space_group", CELLS)
def test_the_map_is_the_same_at_symmetry_mates(tmp_path: Path, space_group: str) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", space_group))
    size = np.array(map_data.values.shape[::-1])
    points = np.random.default_rng(2).integers(0, size, (40, 3))
    for operator in gemmi.SpaceGroup(space_group).operations():
        moved = np.array([operator.apply_to_xyz(list(p / size)) for p in points]) * size
        x, y, z = np.round(moved).astype(int).T % size[:, None]
        np.testing.assert_allclose(moved, np.round(moved), atol=1e-6)
        np.testing.assert_allclose(
            map_data.values[z, y, x],
            map_data.values[points[:, 2], points[:, 1], points[:, 0]],
            atol=1e-5 * map_data.values.std(),
        )


@pytest.mark.parametrize("space_group", CELLS)
def test_steps_of_the_grid_are_at_most_a_quarter_of_d_min(
    tmp_path: Path, space_group: str
) -> None:
    map_data, info, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", space_group))
    assert max(map_data.voxel_size) <= info.d_min / 4 * (1 + 1e-5)


@pytest.mark.parametrize("space_group", CELLS)
def test_sides_of_the_grid_are_even_products_of_2_3_and_5(
    tmp_path: Path, space_group: str
) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", space_group))
    assert all(side % 2 == 0 and 30**20 % side == 0 for side in map_data.values.shape)


def test_the_map_fills_its_cell_from_the_corner(tmp_path: Path) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz"))
    assert map_data.position.start == (0, 0, 0)
    assert map_data.position.sampling == map_data.values.shape[::-1]
    assert map_data.position.cell.parameters() == CELLS["P 21 21 21"]
    assert map_data.values.dtype == np.float32


def test_the_mean_is_zero_even_with_a_term_f000(tmp_path: Path) -> None:
    indices = np.array([[0, 0, 0], [1, 1, 1], [2, 0, 4]], dtype=np.int32)
    columns = {"FWT": ("F", [1000.0, 3.0, 2.0]), "PHWT": ("P", [0.0, 40.0, 0.0])}
    mtz_with(columns, indices).write_to_file(str(tmp_path / "a.mtz"))
    map_data, _, _ = read_map_coefficients(tmp_path / "a.mtz")
    assert abs(map_data.values.mean(dtype=float)) < 1e-6 * map_data.values.std()


def test_a_single_pair_gives_a_wave_on_the_absolute_scale(tmp_path: Path) -> None:
    indices = np.array([[2, -1, 1]], dtype=np.int32)
    columns = {"FWT": ("F", [7.0]), "PHWT": ("P", [35.0])}
    mtz_with(columns, indices, "P 1").write_to_file(str(tmp_path / "a.mtz"))
    values = read_map_coefficients(tmp_path / "a.mtz")[0].values
    z, y, x = np.meshgrid(*(np.arange(n) / n for n in values.shape), indexing="ij")
    volume = gemmi.UnitCell(*CELLS["P 1"]).volume
    expected = 2 / volume * 7 * np.cos(2 * np.pi * (2 * x - y + z) - np.radians(35))
    np.testing.assert_allclose(values, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("space_group", "number"), [("P 21 21 21", 19), ("I 1 2 1", 4005), ("R 3 :R", 1146)]
)
def test_the_space_group_is_kept_with_its_setting(
    tmp_path: Path, space_group: str, number: int
) -> None:
    map_data, info, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", space_group))
    assert map_data.position.space_group == number
    assert gemmi.SpaceGroup(info.space_group) == gemmi.SpaceGroup(space_group)


def test_a_written_map_keeps_the_space_group(tmp_path: Path) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", "I 1 2 1"))
    write_map(tmp_path / "a.ccp4", map_data)
    again, _ = read_map(tmp_path / "a.ccp4")
    assert again.position.space_group == 4005


def test_a_compressed_file_gives_the_same_map(tmp_path: Path) -> None:
    path = write_fwt(tmp_path / "a.mtz")
    (tmp_path / "b.mtz.gz").write_bytes(gzip.compress(path.read_bytes()))
    one, other = (read_map_coefficients(tmp_path / name)[0] for name in ("a.mtz", "b.mtz.gz"))
    np.testing.assert_array_equal(one.values, other.values)


def test_any_number_of_threads_gives_the_same_bytes(tmp_path: Path) -> None:
    path = write_fwt(tmp_path / "a.mtz")
    maps = [read_map_coefficients(path, threads=threads)[0] for threads in (1, 2, 3)]
    assert len({map_data.values.tobytes() for map_data in maps}) == 1


def test_mates_that_are_listed_too_change_nothing(tmp_path: Path) -> None:
    path, made = write_fwt(tmp_path / "a.mtz"), crystal()
    columns = {
        "FWT": ("F", np.tile(made.amplitude, 2)),
        "PHWT": ("P", np.concatenate([made.phase, -made.phase])),
    }
    twice = mtz_with(columns, np.concatenate([made.indices, -made.indices]))
    twice.write_to_file(str(tmp_path / "b.mtz"))
    one = read_map_coefficients(path)[0]
    other, info, notes = read_map_coefficients(tmp_path / "b.mtz")
    np.testing.assert_allclose(other.values, one.values, atol=1e-5 * one.values.std())
    assert info.n_reflections == 2 * len(made.indices)
    assert any("equivalent ones were averaged" in note for note in notes)


def test_forbidden_reflections_are_left_out(tmp_path: Path) -> None:
    path, made = write_fwt(tmp_path / "a.mtz"), crystal()
    columns = {
        "FWT": ("F", np.append(made.amplitude, 1e4)),
        "PHWT": ("P", np.append(made.phase, 0.0)),
    }
    wrong = mtz_with(columns, np.append(made.indices, [[3, 0, 0]], axis=0))
    wrong.write_to_file(str(tmp_path / "b.mtz"))
    other, _, notes = read_map_coefficients(tmp_path / "b.mtz")
    np.testing.assert_array_equal(other.values, read_map_coefficients(path)[0].values)
    assert any("1 reflections that its space group forbids" in note for note in notes)


# Information


def test_resolution_and_number_are_of_the_reflections_used(tmp_path: Path) -> None:
    made = crystal()
    spacing = gemmi.UnitCell(*CELLS["P 21 21 21"]).calculate_d_array(made.indices)
    amplitude = np.where(spacing < 4.0, np.nan, made.amplitude)
    columns = {"FWT": ("F", amplitude), "PHWT": ("P", made.phase)}
    mtz_with(columns, made.indices).write_to_file(str(tmp_path / "a.mtz"))
    _, info, notes = read_map_coefficients(tmp_path / "a.mtz")
    kept = spacing[spacing >= 4.0]
    assert info.n_reflections == len(kept)
    assert (info.d_min, info.d_max) == pytest.approx((kept.min(), kept.max()))
    assert any(f"{len(spacing) - len(kept)} of {len(spacing)}" in note for note in notes)


@pytest.mark.parametrize("space_group", CELLS)
def test_a_full_set_is_complete(tmp_path: Path, space_group: str) -> None:
    _, info, notes = read_map_coefficients(write_fwt(tmp_path / "a.mtz", space_group))
    assert info.completeness == pytest.approx(1.0)
    assert len(notes) == 1


def test_a_gap_is_told_as_completeness(tmp_path: Path) -> None:
    made = crystal()
    keep = np.arange(len(made.indices)) % 2 == 1
    keep[-1] = True
    half = Crystal(made.indices[keep], made.amplitude[keep], made.phase[keep])
    mtz_with(fwt(half), half.indices).write_to_file(str(tmp_path / "a.mtz"))
    _, info, notes = read_map_coefficients(tmp_path / "a.mtz")
    assert info.completeness == pytest.approx(0.5, abs=0.1)
    assert any("the missing ones count as 0" in note for note in notes)


# Labels


@pytest.mark.parametrize(
    "labels",
    ["FP,SIGFP PHIB FOM", "FP,SIGFP,PHIB,FOM", "FOM PHIB FP", ["FP,SIGFP", "PHIB", "FOM"]],
)
def test_columns_are_told_apart_by_their_type(tmp_path: Path, labels: str | list[str]) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P FOM:W FC:F PHIC:P")
    assert labels_of(path, labels) == ("FP", "PHIB", "FOM")


def test_a_weight_multiplies_the_amplitude(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P FOM:W")
    reference = write_fwt(tmp_path / "b.mtz")
    assert scale_between(path, "FP,SIGFP PHIB FOM", reference) == pytest.approx(0.5)


def test_without_the_weight_the_amplitude_is_as_it_is(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P FOM:W")
    reference = write_fwt(tmp_path / "b.mtz")
    assert scale_between(path, "FP,SIGFP PHIB", reference) == pytest.approx(1.0)


def test_weights_are_clamped_and_told(tmp_path: Path) -> None:
    n = len(crystal().indices)
    path = rich_file(tmp_path / "a.mtz", "FP:F PHIB:P FOM:W", FOM=np.full(n, 1.7))
    assert scale_between(path, "FP PHIB FOM", write_fwt(tmp_path / "b.mtz")) == pytest.approx(1.0)
    notes = read_map_coefficients(path, "FP PHIB FOM")[2]
    assert any(f"{n} weights FOM lie outside 0 to 1, as far as 1.7" in note for note in notes)


def test_a_missing_weight_drops_its_reflection(tmp_path: Path) -> None:
    n = len(crystal().indices)
    weights = np.where(np.arange(n) == 5, np.nan, 1.0)
    path = rich_file(tmp_path / "a.mtz", "FP:F PHIB:P FOM:W", FOM=weights)
    assert read_map_coefficients(path, "FP PHIB FOM")[1].n_reflections == n - 1


def test_a_signed_coefficient_keeps_its_sign(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=-crystal().amplitude)
    assert scale_between(path, "FWT,PHWT", write_fwt(tmp_path / "b.mtz")) == pytest.approx(-1.0)


def test_a_measured_amplitude_has_no_sign(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P", FP=-crystal().amplitude)
    reference = write_fwt(tmp_path / "b.mtz")
    assert scale_between(path, "FP,SIGFP PHIB", reference) == pytest.approx(1.0)


def test_the_start_of_a_label_is_enough(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "2FOFCWT_1:F PH2FOFCWT_1:P")
    assert labels_of(path, "2FOFCWT,PH2FOFCWT") == ("2FOFCWT_1", "PH2FOFCWT_1")
    assert any("PH2FOFCWT_1" in note for note in read_map_coefficients(path, "2F,PH")[2])


def test_a_full_label_goes_before_the_start_of_another(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FC_ALL:F PHIC_ALL:P FC:F PHIC:P")
    assert labels_of(path, "FC,PHIC") == ("FC", "PHIC")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("FX,PHWT", r"no column FX, it has FP, SIGFP, PHIB, FOM, FWT, PHWT, IMEAN; give"),
        ("F,PHWT", r"F fits 3 columns of a\.mtz: FP \(dataset crystal\), FOM .*; give one"),
        ("FWT", r"names 0 columns with a phase \(none\); expected one; the file has PHIB, PHWT"),
        ("FP,FWT,PHWT", r"names 2 columns with an amplitude \(FP, FWT\); expected one"),
        ("FP,SIGFP,SIGFP PHIB", r"names 2 columns with a sigma .* expected one at most"),
        ("IMEAN,PHWT", r"column IMEAN of a\.mtz has the type J; map_coeff_labels takes"),
        (" , ", r"map_coeff_labels is empty; expected labels such as FWT,PHWT"),
        ("H,PHWT", r"no column H, it has FP"),
    ],
)
def test_labels_that_do_not_fit_are_explained(tmp_path: Path, labels: str, message: str) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P FOM:W FWT:F PHWT:P IMEAN:J")
    with pytest.raises(ParameterError, match=message) as caught:
        read_map_coefficients(path, labels)
    assert "\n" not in str(caught.value)


# Automatic choice

REFMAC = "FP:F SIGFP:Q FC:F PHIC:P FC_ALL:F PHIC_ALL:P FWT:F PHWT:P DELFWT:F PHDELWT:P FOM:W"


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        (REFMAC, ("FWT", "PHWT")),
        ("2FOFCWT:F PH2FOFCWT:P FWT:F PHIFWT:P", ("FWT", "PHIFWT")),
        ("FOFCWT:F PHFOFCWT:P 2FOFCWT:F PH2FOFCWT:P", ("2FOFCWT", "PH2FOFCWT")),
        ("2FOFCWT_1:F PH2FOFCWT_1:P F:F", ("2FOFCWT_1", "PH2FOFCWT_1")),
        (
            "2FOFCWT_no_fill:F PH2FOFCWT_no_fill:P 2FOFCWT:F PH2FOFCWT:P",
            ("2FOFCWT", "PH2FOFCWT"),
        ),
        ("F:F FDM:F PHIDM:P FOMDM:W", ("FDM", "PHIDM")),
        ("F:F parrot.F_phi.F:F parrot.F_phi.phi:P", ("parrot.F_phi.F", "parrot.F_phi.phi")),
        ("FP:F SIGFP:Q FC:F PHIC:P FMAP:F PHIMAP:P", ("FMAP", "PHIMAP")),
        ("FP:F PHIB:P FOM:W", ("FP", "PHIB", "FOM")),
        ("FP:F SIGFP:Q PHIB:P FOM:W", ("FP", "PHIB", "FOM")),
        ("FP:F SIGFP:Q FREE:I PHIB:P", ("FP", "PHIB")),
        ("FC:F PHIC:P DELFWT:F PHDELWT:P", ("FC", "PHIC")),
        ("DELFWT:F PHDELWT:P F:F SIGF:Q PHIB:P FOM:W", ("F", "PHIB", "FOM")),
    ],
)
def test_the_choice_without_labels(tmp_path: Path, columns: str, chosen: tuple[str, ...]) -> None:
    assert labels_of(rich_file(tmp_path / "a.mtz", columns)) == chosen


def test_the_choice_is_told(tmp_path: Path) -> None:
    notes = read_map_coefficients(write_fwt(tmp_path / "a.mtz"))[2]
    assert notes == ["a.mtz: map coefficients FWT, PHWT chosen"]


def test_choosing_calculated_coefficients_is_told(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FC:F PHIC:P")
    assert any("FC looks calculated from a model" in n for n in read_map_coefficients(path)[2])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("2FOFCWT_1:F PH2FOFCWT_1:P 2FOFCWT_2:F PH2FOFCWT_2:P", "2 sets .*2FOFCWT_1,PH2FOFCWT_1;"),
        ("F1:F PHI1:P F2:F PHI2:P", "2 sets .* of equal rank: F1,PHI1; F2,PHI2; choose one by"),
        ("FP:F SIGFP:Q PHIB:P FOM:W FOMB:W", "2 sets .*FP,PHIB,FOM; FP,PHIB,FOMB"),
        ("DELFWT:F PHDELWT:P", "difference maps only, among DELFWT, PHDELWT; name them"),
    ],
)
def test_an_unclear_choice_lists_the_candidates(
    tmp_path: Path, columns: str, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        read_map_coefficients(rich_file(tmp_path / "a.mtz", columns))


# Files that can't be used


def test_a_file_without_phases_is_refused(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q")
    with pytest.raises(MapFileError, match=r"no column with a phase \(type P\), it has FP, SIGFP"):
        read_map_coefficients(path)


def test_a_file_without_amplitudes_is_refused(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "PHIB:P")
    with pytest.raises(MapFileError, match=r"no column with an amplitude \(type F\)"):
        read_map_coefficients(path)


def test_a_file_without_values_is_refused(tmp_path: Path) -> None:
    n = len(crystal().indices)
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=np.full(n, np.nan))
    with pytest.raises(MapFileError, match="no reflection with values in FWT, PHWT; name other"):
        read_map_coefficients(path)


def test_a_file_without_reflections_is_refused(tmp_path: Path) -> None:
    empty = mtz_with({"FWT": ("F", []), "PHWT": ("P", [])}, np.zeros((0, 3), np.int32))
    empty.write_to_file(str(tmp_path / "a.mtz"))
    with pytest.raises(MapFileError, match=r"a\.mtz"):
        read_map_coefficients(tmp_path / "a.mtz")


def test_infinite_values_are_refused(tmp_path: Path) -> None:
    amplitude = crystal().amplitude.copy()
    amplitude[3] = np.inf
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=amplitude)
    with pytest.raises(MapValueError, match="1 infinite values in FWT, PHWT; repair"):
        read_map_coefficients(path)


def test_zeros_alone_are_refused(tmp_path: Path) -> None:
    n = len(crystal().indices)
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=np.zeros(n))
    with pytest.raises(MapValueError, match="only zeros as amplitudes in FWT"):
        read_map_coefficients(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MapFileError, match=r"none\.mtz not found"):
        read_map_coefficients(tmp_path / "none.mtz")


@pytest.mark.parametrize("content", [b"", b"MTZ ", b"not reflections\n" * 40, b"\x1f\x8bxx"])
@pytest.mark.parametrize("name", ["a.mtz", "a.mtz.gz"])
def test_a_file_that_is_no_mtz_is_refused(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MapFileError, match=r"can't be read as an MTZ file \(.*\); give a whole"):
        read_map_coefficients(tmp_path / name)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = write_fwt(tmp_path / "a.mtz")
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(MapFileError, match="can't be read as an MTZ file"):
        read_map_coefficients(path)


def test_a_damaged_file_never_gives_more_than_a_known_error(tmp_path: Path) -> None:
    whole = write_fwt(tmp_path / "a.mtz").read_bytes()
    rng = np.random.default_rng(7)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 8):
            damaged[place] = rng.integers(256)
        (tmp_path / "b.mtz").write_bytes(damaged)
        with contextlib.suppress(MapSharpeningError):
            map_data, _, _ = read_map_coefficients(tmp_path / "b.mtz")
            assert np.isfinite(map_data.values).all()


def test_a_map_beyond_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_fwt(tmp_path / "a.mtz")
    monkeypatch.setattr(map_coefficients, "available_bytes", lambda: 1000)
    with pytest.raises(MemoryLimitError, match=r"memory for a map of \d+ x \d+ x \d+ points"):
        read_map_coefficients(path)


def test_an_impossible_index_is_refused(tmp_path: Path) -> None:
    columns = {"FWT": ("F", [3.0]), "PHWT": ("P", [40.0])}
    mtz = mtz_with(columns, np.array([[900_000, 1, 1]], dtype=np.int32))
    mtz.write_to_file(str(tmp_path / "a.mtz"))
    with pytest.raises(MapFileError, match=r"more than there can be; restore the file"):
        read_map_coefficients(tmp_path / "a.mtz")


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
