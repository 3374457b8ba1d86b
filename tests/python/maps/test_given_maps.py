"""Maps are arrays to NumPy, and paths and other libraries' maps are maps to the package."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import gemmi
import mrcfile
import numpy as np
import numpy.typing as npt
import pytest
from blob_maps import RESOLUTION, STEP, blob_halves
from half_map_files import write_mrc

import map_sharpening
from map_sharpening import MapData, MapSharpeningError, MapSharpeningWarning


def _noise(seed: int, shape: tuple[int, int, int] = (8, 10, 12)) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("halves")
    first, second = (
        write_mrc(folder / f"half{i}.mrc", values, (STEP,) * 3)
        for i, values in enumerate(blob_halves(), 1)
    )
    return first, second


@pytest.fixture(scope="module")
def expected(files: tuple[Path, Path]) -> npt.NDArray[np.float32]:
    halves = [map_sharpening.load_map(path) for path in files]
    return map_sharpening.sharpen_half_maps(*halves, resolution=RESOLUTION).sharpened.values


def test_numpy_takes_a_map_as_its_values() -> None:
    values = _noise(0)
    map_data = MapData.from_array(values, STEP)
    assert np.shares_memory(np.asarray(map_data), values)
    assert np.asarray(map_data, dtype=np.float64).dtype == np.float64
    copied = np.array(map_data)
    assert not np.shares_memory(copied, values)
    np.testing.assert_array_equal(copied, values)
    assert np.mean(map_data) == values.mean()
    assert (map_data.shape, map_data.ndim, len(map_data)) == ((8, 10, 12), 3, 8)
    assert map_data.dtype == np.float32


def test_a_map_has_sections_and_blocks_as_its_array_has() -> None:
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    made = MapData.from_array(values, 1.5)
    np.testing.assert_array_equal(made[1], values[1])
    np.testing.assert_array_equal(made[:, 1:, ::2], values[:, 1:, ::2])
    assert made[1, 2, 3] == 23
    assert [section.shape for section in made] == [(3, 4), (3, 4)]


def test_maps_with_the_same_values_in_the_same_place_are_equal() -> None:
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    made = MapData.from_array(values, 1.5, name="one")
    assert made == MapData.from_array(values.copy(), 1.5, name="another")
    assert made != MapData.from_array(values + 1, 1.5)
    assert made != MapData.from_array(values, 1.4)
    assert made != values.tolist()
    assert made not in [MapData.from_array(values[:1], 1.5)]


def test_a_map_is_told_in_a_line() -> None:
    text = repr(MapData.from_array(_noise(0), (1, 1.25, 2), name="half1.mrc"))
    assert text == "MapData('half1.mrc', shape (z, y, x) (8, 10, 12), voxel 1 x 1.25 x 2 Å)"


@pytest.mark.parametrize("kind", ["path", "str", "mrcfile", "mmap", "gemmi", "grid"])
def test_what_others_hold_is_taken_as_a_map(
    kind: str, files: tuple[Path, Path], expected: npt.NDArray[np.float32]
) -> None:
    def opened(path: Path) -> object:
        if kind == "mrcfile":
            return mrcfile.open(path)
        if kind == "mmap":
            return mrcfile.mmap(path)
        if kind in ("gemmi", "grid"):
            read = gemmi.read_ccp4_map(str(path))
            return read if kind == "gemmi" else read.grid
        return path if kind == "path" else str(path)

    given = [opened(path) for path in files]
    result = map_sharpening.sharpen_half_maps(*given, resolution=RESOLUTION)
    np.testing.assert_array_equal(result.sharpened.values, expected)
    if kind in ("mrcfile", "mmap"):
        for file in given:
            file.close()  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_mask_and_pairs_are_taken_from_paths(files: tuple[Path, Path], tmp_path: Path) -> None:
    z, y, x = np.indices((48, 48, 48)) - 24
    mask = np.clip((14 - np.sqrt(x**2 + y**2 + z**2)) / 5, 0, 1).astype(np.float32)
    path = write_mrc(tmp_path / "mask.mrc", mask, (STEP,) * 3)
    for given in (path, str(path)):
        result = map_sharpening.sharpen_half_maps(*files, resolution=RESOLUTION, mask=given)
        assert result.mask_fraction == pytest.approx(mask.mean(), abs=1e-6)
    by_pair = map_sharpening.sharpen_by_b_factor(half_maps=files, resolution=RESOLUTION, b_iso=0.0)
    assert by_pair.sharpened.shape == (48, 48, 48)


def test_a_mask_that_is_no_file_and_no_word_is_refused(files: tuple[Path, Path]) -> None:
    with pytest.raises(MapSharpeningError, match="mask is 'automatic'; expected 'auto'"):
        map_sharpening.sharpen_half_maps(*files, resolution=RESOLUTION, mask="automatic")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(MapSharpeningError, match=r"nowhere\.mrc"):
        map_sharpening.local_resolution("nowhere.mrc", "nowhere.mrc", resolution=4)


def test_what_reading_tells_is_among_the_warnings_and_logged(
    files: tuple[Path, Path], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    longer = tmp_path / "longer.mrc"
    longer.write_bytes(files[1].read_bytes() + b"\0" * 8)
    told = map_sharpening.read_map(longer)[1]
    assert told
    with caplog.at_level(logging.WARNING, logger="map_sharpening"):
        result = map_sharpening.sharpen_half_maps(files[0], longer, resolution=RESOLUTION)
    assert set(told) <= set(result.warnings)
    assert told[0] in caplog.text
    with pytest.warns(MapSharpeningWarning, match=r"longer\.mrc"):
        assert isinstance(map_sharpening.load_map(longer), MapData)


@pytest.mark.parametrize("axes", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_objects_of_mrcfile_and_gemmi_lie_where_their_file_lies(
    axes: tuple[int, int, int], tmp_path: Path
) -> None:
    path = write_mrc(
        tmp_path / "sub.mrc",
        _noise(4),
        (1.0, 1.25, 1.5),
        axes=axes,
        start=(3, -2, 5),
        sampling=(24, 20, 16),
        labels=["made by hand"],
    )
    read = map_sharpening.load_map(path)
    with mrcfile.open(path) as mrc:
        found = [MapData.from_mrcfile(mrc)]
    found.append(MapData.from_gemmi(gemmi.read_ccp4_map(str(path), setup=False)))
    for map_data in found:
        np.testing.assert_array_equal(map_data.values, read.values)
        assert map_data.position == read.position


def test_maps_go_to_mrcfile_and_gemmi_and_back(tmp_path: Path) -> None:
    path = write_mrc(
        tmp_path / "sub.mrc", _noise(5), (1.0, 1.25, 1.5), start=(1, 2, 3), sampling=(24, 20, 16)
    )
    map_data = map_sharpening.load_map(path)
    mrc, ccp4 = map_data.to_mrcfile(), map_data.to_gemmi()
    np.testing.assert_array_equal(mrc.data, map_data.values)
    assert float(mrc.voxel_size.y) == pytest.approx(1.25)
    for back in (MapData.from_mrcfile(mrc), MapData.from_gemmi(ccp4)):
        np.testing.assert_array_equal(back.values, map_data.values)
        assert back.position.cell == map_data.position.cell
        assert back.position.start == map_data.position.start
        assert back.position.sampling == map_data.position.sampling
    written = tmp_path / "gemmi.ccp4"
    ccp4.write_ccp4_map(str(written))
    again = map_sharpening.load_map(written)
    np.testing.assert_array_equal(again.values, map_data.values)
    assert again.position.start == (1, 2, 3)


def test_a_voxel_size_of_mrcfile_and_numpy_is_one(files: tuple[Path, Path]) -> None:
    with mrcfile.open(files[0]) as mrc:
        size = mrc.voxel_size.copy()
    for given in (size, np.float32(STEP), np.array([STEP] * 3), [STEP] * 3):
        steps = MapData.from_array(_noise(0), given).voxel_size  # type: ignore[arg-type]
        assert steps == pytest.approx((STEP,) * 3)
    for wrong in ((1, 2), "wide", -1.0, float("nan")):
        with pytest.raises(ValueError, match="expected one number or x, y, z in Å, above 0"):
            MapData.from_array(_noise(0), wrong)  # type: ignore[arg-type]


def test_what_is_no_map_of_theirs_is_refused() -> None:
    with pytest.raises(
        MapSharpeningError, match="is of type int; expected an open file of mrcfile"
    ):
        MapData.from_mrcfile(3)
    with pytest.raises(MapSharpeningError, match="expected a map or grid of gemmi"):
        MapData.from_gemmi([1])


def test_a_closed_file_of_mrcfile_is_refused(files: tuple[Path, Path]) -> None:
    with mrcfile.open(files[0]) as mrc:
        pass
    with pytest.raises(MapSharpeningError):
        map_sharpening.sharpen_half_maps(mrc, mrc, resolution=RESOLUTION)


def test_values_of_other_objects_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    grid = gemmi.FloatGrid(8, 8, 8)
    grid.set_unit_cell(gemmi.UnitCell(8, 8, 8, 90, 90, 90))
    grid.array[1, 2, 3] = np.nan
    with pytest.raises(MapSharpeningError, match="half_1 has NaN or infinity at 1 of"):
        map_sharpening.local_resolution(grid, grid, resolution=3)


@pytest.mark.slow
def test_a_run_takes_keywords(files: tuple[Path, Path], tmp_path: Path) -> None:
    outcome = map_sharpening.run(
        half_map=list(files), resolution=RESOLUTION, output_directory=tmp_path / "out"
    )
    assert (tmp_path / "out" / "results.json") in outcome.files
    assert len(repr(outcome)) < 700
    with pytest.raises(MapSharpeningError, match="resolution given as keywords beside"):
        map_sharpening.run({"half_map": files}, resolution=4)


@pytest.mark.parametrize("given", [("a.mrc",), ("a.mrc", "b.mrc"), (Path("a.mrc"), Path("b.mrc"))])
def test_files_without_a_name_are_refused_with_an_example(given: tuple[Any, ...]) -> None:
    told = r"^a\.mrc.* given without a name; expected .*half_map=\[.*full_map="
    with pytest.raises(MapSharpeningError, match=told):
        map_sharpening.run(*given, resolution=4)


def test_a_list_of_words_is_taken_as_in_the_shell(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    saved = tmp_path / "run.eff"
    folder = tmp_path / "out"
    saved.write_text(f"output.output_directory = {folder}\noutput.report = False\n")
    outcome = map_sharpening.run([saved, *files, f"resolution={RESOLUTION}"])
    assert outcome.result.resolution == RESOLUTION
    assert folder / "results.json" in outcome.files
    with pytest.raises(MapSharpeningError, match=r"^run is neither a file nor name=value; check"):
        map_sharpening.run(["run"])
    with pytest.raises(MapSharpeningError, match=r'^parameters, "n_bins=x"'):
        map_sharpening.run([*files, "n_bins=x"])


def test_what_dir_lists_is_there() -> None:
    assert dir(map_sharpening) == sorted(map_sharpening.__all__)
    assert all(hasattr(map_sharpening, name) for name in map_sharpening.__all__)
