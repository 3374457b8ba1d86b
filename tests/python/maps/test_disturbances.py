"""What is no molecule in half maps is named: a slope of the background, a gold bead."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pytest

from map_sharpening.maps.checks.disturbances import (
    cautions_of_disturbances,
    cautions_of_shared_noise,
)
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.simulation.simulate import SimulatedHalfMaps

Pair = tuple[MapData, MapData]


def with_added(pair: Pair, density: npt.NDArray[np.float64]) -> Pair:
    """Return half maps with the same density, in standard deviations of the first, in both."""
    scale = float(pair[0].values.std())
    one, two = (
        half.with_values((half.values + scale * density).astype(np.float32), half.name)
        for half in pair
    )
    return one, two


def slope(shape: tuple[int, ...], rise: float) -> npt.NDArray[np.float64]:
    y = np.linspace(-0.5, 0.5, shape[1])
    return np.broadcast_to(rise * y[:, None], shape)


def ball(
    shape: tuple[int, ...], centre: tuple[int, int, int], radius: float
) -> npt.NDArray[np.float64]:
    z, y, x = np.indices(shape)
    square = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
    return np.exp(-square / (2 * (radius / 2) ** 2))


def noise(seed: int, shape: tuple[int, int, int] = (48, 48, 48)) -> MapData:
    values = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return MapData.from_array(values, 2.0)


@pytest.fixture
def halves(simulated: SimulatedHalfMaps) -> Pair:
    return simulated.half_1, simulated.half_2


def test_half_maps_of_a_molecule_give_no_caution(halves: Pair) -> None:
    assert list(cautions_of_disturbances(*halves)) == []


@pytest.mark.parametrize(
    ("rolled", "axes"), [((0, 1, 2), "z, y, x"), ((1,), "y"), ((2, 0), "z, x")]
)
def test_a_molecule_across_the_faces_of_the_box_is_told(
    rolled: tuple[int, ...], axes: str
) -> None:
    halves = with_added((noise(1), noise(2)), 5 * ball((48, 48, 48), (24, 23, 25), 10))
    assert list(cautions_of_disturbances(*halves)) == []
    by = [24] * len(rolled)
    one, two = (half.with_values(np.roll(half.values, by, rolled)) for half in halves)
    (text,) = cautions_of_disturbances(one, two)
    assert f"lies at both ends of the box along {axes} and not in its middle" in text


def test_half_maps_that_share_noise_are_told(halves: Pair) -> None:
    one, two = (half.values for half in halves)
    mixed = [
        half.with_values(share * one + (1 - share) * two, half.name)
        for half, share in zip(halves, (0.8, 0.2), strict=True)
    ]
    result = sharpen_half_maps(*mixed, resolution=4.0)
    (text,) = (text for text in result.warnings if "share noise" in text)
    found = re.search(r"outside of the mask too \((.*); expected about 0", text)
    assert found is not None
    # Of noise with equal power: 2 a b / (a² + b²) for shares a and b.
    assert float(found[1]) == pytest.approx(2 * 0.8 * 0.2 / (0.8**2 + 0.2**2), abs=0.02)
    assert result.mask is not None
    assert cautions_of_shared_noise(*halves, result.mask) == []


def test_the_rest_of_the_molecule_outside_a_mask_is_no_shared_noise() -> None:
    shape = (48, 48, 48)
    molecule = 30 * ball(shape, (24, 24, 24), 15) * noise(3).values
    halves = with_added((noise(1), noise(2)), molecule)
    part = halves[0].with_values((ball(shape, (24, 24, 15), 16) > 0.5).astype(np.float32))
    assert cautions_of_shared_noise(*halves, part) != []
    result = sharpen_half_maps(*halves, resolution=4.0, mask=part)
    assert result.resolution_0143 is None
    assert not any("share noise" in text for text in result.warnings)


@pytest.mark.parametrize("rise", [-4.0, 2.0, 4.0])
def test_a_slope_of_the_background_is_named(halves: Pair, rise: float) -> None:
    (text,) = cautions_of_disturbances(*with_added(halves, slope(halves[0].values.shape, rise)))
    assert "from one side of the box to the other, mostly along y" in text
    assert "subtract a plane from the half maps" in text


@pytest.mark.parametrize("level", [0.0, 50.0])
def test_the_rise_is_told_in_standard_deviations(level: float) -> None:
    shape = (48, 40, 32)
    halves = with_added((noise(1, shape), noise(2, shape)), level + slope(shape, -6.0))
    (text,) = cautions_of_disturbances(*halves)
    mean = (halves[0].values.astype(np.float64) + halves[1].values) / 2
    first, last = mean[:, 0].mean(), mean[:, -1].mean()
    told = float(text.split("rises by ")[1].split()[0])
    assert told == pytest.approx((first - last) / mean.std(), rel=0.05)


@pytest.mark.parametrize("voxels", [(2.0, 2.0, 2.0), (1.0, 1.5, 3.0)])
@pytest.mark.parametrize("level", [0.0, 50.0])
def test_width_height_and_power_of_a_bead_are_told(
    voxels: tuple[float, float, float], level: float
) -> None:
    shape, width, place = (48, 60, 80), 12.0, (50, 20, 16)
    z, y, x = (part.astype(float) for part in np.indices(shape))
    parts = zip((x, y, z), place, voxels, strict=True)
    distance = np.sqrt(sum((part - at) ** 2 * step**2 for part, at, step in parts))
    molecule = noise(3, shape).values  # all over the box
    bead = 60 * np.exp(-4 * np.log(2) * (distance / width) ** 2)
    one, two = with_added((noise(1, shape), noise(2, shape)), level + molecule + bead)
    halves = [MapData.from_array(half.values, voxels) for half in (one, two)]
    (text,) = cautions_of_disturbances(*halves)
    assert "at x 50, y 20, z 16 (counted from 0), 12 Å wide" in text
    mean = (one.values.astype(np.float64) + two.values) / 2
    above = mean - mean.mean()
    assert f"up to {above.max() / mean.std():.0f} standard deviations" in text
    power = np.square(above[distance <= 1.5 * width]).sum() / np.square(above).sum()
    told = float(text.split("with ")[1].split("%")[0]) / 100
    assert told == pytest.approx(power, abs=0.015)


def test_a_bead_is_as_wide_where_planes_are_skipped() -> None:
    shape = (240, 30, 30)
    halves = (noise(1, shape), noise(2, shape))
    bead = 60 * ball(shape, (14, 15, 120), 12)  # half as high at 7.06 points
    (text,) = cautions_of_disturbances(*with_added(halves, 2 * noise(3, shape).values + bead))
    assert "z 120 (counted from 0)" in text
    assert float(text.split("0), ")[1].split(" Å wide")[0]) == pytest.approx(28, abs=2)


def test_a_rod_is_no_bead() -> None:
    shape = (48, 48, 48)
    rod = 60 * np.maximum.reduce([ball(shape, (14, 14, z), 4) for z in range(6, 42)])
    halves = with_added((noise(1), noise(2)), 3 * noise(3).values + rod)
    assert list(cautions_of_disturbances(*halves)) == []


@pytest.mark.parametrize("sign", [1, -1])
def test_a_gold_bead_is_named_with_its_place(halves: Pair, sign: int) -> None:
    bead = sign * 60 * ball(halves[0].values.shape, (8, 9, 10), 5)
    (text,) = cautions_of_disturbances(*with_added(halves, bead))
    assert "have a spot at x 8, y 9, z 10 (counted from 0)" in text
    assert "gold bead (fiducial marker)" in text


def test_a_run_names_the_cause(halves: Pair, simulated: SimulatedHalfMaps) -> None:
    disturbed = with_added(halves, slope(halves[0].values.shape, 4))
    result = sharpen_half_maps(*disturbed, resolution=simulated.resolution)
    assert any("subtract a plane from the half maps" in text for text in result.warnings)


def test_a_molecule_that_is_all_there_is_is_no_marker() -> None:
    halves = with_added((noise(1), noise(2)), 40 * ball((48, 48, 48), (24, 24, 24), 6))
    assert list(cautions_of_disturbances(*halves)) == []


def test_a_bead_is_told_from_the_molecule_by_its_size() -> None:
    shape = (48, 48, 48)
    molecule = 3 * ball(shape, (28, 28, 28), 20) * noise(3).values
    halves = with_added((noise(1), noise(2)), molecule)
    assert list(cautions_of_disturbances(*halves)) == []
    (text,) = cautions_of_disturbances(*with_added(halves, 40 * ball(shape, (6, 6, 6), 5)))
    assert "x 6, y 6, z 6" in text


def test_a_molecule_in_one_half_of_the_box_is_no_slope() -> None:
    filled = np.zeros((48, 48, 48))
    filled[:24] = 3.0
    assert list(cautions_of_disturbances(*with_added((noise(1), noise(2)), filled))) == []


def test_planes_that_are_skipped_change_nothing() -> None:
    tall = (noise(1, (272, 24, 24)), noise(2, (272, 24, 24)))
    z = np.linspace(-0.5, 0.5, 272)[:, None, None]
    (text,) = cautions_of_disturbances(*with_added(tall, np.broadcast_to(4 * z, (272, 24, 24))))
    assert "mostly along z" in text


@pytest.mark.parametrize("size", [4, 15])
def test_boxes_too_small_to_tell_are_passed_over(size: int) -> None:
    small = (noise(1, (size,) * 3), noise(2, (size,) * 3))
    assert list(cautions_of_disturbances(*with_added(small, slope((size,) * 3, 9)))) == []


@pytest.mark.parametrize("which", [0, 1])
def test_one_half_that_was_masked_is_named(halves: Pair, which: int) -> None:
    given = [half.with_values(half.values.copy(), f"half {i}") for i, half in enumerate(halves)]
    given[which].values[:, : given[which].shape[1] // 4] = 0
    (text,) = cautions_of_disturbances(*given)
    assert text.startswith(f"half {which} is 0 in 25% of the box and half {1 - which} in 0%:")
    assert "give both halves as they were reconstructed" in text


def test_halves_masked_alike_or_rounded_are_not_told_to_be_masked(halves: Pair) -> None:
    masked = [half.with_values(half.values.copy()) for half in halves]
    for half in masked:
        half.values[:10] = 0
    assert list(cautions_of_disturbances(*masked)) == []
    one, two = halves
    step = 0.2 * two.values.std()
    rounded = two.with_values(np.round(two.values / step).astype(np.float32))
    assert np.mean(rounded.values == 0) > 0.05
    assert list(cautions_of_disturbances(one, rounded)) == []
