"""Fourier coefficients of atoms' potential, from electron scattering factors."""

from __future__ import annotations

import math

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.arrays import Coefficients, FloatArray
from map_sharpening.maps.map_data import UnitCell
from map_sharpening.molecule.atoms import Atoms

# Density is sampled this many times finer than the terms wanted need, and spread by an extra B
# of 72 Å² per squared spacing, taken off again from the coefficients (Ten Eyck 1977, Acta
# Cryst. A33, 486): terms folded back from beyond the sampling limit stay below 0.3 % of those
# kept.
_OVERSAMPLING = 1.5
_B_PER_SQUARED_SPACING = 8.0 * math.pi**2 / 1.1


def density_coefficients(
    atoms: Atoms,
    b_factors: npt.ArrayLike,
    shape: tuple[int, int, int],
    cell: UnitCell,
    *,
    d_min: float | None = None,
    threads: int = 0,
) -> Coefficients:
    """Transform the atoms' potential, as if its map on this grid were transformed.

    Scattering factors are those of Peng et al. (1996, Acta Cryst. A52, 257). The box repeats:
    an atom outside of it counts at the place where the next box has it. The planes at the
    sampling limit of even axes are left empty, for a real map can't hold both members of
    their Friedel pairs.

    Parameters
    ----------
    atoms : Atoms
        Positions from the grid's first point, Å.
    b_factors : array_like, shape (n,) or ()
        Å².
    shape : (int, int, int)
        Grid points along z, y, x.
    cell : UnitCell
        The cell that the grid fills.
    d_min : float, optional
        Å; finer terms are left out, which is faster than to compute all.

    Returns
    -------
    ndarray, shape (nz, ny, nx // 2 + 1), complex64
        F(h) of a map in V, the convention of `_core.forward_transform`.
    """
    nz, ny, nx = shape
    edges = (cell.c, cell.b, cell.a)
    highest = [_highest_index(n, edge, d_min) for n, edge in zip(shape, edges, strict=True)]
    fine_shape = [
        _transform_size(math.ceil(_OVERSAMPLING * min(n, 2 * h + 2)))
        for n, h in zip(shape, highest, strict=True)
    ]
    b_of_each: FloatArray = np.broadcast_to(np.asarray(b_factors, np.float64), len(atoms))
    density = _fine_density(atoms, b_of_each, cell, fine_shape)
    fine = _core.forward_transform(density.grid.array.T, threads)

    rows_z, rows_y = (np.arange(-h, h + 1) for h in highest[:2])
    rows_x = np.arange(highest[2] + 1)
    coefficients = np.zeros((nz, ny, nx // 2 + 1), np.complex64)
    coefficients[np.ix_(rows_z, rows_y, rows_x)] = fine[np.ix_(rows_z, rows_y, rows_x)]
    del fine
    coefficients *= np.float32(math.prod(shape) / math.prod(fine_shape))

    sum_of_density = coefficients[0, 0, 0]
    s_max = math.inf if d_min is None else 1 / d_min
    unspread = _core.b_iso_factors(density.blur)
    coefficients, _ = _core.apply_scale_factors(
        coefficients, shape, cell.parameters(), min(s_max, 1e3), unspread, threads
    )
    coefficients[0, 0, 0] = sum_of_density
    return coefficients


def power_without_structure(
    atoms: Atoms, s: FloatArray, shape: tuple[int, int, int], cell: UnitCell
) -> FloatArray:
    """Return the mean |F|² of atoms with B = 0 that lie anywhere (Wilson 1942, Nature 150, 152).

    Parameters
    ----------
    atoms : Atoms
        Elements and occupancies; their positions do not matter.
    s : ndarray
        1/Å.
    shape, cell
        As in `density_coefficients`.

    Returns
    -------
    ndarray
        In V², by `s`, as the coefficients of `density_coefficients` have it.
    """
    power: FloatArray = np.zeros_like(s)
    for element in np.unique(atoms.elements):
        factors = gemmi.Element(str(element)).c4322
        scattering = np.array([factors.calculate_sf(value**2 / 4) for value in s])
        occupancies = atoms.occupancies[atoms.elements == element]
        power += float(np.sum(occupancies**2)) * scattering**2
    scale: float = math.prod(shape) / gemmi.UnitCell(*cell.parameters()).volume
    return power * scale**2


def _highest_index(n: int, edge: float, d_min: float | None) -> int:
    """Return the highest Miller index of an axis: |h| <= edge / d in any cell."""
    limit = (n - 1) // 2
    return limit if d_min is None else min(limit, math.floor(edge / d_min))


def _transform_size(least: int) -> int:
    """Return the smallest even number, at least this, without prime factors above 7."""
    size = least + least % 2
    while True:
        rest = size
        for factor in (2, 3, 5, 7):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return size
        size += 2


def _fine_density(
    atoms: Atoms, b_factors: FloatArray, cell: UnitCell, fine_shape: list[int]
) -> gemmi.DensityCalculatorE:
    """Put the atoms on a fine grid, spread by an extra B (the calculator's `blur`)."""
    density = gemmi.DensityCalculatorE()
    density.grid.set_unit_cell(gemmi.UnitCell(*cell.parameters()))
    density.grid.set_size(*reversed(fine_shape))
    edges = (cell.c, cell.b, cell.a)
    coarsest = max(edge / n for edge, n in zip(edges, fine_shape, strict=True))
    lowest = float(b_factors.min()) if len(b_factors) else 0.0
    density.blur = max(0.0, _B_PER_SQUARED_SPACING * coarsest**2 - lowest)
    density.cutoff = 1e-6
    density.initialize_grid()
    atom = gemmi.Atom()
    for position, element, occupancy, b_factor in zip(
        atoms.positions, atoms.elements, atoms.occupancies, b_factors, strict=True
    ):
        atom.pos = gemmi.Position(*position)
        atom.element = gemmi.Element(str(element))
        atom.occ = float(occupancy)
        atom.b_iso = float(b_factor)
        density.add_atom_density_to_grid(atom)
    return density
