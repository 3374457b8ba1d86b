"""A whole run on small simulated half maps: what it writes, and where that lies."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gemmi
import mrcfile
import numpy as np
import numpy.typing as npt
import pytest
import starfile
from half_map_files import RESOLUTION, VOXEL_SIZE, write_mrc

from map_sharpening.errors import MapValueError, OutputError, ParameterError
from map_sharpening.io.recognise import read_parameter_file
from map_sharpening.maps.map_data import MapData
from map_sharpening.parameters.reading import read_words
from map_sharpening.progress import JsonLinesProgress
from map_sharpening.run import RunOutcome, plan_run, run
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import SimulatedHalfMaps, simulate_half_maps

HALF_LABEL = "SHARPENED HALF MAP - NOT FOR DEPOSITION"
MAPS = (
    "sharpened_map.ccp4",
    "sharpened_map_1.ccp4",
    "sharpened_map_2.ccp4",
    "local_resolution_map.ccp4",
    "mask.ccp4",
)
ALL_OUTPUTS = {
    *MAPS,
    "sharpened_map_coeffs.mtz",
    "postprocess.star",
    "fsc.xml",
    "fsc.csv",
    "report.html",
    "open_in_chimerax.cxc",
    "open_in_coot.py",
    "open_in_pymol.pml",
    "used_parameters.eff",
    "results.json",
    "log.txt",
}
SAME_ON_REPETITION = sorted(
    {*MAPS, "sharpened_map_coeffs.mtz", "fsc.xml", "fsc.csv", "postprocess.star"}
)

FloatMap = npt.NDArray[np.float32]


def words(halves: Sequence[Path], folder: Path, *more: str) -> list[str]:
    return [
        *(f"half_map={path}" for path in halves),
        f"resolution={RESOLUTION}",
        f"output_directory={folder}",
        "report=False",
        *more,
    ]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def values_of(path: Path) -> FloatMap:
    with mrcfile.open(path) as opened:
        values: FloatMap = np.array(opened.data)
    return values


def labels_of(path: Path) -> list[str]:
    with mrcfile.open(path, header_only=True) as opened:
        return [str(label).strip() for label in opened.get_labels()]


def correlation(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    return float(np.corrcoef(np.ravel(one), np.ravel(other))[0, 1])


def is_valid_map(path: Path) -> bool:
    said = io.StringIO()
    is_valid = mrcfile.validate(path, print_file=said)
    assert is_valid, said.getvalue()
    return bool(is_valid)


@dataclass(frozen=True)
class Finished:
    """A run with everything switched on."""

    folder: Path
    outcome: RunOutcome


@pytest.fixture(scope="module")
def finished(half_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished") / "out"
    return Finished(folder, run([*words(half_files, folder), "report=True"], date="2020-01-01"))


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
    mask = values_of(finished.folder / "mask.ccp4")
    assert (mask.min(), mask.max()) == (0.0, pytest.approx(1.0, abs=1e-3))


def test_coefficients_give_the_sharpened_map_back(finished: Finished) -> None:
    sharpened = values_of(finished.folder / "sharpened_map.ccp4")
    back = map_of_coefficients(finished.folder / "sharpened_map_coeffs.mtz", sharpened.shape)
    np.testing.assert_allclose(back, sharpened, atol=2e-4)


def map_of_coefficients(path: Path, shape: tuple[int, ...]) -> FloatMap:
    mtz = gemmi.read_mtz_file(str(path))
    # not half_l: with it gemmi takes only even sides
    grid = mtz.get_f_phi_on_grid("FWT", "PHWT", list(reversed(shape)), half_l=False)
    back: FloatMap = np.array(gemmi.transform_f_phi_grid_to_map(grid).array).T
    return back


def test_star_file_is_read_by_starfile(finished: Finished) -> None:
    blocks = starfile.read(finished.folder / "postprocess.star")
    assert set(blocks) == {"general", "fsc", "guinier"}


def test_star_file_names_existing_files(finished: Finished) -> None:
    general = starfile.read(finished.folder / "postprocess.star")["general"]
    keys = ("UnfilteredMapHalf1", "UnfilteredMapHalf2", "PostprocessedMap", "MaskName")
    assert all(Path(general[f"rln{key}"]).is_file() for key in keys)


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
    assert [link for link in links if not link.startswith(("data:", "#"))] == []
    assert not re.search(r"@import|url\((?!['\"]?(?:data:|#))", text)


def test_report_tells_the_date_that_was_given(finished: Finished) -> None:
    assert "2020-01-01" in (finished.folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["open_in_chimerax.cxc", "open_in_coot.py", "open_in_pymol.pml"])
def test_script_names_only_existing_files(finished: Finished, name: str) -> None:
    text = (finished.folder / name).read_text(encoding="utf-8")
    named = [Path(path) for path in re.findall(r"""["'](/[^"']*)["']""", text)]
    assert len(named) == 3
    assert all(path.is_file() for path in named)


def test_coot_script_is_python(finished: Finished) -> None:
    compile((finished.folder / "open_in_coot.py").read_text(encoding="utf-8"), "coot", "exec")


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
    assert "map_is_sharpened" not in labels_of(finished.folder / "mask.ccp4")


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


# Position

Header = dict[str, Any]

PLACED: dict[str, Header] = {
    "nstart": {"start": (-28, 5, 12)},
    "origin": {"origin": (12.5, -30.25, 101.0)},
    "nstart_and_origin": {"start": (-28, 5, 12), "origin": (12.5, -30.25, 101.0)},
    "axes_3_2_1_gz": {"axes": (3, 2, 1), "start": (4, -5, 6), "suffix": ".map.gz"},
    "axes_2_3_1": {"axes": (2, 3, 1), "start": (4, -5, 6)},
    "big_endian": {"byte_order": ">", "start": (7, 8, 9)},
    "relion": {"space_group": 0, "version": 0},
    "sub_map": {"sampling": (100, 90, 80), "start": (10, 20, 30)},
    "labels": {"labels": ("first of the microscope", "second line")},
}


@dataclass(frozen=True)
class Placed:
    given: Path
    header: Header
    folder: Path
    values: tuple[FloatMap, FloatMap]

    def expected(self, key: str, standard: Sequence[float]) -> list[float]:
        return [float(value) for value in self.header.get(key, standard)]


def run_placed(folder: Path, halves: tuple[MapData, MapData], header: Header) -> Placed:
    rest = {key: value for key, value in header.items() if key != "suffix"}
    suffix = header.get("suffix", ".mrc")
    given = [
        write_mrc(folder / f"map_half{number}{suffix}", half.values, half.voxel_size, **rest)
        for number, half in enumerate(halves, start=1)
    ]
    run(words(given, folder / "out"))
    return Placed(given[0], rest, folder / "out", (halves[0].values, halves[1].values))


@pytest.fixture(scope="module")
def odd_halves() -> SimulatedHalfMaps:
    """Sides that are different primes, and a spacing for each axis."""
    return simulate_half_maps(demo_atoms(), (47, 53, 59), (1.5, 1.6, 1.7), RESOLUTION, seed=3)


@pytest.fixture(scope="module", params=[*PLACED, "odd_non_cubic"])
def placed(
    request: pytest.FixtureRequest,
    simulated: SimulatedHalfMaps,
    odd_halves: SimulatedHalfMaps,
    tmp_path_factory: pytest.TempPathFactory,
) -> Placed:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "odd_non_cubic":
        header = {"start": (3, -7, 11), "origin": (5.0, 6.0, 7.0)}
        return run_placed(folder, (odd_halves.half_1, odd_halves.half_2), header)
    return run_placed(folder, (simulated.half_1, simulated.half_2), PLACED[request.param])


def written_header(path: Path) -> np.recarray[Any, Any]:
    with mrcfile.open(path, header_only=True) as opened:
        header: np.recarray[Any, Any] = opened.header.copy()
    return header


def written_headers(placed: Placed) -> list[np.recarray[Any, Any]]:
    return [written_header(placed.folder / name) for name in MAPS]


def test_outputs_keep_nstart(placed: Placed) -> None:
    for header in written_headers(placed):
        found = [float(header[f"n{axis}start"]) for axis in "xyz"]
        assert found == placed.expected("start", (0, 0, 0))


def test_outputs_keep_the_origin(placed: Placed) -> None:
    for header in written_headers(placed):
        found = [float(header["origin"][axis]) for axis in "xyz"]
        assert found == placed.expected("origin", (0, 0, 0))


def test_outputs_keep_the_sampling_of_the_cell(placed: Placed) -> None:
    size = placed.values[0].shape[::-1]
    for header in written_headers(placed):
        found = [float(header[f"m{axis}"]) for axis in "xyz"]
        assert found == placed.expected("sampling", size)


def test_outputs_keep_the_cell(placed: Placed) -> None:
    with mrcfile.open(placed.given, header_only=True) as opened:
        cell = opened.header.cella.item()
    assert all(header.cella.item() == cell for header in written_headers(placed))


def test_outputs_are_volumes(placed: Placed) -> None:
    assert {int(header["ispg"]) for header in written_headers(placed)} == {1}


def test_outputs_have_axes_1_2_3(placed: Placed) -> None:
    orders = {
        tuple(int(header[f"map{axis}"]) for axis in "crs") for header in written_headers(placed)
    }
    assert orders == {(1, 2, 3)}


def test_outputs_keep_the_labels(placed: Placed) -> None:
    given = list(placed.header.get("labels", ()))
    for name in MAPS:
        assert labels_of(placed.folder / name)[: len(given)] == given


def test_outputs_pass_the_validator_wherever_they_lie(placed: Placed) -> None:
    assert all(is_valid_map(placed.folder / name) for name in MAPS)


def coot_place(path: Path) -> list[float]:
    """Where gemmi and Coot put the first grid point, as fractions of the cell: NSTART."""
    read = gemmi.read_ccp4_map(str(path))
    read.setup(float("nan"), gemmi.MapSetup.ReorderOnly)
    return [read.header_i32(5 + axis) / read.header_i32(8 + axis) for axis in range(3)]


def chimerax_place(path: Path) -> list[float]:
    """Where ChimeraX and Mol* put the first grid point, in Å: ORIGIN if set, else NSTART."""
    with mrcfile.open(path, header_only=True) as opened:
        header = opened.header.copy()
    origin = [float(header["origin"][axis]) for axis in "xyz"]
    if any(origin):
        return origin
    along = {
        int(header[f"map{c}"]): int(header[f"n{s}start"])
        for c, s in zip("crs", "xyz", strict=True)
    }
    return [
        along[number] * float(header["cella"][axis]) / int(header[f"m{axis}"])
        for number, axis in enumerate("xyz", start=1)
    ]


@pytest.mark.parametrize("place_in", [coot_place, chimerax_place])
def test_viewers_place_input_and_output_alike(
    placed: Placed, place_in: Callable[[Path], list[float]]
) -> None:
    assert place_in(placed.folder / "sharpened_map.ccp4") == place_in(placed.given)


def test_place_and_layout_of_the_file_do_not_change_the_density(
    placed: Placed, finished: Finished, simulated: SimulatedHalfMaps
) -> None:
    sharpened = values_of(placed.folder / "sharpened_map.ccp4")
    if sharpened.shape == simulated.truth.values.shape:
        expected = values_of(finished.folder / "sharpened_map.ccp4")
        np.testing.assert_array_equal(sharpened, expected)
    else:
        assert correlation(sharpened, placed.values[0] + placed.values[1]) > 0.6


def test_coefficients_start_at_the_first_grid_point(placed: Placed) -> None:
    sharpened = values_of(placed.folder / "sharpened_map.ccp4")
    back = map_of_coefficients(placed.folder / "sharpened_map_coeffs.mtz", sharpened.shape)
    assert correlation(back, sharpened) > 0.9999


def test_coefficients_have_the_cell_of_the_box(placed: Placed) -> None:
    cell = gemmi.read_mtz_file(str(placed.folder / "sharpened_map_coeffs.mtz")).cell
    with mrcfile.open(placed.given, header_only=True) as opened:
        voxel = opened.voxel_size.item()
    size = placed.values[0].shape[::-1]
    edges = [step * count for step, count in zip(voxel, size, strict=True)]
    assert [cell.a, cell.b, cell.c] == pytest.approx(edges, rel=1e-5)


def test_log_tells_that_coefficients_are_moved(placed: Placed) -> None:
    is_moved = any(placed.header.get("start", ())) or any(placed.header.get("origin", ()))
    log = (placed.folder / "log.txt").read_text(encoding="utf-8")
    assert ("first grid point at 0 0 0" in log) == is_moved


# Choices


def test_without_sharpen_all_maps_no_half_map_is_written(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    run(words(half_files, tmp_path, "sharpen_all_maps=False"))
    assert names(tmp_path) == ALL_OUTPUTS - {*MAPS[1:3], "report.html"}


def test_sharpened_map_is_the_same_without_half_maps(
    half_files: tuple[Path, Path], finished: Finished, tmp_path: Path
) -> None:
    run(words(half_files, tmp_path, "sharpen_all_maps=False"))
    np.testing.assert_array_equal(
        values_of(tmp_path / MAPS[0]), values_of(finished.folder / MAPS[0])
    )


def test_full_map_is_what_is_sharpened(
    half_files: tuple[Path, Path], simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    full = write_mrc(tmp_path / "full.mrc", simulated.noise_free.values)
    run(words(half_files, tmp_path, f"full_map={full}"))
    sharpened = values_of(tmp_path / "sharpened_map.ccp4")
    near, truth = simulated.near_atoms, simulated.truth.values
    assert correlation(sharpened[near], truth[near]) > 0.9
    halves = values_of(tmp_path / MAPS[1]) + values_of(tmp_path / MAPS[2])
    assert correlation(sharpened, halves) < 0.95


def test_full_map_equal_to_the_mean_changes_nothing(
    half_files: tuple[Path, Path],
    simulated: SimulatedHalfMaps,
    finished: Finished,
    tmp_path: Path,
) -> None:
    full = write_mrc(tmp_path / "full.mrc", simulated.mean.values)
    run(words(half_files, tmp_path, f"full_map={full}"))
    np.testing.assert_allclose(
        values_of(tmp_path / MAPS[0]), values_of(finished.folder / MAPS[0]), atol=1e-4
    )


def test_mask_given_is_written_as_the_mask_used(
    half_files: tuple[Path, Path], finished: Finished, tmp_path: Path
) -> None:
    mask = finished.folder / "mask.ccp4"
    run(words(half_files, tmp_path, f"mask={mask}"))
    assert names(tmp_path) == ALL_OUTPUTS - {"report.html"}
    np.testing.assert_array_equal(values_of(tmp_path / "mask.ccp4"), values_of(mask))


def test_mask_given_is_named_in_the_star_file(
    half_files: tuple[Path, Path], finished: Finished, tmp_path: Path
) -> None:
    mask = finished.folder / "mask.ccp4"
    run(words(half_files, tmp_path, f"mask={mask}"))
    assert starfile.read(tmp_path / "postprocess.star")["general"]["rlnMaskName"] == str(mask)


def test_mask_of_a_run_is_taken_by_the_next_in_the_same_folder(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    run(words(half_files, tmp_path))
    before = (tmp_path / "mask.ccp4").read_bytes()
    run(words(half_files, tmp_path, f"mask={tmp_path / 'mask.ccp4'}"))
    assert (tmp_path / "mask.ccp4").read_bytes() == before


def test_giving_back_the_automatic_mask_gives_the_same_map(
    half_files: tuple[Path, Path], finished: Finished, tmp_path: Path
) -> None:
    run(words(half_files, tmp_path, f"mask={finished.folder / 'mask.ccp4'}"))
    np.testing.assert_allclose(
        values_of(tmp_path / MAPS[0]), values_of(finished.folder / MAPS[0]), atol=1e-4
    )


def test_whole_box_writes_no_mask(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    run(words(half_files, tmp_path, "mask=False"))
    assert not (tmp_path / "mask.ccp4").exists()


def test_outputs_have_the_names_given(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "coefficients.mtz"
    run(
        words(
            half_files,
            tmp_path / "out",
            "sharpened_map_file=best.mrc",
            "sharpened_map_file_1=one.mrc",
            "sharpened_map_file_2=two.mrc",
            f"output.sharpened_map_coeffs_file={elsewhere}",
            "local_resolution_map_file=local.mrc",
            "mask_file=region.mrc",
        )
    )
    new = {"best.mrc", "one.mrc", "two.mrc", "local.mrc", "region.mrc"}
    expected = ALL_OUTPUTS - {*MAPS, "sharpened_map_coeffs.mtz", "report.html"} | new
    assert names(tmp_path / "out") == expected
    assert elsewhere.is_file()


def test_outputs_go_to_the_working_folder_by_default(
    half_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run([*(f"half_map={path}" for path in half_files), "resolution=4", "report=False"])
    assert names(tmp_path) == ALL_OUTPUTS - {"report.html"}


def test_output_may_not_have_the_name_of_the_log(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match=r"two outputs would be written to .*log\.txt"):
        run(words(half_files, tmp_path, "mask_file=log.txt"))


def test_without_report_none_is_written(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    run(words(half_files, tmp_path))
    assert names(tmp_path) == ALL_OUTPUTS - {"report.html"}


def test_output_scale_factor_is_the_standard_deviation(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    run(words(half_files, tmp_path, "output_scale_factor=0.25"))
    values = values_of(tmp_path / "sharpened_map.ccp4")
    assert (values.mean(), values.std()) == pytest.approx((0.0, 0.25), abs=1e-4)


def test_voxel_size_given_is_the_one_written(simulated: SimulatedHalfMaps, tmp_path: Path) -> None:
    halves = [
        write_mrc(tmp_path / f"half{number}.mrc", half.values, (0.0, 0.0, 0.0))
        for number, half in enumerate((simulated.half_1, simulated.half_2), start=1)
    ]
    run(words(halves, tmp_path / "out", f"voxel_size={VOXEL_SIZE[0]}"))
    with mrcfile.open(tmp_path / "out" / "sharpened_map.ccp4", header_only=True) as opened:
        assert opened.voxel_size.item() == pytest.approx(VOXEL_SIZE)


# Ways of calling


def test_parameters_may_be_a_mapping(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    outcome = run(
        {
            "half_map": list(half_files),
            "resolution": RESOLUTION,
            "output_directory": tmp_path,
            "mask": False,
            "report": False,
            "voxel_size": VOXEL_SIZE,
        }
    )
    assert outcome.result.mask is None
    assert (tmp_path / "sharpened_map.ccp4").is_file()


@pytest.mark.parametrize("name", ["with blank", "a;b#c", "quo'te", 'quo"te', "$x{1}", "ünï"])
def test_mapping_takes_any_file_name(
    simulated: SimulatedHalfMaps, tmp_path: Path, name: str
) -> None:
    halves = [
        str(write_mrc(tmp_path / f"{name} half{number}.mrc", half.values))
        for number, half in enumerate((simulated.half_1, simulated.half_2), start=1)
    ]
    plan = plan_run({"half_map": halves, "resolution": RESOLUTION})
    assert [str(path) for path in plan.half_files] == halves


def test_parameters_may_be_merged_ones(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    outcome = run(read_words(words(half_files, tmp_path)))
    assert outcome.result.resolution == RESOLUTION


def test_a_mapping_and_words_give_the_same_map(
    half_files: tuple[Path, Path], finished: Finished, tmp_path: Path
) -> None:
    run(
        {
            "half_map": [str(path) for path in half_files],
            "resolution": RESOLUTION,
            "output_directory": str(tmp_path),
            "report": False,
        }
    )
    assert (tmp_path / MAPS[0]).read_bytes() == (finished.folder / MAPS[0]).read_bytes()


def test_partner_is_found_by_its_name(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    plan = plan_run(words(half_files[:1], tmp_path))
    assert plan.half_files == half_files
    assert any(f"{half_files[1]} was taken as the partner" in note for note in plan.notes)
    written = plan.fetched.extract().input_files.map_model.half_map
    assert written == tuple(map(str, half_files))


def test_progress_ends_with_everything_written(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    stream = io.StringIO()
    run(words(half_files, tmp_path), progress=JsonLinesProgress(stream))
    last = stream.getvalue().splitlines()[-1]
    assert re.search(r'"stage":"write","done":(\d+),"total":\1,', last)


def test_planning_writes_nothing(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    plan_run(words(half_files, tmp_path / "out"))
    assert names(tmp_path) == set()


def test_failure_while_writing_leaves_nothing(
    half_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> str:
        raise OutputError("the last file can't be written")

    monkeypatch.setattr("map_sharpening.io.curves.fsc_csv", fail)
    with pytest.raises(OutputError, match="the last file"):
        run(words(half_files, tmp_path / "out"))
    assert names(tmp_path) == set()


def test_failure_while_writing_keeps_the_files_of_before(
    half_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(words(half_files, tmp_path))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr("map_sharpening.io.curves.fsc_csv", lambda result: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(words(half_files, tmp_path, "n_bins=20"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# Odd but valid, or at least understood


def run_arrays(
    folder: Path, one: npt.ArrayLike, other: npt.ArrayLike, step: float, *more: str
) -> RunOutcome:
    halves = [
        write_mrc(folder / f"half{number}.mrc", np.asarray(half, np.float32), (step,) * 3)
        for number, half in enumerate((one, other), start=1)
    ]
    return run([*words(halves, folder / "out"), *more])


def is_sound(outcome: RunOutcome) -> bool:
    values = outcome.result.sharpened.values
    return bool(np.isfinite(values).all()) and float(values.std()) == pytest.approx(1, abs=1e-3)


def noise(side: int, seed: int) -> FloatMap:
    made: FloatMap = np.random.default_rng(seed).normal(size=(side,) * 3).astype(np.float32)
    return made


@pytest.mark.parametrize("side", [24, 40])
def test_pure_noise_is_told_to_hold_no_signal(tmp_path: Path, side: int) -> None:
    with pytest.raises(MapValueError, match="check that they are halves of one reconstruction"):
        run_arrays(tmp_path, noise(side, 1), noise(side, 2), 1.5)


def test_pure_noise_without_a_mask_draws_a_warning(tmp_path: Path) -> None:
    outcome = run_arrays(tmp_path, noise(40, 1), noise(40, 2), 1.5, "mask=False")
    assert is_sound(outcome)
    assert any("half maps agree to" in warning for warning in outcome.result.warnings)


def test_half_maps_filtered_together_are_told_so(
    simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    both = low_passed(simulated.half_1.values)
    with pytest.raises(MapValueError, match="not independent"):
        run_arrays(tmp_path, both, both + 1e-5 * low_passed(simulated.half_2.values), 1.5)


def low_passed(values: FloatMap) -> FloatMap:
    s = [np.fft.fftfreq(n, 1.5) for n in values.shape]
    s_squared = s[0][:, None, None] ** 2 + s[1][:, None] ** 2 + s[2] ** 2
    filtered = np.fft.ifftn(np.fft.fftn(values) * np.exp(-200 * s_squared)).real
    made: FloatMap = filtered.astype(np.float32)
    return made


@pytest.fixture
def zero_outside(simulated: SimulatedHalfMaps, tmp_path: Path) -> RunOutcome:
    near = simulated.near_atoms
    return run_arrays(
        tmp_path, simulated.half_1.values * near, simulated.half_2.values * near, 1.5
    )


def test_maps_masked_with_zeros_outside_are_sharpened(zero_outside: RunOutcome) -> None:
    assert is_sound(zero_outside)


def test_contour_level_of_maps_with_zeros_outside_is_above_them(
    zero_outside: RunOutcome,
) -> None:
    assert zero_outside.result.contour_level >= 0.5


def test_box_of_prime_sides_is_sharpened(odd_halves: SimulatedHalfMaps, tmp_path: Path) -> None:
    halves = (odd_halves.half_1, odd_halves.half_2)
    placed = run_placed(tmp_path, halves, {})
    sharpened = values_of(placed.folder / "sharpened_map.ccp4")
    near, truth = odd_halves.near_atoms, odd_halves.truth.values
    before = correlation(odd_halves.mean.values[near], truth[near])
    assert correlation(sharpened[near], truth[near]) > before


def test_tiny_map_is_sharpened(simulated: SimulatedHalfMaps, tmp_path: Path) -> None:
    middle = (slice(20, 36),) * 3
    outcome = run_arrays(
        tmp_path, simulated.half_1.values[middle], simulated.half_2.values[middle], 1.5
    )
    assert is_sound(outcome)


@pytest.mark.parametrize("resolution", [10.5, 40.0, 1e4])
def test_resolution_must_be_finer_than_a_quarter_of_the_box(
    simulated: SimulatedHalfMaps, tmp_path: Path, resolution: float
) -> None:
    quarter = (slice(8, 36),) * 3
    with pytest.raises(ParameterError, match=r"coarser than the 10\.5 Å|quarter of its"):
        run_arrays(
            tmp_path,
            simulated.half_1.values[quarter],
            simulated.half_2.values[quarter],
            1.5,
            f"resolution={resolution + 0.01}",
        )


def test_coarse_map_of_a_large_particle_is_sharpened(
    simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    outcome = run_arrays(
        tmp_path, simulated.half_1.values, simulated.half_2.values, 5.0, "resolution=20"
    )
    assert is_sound(outcome)
    assert outcome.result.guinier.d_low == pytest.approx(50.0)


def test_guinier_fit_starts_at_10_angstrom_at_usual_resolutions(finished: Finished) -> None:
    assert finished.outcome.result.guinier.d_low == pytest.approx(10.0)


def test_guinier_range_given_must_be_coarser_than_the_resolution(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match="guinier_d_low is 3"):
        run(words(half_files, tmp_path, "guinier_d_low=3"))


@pytest.mark.parametrize(
    "word",
    [
        "n_bins=4",
        "n_bins=5000",
        "randomise_phases_beyond=0.5",
        "randomise_phases_beyond=1000",
        "guinier_d_low=1e9",
        "guinier_d_low=4.0001",
        "output_scale_factor=1e-6",
        "output_scale_factor=1e12",
        "ideal_curve=nucleic_acid",
        "ideal_curve=beta_galactosidase",
        "anisotropic_sharpen=False",
        "nproc=64",
    ],
)
def test_unusual_values_give_finite_maps(
    half_files: tuple[Path, Path], tmp_path: Path, word: str
) -> None:
    run(words(half_files, tmp_path, word, f"report={'n_bins' in word}"))
    assert all(is_valid_map(tmp_path / name) for name in MAPS)


def test_scale_factor_beyond_32_bit_numbers_is_refused(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match=r"output_scale_factor is 1e\+39"):
        run(words(half_files, tmp_path, "output_scale_factor=1e39"))


@pytest.mark.parametrize(("factor", "shift"), [(1e12, 0.0), (1e-12, 0.0), (1.0, 8.0)])
def test_scale_and_zero_of_the_input_do_not_matter(
    simulated: SimulatedHalfMaps,
    finished: Finished,
    tmp_path: Path,
    factor: float,
    shift: float,
) -> None:
    outcome = run_arrays(
        tmp_path,
        factor * (simulated.half_1.values + np.float32(shift)),
        factor * (simulated.half_2.values + np.float32(shift)),
        1.5,
    )
    expected = values_of(finished.folder / "sharpened_map.ccp4")
    np.testing.assert_allclose(outcome.result.sharpened.values, expected, atol=2e-3)
