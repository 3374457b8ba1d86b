"""Masks as other programs write them: with other levels, an overshoot, or another place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from half_map_files import VOXEL_SIZE, write_mrc
from map_files import mrc_bytes, saved

from map_sharpening import run
from map_sharpening.errors import GridMismatchError, MapValueError
from map_sharpening.maps.grids import as_mask
from map_sharpening.maps.map_data import MapData
from map_sharpening.run import plan_run
from map_sharpening.runs.half_maps import HalfMapPlan

FloatMap = npt.NDArray[np.float32]
SHAPE = (32, 36, 40)
IMOD_STAMP = 1146047817


def ball() -> FloatMap:
    z, y, x = np.indices(SHAPE)
    inside = (z - 16) ** 2 + (y - 18) ** 2 + (x - 20) ** 2 < 11**2
    return inside.astype(np.float32)


@pytest.fixture
def halves(tmp_path: Path) -> list[str]:
    rng = np.random.default_rng(4)
    common = rng.normal(size=SHAPE) * ball()
    words = []
    for name in ("half1.mrc", "half2.mrc"):
        values = (common + rng.normal(size=SHAPE) / 2).astype(np.float32)
        words.append(f"half_map={write_mrc(tmp_path / name, values)}")
    return words


def planned(halves: list[str], mask: Path, *words: str) -> HalfMapPlan:
    plan = plan_run([*halves, f"mask={mask}", "resolution=4", *words])
    assert isinstance(plan, HalfMapPlan)
    return plan


def mask_of(plan: HalfMapPlan) -> FloatMap:
    assert isinstance(plan.mask, MapData)
    return plan.mask.values


@pytest.mark.parametrize("flags", [0, 1])
def test_bytes_of_imod_are_read_as_imod_does(
    tmp_path: Path, halves: list[str], flags: int
) -> None:
    cell = (*(n * VOXEL_SIZE[0] for n in SHAPE[::-1]), 90.0, 90.0, 90.0)
    stored = ball() - 128 * flags
    path = saved(tmp_path, mrc_bytes(stored, mode=0, imod=(IMOD_STAMP, flags), cell=cell), "m.mrc")
    plan = planned(halves, path)
    np.testing.assert_array_equal(mask_of(plan), ball())


@pytest.mark.parametrize(
    ("lowest", "highest"), [(0, 1.01), (-0.01, 1), (-0.019, 1.015), (-0.11, 1.17), (0, 1 + 1e-6)]
)
def test_a_small_overshoot_is_clipped_and_told(
    tmp_path: Path, halves: list[str], lowest: float, highest: float
) -> None:
    values = np.where(ball() > 0, highest, lowest).astype(np.float32)
    plan = planned(halves, write_mrc(tmp_path / "over.mrc", values))
    np.testing.assert_array_equal(mask_of(plan), ball())
    is_told = any("they are clipped to 0 and 1" in warning for warning in plan.warnings)
    assert is_told is (max(-lowest, highest - 1) > 1e-4)


@pytest.mark.parametrize(("lowest", "highest"), [(0, 1.3), (-0.3, 1), (0, 255), (-128, -127)])
def test_more_than_that_is_no_mask(
    tmp_path: Path, halves: list[str], lowest: float, highest: float
) -> None:
    values = np.where(ball() > 0, highest, lowest).astype(np.float32)
    with pytest.raises(MapValueError, match=f"from {lowest:g} to {highest:g}; a mask has values"):
        planned(halves, write_mrc(tmp_path / "over.mrc", values))


def test_a_mask_that_is_nowhere_1_is_refused(tmp_path: Path, halves: list[str]) -> None:
    path = write_mrc(tmp_path / "faint.mrc", 0.5 * ball().astype(np.float32))
    with pytest.raises(MapValueError, match=r"faint.mrc has values from 0 to 0.5; .* divide it"):
        planned(halves, path)
    planned(halves, write_mrc(tmp_path / "soft.mrc", 0.9 * ball().astype(np.float32)))


def test_a_mask_of_ones_is_the_whole_box(tmp_path: Path, halves: list[str]) -> None:
    plan = planned(halves, write_mrc(tmp_path / "ones.mrc", np.ones(SHAPE, np.float32)))
    assert "ones.mrc is 1 everywhere: it is the whole box, as mask=False is" in plan.warnings
    assert np.all(mask_of(plan) == 1)


@pytest.mark.parametrize("value", [0.0, 0.5, 3.0])
def test_other_constants_are_no_mask_or_a_weak_one(
    tmp_path: Path, halves: list[str], value: float
) -> None:
    path = write_mrc(tmp_path / "flat.mrc", np.full(SHAPE, value, np.float32))
    if value == 0.5:
        assert np.all(mask_of(planned(halves, path)) == value)
        return
    with pytest.raises(MapValueError, match=f"has the same value {value:g} everywhere"):
        planned(halves, path)


PLACES = [{"start": (3, -4, 5)}, {"origin": (12.0, 0.0, -7.5)}]


@pytest.mark.parametrize("place", PLACES)
def test_a_mask_at_another_place_is_refused_with_the_way_out(
    tmp_path: Path, halves: list[str], place: dict[str, tuple[float, ...]]
) -> None:
    path = write_mrc(tmp_path / "moved.mrc", ball(), **place)
    with pytest.raises(GridMismatchError, match="give mask_at_map=True if it belongs"):
        planned(halves, path)


@pytest.mark.parametrize("place", PLACES)
def test_a_mask_is_taken_to_the_map_where_that_is_asked_for(
    tmp_path: Path, halves: list[str], place: dict[str, tuple[float, ...]]
) -> None:
    path = write_mrc(tmp_path / "moved.mrc", ball(), **place)
    plan = planned(halves, path, "mask_at_map=True")
    np.testing.assert_array_equal(mask_of(plan), ball())
    assert any("moved.mrc is taken to lie where half1.mrc lies" in w for w in plan.warnings)


def test_a_mask_of_another_grid_is_refused_all_the_same(tmp_path: Path, halves: list[str]) -> None:
    path = write_mrc(tmp_path / "other.mrc", ball()[:-1], origin=(3, 0, 0))
    with pytest.raises(GridMismatchError, match=r"other\.mrc has shape"):
        planned(halves, path, "mask_at_map=True")


def test_arrays_are_clipped_alike() -> None:
    first = MapData.from_array(ball(), 1.5)
    mask, told = as_mask(1.03 * ball() - 0.015, first)
    np.testing.assert_array_equal(mask.values, ball())
    assert told == ["mask has values from -0.015 to 1.015; they are clipped to 0 and 1"]
    with pytest.raises(MapValueError, match="a mask has values"):
        as_mask(1.3 * ball(), first)


def test_what_is_written_is_the_mask_that_was_used(tmp_path: Path, halves: list[str]) -> None:
    path = write_mrc(tmp_path / "over.mrc", 1.01 * ball())
    folder = tmp_path / "out"
    outcome = run(
        [*halves, f"mask={path}", "resolution=4", f"output_directory={folder}", "report=False"]
    )
    assert outcome.result.mask is not None
    assert outcome.result.mask.values.max() == 1
    assert any("clipped" in warning for warning in outcome.result.warnings)


def test_labels_of_parts_are_told_as_such(tmp_path: Path, halves: list[str]) -> None:
    values = ball()
    values[10:16] *= 3
    path = write_mrc(tmp_path / "m.mrc", values)
    with pytest.raises(MapValueError, match=r"from 0 to 3; .*; 1 and 3 look like labels of parts"):
        planned(halves, path)
    path = write_mrc(tmp_path / "n.mrc", 3 * ball())
    with pytest.raises(MapValueError, match=r"from 0 to 3; .*; divide it by 3"):
        planned(halves, path)


@pytest.mark.parametrize(
    ("scale", "remedy"),
    [
        (1.005, "give voxel_size=1.5 if both have these voxels, or else resample one of them"),
        (1.2, "share one grid; resample one of them onto the grid of the other"),
    ],
)
def test_a_box_of_another_calibration_may_be_given_the_voxels_of_the_map(
    tmp_path: Path, halves: list[str], scale: float, remedy: str
) -> None:
    assert VOXEL_SIZE == (1.5, 1.5, 1.5)
    path = write_mrc(tmp_path / "m.mrc", ball(), voxel_size=(1.5 * scale,) * 3)
    with pytest.raises(GridMismatchError) as caught:
        planned(halves, path)
    assert remedy in str(caught.value)
    planned(halves, path, "voxel_size=1.5")


def test_a_mask_in_a_padded_box_is_to_be_cut(tmp_path: Path, halves: list[str]) -> None:
    path = write_mrc(tmp_path / "m.mrc", np.pad(ball(), 4))
    with pytest.raises(GridMismatchError, match="cut or pad one of them to the box of the other"):
        planned(halves, path)
