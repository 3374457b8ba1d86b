"""How reports put local resolution into words."""

from __future__ import annotations

from map_sharpening.methods.local_resolution.result import LocalResolutionResult
from map_sharpening.report.parts.wording import number


def local_resolution_range(found: LocalResolutionResult) -> str:
    """Return the best, the median and the worst value."""
    statistics = found.statistics
    values = (statistics.best, statistics.median, statistics.worst)
    where = "inside the mask" if found.mask is not None else "in the map"
    best, median, worst = (number(value, 2) for value in values)
    return f"best {best}, median {median}, worst {worst} Å {where}"
