"""Whether the molecule of a map lies below its solvent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.grids import contiguous
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.shared.solvent import CLEAR_OUTLINE, contrast_of_smoothed

#: Skewness below which density reaches further down than up, and clearly so.
_SKEWED, _CLEARLY_SKEWED = -0.1, -0.25
#: How far the mean inside a mask lies below that outside, in standard deviations.
_BELOW = -0.1
_ENOUGH_VALUES = 250_000
#: Detail: terms finer than the second, which a Gaussian fades out to the first, in resolutions.
#: Coarser ones are of the molecule's outline, and most of the finest are noise.
_FINEST_DETAIL, _COARSEST_DETAIL = 1.5, 5.25
#: Skewness of detail, itself and in standard errors of noise, from which on it is no chance: of
#: some 570 maps and cut-outs of the right contrast none is below 0 by more than .5 errors, but one
#: of a corner of solvent, by 2.3; difference maps of crystals, which have either sign, have .17.
_SKEWED_DETAIL, _ERRORS_OF_DETAIL = 0.2, 3.0
#: Variance of the skewness of noise times the number of its independent values.
_VARIANCE_OF_SKEWNESS = 15.0
_FADED = 0.01  #: gain at which terms count no more
_STEPS_PER_SHELL = 8
_MOST_OF_EDGE = 8  #: share of an edge, inverse, that may be left out at either face
_NO_POWER = 1e-12  #: of the highest

INVERTED = (
    "the contrast is inverted (the density of the molecule is below that of the solvent): the "
    "map is sharpened as it is, with a negative contour level; multiply the maps by -1 before "
    "deposition"
)


@dataclass(frozen=True)
class DetailSkewness:
    """Skewness of a map's detail, which tells its contrast wherever it was cut out."""

    value: float
    error: float  #: standard error, were all of it noise

    @property
    def is_upright(self) -> bool:
        """Whether atoms clearly lie above what is between them."""
        return self.value >= max(_SKEWED_DETAIL, _ERRORS_OF_DETAIL * self.error)

    @property
    def is_inverted(self) -> bool:
        """Whether atoms clearly lie below what is between them."""
        return self.value <= -max(_SKEWED_DETAIL, _ERRORS_OF_DETAIL * self.error)


