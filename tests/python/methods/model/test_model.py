"""Sharpening by a model: signal, tensors, guards, and nearer to the truth than the mean."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
import numpy.typing as npt
import pytest

from map_sharpening import _core
from map_sharpening.errors import (
    GridMismatchError,
    MapValueError,
    ModelFileError,
    ParameterError,
)
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.methods.model.power import (
    NO_TENSOR,
    ModelPower,
    model_sums,
    with_power_of_molecule,
)
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.methods.model.sharpen import sharpen_by_model
from map_sharpening.methods.shared.smoothing import whittaker_smoothed
from map_sharpening.methods.shared.soft_masks import atom_mask
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.crystal import atoms_of_cell
from map_sharpening.molecule.model_density import power_without_structure
from map_sharpening.molecule.model_map import model_coefficients
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import SimulatedHalfMaps, simulate_half_maps

DATA = os.environ.get("MAP_SHARPENING_DATA")
needs_data = pytest.mark.skipif(
    DATA is None, reason="real maps are found by MAP_SHARPENING_DATA, which is not set"
)

SIGNAL_B = (-12.0, -6.0, 18.0, 4.0, -3.0, 5.0)


class Case:
    """Simulated half maps and the atoms where they lie in the box."""

    def __init__(self, maps: SimulatedHalfMaps) -> None:
        self.maps, self.mean = maps, maps.mean
        box = self.mean.box
        self.atoms = demo_atoms().centred_at((box.a / 2, box.b / 2, box.c / 2))

    def sharpened(self, **options: Any) -> ModelResult:
        source = options.pop("source", self.mean)
        atoms = options.pop("atoms", self.atoms)
        options.setdefault("threads", 1)
        return sharpen_by_model(source, atoms, resolution=self.maps.resolution, **options)

    def near_the_atoms(self, found: MapData) -> float:
        maps = self.maps
        return correlations(found, maps.truth, maps.near_atoms, maps.d_min).near_atoms

    def displaced(self, rmsd: float) -> Atoms:
        generator = np.random.default_rng(5)
        step = generator.normal(size=self.atoms.positions.shape) * rmsd / math.sqrt(3)
        return replace(self.atoms, positions=self.atoms.positions + step)


@pytest.fixture(scope="module")
def case(simulated: SimulatedHalfMaps) -> Case:
    return Case(simulated)


@pytest.fixture(scope="module")
def by_default(case: Case) -> ModelResult:
    return case.sharpened()


@pytest.fixture(scope="module")
def anisotropic_case() -> Case:
    return Case(
        simulate_half_maps(demo_atoms(), (72, 72, 72), 1.2, 3.4, signal_b=SIGNAL_B, seed=3)
    )


# Against the truth


@pytest.mark.parametrize("rmsd", [0.3, 0.6, 1.0])
def test_map_comes_nearer_to_the_truth_whatever_the_models_error(case: Case, rmsd: float) -> None:
    found = case.sharpened(atoms=case.displaced(rmsd))
    assert case.near_the_atoms(found.sharpened) > case.near_the_atoms(case.mean) + 0.02


@pytest.mark.parametrize("share", [0.5, 0.75])
def test_part_of_the_molecule_is_enough(case: Case, share: float) -> None:
    first = np.arange(len(case.atoms)) < share * len(case.atoms)
    found = case.sharpened(atoms=case.atoms.selected(first))
    assert case.near_the_atoms(found.sharpened) > case.near_the_atoms(case.mean) + 0.02


def flattened(case: Case) -> MapData:
    """Return the map with a flat solvent, which tells nothing about the noise."""
    near = atom_mask(case.mean, case.atoms, 8.0, 2.0)
    return case.mean.with_values(case.mean.values * near, "flattened map")


def test_right_error_serves_better_than_one_too_large(case: Case) -> None:
    source = flattened(case)
    right, large = (case.sharpened(source=source, rmsd=rmsd).sharpened for rmsd in (0.0, 1.5))
    assert case.near_the_atoms(right) > case.near_the_atoms(large) + 0.005


def test_noise_of_the_solvent_guards_against_an_error_too_large(case: Case) -> None:
    right, large = (case.sharpened(rmsd=rmsd).sharpened for rmsd in (0.0, 1.5))
    assert case.near_the_atoms(large) > case.near_the_atoms(right) - 0.005


def test_noise_of_the_solvent_bounds_the_accuracy(case: Case) -> None:
    with_noise = case.sharpened(rmsd=1.5).shells
    flat = case.sharpened(source=flattened(case), rmsd=1.5).shells
    assert np.nanmin(flat.accuracy) > np.nanmin(with_noise.accuracy) + 0.2


def test_what_the_model_lacks_is_not_taken_for_noise(case: Case) -> None:
    half = case.atoms.selected(np.arange(len(case.atoms)) < 0.5 * len(case.atoms))
    found = case.sharpened(atoms=half, rmsd=0.0, source=noiseless(case))
    inner = found.shells.s < 1 / case.maps.resolution
    assert np.nanmin(found.shells.accuracy[inner]) > 0.7


def test_half_maps_keep_the_accuracy_within_what_they_tell(case: Case) -> None:
    halves = (case.maps.half_1, case.maps.half_2)
    alone, guarded = case.sharpened(rmsd=1.5), case.sharpened(rmsd=1.5, half_maps=halves)
    assert np.nanmean(guarded.shells.accuracy) < np.nanmean(alone.shells.accuracy)
    assert case.near_the_atoms(guarded.sharpened) > case.near_the_atoms(alone.sharpened)


@pytest.mark.parametrize("rmsd", [0.5, 1.0])
def test_half_maps_tell_the_models_error(case: Case, rmsd: float) -> None:
    halves = (case.maps.half_1, case.maps.half_2)
    more, less = (
        case.sharpened(atoms=case.displaced(error), half_maps=halves).rmsd for error in (rmsd, 0.0)
    )
    # Atoms of another B than the map's look displaced: what is added is the error.
    assert math.sqrt(more**2 - less**2) == pytest.approx(rmsd, rel=0.3)


def test_tensor_of_the_signal_is_recovered(anisotropic_case: Case) -> None:
    found = anisotropic_case.sharpened(rmsd=0.0)
    assert found.signal_b is not None
    np.testing.assert_allclose(found.signal_b.values, SIGNAL_B, atol=4.0)


def test_direction_counts(anisotropic_case: Case) -> None:
    with_direction = anisotropic_case.sharpened(rmsd=0.0)
    without = anisotropic_case.sharpened(rmsd=0.0, anisotropic=False)
    near = anisotropic_case.near_the_atoms
    assert near(with_direction.sharpened) > near(without.sharpened)


def test_isotropic_run_has_no_tensors(case: Case) -> None:
    found = case.sharpened(anisotropic=False)
    assert found.signal_b is None
    assert found.noise_b is None
    np.testing.assert_allclose(
        found.directional_scale.scale[0], found.directional_scale.scale[4], rtol=1e-5
    )


# Identities


def noiseless(case: Case) -> MapData:
    model = model_coefficients(case.mean, case.atoms, b_iso=80.0)
    model[0, 0, 0] = 0
    return case.mean.with_values(_core.inverse_transform(model, 56), "noiseless map")


def test_noiseless_map_of_the_model_has_accuracy_1(case: Case) -> None:
    atoms = replace(case.atoms, b_factors=np.full(len(case.atoms), 80.0))
    found = case.sharpened(source=noiseless(case), atoms=atoms, rmsd=0.0)
    assert np.nanmin(found.shells.accuracy) > 0.98
    assert found.fraction_complete == pytest.approx(1.0, abs=0.02)


def test_noiseless_map_gets_the_models_amplitudes_back(case: Case) -> None:
    atoms = replace(case.atoms, b_factors=np.full(len(case.atoms), 80.0))
    found = case.sharpened(source=noiseless(case), atoms=atoms, rmsd=0.0, anisotropic=False)
    s = found.shells.s
    inner = (s > 0.1) & (s < 0.27)
    gained = np.polyfit(s[inner] ** 2, np.log(found.shells.scale[inner]), 1)[0] * 4
    assert gained == pytest.approx(80.0, abs=5.0)


def test_result_does_not_depend_on_the_maps_scale_or_level(
    case: Case, by_default: ModelResult
) -> None:
    other = case.mean.with_values(case.mean.values * np.float32(50) + np.float32(3))
    np.testing.assert_allclose(
        case.sharpened(source=other).sharpened.values,
        by_default.sharpened.values,
        atol=2e-3,
    )


def test_sharpened_map_has_mean_0_and_the_standard_deviation_asked_for(case: Case) -> None:
    values = case.sharpened(output_scale_factor=2.5).sharpened.values
    assert values.mean(dtype=np.float64) == pytest.approx(0.0, abs=1e-5)
    assert values.std(dtype=np.float64) == pytest.approx(2.5, rel=1e-4)


def test_both_half_maps_are_sharpened_like_their_mean(case: Case) -> None:
    found = case.sharpened(half_maps=(case.maps.half_1, case.maps.half_2))
    assert found.sharpened_half_1 is not None
    assert found.sharpened_half_2 is not None
    mean = (found.sharpened_half_1.values + found.sharpened_half_2.values) / 2
    np.testing.assert_allclose(mean, found.sharpened.values, atol=1e-3)


def test_result_does_not_depend_on_the_number_of_threads(case: Case) -> None:
    one, three = (case.sharpened(threads=threads).sharpened.values for threads in (1, 3))
    np.testing.assert_array_equal(one, three)


def test_inputs_are_left_as_they_are(case: Case) -> None:
    before = case.mean.values.copy()
    case.sharpened(source=(source := case.mean.with_values(before.copy())))
    np.testing.assert_array_equal(source.values, before)


def test_moving_map_and_model_together_changes_nothing(
    case: Case, by_default: ModelResult
) -> None:
    position = replace(case.mean.position, start=(7, -3, 11))
    atoms = replace(case.atoms, positions=case.atoms.positions + np.array([10.5, -4.5, 16.5]))
    found = case.sharpened(source=replace(case.mean, position=position), atoms=atoms)
    np.testing.assert_allclose(found.sharpened.values, by_default.sharpened.values, atol=1e-3)
    assert found.sharpened.position == position


# Guards


def powers_beyond(values: npt.NDArray[np.float32], d_min: float, voxel: float) -> float:
    power = np.abs(np.fft.rfftn(values)) ** 2
    axes = [np.fft.fftfreq(n, voxel) for n in values.shape[:2]]
    s_squared = (
        axes[0][:, None, None] ** 2
        + axes[1][None, :, None] ** 2
        + np.fft.rfftfreq(values.shape[2], voxel)[None, None, :] ** 2
    )
    return float(power[s_squared > 1.001 / d_min**2].max() / power.max())


def test_model_fitted_to_noise_raises_nothing_beyond_d_min(case: Case) -> None:
    # Atoms at the highest peaks of the map, noise and all.
    values = case.mean.values
    peaks = np.argsort(values, axis=None)[-1500:]
    z, y, x = np.unravel_index(peaks, values.shape)
    positions = np.stack([x, y, z], axis=1) * 1.5
    fitted = Atoms(positions.astype(np.float64), np.full(1500, "C"), np.ones(1500), "fitted")
    found = case.sharpened(atoms=fitted, half_maps=(case.maps.half_1, case.maps.half_2))
    for sharpened in (found.sharpened, found.sharpened_half_1, found.sharpened_half_2):
        assert sharpened is not None
        assert powers_beyond(sharpened.values, found.d_min, 1.5) < 1e-9


def test_model_that_does_not_fit_is_refused(case: Case) -> None:
    generator = np.random.default_rng(0)
    noise = case.mean.with_values(generator.standard_normal((56, 56, 56), dtype=np.float32))
    with pytest.raises(MapValueError, match="model does not fit the map"):
        case.sharpened(source=noise)


def test_model_elsewhere_is_refused(case: Case) -> None:
    elsewhere = replace(case.atoms, positions=case.atoms.positions + 500.0)
    with pytest.raises(ModelFileError, match=r"none of its .* atoms in the box"):
        case.sharpened(atoms=elsewhere)


def test_model_without_atoms_is_refused(case: Case) -> None:
    with pytest.raises(ModelFileError, match="holds no atoms"):
        case.sharpened(atoms=case.atoms.selected(np.zeros(len(case.atoms), bool)))


def test_atoms_outside_of_the_box_are_told(case: Case) -> None:
    far = case.atoms.selected(np.arange(len(case.atoms)) < len(case.atoms) // 10)
    both = Atoms(
        np.concatenate([case.atoms.positions, far.positions + 300.0]),
        np.concatenate([case.atoms.elements, far.elements]),
        np.concatenate([case.atoms.occupancies, far.occupancies]),
    )
    found = case.sharpened(atoms=both)
    assert found.n_atoms_in_box == len(case.atoms)
    assert any(f"{len(far)} of the {len(both)} atoms" in said for said in found.warnings)


def test_constant_map_is_refused(case: Case) -> None:
    flat = case.mean.with_values(np.ones((56, 56, 56), np.float32), "flat map")
    with pytest.raises(MapValueError):
        case.sharpened(source=flat)


def test_mask_with_other_values_than_0_to_1_is_refused(case: Case) -> None:
    density = case.mean.with_values(case.mean.values * np.float32(1e3), "density")
    with pytest.raises(MapValueError, match="a mask has values 0"):
        case.sharpened(mask=density)


def test_half_maps_on_another_grid_are_refused(case: Case) -> None:
    small = MapData.from_array(np.zeros((40, 40, 40), np.float32), 1.5)
    with pytest.raises(GridMismatchError):
        case.sharpened(half_maps=(small, small))


@pytest.mark.parametrize(
    "wrong",
    [
        {"rmsd": -0.1},
        {"rmsd_resolution_factor": -1.0},
        {"fraction_complete": 1.5},
        {"n_bins": 2},
        {"k_sol": -0.1},
        {"b_sol": math.nan},
        {"mask_atoms_atom_radius": -3.0},
        {"output_scale_factor": 0.0},
        {"threads": -1},
    ],
)
def test_option_out_of_range_is_refused(case: Case, wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ParameterError, match=name):
        case.sharpened(**wrong)


# Any grid

SHAPES = {"odd": (45, 39, 51), "even": (46, 40, 50)}
TRICLINIC = UnitCell(66.0, 54.0, 60.0, 82.0, 104.0, 96.0)


def ball(n: int = 400) -> Atoms:
    """Return atoms strewn over a ball round (25, 28, 30) Å, of a protein's elements."""
    generator = np.random.default_rng(8)
    steps = generator.normal(size=(n, 3))
    steps *= 12 * generator.random((n, 1)) ** (1 / 3) / np.linalg.norm(steps, axis=1)[:, None]
    elements = generator.choice(["C", "C", "N", "O"], n)
    return Atoms(steps + np.array([25.0, 28.0, 30.0]), elements, np.ones(n), "ball")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize(
    "cell", [UnitCell(66.0, 54.0, 60.0), TRICLINIC], ids=["orthogonal", "triclinic"]
)
def test_map_on_any_grid_comes_nearer_to_the_model(
    shape: tuple[int, int, int], cell: UnitCell
) -> None:
    nz, ny, nx = shape
    empty = MapData(
        np.zeros(shape, np.float32), MapPosition(cell, (nx, ny, nz), start=(-3, 5, 2)), "empty"
    )
    place = np.array(empty.position.first_point)
    atoms = replace(ball(), positions=ball().positions + place)
    signal = _core.inverse_transform(model_coefficients(empty, atoms, b_iso=120.0), nx)
    noise = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    source = empty.with_values(signal + np.float32(0.3 * signal.std()) * noise, "map")
    found = sharpen_by_model(source, atoms, resolution=4.0, rmsd=0.0)
    truth = _core.inverse_transform(
        model_coefficients(empty, atoms, b_iso=0.0, d_min=found.d_min), nx
    )
    near = atom_mask(empty, atoms, 3.0, 0.0) > 0.5
    before, after = (
        np.corrcoef(values[near], truth[near])[0, 1]
        for values in (source.values, found.sharpened.values)
    )
    assert after > before + 0.05


