"""Correlation of a map with a known truth, in the box and near the atoms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import GridMismatchError, MapValueError, ParameterError
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.simulation.simulate import reciprocal_axes

BAND_D_MAX = 10.0  #: Å, coarse end of the band
COARSEST_D_MIN_OF_BAND = 9.0  #: Å: where terms end coarser than this, too few are left of the band


@dataclass(frozen=True)
class TruthCorrelations:
    """Pearson correlations of a map with the truth; 1 for a perfect map."""

    box: float  #: all grid points, all terms to d_min
    near_atoms: float  #: points near atoms, all terms to d_min
    #: All grid points, terms from 10 Å to d_min; None if d_min is coarser than 9 Å.
    box_band: float | None
    near_atoms_band: float | None  #: points near atoms, likewise


def correlations(
    map_data: MapData, truth: MapData, near_atoms: npt.NDArray[np.bool_], d_min: float
) -> TruthCorrelations:
    """Measure how well a map correlates with the truth.

    Parameters
    ----------
    map_data, truth : MapData
        On one grid; cell angles of 90 degrees. Terms finer than `d_min` are left out
        of both.
    near_atoms : array of bool
        Points that count as near atoms, shape (z, y, x).
    d_min : float
        Finest resolution counted, Å.

    Raises
    ------
    GridMismatchError
        If shapes or cells differ.
    ParameterError
        If `d_min` isn't above 0.
    MapValueError
        If either map is constant or not finite where it is compared.
    """
    if not 0 < d_min < math.inf:
        raise ParameterError(f"d_min is {d_min} Å; give a resolution above 0")
    same_cell = np.allclose(map_data.box.parameters(), truth.box.parameters(), rtol=1e-4)
    if not same_cell or map_data.values.shape != truth.values.shape:
        raise GridMismatchError(
            f"{map_data.name} has shape {map_data.values.shape} and spacing "
            f"{map_data.voxel_size} Å, {truth.name} has {truth.values.shape} and "
            f"{truth.voxel_size} Å; compare maps on one grid"
        )
    if near_atoms.shape != truth.values.shape:
        raise GridMismatchError(
            f"near_atoms has shape {near_atoms.shape}, {truth.name} has {truth.values.shape}; "
            "give one value per grid point"
        )
    whole, whole_truth = (_between(m, None, d_min) for m in (map_data, truth))
    box = _pearson(whole, whole_truth, map_data.name)
    near = _pearson(whole[near_atoms], whole_truth[near_atoms], map_data.name)
    if d_min > COARSEST_D_MIN_OF_BAND:
        return TruthCorrelations(box, near, box_band=None, near_atoms_band=None)
    band, band_truth = (_between(m, BAND_D_MAX, d_min) for m in (map_data, truth))
    return TruthCorrelations(
        box,
        near,
        box_band=_pearson(band, band_truth, map_data.name),
        near_atoms_band=_pearson(band[near_atoms], band_truth[near_atoms], map_data.name),
    )


def _between(map_data: MapData, d_max: float | None, d_min: float) -> FloatMap:
    """Return the map's values with only its terms from d_max to d_min, ends included."""
    s_x, s_y, s_z = reciprocal_axes(map_data)
    s_squared = s_z**2 + s_y**2 + s_x**2
    kept = s_squared <= 1 / d_min**2
    if d_max is not None:
        kept &= s_squared >= 1 / d_max**2
    coefficients = _core.forward_transform(map_data.values)
    coefficients[~kept] = 0
    return _core.inverse_transform(coefficients, map_data.values.shape[2])


def _pearson(a: FloatMap, b: FloatMap, name: str) -> float:
    """Pearson correlation, in double."""
    a_deviation = a - a.mean(dtype=np.float64)
    b_deviation = b - b.mean(dtype=np.float64)
    covariance = float(np.vdot(a_deviation, b_deviation))
    variances = float(np.vdot(a_deviation, a_deviation)) * float(np.vdot(b_deviation, b_deviation))
    if not (np.isfinite(variances) and variances > 0):
        raise MapValueError(
            f"{name} or the truth is constant or not finite where they are compared; "
            "give maps with density"
        )
    return covariance / math.sqrt(variances)
