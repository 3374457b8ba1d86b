"""Terms weighted by their share of signal, told by the molecule and the solvent of one map."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.fft
import scipy.ndimage
from b_factor_maps import RESOLUTION, made, reference, s_squared_of
from examples import of_fast_suite

from map_sharpening import _core, sharpen_by_b_factor
from map_sharpening.errors import MapValueError
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.signal_share import (
    RadialPower,
    SignalShare,
    SignalShareError,
    fading,
    masked_away,
    signal_share,
)
from map_sharpening.report.contents import contents_of
from map_sharpening.simulation.simulate import SimulatedHalfMaps

EDGE, SPACING = 64, 1.2
RADIUS = 16.0  #: Å, of the ball that holds the signal
B_SIGNAL, NOISE = 60.0, 0.35


@cache
def distance() -> npt.NDArray[np.float64]:
    axis = SPACING * (np.arange(EDGE) - EDGE / 2)
    squares = axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2
    root: npt.NDArray[np.float64] = np.sqrt(squares)
    return root


@cache
def ball_and_noise(seed: int, b_signal: float) -> npt.NDArray[np.float64]:
    """Return a ball of density, random with a Gaussian fall-off, and white noise."""
    rng = np.random.default_rng(seed)
    white, of_noise = rng.standard_normal((2, EDGE, EDGE, EDGE))
    plain = MapData.from_array(np.zeros((EDGE,) * 3, np.float32), SPACING)
    fall_off = np.exp(-b_signal * s_squared_of(plain) / 4)
    density = scipy.fft.irfftn(scipy.fft.rfftn(white) * fall_off, s=white.shape)
    both: npt.NDArray[np.float64] = np.stack([density * (distance() < RADIUS), of_noise])
    both.flags.writeable = False
    return both


def ball_in_noise(seed: int, noise: float = NOISE, b_signal: float = B_SIGNAL) -> MapData:
    ball, of_noise = ball_and_noise(seed, b_signal)
    values = ball + noise * of_noise
    plain = MapData.from_array(np.zeros((EDGE,) * 3, np.float32), SPACING)
    return plain.with_values(values.astype(np.float32))


def expected(s: npt.NDArray[np.float64], noise: float = NOISE) -> npt.NDArray[np.float64]:
    signal = np.exp(-B_SIGNAL * s**2 / 2)
    share: npt.NDArray[np.float64] = signal / (signal + noise**2)
    return share


@pytest.mark.parametrize("noise", of_fast_suite([0.1, NOISE, 1.0], NOISE))
def test_share_is_signal_over_signal_and_noise(noise: float) -> None:
    shares = []
    for seed in range(10):
        found = signal_share(ball_in_noise(seed, noise), distance() > RADIUS, 3.6, 3.0, threads=1)
        shares.append(found.share)
    far = found.s > 1 / 8  # where there are terms enough
    mean = np.mean(shares, axis=0)
    # As if there were no signal in the finest shells, if that takes no more than twice
    # the noise of the solvent.
    truth = expected(found.s, noise)
    ratio = min(1 / (1 - truth[-3:].mean()), 2)
    assert found.noise_ratio == pytest.approx(ratio, rel=0.1)
    assumed = np.clip(1 - ratio * (1 - truth), 0, 1)
    np.testing.assert_allclose(mean[far], assumed[far], atol=0.05)


@pytest.mark.parametrize("b_signal", [40.0, 80.0])
def test_b_of_signal_is_its_fall_off_from_an_ideal_one(b_signal: float) -> None:
    found = signal_share(
        ball_in_noise(1, 0.05, b_signal), distance() > RADIUS, 3.6, 3.0, threads=1
    )
    s = np.linspace(1 / 9, 1 / 3.2, 30)
    # A line through what is measured: the fall-off less that of the table.
    ln_ratio = -b_signal * s**2 / 4 - np.log(_core.ideal_amplitude("protein", s))
    slope = np.polynomial.Polynomial.fit(s**2, ln_ratio, 1, w=s).convert().coef[1]
    assert found.b_of_signal == pytest.approx(-4 * slope, abs=15)


def test_noise_reaches_to_d_min_unless_the_map_was_filtered() -> None:
    raw = ball_in_noise(1, 3.0)
    assert signal_share(raw, distance() > RADIUS, 3.6, 3.0).is_of_raw_map
    terms = scipy.fft.rfftn(raw.values.astype(float)) * np.exp(-60 * s_squared_of(raw) / 4)
    filtered = raw.with_values(scipy.fft.irfftn(terms, s=raw.values.shape).astype(np.float32))
    found = signal_share(filtered, distance() > RADIUS, 3.6, 3.0)
    # Down by exp(-B s²/2) from 10 Å on.
    fall = 30 * (found.s[-2] ** 2 - 1 / 100)
    assert found.noise_at_end == pytest.approx(np.exp(-fall), rel=0.25)
    assert not found.is_of_raw_map


def by_shells(source: MapData, depth: float) -> MapData:
    """Let ln of the power rise and fall with a period of 0.15 1/Å."""
    s = np.sqrt(s_squared_of(source))
    terms = scipy.fft.rfftn(source.values.astype(float))
    terms *= np.exp(depth * np.sin(2 * np.pi * s / 0.15) / 2)
    return source.with_values(scipy.fft.irfftn(terms, s=source.values.shape).astype(np.float32))


def test_noise_that_varies_from_shell_to_shell_is_that_of_a_weighted_map() -> None:
    is_solvent = distance() > RADIUS
    raw = ball_in_noise(1)
    as_given = signal_share(raw, is_solvent, 3.6, 3.0, threads=1)
    assert as_given.noise_roughness < 0.04
    for depth in (0.3, 0.6):
        found = signal_share(by_shells(raw, depth), is_solvent, 3.6, 3.0, threads=1)
        s = found.s[(found.s > 0.1) & (found.share > 0.05)]
        put_on = depth * np.sin(2 * np.pi * s / 0.15)
        left = put_on - np.polyval(np.polyfit(s, put_on, 2, w=s), s)  # terms grow as s²
        rms = np.sqrt(np.average(left**2, weights=s**2))
        assert found.noise_roughness == pytest.approx(rms, rel=0.15)
        assert found.is_weighted_by_shells
        assert not found.is_of_raw_map
        assert found.noise_at_end > 0.15


def test_a_weighted_map_that_is_mostly_signal_passes_for_one_as_reconstructed() -> None:
    found = signal_share(by_shells(ball_in_noise(1, 0.1), 0.6), distance() > RADIUS, 3.6, 3.0)
    assert found.noise_roughness > 0.3
    assert found.at_resolution == found.at(3.6) > 0.75
    assert found.is_of_raw_map


def test_neither_a_b_factor_nor_a_coarse_map_makes_noise_rough() -> None:
    is_solvent = distance() > RADIUS
    raw = ball_in_noise(1)
    sharpened = sharpened_without_filter(raw, 110.0)
    assert not signal_share(sharpened, is_solvent, 3.6, 3.0).is_weighted_by_shells
    assert signal_share(by_shells(raw, 0.6), is_solvent, 11.0, 9.2).noise_roughness == 0


def test_share_lies_between_0_and_1_and_goes_into_the_gain() -> None:
    found = signal_share(ball_in_noise(1), distance() > RADIUS, 3.6, 3.0, threads=1)
    assert 0 <= found.share.min() <= found.share.max() <= 1
    with_share, without = made(pseudo_likelihood=True, b_sharpen=30), made(b_sharpen=30)
    share = with_share.signal_share
    assert share is not None
    assert without.signal_share is None
    s = np.sqrt(s_squared_of(reference()))
    terms, plain = (
        scipy.fft.rfftn(result.sharpened.values.astype(np.float64))
        for result in (with_share, without)
    )
    inside = (s > 0) & (s < 1 / RESOLUTION)
    ratio = np.abs(terms[inside]) / np.abs(plain[inside])
    gain = np.interp(s[inside], share.s, share.share)
    typical = np.abs(plain[inside]) > 1e-3 * np.abs(plain[inside]).max()
    scale = np.median(ratio[typical] / gain[typical])
    np.testing.assert_allclose(ratio[typical], scale * gain[typical], rtol=3e-3)


def test_a_masked_map_is_refused_if_weights_are_asked_for() -> None:
    above = np.where(distance() > RADIUS, 0, ball_in_noise(1).values + 2).astype(np.float32)
    flat = ball_in_noise(1).with_values(above)
    with pytest.raises(MapValueError, match=r"masked or flattened.*leave pseudo_likelihood out"):
        made(flat, target="skewness", solvent_content=0.8, pseudo_likelihood=True)
    result = made(flat, target="skewness", solvent_content=0.8)
    assert "masked or flattened" in result.unweighted


@pytest.mark.parametrize(
    "keywords",
    of_fast_suite([{}, {"b_iso": 10.0}, {"local_sharpening": True}], {}, {"b_iso": 10.0}),
)
def test_false_changes_nothing(keywords: dict[str, Any]) -> None:
    plain, off = made(**keywords), made(pseudo_likelihood=False, **keywords)
    np.testing.assert_array_equal(plain.sharpened.values, off.sharpened.values)


def test_map_as_it_is_stays_as_it_is() -> None:
    result = made(pseudo_likelihood=True, methods=["no_sharpening"])
    assert any("pseudo_likelihood has no effect" in warning for warning in result.warnings)
    values, given = result.sharpened.values.ravel(), reference().values.ravel()
    assert np.corrcoef(values, given)[0, 1] == pytest.approx(1, abs=1e-6)


def test_search_takes_the_weights_into_account() -> None:
    keywords: dict[str, Any] = {"target": "skewness", "solvent_content": None}
    weighted, plain = made(**keywords), made(pseudo_likelihood=False, **keywords)
    scores, of_plain = (
        [trial.scores.skewness for trial in result.trials] for result in (weighted, plain)
    )
    assert scores[: len(of_plain)] != of_plain
    assert plain.chosen.d_cut == RESOLUTION
    assert weighted.chosen.d_cut is None
    # The mean of two estimates of B: the summit's, and that of the fall-off.
    assert weighted.signal_share is not None
    assert weighted.signal_share.b_of_signal is not None
    summit = max(weighted.trials, key=lambda trial: trial.scores.skewness)
    mean = (summit.b_sharpen + weighted.signal_share.b_of_signal) / 2
    assert weighted.chosen.b_sharpen == pytest.approx(mean)
    (note,) = (fact.note for fact in contents_of(weighted).facts if "b_sharpen" in fact.name)
    assert f"the mean of {summit.b_sharpen:.1f} Å², which scores highest, and" in note
    assert all("the mean of" not in fact.note for fact in contents_of(plain).facts)


@pytest.mark.parametrize(
    "given",
    of_fast_suite([{"b_sharpen": 30.0}, {"region_weight_method": "b_iso"}], {"b_sharpen": 30.0}),
)
def test_what_refines_a_scan_changes_no_map_without_one(given: dict[str, Any]) -> None:
    plain = made(pseudo_likelihood=True, **given)
    refined = made(
        pseudo_likelihood=True, optimize_d_cut=True, optimize_b_blur_hires=True, **given
    )
    np.testing.assert_array_equal(plain.sharpened.values, refined.sharpened.values)
    blurred = made(pseudo_likelihood=True, b_blur_hires=100.0, **given)
    assert not np.array_equal(plain.sharpened.values, blurred.sharpened.values)


@pytest.mark.slow
@pytest.mark.parametrize(
    "given", [{"b_blur_hires": 100.0}, {"d_cut": 3.5}, {"k_sharpen": 2.0}, {"k_sharpen": 0.0}]
)
def test_what_is_done_beyond_d_cut_changes_nothing_of_a_search_for_one_b(
    given: dict[str, Any],
) -> None:
    plain, other = (made(target="skewness", methods=["b_iso"], **more) for more in ({}, given))
    np.testing.assert_array_equal(plain.sharpened.values, other.sharpened.values)


@pytest.mark.slow
def test_weights_are_the_default_of_a_search_by_the_skewness_only() -> None:
    cut = "terms beyond d_cut are treated as asked for"
    cases: list[tuple[dict[str, Any], str]] = [
        ({"target": "adjusted_sa"}, "the skewness is not the only score"),
        ({"target": "skewness", "b_iso": 20.0}, ""),
        ({"target": "skewness", "d_cut": 3.5}, cut),
        ({"target": "skewness", "b_blur_hires": 100.0}, cut),
        ({"target": "skewness", "optimize_d_cut": True}, cut),
        ({"target": "skewness", "wrapping": True}, "the noise of a crystal"),
        ({"target": "skewness", "methods": ["target_b_iso_to_d_cut"]}, "B is not searched for"),
        ({"target": "skewness", "pseudo_likelihood": False}, "pseudo_likelihood is False"),
    ]
    for keywords, reason in cases:
        result = made(**keywords)
        assert result.signal_share is None, keywords
        assert bool(result.unweighted) == bool(reason), keywords
        assert result.unweighted.startswith(reason), keywords


@pytest.mark.slow
def test_a_map_that_was_filtered_is_not_weighted_and_why_is_told() -> None:
    raw = ball_in_noise(1)
    terms = scipy.fft.rfftn(raw.values.astype(float)) * np.exp(-60 * s_squared_of(raw) / 4)
    filtered = raw.with_values(scipy.fft.irfftn(terms, s=raw.values.shape).astype(np.float32))
    result = sharpen_by_b_factor(filtered, resolution=3.6, threads=1)
    assert result.signal_share is None
    assert "filtered, masked or sharpened before" in result.unweighted
    asked_for = sharpen_by_b_factor(filtered, resolution=3.6, pseudo_likelihood=True, threads=1)
    assert asked_for.signal_share is not None


def test_flattened_solvent_is_refused() -> None:
    source = ball_in_noise(1)
    flat = source.with_values(np.where(distance() > RADIUS, 0, source.values).astype(np.float32))
    with pytest.raises(SignalShareError, match="masked or flattened: what is left of it"):
        signal_share(flat, distance() > RADIUS + 6, 3.6, 3.0)


@pytest.mark.parametrize(
    ("is_solvent", "name"),
    [(np.zeros((EDGE,) * 3, bool), "solvent"), (np.ones((EDGE,) * 3, bool), "molecule")],
)
def test_too_little_of_either_is_refused(is_solvent: npt.NDArray[np.bool_], name: str) -> None:
    with pytest.raises(MapValueError, match=f"too little {name}"):
        signal_share(ball_in_noise(1), is_solvent, 3.6, 3.0)


def test_share_is_read_at_a_resolution() -> None:
    share = SignalShare(np.array([0.1, 0.2]), np.array([1.0, 0.5]))
    assert share.at(20) == 1
    assert share.at(1 / 0.15) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("times", "is_told"),
    [
        pytest.param(1.0, False, marks=pytest.mark.slow),
        (1.35, False),
        (1.45, True),
        pytest.param(1.6, True, marks=pytest.mark.slow),
        pytest.param(2.2, True, marks=pytest.mark.slow),
    ],
)
def test_a_resolution_much_too_coarse_is_told(simulated, times, is_told):
    given = times * simulated.resolution
    found = sharpen_by_b_factor(simulated.mean, resolution=given)
    assert found.signal_share is not None
    assert (found.signal_share.at_end > 0.6) == is_told
    told = [text for text in found.warnings if "finer detail" in text]
    assert bool(told) == is_told
    assert all(f"than resolution={given:g} says" in text for text in told)


@pytest.mark.parametrize("radius", [35.0, 38.0])
def test_noise_is_measured_where_a_sphere_left_the_solvent(radius: float) -> None:
    raw = ball_in_noise(2)
    cut_out = raw.with_values(np.where(distance() < radius, raw.values, 0).astype(np.float32))
    whole, found = (
        signal_share(one, distance() > RADIUS, 3.6, 3.0, threads=1) for one in (raw, cut_out)
    )
    far = whole.s > 1 / 8
    np.testing.assert_allclose(found.share[far], whole.share[far], atol=0.1)
    assert found.at_end < 0.2
    assert masked_away(raw, distance() > RADIUS, 3.6) is None


def changed(source: MapData, factor: Callable[[npt.NDArray[np.float64]], Any]) -> MapData:
    terms = scipy.fft.rfftn(source.values.astype(float)) * factor(s_squared_of(source))
    values = scipy.fft.irfftn(terms, s=source.values.shape)
    return source.with_values(values.astype(np.float32), "changed")


@pytest.mark.parametrize(("times", "is_told"), [(1.0, False), (1.6, True)])
@pytest.mark.parametrize("b_added", of_fast_suite([150.0, 300.0], 150.0))
def test_a_resolution_much_too_coarse_is_told_of_filtered_maps(simulated, b_added, times, is_told):
    filtered = changed(simulated.mean, lambda squares: np.exp(-b_added * squares / 4))
    found = sharpen_by_b_factor(filtered, resolution=times * simulated.resolution)
    assert found.signal_share is None
    assert any("finer detail" in text for text in found.warnings) == is_told


@pytest.mark.parametrize(("times", "is_told"), [(1.0, False), (1.6, True)])
def test_of_masked_maps_it_is_told_that_they_go_on(simulated, times, is_told):
    d = simulated.resolution
    filtered = changed(simulated.mean, lambda squares: 1 / (1 + (d * np.sqrt(squares)) ** 24))
    mask = np.clip(2 * scipy.ndimage.gaussian_filter(simulated.near_atoms.astype(float), 2), 0, 1)
    mask[mask < 0.01] = 0
    masked = filtered.with_values((filtered.values * mask).astype(np.float32))
    found = sharpen_by_b_factor(masked, resolution=times * d)
    assert found.signal_share is None
    assert "masked or flattened" in found.unweighted
    told = [text for text in found.warnings if "the map goes on beyond what resolution=" in text]
    assert bool(told) == is_told
    assert not any("finer detail" in text for text in found.warnings)


def random_map(edge: int, *, last: float | None) -> MapData:
    """Return random density without terms finer than `last`, Å."""
    values = np.random.default_rng(0).standard_normal((edge,) * 3)
    plain = MapData.from_array(values.astype(np.float32), 1.0)
    return plain if last is None else changed(plain, lambda squares: squares < 1 / last**2)


@pytest.mark.parametrize("edge", [32, 48, 64, 96])
def test_what_is_beyond_the_resolution_is_that_in_small_boxes_too(edge: int) -> None:
    d_min = 0.833 * 6
    ends = RadialPower.of(random_map(edge, last=6), d_min, threads=1)
    assert ends.beyond(6) < 1e-9
    goes_on = RadialPower.of(random_map(edge, last=None), d_min, threads=1)
    assert goes_on.beyond(6) == pytest.approx(1, abs=0.2)
    assert goes_on.beyond(0.833 * d_min) == 0  # no shell is finer


def cut_out(source: MapData) -> MapData:
    """Return a part of a map, whose faces don't match."""
    part = np.ascontiguousarray(source.values[5:43, 9:47, 4:40])
    return MapData.from_array(part, source.voxel_size, name="part")