def test_map_that_was_cut_off_keeps_finite_factors(case: Case) -> None:
    whole = _core.forward_transform(case.mean.values)
    cut, _ = _core.apply_scale_factors(
        whole, (56, 56, 56), case.mean.box.parameters(), 1 / 4.5, _core.b_iso_factors(0.0)
    )
    source = case.mean.with_values(_core.inverse_transform(cut, 56), "cut map")
    found = case.sharpened(source=source)
    assert np.isfinite(found.sharpened.values).all()
    assert case.near_the_atoms(found.sharpened) > case.near_the_atoms(source)


# Options


def test_given_completeness_is_used(case: Case) -> None:
    assert case.sharpened(fraction_complete=0.6).fraction_complete == 0.6


def test_number_of_shells_is_that_asked_for(case: Case) -> None:
    assert len(case.sharpened(n_bins=15).shells.s) == 15


def test_radius_of_the_mask_widens_it(case: Case, by_default: ModelResult) -> None:
    assert case.sharpened(mask_atoms_atom_radius=8.0).mask_fraction > by_default.mask_fraction


def test_given_mask_is_used(case: Case) -> None:
    mask = atom_mask(case.mean, case.atoms, 5.0, 3.0)
    found = case.sharpened(mask=case.mean.with_values(mask, "mask"))
    np.testing.assert_array_equal(found.mask.values, mask)


