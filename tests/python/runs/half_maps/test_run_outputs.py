"""What a run on half maps writes: files, their labels, the same bytes again."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import gemmi
import numpy as np
import pytest
import starfile
from half_map_files import RESOLUTION
from half_map_run import (
    ALL_OUTPUTS,
    HALF_LABEL,
    MAPS,
    Finished,
    correlation,
    is_valid_map,
    map_of_coefficients,
    words,
)
from written import labels_of, names, values_of

from map_sharpening.io.maps import read_map
from map_sharpening.io.recognise import read_parameter_file
from map_sharpening.parameters.reading import read_words
from map_sharpening.run import plan_run, run
from map_sharpening.simulation.simulate import SimulatedHalfMaps

SAME_ON_REPETITION = sorted(
    {*MAPS, "sharpened_map_coeffs.mtz", "fsc.xml", "fsc.csv", "postprocess.star"}
)


# What is written


def test_all_outputs_are_written_and_nothing_else(finished: Finished) -> None:
    assert names(finished.folder) == ALL_OUTPUTS


def test_outcome_names_the_files_written(finished: Finished) -> None:
    assert {path.name for path in finished.outcome.files} == ALL_OUTPUTS


@pytest.mark.parametrize("name", MAPS)
def test_map_passes_the_validator(finished: Finished, name: str) -> None:
    assert is_valid_map(finished.folder / name)


@pytest.mark.parametrize("name", MAPS)
def test_gemmi_reads_the_map(finished: Finished, name: str) -> None:
    read = gemmi.read_ccp4_map(str(finished.folder / name), setup=True)
    np.testing.assert_array_equal(read.grid.array.T, values_of(finished.folder / name))


def test_sharpened_map_is_the_one_in_the_outcome(finished: Finished) -> None:
    written = values_of(finished.folder / "sharpened_map.ccp4")
    np.testing.assert_array_equal(written, finished.outcome.result.sharpened.values)


def test_sharpened_map_is_their_mean_when_there_is_no_full_map(finished: Finished) -> None:
    mean = 0.5 * (
        values_of(finished.folder / "sharpened_map_1.ccp4")
        + values_of(finished.folder / "sharpened_map_2.ccp4")
    )
    np.testing.assert_allclose(mean, values_of(finished.folder / "sharpened_map.ccp4"), atol=1e-4)


def test_sharpened_map_is_nearer_to_the_truth_than_the_mean_of_the_halves(
    finished: Finished, simulated: SimulatedHalfMaps
) -> None:
    near, truth = simulated.near_atoms, simulated.truth.values
    sharpened = values_of(finished.folder / "sharpened_map.ccp4")
    before = correlation(simulated.mean.values[near], truth[near])
    assert correlation(sharpened[near], truth[near]) > before + 0.03


def test_mask_has_values_from_0_to_1(finished: Finished) -> None:
    mask = values_of(finished.folder / "mask.mrc")
    assert (mask.min(), mask.max()) == (0.0, pytest.approx(1.0, abs=1e-3))


def test_coefficients_give_the_sharpened_map_back(finished: Finished) -> None:
    sharpened = values_of(finished.folder / "sharpened_map.ccp4")
    back = map_of_coefficients(finished.folder / "sharpened_map_coeffs.mtz", sharpened.shape)
    np.testing.assert_allclose(back, sharpened, atol=2e-4)


def test_star_file_is_read_by_starfile(finished: Finished) -> None:
    blocks = starfile.read(finished.folder / "postprocess.star")
    assert set(blocks) == {"general", "fsc", "guinier"}


def test_star_file_names_existing_files(finished: Finished) -> None:
    general = starfile.read(finished.folder / "postprocess.star")["general"]
    keys = ("UnfilteredMapHalf1", "UnfilteredMapHalf2", "PostprocessedMap", "MaskName")
    paths = [Path(general[f"rln{key}"]) for key in keys]
    assert all((finished.folder / path).is_file() and not path.is_absolute() for path in paths)


def test_fsc_xml_has_a_point_for_each_shell(finished: Finished) -> None:
    root = ElementTree.parse(finished.folder / "fsc.xml").getroot()
    assert len(root.findall("coordinate")) == finished.outcome.result.shells.s.size


def test_fsc_csv_has_the_columns_of_the_shell_table(finished: Finished) -> None:
    with (finished.folder / "fsc.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0][:4] == ["s", "d", "n_terms", "fsc_unmasked"]
    assert len(rows) == 1 + finished.outcome.result.shells.s.size
    assert {len(row) for row in rows} == {len(rows[0])}


def test_report_loads_nothing_from_elsewhere(finished: Finished) -> None:
    text = (finished.folder / "report.html").read_text(encoding="utf-8")
    links = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)""", text)
    assert [link for link in links if not link.startswith(("data:", "#", "./"))] == []
    assert not re.search(r"@import|url\((?!['\"]?(?:data:|#))", text)


def test_report_tells_the_date_that_was_given(finished: Finished) -> None:
    assert "2020-01-01" in (finished.folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["open_in_chimerax.cxc", "open_in_coot.py", "open_in_pymol.pml"])
