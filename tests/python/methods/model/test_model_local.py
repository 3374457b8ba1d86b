"""Local sharpening by a model: better round the atoms, as the global run outside of them."""

from __future__ import annotations

import math
from dataclasses import asdict, replace

import numpy as np
import pytest
from random_maps import THREAD_COUNTS, correlation

from map_sharpening.errors import ParameterError
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.methods.model.sharpen import sharpen_by_model
from map_sharpening.methods.shared.soft_masks import atom_mask
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import SimulatedHalfMaps, simulate_half_maps

SHAPE, VOXEL_SIZE, RESOLUTION = (72, 76, 80), (1.3, 1.25, 1.2), 3.2


@pytest.fixture(scope="module")
def flexible() -> SimulatedHalfMaps:
    """Haemoglobin with a rigid core and a rim that hardly shows, in a box of unequal axes."""
    return simulate_half_maps(
        demo_atoms(), SHAPE, VOXEL_SIZE, RESOLUTION, b_core=40.0, b_rim=250.0, seed=5
    )


@pytest.fixture(scope="module")
def atoms() -> Atoms:
    edges = np.array(SHAPE[::-1]) * np.array(VOXEL_SIZE)
    return demo_atoms().centred_at(edges / 2)


def sharpened(maps: SimulatedHalfMaps, model: Atoms, **options: object) -> ModelResult:
    return sharpen_by_model(maps.mean, model, resolution=RESOLUTION, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def globally(flexible: SimulatedHalfMaps, atoms: Atoms) -> ModelResult:
    return sharpened(flexible, atoms)


@pytest.fixture(scope="module")
def locally(flexible: SimulatedHalfMaps, atoms: Atoms) -> ModelResult:
    return sharpened(flexible, atoms, local_sharpen=True)


def displaced(atoms: Atoms, rmsd: float) -> Atoms:
    steps = np.random.default_rng(5).normal(size=atoms.positions.shape) * rmsd / math.sqrt(3)
    return replace(atoms, positions=atoms.positions + steps)


# --- quality -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("anisotropic", [False, True])
@pytest.mark.parametrize("rmsd", [0.0, 0.6, 1.0])
def test_the_local_map_is_nearer_to_the_truth_than_the_global_one(
    flexible: SimulatedHalfMaps, atoms: Atoms, rmsd: float, anisotropic: bool
) -> None:
    model = displaced(atoms, rmsd)
    one, other = (
        asdict(
            correlations(
                sharpened(flexible, model, local_sharpen=local, anisotropic=anisotropic).sharpened,
                flexible.truth,
                flexible.near_atoms,
                flexible.d_min,
            )
        )
        for local in (False, True)
    )
    for number, value in one.items():
        assert other[number] > value + 0.005, number
    assert other["box"] > one["box"] + 0.05


@pytest.mark.slow
def test_atoms_that_the_model_lacks_are_shown_as_in_the_global_run(
    flexible: SimulatedHalfMaps, atoms: Atoms
) -> None:
    half = atoms.selected(atoms.positions[:, 0] < np.median(atoms.positions[:, 0]))
    one, other = (sharpened(flexible, half, local_sharpen=local) for local in (False, True))
    lacking = atoms.selected(atoms.positions[:, 0] > np.median(atoms.positions[:, 0]) + 15)
    there = atom_mask(flexible.mean, lacking, 3.0, 0.0) > 0.5
    maps = [found.sharpened.values[there] for found in (one, other)]
    assert correlation(maps[0], maps[1]) > 0.99


def test_the_core_is_found_to_fall_off_less_than_the_rim(locally: ModelResult) -> None:
    found = locally.local_filter
    assert found is not None
    middle = [(n - 1) / 2 for n in SHAPE]
    z, y, x = np.meshgrid(*found.centres, indexing="ij")
    steps = VOXEL_SIZE[::-1]
    distance = np.sqrt(
        sum(((p - m) * s) ** 2 for p, m, s in zip((z, y, x), middle, steps, strict=True))
    )
    core, rim, solvent = distance < 15, (distance > 26) & (distance < 36), distance > 45
    assert found.excess_b[core].mean() < found.excess_b[rim].mean() - 50
    assert found.resolution[core].mean() < found.resolution[rim].mean() - 0.5
    assert found.gain[solvent].mean() < found.gain[rim].mean()
    # No atom is near.
    np.testing.assert_array_equal(found.gain[distance > 80], 1.0)


# --- what must not matter ----------------------------------------------------------------


def test_outside_of_the_region_the_map_is_that_of_global_factors(
    flexible: SimulatedHalfMaps, atoms: Atoms, globally: ModelResult, locally: ModelResult
) -> None:
    assert locally.mask is not None
    # In the solvent: factors of the whole box, a smooth function of resolution alone.
    outside = atom_mask(flexible.mean, atoms, 20.0, 2.0) == 0
    assert outside.mean() > 0.05
    before, after = (found.sharpened.values[outside] for found in (globally, locally))
    assert 0.05 < after.std() / before.std() < 0.9
    assert correlation(before, after) > 0.3


@pytest.mark.slow
def test_the_result_does_not_depend_on_the_number_of_threads(
    flexible: SimulatedHalfMaps, atoms: Atoms, locally: ModelResult
) -> None:
    for threads in THREAD_COUNTS:
        found = sharpened(flexible, atoms, local_sharpen=True, threads=threads)
        np.testing.assert_array_equal(found.sharpened.values, locally.sharpened.values)


@pytest.mark.slow
def test_half_maps_are_filtered_as_their_mean(flexible: SimulatedHalfMaps, atoms: Atoms) -> None:
    found = sharpen_by_model(
        None,
        atoms,
        half_maps=(flexible.half_1, flexible.half_2),
        resolution=RESOLUTION,
        local_sharpen=True,
    )
    assert found.sharpened_half_1 is not None
    assert found.sharpened_half_2 is not None
    mean = (found.sharpened_half_1.values + found.sharpened_half_2.values) / 2
    np.testing.assert_allclose(mean, found.sharpened.values, atol=2e-3)


@pytest.mark.slow
def test_the_scale_of_the_map_does_not_matter(
    flexible: SimulatedHalfMaps, atoms: Atoms, locally: ModelResult
) -> None:
    larger = flexible.mean.with_values(flexible.mean.values * np.float32(1000))
    found = sharpen_by_model(larger, atoms, resolution=RESOLUTION, local_sharpen=True)
    np.testing.assert_allclose(found.sharpened.values, locally.sharpened.values, atol=2e-3)


@pytest.mark.slow
def test_inputs_are_not_changed(flexible: SimulatedHalfMaps, atoms: Atoms) -> None:
    mean = flexible.mean
    before = mean.values.copy()
    sharpen_by_model(mean, atoms, resolution=RESOLUTION, local_sharpen=True)
    np.testing.assert_array_equal(mean.values, before)


@pytest.mark.slow
def test_mean_and_scale_are_those_wanted(flexible: SimulatedHalfMaps, atoms: Atoms) -> None:
    found = sharpened(flexible, atoms, local_sharpen=True, output_scale_factor=3.0)
    values = found.sharpened.values.astype(np.float64)
    assert abs(values.mean()) < 1e-4
    assert abs(values.std() - 3) < 1e-3


# --- guards ------------------------------------------------------------------------------


@pytest.mark.slow
def test_windows_add_nothing_to_the_half_maps_beyond_d_min(
    flexible: SimulatedHalfMaps, atoms: Atoms
) -> None:
    # A model that is wrong, and said to be perfect: what it shares with the noise is trusted.
    found = sharpen_by_model(
        None,
        displaced(atoms, 2.0),
        half_maps=(flexible.half_1, flexible.half_2),
        resolution=RESOLUTION,
        rmsd=0.0,
        local_sharpen=True,
    )
    maps = (found.sharpened_half_1, found.sharpened_half_2)
    transforms = []
    for half in maps:
        assert half is not None
        transforms.append(np.fft.rfftn(half.values.astype(np.float64)))
    beyond = _s() > 1.001 / found.d_min
    power = [float(np.mean(np.abs(f[~beyond]) ** 2)) for f in transforms]
    for f, mean in zip(transforms, power, strict=True):
        assert float(np.max(np.abs(f[beyond]) ** 2)) < 1e-6 * mean


def _s() -> np.ndarray:
    z, y = (np.fft.fftfreq(n, d) for n, d in zip(SHAPE[:2], VOXEL_SIZE[:0:-1], strict=True))
    x = np.fft.rfftfreq(SHAPE[2], VOXEL_SIZE[0])
    s: np.ndarray = np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x**2)
    return s


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_boxes": 20}, "n_boxes is 20; expected None, since local_sharpen is False"),
        (
            {"local_sharpen": True, "n_boxes": 1000000},
            "n_boxes is 1000000; expected at most",
        ),
        (
            {"local_sharpen": True, "box_size_grid_units": 3},
            "box_size_grid_units is 3; expected 4 to 48 grid units",
        ),
        (
            {"local_sharpen": True, "box_size_grid_units": 8, "n_boxes": 20},
            "each decides the size of the windows; give one",
        ),
    ],
)
def test_windows_out_of_range_are_refused(
    flexible: SimulatedHalfMaps, atoms: Atoms, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        sharpened(flexible, atoms, **options)


@pytest.mark.slow
def test_windows_can_be_given(flexible: SimulatedHalfMaps, atoms: Atoms) -> None:
    found = sharpened(flexible, atoms, local_sharpen=True, box_size_grid_units=10, n_bins=24)
    assert found.local_filter is not None
    assert found.local_filter.core == (10, 10, 10)
