"""A pair of random half maps of known power, and ways to look at what is made of it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft
from random_maps import (
    CUBIC,
    TRICLINIC,
    UNEQUAL_ODD,
    noise_power,
    on_grid,
    random_map,
    s_vectors,
)

from map_sharpening import _core
from map_sharpening.methods.half_maps.options import HalfMapOptions

RESOLUTION = 3.3
SIGNAL_B = (-24.0, 6.0, 18.0, 7.0, -5.0, 4.0)
NOISE_B = (12.0, -16.0, 4.0, -4.0, 6.0, 3.0)
BOXES = pytest.mark.parametrize(
    "box", [CUBIC, UNEQUAL_ODD, TRICLINIC], ids=["cubic", "unequal", "triclinic"]
)


# The periodic case: no mask and no taper, so that nothing but the terms counts.
PERIODIC = {"resolution": RESOLUTION, "mask": False, "wrapping": True}


def soft_ball(shape):
    z, y, x = (np.linspace(-1, 1, n) for n in shape)
    r = np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2)
    t = np.clip((0.9 - r) / 0.4, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def assert_close(a, b, tolerance):
    """Compare two maps whose standard deviation is 1."""
    np.testing.assert_allclose(a, b, atol=tolerance, rtol=0)


def transform(map_data):
    return scipy.fft.rfftn(map_data.values.astype(np.float64))


def measured(pair, box, mode):
    shape, cell = box
    weights = soft_ball(shape) if mode == "mask" else np.empty(shape, np.float32)
    options = HalfMapOptions(RESOLUTION, wrapping=mode == "wrapping")
    return _core.sharpen_half_maps(
        pair.half_1.values,
        pair.half_2.values,
        None,
        weights,
        cell.parameters(),
        options.for_core(getattr(_core.MaskChoice, "given" if mode == "mask" else "whole_box")),
        sharpen_halves=False,
    )


def halves_of_noise():
    shape, cell = CUBIC
    power = noise_power(np.linalg.norm(s_vectors(shape, cell), axis=-1))
    return [on_grid(random_map(power, shape, i), cell, f"half map {i}") for i in (1, 2)]
