"""How a run of half-map sharpening is started, and what can be chosen."""

from __future__ import annotations

import io
import re
from pathlib import Path

import mrcfile
import numpy as np
import pytest
import starfile
from half_map_files import RESOLUTION, VOXEL_SIZE, write_mrc
from half_map_run import ALL_OUTPUTS, MAPS, Finished, correlation, words
from written import names, values_of

from map_sharpening.errors import OutputError, ParameterError
from map_sharpening.parameters.reading import read_words
from map_sharpening.progress import JsonLinesProgress
from map_sharpening.run import plan_run, run
from map_sharpening.simulation.simulate import SimulatedHalfMaps

# Choices


def test_without_sharpen_all_maps_no_half_map_is_written(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    run(words(half_files, tmp_path, "sharpen_all_maps=False"))
    assert names(tmp_path) == ALL_OUTPUTS - {*MAPS[1:3], "report.html"}


@pytest.mark.slow
def test_sharpened_map_is_the_same_without_half_maps(
    half_files: tuple[Path, Path], finished: Finished, tmp_path: Path
) -> None:
    run(words(half_files, tmp_path, "sharpen_all_maps=False"))
    np.testing.assert_array_equal(
        values_of(tmp_path / MAPS[0]), values_of(finished.folder / MAPS[0])
    )


@pytest.mark.slow
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


@pytest.mark.slow
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
    mask = finished.folder / "mask.mrc"
    run(words(half_files, tmp_path, f"mask={mask}"))
    assert names(tmp_path) == ALL_OUTPUTS - {"report.html"}
    np.testing.assert_array_equal(values_of(tmp_path / "mask.mrc"), values_of(mask))


@pytest.mark.slow
def test_the_mask_that_is_written_is_named_in_the_star_file(
    half_files: tuple[Path, Path], finished: Finished, tmp_path: Path
) -> None:
    mask = finished.folder / "mask.mrc"
    run(words(half_files, tmp_path, f"mask={mask}"))
    assert starfile.read(tmp_path / "postprocess.star")["general"]["rlnMaskName"] == "mask.mrc"


@pytest.mark.slow
def test_mask_of_a_run_is_taken_by_the_next_in_the_same_folder(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    run(words(half_files, tmp_path))
    before = (tmp_path / "mask.mrc").read_bytes()
    run(words(half_files, tmp_path, f"mask={tmp_path / 'mask.mrc'}"))
    assert (tmp_path / "mask.mrc").read_bytes() == before


@pytest.mark.slow
def test_giving_back_the_automatic_mask_gives_the_same_map(
    half_files: tuple[Path, Path], finished: Finished, tmp_path: Path
) -> None:
    run(words(half_files, tmp_path, f"mask={finished.folder / 'mask.mrc'}"))
    np.testing.assert_allclose(
        values_of(tmp_path / MAPS[0]), values_of(finished.folder / MAPS[0]), atol=1e-4
    )


@pytest.mark.slow
def test_whole_box_writes_no_mask(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    run(words(half_files, tmp_path, "mask=False"))
    assert not (tmp_path / "mask.mrc").exists()


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


@pytest.mark.slow
def test_without_report_none_is_written(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    run(words(half_files, tmp_path))
    assert names(tmp_path) == ALL_OUTPUTS - {"report.html"}


@pytest.mark.slow
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


@pytest.mark.parametrize(
    "chosen", [(), ("no_sharpening",), ("no_sharpening", "b_iso", "resolution_dependent")]
)
def test_a_mapping_takes_any_number_of_choices(
    half_files: tuple[Path, Path], chosen: tuple[str, ...]
) -> None:
    name = "b_factor_sharpening.map_modification.auto_sharpen_methods"
    for key in (name, "auto_sharpen_methods"):
        plan = plan_run({"full_map": half_files[0], "resolution": RESOLUTION, key: chosen})
        assert plan.params[name] == (chosen or ("no_sharpening",))


def test_a_mapping_with_a_name_that_is_none_is_refused(half_files: tuple[Path, Path]) -> None:
    with pytest.raises(ParameterError, match="no_such"):
        plan_run({"half_map": list(half_files), "no_such": ("a", "b")})


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


@pytest.mark.slow
def test_parameters_may_be_merged_ones(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    outcome = run(read_words(words(half_files, tmp_path)))
    assert outcome.result.resolution == RESOLUTION


@pytest.mark.slow
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

    monkeypatch.setattr("map_sharpening.io.curves.shells_csv", fail)
    with pytest.raises(OutputError, match="the last file"):
        run(words(half_files, tmp_path / "out"))
    assert names(tmp_path) == set()


@pytest.mark.slow
def test_failure_while_writing_keeps_the_files_of_before(
    half_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(words(half_files, tmp_path))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr("map_sharpening.io.curves.shells_csv", lambda result: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(words(half_files, tmp_path, "n_bins=20"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
