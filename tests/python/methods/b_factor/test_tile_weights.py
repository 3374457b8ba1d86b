"""How tiles count for each other: by a Gaussian of their distance and by the molecule in them."""

from __future__ import annotations

import numpy as np
import pytest

from map_sharpening import _core

SHAPE, VOXEL = (24, 24, 120), 1.25
CELL = (120 * VOXEL, 24 * VOXEL, 24 * VOXEL, 90.0, 90.0, 90.0)


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("radius", [12.0, 20.0, 31.0])
def test_a_tile_has_the_mean_of_its_surroundings_by_a_gaussian(
    periodic: bool, radius: float
) -> None:
    tiles = _core.make_tiles(SHAPE, (24, 24, 12), 0, periodic)
    n = len(tiles)
    assert n == 10
    contents = _core.tile_contents(tiles)
    # One tile at a time has a score; the whole map counts for next to nothing.
    scores = [_core.TileScores([float(i == one) for i in range(n)], 0.0) for one in range(n)]
    found = _core.smooth_scores(tiles, CELL, contents, scores, radius, shrinkage=1e-12)
    middles = 12 * VOXEL * np.arange(n)
    distance = np.abs(middles[:, None] - middles)
    if periodic:
        distance = np.minimum(distance, CELL[0] - distance)
    weights = np.exp(-(distance**2) / (2 * radius**2))
    expected = weights / weights.sum(axis=1, keepdims=True)
    # beyond four standard deviations nothing counts
    np.testing.assert_allclose(found, expected, atol=5e-4)
    at_three = np.abs(distance / radius - 3) < 0.3
    np.testing.assert_allclose(np.array(found)[at_three], expected[at_three], rtol=1e-3)


def test_the_whole_map_counts_as_so_many_full_tiles() -> None:
    tiles = _core.make_tiles(SHAPE, (24, 24, 12), 0)
    contents = _core.tile_contents(tiles)
    scores = [_core.TileScores([1.0] * len(tiles), 0.0)]
    (first, *_) = _core.smooth_scores(tiles, CELL, contents, scores, 0.1, shrinkage=3.0)
    assert first[0] == pytest.approx(1 / (1 + 3))