def test_script_names_only_existing_files(finished: Finished, name: str) -> None:
    text = (finished.folder / name).read_text(encoding="utf-8")
    named = re.findall(r"""["']([^"']+\.(?:mrc|map|ccp4))["']""", text)
    assert len(named) == 4
    # As seen from the script's folder, so that the folder can be moved.
    assert not any(Path(path).is_absolute() for path in named)
    assert all((finished.folder / path).is_file() for path in named)


def test_coot_script_is_python(finished: Finished) -> None:
    compile((finished.folder / "open_in_coot.py").read_text(encoding="utf-8"), "coot", "exec")


def test_coot_begins_at_the_middle_of_the_molecule(finished: Finished) -> None:
    text = (finished.folder / "open_in_coot.py").read_text(encoding="utf-8")
    (numbers,) = re.findall(r'"set_rotation_centre"\)\((.*)\)', text)
    shown, _ = read_map(finished.folder / "sharpened_map.ccp4")
    level = json.loads((finished.folder / "results.json").read_text())["result"]["contour_level"]
    points = np.argwhere(shown.values > level)[:, ::-1] * shown.voxel_size
    expected = points.mean(axis=0) + shown.position.start_in_angstrom
    assert [float(part) for part in numbers.split(",")] == pytest.approx(expected, abs=4)


def test_log_tells_the_input_files(finished: Finished, half_files: tuple[Path, Path]) -> None:
    log = (finished.folder / "log.txt").read_text(encoding="utf-8")
    assert all(str(path) in log for path in half_files)


def test_log_tells_the_files_written(finished: Finished) -> None:
    log = (finished.folder / "log.txt").read_text(encoding="utf-8")
    assert all(str(path) in log for path in finished.outcome.files)


def test_log_sums_up_the_time_once(finished: Finished) -> None:
    log = (finished.folder / "log.txt").read_text(encoding="utf-8")
    assert len(re.findall(r"^ +total ", log, re.MULTILINE)) == 1


def test_report_sums_up_the_time_once(finished: Finished) -> None:
    report = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert report.count(">total</th>") == 1


def test_inputs_are_left_as_they_were(
    half_files: tuple[Path, Path], finished: Finished, simulated: SimulatedHalfMaps
) -> None:
    np.testing.assert_array_equal(values_of(half_files[0]), simulated.half_1.values)
    assert names(half_files[0].parent) == {"half1.mrc", "half2.mrc"}


# Labels


@pytest.mark.parametrize("name", MAPS[:3])
def test_sharpened_maps_are_labelled_so(finished: Finished, name: str) -> None:
    assert "map_is_sharpened" in labels_of(finished.folder / name)


def test_mask_is_not_labelled_as_sharpened(finished: Finished) -> None:
    assert "map_is_sharpened" not in labels_of(finished.folder / "mask.mrc")


def test_only_sharpened_half_maps_are_labelled_not_for_deposition(finished: Finished) -> None:
    labelled = {name for name in MAPS if HALF_LABEL in labels_of(finished.folder / name)}
    assert labelled == {"sharpened_map_1.ccp4", "sharpened_map_2.ccp4"}


def test_label_says_that_the_map_does_not_wrap(finished: Finished) -> None:
    assert "no_wrapping_outside_cell" in labels_of(finished.folder / "sharpened_map.ccp4")


def test_label_says_that_the_map_wraps(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    run(words(half_files, tmp_path, "wrapping=True"))
    assert "wrapping_outside_cell" in labels_of(tmp_path / "sharpened_map.ccp4")


def test_own_output_as_an_input_draws_a_warning(finished: Finished, tmp_path: Path) -> None:
    halves = [finished.folder / f"sharpened_map_{number}.ccp4" for number in (1, 2)]
    warnings = plan_run(words(halves, tmp_path)).warnings
    assert any("map_is_sharpened" in warning for warning in warnings)


# Repetition


@pytest.fixture(scope="module")
def repeated(
    half_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Folders of a run and of its used_parameters.eff run again in another folder."""
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(first)
        run(
            [
                *(f"half_map={path}" for path in half_files),
                f"resolution={RESOLUTION}",
                "n_bins=30",
                "nproc=1",
                "report=False",
            ]
        )
        patch.chdir(second)
        run(read_words(files=[read_parameter_file(first / "used_parameters.eff")]))
    return first, second


@pytest.mark.parametrize("name", [*SAME_ON_REPETITION, "used_parameters.eff"])
def test_used_parameters_give_the_same_bytes_again(repeated: tuple[Path, Path], name: str) -> None:
    assert (repeated[0] / name).read_bytes() == (repeated[1] / name).read_bytes()


@pytest.fixture(scope="module")
def on_two_threads(
    half_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    first, second = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    for threads, folder in enumerate((first, second), start=1):
        run(words(half_files, folder, f"nproc={threads}"))
    return first, second


@pytest.mark.parametrize("name", [*MAPS, "sharpened_map_coeffs.mtz", "fsc.csv", "fsc.xml"])
def test_number_of_threads_does_not_change_the_bytes(
    on_two_threads: tuple[Path, Path], name: str
) -> None:
    assert (on_two_threads[0] / name).read_bytes() == (on_two_threads[1] / name).read_bytes()
