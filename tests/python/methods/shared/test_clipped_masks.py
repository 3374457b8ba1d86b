"""Masks a little beyond 0 and 1, or nowhere 0, that are given from Python: every method tells."""

from __future__ import annotations

import numpy as np
import pytest

from map_sharpening.methods.external_map import sharpen_by_external_map
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.methods.local_resolution.measure import local_resolution

CLIPPED = "mask has values from -0.01 to 1.01; they are clipped to 0 and 1"


def by_half_maps(simulated, mask):
    return sharpen_half_maps(
        simulated.half_1, simulated.half_2, resolution=simulated.resolution, mask=mask
    )


def by_an_external_map(simulated, mask):
    return sharpen_by_external_map(
        simulated.half_1, simulated.half_2, resolution=simulated.resolution, mask=mask
    )


def by_local_resolution(simulated, mask):
    return local_resolution(
        simulated.half_1, simulated.half_2, resolution=simulated.resolution, mask=mask
    )


@pytest.mark.parametrize("method", [by_half_maps, by_an_external_map, by_local_resolution])
def test_a_clipped_mask_is_told(simulated, method):
    mask = np.where(simulated.near_atoms, 1.01, -0.01).astype(np.float32)
    assert method(simulated, mask).warnings.count(CLIPPED) == 1


@pytest.mark.parametrize("method", [by_half_maps, by_an_external_map, by_local_resolution])
def test_a_mask_that_is_nowhere_0_is_told(simulated, method):
    mask = np.where(simulated.near_atoms, 1, 0.3).astype(np.float32)
    told = [text for text in method(simulated, mask).warnings if "nowhere 0" in text]
    assert told == [
        "mask is 0.3 at least, nowhere 0, so that all of the box counts; a mask is 0 outside of "
        "the molecule: take its lowest value off, and scale it to 1"
    ]
    slight = np.maximum(mask - 0.29, 0.01)
    warnings = method(simulated, slight / slight.max()).warnings
    assert not any("nowhere 0" in text for text in warnings)
