"""A small box around a representative region of a map's density."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.grids import contiguous
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.volume.density_box import Bounds
from map_sharpening.molecule.composition import PROTEIN_RESIDUE_VOLUME

_RESIDUES_PER_REGION = 50
_LEVEL_RATIO = 0.95  #: of one level tried to the next
_LEVEL_RANGES = ((-16, 4), (-32, 16), (-64, 80))  #: exponents, wider while none fits
_PASSES = 3  #: with ever finer steps
_FINER = 0.333  #: of the steps of the pass before
_FEWEST_VOXELS = 10  #: of the largest region
_LARGEST_REGION = 3.0  #: times the volume aimed at
_SMALLEST_REGION = 0.03
_SMALLEST_COPY = 0.5  #: of the largest region: the last of the copies
_WEAK_VOLUME = 0.25  #: of the largest region: smallest that counts as one of weak density
_WEAK_RANK = 0.75  #: of the list: how far down it may be
_BUFFER = 1.5  #: in units of the smoothing


def cut_out_box(
    source: MapData, options: BFactorOptions, solvent_fraction: Callable[[], float]
) -> Bounds:
    """Return a box of `box_size` around `box_center` or a region of the map.

    Parameters
    ----------
    options : BFactorOptions
        Its group `volume` says how.
    solvent_fraction : callable
        Of the whole map; only called to find a region.

    Returns
    -------
    (int, int, int), (int, int, int)
        First and last grid point x, y, z from the map's own first, both included. Outside
        the map if the box isn't restricted.

    Raises
    ------
    MapValueError
        If no level parts the map into regions.
    """
    shape, chosen = source.values.shape[::-1], options.volume
    if chosen.box_center is not None:
        offset = np.subtract(chosen.box_center, source.position.first_point)
        place = [
            math.floor(share % 1.0 * n + 0.5) % n
            for share, n in zip(source.fractional(offset), shape, strict=True)
        ]
        extent = [(index, index) for index in place]
    else:
        extent = _extent_of_region(source, options, solvent_fraction())
    buffer = _buffer(source, options.resolution) if chosen.soft_mask else 0
    restricted = chosen.restrict_map_size
    is_restricted = not options.wrapping if restricted is None else restricted
    bounds = [
        _bounds(low, high, size, buffer, n, is_restricted)
        for (low, high), size, n in zip(extent, chosen.box_size, shape, strict=True)
    ]
    (x, x_last), (y, y_last), (z, z_last) = bounds
    return (x, y, z), (x_last, y_last, z_last)


def require_centre_inside(source: MapData, centre: tuple[float, float, float]) -> None:
    """Check that a point, x y z in Å in the frame of a model, lies in a map.

    Raises
    ------
    ParameterError
        If it does not.
    """
    first = source.position.first_point
    if all(0 <= share < 1 for share in source.fractional(np.subtract(centre, first))):
        return
    edges = (source.box.a, source.box.b, source.box.c)
    ranges = (f"{low:.6g} to {low + edge:.6g}" for low, edge in zip(first, edges, strict=True))
    raise ParameterError(
        f"box_center is {' '.join(f'{x:g}' for x in centre)}, outside {source.name}, which "
        f"reaches over x, y, z from {', '.join(ranges)} Å; give a point inside, in the frame of "
        "a model of this map"
    )


def _bounds(
    low: int, high: int, size: int, buffer: int, n: int, is_restricted: bool
) -> tuple[int, int]:
    """Return first and last grid point of the box along an axis of n points."""
    extra = math.floor((size - (high - low)) / 2)
    low, high = low - extra - buffer, high + extra + buffer
    if is_restricted and low < 0:
        low, high = 0, high - low
    missing = max(0, math.floor((size - (high - low + 1)) / 2))
    low, high = low - missing, high + missing
    if is_restricted or high - low >= n:
        return max(low, 0), min(high, n - 1)
    return low, high


def _buffer(source: MapData, resolution: float) -> int:
    mean_spacing = float(np.mean(source.voxel_size))
    widest = int(min(source.values.shape)) // 3
    smoothing = min(max(1, math.floor(resolution / mean_spacing)), widest)
    return math.floor(0.5 + _BUFFER * smoothing)


# The region


def _extent_of_region(
    source: MapData, options: BFactorOptions, solvent_fraction: float
) -> list[tuple[int, int]]:
    """Return first and last grid point x, y, z of the region to look at."""
    values, periodic, threads = contiguous(source), options.wrapping, options.threads
    level = _level_of_regions(values, options, 1 - solvent_fraction, source.volume)
    volumes, _ = _core.connected_regions(values, level, periodic=periodic, threads=threads)
    rank = _rank_of_weak_region(volumes) if options.volume.use_weak_density else 0
    _, voxels = _core.connected_regions(
        values, level, periodic=periodic, n_listed=rank + 1, threads=threads
    )
    z, y, x = np.unravel_index(voxels[rank], values.shape)
    return [(int(axis.min()), int(axis.max())) for axis in (x, y, z)]


def _rank_of_weak_region(volumes: npt.NDArray[np.int64]) -> int:
    """Return the last that is not much smaller than the first and not far down the list."""
    n_candidates = max(1, math.floor(_WEAK_RANK * len(volumes)))
    fits = volumes[:n_candidates] >= _WEAK_VOLUME * volumes[0]
    return int(np.flatnonzero(fits)[-1])


@dataclass(frozen=True)
class _Aim:
    """The regions that are wanted."""

    n_regions: int
    volume: float  #: voxels
    n_copies: int


@dataclass(frozen=True)
class _Level:
    level: float  #: in SD of the molecule
    score: float
    fits: bool
    is_too_low: bool
    is_too_high: bool


def _level_of_regions(
    values: npt.NDArray[np.float32], options: BFactorOptions, molecule: float, cell_volume: float
) -> float:
    """Return the level that divides the map into regions of about the expected volume."""
    copies = options.sample.ncs_copies or 1
    n_residues = molecule * cell_volume / PROTEIN_RESIDUE_VOLUME
    n_regions = max(1, copies, math.floor(n_residues / _RESIDUES_PER_REGION + 0.5))
    occupied = options.score.fraction_occupied * molecule * values.size
    aim = _Aim(n_regions, occupied / n_regions, copies)
    mean = float(values.mean(dtype=np.float64))
    unit = float(values.std(dtype=np.float64)) / math.sqrt(molecule)

    def judged(level: float) -> _Level | None:
        volumes, _ = _core.connected_regions(
            values, mean + level * unit, periodic=options.wrapping, threads=options.threads
        )
        return _judged(level, volumes, aim) if len(volumes) else None

    found: list[_Level] = []
    for n_pass in range(_PASSES):
        step = _LEVEL_RATIO ** (_FINER**n_pass)
        found.extend(_levels_tried(step, judged))
        if any(level.fits for level in found):
            break
    if not found:
        raise MapValueError("no level divides the map into regions for a box; give box_center")
    best = max(found, key=lambda level: (level.fits, level.score))
    return mean + best.level * unit


def _levels_tried(step: float, judged: Callable[[float], _Level | None]) -> list[_Level]:
    """Judge powers of a step, over wider ranges while none fits.

    Levels below one with too large a region, or above one with too small a region, are not
    looked at.
    """
    found: dict[int, _Level] = {}
    lowest, highest = -math.inf, math.inf
    for first, last in _LEVEL_RANGES:
        for exponent in range(first, last + 1):
            level = step**exponent
            if exponent in found or not lowest < level < highest:
                continue
            outcome = judged(level)
            if outcome is None or outcome.is_too_high:
                highest = min(highest, level)
            elif outcome.is_too_low:
                lowest = max(lowest, level)
            if outcome is not None:
                found[exponent] = outcome
        if any(level.fits for level in found.values()):
            break
    return list(found.values())


def _judged(level: float, volumes: npt.NDArray[np.int64], aim: _Aim) -> _Level:
    """Return how well regions agree with those that are wanted."""
    count = len(volumes)
    largest = float(volumes[0])
    middle = float(volumes[min(count, max(1, (aim.n_regions + 1) // 2)) - 1])
    copy = float(volumes[aim.n_copies - 1]) if count >= aim.n_copies else 0.0
    fits = (
        count >= aim.n_copies
        and _FEWEST_VOXELS <= largest <= _LARGEST_REGION * aim.volume
        and (aim.n_copies == 1 or copy / largest >= _SMALLEST_COPY)
    )
    agreement = (_agreement(middle, aim.volume) + _agreement(largest, aim.volume)) / 2
    score = (
        min(1.0, 0.5 * middle / aim.volume) * copy / largest
        + agreement**2
        + 0.1 * min(level, 1 / level)
    ) / 2.1
    return _Level(
        level,
        score,
        fits,
        largest > _LARGEST_REGION * aim.volume,
        largest < max(_FEWEST_VOXELS, _SMALLEST_REGION * aim.volume),
    )


def _agreement(one: float, other: float) -> float:
    return min(one / other, other / one)
