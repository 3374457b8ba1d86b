"""Inputs of a B-factor run: other kinds, and what is refused with nothing written."""

from __future__ import annotations

from pathlib import Path

import gemmi
import numpy as np
import pytest
from b_factor_run import words
from examples import of_fast_suite
from half_map_files import RESOLUTION, write_mrc
from real_data import DATA, needs_data
from refusals import Refused, require_refusal

from map_sharpening.errors import (
    GridMismatchError,
    MapFileError,
    MapSharpeningError,
    MapValueError,
    ParameterError,
)
from map_sharpening.io.crystals.checks import agreement_with_symmetry
from map_sharpening.io.maps import read_map, save_map
from map_sharpening.io.reflections import write_crystal_coefficients
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.run import plan_run, run
from map_sharpening.runs.b_factor import BFactorPlan

# Inputs of other kinds


@pytest.mark.slow
def test_coefficients_need_no_resolution(mtz_file: Path, tmp_path: Path) -> None:
    outcome = run([f"mtz_in={mtz_file}", *words(tmp_path, "b_sharpen=30")])
    assert outcome.result.resolution == pytest.approx(RESOLUTION, rel=0.01)


def test_coefficients_of_a_crystal_are_written_in_its_space_group(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(24, 24, 24)).astype(np.float32)
    position = MapPosition(UnitCell(24.0, 24.0, 24.0), (24, 24, 24), space_group=19)
    given = tmp_path / "p212121.mtz"
    write_crystal_coefficients(given, MapData(values, position), 3.0)
    run([f"mtz_in={given}", *words(tmp_path / "out", "b_sharpen=10")])
    written = gemmi.read_mtz_file(str(tmp_path / "out" / "sharpened_map_coeffs.mtz"))
    assert written.spacegroup.number == 19
    assert written.nreflections == gemmi.read_mtz_file(str(given)).nreflections


@needs_data
@pytest.mark.parametrize(
    ("labels", "is_doubted"),
    [
        pytest.param(("FWT", "PHWT"), False, marks=pytest.mark.slow),
        (("DELFWT", "PHDELWT"), True),
    ],
)
def test_a_difference_map_of_a_crystal_is_warned_of(
    labels: tuple[str, str], is_doubted: bool, tmp_path: Path
) -> None:
    mtz = gemmi.read_mtz_file(str(DATA / "xtal" / "rnasa-1.8-all_refmac1.mtz"))
    made = gemmi.Ccp4Map()
    made.grid = mtz.transform_f_phi_to_map(*labels, sample_rate=2.5)
    made.update_ccp4_header()
    made.write_ccp4_map(str(tmp_path / "a.ccp4"))
    given = [f"full_map={tmp_path / 'a.ccp4'}", "resolution=1.9", "b_sharpen=10"]
    outcome = run([*given, f"output_directory={tmp_path / 'out'}"])
    told = [text for text in outcome.result.warnings if "it may be a difference map" in text]
    assert len(told) == is_doubted


def test_wrapping_follows_from_a_crystal(mtz_file: Path) -> None:
    plan = plan_run([f"mtz_in={mtz_file}", "wrapping=None"])
    assert plan.options.wrapping is True  # type: ignore[union-attr]


def test_map_of_an_em_experiment_does_not_wrap(full_file: Path) -> None:
    plan = plan_run([f"full_map={full_file}", "resolution=4"])
    assert plan.options.wrapping is False  # type: ignore[union-attr]


# What is refused, with nothing written


