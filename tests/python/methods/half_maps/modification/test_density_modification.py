"""Density modification: what it leaves alone, what it gains, and what it must not pass on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from half_map_toy import HalfMapToy
from real_data import DATA, needs_data

from map_sharpening import (
    HalfMapResult,
    MapData,
    MapSharpeningError,
    _core,
    modify_density,
    read_map,
    sharpen_half_maps,
)
from map_sharpening.maps.map_data import FloatMap

SHAPE = (45, 48, 50)
VOXEL = 1.2
CELL = (*(VOXEL * n for n in reversed(SHAPE)), 90.0, 90.0, 90.0)
D_MIN = 3.0
AXES = [np.fft.fftfreq(n, VOXEL) for n in SHAPE[:2]] + [np.fft.rfftfreq(SHAPE[2], VOXEL)]
S_SQUARED = AXES[0][:, None, None] ** 2 + AXES[1][None, :, None] ** 2 + AXES[2] ** 2


def options(**chosen: float) -> _core.ModificationOptions:
    made = _core.ModificationOptions()
    made.d_min = D_MIN
    for name, value in chosen.items():
        setattr(made, name, value)
    return made


def limited(values: npt.NDArray[np.float64]) -> FloatMap:
    """Return a map without terms beyond d_min, its mean 0."""
    coefficients = np.fft.rfftn(values)
    coefficients[S_SQUARED > 1 / D_MIN**2] = 0
    coefficients[0, 0, 0] = 0
    return np.fft.irfftn(coefficients, SHAPE, axes=(0, 1, 2)).astype(np.float32)


def soft_ball() -> FloatMap:
    grid = np.indices(SHAPE) - (np.array(SHAPE) / 2)[:, None, None, None]
    distance = VOXEL * np.sqrt((grid**2).sum(axis=0))
    return np.clip((24 - distance) / 4, 0, 1).astype(np.float32)


def toy(seed: int = 1, noise: float = 1.0, *, is_gaussian: bool = False) -> HalfMapToy:
    random = np.random.default_rng(seed)
    mask = soft_ball()
    density = random.normal(size=SHAPE) if is_gaussian else (random.random(SHAPE) < 0.02) * 1.0
    truth = limited(density * (mask > 0.5))
    truth /= truth[mask > 0.5].std()
    halves = [truth + noise * unit_noise(random) for _ in range(2)]
    return HalfMapToy(truth, mask, *halves)


def unit_noise(random: np.random.Generator) -> FloatMap:
    noise = limited(random.normal(size=SHAPE))
    return noise / noise.std()


def contribution_of(
    half_1: FloatMap, half_2: FloatMap, mask: FloatMap, **chosen: float
) -> tuple[FloatMap, _core.ModificationFindings]:
    return _core.modify_density(half_1, half_2, mask, CELL, options(**chosen))


def correlation(a: FloatMap, b: FloatMap, where: FloatMap) -> float:
    inside = where > 0.5
    return float(np.corrcoef(a[inside], b[inside])[0, 1])


@pytest.mark.parametrize("noise", [0.7, 1.5])
def test_peaks_come_nearer_to_the_truth(noise: float) -> None:
    made = toy(noise=noise)
    contribution, found = contribution_of(made.half_1, made.half_2, made.mask)
    assert found.is_borne_out
    before = correlation(made.mean, made.truth, made.mask)
    after = correlation(made.mean + contribution, made.truth, made.mask)
    assert after > before + 0.02
    assert all(
        after >= before
        for before, after in zip(found.correlation_before, found.correlation_after, strict=True)
    )


def test_the_correlation_told_is_that_with_the_truth() -> None:
    made = toy(noise=1.0)
    _, found = contribution_of(made.half_1, made.half_2, made.mask)
    transforms = [np.fft.rfftn(m * made.mask) for m in (made.mean, made.truth)]
    shell = (np.sqrt(S_SQUARED) / found.shell_width).astype(int)
    for i in range(6, len(found.linear) - 1):
        a, b = (t[shell == i] for t in transforms)
        true = np.vdot(a, b).real / np.sqrt(np.vdot(a, a).real * np.vdot(b, b).real)
        assert found.correlation_before[i] == pytest.approx(true, abs=0.04)


def test_weights_are_those_of_a_fit_to_the_truth() -> None:
    made = toy(noise=1.0)
    _, found = contribution_of(made.half_1, made.half_2, made.mask)
    masked = made.mean * made.mask
    x, p, truth = (
        np.fft.rfftn(m) for m in (masked, np.maximum(masked, 0), made.truth * made.mask)
    )
    shell = (np.sqrt(S_SQUARED) / found.shell_width).astype(int)
    best = []
    for i in range(6, len(found.linear) - 1):
        features = np.stack([x[shell == i], p[shell == i]])
        products = (features @ features.conj().T).real
        with_truth = (features @ truth[shell == i].conj()).real
        alone = with_truth[0] / products[0, 0]
        best.append(np.linalg.solve(products, with_truth) / alone)
    linear, positive = np.mean(best, axis=0)
    assert np.mean(found.positive[6:-1]) == pytest.approx(positive, rel=0.15)
    assert np.mean(found.linear[6:-1]) == pytest.approx(linear, abs=float(0.15 * positive))


def test_density_like_noise_is_left_as_it_is() -> None:
    # Half of a Gaussian density is positive: its positive part tells nothing.
    made = toy(is_gaussian=True)
    contribution, found = contribution_of(made.half_1, made.half_2, made.mask)
    inside = made.mask > 0.5
    assert contribution[inside].std() < 0.02 * made.mean[inside].std()
    assert np.count_nonzero(found.positive) <= 2


def test_noise_alone_is_left_as_it_is() -> None:
    random = np.random.default_rng(5)
    halves = unit_noise(random), unit_noise(random)
    contribution, found = contribution_of(*halves, soft_ball())
    assert found.null_share < 0.02
    assert contribution.std() < 0.02 * halves[0].std()


def test_linear_weights_alone_are_one() -> None:
    made = toy(is_gaussian=True)
    _, found = contribution_of(made.half_1, made.half_2, made.mask)
    kept = [w for w, p in zip(found.linear, found.positive, strict=True) if p == 0]
    assert kept
    assert set(kept) == {1.0}


@pytest.mark.parametrize("scale", [-1.0, 0.25, 4096.0])
def test_scale_and_sign_come_out_as_they_went_in(scale: float) -> None:
    made = toy()
    factor = np.float32(scale)
    plain, _ = contribution_of(made.half_1, made.half_2, made.mask)
    scaled, _ = contribution_of(factor * made.half_1, factor * made.half_2, made.mask)
    np.testing.assert_allclose(scaled, factor * plain, atol=2e-3 * abs(scale) * plain.std())


def test_the_halves_may_be_swapped() -> None:
    made = toy()
    one, _ = contribution_of(made.half_1, made.half_2, made.mask)
    other, _ = contribution_of(made.half_2, made.half_1, made.mask)
    np.testing.assert_allclose(one, other, atol=1e-4 * one.std())


def test_symmetric_halves_stay_symmetric() -> None:
    def turned(values: FloatMap) -> FloatMap:  # by 180 degrees about z
        return np.roll(values[:, ::-1, ::-1], 1, axis=(1, 2))

    made = toy()
    halves = [half + turned(half) for half in (made.half_1, made.half_2)]
    np.testing.assert_array_equal(made.mask, turned(made.mask))
    contribution, found = contribution_of(*halves, made.mask)
    assert found.is_borne_out
    np.testing.assert_allclose(contribution, turned(contribution), atol=1e-4 * contribution.std())


def test_any_number_of_threads_gives_the_same_bytes() -> None:
    made = toy()
    one, _ = contribution_of(made.half_1, made.half_2, made.mask, threads=1)
    three, _ = contribution_of(made.half_1, made.half_2, made.mask, threads=3)
    assert one.tobytes() == three.tobytes()


def test_a_feature_of_one_half_is_passed_on_by_its_share_only() -> None:
    made = toy(noise=1.0)
    feature = toy(seed=9).truth  # as strong as the molecule, in one half only
    planted = made.half_1 + feature
    plain, _ = contribution_of(made.half_1, made.half_2, made.mask)
    with_feature, _ = contribution_of(planted, made.half_2, made.mask)
    inside = made.mask > 0.5

    def share(change: FloatMap) -> float:
        return float((change * feature)[inside].sum() / (feature**2)[inside].sum())

    # Half of it is in the mean; what is added must not make it more.
    assert share(with_feature + (planted + made.half_2) / 2 - plain - made.mean) < 0.5


def rebuilt(
    half_1: FloatMap, half_2: FloatMap, mask: FloatMap, found: _core.ModificationFindings
) -> FloatMap:
    """Return the contribution that the weights found make inside the mask."""
    masked = ((half_1 + half_2) / 2 * mask).astype(np.float64)
    s = np.sqrt(S_SQUARED)
    middles = (np.arange(len(found.linear)) + 0.5) * found.shell_width
    linear, positive, share = (
        np.interp(s, middles, w) for w in (found.linear, found.positive, found.signal_share)
    )
    terms = (linear - 1) * np.fft.rfftn(masked) + positive * np.fft.rfftn(np.maximum(masked, 0))
    terms[(s > 1 / D_MIN) | (s == 0)] = 0
    rms = np.sqrt((masked**2).sum() / (mask.astype(np.float64) ** 2).sum())
    strength = np.sqrt(np.prod([smoothed(half * mask) for half in (half_1, half_2)], axis=0))
    fading = np.fft.irfftn(share * terms, SHAPE, axes=(0, 1, 2))
    fading *= -np.minimum(strength / (2 * rms), 1)
    faded = np.fft.rfftn(fading) * (s <= 1 / D_MIN)
    return np.fft.irfftn(terms + faded, SHAPE, axes=(0, 1, 2)).astype(np.float32)


def smoothed(half: FloatMap) -> npt.NDArray[np.float64]:
    """Return the positive part of a half map, smoothed by a Gaussian of 0.3 d_min."""
    terms = np.fft.rfftn(half) * np.exp(-2 * (np.pi * 0.3 * D_MIN) ** 2 * S_SQUARED)
    terms[S_SQUARED > 1 / D_MIN**2] = 0
    return np.maximum(np.fft.irfftn(terms, SHAPE, axes=(0, 1, 2)), 0)


def solvent(mean: FloatMap, mask: FloatMap, found: _core.ModificationFindings) -> FloatMap:
    """Return what weighs a map down outside the mask."""
    s = np.sqrt(S_SQUARED)
    middles = (np.arange(len(found.outside)) + 0.5) * found.shell_width
    terms = (np.interp(s, middles, found.outside) - 1) * np.fft.rfftn(mean * (1 - mask))
    terms[(s > 1 / D_MIN) | (s == 0)] = 0
    return ((1 - mask) * np.fft.irfftn(terms, SHAPE, axes=(0, 1, 2))).astype(np.float32)


def test_the_contribution_is_what_the_weights_make() -> None:
    made = toy()
    contribution, found = contribution_of(made.half_1, made.half_2, made.mask)
    expected = rebuilt(made.half_1, made.half_2, made.mask, found)
    expected += solvent(made.mean, made.mask, found)
    assert np.abs(contribution - expected).max() < 1e-3 * contribution.std()


def test_the_guard_tells_what_becomes_of_a_feature_of_one_half() -> None:
    made = toy()
    _, found = contribution_of(made.half_1, made.half_2, made.mask)
    # The molecule's own density elsewhere in the mask, which with 2 d_min around fills the box.
    shift = tuple(-(n // 3) for n in SHAPE)
    elsewhere = np.roll(made.mean * made.mask, shift, axis=(0, 1, 2)).astype(np.float32)
    planted = made.half_1 + elsewhere
    _, found_planted = contribution_of(planted, made.half_2, made.mask)
    change = rebuilt(planted, made.half_2, made.mask, found_planted)
    change -= rebuilt(made.half_1, made.half_2, made.mask, found)
    feature = elsewhere * made.mask
    share = 2 * float((change * feature).sum() / (limited(feature) ** 2).sum())
    assert found.one_sided_share == pytest.approx(share, abs=1e-3)
    assert found.is_borne_out


def test_maps_in_which_features_of_one_half_are_strengthened_are_left_alone() -> None:
    made = toy()
    elsewhere = np.roll(made.mean * made.mask, (-15, -16, -16), axis=(0, 1, 2)).astype(np.float32)
    contribution, found = contribution_of(made.half_1 + elsewhere, made.half_2, made.mask)
    assert found.one_sided_share > _core.MOST_OF_ONE_SIDED
    assert not found.is_borne_out
    assert not contribution.any()


def test_outside_of_the_mask_noise_fades() -> None:
    made = toy()
    contribution, found = contribution_of(made.half_1, made.half_2, made.mask)
    outside = made.mask == 0
    assert (made.mean + contribution)[outside].std() < 0.5 * made.mean[outside].std()
    assert found.outside.min() >= 0
    assert found.outside.max() <= 1


def test_signal_outside_of_the_mask_stays() -> None:
    # As much of the map is signal outside the mask as inside.
    made = toy(noise=0.7)
    everywhere = made.truth + np.roll(made.truth, [n // 2 for n in SHAPE], axis=(0, 1, 2))
    random = np.random.default_rng(3)
    halves = [everywhere + 0.7 * unit_noise(random) for _ in range(2)]
    contribution, found = contribution_of(*halves, made.mask)
    outside = made.mask == 0
    mean = (halves[0] + halves[1]) / 2
    assert found.outside[4:].min() > 0.6
    kept = float((mean + contribution)[outside].std() / mean[outside].std())
    assert kept == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"d_min": 2.3}, "d_min is 2.3 Å"),
        ({"d_min": float("nan")}, "d_min is nan Å"),
        ({"n_shells": 3}, "n_shells is 3; at least 4 are needed"),
        ({"noise_share": 0.0}, "noise_share is 0; expected a number above 0, at most 1"),
        ({"noise_share": 1.5}, "noise_share is 1.5"),
        ({"noise_share": float("nan")}, "noise_share is nan"),
    ],
)
def test_options_out_of_range_are_refused(chosen: dict[str, float], message: str) -> None:
    made = toy()
    with pytest.raises(ValueError, match=message):
        contribution_of(made.half_1, made.half_2, made.mask, **chosen)


def test_maps_of_different_shapes_are_refused() -> None:
    made = toy()
    with pytest.raises(ValueError, match="mask has shape"):
        contribution_of(made.half_1, made.half_2, made.mask[:-1].copy())


def test_halves_without_common_signal_are_refused() -> None:
    made = toy(noise=1.0)
    with pytest.raises(_core.UnusableDataError, match="no common signal inside the mask"):
        contribution_of(made.half_1, -made.half_1, made.mask)


@pytest.mark.slow
def test_modify_density_is_what_a_sharpening_with_it_gives() -> None:
    made = toy(noise=0.5)
    halves = [MapData.from_array(half, VOXEL) for half in (made.half_1, made.half_2)]
    chosen = {"resolution": 3.2, "local_sharpen": False, "mask": made.mask}
    alone = modify_density(*halves, **chosen)
    run = sharpen_half_maps(*halves, **chosen, density_modification=True, sharpen_all_maps=False)
    assert run.modification is not None
    assert run.sharpened_half_1 is None
    np.testing.assert_array_equal(alone.modified.values, run.modification.modified.values)
    np.testing.assert_array_equal(
        alone.modified.values, run.sharpened.values + alone.contribution.values
    )


def test_modify_density_refuses_to_do_nothing() -> None:
    made = toy()
    with pytest.raises(MapSharpeningError, match="density_modification is False"):
        modify_density(
            made.half_1,
            made.half_2,
            voxel_size=VOXEL,
            resolution=3.2,
            density_modification=False,
        )


def with_full_map(made: HalfMapToy, full_map: FloatMap | None) -> HalfMapResult:
    return sharpen_half_maps(
        made.half_1,
        made.half_2,
        full_map=full_map,
        voxel_size=VOXEL,
        resolution=3.2,
        mask=made.mask,
        density_modification=True,
    )


@pytest.mark.slow
def test_a_masked_full_map_gets_no_solvent_from_the_half_maps() -> None:
    made = toy(noise=0.5)
    found = with_full_map(made, made.mean * made.mask)
    plain = with_full_map(made, None)
    assert found.modification is not None
    assert plain.modification is not None
    outside = made.mask == 0
    scale = found.modification.modified.values[made.mask == 1].std()
    plain_scale = plain.modification.modified.values[made.mask == 1].std()
    assert found.modification.modified.values[outside].std() / scale == pytest.approx(
        plain.modification.modified.values[outside].std() / plain_scale, rel=0.05
    )
    np.testing.assert_allclose(
        found.modification.modified.values,
        found.sharpened.values + found.modification.contribution.values,
        atol=1e-5,
    )


@pytest.mark.slow
def test_the_scale_of_a_full_map_does_not_count() -> None:
    made = toy(noise=0.5)
    plain, scaled = (with_full_map(made, factor * made.mean) for factor in (1, 10))
    assert plain.sharpened_half_1 is not None
    assert scaled.sharpened_half_1 is not None
    assert plain.modification is not None
    assert scaled.modification is not None
    for one, other in (
        (plain.sharpened, scaled.sharpened),
        (plain.sharpened_half_1, scaled.sharpened_half_1),
        (plain.modification.modified, scaled.modification.modified),
    ):
        np.testing.assert_allclose(other.values, one.values, atol=2e-4)


@pytest.mark.slow
@needs_data
def test_a_real_corner_of_solvent_is_left_as_it_is() -> None:
    # EMD-3650: noise, and 47 atoms of haemoglobin.
    halves = [read_map(DATA / f"em/emd_3650/half{i}_crop56.mrc")[0] for i in (1, 2)]
    made = sharpen_half_maps(
        *halves, resolution=4.0, local_sharpen=True, density_modification=True
    )
    assert made.modification is not None
    assert not made.modification.is_borne_out
    np.testing.assert_array_equal(made.modification.modified.values, made.sharpened.values)
