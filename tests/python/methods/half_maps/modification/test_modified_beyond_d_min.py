"""Density modification predicts terms finer than d_min where the other half map has them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from map_sharpening import MapData, _core, modify_density
from map_sharpening.maps.map_data import FloatMap

SHAPE = (45, 48, 50)
VOXEL = 1.0
CELL = (*(VOXEL * n for n in reversed(SHAPE)), 90.0, 90.0, 90.0)
D_MIN = 3.0
AXES = [np.fft.fftfreq(n, VOXEL) for n in SHAPE[:2]] + [np.fft.rfftfreq(SHAPE[2], VOXEL)]
S = np.sqrt(AXES[0][:, None, None] ** 2 + AXES[1][None, :, None] ** 2 + AXES[2] ** 2)
BEYOND = S > 1 / D_MIN


def terms(values: npt.NDArray[np.floating]) -> npt.NDArray[np.complex128]:
    return np.asarray(np.fft.rfftn(values))


def map_of(coefficients: npt.NDArray[np.complex128]) -> FloatMap:
    return np.fft.irfftn(coefficients, SHAPE, axes=(0, 1, 2)).astype(np.float32)


def limited(values: npt.NDArray[np.floating]) -> FloatMap:
    coefficients = terms(values)
    coefficients[BEYOND] = 0
    coefficients[0, 0, 0] = 0
    return map_of(coefficients)


def soft_ball() -> FloatMap:
    grid = np.indices(SHAPE) - (np.array(SHAPE) / 2)[:, None, None, None]
    return np.clip((20 - np.sqrt((grid**2).sum(axis=0))) / 4, 0, 1).astype(np.float32)


def peaks_and_halves(noise: float = 0.05, seed: int = 1) -> tuple[FloatMap, list[FloatMap]]:
    """Return sharp peaks in a ball, and two half maps with white noise."""
    random = np.random.default_rng(seed)
    points = (random.random(SHAPE) < 0.01) * (soft_ball() > 0.5)
    truth = map_of(terms(points) * np.exp(-8 * S**2 / 4))
    return truth, [
        (truth + noise * random.normal(size=SHAPE)).astype(np.float32) for _ in range(2)
    ]


def modified(
    sharpened: list[FloatMap], unsharpened: list[FloatMap] | None, threads: int = 0
) -> tuple[FloatMap, _core.ModificationFindings]:
    options = _core.ModificationOptions()
    options.d_min = D_MIN
    options.threads = threads
    given = () if unsharpened is None else tuple(unsharpened)
    return _core.modify_density(*sharpened, soft_ball(), CELL, options, *given)


def correlation_beyond(map_data: FloatMap, truth: FloatMap, d: float) -> float:
    """Return that of the terms between d_min and d."""
    where = BEYOND & (1 / d > S)
    a, b = terms(map_data)[where], terms(truth)[where]
    return float(np.vdot(a, b).real / np.sqrt(np.vdot(a, a).real * np.vdot(b, b).real))


def test_terms_that_the_other_half_bears_out_are_those_of_the_molecule() -> None:
    truth, halves = peaks_and_halves()
    contribution, found = modified([limited(h) for h in halves], halves)
    assert found.extended_to < 0.9 * D_MIN
    assert found.extended_to == pytest.approx(
        1 / ((len(found.linear) + len(found.extension)) * found.shell_width)
    )
    assert min(found.extension) > 0
    assert correlation_beyond(contribution, truth, found.extended_to) > 0.5


def test_terms_up_to_d_min_are_what_they_are_without() -> None:
    _, halves = peaks_and_halves()
    sharpened = [limited(h) for h in halves]
    extended, found = modified(sharpened, halves)
    plain, found_plain = modified(sharpened, None)
    assert found_plain.extended_to == D_MIN
    assert len(found_plain.extension) == 0
    np.testing.assert_array_equal(found.positive, found_plain.positive)
    # Outside the mask, and where terms fall off, a little leaks across.
    difference = terms(extended - plain)
    assert np.abs(difference[S < 0.97 / D_MIN]).max() < 0.05 * np.abs(difference[BEYOND]).max()


def test_noise_beyond_d_min_bears_nothing_out() -> None:
    _, halves = peaks_and_halves()
    sharpened = [limited(h) for h in halves]
    random = np.random.default_rng(7)
    unsharpened = []
    for half in sharpened:
        noise = terms(random.normal(size=SHAPE)) * BEYOND
        unsharpened.append((half + 0.1 * map_of(noise)).astype(np.float32))
    _, found = modified(sharpened, unsharpened)
    # A soft mask passes a little of the last shell on to the next.
    assert len(found.extension) <= 2
    assert np.all(np.asarray(found.extension) < 0.2)


def test_scales_and_offsets_of_the_unsharpened_maps_do_not_count() -> None:
    _, halves = peaks_and_halves()
    sharpened = [limited(h) for h in halves]
    plain, _ = modified(sharpened, halves)
    other, found = modified(sharpened, [7 * halves[0] + 40, 14 * halves[1] - 3])
    assert len(found.extension) > 0
    assert np.abs(other - plain).max() < 2e-2 * plain.std()


def test_any_number_of_threads_gives_the_same_bytes() -> None:
    _, halves = peaks_and_halves()
    sharpened = [limited(h) for h in halves]
    one, _ = modified(sharpened, halves, 1)
    three, _ = modified(sharpened, halves, 3)
    assert one.tobytes() == three.tobytes()


def test_one_unsharpened_map_is_not_enough() -> None:
    _, halves = peaks_and_halves()
    sharpened = [limited(h) for h in halves]
    with pytest.raises(ValueError, match="expected both or none"):
        modified(sharpened, halves[:1])


def test_a_run_judges_by_the_half_maps_that_it_is_given() -> None:
    truth, halves = peaks_and_halves()
    given = [MapData.from_array(half, VOXEL) for half in halves]
    found = modify_density(*given, resolution=3.6, local_sharpen=False, mask=soft_ball())
    assert found.is_borne_out
    assert found.extended_to < 2.8
    assert correlation_beyond(found.contribution.values, truth, found.extended_to) > 0.4
