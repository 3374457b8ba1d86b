"""Half maps of 7 to 60 Å, such as subtomogram averages."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from examples import of_fast_suite
from real_data import DATA, needs_data

from map_sharpening import read_atoms, read_map, sharpen_half_maps
from map_sharpening.maps.map_data import MapData
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import SimulatedHalfMaps, simulate_half_maps

RADIUS = 11  #: voxels, of the sphere that holds the ribosome


@pytest.fixture(scope="module")
def coarse() -> SimulatedHalfMaps:
    return simulate_half_maps(
        demo_atoms(), (56, 56, 56), 2.8, 10.0, b_core=300.0, b_rim=700.0, seed=504
    )


def near_atoms(found: MapData, halves: SimulatedHalfMaps) -> float:
    return correlations(found, halves.truth, halves.near_atoms, halves.d_min).near_atoms


@pytest.mark.parametrize("resolution", of_fast_suite([7.5, 10.0], 10.0))
def test_a_coarse_map_comes_nearer_globally_and_locally(
    coarse: SimulatedHalfMaps, resolution: float
) -> None:
    halves = coarse.half_1, coarse.half_2
    found = sharpen_half_maps(*halves, resolution=resolution)
    local = sharpen_half_maps(*halves, resolution=resolution, local_sharpen=True)
    reached = near_atoms(found.sharpened, coarse)
    assert reached > near_atoms(coarse.mean, coarse) + 0.08
    assert near_atoms(local.sharpened, coarse) > reached - 0.005
    assert found.anisotropy is None
    assert not any("anisotropy" in text for text in found.warnings)


@pytest.mark.slow
def test_wide_windows_that_mix_molecule_and_solvent_are_worse(coarse: SimulatedHalfMaps) -> None:
    halves = coarse.half_1, coarse.half_2
    chosen, wide = (
        sharpen_half_maps(
            *halves, resolution=10.0, local_sharpen=True, box_size_grid_units=core
        ).sharpened
        for core in (None, 16)
    )
    assert near_atoms(chosen, coarse) > near_atoms(wide, coarse) + 0.02


@cache
def deposited(name: str) -> Atoms:
    return read_atoms(DATA / f"{name}.cif.gz")


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("b_factor", [500.0, 3000.0])
def test_a_map_of_an_outline_is_hardly_sharpened_if_it_is_hardly_blurred(b_factor: float) -> None:
    atoms = deposited("em/8bk7")
    halves = simulate_half_maps(
        atoms, (48, 48, 48), 8.0, 40.0, b_core=b_factor, b_rim=1.5 * b_factor, seed=4
    )
    found = sharpen_half_maps(halves.half_1, halves.half_2, resolution=40.0)
    # Without regard to the outline, 7100 and 10000 Å² would be applied.
    assert found.b_applied < 2 * b_factor + 1000
    assert near_atoms(found.sharpened, halves) > near_atoms(halves.mean, halves) - 0.005


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize(
    ("model", "b_factor", "is_doubtful"),
    [("models/8uv2", 0.0, True), ("models/8uv2", 14000.0, False), ("models/7yc8", 0.0, False)],
)
def test_a_coarse_b_that_may_be_of_an_outline_alone_is_told(
    model: str, b_factor: float, is_doubtful: bool
) -> None:
    # 8UV2 is a ring: though nothing blurs it, some 3600 Å² are applied. 7YC8 isn't hollow.
    halves = simulate_half_maps(
        deposited(model), (48, 48, 48), 9.0, 35.0, b_core=b_factor, b_rim=b_factor, seed=4
    )
    found = sharpen_half_maps(halves.half_1, halves.half_2, resolution=35.0)
    told = [text for text in found.warnings if "outline of a hollow molecule" in text]
    assert len(told) == is_doubtful
    if is_doubtful:
        applied = f"a B of {found.b_applied:.0f} Å² was applied"
        assert f"{applied}, but the data end at 29.2 Å" in told[0]


@needs_data
@pytest.mark.parametrize(("split", "resolution"), [("n10", 58.0), ("parity", 33.0)])
def test_the_outline_of_a_ribosome_is_not_sharpened_away(split: str, resolution: float) -> None:
    folder = DATA / "em" / "ribosome_70s"
    halves = [read_map(folder / f"half{number}_{split}.mrc")[0] for number in (1, 2)]
    reference = read_map(folder / "reference_of_package.mrc")[0].values
    axis = np.arange(len(reference)) - len(reference) / 2
    squares = axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2
    near = squares < RADIUS**2

    def agreement(values: np.ndarray) -> float:
        return float(np.corrcoef(values[near], reference[near])[0, 1])

    found = sharpen_half_maps(*halves, resolution=resolution)
    assert agreement(found.sharpened.values) > agreement(halves[0].values + halves[1].values)


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("split", ["n10", "parity", "tomograms"])
@pytest.mark.parametrize("local_sharpen", [False, True])
def test_density_modification_does_a_ribosome_no_harm(split: str, local_sharpen: bool) -> None:
    folder = DATA / "em" / "ribosome_70s"
    halves = [folder / f"half{number}_{split}.mrc" for number in (1, 2)]
    reference = read_map(folder / "reference_of_package.mrc")[0].values
    near = reference > 1.5 * reference.std()
    for resolution in (28.0, 33.0):
        made = sharpen_half_maps(
            *halves, resolution=resolution, local_sharpen=local_sharpen, density_modification=True
        )
        assert made.modification is not None
        before, after = (
            float(np.corrcoef(map_data.values[near], reference[near])[0, 1])
            for map_data in (made.sharpened, made.modification.modified)
        )
        assert after > before - 0.002
