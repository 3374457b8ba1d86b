"""How much density modification changed each region, and what the other half map confirms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from map_sharpening import _core
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.grids import contiguous
from map_sharpening.maps.map_data import FloatMap, MapData, NewArray

PERCENTAGES = (5, 25, 50, 75, 95)
_N_BINS = 40
_LEAST_SPAN = 0.01  #: of support; less is no difference to show


@dataclass(frozen=True)
class ModificationSupport:
    """Figures of regions, which are Gaussian neighbourhoods inside the mask.

    Support: what is added to one half map times what the other holds beyond it, as a share of the
    map's power; it estimates the gain in squared correlation with the molecule's density. Change:
    rms of what was added over that of the sharpened map. Both are fractions.
    """

    map: MapData  #: the support at each grid point, -1 to 1; 0 outside the mask
    neighbourhood: float  #: Å, standard deviation of the Gaussian
    support: dict[int, float]  #: reached at most by 5, 25, 50, 75 and 95 % of the mask
    change: dict[int, float]  #: the same
    support_range: tuple[float, float]  #: lowest and highest colour for viewers
    support_histogram: FloatArray  #: share of the mask by bin; sums to 1
    support_edges: FloatArray  #: of the bins; what lies beyond them is in the first and the last


def support_of(
    sharpened: MapData,
    contribution: FloatMap,
    half_1: MapData,
    half_2: MapData,
    mask: FloatMap,
    found: _core.ModificationFindings,
    options: _core.ModificationOptions,
    new_array: NewArray | None = None,
) -> ModificationSupport:
    """Judge what the weights found add to each of two half maps by the other.

    Parameters
    ----------
    sharpened : MapData
        What the contribution was added to.
    contribution : ndarray, shape (z, y, x), float32
    half_1, half_2, mask, found, options
        As modify_density of the core took and returned them.
    new_array : callable, optional
        As of `sharpen_half_maps`.
    """
    values, regions = _core.support_of_modification(
        contiguous(half_1),
        contiguous(half_2),
        mask,
        contribution,
        half_1.box.parameters(),
        found.linear.tolist(),
        found.positive.tolist(),
        found.signal_share.tolist(),
        options,
        new_array,
    )
    support = _percentiles(regions.support, regions.weight)
    low = min(support[5], 0.0)
    limits = (low, max(support[95], low + _LEAST_SPAN))
    edges: FloatArray = np.linspace(*limits, _N_BINS + 1)
    weights, clipped = regions.weight, np.clip(regions.support, *limits)
    return ModificationSupport(
        map=sharpened.with_values(values, "support of density modification"),
        neighbourhood=_core.SUPPORT_NEIGHBOURHOOD * options.d_min,
        support=support,
        change=_percentiles(regions.change, weights),
        support_range=limits,
        support_histogram=np.histogram(clipped, edges, weights=weights)[0] / weights.sum(),
        support_edges=edges,
    )


def _percentiles(values: FloatArray, weights: FloatArray) -> dict[int, float]:
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order]) - weights[order] / 2
    places = np.array(PERCENTAGES) / 100 * weights.sum()
    found = np.interp(places, below, values[order])
    return dict(zip(PERCENTAGES, found.tolist(), strict=True))
