"""Whether values and voxels of a map can be those of density, whatever its file says."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.maps.checks.planes import (
    FEWEST_PLANES,
    caution_of_gaps,
    caution_of_margin,
    caution_of_planes,
    caution_of_points,
)
from map_sharpening.maps.checks.signs import FEW_LEVELS, without_wraps
from map_sharpening.maps.map_data import (
    TURN_LABEL,
    FloatMap,
    MapData,
    labels_say,
    map_start_in_angstrom,
)
from map_sharpening.maps.mask_like import mask_likeness

#: Sizes of values between which sums of their squares over a map are 32-bit numbers; no program
#: writes others.
_SMALLEST, _LARGEST = 1e-15, 1e14
#: Å, between which all voxels of electron microscopy and crystals lie.
_SMALLEST_VOXEL, _LARGEST_VOXEL = 0.2, 100.0
_SMALLEST_ANGLE = 30.0  #: degrees; 180 less it is the largest: no cell is flatter
#: Longest edge of a voxel over the shortest, of maps that are not a crystal's.
_UNEQUAL_EDGES = 1.3
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
#: A label with an axis and an angle in degrees.
_TURN = re.compile(
    rf"{re.escape(TURN_LABEL)}\s*{_NUMBER}\s+{_NUMBER}\s+{_NUMBER}\s+(?P<angle>{_NUMBER})"
)
#: Share of a map's power that no point of density has, in maps of so many points.
_SPIKE, _FEWEST_POINTS = 0.3, 10_000
#: Share of the points at the lowest or highest value, and share of the range of values that has
#: none next to it, of maps that are no density.
_AT_END, _GAP = 0.2, 0.15
_SAMPLED = 200_000  #: points
#: Points along an edge of a block whose mean counts, correlation of volumes in a stack, and how
#: much more they correlate than parts of one volume.
_BLOCK, _OF_ONE_MOLECULE, _MORE_THAN_PARTS = 4, 0.5, 0.3
#: Points that have the highest value of a map whose peaks are cut off: more than symmetry makes,
#: and more than lie within this share of the height below it, as steps of 8 bits make.
_FEWEST_CUT, _BELOW_CUT = 100, 0.04
#: Share of a map that more points than its peaks have, and of the depth of an inverted map by
#: which its solvent lies above the mean.
_MOST_PEAKS, _ABOVE_INVERTED = 1 / 3, 0.25


def looked_over(
    map_data: MapData, *, allow_constant: bool = False, allow_extract_unique: bool = False
) -> tuple[MapData, list[str]]:
    """Look over a map, wherever it came from; return it marked so, and warnings.

    Of a map that was looked over before there are none.

    Parameters
    ----------
    map_data : MapData
        The map.
    allow_constant : bool
        Whether to accept a map that has one value everywhere, as a mask may.
    allow_extract_unique : bool
        Whether to accept a map labelled `extract_unique`.

    Raises
    ------
    MapValueError
        If values are NaN, infinite or all the same, or the map is a unique part only.
    """
    if map_data.is_looked_over:
        return map_data, []
    warnings = cautions_of_header(map_data, allow_extract_unique)
    if map_data.values.dtype == np.int8:
        values, doubts = without_wraps(map_data.values.astype(np.float32), map_data.name)
        map_data = replace(map_data, values=values)
        warnings += doubts
    statistics = check_values(map_data, allow_constant=allow_constant)
    warnings += cautions_of_map(map_data, statistics)
    return replace(map_data, is_looked_over=True), warnings


def require_density(map_data: MapData, remedy: str) -> None:
    """Raise MapValueError if a map that is to be sharpened has the values of a mask."""
    if mask_likeness(map_data) == "mask":
        raise MapValueError(
            f"{map_data.name} has the values of a mask, nearly all of them at one of two "
            f"levels; expected density; {remedy}"
        )


def cautions_of_header(map_data: MapData, allow_extract_unique: bool) -> list[str]:
    """Return warnings of labels, and of a place that programs may take otherwise.

    Raises
    ------
    MapValueError
        If the map is labelled `extract_unique`, unless that is allowed.
    """
    place = map_start_in_angstrom(map_data)[1]
    if labels_say(map_data, "extract_unique") and not allow_extract_unique:
        raise MapValueError(
            f"{map_data.name} is labelled extract_unique: it holds only the unique part of a"
            " larger map; expected the whole map; give the map it was cut from"
        )
    if not labels_say(map_data, "map_is_sharpened"):
        return place
    return [
        f"{map_data.name} is labelled map_is_sharpened; sharpening it again may overdo it;"
        " give the map before sharpening if there is one",
        *place,
    ]


def check_values(map_data: MapData, *, allow_constant: bool = False) -> _core.MapStatistics:
    """Check, in one pass, that values are finite, and not all the same unless that is allowed.

    Raises
    ------
    MapValueError
        With the number of values that are not finite and the place of the first.
    """
    statistics = _core.map_statistics(np.ascontiguousarray(map_data.values, dtype=np.float32))
    if statistics.n_not_finite:
        z, y, x = np.unravel_index(statistics.first_not_finite, map_data.values.shape)
        raise MapValueError(
            f"{map_data.name} has NaN or infinity at {statistics.n_not_finite} of "
            f"{map_data.values.size} points, the first at x {x}, y {y}, z {z} (counted from 0); "
            "expected finite numbers; "
            + (
                "its values seem to be in another byte order than its header: write it again"
                if _is_sound_swapped(map_data.values)
                else "set them to 0 or make the map again"
            )
        )
    if statistics.minimum == statistics.maximum and not allow_constant:
        raise MapValueError(
            f"{map_data.name} has the same value {statistics.minimum:.6g} at all"
            f" {map_data.values.size} points; expected density; give another map"
        )
    _require_size(map_data.name, statistics)
    if not allow_constant:
        _require_no_spike(map_data, statistics)
    return statistics


def _require_no_spike(map_data: MapData, statistics: _core.MapStatistics) -> None:
    """Raise MapValueError if one point holds so much of a map's power that it is no density."""
    size, mean = map_data.values.size, statistics.mean
    highest, lowest = statistics.maximum - mean, mean - statistics.minimum
    share = max(highest, lowest) ** 2 / (size * statistics.standard_deviation**2)
    if size < _FEWEST_POINTS or share < _SPIKE:
        return
    find = np.argmax if highest > lowest else np.argmin
    z, y, x = np.unravel_index(int(find(map_data.values)), map_data.values.shape)
    raise MapValueError(
        f"{map_data.name} has the value {map_data.values[z, y, x]:.4g} at x {x}, y {y}, z {z} "
        f"(counted from 0), one point with {share:.0%} of the power of all {size}; expected "
        "density; if the point is damaged, give it the mean of its neighbours"
    )


