"""Whether a map's values are those of a mask, and whether a mask surrounds the molecule."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from map_sharpening.maps.map_data import MapData

MaskLikeness = Literal["mask", "unclear", "density"]

#: Values by which masks are resampled or filtered beyond 0 and 1, as a share of the step.
_OVERSHOOT = 0.2
#: How near to one of the two levels a value must be to count as at it.
_AT_LEVEL = 0.02
#: Share of the points at one of the two levels below which a map is density.
_LEAST_AT_LEVELS = 0.5
#: Share of the points that are just at the lower of two levels that aren't 0 and 1.
_FEWEST_AT_LEVEL = 0.01
#: Of the points that aren't outside, the share at the upper level: soft edges may be wide.
_LEAST_INSIDE = 0.05
#: Share at the upper level of density that was scaled to 1 at its maximum and masked.
_MOST_OF_DENSITY = 0.001
_FEWEST_INSIDE = 8  #: points at the upper level; fewer are outliers of density
_LOOKED_AT = 200_000  #: points
#: Radius of the smallest sphere that a mask should hold, in resolutions.
_SMALLEST_RADIUS = 2.0
#: Signal per point in a mask, relative to that outside, below which it holds no molecule.
_LEAST_SIGNAL = 0.5
#: Share of a box that must be outside of a mask to judge it by that.
_LEAST_OUTSIDE = 0.01


def mask_likeness(map_data: MapData) -> MaskLikeness:
    """Judge from a sample of the values whether a map is a mask.

    Most points of a mask lie at one of two levels, 0 (or a floor above it) and 1 with a small
    overshoot, or those of its file's numbers, and many of those that aren't outside lie at the
    upper one. Density, also where it was masked or scaled to a maximum of 1, hardly ever reaches
    its maximum.

    Parameters
    ----------
    map_data : MapData
        The map. If a value of the sample is NaN or infinite, it is taken as density.
    """
    step = max(1, int(np.cbrt(map_data.values.size / _LOOKED_AT)))
    values = np.asarray(map_data.values[::step, ::step, ::step], dtype=np.float64).ravel()
    lowest, highest = float(values.min()), float(values.max())
    if not math.isfinite(highest - lowest):
        return "density"
    if lowest == highest:
        return "mask" if lowest == 1 else "density"
    is_unit = lowest >= -_OVERSHOOT and 1 - _OVERSHOOT <= highest <= 1 + _OVERSHOOT
    low, high = (max(0.0, lowest), min(1.0, highest)) if is_unit else (lowest, highest)
    near = _AT_LEVEL * (high - low)
    # A value beyond a level counts as at it, being overshoot.
    n_outside = np.count_nonzero(values <= low + near)
    n_inside = np.count_nonzero(values >= high - near)
    if (
        n_outside + n_inside < _LEAST_AT_LEVELS * values.size
        or n_inside * step**3 < _FEWEST_INSIDE
    ):
        return "density"
    n_lowest = np.count_nonzero(values <= low + near / 20)
    if not is_unit and n_lowest < _FEWEST_AT_LEVEL * values.size:
        return "density"  # such as local resolution, one value wherever it isn't known
    share_inside = n_inside / max(values.size - n_outside, 1)
    if share_inside >= _LEAST_INSIDE:
        return "mask"
    is_within = lowest >= -_AT_LEVEL and abs(highest - 1) <= _AT_LEVEL
    return "unclear" if is_within and share_inside > _MOST_OF_DENSITY else "density"


def cautions_of_mask(
    mask: MapData, half_maps: tuple[MapData, MapData], resolution: float
) -> list[str]:
    """Return warnings about a mask (0 to 1) that can't surround the molecule of two half maps."""
    n_points = int(np.count_nonzero(mask.values > 0.5 * mask.values.max()))
    volume = n_points * mask.volume / mask.values.size
    radius = _SMALLEST_RADIUS * resolution
    if volume < 4 / 3 * math.pi * radius**3:
        return [
            f"{mask.name} holds {n_points} grid point{'s' if n_points > 1 else ''}, "
            f"{volume:.0f} Å³, less than a sphere of {radius:g} Å: what is measured in it means "
            "little; give a mask round the whole molecule"
        ]
    weights = float(np.sum(mask.values, dtype=np.float64))
    n_outside = mask.values.size - weights
    if n_outside < _LEAST_OUTSIDE * mask.values.size:
        return []
    inside, whole = _common_power(mask, half_maps)
    if inside / weights < _LEAST_SIGNAL * (whole - inside) / n_outside:
        return [
            f"the half maps have less in common inside {mask.name} than outside of it: it is not "
            "round the molecule, and may be inverted; give a mask that is 1 where the molecule is"
        ]
    return []


def _common_power(mask: MapData, half_maps: tuple[MapData, MapData]) -> tuple[float, float]:
    """Return the sums over mask and box of the product of two maps, less their means."""
    means = [half.values.mean(dtype=np.float64) for half in half_maps]
    inside = whole = 0.0
    # Section by section: the maps may be larger than the memory.
    for weights, *sections in zip(mask.values, *(half.values for half in half_maps), strict=True):
        one, two = (np.subtract(part, mean) for part, mean in zip(sections, means, strict=True))
        product = one * two
        inside += float(np.vdot(weights, product))
        whole += float(product.sum())
    return inside, whole
