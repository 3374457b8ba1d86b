"""A whole B-factor run on a small simulated map: what it writes, and where that lies."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import gemmi
import mrcfile
import numpy as np
import numpy.typing as npt
import pytest
from half_map_files import RESOLUTION, VOXEL_SIZE, write_mrc

from map_sharpening.errors import (
    GridMismatchError,
    MapFileError,
    MapSharpeningError,
    MapValueError,
    ParameterError,
)
from map_sharpening.io.recognise import read_parameter_file
from map_sharpening.io.reflections import write_crystal_coefficients, write_map_coefficients
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.shared.option_groups import all_options
from map_sharpening.parameters.reading import read_words
from map_sharpening.parameters.use import uses
from map_sharpening.run import RunOutcome, plan_run, run
from map_sharpening.runs.b_factor import BFactorPlan
from map_sharpening.simulation.simulate import SimulatedHalfMaps

ALL_OUTPUTS = {
    "sharpened_map.ccp4",
    "sharpened_map_coeffs.mtz",
    "scores.csv",
    "report.html",
    "open_in_chimerax.cxc",
    "open_in_coot.py",
    "open_in_pymol.pml",
    "used_parameters.eff",
    "results.json",
    "log.txt",
}
#: Small and quick: a given solvent content, few trials.
QUICK = ("solvent_content=0.9", "search_b_n=6")


def words(folder: Path, *more: str) -> list[str]:
    return [f"output_directory={folder}", "report=False", *QUICK, *more]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def values_of(path: Path) -> npt.NDArray[np.float32]:
    with mrcfile.open(path) as opened:
        return np.array(opened.data)


def header_of(path: Path) -> tuple[tuple[int, ...], tuple[float, ...], tuple[int, ...], float]:
    with mrcfile.open(path, header_only=True) as opened:
        h = opened.header
        return (
            tuple(int(h[f"n{axis}start"]) for axis in "xyz"),
            tuple(float(h.origin[axis]) for axis in "xyz"),
            tuple(int(h[f"m{axis}"]) for axis in "xyz"),
            float(h.cella.x),
        )


def labels_of(path: Path) -> list[str]:
    with mrcfile.open(path, header_only=True) as opened:
        return [str(label).strip() for label in opened.get_labels()]


@pytest.fixture(scope="module")
def full_map(simulated: SimulatedHalfMaps) -> MapData:
    return simulated.mean


@pytest.fixture(scope="module")
def full_file(full_map: MapData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mrc(tmp_path_factory.mktemp("full") / "full.mrc", full_map.values)


@dataclass(frozen=True)
class Finished:
    folder: Path
    outcome: RunOutcome


@pytest.fixture(scope="module")
def finished(full_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished") / "out"
    given = [f"full_map={full_file}", f"resolution={RESOLUTION}", "output.report=True"]
    quick = [word for word in words(folder) if word != "report=False"]
    return Finished(folder, run([*given, *quick], date="2020-01-01"))


@pytest.fixture(scope="module")
def mtz_file(full_map: MapData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mtz") / "map.mtz"
    write_map_coefficients(path, full_map, RESOLUTION)
    return path


# What is written


def test_all_outputs_are_written_and_nothing_else(finished: Finished) -> None:
    assert names(finished.folder) == ALL_OUTPUTS


def test_outcome_names_the_files_written(finished: Finished) -> None:
    assert {path.name for path in finished.outcome.files} == ALL_OUTPUTS


def test_map_passes_the_validator(finished: Finished) -> None:
    said = io.StringIO()
    assert mrcfile.validate(finished.folder / "sharpened_map.ccp4", print_file=said)


def test_sharpened_map_is_the_one_in_the_outcome(finished: Finished) -> None:
    written = values_of(finished.folder / "sharpened_map.ccp4")
    np.testing.assert_array_equal(written, finished.outcome.result.sharpened.values)


def test_labels_say_what_was_done(finished: Finished) -> None:
    first, *others = labels_of(finished.folder / "sharpened_map.ccp4")[-3:]
    chosen = finished.outcome.result.chosen
    assert f"b_sharpen={chosen.b_sharpen:.1f}" in first
    assert f"b_iso={chosen.b_iso:.1f}" in first
    assert others == ["map_is_sharpened", "no_wrapping_outside_cell"]


def test_coefficients_are_those_of_the_map(finished: Finished) -> None:
    mtz = gemmi.read_mtz_file(str(finished.folder / "sharpened_map_coeffs.mtz"))
    grid = mtz.transform_f_phi_to_map(
        "FWT", "PHWT", exact_size=values_of(finished.folder / "sharpened_map.ccp4").shape[::-1]
    )
    again = np.asarray(grid.array).T
    found = np.corrcoef(again.ravel(), finished.outcome.result.sharpened.values.ravel())[0, 1]
    assert found > 0.99999


def test_largest_coefficient_is_scale_max(finished: Finished) -> None:
    mtz = gemmi.read_mtz_file(str(finished.folder / "sharpened_map_coeffs.mtz"))
    assert max(mtz.column_with_label("FWT")) == pytest.approx(100000)


def test_scores_table_holds_each_trial(finished: Finished) -> None:
    text = (finished.folder / "scores.csv").read_text()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(finished.outcome.result.trials)
    assert [row["chosen"] for row in rows].count("1") == 1


def test_used_parameters_give_the_same_map(finished: Finished, tmp_path: Path) -> None:
    used = read_parameter_file(finished.folder / "used_parameters.eff")
    again = run(read_words([f"output_directory={tmp_path}", "report=False"], files=[used]))
    first = finished.folder / "sharpened_map.ccp4"
    assert (tmp_path / "sharpened_map.ccp4").read_bytes() == first.read_bytes()
    assert repr(again.result.chosen) == repr(finished.outcome.result.chosen)


def test_log_says_that_a_b_factor_was_used(finished: Finished) -> None:
    assert "a single map: it is sharpened by a B factor" in finished.outcome.log


# Where it lies


@pytest.fixture(scope="module")
def moved(full_map: MapData, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("moved")
    given = write_mrc(
        folder / "moved.mrc",
        full_map.values[:50, :54, :],
        start=(3, -5, 7),
        sampling=(60, 60, 60),
    )
    run(
        [
            f"full_map={given}",
            f"resolution={RESOLUTION}",
            *words(folder / "out", "shifted_sharpened_map_file=shifted_sharpened.ccp4"),
        ]
    )
    return given, folder / "out"


def test_sharpened_map_lies_where_the_input_lies(moved: tuple[Path, Path]) -> None:
    given, out = moved
    assert header_of(out / "sharpened_map.ccp4") == header_of(given)


@pytest.mark.parametrize("name", ["shifted_map.ccp4", "shifted_sharpened.ccp4"])
def test_shifted_maps_start_at_the_origin(moved: tuple[Path, Path], name: str) -> None:
    start, origin, sampling, edge = header_of(moved[1] / name)
    assert (start, origin) == ((0, 0, 0), (0.0, 0.0, 0.0))
    assert (sampling, edge) == ((60, 60, 60), pytest.approx(60 * VOXEL_SIZE[0]))


def test_shifted_map_is_the_input(moved: tuple[Path, Path]) -> None:
    given, out = moved
    np.testing.assert_array_equal(values_of(out / "shifted_map.ccp4"), values_of(given))


def test_map_at_the_origin_is_not_written_again(finished: Finished) -> None:
    assert not (finished.folder / "shifted_map.ccp4").exists()


def test_shifted_map_that_was_named_is_written(full_file: Path, tmp_path: Path) -> None:
    run(
        [
            f"full_map={full_file}",
            f"resolution={RESOLUTION}",
            *words(tmp_path / "out", "b_sharpen=20", "shifted_map_file=s.ccp4"),
        ]
    )
    assert "s.ccp4" in names(tmp_path / "out")


# Inputs of other kinds


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


def test_wrapping_follows_from_a_crystal(mtz_file: Path) -> None:
    plan = plan_run([f"mtz_in={mtz_file}", "wrapping=None"])
    assert plan.options.wrapping is True  # type: ignore[union-attr]


def test_map_of_an_em_experiment_does_not_wrap(full_file: Path) -> None:
    plan = plan_run([f"full_map={full_file}", "resolution=4"])
    assert plan.options.wrapping is False  # type: ignore[union-attr]


# What is refused, with nothing written


@dataclass(frozen=True)
class Refused:
    words: list[str]
    error: type[MapSharpeningError]
    message: str


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
    refused = REFUSED[case]
    before = names(bad)
    with pytest.raises(refused.error, match=refused.message) as told:
        run([*refused.words, f"output_directory={tmp_path / 'out'}", "report=False"])
    assert "\n" not in str(told.value)
    assert (names(bad), (tmp_path / "out").exists()) == (before, False)


def test_map_sharpened_before_can_be_sharpened_again(bad: Path, tmp_path: Path) -> None:
    given = [f"full_map={bad / 'sharpened.mrc'}", f"resolution={RESOLUTION}"]
    outcome = run([*given, *words(tmp_path, "b_sharpen=10", "ignore_map_labels=True")])
    assert outcome.result.chosen.b_sharpen == 10


# Local sharpening


@dataclass(frozen=True)
class LocalRun:
    folder: Path
    outcome: RunOutcome
    words: list[str]


@pytest.fixture(scope="module")
def local(full_file: Path, tmp_path_factory: pytest.TempPathFactory) -> LocalRun:
    folder = tmp_path_factory.mktemp("local") / "out"
    given = [
        f"full_map={full_file}",
        f"resolution={RESOLUTION}",
        "local_sharpening=True",
        *words(folder),
    ]
    return LocalRun(folder, run([*given, "write_sharpened_maps=True"]), given)


def test_local_run_writes_the_map_of_b_and_the_centres(local: LocalRun) -> None:
    assert {"local_b_sharpen.ccp4", "sharpening_centers.pdb"} <= names(local.folder)


def test_map_of_b_is_that_of_the_result(local: LocalRun) -> None:
    assert local.outcome.result.local is not None
    written = values_of(local.folder / "local_b_sharpen.ccp4")
    np.testing.assert_array_equal(written, local.outcome.result.local.b_sharpen.values)


def test_a_centre_is_written_for_each_tile(local: LocalRun) -> None:
    centres = gemmi.read_pdb(str(local.folder / "sharpening_centers.pdb"))
    assert centres[0].count_atom_sites() == len(local.outcome.result.local.centres)


def test_trial_maps_are_written_by_number(local: LocalRun) -> None:
    found = sorted(name for name in names(local.folder) if name.startswith("local_trial"))
    assert found[:2] == ["local_trial_01.ccp4", "local_trial_02.ccp4"]
    assert len(found) in (6, 7)  # the values searched, and the one chosen between them


def test_trial_maps_that_are_read_give_the_same_map(local: LocalRun) -> None:
    before = (local.folder / "sharpened_map.ccp4").read_bytes()
    run([*local.words, "read_sharpened_maps=True"])
    assert (local.folder / "sharpened_map.ccp4").read_bytes() == before


def test_trial_maps_of_another_run_are_refused(local: LocalRun) -> None:
    told = r"write_sharpened_maps|write the trial maps anew"
    with pytest.raises(MapSharpeningError, match=told):
        run([*local.words, "read_sharpened_maps=True", "search_b_min=-90"])


def test_one_trial_map_can_be_selected(local: LocalRun, tmp_path: Path) -> None:
    given = [word for word in local.words if not word.startswith("output_directory")]
    outcome = run([*given, f"output_directory={tmp_path}", "select_sharpened_map=2"])
    assert outcome.result.local is not None
    assert np.ptp(outcome.result.local.b_sharpen.values) == 0


def test_trial_map_that_does_not_exist_cannot_be_selected(local: LocalRun, tmp_path: Path) -> None:
    given = [word for word in local.words if not word.startswith("output_directory")]
    with pytest.raises(ParameterError, match="select_sharpened_map is 99"):
        run([*given, f"output_directory={tmp_path}", "select_sharpened_map=99"])


def test_main_scope_switches_local_sharpening_on_too(full_file: Path) -> None:
    plan = plan_run([f"full_map={full_file}", "resolution=4", "local_sharpen=True"])
    assert plan.options.local.local_sharpening is True  # type: ignore[union-attr]


def test_trial_maps_are_either_written_or_read(full_file: Path) -> None:
    given = [f"full_map={full_file}", "resolution=4", "local_sharpening=True"]
    with pytest.raises(ParameterError, match="both True"):
        plan_run([*given, "write_sharpened_maps=True", "read_sharpened_maps=True"])


def test_scale_without_a_b_factor_is_the_same_everywhere(full_file: Path, tmp_path: Path) -> None:
    given = [f"full_map={full_file}", f"resolution={RESOLUTION}", "local_sharpening=True"]
    outcome = run([*given, *words(tmp_path, "resolution_dependent_b=0.1 0.1 -0.5")])
    assert outcome.result.local is None
    assert any("local_sharpening needs b_iso" in text for text in outcome.result.warnings)


# Parameters

#: Read by the run itself, or told by what it reads.
HANDLED_BY_THE_RUN = {
    "b_factor_sharpening.map_modification.is_crystal",
    "b_factor_sharpening.map_modification.read_sharpened_maps",
    "b_factor_sharpening.map_modification.scale_max",
    "b_factor_sharpening.map_modification.write_sharpened_maps",
    "b_factor_sharpening_crystal_info.is_crystal",
    "b_factor_sharpening_crystal_info.resolution",
}
OPTIONS = [of_option for _, of_option in all_options(BFactorOptions)]


@pytest.mark.parametrize(
    "path",
    [
        path
        for path, use in uses().items()
        if path.startswith(
            ("b_factor_sharpening.map_modification.", "b_factor_sharpening_crystal_info.")
        )
        and use.is_built
        and not use.is_ignored
        and path not in HANDLED_BY_THE_RUN
    ],
)
def test_every_parameter_of_the_method_reaches_it(path: str) -> None:
    reached = {of_option.metadata.get("parameter") or of_option.name for of_option in OPTIONS}
    assert reached & {path, path.rpartition(".")[2]}


def test_options_named_by_a_parameter_of_another_name_have_one() -> None:
    named = [of_option.metadata.get("parameter") for of_option in OPTIONS]
    assert all(path in uses() for path in named if path)


def test_a_run_without_parameters_has_the_defaults_of_the_method(full_file: Path) -> None:
    plan = plan_run([f"full_map={full_file}", "resolution=4", "nproc=1"])
    assert isinstance(plan, BFactorPlan)
    assert plan.options == BFactorOptions.from_keywords(
        resolution=4.0, methods=plan.options.methods, threads=1
    )


def test_half_map_that_was_found_by_name_is_among_the_used_parameters(
    half_files: tuple[Path, Path],
) -> None:
    given = [f"half_map={half_files[0]}", f"resolution={RESOLUTION}"]
    plan = plan_run([*given, "sharpening_method=b-factor"])
    assert plan.params.input_files.map_model.half_map == tuple(map(str, half_files))
