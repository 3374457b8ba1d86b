"""Values of half maps that no reconstruction has: thresholds, roots, logarithms, slabs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from blob_maps import SIDE, STEP, blob_halves
from scipy import ndimage

from map_sharpening import (
    MapData,
    local_resolution,
    resolution_of_half_maps,
    sharpen_half_maps,
)
from map_sharpening.maps.checks.plausible import looked_over
from map_sharpening.maps.checks.values_of_halves import cautions_of_values

Values = npt.NDArray[np.float32]
SHAPE = (48, 52, 60)


def ball(width: float) -> Values:
    z, y, x = (np.linspace(-1, 1, n) for n in SHAPE)
    radius = np.sqrt(z[:, None, None] ** 2 + y[:, None] ** 2 + x**2)
    return np.clip((0.6 + width - radius) / width, 0, 1).astype(np.float32)


def halves() -> tuple[Values, Values]:
    """Return density in a ball, with correlated noise that rises outwards."""
    random = np.random.default_rng(8)
    fields = [ndimage.gaussian_filter(random.normal(size=SHAPE), 0.7) for _ in range(3)]
    signal, *noise = (field / field.std() for field in fields)
    one, two = (
        (2 * np.abs(signal) * ball(0.1) + each * (1.5 - ball(0.8))).astype(np.float32)
        for each in noise
    )
    return one, two


def thresholded(values: Values, soft: float) -> Values:
    level = values.std()
    left = np.where(np.abs(values) > level, values - soft * level * np.sign(values), 0)
    return left.astype(np.float32)


def slab(values: Values, axis: int, factor: float) -> Values:
    made = values.copy()
    np.moveaxis(made, axis, 0)[20:31] *= factor
    return made


def signed(function: Callable[[Values], Values]) -> Callable[[Values], Values]:
    return lambda values: np.sign(values) * function(np.abs(values))


def told(one: Values, two: Values) -> list[str]:
    maps = [MapData.from_array(each, 1.2, name=f"h{i}") for i, each in enumerate((one, two), 1)]
    return cautions_of_values((maps[0], maps[1]))


SOUND: dict[str, Callable[[Values], Values]] = {
    "as made": lambda values: values,
    "soft mask": lambda values: values * ball(0.2),
    "hard mask": lambda values: values * (ball(0.1) > 0.5),
    "8 bits": lambda values: np.round(20 * values / values.std()),
    "few levels": lambda values: np.round(values / values.std()),
    "0 to 1": lambda values: (values - values.min()) / np.ptp(values),
    "blurred": lambda values: ndimage.gaussian_filter(values, 3),
    "padded": lambda values: np.pad(values, 6),
}


@pytest.mark.parametrize("made", SOUND)
def test_nothing_is_said_of_sound_values(made: str) -> None:
    one, two = map(SOUND[made], halves())
    assert told(one, two) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda values: thresholded(values, 0), "as denoising by a threshold leaves them"),
        (lambda values: thresholded(values, 1), "as denoising by a threshold leaves them"),
        (lambda values: np.log(values - values.min() + 0.3), "as logarithms have"),
        (signed(np.sqrt), "as roots or logarithms of both signs have"),
        (signed(np.log1p), "as roots or logarithms of both signs have"),
        (signed(lambda size: size**1.5), "as powers of density above 1 have"),
        (signed(np.square), "as powers of density above 1 have"),
        (lambda values: np.sqrt(np.abs(values)), "as the square root of absolute values has"),
    ],
    ids=[
        "hard",
        "soft",
        "logarithm",
        "signed root",
        "signed logarithm",
        "power",
        "square",
        "root of sizes",
    ],
)
def test_values_out_of_proportion_are_told(
    change: Callable[[Values], Values], expected: str
) -> None:
    one, two = map(change, halves())
    assert all(expected in text for text in told(one, two))
    assert len(told(one, two)) == (2 if "absolute" in expected else 1)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_a_slab_on_another_scale_is_told(axis: int, factor: float) -> None:
    one, two = halves()
    (text,) = told(slab(one, axis, factor), slab(two, axis, factor))
    places = {f"from plane {'zyx'[axis]} {at} on (counted from 0) h" for at in (20, 31)}
    assert sum(text.count(place) for place in places) == 2
    (text,) = told(one, slab(two, axis, factor))
    assert "h1" not in text
    assert any(f"{place}2 is" in text for place in places)
    assert told(slab(one, axis, 1.2), slab(two, axis, 1.2)) == []


def test_a_slab_of_other_values_is_told() -> None:
    one, two = halves()
    shifted = [values + 1.2 * values.std() * (np.arange(60) > 30) for values in (one, two)]
    (text,) = told(*shifted)
    assert text.startswith("from plane x 31 on (counted from 0) h1 is +1.")
    assert " standard deviations higher than before it and from plane x 31 on" in text


def test_masks_in_different_places_are_told() -> None:
    one, two = halves()
    (text,) = told(one * ball(0.1), two * np.roll(ball(0.1), 12, axis=0))
    share = np.logical_and(a := ball(0.1) > 0, b := np.roll(a, 12, axis=0)).sum() / (a | b).sum()
    assert text.startswith(f"h1 and h2 were masked in different places: {share:.0%} of the points")


def test_a_header_of_a_larger_box_is_named_as_the_cause() -> None:
    whole = [MapData.from_array(values, STEP, name="h") for values in blob_halves(0.3)]
    half_voxels = [
        replace(each, position=replace(each.position, sampling=(2 * SIDE,) * 3)) for each in whole
    ]
    for maps, is_told in ((whole, False), (half_voxels, True)):
        result = sharpen_half_maps(maps[0], maps[1], resolution=5.0, mask=False, threads=1)
        found = [text for text in result.warnings if "MX, MY, MZ" in text]
        assert len(found) == is_told
        assert all("h has MX, MY, MZ 2 times its numbers of points" in text for text in found)
        assert all(text.endswith("give voxel_size=1.5") for text in found)


def test_every_second_point_missing_is_told() -> None:
    checkerboard = np.indices(SHAPE).sum(axis=0) % 2
    for values in halves():
        made = MapData.from_array(values * checkerboard, 1.2, name="h")
        (text,) = looked_over(made)[1]
        assert text.startswith("h: of points that follow each other some are 0.")
        assert looked_over(MapData.from_array(values, 1.2))[1] == []


@pytest.mark.parametrize(
    ("find", "given"),
    [
        (sharpen_half_maps, {"resolution": 6.0}),
        (local_resolution, {"resolution": 6.0}),
        (resolution_of_half_maps, {}),
    ],
    ids=["sharpen", "local resolution", "resolution"],
)
def test_all_that_take_half_maps_say_so(find: Callable[..., Any], given: dict[str, float]) -> None:
    one, two = (MapData.from_array(slab(half, 1, 2.0), STEP) for half in blob_halves())
    (expected,) = cautions_of_values((one, two))
    assert find(one, two, threads=1, **given).warnings.count(expected) == 1
