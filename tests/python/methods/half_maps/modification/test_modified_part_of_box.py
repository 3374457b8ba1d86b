"""Density modification works in the part of the box that the mask fills."""

from __future__ import annotations

import numpy as np
import pytest

from map_sharpening import _core
from map_sharpening.maps.map_data import FloatMap

VOXEL = 1.2
D_MIN = 3.0
BALL = (44, 48, 50)  # box of the molecule alone


def random_halves(seed: int = 2) -> tuple[FloatMap, FloatMap, FloatMap]:
    """Return peaks in a soft ball with noise of two kinds, and the ball."""
    random = np.random.default_rng(seed)
    grid = np.indices(BALL) - (np.array(BALL) / 2)[:, None, None, None]
    mask = np.clip((20 - VOXEL * np.sqrt((grid**2).sum(axis=0))) / 4, 0, 1).astype(np.float32)
    peaks = (random.random(BALL) < 0.02) * (mask > 0.5)
    halves = [limited(peaks + 0.08 * random.normal(size=BALL)) for _ in range(2)]
    return halves[0], halves[1], mask


def limited(values: FloatMap) -> FloatMap:
    axes = [np.fft.fftfreq(n, VOXEL) for n in BALL[:2]] + [np.fft.rfftfreq(BALL[2], VOXEL)]
    s_squared = axes[0][:, None, None] ** 2 + axes[1][None, :, None] ** 2 + axes[2] ** 2
    coefficients = np.fft.rfftn(values) * (s_squared <= 1 / D_MIN**2)
    return np.fft.irfftn(coefficients, BALL, axes=(0, 1, 2)).astype(np.float32)


def padded(values: FloatMap, before: tuple[int, ...], after: tuple[int, ...]) -> FloatMap:
    return np.pad(values, list(zip(before, after, strict=True)))


def modified(
    maps: list[FloatMap], angles: tuple[float, float, float] = (90, 90, 90)
) -> tuple[FloatMap, _core.ModificationFindings]:
    options = _core.ModificationOptions()
    options.d_min = D_MIN
    cell = (*(VOXEL * n for n in reversed(maps[0].shape)), *angles)
    return _core.modify_density(*maps, cell, options)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param((20, 31, 40), (25, 29, 36), marks=pytest.mark.slow),
        ((70, 3, 3), (3, 5, 60)),
        pytest.param((9, 60, 33), (61, 20, 8), marks=pytest.mark.slow),
    ],
)
def test_where_the_molecule_lies_makes_no_difference(
    before: tuple[int, ...], after: tuple[int, ...]
) -> None:
    maps = list(random_halves())
    middle = [padded(m, (30, 30, 30), (30, 30, 30)) for m in maps]
    expected, found_in_middle = modified(middle)
    contribution, found = modified([padded(m, before, after) for m in maps])
    part = tuple(slice(b, b + n) for b, n in zip(before, BALL, strict=True))
    inside = contribution[part]
    at_ball = maps[2] > 0
    difference = (inside - expected[30:-30, 30:-30, 30:-30])[at_ball]
    assert found.is_borne_out
    assert difference.std() < 0.02 * inside[at_ball].std()
    assert found.contribution_share == pytest.approx(found_in_middle.contribution_share, rel=0.02)


@pytest.mark.slow
def test_a_molecule_across_the_border_is_modified_as_one_in_the_middle() -> None:
    maps = [padded(m, (10, 10, 10), (10, 10, 10)) for m in random_halves()]
    expected, found_in_middle = modified(maps)
    shift = tuple(n // 2 for n in maps[0].shape)
    contribution, found = modified([np.roll(m, shift, axis=(0, 1, 2)) for m in maps])
    back = np.roll(contribution, tuple(-n for n in shift), axis=(0, 1, 2))
    assert np.corrcoef(back.ravel(), expected.ravel())[0, 1] > 0.98
    # One is worked out in the whole box, with other shells.
    assert found.contribution_share == pytest.approx(found_in_middle.contribution_share, rel=0.1)


@pytest.mark.slow
def test_far_from_the_mask_only_the_solvent_is_weighed_down() -> None:
    maps = [padded(m, (40, 40, 40), (40, 40, 40)) for m in random_halves()]
    contribution, found = modified(maps)
    n = maps[0].shape
    axes = [np.fft.fftfreq(k, VOXEL) for k in n[:2]] + [np.fft.rfftfreq(n[2], VOXEL)]
    s = np.sqrt(axes[0][:, None, None] ** 2 + axes[1][None, :, None] ** 2 + axes[2] ** 2)
    middles = (np.arange(len(found.outside)) + 0.5) * found.shell_width
    outside = 1 - maps[2]
    terms = (np.interp(s, middles, found.outside) - 1) * np.fft.rfftn(
        outside * (maps[0] + maps[1]) / 2
    )
    terms[(s > 1 / D_MIN) | (s == 0)] = 0
    rest = contribution - outside * np.fft.irfftn(terms, n, axes=(0, 1, 2))
    scale = rest.std()
    rest[(slice(36, -36),) * 3] = 0  # the ball and twice d_min around it, rounded up
    assert np.abs(rest).max() < 1e-4 * scale


def test_skew_cells_keep_their_angles() -> None:
    maps = list(random_halves())
    whole, found_whole = modified(maps, (90, 105, 90))
    larger, found = modified([padded(m, (0, 0, 0), (60, 0, 0)) for m in maps], (90, 105, 90))
    assert found.shell_width == pytest.approx(found_whole.shell_width, rel=0.2)
    inside = maps[2] > 0
    assert np.corrcoef(larger[: BALL[0]][inside], whole[inside])[0, 1] > 0.99


def test_a_mask_that_fills_the_box_leaves_nothing_out() -> None:
    half_1, half_2, mask = random_halves()
    contribution, found = modified([half_1, half_2, np.ones_like(mask)])
    assert found.is_borne_out
    assert contribution[0].any()
    assert contribution[-1].any()
