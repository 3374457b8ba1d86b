"""A whole B-factor run on a small simulated map: what it writes, and where that lies."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import gemmi
import mrcfile
import numpy as np
import pytest
from b_factor_run import Finished, words
from half_map_files import RESOLUTION, VOXEL_SIZE, write_mrc
from written import OF_EVERY_RUN, labels_of, names, values_of

from map_sharpening.io.recognise import read_parameter_file
from map_sharpening.maps.map_data import MapData
from map_sharpening.parameters.reading import read_words
from map_sharpening.run import run

ALL_OUTPUTS = {*OF_EVERY_RUN, "scores.csv"}


def header_of(path: Path) -> tuple[tuple[int, ...], tuple[float, ...], tuple[int, ...], float]:
    with mrcfile.open(path, header_only=True) as opened:
        h = opened.header
        return (
            tuple(int(h[f"n{axis}start"]) for axis in "xyz"),
            tuple(float(h.origin[axis]) for axis in "xyz"),
            tuple(int(h[f"m{axis}"]) for axis in "xyz"),
            float(h.cella.x),
        )


@pytest.fixture(scope="module")
def finished(full_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished") / "out"
    given = [f"full_map={full_file}", f"resolution={RESOLUTION}", "output.report=True"]
    quick = [word for word in words(folder) if word != "report=False"]
    return Finished(folder, run([*given, *quick], date="2020-01-01"))


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
