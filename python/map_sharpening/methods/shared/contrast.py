"""Whether the molecule of a map lies below its solvent."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.grids import contiguous
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.shared.solvent import Outline, outline_of_smoothed

#: Skewness below which density reaches further down than up, and clearly so.
_SKEWED, _CLEARLY_SKEWED = -0.1, -0.25
#: Skewness of all density that contradicts inverted detail: .01 at most in 130 inverted cut-outs
#: that their molecule fills, and 3.1 in one beside an upright molecule.
_REFUTING = 0.5
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
#: Å; detail of coarser maps is mostly outline too: -.31 in one of 30 Å without its coarsest terms.
_COARSE = 10.0
_ERRORS_OF_LEANING = 2.0  #: from which on detail makes an upright map likely
#: Edge of a place, in resolutions, and over how many of them detail must be spread to tell: in
#: nearly empty corners of maps, 6.5 or fewer, its skewness is anything from -15 to 18.
_EDGE_OF_PLACE, _LEAST_PLACES = 2.0, 8.0
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
UNSURE = (
    "whether the contrast is inverted (the density of the molecule below that of the solvent) "
    "can't be told, as in cut-outs that hold little or no molecule: the map is taken to be "
    "upright; if atoms are dark in it, multiply it by -1 first"
)


class Contrast(Enum):
    """On which side of its solvent a molecule lies."""

    UPRIGHT = "above"
    INVERTED = "below"
    UNSURE = "not known"


@dataclass(frozen=True)
class DetailSkewness:
    """Skewness of a map's detail, which tells its contrast wherever it was cut out."""

    value: float
    error: float  #: standard error, were all of it noise
    n_places: float  #: number of places, two resolutions wide, that it is spread over

    @property
    def is_upright(self) -> bool:
        """Whether atoms clearly lie above what is between them."""
        return self._is_above(_ERRORS_OF_DETAIL)

    @property
    def is_inverted(self) -> bool:
        """Whether atoms clearly lie below what is between them."""
        return replace(self, value=-self.value).is_upright

    @property
    def leans_up(self) -> bool:
        """Whether atoms are more likely to lie above what is between them."""
        return self._is_above(_ERRORS_OF_LEANING)

    def _is_above(self, n_errors: float) -> bool:
        is_large = self.value >= max(_SKEWED_DETAIL, n_errors * self.error)
        return is_large and self.n_places >= _LEAST_PLACES


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
        return DetailSkewness(0.0, math.inf, 0.0)
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
    edge = max(1, round(_EDGE_OF_PLACE * resolution / max(map_data.voxel_size)))
    return DetailSkewness(_skewness(inner), error, _places_filled(inner, edge))


def contrast_of(
    map_data: MapData, resolution: float, *, periodic: bool = False, threads: int = 0
) -> Contrast:
    """Return on which side of its solvent smoothed density, or else detail, shows the molecule.

    Smoothed density shows it where there is solvent around. In a crystal, or a cut-out that the
    molecule fills, only detail does: see `detail_skewness`. A map that is taken for inverted
    wrongly is lost, so both are asked: smoothed density is believed if it ends within the box and
    detail doesn't contradict it, or if detail agrees. Where neither is clear, the skewness of all
    density decides in a crystal, whose cell is never cut out, and beside an outline that ends
    within the box.

    Parameters
    ----------
    resolution : float
        Nominal, in Å.
    periodic : bool
        The map is of a crystal.
    """
    outline = Outline(0.0, 1.0) if periodic else outline_of_smoothed(map_data, threads)
    above = outline.contrast
    if outline.shows_upright:
        return Contrast.UPRIGHT
    detail = detail_skewness(map_data, resolution, periodic=periodic, threads=threads)
    if detail.is_upright:
        return Contrast.UPRIGHT
    if outline.shows_inverted:
        return Contrast.INVERTED
    skewness = _skewness(_sample(map_data.values))
    if detail.is_inverted:
        is_outline = above == 0 and resolution > _COARSE
        is_refuted = above > 0 or is_outline or skewness > _REFUTING
        return Contrast.UNSURE if is_refuted else Contrast.INVERTED
    if above > 0:
        return Contrast.UPRIGHT
    if skewness < _CLEARLY_SKEWED and (periodic or (above < 0 and outline.is_inside)):
        return Contrast.INVERTED
    leans_up = above == 0 and skewness >= _CLEARLY_SKEWED and detail.leans_up
    return Contrast.UPRIGHT if periodic or leans_up else Contrast.UNSURE


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
        is outside, see `contrast_of`.
    periodic : bool
        The map is of a crystal.
    """
    sample = _sample(map_data.values)
    if not _skewness(sample) < _SKEWED:
        return False
    inside = np.ones(1) if mask is None else _sample(mask)
    n_inside, n_outside = float(inside.sum()), float((1 - inside).sum())
    if n_inside <= 0 or n_outside <= 0:
        contrast = contrast_of(map_data, resolution, periodic=periodic, threads=threads)
        return contrast is Contrast.INVERTED
    detail = detail_skewness(map_data, resolution, periodic=periodic, threads=threads)
    if detail.is_upright or detail.is_inverted:
        return detail.is_inverted
    above = (sample * inside).sum() / n_inside - (sample * (1 - inside)).sum() / n_outside
    return float(above) < _BELOW * float(sample.std())


def _sample(values: FloatMap) -> npt.NDArray[np.float64]:
    """Return values from all over a map."""
    step = max(1, round(float(np.cbrt(values.size / _ENOUGH_VALUES))))
    return values[::step, ::step, ::step].astype(np.float64)


def _places_filled(values: FloatMap, edge: int) -> float:
    """Return over how many cubes of an edge in points the power of a map is spread."""
    squares = np.square(values - values.mean(dtype=np.float64))
    for axis, n in enumerate(values.shape):
        squares = np.add.reduceat(squares, range(0, max(1, n - n % edge), edge), axis=axis)
    highest = float(squares.max())
    shares = squares / highest if highest > 0 else squares
    return float(shares.sum()) ** 2 / max(float(np.square(shares).sum()), 1.0)


def _skewness(values: npt.NDArray[np.floating[Any]]) -> float:
    about = values.astype(np.float64) - values.mean(dtype=np.float64)
    squares = np.square(about)
    variance = float(squares.mean())
    return float((squares * about).mean()) / variance**1.5 if variance > 0 else 0.0
