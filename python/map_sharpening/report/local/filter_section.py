"""What reports say of local sharpening by shells."""

from __future__ import annotations

from html import escape

import numpy as np

from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.shared.windows import LocalFilter
from map_sharpening.report.local.filter_wording import window_edges
from map_sharpening.report.parts.coloured_histogram import coloured_histogram
from map_sharpening.report.parts.slice_pictures import coloured_slice_pictures
from map_sharpening.report.parts.slice_section import slice_grid
from map_sharpening.report.parts.slices import CentralSlices
from map_sharpening.report.parts.wording import number

_N_BINS = 40
_PERCENTILES = (2.0, 98.0)
_LEAST_SPAN = 0.05  #: of gains; less is no difference to show


def local_filter_section(sharpened: MapData, found: LocalFilter) -> str:
    """Return slices of the gain of each window, and its histogram, as HTML."""
    gain = found.gain
    low, high = (float(value) for value in np.percentile(gain, _PERCENTILES))
    missing = max(_LEAST_SPAN - (high - low), 0.0)
    limits = (low - missing / 2, high + missing / 2)
    pictures = coloured_slice_pictures(_slices(sharpened, found), limits, "local gain")
    edges = np.linspace(*limits, _N_BINS + 1)
    counts, _ = np.histogram(np.clip(gain, *limits), bins=edges)
    histogram = coloured_histogram(
        edges,
        100 * counts / gain.size,
        limits,
        mark=(float(np.median(gain)), f"median, {number(float(np.median(gain)), 2)}"),
        x_label="gain",
        y_label="share of the windows (%)",
        name="local-gain",
        description="Histogram of the local gain, and its colours",
    )
    return (
        '<section class="single"><h2>Local filter</h2>'
        f"{slice_grid([('local gain', pictures)])}"
        f'<div class="wide">{histogram}</div>'
        f'<p class="quiet">{escape(_extremes(sharpened, found))} Gain: rms density of a window '
        "after the local filter over that before it; dark places went quiet. "
        f"{found.n_windows} windows of {window_edges(found)} grid points, half overlapping; "
        "curves of scale factors in this report are those of the global filter.</p></section>"
    )


def _extremes(sharpened: MapData, found: LocalFilter) -> str:
    """Say where the windows are that gained most and least, x y z in Å from the first point."""
    texts = []
    for what, place in (("best", int(found.gain.argmax())), ("worst", int(found.gain.argmin()))):
        index = np.unravel_index(place, found.gain.shape)
        points = [centres[i] for centres, i in zip(found.centres, index, strict=True)]
        step = sharpened.voxel_size[::-1]
        z, y, x = (float(p) * s for p, s in zip(points, step, strict=True))
        gain = number(float(found.gain[index]), 2)
        texts.append(f"{what} {gain} at {x:.0f}, {y:.0f}, {z:.0f} Å")
    return f"Gain {' and '.join(texts)} (x, y, z along the edges of the box)."


def _slices(sharpened: MapData, found: LocalFilter) -> CentralSlices:
    """Return central slices of the gain, each point having that of the nearest window."""
    nz, ny, nx = sharpened.values.shape
    nearest = [
        np.abs(np.arange(n)[:, None] - centres[None, :]).argmin(axis=1)
        for n, centres in zip((nz, ny, nx), found.centres, strict=True)
    ]
    iz, iy, ix = nearest
    gain: FloatMap = found.gain.astype(np.float32)
    return CentralSlices(
        x=gain[np.ix_(iz, iy, [ix[nx // 2]])][:, :, 0],
        y=gain[np.ix_(iz, [iy[ny // 2]], ix)][:, 0, :],
        z=gain[np.ix_([iz[nz // 2]], iy, ix)][0],
        voxel_size=sharpened.voxel_size,
    )
