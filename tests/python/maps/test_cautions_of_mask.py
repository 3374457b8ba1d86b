"""Masks that can't be round the molecule of the half maps that they are given with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from map_sharpening.errors import MapValueError
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.mask_like import cautions_of_mask
from map_sharpening.methods.half_maps.sharpen import modify_density, sharpen_half_maps

SHAPE, STEP, RESOLUTION = (30, 32, 34), (1.5, 1.4, 1.3), 3.5
Z, Y, X = np.meshgrid(*(np.arange(n) - n / 2 for n in SHAPE), indexing="ij")
BALL: npt.NDArray[np.bool_] = X**2 + Y**2 + Z**2 < 9**2


def as_map(values: npt.ArrayLike, name: str) -> MapData:
    return MapData.from_array(values, STEP, name=name)


@pytest.fixture(scope="module", params=["even noise", "noise that rises outwards"])
def halves(request: pytest.FixtureRequest) -> tuple[MapData, MapData]:
    """Return two maps of a rough ball on any level, in noise of their own."""
    rng = np.random.default_rng(5)
    signal = BALL * rng.normal(1, 1, SHAPE)
    level = 1 + (X**2 + Y**2 + Z**2) / 100 if "rises" in request.param else 1.5
    one, two = (signal + level * rng.normal(size=SHAPE) + offset for offset in (0, 40))
    return as_map(one, "one.mrc"), as_map(two, "two.mrc")


@pytest.mark.parametrize("level", [1.0, 0.3])
def test_a_mask_round_the_molecule_is_not_questioned(
    halves: tuple[MapData, MapData], level: float
) -> None:
    wide = X**2 + Y**2 + Z**2 < 12**2
    part = BALL & (X > 0)
    for values in (BALL, wide, part, np.ones(SHAPE)):
        assert cautions_of_mask(as_map(level * values, "m.mrc"), halves, RESOLUTION) == []


def test_an_inverted_mask_is_told(halves: tuple[MapData, MapData]) -> None:
    (told,) = cautions_of_mask(as_map(1.0 - BALL, "m.mrc"), halves, RESOLUTION)
    assert "less in common inside m.mrc than outside" in told
    assert "may be inverted" in told


def test_a_mask_of_the_wrong_corner_is_told(halves: tuple[MapData, MapData]) -> None:
    corner = np.roll(BALL, (15, 16, 17), axis=(0, 1, 2))
    (told,) = cautions_of_mask(as_map(corner, "m.mrc"), halves, RESOLUTION)
    assert "it is not round the molecule" in told


@pytest.mark.parametrize("n_points", [1, 20, 500])
def test_a_mask_of_a_few_points_is_told(halves: tuple[MapData, MapData], n_points: int) -> None:
    values = np.zeros(SHAPE)
    values.ravel()[np.argsort((X**2 + Y**2 + Z**2).ravel())[:n_points]] = 1
    told = cautions_of_mask(as_map(values, "m.mrc"), halves, RESOLUTION)
    # A sphere of 7 Å holds 526 voxels of 2.73 Å³.
    points = "1 grid point" if n_points == 1 else f"{n_points} grid points"
    assert told[0].startswith(f"m.mrc holds {points}, {2.73 * n_points:.0f} Å³,")
    assert len(told) == 1


@pytest.mark.parametrize("sharpen", [sharpen_half_maps, modify_density])
def test_callers_from_python_are_told_too(
    halves: tuple[MapData, MapData], sharpen: Callable[..., Any]
) -> None:
    outside = as_map(1.0 - BALL, "m.mrc")
    try:
        told = " ".join(sharpen(*halves, resolution=RESOLUTION, mask=outside).warnings)
    except MapValueError as error:
        told = str(error)
    assert "less in common inside m.mrc than outside" in told


def test_the_mask_is_named_where_it_holds_no_signal() -> None:
    rng = np.random.default_rng(2)
    one, two = (BALL + BALL * rng.normal(size=SHAPE) for _ in range(2))
    corner = np.zeros(SHAPE)
    corner[:5, :5, :5] = 1
    one[:5, :5, :5] = rng.normal(size=(5, 5, 5))
    two[:5, :5, :5] = -one[:5, :5, :5]
    with pytest.raises(MapValueError, match=r"no common signal inside m.mrc: m.mrc holds 125 g"):
        sharpen_half_maps(
            as_map(one, "one.mrc"),
            as_map(two, "two.mrc"),
            resolution=RESOLUTION,
            mask=as_map(corner, "m.mrc"),
        )
