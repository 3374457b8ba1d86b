"""What one map has more than another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from map_sharpening.errors import GridMismatchError, MapValueError
from map_sharpening.maps.difference import difference_of
from map_sharpening.maps.map_data import MapData


def waves() -> tuple[np.ndarray, np.ndarray]:
    """Two waves that share nothing, each of mean 0 and variance 1/2."""
    angle = 2 * np.pi * np.arange(16) / 16
    flat = np.ones((16, 16, 16), np.float32)
    return flat * np.cos(angle)[:, None, None], flat * np.cos(2 * angle)[None, None, :]


def test_scale_and_mean_make_no_difference() -> None:
    one, _ = waves()
    found = difference_of(MapData.from_array(one, 1.0), MapData.from_array(5 * one + 3, 1.0))
    assert found.correlation == pytest.approx(1, abs=1e-6)
    assert np.abs(found.map_data.values).max() < 1e-5


def test_what_was_added_is_what_remains() -> None:
    one, two = waves()
    found = difference_of(MapData.from_array(one, 1.0), MapData.from_array(one + two, 1.0))
    # The sum has twice the variance, so that each wave is there at 1 / sqrt(2) of its SD.
    expected = (one + two) - np.sqrt(2) * one
    assert found.map_data.values == pytest.approx(expected, abs=1e-5)
    assert found.correlation == pytest.approx(np.sqrt(0.5), abs=1e-5)


def test_what_was_read_is_told_after_each_map_and_each_slab() -> None:
    one = np.random.default_rng(1).normal(size=(70, 4, 4)).astype(np.float32)
    read: list[int] = []
    maps = MapData.from_array(one, 1.0), MapData.from_array(one[::-1], 1.0)
    found = difference_of(*maps, lambda: read.append(1))
    assert len(read) == 2 + 70 // 32
    np.testing.assert_array_equal(found.map_data.values, difference_of(*maps).map_data.values)


def test_maps_that_cannot_be_compared_are_named() -> None:
    one, _ = waves()
    first = MapData.from_array(one, 1.0, name="first map")
    with pytest.raises(GridMismatchError, match=r"first map has .*\(16"):
        difference_of(first, MapData.from_array(one, 1.1))
    flat = MapData.from_array(np.ones_like(one), 1.0, name="flat map")
    with pytest.raises(MapValueError, match="flat map has the value 1 everywhere"):
        difference_of(first, flat)


def test_origins_far_from_zero_are_as_exact_as_others() -> None:
    values = np.random.default_rng(3).normal(size=(8, 8, 8)).astype(np.float32)
    made = MapData.from_array(values, 1.0)
    maps = [
        replace(made, position=replace(made.position, origin=(x, 0.0, 0.0)))
        for x in (300.0, 302.0)
    ]
    with pytest.raises(GridMismatchError, match="origin"):
        difference_of(*maps)