def test_steps_at_the_faces_of_a_part_have_no_power(simulated: SimulatedHalfMaps) -> None:
    d = simulated.resolution
    ends = changed(simulated.mean, lambda squares: 1 / (1 + (d * np.sqrt(squares)) ** 80))
    part = cut_out(ends)
    no_solvent = np.zeros(part.values.shape, bool)
    weights = fading(part, no_solvent, d)
    assert weights is not None
    assert weights[0].max() < 0.01
    assert weights.max() > 0.98
    kept = 0.833 * d
    whole = RadialPower.of(ends, kept, threads=1).beyond(d, kept)
    plain, faded = (
        RadialPower.of(part, kept, each, threads=1).beyond(d, kept) for each in (None, weights)
    )
    assert whole < 1e-9
    assert plain > 0.02
    assert faded < 1e-3 * plain
    assert fading(part, no_solvent, d, periodic=True) is None


@pytest.mark.parametrize(("times", "is_told"), [(1.0, False), (1.6, True)])
def test_faces_of_a_part_are_no_finer_detail(simulated, times, is_told) -> None:
    d = simulated.resolution
    ends = changed(simulated.mean, lambda squares: 1 / (1 + (d * np.sqrt(squares)) ** 80))
    found = sharpen_by_b_factor(cut_out(ends), resolution=times * d)
    told = [text for text in found.warnings if "finer detail" in text or "goes on" in text]
    assert bool(told) == is_told