def require_size_of_values(map_data: MapData) -> None:
    """Raise MapValueError if the squares of values are too large or too small for float32.

    A map of zeros, and one that isn't finite, are for others to judge.
    """
    values = np.ascontiguousarray(map_data.values, dtype=np.float32)
    if values.ndim == 3 and values.size:
        _require_size(map_data.name, _core.map_statistics(values))


def _require_size(name: str, statistics: _core.MapStatistics) -> None:
    largest = max(abs(statistics.minimum), abs(statistics.maximum))
    if largest == 0 or not np.isfinite(largest) or _SMALLEST <= largest <= _LARGEST:
        return
    fault = (
        f"{name} has values up to {largest:.2g}; expected density of {_SMALLEST:g} to "
        f"{_LARGEST:g}, so that its squares are 32-bit numbers; "
    )
    if largest < _SMALLEST:
        raise MapValueError(f"{fault}multiply the map by a number, half maps by the same")
    raise MapValueError(
        f"{fault}divide the map by a number, half maps by the same; or, if its numbers are in "
        "another byte order or of another size than its header says, write it again"
    )


def _is_sound_swapped(values: FloatMap) -> bool:
    """Whether values in the other byte order are those of a map, and as they are, they aren't."""
    as_read = np.asarray(values, dtype=np.float32)
    swapped = as_read.byteswap()
    is_sound = bool(np.isfinite(swapped).all() and np.abs(swapped).max() <= _LARGEST)
    return is_sound and _share_of_density(swapped) > _share_of_density(as_read)


