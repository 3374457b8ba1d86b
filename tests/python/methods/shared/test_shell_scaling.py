"""Scales by shell: identities, analytic cases, and nearer to the truth than the mean."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from examples import of_fast_suite
from real_data import DATA, needs_data

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.maps.arrays import Coefficients
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.shared.shell_scaling import (
    ShellScale,
    TailOptions,
    effective_b,
    external_scale,
    half_map_scale,
    model_error,
    model_scale,
    scale_factors,
    without_anisotropy,
)
from map_sharpening.methods.shared.soft_masks import atom_mask, half_map_mask, masked_coefficients
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.model_map import model_coefficients
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import SimulatedHalfMaps

SHAPE = (31, 36, 40)
TRICLINIC = (44.0, 40.0, 34.0, 80.0, 105.0, 95.0)
GRID = FourierGrid(SHAPE, TRICLINIC, 2.9)
ANISOTROPIC = (20.0, -5.0, -15.0, 4.0, -6.0, 8.0)


def noise(seed: int) -> Coefficients:
    generator = np.random.default_rng(seed)
    return _core.forward_transform(generator.standard_normal(SHAPE, dtype=np.float32))


def blurred(coefficients: Coefficients, b_factor: float, grid: FourierGrid = GRID) -> Coefficients:
    factors = _core.b_iso_factors(-b_factor)
    made, _ = _core.apply_scale_factors(coefficients, grid.shape, grid.cell, 10.0, factors)
    return made


def noisy_halves(signal_to_noise: float) -> tuple[Coefficients, Coefficients]:
    """Return halves of white signal and noise, whose FSC is 1 / (1 + 1 / signal_to_noise)."""
    signal, amplitude = noise(0), np.float32(1 / math.sqrt(signal_to_noise))
    return signal + amplitude * noise(1), signal + amplitude * noise(2)


# External map


def test_map_against_itself_is_not_scaled() -> None:
    a = blurred(noise(0), 80.0)
    np.testing.assert_allclose(external_scale(a, a, GRID).scale, 1.0, rtol=1e-6)


def test_factors_bring_the_power_by_shell_to_the_external_maps() -> None:
    observed, external = blurred(noise(0), 120.0), blurred(noise(1), 30.0)
    scale = external_scale(observed, external, GRID)
    made, _ = _core.apply_scale_factors(
        observed, SHAPE, TRICLINIC, 1 / GRID.d_min, scale_factors(scale, GRID)
    )
    after = external_scale(made, external, GRID).scale
    np.testing.assert_allclose(after[1:] / after[1], 1.0, atol=0.05)


def test_blurred_map_against_itself_gets_its_b_factor_back() -> None:
    sharp = noise(0)
    factors = scale_factors(external_scale(blurred(sharp, 80.0), sharp, GRID), GRID)
    found = np.log(factors.radial_mean(0.3) / factors.radial_mean(0.2)) * 4 / (0.09 - 0.04)
    assert found == pytest.approx(80.0, abs=1.0)


def test_external_weight_is_1_and_tells_no_correlation() -> None:
    scale = external_scale(noise(0), noise(1), GRID)
    assert np.all(scale.weight == 1)
    assert np.isnan(scale.correlation).all()


def test_shells_where_the_map_was_cut_off_keep_the_last_scale() -> None:
    sharp = noise(0)
    cut, _ = _core.apply_scale_factors(
        blurred(sharp, 60.0), SHAPE, TRICLINIC, 0.25, _core.b_iso_factors(0.0)
    )
    scale = external_scale(cut, sharp, GRID)
    beyond = scale.s > 0.26
    last = scale.scale[scale.s < 0.25][-1]
    np.testing.assert_allclose(scale.scale[beyond], scale.scale[beyond][0])
    assert scale.scale[beyond][0] < 1.5 * last


# Half maps


@pytest.mark.parametrize("signal_to_noise", [0.5, 2.0, 10.0])
def test_half_map_weight_is_the_correlation_with_the_noise_free_map(
    signal_to_noise: float,
) -> None:
    half_1, half_2 = noisy_halves(signal_to_noise)
    scale = half_map_scale((half_1 + half_2) / 2, half_1, half_2, GRID, n_bins=8)
    expected = math.sqrt(1 / (1 + 1 / (2 * signal_to_noise)))
    np.testing.assert_allclose(scale.weight, expected, atol=0.04)


def test_equal_half_maps_have_weight_1() -> None:
    a = noise(0)
    np.testing.assert_allclose(half_map_scale(a, a, a, GRID).weight, 1.0, rtol=1e-6)


def test_noise_alone_gets_almost_no_weight_after_a_signal() -> None:
    signal = blurred(noise(0), 500.0)
    half_1, half_2 = (signal + np.float32(0.02) * noise(seed) for seed in (1, 2))
    scale = half_map_scale((half_1 + half_2) / 2, half_1, half_2, GRID)
    assert scale.weight[0] > 0.95
    assert scale.weight[-1] < 0.05


def test_tail_falls_off_smoothly() -> None:
    signal = blurred(noise(0), 500.0)
    half_1, half_2 = (signal + np.float32(0.02) * noise(seed) for seed in (1, 2))
    scale = half_map_scale((half_1 + half_2) / 2, half_1, half_2, GRID)
    begin = int(np.flatnonzero(scale.correlation < 0.2)[0])
    assert np.all(np.diff(scale.weight[begin:]) <= 0)
    assert np.any(np.diff(scale.correlation[begin:]) > 0)


def test_cc_cut_says_where_the_tail_begins() -> None:
    signal = blurred(noise(0), 500.0)
    half_1, half_2 = (signal + np.float32(0.02) * noise(seed) for seed in (1, 2))
    full = (half_1 + half_2) / 2
    early = half_map_scale(full, half_1, half_2, GRID, tail=TailOptions(cc_cut=0.6))
    late = half_map_scale(full, half_1, half_2, GRID, tail=TailOptions(cc_cut=0.05))
    assert not np.allclose(early.weight, late.weight, atol=0.01)


def test_baseline_of_the_last_shells_is_taken_off_when_asked_for() -> None:
    half_1, half_2 = noisy_halves(0.1)
    full = (half_1 + half_2) / 2
    plain = half_map_scale(full, half_1, half_2, GRID)
    less = half_map_scale(full, half_1, half_2, GRID, tail=TailOptions(scale_using_last=3))
    assert less.weight[-3:].mean() < 0.5 * plain.weight[-3:].mean()


def test_baseline_above_max_cc_for_rescale_is_left() -> None:
    half_1, half_2 = noisy_halves(2.0)
    full = (half_1 + half_2) / 2
    plain = half_map_scale(full, half_1, half_2, GRID)
    asked = half_map_scale(full, half_1, half_2, GRID, tail=TailOptions(scale_using_last=3))
    rescaled = half_map_scale(
        full,
        half_1,
        half_2,
        GRID,
        tail=TailOptions(scale_using_last=3, max_cc_for_rescale=0.9),
    )
    np.testing.assert_array_equal(asked.weight, plain.weight)
    assert rescaled.weight[-3:].mean() < 0.5


def test_ideal_curve_changes_the_reference() -> None:
    a = blurred(noise(0), 80.0)
    protein, nucleic = (
        half_map_scale(a, a, a, GRID, ideal_curve=curve) for curve in ("protein", "nucleic_acid")
    )
    assert not np.allclose(protein.rms_reference, nucleic.rms_reference, rtol=0.01)


# Model


def test_model_against_its_own_density_has_weight_1_and_is_complete() -> None:
    model = blurred(noise(0), 20.0)
    scale = model_scale(blurred(model, 100.0), model, GRID, 3.0, rmsd=0.0)
    # 100 Å² of difference within a shell take a little off its correlation.
    np.testing.assert_allclose(scale.weight, 1.0, rtol=0.01)
    assert scale.fraction_complete == pytest.approx(1.0, rel=1e-3)


def test_weight_is_the_correlation_less_what_the_models_error_takes() -> None:
    model = noise(0)
    observed = blurred(model, effective_b(0.7)) + np.float32(0.3) * noise(1)
    scale = model_scale(
        observed,
        model,
        GRID,
        3.0,
        rmsd=0.7,
        fraction_complete=1.0,
        tail=TailOptions(cc_cut=0.0),
    )
    fall_off = np.exp(-effective_b(0.7) * scale.s**2 / 4)
    np.testing.assert_allclose(scale.weight, np.minimum(1, scale.correlation / fall_off))


def test_half_of_the_molecule_is_told_from_the_correlation() -> None:
    half, rest = noise(0), noise(1)
    scale = model_scale(half + rest, half, GRID, 3.0, rmsd=0.0, n_bins=5)
    assert scale.fraction_complete == pytest.approx(0.5, abs=0.06)


def test_given_completeness_is_used() -> None:
    half, rest = noise(0), noise(1)
    scale = model_scale(half + rest, half, GRID, 3.0, rmsd=0.0, fraction_complete=0.5, n_bins=5)
    assert scale.fraction_complete == 0.5
    np.testing.assert_allclose(scale.weight, 1.0, atol=0.1)


def test_model_that_explains_nothing_leaves_the_map_as_it_is() -> None:
    scale = model_scale(noise(0), noise(1), GRID, 3.0, n_bins=4)
    assert scale.fraction_complete is not None
    assert scale.fraction_complete < 0.05
    np.testing.assert_allclose(scale.scale, 1.0)


def test_error_of_a_model_is_a_share_of_the_resolution_unless_given() -> None:
    assert model_error(3.2, None) == pytest.approx(0.8)
    assert model_error(3.2, None, 0.5) == pytest.approx(1.6)
    assert model_error(3.2, 0.3, 0.5) == 0.3


# All of them


def all_scales(factor: float = 1.0) -> list[ShellScale]:
    half_1, half_2 = noisy_halves(2.0)
    full = np.float32(factor) * (half_1 + half_2) / 2
    model = blurred(noise(0), 10.0)
    return [
        half_map_scale(full, np.float32(factor) * half_1, half_2, GRID),
        model_scale(full, model, GRID, 3.0),
        external_scale(full, model, GRID),
    ]


def test_scale_does_not_depend_on_the_maps_own_scale() -> None:
    for one, other in zip(all_scales(), all_scales(1e3), strict=True):
        np.testing.assert_allclose(other.scale, one.scale, rtol=1e-5)
        np.testing.assert_allclose(other.weight, one.weight, rtol=1e-5)


def test_largest_scale_is_1_and_none_is_below_0() -> None:
    for scale in all_scales():
        assert scale.scale.max() == pytest.approx(1.0)
        assert scale.scale.min() >= 0


def test_factors_stay_at_both_ends_and_are_never_below_0() -> None:
    for scale in all_scales():
        factors = scale_factors(scale, GRID)
        at = [factors.radial_mean(s) for s in np.linspace(0, 1 / GRID.d_min, 200)]
        assert min(at) >= 0
        assert at[0] == pytest.approx(factors.radial_mean(scale.s[0]), rel=2e-3)
        assert at[-1] == pytest.approx(factors.radial_mean(scale.s[-1]), rel=2e-3)


def test_factors_are_the_scale_at_the_shells() -> None:
    for scale in all_scales():
        factors = scale_factors(scale, GRID)
        at = np.array([factors.radial_mean(s) for s in scale.s])
        np.testing.assert_allclose(at / at.max(), scale.scale, rtol=0.02)


def test_factors_take_the_anisotropy_off() -> None:
    a = noise(0)
    tensor = _core.ScaleFactors(1.0, [1.0, 1.0], gain_b=ANISOTROPIC)
    anisotropic, _ = _core.apply_scale_factors(a, SHAPE, TRICLINIC, 10.0, tensor)
    isotropic = without_anisotropy(anisotropic, GRID, ANISOTROPIC)
    scale = external_scale(isotropic, a, GRID)
    made, _ = _core.apply_scale_factors(
        anisotropic, SHAPE, TRICLINIC, 1 / GRID.d_min, scale_factors(scale, GRID, ANISOTROPIC)
    )
    expected = without_anisotropy(a, GRID, np.zeros(6))
    np.testing.assert_allclose(made, expected, atol=1e-3 * np.abs(expected).max())


@pytest.mark.parametrize("n_bins", [1, 3, 20, 50])
def test_there_are_as_many_shells_as_asked_for(n_bins: int) -> None:
    scale = external_scale(noise(0), noise(1), GRID, n_bins=n_bins)
    assert len(scale.s) == n_bins


def test_no_shell_is_empty() -> None:
    scale = external_scale(noise(0), noise(1), GRID, n_bins=1000)
    assert 50 < len(scale.s) < 1000
    assert scale.n_terms.min() > 0


def test_shells_have_about_equal_numbers_of_terms() -> None:
    n_terms = external_scale(noise(0), noise(1), GRID, n_bins=10).n_terms
    assert n_terms.max() < 1.2 * n_terms.min()


def test_scale_does_not_depend_on_the_number_of_threads() -> None:
    half_1, half_2 = noisy_halves(2.0)
    one, three = (
        half_map_scale(half_1, half_1, half_2, replace(GRID, threads=threads))
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(one.scale, three.scale)


def test_the_reference_of_half_maps_is_as_steep_as_the_ideal_map() -> None:
    half_1, half_2 = (blurred(half, 60.0) for half in noisy_halves(0.5))
    mean = (half_1 + half_2) / np.float32(2)
    found = half_map_scale(mean, half_1, half_2, GRID, n_bins=12)
    ideal = _core.ideal_amplitude("protein", found.s)
    steep = (found.s > 0.1) & (found.weight > 0.3)
    # Each shell counts by its CC* and by the square root of its number of terms.
    slope, _ = np.polyfit(
        found.s[steep] ** 2,
        np.log(found.rms_reference[steep] / ideal[steep]),
        1,
        w=(found.weight * np.sqrt(found.n_terms))[steep],
    )
    assert slope == pytest.approx(0, abs=1e-3)


def test_map_without_density_is_refused() -> None:
    with pytest.raises(MapValueError, match=r"no density in terms to 2\.90 Å"):
        external_scale(noise(0), np.zeros_like(noise(0)), GRID)


@pytest.mark.parametrize(
    "wrong",
    [{"cc_cut": -0.1}, {"cc_cut": 1.5}, {"max_cc_for_rescale": 2.0}, {"scale_using_last": -1}],
)
def test_tail_options_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ParameterError, match=name):
        TailOptions(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_bins": 0},
        {"rmsd": -1.0},
        {"rmsd": math.nan},
        {"rmsd_resolution_factor": -0.1},
        {"fraction_complete": 0.0},
        {"fraction_complete": 50.0},
    ],
)
def test_model_options_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ParameterError, match=name):
        model_scale(noise(0), noise(1), GRID, 3.0, **wrong)


# Against the truth


class Case:
    """Simulated half maps and their coefficients; analysis as sharpening would do it."""

    def __init__(self, maps: SimulatedHalfMaps) -> None:
        self.maps, self.mean = maps, maps.mean
        self.grid = FourierGrid(maps.mean.values.shape, maps.mean.box.parameters(), maps.d_min)
        self.whole = _core.forward_transform(self.mean.values)
        fit = _core.fit_wilson_b(self.whole, self.grid.shape, self.grid.cell, maps.resolution)
        self.b_cart = fit.b
        box = self.mean.box
        self.atoms = demo_atoms().centred_at((box.a / 2, box.b / 2, box.c / 2))

    def under(self, mask: Any, source: MapData) -> Coefficients:
        masked = masked_coefficients(source, mask, "solvent")
        return without_anisotropy(masked, self.grid, self.b_cart)

    def near_the_atoms(self, scale: ShellScale) -> float:
        values = _core.make_sharpened_map(
            self.whole,
            self.grid.shape,
            self.grid.cell,
            self.grid.d_min,
            scale_factors(scale, self.grid, self.b_cart),
        )
        return self.correlation(self.mean.with_values(values))

    def correlation(self, found: MapData) -> float:
        maps = self.maps
        return correlations(found, maps.truth, maps.near_atoms, maps.d_min).near_atoms

    def by_model(self, atoms: Atoms) -> ShellScale:
        resolution = self.maps.resolution
        mask = atom_mask(self.mean, atoms, 3.0 + resolution, resolution)
        model = model_coefficients(self.mean, atoms, b_iso=0.0, d_min=self.grid.d_min)
        return model_scale(self.under(mask, self.mean), model, self.grid, resolution)


@pytest.fixture(scope="module")
def case(simulated: SimulatedHalfMaps) -> Case:
    return Case(simulated)


@pytest.mark.parametrize("radii", [{}, {"wang_radius": 6.0}], ids=["agreement", "variation"])
def test_half_map_scale_comes_nearer_to_the_truth_than_the_mean(
    case: Case, radii: dict[str, float]
) -> None:
    maps = case.maps
    mask = half_map_mask(maps.half_1, maps.half_2, maps.resolution, **radii)
    full, half_1, half_2 = (
        case.under(mask, source) for source in (case.mean, maps.half_1, maps.half_2)
    )
    scale = half_map_scale(full, half_1, half_2, case.grid)
    assert case.near_the_atoms(scale) > case.correlation(case.mean) + 0.02


@pytest.mark.parametrize("rmsd", of_fast_suite((0.0, 0.5, 1.0), 0.5))
def test_model_scale_comes_nearer_to_the_truth_than_the_mean(case: Case, rmsd: float) -> None:
    generator = np.random.default_rng(5)
    step = generator.normal(size=case.atoms.positions.shape) * rmsd / math.sqrt(3)
    atoms = replace(case.atoms, positions=case.atoms.positions + step)
    assert case.near_the_atoms(case.by_model(atoms)) > case.correlation(case.mean) + 0.02


def test_half_of_the_atoms_are_enough(case: Case) -> None:
    first_half = np.arange(len(case.atoms)) < len(case.atoms) / 2
    scale = case.by_model(case.atoms.selected(first_half))
    assert case.near_the_atoms(scale) > case.correlation(case.mean) + 0.02


# A deposited map


class BlurredDeposit:
    """EMD-3488 blurred by 100 Å², scaled by 5NI1, and the density of 5NI1 with B = 0."""

    def __init__(self) -> None:
        folder = DATA / "em"
        source, _ = read_map(folder / "emd_3488.mrc")
        atoms = read_atoms(folder / "5ni1_updated.cif")
        nz, ny, nx = source.values.shape
        self.grid = FourierGrid((nz, ny, nx), source.box.parameters(), 2.7)
        self.observed = blurred(_core.forward_transform(np.array(source.values)), 100, self.grid)
        model = model_coefficients(source, atoms, b_iso=0.0, d_min=self.grid.d_min)
        values = _core.inverse_transform(self.observed.copy(), nx)
        mask = atom_mask(source, atoms, 6.2, 3.2)
        masked = masked_coefficients(source.with_values(values), mask, "zero")
        self.scale = model_scale(masked, model, self.grid, 3.2)
        self.near = atom_mask(source, atoms, 3.0, 0.0) > 0.5
        self.truth = _core.inverse_transform(model, nx)

    def fit(self, factors: _core.ScaleFactors) -> float:
        grid = self.grid
        made = _core.make_sharpened_map(self.observed, grid.shape, grid.cell, grid.d_min, factors)
        return float(np.corrcoef(made[self.near], self.truth[self.near])[0, 1])


@pytest.fixture(scope="module")
def deposit() -> BlurredDeposit:
    return BlurredDeposit()


@needs_data
def test_deposited_map_fits_its_model_better_than_with_any_one_b_factor(
    deposit: BlurredDeposit,
) -> None:
    by_b = [deposit.fit(_core.b_iso_factors(b)) for b in np.arange(0.0, 160.0, 20.0)]
    assert deposit.fit(scale_factors(deposit.scale, deposit.grid)) > max(by_b)


@needs_data
def test_refined_model_explains_most_of_a_deposited_map(deposit: BlurredDeposit) -> None:
    assert deposit.scale.fraction_complete is not None
    assert deposit.scale.fraction_complete > 0.7