def test_a_step_where_a_map_was_masked_is_no_power(simulated: SimulatedHalfMaps) -> None:
    d = simulated.resolution
    ends = changed(simulated.mean, lambda squares: 1 / (1 + (d * np.sqrt(squares)) ** 80))
    inside = scipy.ndimage.binary_dilation(simulated.near_atoms, iterations=2)
    masked = ends.with_values(np.where(inside, ends.values, 0).astype(np.float32))
    found = sharpen_by_b_factor(masked, resolution=d)
    assert not any("goes on" in text or "finer detail" in text for text in found.warnings)
    weights = fading(masked, ~inside, d)
    assert weights is not None
    assert weights[masked.values == 0].mean() < 0.1
    plain, faded = (
        RadialPower.of(masked, 0.833 * d, each, threads=1).beyond(d, 0.833 * d)
        for each in (None, weights)
    )
    assert plain > 0.01
    assert faded < 0.1 * plain


def test_a_thin_molecule_that_was_masked_is_not_faded_away(simulated) -> None:
    is_rod = np.zeros(simulated.mean.values.shape, bool)
    is_rod[8:48, 27:29, 27:29] = True
    rod = simulated.mean.with_values(np.where(is_rod, simulated.mean.values, 0))
    weights = fading(rod, ~is_rod, simulated.resolution)
    assert weights is not None
    assert weights.max() > 0.9  # of the faces alone
    assert fading(rod, ~is_rod, simulated.resolution, periodic=True) is None
    sharpen_by_b_factor(rod, resolution=simulated.resolution)  # and nothing is divided by 0


