"""The resolution that half maps' FSC gives."""

from __future__ import annotations

import numpy as np
import pytest
from random_maps import CUBIC, random_pair

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.methods.half_maps.resolution import resolution_of_half_maps
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps


@pytest.mark.parametrize("mask", ["auto", False])
def test_the_resolution_found_is_that_of_the_fsc_measured_with_it(simulated, mask):
    halves = simulated.half_1, simulated.half_2
    found = resolution_of_half_maps(*halves, mask=mask)
    assert found.warnings == ()
    result = sharpen_half_maps(*halves, resolution=found.resolution, mask=mask)
    assert found.resolution == pytest.approx(result.resolution_0143, rel=0.015)


@pytest.mark.slow
def test_auto_sharpens_as_the_number_found_does(simulated):
    halves = simulated.half_1, simulated.half_2
    found = resolution_of_half_maps(*halves)
    by_number = sharpen_half_maps(*halves, resolution=found.resolution)
    by_itself = sharpen_half_maps(*halves, resolution="auto")
    assert by_itself.resolution == found.resolution
    assert by_itself.resolution_how == found.why
    assert by_number.resolution_how == "given"
    np.testing.assert_array_equal(by_itself.sharpened.values, by_number.sharpened.values)


def test_an_fsc_that_never_falls_gives_the_nyquist_limit_and_a_warning():
    pair = random_pair(CUBIC, 1, noise=1e-3)
    found = resolution_of_half_maps(pair.half_1, pair.half_2, mask=False, wrapping=True)
    shape, cell = pair.half_1.values.shape, pair.half_1.box.parameters()
    assert found.resolution == pytest.approx(_core.finest_spacing(shape, cell, 1e-3))
    assert len(found.warnings) == 1
    assert "never falls to 0.143" in found.warnings[0]
    told = sharpen_half_maps(
        pair.half_1, pair.half_2, resolution="Auto", mask=False, wrapping=True
    ).warnings
    assert found.warnings[0] in told


def test_halves_of_noise_alone_are_refused():
    rng = np.random.default_rng(5)
    one, other = (rng.normal(size=(32, 32, 32)).astype(np.float32) for _ in range(2))
    with pytest.raises(MapValueError, match="half maps agree to"):
        resolution_of_half_maps(one, other, voxel_size=1.5, mask=False)


def test_one_map_twice_is_refused(simulated):
    with pytest.raises(MapValueError, match="agree perfectly"):
        resolution_of_half_maps(simulated.half_1, simulated.half_1)
