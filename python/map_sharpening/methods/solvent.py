"""How much of a map is solvent: where the density hardly varies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.map_data import FloatMap, MapData, UnitCell

SolventVariant = Literal["robust", "peer"]

_WANG_RADIUS_FACTOR = 1.5  #: times the resolution, the documented default
_PEER_RADIUS_FACTOR = 2.0
_PEER_LEVEL = 0.05  #: of the maximum
_N_BINS = 512
#: A few strong sites, such as metals, must not decide; what is above this share counts as if
#: it were just there.
_HIGHEST_SHARE = 0.999
_LARGEST_SAMPLE = 1_000_000  #: voxels to find it from

BooleanMap = npt.NDArray[np.bool_]
_Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SolventEstimate:
    """The share of a map that is solvent, and where."""

    fraction: float  #: 0 to 1
    how: str  #: one line for the log
    threshold: float  #: local SD (robust) or local variance less its mean (peer) below which
    is_solvent: BooleanMap = field(repr=False)  #: shape (z, y, x)


def solvent_fraction_from_map(
    map_data: MapData,
    resolution: float,
    *,
    variant: SolventVariant = "robust",
    wang_radius: float | None = None,
    iterations: int = 3,
    threads: int = 0,
) -> SolventEstimate:
    """Estimate the solvent fraction from the local variation of the density.

    ``robust``: the local SD of the density about the solvent's mean level, in spheres of
    `wang_radius` (Wang 1985, Methods Enzymol. 115, 90), is split in two by the threshold that
    separates the two classes best (Otsu 1979, IEEE Trans. Syst. Man Cybern. 9, 62). The level
    begins as the mean of the map and is then measured in the solvent found.

    ``peer``: the squared deviation from the map's mean, without its own mean and what is finer
    than the resolution, is averaged in spheres of twice the resolution; where it is below 5 %
    of its maximum is solvent. One strong feature raises that threshold.

    The map is taken as periodic.

    Parameters
    ----------
    map_data : MapData
        The map; its absolute scale doesn't matter.
    resolution : float
        Nominal resolution in Å.
    variant : {"robust", "peer"}
    wang_radius : float, optional
        Radius in Å of the spheres; by default 1.5 times the resolution. Only for ``robust``.
    iterations : int
        How often the solvent is found, at least once. Only for ``robust``.
    threads : int
        Threads of the transforms; 0 means all.

    Returns
    -------
    SolventEstimate

    Raises
    ------
    MapValueError
        If the map is all solvent or none, so that there is no estimate.
    ParameterError
        If `resolution`, `wang_radius` or `iterations` is out of range, or `variant` unknown.
    """
    _require_positive("resolution", resolution)
    if wang_radius is not None:
        _require_positive("wang_radius", wang_radius)
    if iterations < 1:
        raise ParameterError(
            f"solvent_content_iterations is {iterations}; expected a whole number, 1 or more"
        )
    if variant == "robust":
        radius = _WANG_RADIUS_FACTOR * resolution if wang_radius is None else wang_radius
        estimate = _robust(map_data, radius, iterations, threads)
    elif variant == "peer":
        estimate = _peer(map_data, resolution, threads)
    else:
        raise ParameterError(f"variant is {variant!r}; expected 'robust' or 'peer'")
    if not 0 < estimate.fraction < 1:
        raise MapValueError(
            f"the solvent fraction of {map_data.name} can't be found: {estimate.fraction:.0%} of"
            " it looks like solvent; give solvent_content, molecular_mass or seq_file"
        )
    return estimate


def _require_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ParameterError(f"{name} is {value}; expected a length in Å, above 0")


def _robust(map_data: MapData, radius: float, iterations: int, threads: int) -> SolventEstimate:
    cell = map_data.box
    level = float(map_data.values.mean(dtype=np.float64))
    is_solvent: BooleanMap | None = None
    threshold = 0.0
    n_done = 0
    while n_done < iterations:
        n_done += 1
        squares = np.square(map_data.values - np.float32(level), dtype=np.float32)
        np.minimum(squares, np.float32(_highest(squares)), out=squares)
        # averaging over a sphere rings a little where there is nothing to average
        local_sd = np.sqrt(np.maximum(_sphere_means(squares, cell, radius, threads), 0))
        threshold = _best_split(local_sd)
        found = local_sd < threshold
        is_same = is_solvent is not None and np.array_equal(found, is_solvent)
        is_solvent = found
        if is_same or not found.any():
            break
        level = float(map_data.values[found].mean(dtype=np.float64))
    assert is_solvent is not None
    how = (
        f"from the map, local SD in spheres of {radius:.1f} Å split in two classes,"
        f" {n_done} iteration{'s' if n_done > 1 else ''}"
    )
    return SolventEstimate(float(is_solvent.mean()), how, threshold, is_solvent)


def _peer(map_data: MapData, resolution: float, threads: int) -> SolventEstimate:
    mean = np.float32(map_data.values.mean(dtype=np.float64))
    squares = np.square(map_data.values - mean, dtype=np.float32)
    radius = _PEER_RADIUS_FACTOR * resolution
    variation = _sphere_means(squares, map_data.box, radius, threads, finest=resolution)
    threshold = _PEER_LEVEL * float(variation.max())
    is_solvent: BooleanMap = variation < threshold
    how = (
        f"from the map, local variance in spheres of {radius:.1f} Å below {_PEER_LEVEL:.0%} of"
        " its maximum"
    )
    return SolventEstimate(float(is_solvent.mean()), how, threshold, is_solvent)


def _sphere_means(
    values: FloatMap, cell: UnitCell, radius: float, threads: int, finest: float | None = None
) -> FloatMap:
    """Return the mean in a sphere about each point, shape (z, y, x).

    With `finest` the terms of finer spacing (Å) and the mean of the map are left out.
    """
    coefficients = _core.forward_transform(np.ascontiguousarray(values), threads)
    for plane, s_squared in zip(
        coefficients, _s_squared_by_plane(values.shape, cell), strict=True
    ):
        factors = _sphere_transform(2 * np.pi * radius * np.sqrt(s_squared))
        if finest is not None:
            factors[(s_squared > 1 / finest**2) | (s_squared == 0)] = 0
        plane *= factors.astype(np.float32)
    return _core.inverse_transform(coefficients, values.shape[2], threads)


def _s_squared_by_plane(shape: tuple[int, ...], cell: UnitCell) -> Iterator[_Array]:
    """Yield 1/d² (Å⁻²) of the half-complex terms, one array (ny, nx // 2 + 1) for each z."""
    nz, ny, nx = shape
    cos_alpha, cos_beta, cos_gamma = np.cos(np.radians([cell.alpha, cell.beta, cell.gamma]))
    edges = np.array([cell.a, cell.b, cell.c])
    cosines = np.array(
        [[1, cos_gamma, cos_beta], [cos_gamma, 1, cos_alpha], [cos_beta, cos_alpha, 1]]
    )
    metric = np.linalg.inv(np.outer(edges, edges) * cosines)
    h = np.arange(nx // 2 + 1, dtype=np.float64)[None, :]
    k = np.fft.fftfreq(ny, 1 / ny)[:, None]
    in_plane = metric[0, 0] * h * h + metric[1, 1] * k * k + 2 * metric[0, 1] * h * k
    slope = 2 * (metric[0, 2] * h + metric[1, 2] * k)
    for index in np.fft.fftfreq(nz, 1 / nz):
        yield in_plane + index * (slope + metric[2, 2] * index)


def _sphere_transform(w: _Array) -> _Array:
    """Return ``3 (sin w - w cos w) / w³``, the transform of a sphere of unit volume."""
    is_small = w < 0.01
    safe = np.where(is_small, 1.0, w)
    return np.where(is_small, 1 - w**2 / 10, 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3)


def _highest(values: FloatMap) -> float:
    """Return the value that all but a few are below."""
    flat = values.reshape(-1)
    sample = flat[:: 1 + flat.size // _LARGEST_SAMPLE]
    return float(np.quantile(sample, _HIGHEST_SHARE))


def _best_split(values: FloatMap) -> float:
    """Return the threshold with the largest variance between the two classes."""
    highest, lowest = _highest(values), float(values.min())
    if not highest > lowest:
        return lowest
    counts, edges = np.histogram(np.minimum(values, highest), _N_BINS, (lowest, highest))
    centres = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1].astype(np.float64)
    sum_below = np.cumsum(counts * centres)[:-1]
    above, sum_above = counts.sum() - below, (counts * centres).sum() - sum_below
    difference = sum_below / below - sum_above / above  # first and last bin are never empty
    return float(edges[1 + np.argmax(below * above * difference**2)])
