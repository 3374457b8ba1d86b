"""The contour level: the surface that holds half of the molecule's region."""

from __future__ import annotations

import numpy as np
import pytest
from random_maps import CUBIC, random_pair

from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.methods.shared.contour import contour_level


def mixed(values: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    return np.random.default_rng(3).permutation(values).reshape(shape).astype(np.float32)


@pytest.mark.parametrize("fraction", [0.02, 0.2, 0.6])
def test_half_of_the_molecules_region_is_above_it(fraction: float) -> None:
    values = mixed(np.linspace(0, 100, 30**3), (30, 30, 30))
    assert contour_level(values, fraction, 1.0) == pytest.approx(100 - 50 * fraction, abs=0.01)


@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_it_is_half_a_standard_deviation_at_least(scale: float) -> None:
    values = mixed(np.linspace(-2, 0.1, 20**3), (20, 20, 20))
    assert contour_level(scale * values, 0.9, scale) == 0.5 * scale


def test_a_large_map_is_sampled_all_over() -> None:
    values = mixed(np.linspace(0, 100, 150**3), (150, 150, 150))
    assert contour_level(values, 0.2, 1.0) == pytest.approx(90, abs=0.3)


def test_no_molecule_at_all_still_gives_a_level_inside_the_map() -> None:
    values = mixed(np.linspace(0, 100, 30**3), (30, 30, 30))
    assert 99.9 < contour_level(values, 0.0, 1.0) < 100


def test_half_of_the_mask_counts_as_molecule() -> None:
    pair = random_pair(CUBIC, 5)
    mask = np.zeros(CUBIC[0], np.float32)
    mask[8:40, 8:40, 8:40] = 1
    found = sharpen_half_maps(pair.half_1, pair.half_2, resolution=3.3, mask=mask)
    above = np.mean(found.sharpened.values > found.contour_level)
    assert above == pytest.approx(0.25 * mask.mean(), abs=1e-4)
