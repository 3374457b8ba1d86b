"""A model on a map's grid: which atoms lie in the box, and their Fourier coefficients."""

from __future__ import annotations

from dataclasses import replace

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening.errors import ModelFileError, ParameterError
from map_sharpening.maps.arrays import BooleanMap, Coefficients, FloatArray
from map_sharpening.maps.map_data import MapData, UnitCell
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.model_density import density_coefficients


def atoms_from_first_point(atoms: Atoms, map_data: MapData) -> Atoms:
    """Return the atoms with positions counted from a map's first grid point."""
    moved = atoms.positions - np.array(map_data.position.first_point)
    return replace(atoms, positions=moved)


def atoms_in_box(atoms: Atoms, map_data: MapData) -> Atoms:
    """Return the atoms whose centres lie in a map's box, counted from its first grid point.

    Raises
    ------
    ModelFileError
        If none does.
    """
    moved = atoms_from_first_point(atoms, map_data)
    fractional = fractional_positions(moved, map_data)
    inside = np.all((fractional >= 0) & (fractional < 1), axis=1)
    if not inside.any():
        raise ModelFileError(
            f"{atoms.name} has none of its {len(atoms)} atoms in the box of {map_data.name}, "
            f"which begins at {_plain(map_data.position.first_point)} Å; the atoms' middle is "
            f"{_plain(_middle(atoms))} Å; give the model at the map's position"
        )
    return moved.selected(inside)


def points_near_atoms(
    atoms: Atoms, shape: tuple[int, int, int], cell: UnitCell, radius: float
) -> BooleanMap:
    """Return which points of a grid that fills a cell lie within a radius (Å) of an atom."""
    nz, ny, nx = shape
    grid = gemmi.Int8Grid(nx, ny, nz)
    grid.set_unit_cell(gemmi.UnitCell(*cell.parameters()))
    for position in atoms.positions:
        grid.set_points_around(gemmi.Position(*position), radius, 1)
    return np.ascontiguousarray(grid.array.T).astype(np.bool_)


def fractional_positions(atoms: Atoms, map_data: MapData) -> FloatArray:
    """Return positions as shares of the box's edges, shape (n, 3): x, y, z."""
    to_fractional = np.array(gemmi.UnitCell(*map_data.box.parameters()).frac.mat.tolist())
    fractional: FloatArray = atoms.positions @ to_fractional.T
    return fractional


def model_coefficients(
    map_data: MapData,
    atoms: Atoms,
    *,
    b_iso: float | None = None,
    d_min: float | None = None,
    periodic: bool = False,
    threads: int = 0,
) -> Coefficients:
    """Return the Fourier coefficients that a map of the model on a map's grid has.

    Parameters
    ----------
    map_data : MapData
        Grid, cell (of any angles) and place; its values are not used.
    atoms : Atoms
        In the map's frame; see `MapPosition.first_point`.
    b_iso : float, optional
        Å², for all atoms; by default each has its own.
    d_min : float, optional
        Å; finer terms are left out.
    periodic : bool
        The map fills a crystal's unit cell: all atoms count, wherever they are (see
        `crystal.atoms_of_cell`). Otherwise those outside of the box do not.

    Returns
    -------
    ndarray, shape (nz, ny, nx // 2 + 1), complex64

    Raises
    ------
    ModelFileError
        If no atom lies in the box.
    ParameterError
        If the atoms have no B factors and none is given.
    """
    if b_iso is None and atoms.b_factors is None:
        raise ParameterError(f"{atoms.name} has no B factors; give b_iso, one for all atoms")
    place = atoms_from_first_point if periodic else atoms_in_box
    placed = place(atoms, map_data)
    b_factors = placed.b_factors if b_iso is None else b_iso
    assert b_factors is not None, "one of both is given"
    nz, ny, nx = map_data.values.shape
    return density_coefficients(
        placed, b_factors, (nz, ny, nx), map_data.box, d_min=d_min, threads=threads
    )


def _middle(atoms: Atoms) -> FloatArray:
    middle: FloatArray = (atoms.positions.min(axis=0) + atoms.positions.max(axis=0)) / 2
    return middle


def _plain(numbers: npt.ArrayLike) -> str:
    return ", ".join(f"{number:.1f}" for number in np.asarray(numbers))
