"""What the HTML report draws of local sharpening, local resolution and local B factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from map_sharpening.maps.arrays import BooleanMap, median, percentiles
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.local_resolution.result import INSIDE, LocalResolutionResult
from map_sharpening.methods.shared.windows import LocalFilter
from map_sharpening.report.local.facts import (
    change_fact,
    local_b_fact,
    local_filter_fact,
    local_resolution_fact,
    support_fact,
)
from map_sharpening.report.parts.coloured_section import coloured_section, shares
from map_sharpening.report.parts.figures import between
from map_sharpening.report.parts.slices import CentralSlices, central_slices
from map_sharpening.report.parts.wording import number

if TYPE_CHECKING:
    from map_sharpening.methods.b_factor.result import BFactorResult
    from map_sharpening.methods.half_maps.modification_support import ModificationSupport

_N_BINS, _N_BINS_OF_B = 40, 48
_PERCENTILES = (2.0, 98.0)
_LEAST_SPAN = 0.05  #: of gains; less is no difference to show


def local_filter_section(sharpened: MapData, found: LocalFilter | None) -> str:
    """Return slices of the gain of each window, and its histogram; empty for a global run."""
    if found is None:
        return ""
    gain = found.gain
    low, high = percentiles(gain, _PERCENTILES)
    missing = max(_LEAST_SPAN - (high - low), 0.0)
    limits = (low - missing / 2, high + missing / 2)
    edges = np.linspace(*limits, _N_BINS + 1)
    middle = median(gain)
    return coloured_section(
        "Local filter",
        "local gain",
        _gain_slices(sharpened, found),
        limits,
        (edges, shares(np.clip(gain, *limits), edges)),
        mark=(middle, f"median, {number(middle, 2)}"),
        labels=("gain", "share of the windows (%)"),
        text=f"{_extremes(sharpened, found)} Gain: rms density of a window after the local filter "
        f"over that before it; dark places went quiet. {local_filter_fact(found).note}, half "
        "overlapping. Curves of scale factors in this report are those of the global filter.",
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
        at = ", ".join(number(value, 0) for value in (x, y, z))
        texts.append(f"{what} {gain} at {at} Å")
    return f"Gain {' and '.join(texts)} (x, y, z along the edges of the box)."


def _gain_slices(sharpened: MapData, found: LocalFilter) -> CentralSlices:
    """Return central slices of the gain, each point having that of the nearest window."""
    nz, ny, nx = sharpened.values.shape
    iz, iy, ix = (
        np.abs(np.arange(n)[:, None] - centres[None, :]).argmin(axis=1)
        for n, centres in zip((nz, ny, nx), found.centres, strict=True)
    )
    gain: FloatMap = found.gain.astype(np.float32)
    return CentralSlices(
        x=gain[np.ix_(iz, iy, [ix[nx // 2]])][:, :, 0],
        y=gain[np.ix_(iz, [iy[ny // 2]], ix)][:, 0, :],
        z=gain[np.ix_([iz[nz // 2]], iy, ix)][0],
        voxel_size=sharpened.voxel_size,
    )


def local_resolution_section(found: LocalResolutionResult | None) -> str:
    """Return slices of a map of local resolution, and its histogram; empty without one."""
    if found is None:
        return ""
    statistics, fact = found.statistics, local_resolution_fact(found)
    is_masked = found.mask is not None
    outside = f" Outside the mask, grey here, the map holds {number(found.coarse_limit, 1)} Å."
    return coloured_section(
        "Local resolution",
        "local resolution",
        _slices_inside(found),
        statistics.palette_range,
        (statistics.histogram_edges, 100 * statistics.histogram),
        mark=(statistics.median, f"median, {number(statistics.median, 2)} Å"),
        labels=("local resolution (Å)", f"share of the {'mask' if is_masked else 'map'} (%)"),
        text=f"Local resolution: {fact.value} {fact.note}, where the local FSC falls below "
        f"{found.threshold:g} in {found.n_windows} spheres of {number(found.window, 1)} Å; "
        f"clipped to {number(found.fine_limit, 2)} to {number(found.coarse_limit, 1)} Å."
        + (outside if is_masked else ""),
    )


def _slices_inside(found: LocalResolutionResult) -> CentralSlices:
    """Return the central slices with NaN outside the mask."""
    slices = central_slices(found.map)
    if found.mask is None:
        return slices
    mask = central_slices(found.mask)
    return _slices_where(slices, lambda axis: mask.along(axis) >= INSIDE)


def _slices_where(slices: CentralSlices, is_inside: Callable[[str], BooleanMap]) -> CentralSlices:
    """Return slices with NaN elsewhere."""
    x, y, z = (np.where(is_inside(axis), slices.along(axis), np.float32(np.nan)) for axis in "xyz")
    return replace(slices, x=x, y=y, z=z)


def support_section(found: ModificationSupport | None) -> str:
    """Return slices of the support of density modification, and its histogram, if there is any."""
    if found is None:
        return ""
    slices = central_slices(found.map)
    change, middle = change_fact(found), found.support[50]
    return coloured_section(
        "Support of density modification",
        "support",
        # Outside the mask it is exactly 0.
        _slices_where(slices, lambda axis: slices.along(axis) != 0),
        found.support_range,
        (found.support_edges, 100 * found.support_histogram),
        mark=(middle, f"median, {number(100 * middle, 1)} %"),
        labels=("support (share of the map's power)", "share of the mask (%)"),
        text=f"Support: share {support_fact(found).note}. Dark: nothing of it is confirmed. "
        f"Change by region: {change.value}, {change.note}.",
    )


def local_b_section(result: BFactorResult) -> str:
    """Return slices of the local B factor, and its histogram; empty without one."""
    local, overall = result.local, result.chosen.b_sharpen
    if local is None:
        return ""
    fact = local_b_fact(local)
    low, high, _ = local.extremes or (0.0, 0.0, 0.0)
    # A histogram and a colour scale need some width.
    limits = (low, high) if high - low > 1e-3 else (low - 0.5, high + 0.5)
    edges = np.linspace(*limits, _N_BINS_OF_B + 1)
    return coloured_section(
        "Local B factor",
        "local b_sharpen",
        central_slices(local.b_sharpen),
        limits,
        (edges, shares(local.b_sharpen.values, edges)),
        mark=(overall, f"whole map, {number(overall, 1)} Å²"),
        labels=(
            between("more blurred", "local b_sharpen (Å²)", "sharper"),
            "share of the map (%)",
        ),
        text=f"b_sharpen at each place, {fact.value}, {fact.note}; bright places were "
        "sharpened most.",
    )