def test_whole_box_is_used_where_there_is_no_mask(case: Case) -> None:
    found = case.sharpened(mask=False)
    assert (found.mask, found.mask_fraction) == (None, 1.0)
    assert case.near_the_atoms(found.sharpened) > case.near_the_atoms(case.mean)


def test_mean_of_the_half_maps_is_sharpened_by_default(case: Case) -> None:
    halves = (case.maps.half_1, case.maps.half_2)
    given, by_default = (case.sharpened(source=s, half_maps=halves) for s in (case.mean, None))
    np.testing.assert_array_equal(by_default.sharpened.values, given.sharpened.values)


def test_nothing_to_sharpen_is_an_error(case: Case) -> None:
    with pytest.raises(ParameterError, match="give full_map or half_maps"):
        case.sharpened(source=None)


def test_half_maps_are_not_sharpened_where_not_wanted(case: Case) -> None:
    halves = (case.maps.half_1, case.maps.half_2)
    found = case.sharpened(half_maps=halves, sharpen_half_maps=False)
    assert (found.sharpened_half_1, found.sharpened_half_2) == (None, None)


def test_fall_off_is_that_of_the_signal(case: Case) -> None:
    more, less = (
        case.sharpened(
            source=case.mean.with_values(
                _core.inverse_transform(model_coefficients(case.mean, case.atoms, b_iso=b), 56)
            ),
            rmsd=0.0,
            n_bins=20,
        ).b_sharpen
        for b in (120.0, 70.0)
    )
    assert more is not None
    assert less is not None
    assert more - less == pytest.approx(50.0, abs=2.0)