def test_nothing_is_left_out_of_a_map_whose_grid_ends_at_its_resolution(
    simulated: SimulatedHalfMaps,
) -> None:
    # Signal up to the Nyquist limit, which is all that is kept.
    found = sharpen_by_b_factor(simulated.mean, resolution=1.1 * simulated.half_1.nyquist)
    assert found.d_min == pytest.approx(simulated.half_1.nyquist)
    assert found.signal_share is not None
    assert not found.signal_share.is_left_out_by(found.d_min)
    assert found.signal_share.is_left_out_by(2 * found.d_min)
    assert not any("left out" in text or "goes on" in text for text in found.warnings)


def test_a_small_box_does_not_seem_to_go_on_beyond_its_resolution() -> None:
    found = sharpen_by_b_factor(
        random_map(32, last=6), resolution=6, sharpening_target="skewness", threads=1
    )
    assert not any("goes on beyond" in text for text in found.warnings)


def sharpened_without_filter(source: MapData, b: float) -> MapData:
    return changed(source, lambda squares: np.exp(b * squares / 4))


@pytest.mark.parametrize("b", [60.0, 110.0])
def test_share_is_that_of_the_map_before_it_was_sharpened_without_a_filter(b: float) -> None:
    is_solvent = distance() > RADIUS
    raw = ball_in_noise(1)
    before = signal_share(raw, is_solvent, 3.6, 3.0, threads=1)
    found = signal_share(sharpened_without_filter(raw, b), is_solvent, 3.6, 3.0, threads=1)
    far = found.s > 1 / 8
    np.testing.assert_allclose(found.share[far], before.share[far], atol=0.1)
    assert before.b_of_signal is not None
    assert found.b_of_signal == pytest.approx(before.b_of_signal - b, abs=15)
    assert found.is_of_raw_map


