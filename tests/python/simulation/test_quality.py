"""Correlations with a known truth."""

from __future__ import annotations

import numpy as np
import pytest

from map_sharpening.errors import GridMismatchError, MapValueError, ParameterError
from map_sharpening.maps.map_data import MapData
from map_sharpening.simulation.quality import TruthCorrelations, correlations

SHAPE = (22, 25, 28)


def noise_map(seed: int) -> MapData:
    values = np.random.default_rng(seed).normal(size=SHAPE)
    return MapData.from_array(values, (1.1, 1.2, 1.0), name=f"noise {seed}")


def half_of_the_box() -> np.ndarray:
    near = np.zeros(SHAPE, bool)
    near[:11] = True
    return near


def as_array(found: TruthCorrelations) -> np.ndarray:
    return np.array([found.box, found.near_atoms, found.box_band, found.near_atoms_band])


def test_truth_correlates_perfectly_with_itself_scaled_and_shifted_in_value() -> None:
    truth = noise_map(0)
    scaled = truth.with_values(np.float32(3) * truth.values + np.float32(5))
    found = correlations(scaled, truth, half_of_the_box(), 3.0)
    np.testing.assert_allclose(as_array(found), 1.0, atol=1e-6)


def test_inverted_map_has_correlation_minus_one() -> None:
    truth = noise_map(0)
    found = correlations(truth.with_values(-truth.values), truth, half_of_the_box(), 3.0)
    np.testing.assert_allclose(as_array(found), -1.0, atol=1e-6)


def test_terms_finer_than_d_min_do_not_count() -> None:
    truth = noise_map(0)
    fine = np.fft.rfftn(noise_map(1).values)
    nz, ny, nx = SHAPE
    s = np.sqrt(
        np.fft.fftfreq(nz, 1.0)[:, None, None] ** 2
        + np.fft.fftfreq(ny, 1.2)[None, :, None] ** 2
        + np.fft.rfftfreq(nx, 1.1)[None, None, :] ** 2
    )
    fine[s <= 1 / 3.0] = 0
    added = np.fft.irfftn(fine, s=SHAPE, axes=(0, 1, 2)).astype(np.float32)
    found = correlations(truth.with_values(truth.values + added), truth, half_of_the_box(), 3.0)
    np.testing.assert_allclose(as_array(found), 1.0, atol=1e-6)


def test_band_leaves_out_terms_coarser_than_10_angstroms() -> None:
    truth = noise_map(0)
    wave = 50 * np.cos(2 * np.pi * np.arange(SHAPE[2]) / SHAPE[2]).astype(np.float32)
    found = correlations(truth.with_values(truth.values + wave), truth, half_of_the_box(), 3.0)
    assert found.box < 0.2
    assert found.box_band == pytest.approx(1.0, abs=1e-5)


def test_near_atoms_looks_only_there() -> None:
    """Terms are kept to the corner of the transform, so that no filter mixes the points."""
    truth, other = noise_map(0), noise_map(1)
    near = half_of_the_box()
    mixed = truth.with_values(np.where(near, truth.values, other.values))
    found = correlations(mixed, truth, near, 0.5)
    assert found.near_atoms == pytest.approx(1.0, abs=1e-6)
    assert found.box < 0.7


def test_independent_noise_does_not_correlate() -> None:
    found = correlations(noise_map(1), noise_map(0), half_of_the_box(), 3.0)
    assert np.abs(as_array(found)).max() < 0.15


def test_other_shape_is_refused() -> None:
    small = MapData.from_array(np.ones((4, 4, 4)), 1.0, name="small.mrc")
    with pytest.raises(GridMismatchError, match=r"small.mrc has shape \(4, 4, 4\)"):
        correlations(small, noise_map(0), half_of_the_box(), 3.0)


def test_constant_map_is_refused() -> None:
    truth = noise_map(0)
    flat = truth.with_values(np.zeros(SHAPE, np.float32), "flat.mrc")
    with pytest.raises(MapValueError, match=r"flat\.mrc or the truth is constant"):
        correlations(flat, truth, half_of_the_box(), 3.0)


@pytest.mark.parametrize("d_min", [9.1, 9.99, 25.0])
def test_coarse_maps_have_no_band(d_min: float) -> None:
    found = correlations(noise_map(0), noise_map(0), half_of_the_box(), d_min)
    assert found.box == pytest.approx(1.0, abs=1e-6)
    assert found.near_atoms == pytest.approx(1.0, abs=1e-6)
    assert found.box_band is None
    assert found.near_atoms_band is None


@pytest.mark.parametrize("d_min", [0.0, -1.0, np.nan, np.inf])
def test_d_min_that_is_no_resolution_is_refused(d_min: float) -> None:
    with pytest.raises(ParameterError, match="d_min is"):
        correlations(noise_map(0), noise_map(0), half_of_the_box(), d_min)
