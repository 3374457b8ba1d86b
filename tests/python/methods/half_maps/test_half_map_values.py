"""Curves and lines of half maps against numpy: where each begins, and what goes into it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft
from random_maps import (
    CUBIC,
    RandomPair,
    noise_power,
    on_grid,
    random_map,
    random_pair,
    s_vectors,
    signal_power,
)

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.half_maps.result import HalfMapResult, ShellTable
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps

RESOLUTION = 3.3
SHAPE, CELL = CUBIC
#: Noise with which the FSC falls through all of its levels within the shells.
NOISE = 2.0


@pytest.fixture(scope="module")
def pair() -> RandomPair:
    return random_pair(CUBIC, 11, noise=NOISE)


@pytest.fixture(scope="module")
def periodic(pair: RandomPair) -> HalfMapResult:
    return sharpen_half_maps(
        pair.half_1, pair.half_2, resolution=RESOLUTION, mask=False, wrapping=True
    )


def ball(radius: float) -> FloatMap:
    """Return a mask, 1 to `radius` (voxels) about the middle, its edge soft over 6 voxels."""
    z, y, x = np.meshgrid(*(np.arange(n) - n / 2 for n in SHAPE), indexing="ij")
    r = np.sqrt(z**2 + y**2 + x**2)
    return (0.5 * (1 + np.cos(np.pi * np.clip((r - radius) / 6, 0, 1)))).astype(np.float32)


@pytest.fixture(scope="module")
def masked(pair: RandomPair) -> HalfMapResult:
    return sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION, mask=ball(14))


class ByShell:
    """Sums over shells of a cubic box, by numpy alone."""

    def __init__(self, shells: ShellTable) -> None:
        self.s, self.n_shells = shells.s, len(shells.s)
        s = np.linalg.norm(s_vectors(SHAPE, CELL), axis=-1)
        self._shell = np.floor(s / (2 * shells.s[0])).astype(int)
        self._shell[0, 0, 0] = -1
        self._weight = np.full(self._shell.shape, 1.0)
        self._weight[:, :, [0, -1]] = 0.5

    def sums(self, values: FloatArray) -> FloatArray:
        inside = (self._shell >= 0) & (self._shell < self.n_shells)
        return np.bincount(
            self._shell[inside], (self._weight * values)[inside], minlength=self.n_shells
        )

    def fsc(self, f_1: np.ndarray, f_2: np.ndarray) -> FloatArray:
        cross = self.sums((f_1 * f_2.conj()).real)
        return cross / np.sqrt(self.sums(np.abs(f_1) ** 2) * self.sums(np.abs(f_2) ** 2))

    def rms(self, f: np.ndarray) -> FloatArray:
        return np.sqrt(self.sums(np.abs(f) ** 2) / self.sums(np.ones(f.shape)))


def transforms(pair: RandomPair) -> tuple[np.ndarray, np.ndarray]:
    return tuple(scipy.fft.rfftn(m.values.astype(float)) for m in (pair.half_1, pair.half_2))


def test_fsc_and_amplitudes_are_those_of_numpy(pair: RandomPair, periodic: HalfMapResult) -> None:
    shells, f = periodic.shells, transforms(pair)
    by_shell = ByShell(shells)
    np.testing.assert_allclose(by_shell.fsc(*f), shells.fsc_unmasked, atol=1e-4)
    np.testing.assert_allclose(by_shell.rms((f[0] + f[1]) / 2), shells.rms_amplitude, rtol=1e-4)


def test_the_guinier_line_is_that_of_amplitudes_times_c_ref(
    pair: RandomPair, periodic: HalfMapResult
) -> None:
    f, by_shell = transforms(pair), ByShell(periodic.shells)
    fsc, s = by_shell.fsc(*f), by_shell.s
    in_line = (s >= 1 / 10) & (s <= 1 / RESOLUTION) & (fsc > 0)
    c_ref = np.sqrt(2 * fsc / (1 + fsc), where=fsc > 0, out=np.zeros_like(fsc))
    weighted = np.log((by_shell.rms((f[0] + f[1]) / 2) * c_ref)[in_line])
    slope, intercept = np.polyfit(s[in_line] ** 2, weighted, 1)
    assert periodic.guinier.b_sharpen == pytest.approx(-4 * slope, abs=0.05)
    assert periodic.guinier.intercept == pytest.approx(intercept, abs=1e-3)
    # weights of another kind would show
    of_fsc = np.log((by_shell.rms((f[0] + f[1]) / 2) * np.sqrt(np.abs(fsc)))[in_line])
    assert abs(-4 * np.polyfit(s[in_line] ** 2, of_fsc, 1)[0] + 4 * slope) > 2


def crossing(s: FloatArray, curve: FloatArray, level: float) -> float:
    """Return d where a curve first falls below a level, by linear interpolation in s."""
    after = int(np.argmax(curve < level))
    share = (curve[after - 1] - level) / (curve[after - 1] - curve[after])
    return float(1 / (s[after - 1] + share * (s[after] - s[after - 1])))


def test_phases_are_randomised_from_where_the_unmasked_fsc_is_80_percent(
    pair: RandomPair, masked: HalfMapResult
) -> None:
    by_shell = ByShell(masked.shells)
    expected = crossing(by_shell.s, by_shell.fsc(*transforms(pair)), 0.8)
    assert masked.randomised_from == pytest.approx(expected, rel=1e-4)


def test_resolutions_are_where_the_corrected_fsc_crosses_its_levels(masked: HalfMapResult) -> None:
    shells = masked.shells
    for level, found in ((0.143, masked.resolution_0143), (0.5, masked.resolution_05)):
        assert found == pytest.approx(crossing(shells.s, shells.fsc_corrected, level), rel=1e-9)


@pytest.mark.parametrize("beyond", [4.9, 6.1, 8.0])
def test_the_fsc_is_corrected_from_two_shells_beyond_the_first_randomised_one(
    pair: RandomPair, beyond: float
) -> None:
    shells = sharpen_half_maps(
        pair.half_1,
        pair.half_2,
        resolution=RESOLUTION,
        mask=ball(14),
        randomise_phases_beyond=beyond,
    ).shells
    holds_it = int(1 / beyond / (2 * shells.s[0]))  # the shell in which `beyond` lies
    differs = shells.fsc_randomised != shells.fsc_masked
    assert np.flatnonzero(differs)[0] == holds_it
    first = holds_it + 2
    np.testing.assert_array_equal(shells.fsc_corrected[:first], shells.fsc_masked[:first])
    masked, randomised = shells.fsc_masked[first:], shells.fsc_randomised[first:]
    np.testing.assert_allclose(
        shells.fsc_corrected[first:], (masked - randomised) / (1 - randomised), atol=1e-12
    )


def molecule_in_solvent(level: float) -> tuple[tuple[MapData, MapData], FloatMap]:
    """Return half maps of a ball of signal, noise all over, all raised by a level."""
    mask, s = ball(14), np.linalg.norm(s_vectors(SHAPE, CELL), axis=-1)
    signal = mask * random_map(signal_power(s), SHAPE, 1)
    noise = [random_map(2 * NOISE * noise_power(s), SHAPE, seed) for seed in (2, 3)]
    first, second = (
        on_grid((signal + n + np.float32(level)).astype(np.float32), CELL, f"half {i}")
        for i, n in enumerate(noise, 1)
    )
    return (first, second), mask


def test_a_level_of_the_solvent_is_no_agreement_of_randomised_maps() -> None:
    curves = []
    for level in (0.0, 40.0):
        halves, mask = molecule_in_solvent(level)
        shells = sharpen_half_maps(
            *halves, resolution=RESOLUTION, mask=mask, randomise_phases_beyond=10.0
        ).shells
        curves.append((shells.fsc_randomised, shells.fsc_corrected))
    for without, with_level in zip(*curves, strict=True):
        np.testing.assert_allclose(with_level, without, atol=0.01)
