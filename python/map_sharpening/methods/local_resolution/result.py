"""What a local resolution measurement finds, and its statistics inside the mask."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import median_of_sorted, percentiles_of_sorted
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.maps.shown import Shown

#: Share of the values at a limit from which on a warning says so.
_MANY_CLIPPED = 0.05
#: Of the soft mask: where it is lower the map holds `coarse_limit`.
INSIDE = 0.5
_N_BINS = 40
LARGEST_SAMPLE = 4_000_000  #: points inside, for the statistics
#: Percentiles that a palette spans, so that outliers don't take its colours.
_PALETTE_PERCENTILES = (2.0, 98.0)
_PERCENTILES = (5, 25, 50, 75, 95)
_LEAST_PALETTE = 0.2  #: Å; over a smaller range a uniform map's colours would only show noise


@dataclass(frozen=True)
class LocalResolutionLattice:
    """The values as measured, before interpolation."""

    values: FloatMap  #: Å, shape (z, y, x); 0 where nothing of the mask is near
    first: tuple[float, float, float]  #: z, y, x of the first sphere's middle, grid points
    spacing: tuple[float, float, float]  #: z, y, x, grid points


@dataclass(frozen=True)
class LocalResolutionStatistics:
    """Of the points inside the mask: all, or a sample of at most 4 million evenly spread ones.

    The best and the worst are those of all points.
    """

    best: float  #: Å
    median: float
    worst: float
    percentiles: dict[int, float]  #: Å, of 5, 25, 50, 75 and 95 % of the points
    histogram: npt.NDArray[np.float64]  #: share of the points by bin; sums to 1
    histogram_edges: npt.NDArray[np.float64]  #: Å
    share_at_fine_limit: float  #: of the points, 0 to 1
    share_at_coarse_limit: float
    palette_range: tuple[float, float]  #: Å, best and worst colour for viewers

    def beyond_limit(self, which: str, limit: float) -> str | None:
        """Return a warning if many values are at the "fine" or the "coarse" limit (Å)."""
        share = self.share_at_fine_limit if which == "fine" else self.share_at_coarse_limit
        if not share > _MANY_CLIPPED:
            return None
        return (
            f"{share:.0%} of the local resolutions inside the mask are at the {which} limit, "
            f"{limit:.2f} Å; the true values are beyond it"
        )


@dataclass(frozen=True, repr=False)
class LocalResolutionResult(Shown):
    """Local resolution on the half maps' grid, and how it was measured."""

    map: MapData  #: Å; `coarse_limit` outside the mask; no value beyond the limits
    mask: MapData | None  #: soft mask that was used; None: the whole box
    lattice: LocalResolutionLattice
    statistics: LocalResolutionStatistics
    n_windows: int  #: spheres measured
    window: float  #: Å, diameter of the spheres
    threshold: float  #: of the local FSC
    resolution: float  #: Å, what the window was chosen for
    fine_limit: float  #: Å; finer values are clipped to it
    coarse_limit: float  #: Å; coarser values are clipped to it
    warnings: tuple[str, ...]
    seconds: float


def _inside(values: FloatMap, mask: FloatMap | None) -> Iterator[FloatMap]:
    """Yield the points inside plane by plane, as a map may be larger than the memory."""
    for z, plane in enumerate(values):
        yield plane.ravel() if mask is None else plane[mask[z] >= INSIDE]


def _sample(
    values: FloatMap, mask: FloatMap | None, largest: int
) -> tuple[npt.NDArray[np.float32], float, float]:
    """Return every few points inside, or all if they are few; and the extremes of all."""
    count = values.size if mask is None else sum(int(np.count_nonzero(m >= INSIDE)) for m in mask)
    step = max(1, math.ceil(count / largest))
    # Without a common divisor all columns of a box are sampled, not the same few.
    while math.gcd(step, values.shape[1] * values.shape[2]) > 1:
        step += 1
    sample = np.empty(math.ceil(count / step), np.float32)
    lowest, highest = math.inf, -math.inf
    passed = taken = 0
    for inside in _inside(values, mask):
        if inside.size == 0:
            continue
        lowest, highest = min(lowest, float(inside.min())), max(highest, float(inside.max()))
        some = inside[-passed % step :: step]
        sample[taken : taken + some.size] = some
        passed, taken = passed + inside.size, taken + some.size
    return sample, lowest, highest


def summarise(
    values: FloatMap,
    mask: FloatMap | None,
    limits: tuple[float, float],
    largest_sample: int = LARGEST_SAMPLE,
) -> LocalResolutionStatistics:
    """Return the statistics of a map of local resolution.

    A small mask is taken whole. Of many points inside only every few are taken, to save memory;
    these are enough for the rest.

    Parameters
    ----------
    values : ndarray, shape (z, y, x)
        Local resolution in Å.
    mask : ndarray, shape (z, y, x), or None
        At least one value is 0.5 or more.
    limits : (float, float)
        Å, finest and coarsest value.
    largest_sample : int
        Points inside that are held at most.
    """
    fine, coarse = limits
    sample, best, worst = _sample(values, mask, largest_sample)
    sample.sort()  # which percentiles and histogram take their time for otherwise
    inside = sample.astype(np.float64)
    asked = (*_PALETTE_PERCENTILES, *_PERCENTILES)
    low, high, *found = percentiles_of_sorted(inside, asked)
    missing = max(_LEAST_PALETTE - (high - low), 0.0)
    # Bins that start and end at round hundredths are easier to read.
    edges = np.linspace(np.floor(best * 100) / 100, np.ceil(worst * 100 + 1) / 100, _N_BINS + 1)
    # As np.histogram: the last bin holds its end.
    below = np.append(
        np.searchsorted(inside, edges[:-1]), np.searchsorted(inside, edges[-1], "right")
    )
    counts = np.diff(below)
    tolerance = 1e-4 * coarse
    return LocalResolutionStatistics(
        best=best,
        median=median_of_sorted(inside),
        worst=worst,
        percentiles=dict(zip(_PERCENTILES, found, strict=True)),
        histogram=counts / counts.sum(),
        histogram_edges=edges,
        share_at_fine_limit=float(np.mean(inside <= fine + tolerance)),
        share_at_coarse_limit=float(np.mean(inside >= coarse - tolerance)),
        palette_range=(low - missing / 2, high + missing / 2),
    )
