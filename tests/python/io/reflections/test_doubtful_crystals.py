"""Reflections, cells, space groups and values that don't belong together, or to a map."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt
import pytest
from examples import of_fast_suite
from real_data import DATA, needs_data
from reflection_files import CELLS, crystal, fwt, mtz_with, rich_file

from map_sharpening.errors import MapFileError, MapValueError, ParameterError
from map_sharpening.io.coefficient_columns import choose_columns
from map_sharpening.io.crystals.checks import doubt_of_amplitudes, doubt_of_crystal_map
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.maps.map_data import MapData

GROUP = "P 21 21 21"


def told_of(path: Path, labels: str | None = None) -> tuple[str, ...]:
    return read_map_coefficients(path, labels)[1].warnings


def with_cell(path: Path, *cell: float, group: str = GROUP) -> Path:
    made = crystal()
    mtz = mtz_with(fwt(made), made.indices)
    mtz.spacegroup = gemmi.SpaceGroup(group)
    mtz.set_cell_for_all(gemmi.UnitCell(*cell))
    mtz.write_to_file(str(path))
    return path


@pytest.mark.parametrize(
    ("cell", "group"),
    [((13, 15, 17, 90, 108, 90), GROUP), (CELLS[GROUP], "P 4"), (CELLS[GROUP], "P 3")],
)
def test_a_cell_that_the_space_group_cannot_have_is_refused(
    cell: tuple[float, ...], group: str, tmp_path: Path
) -> None:
    path = with_cell(tmp_path / "a.mtz", *cell, group=group)
    with pytest.raises(MapFileError, match=rf"a.mtz has the cell 13 15 17 .*group {group} can't"):
        read_map_coefficients(path)


def test_a_cell_in_nm_is_refused(tmp_path: Path) -> None:
    path = with_cell(tmp_path / "a.mtz", 1.2, 1.4, 1.6, 90, 90, 90)
    with pytest.raises(MapFileError, match=r"a.mtz has reflections to 0.2. Å .* may be in nm"):
        read_map_coefficients(path)


def test_mates_that_differ_are_told(tmp_path: Path) -> None:
    made = crystal()
    for factor, share in ((1.05, None), (0.0, "50%"), (0.5, "10%")):
        columns = {
            "FWT": ("F", np.concatenate([made.amplitude, factor * made.amplitude])),
            "PHWT": ("P", np.concatenate([made.phase, -made.phase])),
        }
        mtz = mtz_with(columns, np.concatenate([made.indices, -made.indices]))
        mtz.write_to_file(str(tmp_path / "a.mtz"))
        told = told_of(tmp_path / "a.mtz")
        assert len(told) == (share is not None)
        # (1 + f)^2 / 2 of 1 + f^2 is kept
        assert share is None or f"{share} of their power is lost" in told[0]


def test_phases_that_a_centre_of_symmetry_forbids_are_told(tmp_path: Path) -> None:
    made = crystal()
    mtz = mtz_with(fwt(made), made.indices)
    mtz.spacegroup = gemmi.SpaceGroup("P -1")
    mtz.write_to_file(str(tmp_path / "a.mtz"))
    told = told_of(tmp_path / "a.mtz")[0]
    assert "equal by its space group P -1" in told
    # In the plane h = 0 the half of the transform holds both Friedel mates.
    power = made.amplitude**2 * np.where(made.indices[:, 0] == 0, 2, 1)
    lost = (np.sin(np.radians(made.phase)) ** 2 * power).sum() / power.sum()
    assert f"{lost:.0%} of their power" in told


def test_strong_reflections_that_the_space_group_forbids_are_told(tmp_path: Path) -> None:
    made = crystal()
    mtz = mtz_with(fwt(made), made.indices)
    mtz.spacegroup = gemmi.SpaceGroup("I 2 2 2")
    mtz.write_to_file(str(tmp_path / "a.mtz"))
    n_odd = np.count_nonzero(made.indices.sum(axis=1) % 2)
    told = told_of(tmp_path / "a.mtz")[0]
    assert f"a.mtz: {n_odd} of {len(made.indices)} reflections" in told
    assert "check the space group" in told


def test_negative_measured_amplitudes_are_told(tmp_path: Path) -> None:
    made = crystal()
    amplitudes = made.amplitude.copy()
    amplitudes[[3, 8]] *= -1
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P FOM:W", FP=amplitudes)
    assert any("2 of 90 measured amplitudes FP are below 0" in told for told in told_of(path))


@pytest.mark.parametrize(
    ("columns", "held"),
    [
        ("IMEAN:J SIGIMEAN:Q", "intensities, without phases"),
        (
            "F(+):G SIGF(+):L",
            "amplitudes of Friedel mates apart, as anomalous differences need them",
        ),
        ("FreeR_flag:I", "flags, without amplitudes and phases"),
        ("FP:F SIGFP:Q FREE:I", "amplitudes without phases"),
        ("PHIB:P FOM:W", "phases without amplitudes"),
        ("BATCH:B I:J SIGI:Q", "measurements before they are merged, without phases"),
    ],
)
def test_what_a_file_without_coefficients_holds_is_said(
    columns: str, held: str, tmp_path: Path
) -> None:
    mtz = gemmi.read_mtz_file(str(rich_file(tmp_path / "a.mtz", columns)))
    with pytest.raises(MapFileError, match=rf": {held}; give a file with map coefficients"):
        choose_columns(mtz, "a.mtz")


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ("FWT:F PHWT:R", "; PHWT is named as a phase, but has type R; set its type to P"),
        ("2FOFCWT:I PH2FOFCWT:P", "; 2FOFCWT is named as an amplitude, but has type I; set"),
    ],
)
def test_a_column_of_the_wrong_type_is_named(columns: str, told: str, tmp_path: Path) -> None:
    mtz = gemmi.read_mtz_file(str(rich_file(tmp_path / "a.mtz", columns)))
    with pytest.raises(MapFileError, match=re.escape(told)):
        choose_columns(mtz, "a.mtz")


def test_a_weight_of_another_type_is_told(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P FOM:R")
    assert any("FOM, by its label a weight, has the type R" in told for told in told_of(path))


@pytest.mark.parametrize(
    ("labels", "own"),
    [("FWT,PHDELWT", "PHWT"), ("DELFWT,PHWT", "PHDELWT"), ("FMAP,PHWT", "PHIMAP"), ("F,PHWT", "")],
)
def test_a_phase_of_another_amplitude_is_told(labels: str, own: str, tmp_path: Path) -> None:
    columns = "F:F FWT:F PHWT:P DELFWT:F PHDELWT:P FMAP:F PHIMAP:P"
    told = told_of(rich_file(tmp_path / "a.mtz", columns), labels)
    assert any(f"which by its label is {own}:" in one for one in told) is bool(own)


def test_the_cell_of_the_dataset_counts_and_another_one_is_told(tmp_path: Path) -> None:
    mtz = gemmi.read_mtz_file(str(rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P")))
    own = mtz.get_cell(mtz.column_with_label("FWT").dataset_id)
    mtz.cell = gemmi.UnitCell(*(1.1 * edge for edge in own.parameters[:3]), 90, 90, 90)
    mtz.write_to_file(str(tmp_path / "b.mtz"))
    map_data, info, _ = read_map_coefficients(tmp_path / "b.mtz")
    assert map_data.position.cell.parameters() == pytest.approx(own.parameters)
    assert any("for the dataset of its map coefficients" in told for told in info.warnings)


@pytest.mark.parametrize("index", [2.5, np.nan, 1e12])
def test_indices_that_are_no_whole_numbers_are_refused(index: float, tmp_path: Path) -> None:
    mtz = gemmi.read_mtz_file(str(rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P")))
    rows = np.array(mtz.array)
    rows[4, 1] = index
    mtz.set_data(rows)
    mtz.write_to_file(str(tmp_path / "b.mtz"))
    with pytest.raises(MapFileError, match="1 of 90 reflections with indices that are no whole"):
        read_map_coefficients(tmp_path / "b.mtz")


def test_amplitudes_of_zero_count_as_missing(tmp_path: Path) -> None:
    made = crystal()
    amplitudes = np.where(np.arange(len(made.amplitude)) % 3 == 0, 0, made.amplitude)
    _, whole, _ = read_map_coefficients(rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P"))
    path = rich_file(tmp_path / "b.mtz", "FWT:F PHWT:P", FWT=amplitudes)
    _, info, notes = read_map_coefficients(path)
    assert info.completeness == pytest.approx(whole.completeness * 2 / 3, rel=1e-6)
    assert any("30 of 90 reflections have 0 in FWT" in note for note in notes)


@pytest.mark.parametrize("weight", [0.0, -0.5])
def test_weights_that_leave_nothing_are_the_reason(weight: float, tmp_path: Path) -> None:
    made = crystal()
    weights = np.full(len(made.amplitude), weight)
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q PHIB:P FOM:W", FOM=weights)
    with pytest.raises(
        MapValueError, match=r"no weight above 0 in FOM .* map_coeff_labels=FP,PHIB"
    ):
        read_map_coefficients(path)


@pytest.mark.parametrize("name", ["DIFFPHIOUT.mtz", "27_ANOMFPHIOUT.mtz", "diff_map.mtz"])
def test_labels_that_say_nothing_are_not_believed_in_a_file_of_a_difference_map(
    name: str, tmp_path: Path
) -> None:
    path = rich_file(tmp_path / name, "F:F PHI:P")
    with pytest.raises(ParameterError, match=rf"{name} is named as .* map_coeff_labels=F,PHI"):
        read_map_coefficients(path)
    read_map_coefficients(path, "F,PHI")
    read_map_coefficients(rich_file(tmp_path / "diffraction.mtz", "F:F PHI:P"))


def test_an_amplitude_that_is_the_same_for_all_is_refused(tmp_path: Path) -> None:
    made = crystal()
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=np.full(len(made.indices), 3.0))
    with pytest.raises(MapValueError, match=r"a.mtz has the amplitude 3 in FWT for all reflect"):
        read_map_coefficients(path)


@needs_data
@pytest.mark.parametrize(
    ("keep", "told"),
    [
        (lambda d, n: n % 2 == 0, "holds 4[45]% of the reflections to 1.80"),
        (lambda d, n: d < 4.0, r"holds 82% of .* \(its coarsest is at 4.0 Å\)"),
        (lambda d, n: n % 4 != 0, None),
    ],
)
def test_a_part_of_the_reflections_is_warned_of(
    tmp_path: Path, keep: Callable[..., npt.NDArray[np.bool_]], told: str | None
) -> None:
    mtz = gemmi.read_mtz_file(str(DATA / "xtal" / "1cbs_map.mtz"))
    d = mtz.make_d_array()
    mtz.set_data(np.array(mtz.array)[keep(d, np.arange(len(d)))])
    mtz.write_to_file(str(tmp_path / "a.mtz"))
    _, info, notes = read_map_coefficients(tmp_path / "a.mtz")
    found = [text for text in info.warnings if "reflections to 1.80" in text]
    assert len(found) == (told is not None)
    if told is None:
        assert any("holds 67% of the reflections to 1.80" in note for note in notes)
    else:
        assert re.search(told, found[0])
        assert found[0].endswith("give all of them")


def test_columns_of_one_dataset_are_partners_before_others(tmp_path: Path) -> None:
    made = crystal()
    mtz = mtz_with({}, made.indices)
    for dataset in ("native", "derivative"):
        mtz.add_dataset(dataset)
        labels = "FP:F SIGFP:Q PHIB:P FOM:W" if dataset == "native" else "FP:F SIGFP:Q"
        for label in labels.split():
            mtz.add_column(label[:-2], label[-1])
    mtz.set_data(np.ones((len(made.indices), len(mtz.columns)), dtype="f4"))
    chosen, _ = choose_columns(mtz, "a.mtz")
    assert chosen.labels() == ("FP", "PHIB", "FOM")
    assert {mtz.dataset(c.dataset_id).dataset_name for c in chosen.columns()} == {"native"}


# Real crystals


@needs_data
@pytest.mark.parametrize(
    ("file", "skewness"),
    [
        ("1cbs_map.mtz", "0.10"),
        pytest.param("5a3h_sigmaa.mtz", "0.17", marks=pytest.mark.slow),
        pytest.param("moorhen-tutorial-map-number-4.mtz", "0.28", marks=pytest.mark.slow),
    ],
)
def test_density_of_a_difference_map_is_doubted_and_of_a_map_is_not(
    tmp_path: Path, file: str, skewness: str
) -> None:
    mtz = gemmi.read_mtz_file(str(DATA / "xtal" / file))
    assert told_of(DATA / "xtal" / file) == ()
    for label, other in {"FWT": "F1", "DELFWT": "FWT", "PHWT": "P1", "PHDELWT": "PHWT"}.items():
        mtz.column_with_label(label).label = other
    mtz.write_to_file(str(tmp_path / "a.mtz"))
    (told,) = told_of(tmp_path / "a.mtz")
    assert f"almost as many low values as high ones (skewness {skewness};" in told
    assert told_of(tmp_path / "a.mtz", "FWT,PHWT") == ()


@needs_data
@pytest.mark.parametrize(
    ("file", "ratio"),
    [
        ("rnasa-1.8-all_refmac1.mtz", "1.03"),
        pytest.param("moorhen-tutorial-map-number-1.mtz", "1.07", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("b_factor", of_fast_suite([0.0, 60.0], 60.0))
def test_a_few_strong_peaks_make_a_difference_map_no_map(
    tmp_path: Path, file: str, ratio: str, b_factor: float
) -> None:
    mtz = gemmi.read_mtz_file(str(DATA / "xtal" / file))
    assert told_of(DATA / "xtal" / file) == ()
    blur = np.exp(-b_factor / 4 * mtz.make_1_d2_array())
    mtz.column_with_label("DELFWT").array[:] *= blur
    for label, other in {"FWT": "F1", "DELFWT": "FWT", "PHWT": "P1", "PHDELWT": "PHWT"}.items():
        mtz.column_with_label(label).label = other
    mtz.write_to_file(str(tmp_path / "a.mtz"))
    (told,) = told_of(tmp_path / "a.mtz")
    assert "almost as many low values as high ones" in told
    if b_factor == 0:
        assert f"the highest 3% begin {ratio} times as far from the mean" in told


CRYSTAL_MAPS = {
    "1cbs_map.mtz": 1.8,
    "5a3h_sigmaa.mtz": 1.82,
    "rnasa-1.8-all_refmac1.mtz": 1.85,
    "moorhen-tutorial-map-number-1.mtz": 1.9,
}


@needs_data
@pytest.mark.parametrize("file", CRYSTAL_MAPS)
@pytest.mark.parametrize("part", [slice(None), slice(4, 60)])
def test_a_difference_map_in_a_file_of_a_map_is_doubted(file: str, part: slice) -> None:
    mtz = gemmi.read_mtz_file(str(DATA / "xtal" / file))
    for labels, is_doubted in ((("FWT", "PHWT"), False), (("DELFWT", "PHDELWT"), True)):
        made = MapData.from_gemmi(mtz.transform_f_phi_to_map(*labels, sample_rate=3), name="a.map")
        values = np.ascontiguousarray(made.values[part, part, part])
        told = doubt_of_crystal_map(replace(made, values=values), CRYSTAL_MAPS[file])
        assert (told is not None) is is_doubted
        if told is not None:
            assert told.startswith("a.map has almost as many low values as high ones (")
            assert "it may be a difference map" in told


@needs_data
@pytest.mark.parametrize("file", ["5a3h_sigmaa.mtz", "moorhen-tutorial-map-number-4.mtz"])
@pytest.mark.parametrize(
    ("d_min", "error"),
    [
        pytest.param(1.8, 0.7, marks=pytest.mark.slow),
        pytest.param(2.3, 0.7, marks=pytest.mark.slow),
        pytest.param(2.5, 0.0, marks=pytest.mark.slow),
        pytest.param(3.0, 0.7, marks=pytest.mark.slow),
        (3.5, 0.6),
        (4.4, 0.0),
    ],
)
def test_coarse_maps_and_phases_that_err_are_not_doubted(
    tmp_path: Path, file: str, d_min: float, error: float
) -> None:
    mtz = gemmi.read_mtz_file(str(DATA / "xtal" / file))
    rows = np.array(mtz.array[mtz.make_d_array() >= d_min])
    phase = mtz.column_with_label("PHWT").idx
    rows[:, phase] += np.rad2deg(error) * np.random.default_rng(0).normal(size=len(rows))
    mtz.set_data(rows)
    mtz.write_to_file(str(tmp_path / "a.mtz"))
    assert not [text for text in told_of(tmp_path / "a.mtz") if "low values" in text]


@needs_data
def test_inverted_coefficients_are_refused(tmp_path: Path) -> None:
    mtz = gemmi.read_mtz_file(str(DATA / "xtal" / "1cbs_map.mtz"))
    column = mtz.column_with_label("FWT")
    column.array[:] = -column.array
    mtz.write_to_file(str(tmp_path / "a.mtz"))
    with pytest.raises(MapValueError, match=r"inverted contrast: .* \(skewness -1.49\)"):
        read_map_coefficients(tmp_path / "a.mtz")


@pytest.mark.parametrize("are_measured", [True, False])
def test_intensities_in_a_column_of_amplitudes_are_told(are_measured: bool) -> None:
    # By Wilson's statistics squares of acentric amplitudes are exponential, here with a fall-off
    # along one axis: their mean square is twice the square of their mean.
    indices = np.array(list(np.ndindex(24, 24, 24))).astype(np.int32)
    fall_off = np.exp(-0.1 * indices[:, 0])
    amplitudes = fall_off * np.sqrt(np.random.default_rng(1).exponential(size=len(indices)))
    assert doubt_of_amplitudes(indices, amplitudes, "F", are_measured, "a.mtz") is None
    told = doubt_of_amplitudes(indices, amplitudes**2, "F", are_measured, "a.mtz")
    assert told is not None
    (found,) = re.findall(r"a.mtz: F, .*mean square ([\d.]+) times the square of", told)
    assert float(found) == pytest.approx(2, rel=0.07)
    in_layers = amplitudes * np.where(indices[:, 2] % 3 == 0, 1, 0.05)
    assert doubt_of_amplitudes(indices, in_layers, "F", are_measured, "a.mtz") is None
    assert doubt_of_amplitudes(indices[:500], amplitudes[:500] ** 2, "F", True, "a.mtz") is None


@pytest.mark.slow
@needs_data
def test_intensities_named_as_amplitudes_are_told_of_a_real_crystal(tmp_path: Path) -> None:
    mtz = gemmi.read_mtz_file(str(DATA / "xtal" / "1cbs_map.mtz"))
    assert told_of(DATA / "xtal" / "1cbs_map.mtz", "FP,PHIC") == ()
    table = np.array(mtz.array)
    table[:, mtz.column_with_label("FP").idx] **= 2
    mtz.set_data(table)
    mtz.write_to_file(str(tmp_path / "a.mtz"))
    (told,) = told_of(tmp_path / "a.mtz", "FP,PHIC")
    assert "a.mtz: FP, of the type of amplitudes, scatters among neighbours as intensities" in told
