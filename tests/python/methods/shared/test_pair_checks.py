"""Maps that are given together and don't belong together, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from examples import of_fast_suite
from scipy import ndimage

from map_sharpening import sharpen_by_b_factor, sharpen_by_model, sharpen_half_maps
from map_sharpening.errors import MapValueError
from map_sharpening.maps.checks.values_of_halves import cautions_of_values
from map_sharpening.maps.comparison import change_between, compare_by_shells, scales_by_place
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.shared.pair_checks import (
    caution_of_offset,
    require_mean_of_halves,
    why_no_pair,
)
from map_sharpening.molecule.atoms import Atoms

FloatMap = npt.NDArray[np.float32]
SHAPE = (48, 48, 48)
VOXEL_SIZE, RESOLUTION = 1.5, 4.0


@cache
def molecule() -> FloatMap:
    """Return peaks at random places of one half of the middle: no symmetry, no centre."""
    rng = np.random.default_rng(5)
    values = np.zeros(SHAPE)
    places = rng.normal([22, 26, 20], [7, 4, 5], (400, 3)).round().astype(int) % 48
    np.add.at(values, tuple(places.T), 1.0)
    made: FloatMap = ndimage.gaussian_filter(values, 1.0).astype(np.float32)
    made.flags.writeable = False
    return made


def noise(seed: int, share: float = 0.5) -> FloatMap:
    values = np.random.default_rng(seed).normal(size=SHAPE).astype(np.float32)
    return np.float32(share) * molecule().std() * values


def as_map(values: npt.NDArray[np.floating], name: str) -> MapData:
    return MapData.from_array(values, VOXEL_SIZE, name=name)


HALVES = (as_map(molecule() + noise(1), "one"), as_map(molecule() + noise(2), "two"))
MEAN = (HALVES[0].values + HALVES[1].values) / 2


@cache
def frequencies() -> FloatMap:
    steps = [np.fft.fftfreq(n, VOXEL_SIZE) for n in SHAPE[:2]] + [
        np.fft.rfftfreq(SHAPE[2], VOXEL_SIZE)
    ]
    z, y, x = np.meshgrid(*steps, indexing="ij")
    s: FloatMap = np.sqrt(x**2 + y**2 + z**2)
    s.flags.writeable = False
    return s


def filtered(values: FloatMap, factor: Callable[[FloatMap], FloatMap]) -> FloatMap:
    terms = np.fft.rfftn(values) * factor(frequencies())
    made: FloatMap = np.fft.irfftn(terms, SHAPE, (0, 1, 2)).astype(np.float32)
    return made


def test_half_maps_without_their_lowest_values_are_told() -> None:
    first, second = HALVES
    cut = as_map(np.maximum(second.values, 0), "cut")
    (told,) = cautions_of_values((first, cut))
    share = np.mean(cut.values == 0)
    assert told.startswith(f"cut has its lowest value, 0, at {share:.0%} of its points: what")
    assert "what was below was cut off" in told
    level = second.values.std()
    left = as_map(np.where(second.values > level, second.values, 0), "left")
    (of_left,) = cautions_of_values((first, left))
    lowest = left.values[left.values > 0].min()
    assert f"what was below {lowest:.4g} was set to it (a threshold)" in of_left
    masked = as_map(np.where(molecule() > 0.01, second.values, 0), "masked")
    assert cautions_of_values((first, masked)) == []
    result = sharpen_half_maps(first, cut, resolution=RESOLUTION)
    assert result.warnings.count(told) == 1


@pytest.mark.parametrize("folded", [np.abs, np.square, lambda values: -np.abs(values)])
def test_half_maps_of_absolute_values_are_told(folded: Callable[[FloatMap], FloatMap]) -> None:
    pair = [as_map(folded(half.values - half.values.mean()), half.name) for half in HALVES]
    told = cautions_of_values((pair[0], pair[1]))
    expected = [f"{name} has [0-9.]+% of its values next to" for name in ("one", "two")]
    assert len(told) == 2
    assert all(map(re.match, expected, told))
    assert cautions_of_values(HALVES) == []


@pytest.mark.parametrize("size", of_fast_suite([1.04, 0.95], 1.04))
@pytest.mark.parametrize(
    "fixed", of_fast_suite([(22, 26, 20), (0, 0, 0)], (0, 0, 0)), ids=["middle", "corner"]
)
def test_a_half_map_that_is_magnified_is_told(size: float, fixed: tuple[int, int, int]) -> None:
    at = np.array(fixed)
    moved = ndimage.affine_transform(molecule(), np.eye(3) / size, at - at / size, order=3)
    other = as_map(moved.astype(np.float32) + noise(2), "two")
    (told,) = caution_of_offset(HALVES[0], other, RESOLUTION)
    found = re.match(r"two is about ([\d.]+) % (larger|smaller) than one, so", told)
    assert found is not None
    assert float(found[1]) == pytest.approx(100 * abs(size - 1), abs=1.1)
    assert found[2] == ("larger" if size > 1 else "smaller")
    assert why_no_pair(HALVES[0], other, RESOLUTION) == told


@pytest.mark.parametrize(("degrees", "is_told"), [(5, True), (0, False)])
def test_a_half_map_that_is_turned_is_told(degrees: float, is_told: bool) -> None:
    angle, middle = np.radians(degrees), np.array([22, 26, 20])
    turn = np.eye(3)
    turn[1:, 1:] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    moved = ndimage.affine_transform(molecule(), turn, middle - turn @ middle, order=3)
    other = as_map(moved.astype(np.float32) + noise(2), "two")
    found = caution_of_offset(HALVES[0], other, RESOLUTION)
    told = [text for text in found if re.match(r"two is turned by about [456](\.\d)?° rel", text)]
    assert len(told) == len(found) == is_told


def judged(values: FloatMap) -> list[str]:
    return list(require_mean_of_halves(as_map(values, "full"), HALVES, RESOLUTION).warnings)


@pytest.mark.parametrize(
    "values",
    [MEAN, 1.1 * MEAN, MEAN + 3, filtered(MEAN, lambda s: np.exp(5 * s * s / 4))],
    ids=["mean", "hardly scaled", "offset", "hardly sharpened"],
)
def test_the_mean_of_the_halves_is_told_nothing_of(values: FloatMap) -> None:
    assert judged(values) == []


@pytest.mark.parametrize("scale", [40, 2, 0.01])
def test_another_scale_is_told_and_changes_nothing(scale: float) -> None:
    (told,) = judged(np.float32(scale) * MEAN)
    assert f"its values are {scale:.3g} times as large, which changes nothing" in told


def ramp(low: float, high: float, axis: int) -> FloatMap:
    """Return a weight that rises along an axis."""
    shape = [1, 1, 1]
    shape[axis] = SHAPE[axis]
    return np.linspace(low, high, SHAPE[axis], dtype=np.float32).reshape(shape)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("edges", [(0.5, 1.5), (1.5, 0.5), (0.6, 1.4)])
def test_a_full_map_that_is_stronger_on_one_side_is_told(
    edges: tuple[float, float], axis: int
) -> None:
    (told,) = judged(MEAN * ramp(*edges, axis))
    found = re.search(r"its values are ([\d.]+) to ([\d.]+) times as large, depending on", told)
    assert found is not None
    # In parts that are a quarter of the box wide.
    low, high = (1 + (end - 1) * 0.75 for end in (min(edges), max(edges)))
    lowest, highest = (float(word) for word in found.groups())
    assert highest / lowest == pytest.approx(high / low, rel=0.15)
    assert "leave full_map out" in told


def test_a_full_map_put_together_from_two_is_told() -> None:
    other = MEAN.copy()
    other[:, :, 24:] *= np.float32(2)
    (told,) = judged(other)
    assert "put together from several maps" in told


@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize("edges", [(1, 1), (0.95, 1.05)])
def test_a_full_map_with_a_little_noise_of_its_own_is_the_mean(
    edges: tuple[float, float], seed: int
) -> None:
    assert judged(MEAN * ramp(*edges, 1) + noise(seed, 0.05)) == []


def test_scales_are_those_that_were_applied() -> None:
    mean, other = as_map(MEAN, "mean"), as_map(3 * MEAN * ramp(0.4, 1.6, 2), "other")
    shells = compare_by_shells(mean, other, RESOLUTION)
    found = scales_by_place(mean, other, RESOLUTION, shells)
    # Four parts along x, whose middles are at 1/8, 3/8, 5/8 and 7/8 of the box.
    lowest, highest = found.min(), found.max()
    assert highest / lowest == pytest.approx(1.45 / 0.55, rel=0.1)
    assert np.median(found) == pytest.approx(1)


def test_terms_beyond_the_resolution_do_not_count() -> None:
    assert judged(filtered(MEAN, lambda s: s < 1 / RESOLUTION)) == []


def test_a_sharpened_full_map_is_warned_of_with_its_factor() -> None:
    (warning,) = judged(filtered(MEAN, lambda s: np.exp(90 * s * s / 4)))
    assert "full is not the mean of one and two: relative to theirs its amplitudes rise" in warning
    assert "sharpened" in warning
    assert warning.endswith("leave full_map out: the mean of the half maps is sharpened then")
    # exp(90 s² / 4) at 4.3 Å over that at the first shells
    assert 2.7 < float(warning.split("factor ")[1].split()[0]) < 4.2


@pytest.mark.parametrize(
    "factor",
    [lambda s: np.exp(-60 * s * s / 4), lambda s: s < 1 / 6, lambda s: s < 1 / 4.6],
    ids=["blurred", "cut at 6 Å", "cut at 4.6 Å"],
)
def test_a_filtered_full_map_is_warned_of(factor: Callable[[FloatMap], FloatMap]) -> None:
    (warning,) = judged(filtered(MEAN, factor))
    assert "so it was filtered or blurred" in warning


def test_a_masked_full_map_is_warned_of() -> None:
    region = ndimage.gaussian_filter(molecule(), 3) > 0.01
    warnings = judged(MEAN * region)
    assert any("it was masked" in warning for warning in warnings)


def test_a_full_map_without_negative_values_is_not_called_masked() -> None:
    warnings = judged(np.clip(MEAN, 0, None))
    assert any("what was below was set to 0" in warning for warning in warnings)
    assert not any("it was masked" in warning for warning in warnings)


@pytest.mark.parametrize("scale", [1.0, 3e-4])
@pytest.mark.parametrize("rounded", [np.round, np.trunc])
def test_a_full_map_of_bytes_is_masked_only_where_more_than_rounding_makes_it_0(
    rounded: Callable[[FloatMap], FloatMap], scale: float
) -> None:
    values = rounded(MEAN / np.abs(MEAN).max() * 127)
    assert np.mean(values == 0) > 0.1
    assert not [text for text in judged(scale * values) if "it was masked" in text]
    region = ndimage.gaussian_filter(molecule(), 3) > 0.01
    assert [text for text in judged(scale * values * region) if "it was masked" in text]


def test_noise_added_to_the_mean_is_told() -> None:
    (warning,) = judged(MEAN + noise(7, 1.0))
    assert "they agree in part only" in warning


WRONG = {
    "inverted": (-MEAN, "has the opposite contrast"),
    "mirrored along x": (np.flip(MEAN, 2), "mirrored along x (which makes the other hand)"),
    "mirrored along z": (np.flip(MEAN, 0), "mirrored along z"),
    "sharpened and mirrored": (
        np.flip(filtered(MEAN, lambda s: np.exp(90 * s * s / 4)), 1),
        "mirrored along y",
    ),
    "shifted": (np.roll(MEAN, (0, 3, -2), (0, 1, 2)), "shifted by -2, 3, 0 voxels along x, y, z"),
    "shifted by half the box": (np.roll(MEAN, 24, 0), "voxels along x, y, z"),
    "axes swapped": (np.swapaxes(MEAN, 0, 2), "axes in the order z y x (which makes the other"),
    "turned by 90 degrees": (np.rot90(MEAN, axes=(1, 2)), "has its axes in the order"),
    "noise": (noise(9), "nothing in common with them"),
    "another molecule": (np.roll(np.flip(molecule(), (0, 1)), 9, 2) ** 2, "full is not the mean"),
    "a mask": ((molecule() > 0.02).astype(np.float32), "has the values of a mask"),
}


@pytest.mark.parametrize(
    "name",
    of_fast_suite(
        WRONG, "inverted", "mirrored along z", "shifted", "axes swapped", "noise", "a mask"
    ),
)
def test_a_full_map_of_something_else_is_refused(name: str) -> None:
    values, words = WRONG[name]
    with pytest.raises(MapValueError) as caught:
        judged(values)
    assert words in str(caught.value)


def test_a_half_map_is_not_the_full_map() -> None:
    one, two = as_map(MEAN + noise(1), "one"), as_map(MEAN + noise(2), "two")
    for half in (one, two):
        full = half.with_values(half.values.copy(), "full")
        with pytest.raises(
            MapValueError, match=f"full is not .*: it holds the values of {half.name};"
        ):
            require_mean_of_halves(full, (one, two), RESOLUTION)
        scaled = half.with_values(2 * half.values - 3, "full")
        with pytest.raises(MapValueError, match=f"full is not .*: it is {half.name} on another"):
            require_mean_of_halves(scaled, (one, two), RESOLUTION)


def test_a_map_of_absolute_values_is_not_said_to_be_filtered() -> None:
    (warning,) = judged(np.abs(MEAN + noise(7, 2.0)))
    assert "they agree in part only" in warning


@pytest.mark.parametrize("points", of_fast_suite([20, 23, 24, 25, 29], 23, 24))
def test_a_shift_along_all_axes_is_no_turn(points: int) -> None:
    # Half-way between points of the coarse maps in which it is looked for, along each axis.
    whole = np.zeros((64, 64, 64), np.float32)
    whole[8:56, 8:56, 8:56] = MEAN
    moved = np.roll(whole, (points, points, points), (0, 1, 2))
    change = change_between(as_map(whole, "a"), as_map(moved, "b"), RESOLUTION)
    assert change is not None
    assert change.is_shift_alone
    assert change.shift == pytest.approx((points,) * 3, abs=0.1)


@pytest.mark.parametrize("shift", [0.5, 1.0, 7.25])
def test_a_shift_is_measured_in_voxels(shift: float) -> None:
    steps = np.fft.fftfreq(48)[None, :, None]
    moved = np.fft.ifftn(np.fft.fftn(MEAN) * np.exp(-2j * np.pi * steps * shift)).real
    change = change_between(as_map(MEAN, "a"), as_map(moved, "b"), RESOLUTION)
    assert change is not None
    assert change.is_shift_alone
    assert change.shift == pytest.approx((0, shift, 0), abs=0.1)


def test_correlation_and_ratio_of_shells_are_those_of_the_filter() -> None:
    other = as_map(filtered(MEAN, lambda s: np.exp(-40 * s * s / 4)), "other")
    shells = compare_by_shells(as_map(MEAN, "first"), other, RESOLUTION)
    assert shells.correlation == pytest.approx(np.ones(len(shells.s)), abs=1e-2)
    assert shells.ratio == pytest.approx(np.exp(-10 * shells.s**2), rel=0.05)


def test_skew_cells_have_skew_shells() -> None:
    first = as_map(MEAN, "first")
    skew = first.position.cell.__class__(72.0, 72.0, 72.0, 90.0, 90.0, 120.0)
    position = first.position.__class__(skew, first.position.sampling)
    h = np.meshgrid(*(np.fft.fftfreq(48, 1 / 48),) * 3, indexing="ij")
    # A hexagonal cell: 1/d² = 4/3 (h² + hk + k²) / a² + l² / c²
    s_squared = (4 / 3 * (h[2] ** 2 + h[2] * h[1] + h[1] ** 2) + h[0] ** 2) / 72**2
    blurred = np.fft.ifftn(np.fft.fftn(MEAN) * np.exp(-40 * s_squared / 4)).real
    one, two = (
        MapData(np.ascontiguousarray(values, np.float32), position) for values in (MEAN, blurred)
    )
    shells = compare_by_shells(one, two, RESOLUTION)
    assert shells.ratio == pytest.approx(np.exp(-10 * shells.s**2), rel=0.05)


PAIRS = {
    "inverted": (-HALVES[1].values, "opposite contrast"),
    "mirrored": (np.flip(HALVES[1].values, 0), "mirrored along z"),
    "inverted through a point": (
        np.flip(HALVES[1].values),
        "is mirrored along x, y, z (which makes the other hand) relative",
    ),
    "half a turn": (np.flip(HALVES[1].values, (0, 2)), "is turned by 180° about y relative"),
    "shifted": (np.roll(HALVES[1].values, 2, 1), "is shifted by 0, 2, 0 voxels"),
    "axes swapped": (np.swapaxes(HALVES[1].values, 1, 2), "axes in the order y x z"),
}


@pytest.mark.parametrize(("values", "words"), PAIRS.values(), ids=PAIRS.keys())
def test_what_keeps_halves_from_agreeing_is_found(values: FloatMap, words: str) -> None:
    cause = why_no_pair(HALVES[0], as_map(values, "other"), RESOLUTION)
    assert cause is not None
    assert words in cause
    assert cause.startswith("other ")


def test_a_copy_of_a_half_is_told_if_it_can_t_be_used() -> None:
    values = HALVES[0].values + 0.1 * noise(8)
    cause = why_no_pair(HALVES[0], as_map(values, "other"), RESOLUTION)
    assert cause is not None
    correlation = np.corrcoef(HALVES[0].values.ravel(), values.ravel())[0, 1]
    assert cause.startswith(f"they are nearly the same map (correlation {correlation:.4f})")


@pytest.mark.slow
def test_no_cause_is_made_up() -> None:
    assert why_no_pair(*HALVES, RESOLUTION) is None
    assert why_no_pair(HALVES[0], as_map(noise(8), "other"), RESOLUTION) is None


# In runs


@pytest.mark.parametrize("values", [-HALVES[1].values, np.flip(HALVES[1].values, 0)])
def test_halves_that_are_no_pair_are_told_why(values: FloatMap) -> None:
    other = as_map(values, "other")
    try:
        told = " ".join(sharpen_half_maps(HALVES[0], other, resolution=RESOLUTION).warnings)
    except MapValueError as error:
        told = str(error)
    assert "other has the opposite contrast" in told or "other is mirrored along z" in told


@pytest.mark.slow
def test_each_method_looks_at_a_full_map_beside_half_maps() -> None:
    mirrored = as_map(np.flip(MEAN, 0), "full")
    sharpened = as_map(filtered(MEAN, lambda s: np.exp(90 * s * s / 4)), "full")
    with pytest.raises(MapValueError, match="full is not the mean"):
        sharpen_half_maps(*HALVES, full_map=mirrored, resolution=RESOLUTION)
    with pytest.raises(MapValueError, match="full is not the mean"):
        sharpen_by_b_factor(mirrored, half_maps=HALVES, resolution=RESOLUTION, b_iso=50)
    atoms = Atoms(np.array([[30.0, 39.0, 33.0]]), np.array(["C"]), np.ones(1))
    with pytest.raises(MapValueError, match="full is not the mean"):
        sharpen_by_model(mirrored, atoms, half_maps=HALVES, resolution=RESOLUTION)
    result = sharpen_half_maps(*HALVES, full_map=sharpened, resolution=RESOLUTION)
    assert "so it was sharpened" in result.warnings[0]
