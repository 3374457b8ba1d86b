"""What reports say of local resolution."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import numpy as np

from map_sharpening.maps.map_data import FloatMap
from map_sharpening.methods.local_resolution.result import INSIDE, LocalResolutionResult
from map_sharpening.report.local.resolution_wording import local_resolution_range
from map_sharpening.report.parts.coloured_histogram import coloured_histogram
from map_sharpening.report.parts.slice_pictures import coloured_slice_pictures
from map_sharpening.report.parts.slice_section import slice_grid
from map_sharpening.report.parts.slices import CentralSlices, central_slices
from map_sharpening.report.parts.wording import number


def local_resolution_section(found: LocalResolutionResult) -> str:
    """Return slices of a map of local resolution, and its histogram, as HTML."""
    statistics = found.statistics
    limits = statistics.palette_range
    pictures = coloured_slice_pictures(_inside(found), limits, "local resolution")
    histogram = coloured_histogram(
        statistics.histogram_edges,
        100 * statistics.histogram,
        limits,
        mark=(statistics.median, f"median, {number(statistics.median, 2)} Å"),
        x_label="local resolution (Å)",
        y_label="share of the mask (%)" if found.mask is not None else "share of the map (%)",
        name="local-resolution",
        description="Histogram of the local resolution, and its colours",
    )
    outside = (
        f" Outside the mask, grey here, the map holds {number(found.coarse_limit, 1)} Å."
        if found.mask is not None
        else ""
    )
    return (
        '<section class="single"><h2>Local resolution</h2>'
        f"{slice_grid([('local resolution', pictures)])}"
        f'<div class="wide">{histogram}</div>'
        f'<p class="quiet">{escape(local_resolution_range(found))}, where the local FSC falls '
        f"below {found.threshold:g} in {found.n_windows} spheres of "
        f"{number(found.window, 1)} Å; clipped to {number(found.fine_limit, 2)} to "
        f"{number(found.coarse_limit, 1)} Å.{outside}</p></section>"
    )


def _inside(found: LocalResolutionResult) -> CentralSlices:
    """Return the central slices with NaN outside the mask."""
    slices = central_slices(found.map)
    if found.mask is None:
        return slices
    mask = central_slices(found.mask)

    def inside(axis: str) -> FloatMap:
        return np.where(mask.along(axis) >= INSIDE, slices.along(axis), np.float32(np.nan))

    return replace(slices, x=inside("x"), y=inside("y"), z=inside("z"))
