"""Contrast of cut-outs, whose molecule may fill them."""

from __future__ import annotations

import numpy as np
import pytest
from examples import of_fast_suite
from half_map_files import RESOLUTION, SHAPE, VOXEL_SIZE

from map_sharpening import sharpen_by_b_factor, sharpen_half_maps
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.shared.contrast import (
    INVERTED,
    UNSURE,
    Contrast,
    DetailSkewness,
    contrast_of,
    detail_skewness,
    has_inverted_contrast,
)
from map_sharpening.methods.shared.solvent import Outline, outline_of_smoothed
from map_sharpening.simulation.simulate import SimulatedHalfMaps

_CONSTANT = 3.7  # that is added to maps


def cut_out(simulated: SimulatedHalfMaps, source: MapData, margin: int, sign: int = 1) -> MapData:
    """Return a box round the atoms, so many points wider or, if negative, narrower."""
    near = np.argwhere(simulated.near_atoms)
    first = np.maximum(near.min(axis=0) - margin, 0)
    last = np.minimum(near.max(axis=0) + margin, np.array(SHAPE) - 1)
    box = tuple(slice(int(a), int(b) + 1) for a, b in zip(first, last, strict=True))
    values: FloatMap = np.ascontiguousarray(sign * source.values[box])
    return MapData.from_array(values, VOXEL_SIZE, name="cut-out")


def skewness(map_data: MapData) -> float:
    about = map_data.values.astype(np.float64) - map_data.values.mean(dtype=np.float64)
    return float(np.mean(about**3) / np.mean(about**2) ** 1.5)


@pytest.mark.parametrize("margin", [-9, -7])
def test_a_cut_out_that_the_molecule_fills_is_not_taken_for_inverted(
    simulated: SimulatedHalfMaps, margin: int
) -> None:
    source = cut_out(simulated, simulated.mean, margin)
    result = sharpen_by_b_factor(source, resolution=RESOLUTION, b_sharpen=-400, threads=1)
    assert skewness(result.sharpened) < -0.25
    assert INVERTED not in result.warnings
    assert not has_inverted_contrast(result.sharpened, RESOLUTION)


@pytest.mark.parametrize("margin", of_fast_suite((-9, -4, 0, 3), -9))
@pytest.mark.parametrize(
    "given",
    of_fast_suite(({}, {"wrapping": True}, {"b_sharpen": -400.0}), {}, {"b_sharpen": -400.0}),
)
def test_inverted_cut_outs_are_sharpened_as_their_negatives(
    simulated: SimulatedHalfMaps, margin: int, given: dict[str, float]
) -> None:
    options = {"resolution": RESOLUTION, "threads": 1, **given}
    upright = sharpen_by_b_factor(cut_out(simulated, simulated.mean, margin), **options)
    found = sharpen_by_b_factor(cut_out(simulated, simulated.mean, margin, -1), **options)
    assert INVERTED not in upright.warnings
    assert found.warnings == (INVERTED, *upright.warnings)
    np.testing.assert_array_equal(found.sharpened.values, -upright.sharpened.values)


@pytest.mark.parametrize(
    ("outline", "detail", "values", "expected"),
    [
        (Outline(9, 0.1), (-0.5, 40), -1, Contrast.UPRIGHT),
        (Outline(9, 0.7), (-0.5, 40), -1, Contrast.UNSURE),
        (Outline(9, 0.7), (-0.5, 3), -1, Contrast.UPRIGHT),
        (Outline(-9, 0.1), (0.1, 40), 1, Contrast.INVERTED),
        (Outline(-9, 0.1), (0.5, 3), 1, Contrast.INVERTED),
        (Outline(-9, 0.1), (0.5, 40), -1, Contrast.UPRIGHT),
        (Outline(-9, 0.7), (0.1, 40), -1, Contrast.UNSURE),
        (Outline(-9, 0.7), (-9.0, 3), -1, Contrast.UNSURE),
        (Outline(-9, 0.7), (-0.5, 40), -1, Contrast.INVERTED),
        (Outline(-4, 0.1), (-0.1, 40), -1, Contrast.INVERTED),
        (Outline(-4, 0.1), (-0.1, 40), 1, Contrast.UNSURE),
        (Outline(0, 1), (-0.5, 40), 0, Contrast.INVERTED),
        (Outline(0, 1), (-0.5, 40), 1, Contrast.UNSURE),
        (Outline(0, 1), (0.25, 40), 0, Contrast.UPRIGHT),
        (Outline(0, 1), (0.25, 40), -1, Contrast.UNSURE),
        (Outline(0, 1), (0.1, 40), 1, Contrast.UNSURE),
    ],
)
def test_contrast_is_known_where_nothing_contradicts(
    monkeypatch: pytest.MonkeyPatch,
    outline: Outline,
    detail: tuple[float, float],
    values: int,
    expected: Contrast,
) -> None:
    place = "map_sharpening.methods.shared.contrast."
    found = DetailSkewness(detail[0], 0.1, detail[1])
    monkeypatch.setattr(place + "outline_of_smoothed", lambda *_: outline)
    monkeypatch.setattr(place + "detail_skewness", lambda *_, **__: found)
    random = np.random.default_rng(3)
    skewed = values * random.exponential(size=(16, 16, 16)) + 1e-3 * random.random((16, 16, 16))
    source = MapData.from_array(skewed.astype(np.float32), 1.5, name="map")
    assert contrast_of(source, RESOLUTION) is expected
    # A cell has no outline.
    of_cell = contrast_of(source, RESOLUTION, periodic=True)
    assert of_cell is not Contrast.UNSURE or (detail == (-0.5, 40) and values > 0)