def test_noise_in_the_corners_of_the_fourier_grid_is_spilled_nowhere() -> None:
    raw, s_end = ball_in_noise(1), 1 / 2.5
    terms = scipy.fft.rfftn(np.random.default_rng(7).standard_normal(raw.values.shape))
    terms[s_squared_of(raw) < s_end**2] = 0
    corners = scipy.fft.irfftn(terms, s=raw.values.shape)
    noisy = raw.with_values((raw.values + 20 * corners).astype(np.float32))
    before, found = (
        signal_share(one, distance() > RADIUS, 3.6, 3.0, threads=1) for one in (raw, noisy)
    )
    far = found.s > 1 / 8
    np.testing.assert_allclose(found.share[far], before.share[far], atol=0.1)


@pytest.mark.parametrize("b", of_fast_suite([180.0, 260.0], 180.0))
def test_map_sharpened_without_a_filter_comes_out_as_the_raw_one(
    simulated: SimulatedHalfMaps, b: float
) -> None:
    d = simulated.resolution
    raw, treated = (
        sharpen_by_b_factor(source, resolution=d)
        for source in (simulated.mean, sharpened_without_filter(simulated.mean, b))
    )
    assert treated.chosen.b_sharpen == pytest.approx(raw.chosen.b_sharpen - b, abs=12)
    near = simulated.near_atoms
    one, two = (result.sharpened.values[near] for result in (raw, treated))
    assert np.corrcoef(one, two)[0, 1] > 0.985
