"""How far one map lies from another: to a fraction of a voxel, and sure where it says so."""

from __future__ import annotations

import numpy as np
import pytest
from examples import of_fast_suite
from random_maps import (
    CUBIC,
    UNEQUAL_ODD,
    noise_power,
    on_grid,
    random_map,
    s_vectors,
    signal_power,
)

from map_sharpening.maps.map_data import UnitCell
from map_sharpening.maps.offset import CoarsePair, offset_between

SEEDS = range(1, 9)


def pair(box, offset, seed=1):
    """Return two maps of one signal and noise of their own, the second moved by voxels x y z."""
    shape, cell = box
    s = np.linalg.norm(s_vectors(shape, cell), axis=-1)
    signal = random_map(signal_power(s), shape, seed)
    terms = np.fft.rfftn(signal.astype(np.float64))
    h = np.ix_(*map(np.fft.fftfreq, shape[:2]), np.fft.rfftfreq(shape[2]))
    phases = sum(part * step for part, step in zip(h, offset[::-1], strict=True))
    moved = np.fft.irfftn(terms * np.exp(-2j * np.pi * phases), shape, axes=(0, 1, 2))
    return [
        on_grid(noisy.astype(np.float32), cell, f"map {i}")
        for i, values in enumerate((signal, moved))
        for noisy in [values + random_map(noise_power(s), shape, 100 * seed + i)]
    ]


@pytest.mark.parametrize("box", [CUBIC, UNEQUAL_ODD], ids=["cubic", "unequal"])
@pytest.mark.parametrize(
    "offset", [(0, 0, 0), (0.5, 0, 0), (0, -0.25, 1), (3.5, -1.25, 8), (-7, 2, 0.1)]
)
def test_the_offset_is_found(box, offset):
    found = offset_between(*pair(box, offset))
    # An odd box loses a layer, and with it a little of a molecule that leaves it.
    np.testing.assert_allclose(found.voxels, offset, atol=0.1, rtol=0.02)


def test_a_slope_of_the_background_moves_nothing():
    maps = pair(UNEQUAL_ODD, (0.5, 0, -1))
    places = np.indices(maps[0].values.shape) / np.reshape(maps[0].values.shape, (3, 1, 1, 1))
    slope = np.tensordot((40.0, -25.0, 9.0), places, axes=1) * maps[0].values.std()
    sloping = [one.with_values((one.values + slope).astype(np.float32)) for one in maps]
    found, expected = offset_between(*sloping), offset_between(*maps)
    np.testing.assert_allclose(found.voxels, expected.voxels, atol=1e-4)
    np.testing.assert_allclose(found.errors, expected.errors, rtol=1e-3)


@pytest.mark.slow
def test_errors_are_those_that_repeats_show():
    found = [offset_between(*pair(CUBIC, (0.5, 0, -1), seed=seed)) for seed in SEEDS]
    far = np.array([one.voxels for one in found]) - (0.5, 0, -1)
    errors = np.array([one.errors for one in found])
    assert 0.6 < np.sqrt(np.mean((far / errors) ** 2)) < 1.6


def test_maps_that_have_nothing_in_common_have_no_offset():
    shape, cell = CUBIC
    power = noise_power(np.linalg.norm(s_vectors(shape, cell), axis=-1))
    for seed in SEEDS:
        one, two = (
            on_grid(random_map(power, shape, 10 * seed + i), cell, f"map {i}") for i in (0, 1)
        )
        assert offset_between(one, two) is None


def test_small_boxes_tell_nothing():
    _, cell = CUBIC
    values = np.random.default_rng(1).normal(size=(9, 7, 9)).astype(np.float32)
    assert offset_between(on_grid(values, cell, "a"), on_grid(values, cell, "b")) is None


def lump(shape, matrix, seed):
    """Return peaks round the middle, at places that a matrix changes, in noise."""
    rng = np.random.default_rng(5)
    places = rng.normal(0, np.array(shape) / 8, (300, 3)) @ np.asarray(matrix).T
    z, y, x = (np.arange(n, dtype=float) - n / 2 for n in shape)
    values = np.random.default_rng(seed).normal(0, 0.3, shape)
    for at in places:
        values += np.multiply.outer(
            np.multiply.outer(np.exp(-((z - at[0]) ** 2) / 4), np.exp(-((y - at[1]) ** 2) / 4)),
            np.exp(-((x - at[2]) ** 2) / 4),
        )
    return values.astype(np.float32)


def turned(degrees, axis):
    """Return a matrix z, y, x that turns about an axis."""
    i, j = (each for each in range(3) if each != axis)
    matrix, angle = np.eye(3), np.radians(degrees)
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[i, j], matrix[j, i] = -np.sin(angle), np.sin(angle)
    return matrix


@pytest.mark.parametrize(
    "edges", of_fast_suite([(56.0, 60.0, 64.0), (105.0, 75.0, 80.0)], (56.0, 60.0, 64.0))
)
@pytest.mark.parametrize(
    ("degrees", "axis"),
    [(0, 0), (3, 1), *(pytest.param(*case, marks=pytest.mark.slow) for case in ((3, 0), (-2, 2)))],
)
def test_a_turn_is_found(edges, degrees, axis):
    shape = (64, 60, 56)
    voxels = np.array(edges[::-1]) / shape
    matrix = np.diag(1 / voxels) @ turned(degrees, axis) @ np.diag(voxels)
    cell = UnitCell(*edges)
    first = on_grid(lump(shape, np.eye(3), 1), cell, "a")
    found = CoarsePair.of(first, on_grid(lump(shape, matrix, 2), cell, "b")).distortion()
    assert found.degrees == pytest.approx(abs(degrees), abs=0.5)
    assert (found.degrees > 8 * found.error) == (degrees != 0)
    assert abs(found.magnification - 1) < 4 * found.magnification_error


@pytest.mark.parametrize("size", of_fast_suite([0.92, 0.98, 1.02, 1.08], 1.02))
def test_another_size_is_found(size):
    shape, cell = (64, 60, 56), UnitCell(56.0, 60.0, 64.0)
    first = on_grid(lump(shape, np.eye(3), 1), cell, "a")
    other = on_grid(lump(shape, size * np.eye(3), 2), cell, "b")
    found = CoarsePair.of(first, other).distortion()
    assert found.magnification == pytest.approx(size, abs=0.2 * abs(size - 1))
    assert abs(found.magnification - 1) > 8 * found.magnification_error
    assert found.degrees < 8 * found.error