def with_solvent(case: Case, density: float) -> MapData:
    filled = atom_mask(case.mean, case.atoms, 2.5, 0.7)
    coefficients = model_coefficients(case.mean, case.atoms, b_iso=60.0)
    values = _core.inverse_transform(coefficients, 56) - np.float32(density) * filled
    return case.mean.with_values(values, "map with solvent")


def test_bulk_solvent_is_found(case: Case) -> None:
    atoms = replace(case.atoms, b_factors=np.full(len(case.atoms), 60.0))
    found = case.sharpened(source=with_solvent(case, 0.08), atoms=atoms)
    assert found.k_sol == pytest.approx(0.08, abs=0.011)


def test_given_solvent_is_used_and_0_means_none(case: Case) -> None:
    assert case.sharpened(k_sol=0.07, b_sol=30.0).k_sol == 0.07
    assert case.sharpened(k_sol=0.07, b_sol=30.0).b_sol == 30.0
    assert case.sharpened(k_sol=0.0).k_sol == 0.0


def test_progress_is_told(case: Case) -> None:
    told: list[tuple[str, float]] = []
    case.sharpened(progress=lambda stage, done: told.append((stage, done)))
    assert [stage for stage, _ in told] == ["mask", "model", "sharpen", "done"]


# The power of the molecule


