"""Soft masks for the analysis of a map: round atoms, or where the density varies."""

from __future__ import annotations

import math
from typing import Literal

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.arrays import Coefficients
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.grids import contiguous, mean_of_half_maps
from map_sharpening.maps.map_data import FloatMap, MapData, UnitCell
from map_sharpening.methods.shared.solvent import solvent_by_density_or_variation
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.model_map import (
    atoms_from_first_point,
    fractional_positions,
    points_near_atoms,
)

#: Value of a masked map outside: 0, its mean inside the mask, or its mean outside.
OutsideValue = Literal["zero", "mean", "solvent"]

#: Value of a smoothed edge, one standard deviation of the Gaussian beyond it.
_ONE_SIGMA_BEYOND = 0.1587
_LARGEST_SHARE_OF_EDGE = 0.25
#: Width of the taper at the faces of the box, in units of the resolution.
_TAPER = 2.0
#: Å, finer than all terms of any map.
_ALL_TERMS = 1e-3


def atom_mask(
    map_data: MapData,
    atoms: Atoms,
    radius: float,
    soft_edge: float,
    *,
    periodic: bool = False,
    threads: int = 0,
) -> FloatMap:
    """Return a mask of the points near atoms, with a smooth edge.

    Parameters
    ----------
    atoms : Atoms
        In the map's frame. Those outside the box count for points near them inside.
    radius : float
        Å; points up to here from an atom are in, before smoothing.
    soft_edge : float
        Å; standard deviation of the Gaussian that smooths; 0: a sharp edge.
    periodic : bool
        The mask goes on across the faces of the map.

    Returns
    -------
    ndarray, shape (z, y, x), float32
        0 to 1; all 0 where the model lies elsewhere.
    """
    placed = atoms_from_first_point(atoms, map_data)
    if periodic:
        inside = points_near_atoms(placed, map_data.shape, map_data.box, radius)
        return gaussian_smoothed(inside.astype(np.float32), map_data.box, soft_edge, threads)
    # Atoms near one face must not show at the opposite one.
    reach = radius + 3 * soft_edge
    shape, cell, margins, moved = _with_margins(placed, map_data, reach)
    inside = points_near_atoms(moved, shape, cell, radius)
    mask = gaussian_smoothed(inside.astype(np.float32), cell, soft_edge, threads)
    inner = tuple(
        slice(margin, margin + n) for margin, n in zip(margins, map_data.values.shape, strict=True)
    )
    return np.ascontiguousarray(mask[inner])


def half_map_mask(
    half_1: MapData,
    half_2: MapData,
    resolution: float,
    *,
    wang_radius: float | None = None,
    buffer_radius: float | None = None,
    threads: int = 0,
) -> FloatMap:
    """Return a soft mask of the molecule in two half maps.

    Without radii it is where the half maps agree (`_core.molecular_mask`). With one of them
    it is where their mean is not solvent, see `solvent_by_density_or_variation`, widened and
    then smoothed.

    Parameters
    ----------
    half_1, half_2 : MapData
        On one grid.
    resolution : float
        Å; with a radius the standard deviation of the Gaussian that smooths the edge.
    wang_radius : float, optional
        Å, of the spheres the local SD is taken in; by default 1.5 times the resolution.
    buffer_radius : float, optional
        Å by which the region is widened; by default the resolution. Both at most a quarter
        of the shortest edge.

    Returns
    -------
    ndarray, shape (z, y, x), float32
        0 to 1.

    Raises
    ------
    MapValueError
        If the local SD shows no molecule.
    """
    cell = half_1.box
    if wang_radius is None and buffer_radius is None:
        # Smoothed alike at any resolution: solvent inside the mask makes the signal look
        # weaker than it is.
        options = _core.MolecularMaskOptions()
        options.resolution = max(options.resolution, resolution)
        mask, _ = _core.molecular_mask(
            _core.forward_transform(contiguous(half_1), threads),
            _core.forward_transform(contiguous(half_2), threads),
            half_1.shape,
            cell.parameters(),
            options,
            threads,
        )
        return mask
    largest = _LARGEST_SHARE_OF_EDGE * min(cell.a, cell.b, cell.c)
    mean = mean_of_half_maps(half_1, half_2)
    radius = 1.5 * resolution if wang_radius is None else wang_radius
    # A radius that was given decides how the density is judged.
    sphere = min(radius, largest) if wang_radius is not None or radius > largest else None
    found = solvent_by_density_or_variation(mean, resolution, wang_radius=sphere, threads=threads)
    width = min(resolution if buffer_radius is None else buffer_radius, largest)
    inside = (~found.is_solvent).astype(np.float32)
    if width > 0:
        inside = widened(inside, cell, width, threads)
    return gaussian_smoothed(inside, cell, resolution, threads)