def detail_skewness(
    map_data: MapData, resolution: float, *, periodic: bool = False, threads: int = 0
) -> DetailSkewness:
    """Measure the skewness of detail: rods and chains among what is between them.

    The outline of a molecule is skewed by the share of the box that it fills: to low values where
    that is more than half, as in a tight cut-out. Detail is not: its few high values are the
    molecule's in any part of it. All terms of detail get the same power, so that sharpening and
    blurring count no more than noise does.

    Parameters
    ----------
    resolution : float
        Nominal, in Å.
    periodic : bool
        The map goes on across its faces; otherwise points near these are left out.
    """
    finest = _FINEST_DETAIL * resolution
    d_min = max(map_data.nyquist, finest * math.sqrt(math.log(2) / -math.log(_FADED)))
    grid = FourierGrid.to_d_min(map_data, d_min, threads)
    terms = _core.forward_transform(contiguous(map_data), threads)
    width = 1 / grid.d_min / grid.n_shells
    sums = grid.power_sums(terms, terms, width, grid.n_shells)
    known = (sums.n_terms > 0) & (sums.auto_1 > 0)
    if not known.any():
        return DetailSkewness(0.0, math.inf)
    power = sums.auto_1[known] / sums.n_terms[known]
    s = width / _STEPS_PER_SHELL * np.arange(_STEPS_PER_SHELL * (grid.n_shells + 1))
    even = np.interp(s, sums.s[known], np.maximum(power, _NO_POWER * power.max()))
    gain = np.exp(-math.log(2) * np.square(s * finest)) / np.sqrt(even)
    factors = _core.without_coarse_terms(
        _core.ScaleFactors(float(s[1]), gain.tolist()), _COARSEST_DETAIL * resolution, grid.d_min
    )
    scaled, _ = grid.scaled(terms, factors)
    detail = grid.map_of(scaled)
    margins = [
        0 if periodic else min(math.ceil(resolution / step), n // _MOST_OF_EDGE)
        for step, n in zip(map_data.voxel_size[::-1], detail.shape, strict=True)
    ]
    inner = detail[tuple(slice(m, n - m) for m, n in zip(margins, detail.shape, strict=True))]
    of_shells = np.array([factors.radial_mean(float(x)) for x in sums.s[known]])
    powers = np.square(of_shells) * power
    n_terms = sums.n_terms[known]
    squares = float(np.sum(n_terms * np.square(powers)))
    n_values = float(np.sum(n_terms * powers)) ** 2 / squares if squares > 0 else 0.0
    n_values *= inner.size / detail.size
    error = math.sqrt(_VARIANCE_OF_SKEWNESS / n_values) if n_values > 0 else math.inf
    return DetailSkewness(_skewness(inner), error)


def lies_below_solvent(
    map_data: MapData, resolution: float, *, periodic: bool = False, threads: int = 0
) -> bool:
    """Whether smoothed density, or else detail, shows that the molecule lies below its solvent.

    Smoothed density shows it where there is solvent around. In a crystal, or a cut-out that the
    molecule fills, only detail does: see `detail_skewness`. Where neither is clear, smoothed
    density is believed if the skewness of all density agrees, and that of a crystal by itself.

    Parameters
    ----------
    resolution : float
        Nominal, in Å.
    periodic : bool
        The map is of a crystal.
    """
    outline = 0.0 if periodic else contrast_of_smoothed(map_data, threads)
    if abs(outline) >= CLEAR_OUTLINE:
        return outline < 0
    detail = detail_skewness(map_data, resolution, periodic=periodic, threads=threads)
    if detail.is_upright or detail.is_inverted:
        return detail.is_inverted
    # A cell is never cut out, so that its outline doesn't mislead.
    return (periodic or outline < 0) and _skewness(_sample(map_data.values)) < _CLEARLY_SKEWED


def has_inverted_contrast(
    map_data: MapData,
    resolution: float,
    mask: FloatMap | None = None,
    *,
    periodic: bool = False,
    threads: int = 0,
) -> bool:
    """Judge by the skewness of a sharpened map and its detail, or its mean in a mask and outside.

    Atoms make few high values among many low ones: the skewness of density is positive. Where it
    isn't, the map may still be a cut-out that the molecule fills.

    Parameters
    ----------
    map_data : MapData
        A sharpened map, whose noise is low.
    resolution : float
        Nominal, in Å.
    mask : ndarray, optional
        0 to 1, of the same shape. It counts where detail doesn't tell; without it, or if nothing
        is outside, see `lies_below_solvent`.
    periodic : bool
        The map is of a crystal.
    """
    sample = _sample(map_data.values)
    if not _skewness(sample) < _SKEWED:
        return False
    inside = np.ones(1) if mask is None else _sample(mask)
    n_inside, n_outside = float(inside.sum()), float((1 - inside).sum())
    if n_inside <= 0 or n_outside <= 0:
        return lies_below_solvent(map_data, resolution, periodic=periodic, threads=threads)
    detail = detail_skewness(map_data, resolution, periodic=periodic, threads=threads)
    if detail.is_upright or detail.is_inverted:
        return detail.is_inverted
    above = (sample * inside).sum() / n_inside - (sample * (1 - inside)).sum() / n_outside
    return float(above) < _BELOW * float(sample.std())


def _sample(values: FloatMap) -> npt.NDArray[np.float64]:
    """Return values from all over a map."""
    step = max(1, round(float(np.cbrt(values.size / _ENOUGH_VALUES))))
    return values[::step, ::step, ::step].astype(np.float64)


def _skewness(values: npt.NDArray[np.floating[Any]]) -> float:
    about = values.astype(np.float64) - values.mean(dtype=np.float64)
    squares = np.square(about)
    variance = float(squares.mean())
    return float((squares * about).mean()) / variance**1.5 if variance > 0 else 0.0