def test_an_empty_corner_beside_a_dip_is_not_turned() -> None:
    """A filtered molecule beyond a corner leaves a dip there, and next to no detail."""
    z, y, x = np.ogrid[:32, :32, :32]
    distance = np.sqrt(z**2 + y**2 + x**2)
    noise = np.random.default_rng(1).normal(size=(32, 32, 32))
    values = -np.exp(-np.square((distance - 3) / 5)) + 0.03 * noise
    corner = MapData.from_array(values.astype(np.float32), 1.5, name="corner")
    outline = outline_of_smoothed(corner)
    assert outline.contrast < -6
    assert outline.at_faces > 0.5
    result = sharpen_by_b_factor(corner, resolution=RESOLUTION, threads=1)
    assert INVERTED not in result.warnings
    assert UNSURE in result.warnings


@pytest.mark.parametrize("mask", ["auto", False])
@pytest.mark.parametrize("sign", [1, -1])
def test_half_maps_of_a_cut_out_have_the_contrast_of_the_whole(
    simulated: SimulatedHalfMaps, mask: str | bool, sign: int
) -> None:
    halves = (cut_out(simulated, half, 0, sign) for half in (simulated.half_1, simulated.half_2))
    result = sharpen_half_maps(*halves, resolution=RESOLUTION, mask=mask, threads=1)
    assert (INVERTED in result.warnings) == (sign < 0)


def test_a_mask_decides_where_detail_does_not(simulated: SimulatedHalfMaps) -> None:
    mean = simulated.mean
    coarse = 5 * RESOLUTION
    inside = simulated.near_atoms.astype(np.float32)
    inverted = mean.with_values(-mean.values)
    detail = detail_skewness(inverted, coarse)
    assert not (detail.is_upright)
    assert not (detail.is_inverted)
    assert has_inverted_contrast(inverted, coarse, inside)
    assert not has_inverted_contrast(inverted, coarse, 1 - inside)


def test_where_neither_outline_nor_detail_is_clear_they_must_agree_with_all_density() -> None:
    z, y, x = np.indices(SHAPE) - SHAPE[0] // 2
    ball = x**2 + y**2 + z**2 < 14**2
    noise = np.random.default_rng(2).exponential(size=SHAPE)
    coarse = 5 * RESOLUTION
    for skewed, height, is_periodic, expected in (
        (-noise, -0.18, False, Contrast.INVERTED),
        (-noise, 0.18, False, Contrast.UPRIGHT),
        (noise, -0.18, False, Contrast.UNSURE),
        (-noise, 0.18, True, Contrast.INVERTED),  # the outline of a crystal doesn't count
        (noise, -0.18, True, Contrast.UPRIGHT),
    ):
        source = MapData.from_array((skewed + height * ball).astype(np.float32), VOXEL_SIZE)
        outline = outline_of_smoothed(source, 1)
        assert 0 < height * outline.contrast < 6 * abs(height)
        assert outline.is_inside
        detail = detail_skewness(source, coarse, periodic=is_periodic)
        assert not detail.is_upright
        assert not detail.is_inverted
        assert contrast_of(source, coarse, periodic=is_periodic) is expected


@pytest.mark.parametrize(
    ("skewed", "expected"), [(-0.29, Contrast.INVERTED), (-0.21, Contrast.UPRIGHT)]
)
def test_density_of_a_crystal_must_be_clearly_skewed(skewed: float, expected: Contrast) -> None:
    rng = np.random.default_rng(3)
    share = (-skewed / 2) ** (2 / 3)  # of the variance; the skewness of an exponential is 2
    values = np.sqrt(1 - share) * rng.normal(size=SHAPE)
    values -= np.sqrt(share) * rng.exponential(size=SHAPE)
    source = MapData.from_array(values.astype(np.float32), VOXEL_SIZE)
    assert skewness(source) == pytest.approx(skewed, abs=0.02)
    assert contrast_of(source, 5 * RESOLUTION, periodic=True) is expected


def test_detail_is_skewed_alike_whatever_the_fall_off_and_the_mean(
    simulated: SimulatedHalfMaps,
) -> None:
    mean = simulated.mean
    expected = detail_skewness(mean, RESOLUTION)
    assert expected.is_upright
    for b_sharpen in (-200.0, 150.0):
        changed = sharpen_by_b_factor(
            mean, resolution=RESOLUTION, b_sharpen=b_sharpen, methods=("b_iso",), threads=1
        ).sharpened
        found = detail_skewness(changed.with_values(changed.values + _CONSTANT), RESOLUTION)
        assert found.value == pytest.approx(expected.value, abs=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_the_detail_of_noise_is_not_skewed(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(32, 32, 32)).astype(np.float32)
    noise = MapData.from_array(values, 1.5, name="noise")
    found = detail_skewness(noise, RESOLUTION)
    assert abs(found.value) < 3 * found.error
    assert not (found.is_upright)
    assert not (found.is_inverted)
    assert contrast_of(noise, RESOLUTION) is not Contrast.INVERTED


def test_the_error_is_that_of_noise() -> None:
    found = [
        detail_skewness(
            MapData.from_array(
                np.random.default_rng(seed).normal(size=(32, 32, 32)).astype(np.float32),
                1.5,
                name="noise",
            ),
            RESOLUTION,
            periodic=True,
        )
        for seed in range(30)
    ]
    in_errors = np.array([one.value / one.error for one in found])
    assert 0.4 < np.sqrt(np.mean(in_errors**2)) < 1.5


def test_an_empty_map_has_no_detail() -> None:
    empty = MapData.from_array(np.zeros((24, 24, 24), np.float32), 1.5, name="empty")
    found = detail_skewness(empty, RESOLUTION)
    assert found.value == 0
    assert not (found.is_upright)
    assert not (found.is_inverted)
