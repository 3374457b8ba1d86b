"""The contour level that is recommended for a sharpened map."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.maps.arrays import BooleanMap
from map_sharpening.maps.map_data import FloatMap, MapData, NewArray

#: Smallest and largest share of the molecule's region above the level, if noise allows. A
#: region reaches some Å beyond the atoms: 0.12 shows main and side chains; from 10 Å on, 0.2
#: shows the whole body.
_FINE_RESOLUTION, _FINE_SHARE = 5.0, 0.12
_COARSE_RESOLUTION, _COARSE_SHARE = 10.0, 0.20
#: Below this share, a level shows next to nothing.
_LEAST_SHARE = 0.005
_ROOM = 4.0  #: Å, from the molecule as the density shows it to the edge of its region
#: Share of the surface outside the region: the aim, and the share that causes a warning.
_SURFACE_OUTSIDE = 0.005
_NOTABLE_OUTSIDE = 0.01
#: Share of the usual volume below which a level shows too little of a molecule.
_LITTLE_SHOWN = 0.25
_N_LEVELS = 8192
#: Voxels above which some planes of a map are enough.
_ENOUGH_VOXELS = 3_000_000
#: Share of the box above which a mask says little about where in it the molecule is.
_WIDE_MASK = 0.3
#: Points of a coarse grid along the finest wave that it is to hold, and along its edges.
_POINTS_OF_FINEST, _FEWEST_COARSE_POINTS = 3.0, 16
#: For a map of which nothing is known: standard deviations above the mean.
_SD_OF_UNKNOWN = 3.0


@dataclass(frozen=True)
class Contour:
    """A level to show a map at, and how much noise it shows."""

    level: float  #: in units of the map
    share_outside: float  #: of the surface, outside the molecule's region; NaN: no region known
    #: Volume inside the surface, over that which shows a molecule; NaN: no region known.
    share_shown: float

    def from_below(self) -> Contour:
        """Return the level of the same map turned upside down."""
        return replace(self, level=-self.level)

    def warnings(self, region_is: str) -> tuple[str, ...]:
        """Return warnings of a level that shows noise, or little; `region_is` names the region."""
        if math.isnan(self.share_outside):
            return (
                f"the contour level {self.level:.3g} is a guess, {_SD_OF_UNKNOWN:g} SD: it can't "
                "be determined where the molecule is; choose a level in the viewer",
            )
        if self.share_outside <= _NOTABLE_OUTSIDE and self.share_shown < _LITTLE_SHOWN:
            return (
                f"the contour level {self.level:.3g}, at which no noise is seen, shows "
                f"{self.share_shown:.0%} of the volume that a molecule should have: noise is "
                "nearly as strong as the molecule, as in a map that is sharpened too much; choose "
                "a level in the viewer",
            )
        if self.share_outside <= _NOTABLE_OUTSIDE:
            return ()
        return (
            f"at the contour level {self.level:.3g}, {self.share_outside:.0%} of the surface is "
            f"outside {region_is}, which may leave out a part of the molecule, or noise is as "
            "strong as the molecule; choose a level in the viewer",
        )


def recommended_contour(
    values: FloatMap, region: FloatMap | None, resolution: float, threads: int = 0
) -> Contour:
    """Return the level at which a molecule shows without noise around it.

    It is the lowest at which hardly any of the surface lies outside the molecule's region, and
    at most a share of that region inside the surface; the share grows with the resolution.
    See `says_where` for masks that are given.

    Parameters
    ----------
    values : ndarray, shape (z, y, x), float32
        The sharpened map, its mean about 0.
    region : ndarray or None
        0.5 and more where the molecule is, with some room around. None: not known.
    resolution : float
        Å.
    """
    if region is None:
        return _guess(values, threads)
    found = _core.surface_by_level(
        values, region, _N_LEVELS, max(1, values.size // _ENOUGH_VOXELS), threads
    )
    above = found.above_inside + found.above_outside
    if found.n_inside == 0 or above[0] == 0:
        return _guess(values, threads)
    share = np.interp(
        resolution, (_FINE_RESOLUTION, _COARSE_RESOLUTION), (_FINE_SHARE, _COARSE_SHARE)
    )
    first = int(np.argmax(above <= share * found.n_inside))
    few = np.nonzero(above[first:] >= max(1, _LEAST_SHARE * found.n_inside))[0]
    last = first + (int(few[-1]) if few.size else 0)
    surface = found.surface_inside[first : last + 1] + found.surface_outside[first : last + 1]
    # A map that fills its box with the molecule has no surface at all.
    outside = found.surface_outside[first : last + 1] / np.maximum(surface, 1)
    is_clean = outside <= _SURFACE_OUTSIDE
    at = int(np.argmax(is_clean) if is_clean.any() else np.argmin(outside))
    shown = float(above[first + at] / (share * found.n_inside))
    return Contour((first + at) * found.step, float(outside[at]), shown)


def _guess(values: FloatMap, threads: int) -> Contour:
    deviation = _core.map_statistics(values, threads).standard_deviation
    return Contour(_SD_OF_UNKNOWN * deviation, math.nan, math.nan)


def says_where(mask: FloatMap) -> bool:
    """Whether a mask is narrow enough for what lies outside it to be all the noise there is."""
    return float(mask.mean(dtype=np.float64)) <= _WIDE_MASK


def region_of_halves(
    mask: FloatMap,
    half_1: MapData,
    half_2: MapData,
    resolution: float,
    *,
    new_array: NewArray | None = None,
    threads: int = 0,
) -> FloatMap:
    """Return where two half maps agree, within a mask that `says_where` is not true of.

    They are compared on a coarse grid, which holds the terms that the automatic mask is made of;
    so of their size there is only what is returned, made by `new_array` (default `numpy.empty`).
    """
    # A run with a mask as wide as its molecule needs nothing of this.
    from map_sharpening.maps.view import binned
    from map_sharpening.methods.shared.soft_masks import half_map_mask

    finest = max(_core.MolecularMaskOptions().resolution, resolution)
    factor = int(finest / _POINTS_OF_FINEST / max(half_1.voxel_size))
    factor = max(1, min(factor, min(mask.shape) // _FEWEST_COARSE_POINTS))
    coarse = [binned(half, factor) for half in (half_1, half_2)]
    shown = half_map_mask(coarse[0], coarse[1], resolution, threads=threads)
    # Points beyond the last whole cube go with it.
    z, y, x = (
        np.minimum(np.arange(n) // factor, n_coarse - 1)
        for n, n_coarse in zip(mask.shape, shown.shape, strict=True)
    )
    region = (new_array or np.empty)(mask.shape, np.dtype(np.float32))
    for number, plane in enumerate(region):
        np.minimum(shown[z[number]][np.ix_(y, x)], mask[number], out=plane)
    return region


def region_by_density(
    map_data: MapData, resolution: float, *, periodic: bool = False, threads: int = 0
) -> FloatMap | None:
    """Return 1 where a map's own density shows its molecule, 0 elsewhere; None: nowhere."""
    # A run with a mask needs nothing of this.
    from map_sharpening.methods.shared.solvent import solvent_by_density_or_variation

    try:
        found = solvent_by_density_or_variation(
            map_data, resolution, periodic=periodic, threads=threads
        )
    except MapValueError:
        return None  # the level has a warning of its own
    return region_around(map_data, found.is_solvent, threads)


def region_around(map_data: MapData, is_solvent: BooleanMap, threads: int = 0) -> FloatMap:
    """Return 1 in the molecule and a few Å around it, for strands at the rim, else 0."""
    from map_sharpening.methods.shared.soft_masks import widened
    from map_sharpening.methods.shared.solvent import solvent_with_noise

    is_solvent = solvent_with_noise(map_data, is_solvent, threads)
    molecule = np.logical_not(is_solvent).astype(np.float32)
    return widened(molecule, map_data.box, _ROOM, threads)