def whole_box_taper(map_data: MapData, resolution: float, threads: int = 0) -> FloatMap:
    """Return weights that are 1 in the box and fall to 0 at its faces, over twice `resolution`."""
    return _core.edge_taper(
        map_data.shape, map_data.box.parameters(), _TAPER * resolution, threads
    )


def gaussian_smoothed(
    values: FloatMap, cell: UnitCell, sigma: float, threads: int = 0
) -> FloatMap:
    """Return values 0 to 1 averaged over a Gaussian (sigma in Å), across faces."""
    if sigma == 0:
        return values
    grid = FourierGrid(values.shape, cell.parameters(), _ALL_TERMS, threads)
    blur = _core.b_iso_factors(-8 * math.pi**2 * sigma**2)
    smoothed = grid.filtered(values, blur, keeps_mean=True)
    return np.clip(smoothed, 0, 1, out=smoothed)


def widened(inside: FloatMap, cell: UnitCell, width: float, threads: int = 0) -> FloatMap:
    """Return 1 up to a width (Å) beyond what is inside, across faces, else 0."""
    smoothed = gaussian_smoothed(inside, cell, width, threads)
    return (smoothed > _ONE_SIGMA_BEYOND).astype(np.float32)


def masked_coefficients(
    map_data: MapData, mask: FloatMap | None, outside: OutsideValue, threads: int = 0
) -> Coefficients:
    """Return the Fourier coefficients of a map that fades to one value outside a mask."""
    values = contiguous(map_data)
    if mask is None:
        return _core.forward_transform(values, threads)
    level = np.float32(_level(values, mask, outside))
    return _core.forward_transform((values - level) * mask, threads)


def _level(values: FloatMap, mask: FloatMap, outside: OutsideValue) -> float:
    if outside == "zero":
        return 0.0
    weights: npt.NDArray[np.float32] = mask if outside == "mean" else 1 - mask
    total = float(weights.sum(dtype=np.float64))
    # A mask that fills the box has no outside.
    if total < 0.01 * weights.size and outside == "solvent":
        return float(values.mean(dtype=np.float64))
    return float(np.einsum("zyx,zyx->", values, weights, dtype=np.float64)) / total


def _with_margins(
    atoms: Atoms, map_data: MapData, reach: float
) -> tuple[tuple[int, int, int], UnitCell, tuple[int, int, int], Atoms]:
    """Return shape, cell, margins (grid points, z y x) and atoms of a widened box.

    There is a margin, on both sides, along those axes where an atom is within reach of a face;
    atoms that reach no point of the map are left out.
    """
    box = map_data.box
    reciprocal = gemmi.UnitCell(*box.parameters()).reciprocal()
    reach_as_share = reach * np.array([reciprocal.a, reciprocal.b, reciprocal.c])
    fractional = fractional_positions(atoms, map_data)
    near = np.all((fractional > -reach_as_share) & (fractional < 1 + reach_as_share), axis=1)
    kept, fractional = atoms.selected(near), fractional[near]
    n_xyz = np.array(map_data.values.shape[::-1])
    at_face = np.any((fractional < reach_as_share) | (fractional > 1 - reach_as_share), axis=0)
    margins = np.where(at_face, np.ceil(reach_as_share * n_xyz).astype(int) + 1, 0)
    sizes = n_xyz + 2 * margins
    a, b, c = np.array([box.a, box.b, box.c]) * sizes / n_xyz
    cell = UnitCell(a, b, c, box.alpha, box.beta, box.gamma)
    to_cartesian = np.array(gemmi.UnitCell(*box.parameters()).orth.mat.tolist())
    moved = Atoms(
        kept.positions + to_cartesian @ (margins / n_xyz),
        kept.elements,
        kept.occupancies,
        kept.name,
    )
    size_x, size_y, size_z = (int(size) for size in sizes)
    margin_x, margin_y, margin_z = (int(margin) for margin in margins)
    return (size_z, size_y, size_x), cell, (margin_z, margin_y, margin_x), moved
