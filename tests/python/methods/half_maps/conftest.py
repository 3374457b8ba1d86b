"""A pair of half maps and its sharpened map, which tests only read."""

from __future__ import annotations

import pytest
from random_maps import (
    CUBIC,
    random_pair,
)
from sharpened_pairs import NOISE_B, PERIODIC, SIGNAL_B

from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps


@pytest.fixture(scope="session")
def pair():
    return random_pair(CUBIC, 1, signal_b=SIGNAL_B, noise_b=NOISE_B)


@pytest.fixture(scope="session")
def result(pair):
    return sharpen_half_maps(pair.half_1, pair.half_2, **PERIODIC)
