"""How reports put local sharpening by shells into words."""

from __future__ import annotations

from map_sharpening.methods.shared.windows import LocalFilter
from map_sharpening.report.parts.wording import number


def local_filter_summary(found: LocalFilter) -> str:
    """Return the windows and their gain in one line."""
    best, worst = number(float(found.gain.max()), 2), number(float(found.gain.min()), 2)
    return (
        f"{found.n_windows} windows of {window_edges(found)} grid points, gain {worst} to {best}"
    )


def window_edges(found: LocalFilter) -> str:
    """Return the edges of a window along x, y and z in grid points."""
    z, y, x = found.window
    return f"{x} x {y} x {z}"
