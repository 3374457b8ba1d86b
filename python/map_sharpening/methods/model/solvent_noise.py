"""The highest possible accuracy of a map, as its solvent contains only noise."""

from __future__ import annotations

import numpy as np

from map_sharpening.errors import MapValueError
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.model.power import ModelSums
from map_sharpening.methods.shared.smoothing import whittaker_smoothed
from map_sharpening.methods.shared.soft_masks import (
    gaussian_smoothed,
    masked_coefficients,
    whole_box_taper,
)
from map_sharpening.methods.shared.solvent import solvent_by_density_or_variation

#: Share of the box below which there is too little solvent.
_LEAST_SOLVENT = 0.05
_INSIDE_OF_MASK = 0.05


def quiet_region(
    source: MapData,
    near_atoms: FloatMap,
    resolution: float,
    *,
    periodic: bool = False,
    threads: int = 0,
) -> FloatMap | None:
    """Return where the solvent is and no atoms are, as a soft mask from 0 to 1.

    Parts of the molecule that the model lacks vary, and do not belong to it.

    Parameters
    ----------
    near_atoms : ndarray, shape (z, y, x)
        Mask round the atoms, 0 to 1.
    resolution : float
        Å, nominal.
    periodic : bool
        Whether the map is of a crystal.

    Returns
    -------
    ndarray or None
        None where all of the map varies alike.
    """
    try:
        found = solvent_by_density_or_variation(
            source, resolution, periodic=periodic, threads=threads
        )
    except MapValueError:  # all of it varies alike
        return None
    quiet = (found.is_solvent & (near_atoms < _INSIDE_OF_MASK)).astype(np.float32)
    quiet = gaussian_smoothed(quiet, source.box, resolution, threads)
    # Back inside of the edge that was smoothed.
    return np.clip(2 * quiet - 1, 0, 1, out=quiet)


def accuracy_from_solvent(
    source: MapData,
    quiet: FloatMap,
    power: FloatArray,
    sums: ModelSums,
    grid: FourierGrid,
    resolution: float,
    *,
    periodic: bool = False,
) -> FloatArray | None:
    """Return by shell the highest correlation that a map can have with the noise-free one.

    The noise near the molecule is at least that of the solvent. A map that was flattened there
    says nothing of its noise, and the bound is near 1.

    Parameters
    ----------
    quiet : ndarray, shape (z, y, x)
        Its solvent, 0 to 1, see `quiet_region`.
    power : ndarray
        By shell: sums over the map's terms where the statistics are taken, per unit mask power.
    periodic : bool
        The map fills a crystal's unit cell.

    Returns
    -------
    ndarray or None
        0 to 1; None where there is too little solvent.
    """
    if not periodic:
        quiet = quiet * whole_box_taper(source, resolution, grid.threads)
    mean_square = float(np.square(quiet).mean(dtype=np.float64))
    if mean_square < _LEAST_SOLVENT:
        return None
    noise = masked_coefficients(source, quiet, "mean", grid.threads)
    of_noise = grid.power_sums(noise, noise, sums.width, len(sums.s)).auto_1
    known = (sums.n_independent > 0) & (of_noise > 0)
    if not known.any():
        return None
    ratio = np.zeros_like(sums.s)
    ratio[known] = (of_noise[known] / mean_square) / power[known]
    ln_ratio = whittaker_smoothed(np.log(ratio[known]), sums.n_independent[known])
    ratio[known] = np.exp(ln_ratio)
    bound: FloatArray = np.sqrt(np.clip(1 - ratio, 0, 1))
    return bound