def test_power_of_the_molecule_is_found_by_a_model_with_errors(case: Case) -> None:
    source, d_min = case.mean, 3.2
    grid = FourierGrid(source.values.shape, source.box.parameters(), d_min)
    generator = np.random.default_rng(12)
    displaced = replace(
        case.atoms,
        positions=case.atoms.positions + generator.normal(size=case.atoms.positions.shape) * 0.6,
    )
    molecule, model = (
        model_coefficients(source, atoms, b_iso=0.0, d_min=d_min)
        for atoms in (case.atoms, displaced)
    )
    sums = model_sums(molecule, model, grid, 20, 1.0, False)
    ones = np.ones(20)
    power = ModelPower(
        sums.correlation, ones, ones, sums.power_1, 0 * ones, 1.0, NO_TENSOR, NO_TENSOR
    )
    without_structure = power_without_structure(displaced, sums.s, grid.shape, source.box)
    found = with_power_of_molecule(sums, power, without_structure)
    structured = sums.s > 0.1
    before, after = (
        np.abs(np.log(power_2 / sums.power_1))[structured]
        for power_2 in (sums.power_2, found.power_2)
    )
    assert np.mean(after) < 0.75 * np.mean(before)
    np.testing.assert_array_equal(found.power_1, sums.power_1)


