"""Terms weighted by their share of signal, told by the molecule and the solvent of one map."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.fft
from b_factor_maps import RESOLUTION, made, reference, s_squared_of

from map_sharpening.errors import MapValueError
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.signal_share import SignalShare, signal_share

EDGE, SPACING = 64, 1.2
RADIUS = 16.0  #: Å, of the ball that holds the signal
B_SIGNAL, NOISE = 60.0, 0.35


@cache
def distance() -> npt.NDArray[np.float64]:
    axis = SPACING * (np.arange(EDGE) - EDGE / 2)
    squares = axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2
    root: npt.NDArray[np.float64] = np.sqrt(squares)
    return root


def ball_in_noise(seed: int, noise: float = NOISE) -> MapData:
    """Return a ball of density, random with a Gaussian fall-off, in white noise."""
    rng = np.random.default_rng(seed)
    white, of_noise = rng.standard_normal((2, EDGE, EDGE, EDGE))
    plain = MapData.from_array(np.zeros((EDGE,) * 3, np.float32), SPACING)
    fall_off = np.exp(-B_SIGNAL * s_squared_of(plain) / 4)
    density = scipy.fft.irfftn(scipy.fft.rfftn(white) * fall_off, s=white.shape)
    values = density * (distance() < RADIUS) + noise * of_noise
    return plain.with_values(values.astype(np.float32))


def expected(s: npt.NDArray[np.float64], noise: float = NOISE) -> npt.NDArray[np.float64]:
    signal = np.exp(-B_SIGNAL * s**2 / 2)
    share: npt.NDArray[np.float64] = signal / (signal + noise**2)
    return share


@pytest.mark.parametrize("noise", [0.1, NOISE, 1.0])
def test_share_is_signal_over_signal_and_noise(noise: float) -> None:
    shares = []
    for seed in range(10):
        found = signal_share(ball_in_noise(seed, noise), distance() > RADIUS, 3.6, 3.0, threads=1)
        shares.append(found.share)
    far = found.s > 1 / 8  # where there are terms enough
    mean = np.mean(shares, axis=0)
    np.testing.assert_allclose(mean[far], expected(found.s[far], noise), atol=0.05)


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
    np.testing.assert_allclose(ratio[typical], scale * gain[typical], rtol=2e-3)


@pytest.mark.parametrize("keywords", [{}, {"b_iso": 10.0}, {"local_sharpening": True}])
def test_false_changes_nothing(keywords: dict[str, Any]) -> None:
    plain, off = made(**keywords), made(pseudo_likelihood=False, **keywords)
    np.testing.assert_array_equal(plain.sharpened.values, off.sharpened.values)


def test_map_as_it_is_stays_as_it_is() -> None:
    result = made(pseudo_likelihood=True, methods=["no_sharpening"])
    assert any("pseudo_likelihood has no effect" in warning for warning in result.warnings)
    values, given = result.sharpened.values.ravel(), reference().values.ravel()
    assert np.corrcoef(values, given)[0, 1] == pytest.approx(1, abs=1e-6)


def test_search_takes_the_weights_into_account() -> None:
    result = made(pseudo_likelihood=True, target="skewness", solvent_content=None)
    scores = [trial.scores.skewness for trial in result.trials]
    plain = made(target="skewness", solvent_content=None)
    assert result.chosen.scores.skewness == max(scores)
    assert scores != [trial.scores.skewness for trial in plain.trials]


def test_flattened_solvent_is_refused() -> None:
    source = ball_in_noise(1)
    flat = source.with_values(np.where(distance() > RADIUS, 0, source.values).astype(np.float32))
    with pytest.raises(MapValueError, match=r"holds no noise.*leave pseudo_likelihood out"):
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
