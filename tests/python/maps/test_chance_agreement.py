"""Maps that have nothing in common, compared where chance alone makes some agreement."""

from __future__ import annotations

import numpy as np
import pytest

from map_sharpening.maps.comparison import change_between
from map_sharpening.maps.map_data import FloatMap, MapData

VOXEL = 1.5


def as_map(values: FloatMap) -> MapData:
    return MapData.from_array(np.ascontiguousarray(values, np.float32), VOXEL)


def blob(n: int, generator: np.random.Generator) -> FloatMap:
    """Return smooth noise in the middle of a box, as a molecule is."""
    s_squared = sum(f**2 for f in np.ix_(*[np.fft.fftfreq(n)] * 3))
    terms = np.fft.fftn(generator.normal(size=(n, n, n))) * np.exp(-30 * s_squared)
    values = np.fft.ifftn(terms).real
    from_centre = np.indices(values.shape) / n - 0.5
    envelope = np.exp(-(from_centre**2).sum(axis=0) / (2 * 0.18**2))
    return (values / values.std() * envelope).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("voxels_per_term", [2.2, 3, 4, 6, 8])
@pytest.mark.parametrize("n", [16, 24, pytest.param(32, marks=pytest.mark.slow)])
def test_no_change_is_made_up_where_terms_are_few(n: int, voxels_per_term: float) -> None:
    for seed in range(4):
        generator = np.random.default_rng(seed)
        noise = [as_map(generator.normal(size=(n, n, n))) for _ in range(2)]
        assert change_between(*noise, VOXEL * voxels_per_term) is None
        blobs = [as_map(blob(n, generator)) for _ in range(2)]
        assert change_between(*blobs, VOXEL * voxels_per_term) is None


def test_a_change_is_found_where_there_are_enough_terms() -> None:
    generator = np.random.default_rng(5)
    values = blob(32, generator)
    first = as_map(values)
    shifted = change_between(first, as_map(np.roll(values, 3, 1)), 3 * VOXEL)
    assert shifted is not None
    assert shifted.is_shift_alone
    assert shifted.shift == pytest.approx((0, 3, 0), abs=0.1)
    inverted = change_between(first, as_map(-values), 3 * VOXEL)
    assert inverted is not None
    assert inverted.is_inverted
