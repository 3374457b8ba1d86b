"""Facts about local sharpening, local resolution and local B factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from map_sharpening.methods.local_resolution.result import LocalResolutionResult
from map_sharpening.methods.shared.windows import LocalFilter
from map_sharpening.report.parts.contents import Fact
from map_sharpening.report.parts.wording import number

if TYPE_CHECKING:
    from map_sharpening.methods.b_factor.result import LocalBFactor
    from map_sharpening.methods.half_maps.modification_support import ModificationSupport


def local_filter_fact(found: LocalFilter, where: str = "") -> Fact:
    """Return the range of the gain, and the windows it was found in."""
    z, y, x = found.window
    best, worst = number(float(found.gain.max()), 2), number(float(found.gain.min()), 2)
    windows = f"{found.n_windows} windows of {x} x {y} x {z} grid points"
    return Fact("Local filter", f"gain {worst} to {best}", windows + where)


def local_resolution_fact(found: LocalResolutionResult) -> Fact:
    """Return the best, the median and the worst value, or the only one."""
    statistics = found.statistics
    values = (statistics.best, statistics.median, statistics.worst)
    best, median, worst = (number(value, 2) for value in values)
    where = "inside the mask" if found.mask is not None else "in the map"
    if best == worst:
        return Fact("Local resolution", f"{best} Å, one value", where)
    return Fact("Local resolution", f"best {best}, median {median}, worst {worst} Å", where)


def change_fact(found: ModificationSupport) -> Fact:
    """Return how much density modification changed most regions."""
    return Fact(
        "Change by region",
        _in_most(found.change, 0),
        "rms of what was added, of that of the sharpened map, in Gaussian neighbourhoods of "
        f"{number(found.neighbourhood, 1)} Å (standard deviation)",
    )


def support_fact(found: ModificationSupport) -> Fact:
    """Return what the other half map confirms of it in most regions."""
    return Fact(
        "Support by region",
        _in_most(found.support, 1),
        "of the map's power: how much of what is added to one half map the other confirms, which "
        "estimates the gain in squared correlation with the molecule's density",
    )


def _in_most(percentiles: dict[int, float], decimals: int) -> str:
    low, middle, high = (number(100 * percentiles[at], decimals) for at in (5, 50, 95))
    return f"median {middle} %, {low} to {high} % in nine tenths of the mask"


def local_b_fact(local: LocalBFactor) -> Fact:
    """Return the lowest and the highest local B factor, and the tiles it was found in."""
    tiles = f"from {len(local.b_sharpen_of_tiles)} tiles smoothed over "
    tiles += f"{number(local.smoothing_radius, 1)} Å"
    if local.extremes is None:
        return Fact("Local B", "not known", tiles)
    low, high, _ = local.extremes
    return Fact("Local B", f"{number(low, 1)} to {number(high, 1)} Å²", tiles)