def _share_of_density(values: FloatMap) -> float:
    """Return which share of the finite values are of a size that density may have."""
    size = np.abs(values[np.isfinite(values)])
    if not size.size:
        return 0.0
    return float(np.mean((size == 0) | ((size > 1 / _LARGEST) & (size <= _LARGEST))))


def cautions_of_map(map_data: MapData, statistics: _core.MapStatistics) -> list[str]:
    """Return warnings of what can't be, or what another program may take otherwise."""
    return [
        *_caution_of_voxels(map_data),
        *_caution_of_turn(map_data),
        *(caution_of_gaps(map_data) or caution_of_planes(map_data) or caution_of_points(map_data)),
        *(caution_of_margin(map_data) or _caution_of_levels(map_data, statistics)),
        *_caution_of_stack(map_data),
        *_caution_of_cut_peaks(map_data, statistics),
    ]


@dataclass(frozen=True)
class CutPeaks:
    """What a map lost whose values end at a level, as of a format or a display."""

    level: float
    n_points: int  #: that have this value
    share: float  #: of the points of more than half its height above the mean

    def __str__(self) -> str:
        return (
            f"the values are cut off at {self.level:.4g} ({self.n_points} points have it, "
            f"{self.share:.0%} of the points above half its height)"
        )


def cut_peaks(values: FloatMap, statistics: _core.MapStatistics | None = None) -> CutPeaks | None:
    """Return where the peaks of density, of shape (z, y, x), are cut off; None if they are not."""
    if statistics is None:
        statistics = _core.map_statistics(np.ascontiguousarray(values, dtype=np.float32))
    level, mean = statistics.maximum, statistics.mean
    n_points = statistics.n_at_maximum
    if not _FEWEST_CUT < n_points < _MOST_PEAKS * values.size:
        return None
    height = level - mean
    if height < _ABOVE_INVERTED * (mean - statistics.minimum):
        return None  # the solvent of a map of inverted contrast
    n_near = int(np.count_nonzero(values >= level - _BELOW_CUT * height))
    n_high = int(np.count_nonzero(values >= level - height / 2))
    # Where there is nothing lower on the way to them, it is the inside of a mask.
    if n_points <= n_near - n_points or n_high == n_points:
        return None
    return CutPeaks(level, n_points, n_points / n_high)


def _caution_of_cut_peaks(map_data: MapData, statistics: _core.MapStatistics) -> list[str]:
    """Return a warning of peaks that are cut off."""
    cut = cut_peaks(map_data.values, statistics)
    if cut is None or mask_likeness(map_data) != "density":
        return []
    return [
        f"{map_data.name}: {cut}; expected peaks of density, no two alike; give the map as it was "
        "before it was converted or displayed"
    ]


def _caution_of_levels(map_data: MapData, statistics: _core.MapStatistics) -> list[str]:
    """Return a warning of values that begin far from the number that most points have."""
    step = max(1, int(np.cbrt(map_data.values.size / _SAMPLED)))
    values = np.asarray(map_data.values[::step, ::step, ::step]).ravel()
    span = statistics.maximum - statistics.minimum
    for level in (statistics.minimum, statistics.maximum):
        others = values[values != np.float32(level)]
        share = 1 - others.size / values.size
        if share < _AT_END or len(np.unique(others)) <= FEW_LEVELS:
            continue
        nearest = float(others[np.argmin(np.abs(others - level))])
        if abs(nearest - level) < _GAP * span or mask_likeness(map_data) != "density":
            continue
        return [
            f"{map_data.name} is {level:.4g} at {share:.0%} of its points, and has no value from "
            f"there to {nearest:.4g}, as local resolution has, or density cut off at a level; "
            "expected density; give the map as it was reconstructed"
        ]
    return []


