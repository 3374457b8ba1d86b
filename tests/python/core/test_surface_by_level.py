"""Voxels and surface above every level agree with what numpy counts level by level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_maps import THREAD_COUNTS

from map_sharpening import _core


def counted(values, region, level, planes):
    """Return voxels above a level and those at its surface: inside, outside."""
    above = values > level
    padded = np.pad(above, 1, mode="edge")
    middle = (slice(1, -1),) * 3
    enclosed = np.ones_like(above)
    for axis in range(3):
        for shift in (-1, 1):
            enclosed &= np.roll(padded, shift, axis)[middle]
    surface = above & ~enclosed
    inside = region >= 0.5
    return [
        np.count_nonzero((what & where)[::planes])
        for what in (above, surface)
        for where in (inside, ~inside)
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(*[st.integers(1, 7)] * 3),
    st.integers(0, 2**32 - 1),
    st.integers(1, 3),
    st.sampled_from(THREAD_COUNTS),
)
def test_counts_are_those_of_each_level(shape, seed, planes, threads) -> None:
    rng = np.random.default_rng(seed)
    # 32 times an odd number over another: no value but the largest lies on a level.
    values = (rng.integers(-4, 9, shape) + 0.5).astype(np.float32)
    region = rng.random(shape, dtype=np.float32)
    found = _core.surface_by_level(values, region, 33, planes, threads)
    assert found.n_inside == np.count_nonzero(region[::planes] >= 0.5)
    assert found.step == pytest.approx(max(float(values.max()), 0) / 32)
    for k in range(33 if values.max() > 0 else 0):
        assert counted(values, region, k * found.step, planes) == [
            found.above_inside[k],
            found.above_outside[k],
            found.surface_inside[k],
            found.surface_outside[k],
        ]


def test_the_faces_of_a_map_are_no_surface() -> None:
    whole = np.ones((4, 5, 6), np.float32)
    found = _core.surface_by_level(whole, whole, 3)
    assert found.above_inside.tolist() == [120, 120, 0]
    assert found.surface_inside.tolist() == [0, 0, 0]


def test_a_map_without_positive_values_encloses_nothing() -> None:
    values = np.full((4, 4, 4), -1, np.float32)
    found = _core.surface_by_level(values, values, 5)
    assert found.step == 0
    assert not found.above_outside.any()


def test_what_does_not_fit_is_refused() -> None:
    values = np.ones((4, 5, 6), np.float32)
    with pytest.raises(ValueError, match="region has shape"):
        _core.surface_by_level(values, values[1:].copy(), 5)
    with pytest.raises(ValueError, match="n_levels is 1"):
        _core.surface_by_level(values, values, 1)
    with pytest.raises(ValueError, match="plane_step is 0"):
        _core.surface_by_level(values, values, 5, 0)
    values[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        _core.surface_by_level(values, values, 5)