def test_a_perfect_model_has_the_power_of_the_molecule(case: Case) -> None:
    grid = FourierGrid(case.mean.values.shape, case.mean.box.parameters(), 3.2)
    model = model_coefficients(case.mean, case.atoms, b_iso=0.0, d_min=3.2)
    sums = model_sums(model, model, grid, 20, 1.0, False)
    ones = np.ones(20)
    power = ModelPower(ones, ones, ones, sums.power_1, 0 * ones, 1.0, NO_TENSOR, NO_TENSOR)
    found = with_power_of_molecule(sums, power, np.full(20, 1.0))
    np.testing.assert_allclose(found.power_2, sums.power_2, rtol=1e-12)


# Smoothing


def test_smoothing_leaves_a_straight_line() -> None:
    line = np.linspace(2, -1, 30)
    np.testing.assert_allclose(whittaker_smoothed(line, np.ones(30)), line, atol=1e-6)


def test_smoothing_takes_scatter_off() -> None:
    generator = np.random.default_rng(1)
    curve = np.cos(np.linspace(0, 3, 60))
    noisy = curve + 0.2 * generator.standard_normal(60)
    smooth = whittaker_smoothed(noisy, np.ones(60))
    assert np.std(smooth - curve) < 0.5 * np.std(noisy - curve)


# Deposited maps


class Deposit:
    def __init__(self, map_name: str, model_name: str) -> None:
        folder = Path(str(DATA)) / "em"
        self.map, _ = read_map(folder / map_name)
        self.atoms = read_atoms(folder / model_name)
        self.found = sharpen_by_model(self.map, self.atoms, resolution=3.2)
        model = model_coefficients(self.map, self.atoms, b_iso=0.0, d_min=self.found.d_min)
        self.truth = _core.inverse_transform(model, self.map.values.shape[2])
        self.near = atom_mask(self.map, self.atoms, 3.0, 0.0) > 0.5

    def fit(self, source: MapData) -> float:
        return float(np.corrcoef(source.values[self.near], self.truth[self.near])[0, 1])


@pytest.fixture(scope="module")
def haemoglobin() -> Deposit:
    return Deposit("emd_3488.mrc", "5ni1_updated.cif")


@needs_data
def test_deposited_map_fits_its_model_better(haemoglobin: Deposit) -> None:
    assert haemoglobin.fit(haemoglobin.found.sharpened) > haemoglobin.fit(haemoglobin.map) + 0.015


@needs_data
def test_better_model_agrees_better(haemoglobin: Deposit) -> None:
    other = Deposit("emd_3488.mrc", "5me2.pdb")
    assert haemoglobin.fit(haemoglobin.found.sharpened) > other.fit(other.found.sharpened)
    ours, theirs = haemoglobin.found.resolution_05, other.found.resolution_05
    assert ours is not None
    assert theirs is not None
    assert ours < theirs


@needs_data
@pytest.mark.parametrize(
    ("map_name", "model_name"),
    [
        ("emd_21457_seg_nstart.mrc", "6vyb_Ndom.pdb"),
        ("emd_21457_seg_orig0.mrc", "6vyb_Ndom_shifted.pdb"),
    ],
)
def test_header_variant_gives_the_same_map_in_its_own_place(
    map_name: str, model_name: str
) -> None:
    expected = Deposit("emd_21457_seg.mrc", "6vyb_Ndom.pdb")
    variant = Deposit(map_name, model_name)
    np.testing.assert_allclose(
        variant.found.sharpened.values, expected.found.sharpened.values, atol=0.02
    )
    assert variant.found.sharpened.position == variant.map.position


@needs_data
def test_map_of_a_crystal_fits_its_model_better() -> None:
    folder = Path(str(DATA)) / "xtal"
    source, info, _ = read_map_coefficients(folder / "1cbs_map.mtz")
    group = gemmi.SpaceGroup(info.space_group)
    atoms = atoms_of_cell(read_atoms(folder / "1cbs.cif.gz"), group, source.position.cell)
    found = sharpen_by_model(source, atoms, resolution=info.d_min, wrapping=True, rmsd=0.2)
    model = model_coefficients(source, atoms, b_iso=0.0, d_min=info.d_min, periodic=True)
    truth = _core.inverse_transform(model, source.values.shape[2])
    near = atom_mask(source, atoms, 3.0, 0.0, periodic=True) > 0.5
    before, after = (
        np.corrcoef(values[near], truth[near])[0, 1]
        for values in (source.values, found.sharpened.values)
    )
    assert after > before
