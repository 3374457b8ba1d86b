"""How good B-factor sharpened maps are: simulated and deposited ones."""

from __future__ import annotations

import gemmi
import numpy as np
import pytest
from b_factor_maps import (
    D_MIN,
    blurred,
    filtered,
    made,
    s_squared_of,
)
from random_maps import correlation
from real_data import DATA, needs_data

from map_sharpening import sharpen_by_b_factor
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.maps.map_data import MapData
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.simulation.demo import demo_half_maps
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import SimulatedHalfMaps

pytestmark = pytest.mark.slow


# How good the map is


@pytest.fixture(scope="module")
def demo() -> SimulatedHalfMaps:
    return demo_half_maps()


def near_the_atoms(maps: SimulatedHalfMaps, sharpened: MapData) -> float:
    return correlations(sharpened, maps.truth, maps.near_atoms, maps.d_min).near_atoms


@pytest.fixture(scope="module")
def by_default(demo: SimulatedHalfMaps) -> float:
    return near_the_atoms(demo, sharpen_by_b_factor(demo.mean, resolution=3.0).sharpened)


def test_the_default_choice_is_as_good_as_the_best_b_near_the_atoms(
    demo: SimulatedHalfMaps, by_default: float
) -> None:
    best = max(
        near_the_atoms(
            demo,
            made(demo.mean, resolution=3.0, b_iso=float(b), target="kurtosis").sharpened,
        )
        for b in range(-40, 81, 20)
    )
    assert by_default > best - 0.01


def test_the_default_choice_is_better_than_the_map_given(
    demo: SimulatedHalfMaps, by_default: float
) -> None:
    assert by_default > near_the_atoms(demo, demo.mean) + 0.05


# A deposited map


def atoms_on_grid_of(source: MapData, atoms: Atoms, spread: float) -> MapData:
    """Return the density of atoms with B = 0, terms to the limit of 2.7 Å and a little more."""
    density = gemmi.DensityCalculatorE()
    density.grid.set_unit_cell(gemmi.UnitCell(*source.box.parameters()))
    nz, ny, nx = source.values.shape
    density.grid.set_size(nx, ny, nz)
    density.blur = spread
    density.cutoff = 1e-6
    density.initialize_grid()
    atom = gemmi.Atom()
    atom.b_iso = 0.0
    for position, element, occupancy in zip(
        atoms.positions, atoms.elements, atoms.occupancies, strict=True
    ):
        atom.pos = gemmi.Position(*position)
        atom.element = gemmi.Element(str(element))
        atom.occ = float(occupancy)
        density.add_atom_density_to_grid(atom)
    values = source.with_values(np.ascontiguousarray(density.grid.array.T), "model")
    s_squared = s_squared_of(source)
    return filtered(values, np.where(s_squared < 1 / 2.6**2, np.exp(spread * s_squared / 4), 0))


class Deposited:
    """EMD-3488, the density of 5NI1 with B = 0, and the points near its atoms."""

    def __init__(self) -> None:
        folder = DATA / "em"
        self.map, _ = read_map(folder / "emd_3488.mrc")
        atoms = read_atoms(folder / "5ni1_updated.cif")
        self.model = atoms_on_grid_of(self.map, atoms, 80.0)
        near = gemmi.FloatGrid(*self.map.values.shape[::-1])
        near.set_unit_cell(gemmi.UnitCell(*self.map.box.parameters()))
        for position in atoms.positions:
            near.set_points_around(gemmi.Position(*position), 3.0, 1.0)
        self.near = np.ascontiguousarray(near.array.T) > 0.5

    def fit(self, of_map: MapData) -> float:
        return correlations(of_map, self.model, self.near, D_MIN).near_atoms


@pytest.fixture(scope="module")
def deposited() -> Deposited:
    return Deposited()


@pytest.fixture(scope="module")
def blurred_deposit(deposited: Deposited) -> MapData:
    return blurred(deposited.map, 100.0)


@pytest.fixture(scope="module")
def restored(blurred_deposit: MapData) -> MapData:
    return made(blurred_deposit, solvent_content=None).sharpened


@pytest.fixture(scope="module")
def sharpened_deposit(deposited: Deposited) -> MapData:
    return made(deposited.map, solvent_content=None).sharpened


@needs_data
def test_a_deposited_map_that_was_blurred_fits_its_model_better(
    deposited: Deposited, blurred_deposit: MapData, restored: MapData
) -> None:
    assert deposited.fit(restored) > deposited.fit(blurred_deposit) + 0.03


@needs_data
def test_target_kurtosis_also_improves_the_fit_of_a_blurred_map(
    deposited: Deposited, blurred_deposit: MapData
) -> None:
    found = made(blurred_deposit, target="kurtosis")
    assert deposited.fit(found.sharpened) > deposited.fit(blurred_deposit) + 0.03


@needs_data
def test_a_deposited_map_fits_its_model_no_worse(
    deposited: Deposited, sharpened_deposit: MapData
) -> None:
    # Its authors sharpened it: there is next to nothing to gain.
    assert deposited.fit(sharpened_deposit) > deposited.fit(deposited.map) - 0.002


@needs_data
def test_a_blur_before_hardly_changes_what_becomes_of_a_deposited_map(
    sharpened_deposit: MapData, restored: MapData
) -> None:
    assert correlation(sharpened_deposit.values, restored.values) > 0.99