@pytest.fixture(scope="module")
def bad(full_map: MapData, mtz_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    write_mrc(folder / "map.mrc", full_map.values)
    write_mrc(folder / "sharpened.mrc", full_map.values, labels=["map_is_sharpened"])
    write_mrc(folder / "part.mrc", full_map.values[:50], sampling=(56, 56, 56))
    write_mrc(folder / "other_grid.mrc", full_map.values[:40])
    (folder / "empty.fasta").write_text(">nothing\n")
    (folder / "big.fasta").write_text(">huge\n" + 40 * ("A" * 200 + "\n"))
    (folder / "map.mtz").write_bytes(mtz_file.read_bytes())
    without_phases = gemmi.read_mtz_file(str(mtz_file))
    without_phases.remove_column(4)
    without_phases.write_to_file(str(folder / "no_phases.mtz"))
    twice = gemmi.read_mtz_file(str(mtz_file))
    for label, kind in (("FC", "F"), ("PHIC", "P")):
        twice.column_with_label("FWT" if kind == "F" else "PHWT").label = f"{label}_1"
        added = twice.copy_column(-1, twice.column_with_label(f"{label}_1"))
        added.label = f"{label}_2"
    twice.write_to_file(str(folder / "ambiguous.mtz"))
    return folder


REFUSED = {
    "labels_that_do_not_exist": Refused(
        ["mtz_in=map.mtz", "map_coeff_labels=FOO,BAR"], ParameterError, "FOO.*FWT"
    ),
    "ambiguous_columns": Refused(["mtz_in=ambiguous.mtz"], ParameterError, "FC_1.*PHIC_1"),
    "no_phases": Refused(["mtz_in=no_phases.mtz"], MapFileError, "no column with a phase"),
    "resolution_finer_than_the_coefficients": Refused(
        ["mtz_in=map.mtz", "resolution=2"], ParameterError, "resolution is 2 Å, but map.mtz has"
    ),
    "resolution_finer_than_the_grid": Refused(
        ["full_map=map.mrc", "resolution=2"], ParameterError, "resolution is 2"
    ),
    "resolution_missing": Refused(["full_map=map.mrc"], ParameterError, "resolution is missing"),
    "composition_larger_than_the_cell": Refused(
        ["full_map=map.mrc", "resolution=4", "seq_file=big.fasta"], ParameterError, "cell|map"
    ),
    "sequence_file_without_sequences": Refused(
        ["full_map=map.mrc", "resolution=4", "seq_file=empty.fasta"],
        MapSharpeningError,
        "empty.fasta",
    ),
    "solvent_content_beyond_1": Refused(
        ["full_map=map.mrc", "resolution=4", "solvent_content=-0.2"],
        ParameterError,
        "solvent_content",
    ),
    "external_map_on_another_grid": Refused(
        ["full_map=map.mrc", "resolution=4", "external_map_file=other_grid.mrc"],
        GridMismatchError,
        "other_grid.mrc has shape",
    ),
    "wrapping_of_a_part": Refused(
        ["full_map=part.mrc", "resolution=4", "wrapping=True"],
        ParameterError,
        "wrapping is True, but part.mrc has 56 x 56 x 50 points of a cell of 56 x 56 x 56",
    ),
    "map_sharpened_before": Refused(
        ["full_map=sharpened.mrc", "resolution=4"], MapValueError, "ignore_map_labels=True"
    ),
    "two_maps_to_sharpen": Refused(
        ["full_map=map.mrc", "mtz_in=map.mtz"], ParameterError, "give one of them"
    ),
    "labels_without_a_file": Refused(
        ["full_map=map.mrc", "resolution=4", "map_coeff_labels=FWT,PHWT"],
        ParameterError,
        "there is no MTZ file",
    ),
    "b_iso_and_b_sharpen": Refused(
        ["full_map=map.mrc", "resolution=4", "b_iso=20", "b_sharpen=30"],
        ParameterError,
        "b_iso and b_sharpen",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_and_leaves_nothing(
    bad: Path, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bad)
    require_refusal(REFUSED[case], bad, [], tmp_path / "out")


def test_map_sharpened_before_can_be_sharpened_again(bad: Path, tmp_path: Path) -> None:
    given = [f"full_map={bad / 'sharpened.mrc'}", f"resolution={RESOLUTION}"]
    outcome = run([*given, *words(tmp_path, "b_sharpen=10", "ignore_map_labels=True")])
    assert outcome.result.chosen.b_sharpen == 10


def test_the_map_itself_is_no_external_map(full_file: Path, tmp_path: Path) -> None:
    with pytest.raises(
        MapValueError, match=r"the external map, holds the values of .*the map to s"
    ):
        plan_run([f"full_map={full_file}", f"external_map_file={full_file}", "resolution=4"])


def test_a_mask_is_no_external_map(full_file: Path, tmp_path: Path) -> None:
    values = read_map(full_file)[0].values
    path = write_mrc(tmp_path / "mask.mrc", (values > 2 * values.std()).astype(np.float32))
    with pytest.raises(MapValueError, match=r"mask.mrc, the external map, has the values of a m"):
        plan_run([f"full_map={full_file}", f"external_map_file={path}", "resolution=4"])


def test_a_map_that_does_not_repeat_by_its_space_group_is_no_crystal(tmp_path: Path) -> None:
    values = np.random.default_rng(2).normal(size=(24, 24, 24)).astype(np.float32)
    path = write_mrc(tmp_path / "em.mrc", values, (1.0, 1.0, 1.0), space_group=19)
    given = [f"full_map={path}", "resolution=3", "b_sharpen=10"]
    outcome = run([*given, f"output_directory={tmp_path / 'out'}"])
    (told,) = (text for text in outcome.result.warnings if "space group P 21 21 21" in text)
    assert "(ISPG 19), by which its density does not repeat" in told
    written = gemmi.read_mtz_file(str(tmp_path / "out" / "sharpened_map_coeffs.mtz"))
    assert written.spacegroup.number == 1
    with pytest.raises(
        ParameterError, match=r"is_crystal is True, but em.mrc states the space gr"
    ):
        plan_run([*given, "is_crystal=True"])


GROUPS = ("P 21 21 21", "P 43 21 2", "P 1 21 1", "I 2 2 2", "F 2 3")


@pytest.mark.parametrize("start", [(0, 0, 0), (3, -7, 11)])
@pytest.mark.parametrize("group", of_fast_suite(GROUPS, *GROUPS[:-1]))
def test_a_crystal_repeats_by_its_space_group_wherever_its_grid_begins(
    group: str, start: tuple[int, int, int]
) -> None:
    shape = (24, 24, 24)
    grid = gemmi.FloatGrid(*shape)
    grid.spacegroup = gemmi.SpaceGroup(group)
    grid.set_unit_cell(gemmi.UnitCell(24, 24, 24, 90, 90, 90))
    grid.array[...] = np.random.default_rng(4).normal(size=shape)
    grid.symmetrize_sum()
    values = np.ascontiguousarray(grid.array.T)
    moved = np.roll(values, [-n for n in start[::-1]], axis=(0, 1, 2))
    cell = UnitCell(24.0, 24.0, 24.0)
    place = MapPosition(cell, shape, start=start, space_group=grid.spacegroup.ccp4)
    assert agreement_with_symmetry(MapData(moved, place), grid.spacegroup) > 0.999
    noise = np.random.default_rng(5).normal(size=shape).astype(np.float32)
    assert abs(agreement_with_symmetry(MapData(noise, place), grid.spacegroup)) < 0.1


@pytest.mark.parametrize("number", [19, 2018])
def test_a_crystal_is_one_in_another_setting_too(number: int, tmp_path: Path) -> None:
    path = crystal_map(tmp_path, number)
    plan = plan_run([f"full_map={path}", "resolution=3", "b_sharpen=10"])
    assert isinstance(plan, BFactorPlan)
    assert plan.maps.is_crystal
    assert plan.maps.space_group == gemmi.find_spacegroup_by_number(number)


def test_a_crystal_map_of_more_than_a_cell_is_told(tmp_path: Path) -> None:
    path = crystal_map(tmp_path, 19, beyond=6)
    plan = plan_run([f"full_map={path}", "resolution=3", "b_sharpen=10"])
    (told,) = (text for text in plan.warnings if "beyond one cell comes twice" in text)
    assert told.startswith("a.mrc holds 30 x 30 x 30 points of a crystal whose cell has 24 x 24 x")
    assert not plan.maps.wrapping


def test_a_crystal_map_round_a_molecule_is_not_said_to_have_more_than_a_cell(
    tmp_path: Path,
) -> None:
    path = crystal_map(tmp_path, 19, beyond=6, n_sections=20)
    plan = plan_run([f"full_map={path}", "resolution=3", "b_sharpen=10"])
    assert not any("beyond one cell" in text for text in plan.warnings)
    assert "a.mrc holds no whole cell: it is not taken to repeat" in plan.notes
    assert not plan.maps.wrapping


def crystal_map(folder: Path, number: int, beyond: int = 0, n_sections: int | None = None) -> Path:
    """Return a map of a cell of 24 points along each edge, and some beyond, of a space group."""
    grid = gemmi.FloatGrid(24, 24, 24)
    grid.spacegroup = gemmi.find_spacegroup_by_number(number)
    grid.array[...] = np.random.default_rng(4).normal(size=(24, 24, 24))
    grid.symmetrize_sum()
    values = np.pad(np.ascontiguousarray(grid.array.T), ((0, beyond),) * 3, mode="wrap")
    place = MapPosition(UnitCell(24.0, 24.0, 24.0), (24, 24, 24), space_group=number)
    save_map(folder / "a.mrc", MapData(values[:n_sections], place))
    return folder / "a.mrc"