def _caution_of_stack(map_data: MapData) -> list[str]:
    """Return a warning of a molecule that comes again in each cube along z."""
    nz, ny, nx = map_data.values.shape
    is_stack = nx == ny and nz % nx == 0 and nz > nx >= 2 * FEWEST_PLANES
    if not is_stack or map_data.position.space_group > 1:
        return []
    # Each by itself: blocks of both together lie otherwise in the second if nx is no multiple.
    volumes = (map_data.values[start : start + nx] for start in (0, nx))
    coarse = np.concatenate([_block_means(volume) for volume in volumes])
    n = nx // _BLOCK

    def agreement(shift: int) -> float:
        with np.errstate(invalid="ignore"):  # one may be constant
            return float(np.corrcoef(coarse[:n].ravel(), coarse[shift : shift + n].ravel())[0, 1])

    # A filament agrees with itself wherever it is cut.
    parts = max(agreement(n // 2), agreement(n // 3))
    if not agreement(n) > max(_OF_ONE_MOLECULE, parts + _MORE_THAN_PARTS):
        return []
    return [
        f"{map_data.name} has {nz} sections of {nx} x {ny}, and the first {nx} look like the "
        f"next: it may be a stack of {nz // nx} volumes; if so, write each to a file of its own"
    ]


def _block_means(values: FloatMap) -> FloatMap:
    """Return the means of blocks of 4 points along each axis."""
    nz, ny, nx = (n // _BLOCK for n in values.shape)
    whole = values[: nz * _BLOCK, : ny * _BLOCK, : nx * _BLOCK]
    means: FloatMap = whole.reshape(nz, _BLOCK, ny, _BLOCK, nx, _BLOCK).mean(axis=(1, 3, 5))
    return means


def _caution_of_turn(map_data: MapData) -> list[str]:
    """Return a warning of a label by which Chimera and ChimeraX turn the map that they show."""
    for label in map_data.position.labels:
        match = _TURN.match(label)
        if match is not None and float(match["angle"]) % 360 != 0:
            return [
                f"{map_data.name} has the label {label.strip()!r}, by which ChimeraX turns the "
                "map and other programs don't; it is not applied, so a model that fits the map in "
                "ChimeraX doesn't fit it here; there, resample the map on an unturned grid "
                "(volume resample) and save it"
            ]
    return []


def _caution_of_voxels(map_data: MapData) -> list[str]:
    """Return a warning of voxels as no map of a molecule has them."""
    steps, angles = map_data.voxel_size, map_data.position.cell.parameters()[3:]
    warnings = []
    if min(steps) < _SMALLEST_VOXEL or max(steps) > _LARGEST_VOXEL:
        shown = " x ".join(f"{step:.4g}" for step in steps)
        warnings.append(
            f"{map_data.name} has voxels of {shown} Å; expected {_SMALLEST_VOXEL:g} to "
            f"{_LARGEST_VOXEL:g} Å; its cell may be in another unit: give voxel_size in Å"
        )
    # Long rhombohedral cells have small angles, all three alike.
    if min(angles) < _SMALLEST_ANGLE <= max(angles) or max(angles) > 180 - _SMALLEST_ANGLE:
        shown = ", ".join(f"{angle:g}" for angle in angles)
        warnings.append(
            f"{map_data.name} has cell angles of {shown} degrees; expected {_SMALLEST_ANGLE:g} to "
            f"{180 - _SMALLEST_ANGLE:g}, in most maps 90; correct them in its header if they are "
            "wrong: they decide the shape of a voxel"
        )
    return warnings


def cautions_of_edges(map_data: MapData) -> list[str]:
    """Return a warning of voxels of unequal edges, which maps have that are no crystal's."""
    steps, position = map_data.voxel_size, map_data.position
    is_crystal = position.space_group > 1 or not position.cell.is_orthogonal
    if is_crystal or max(steps) <= _UNEQUAL_EDGES * min(steps):
        return []
    return [
        f"{map_data.name} has voxels of {' x '.join(f'{step:.4g}' for step in steps)} Å; expected "
        "edges of nearly one length; if one is wrong, give voxel_size in Å"
    ]
