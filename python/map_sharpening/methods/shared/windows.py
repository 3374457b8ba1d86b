"""Windows of local sharpening: their size, how they are filtered, and their results."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import ParameterError
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import FloatMap, MapData

#: Grid units; smaller windows hold too few terms, larger ones are no longer local.
LEAST_BOX_SIZE, LARGEST_BOX_SIZE = 4, 48
#: Windows that a thread works on together, and arrays of their size that it holds.
_AT_ONCE, _ARRAYS_OF_WINDOWS = 8, 5
#: Results of each window.
_BY_WINDOW = ("signal_scale", "excess_b", "noise_scale", "gain", "resolution")

#: Edge of a box's core, in resolutions, up to which local sharpening gained on tested maps.
_WIDEST_IN_RESOLUTIONS = 6.0
#: The same from _COARSE on, Å, where such boxes reach far into the solvent.
_WIDEST_OF_COARSE, _COARSE = 3.0, 4.0


@dataclass(frozen=True)
class LocalFilter:
    """The results of local sharpening in each window, on top of the global filter.

    Windows overlap their neighbours by half; the first and last along an axis lie half
    outside the map. Arrays have the windows' order, shape (n_z, n_y, n_x).
    """

    core: tuple[int, int, int]  #: grid points between windows along z, y, x: half an edge
    centres: tuple[FloatArray, FloatArray, FloatArray]  #: grid points along z, y, x
    gain: FloatArray  #: rms after the local filter over rms before
    resolution: FloatArray  #: Å, where the fitted FSC falls to 0.143; d_min if it does not
    signal_scale: FloatArray  #: k: signal power, at low resolution, over the whole map's
    excess_b: FloatArray  #: Å²; amplitudes fall off by exp(-B s² / 4) more than on average
    noise_scale: FloatArray  #: noise power over the whole map's

    @property
    def window(self) -> tuple[int, int, int]:
        """Return the edges of a window in grid points along z, y, x."""
        z, y, x = self.core
        return 2 * z, 2 * y, 2 * x

    @property
    def n_windows(self) -> int:
        """Return the number of windows."""
        return int(self.gain.size)


def local_filter_of(found: _core.LocalFilter) -> LocalFilter:
    """Return the core's results of the windows."""
    z, y, x = found.core
    return LocalFilter(
        core=(z, y, x),
        centres=found.centres,
        **{name: getattr(found, name) for name in _BY_WINDOW},
    )


def window_options(
    n_boxes: int | None,
    box_size_grid_units: int | None,
    *,
    n_bins: int | None = None,
    periodic: bool = False,
) -> _core.LocalOptions:
    """Return the core's options of windows."""
    options = _core.LocalOptions()
    options.n_windows = n_boxes
    options.core_points = box_size_grid_units
    if n_bins is not None:
        options.n_shells = n_bins
    options.periodic = periodic
    return options


@dataclass(frozen=True)
class WindowMaps:
    """Sharpened half maps, and arrays for the filtered ones; shape (z, y, x), float32.

    Rows may be padded.
    """

    half_1: FloatMap
    half_2: FloatMap
    full: FloatMap | None  #: what is filtered; None: the mean of the halves
    sharpened: FloatMap  #: out
    sharpened_half_1: FloatMap | None  #: out; None: not wanted
    sharpened_half_2: FloatMap | None


@dataclass(frozen=True)
class WindowFilter:
    """Where the windows lie and what the maps hold on average; numbers only, no maps."""

    shape: tuple[int, int, int]  #: of the maps: z, y, x
    cell: tuple[float, float, float, float, float, float]  #: that the grid fills, Å, degrees
    resolution: float  #: Å
    expected: _core.SharpenedPower  #: of the maps as a whole
    options: _core.LocalOptions

    @property
    def n_layers(self) -> int:
        """Return how many layers of windows there are along z."""
        _, count = _core.window_lattice(self.shape, self.cell, self.resolution, self.options)
        return int(count[0])

    def filter(self, maps: WindowMaps, layers: range, *, threads: int) -> LocalFilter:
        """Filter some layers; the result of each does not depend on the others.

        Returns
        -------
        LocalFilter
            What was found in the windows of all layers, those that were not asked for as if
            nothing had been done there.

        Raises
        ------
        ParameterError
            If there is no layer in the range.
        ValueError
            If the layers are not there, or maps do not match.
        """
        if not layers:
            raise ParameterError(
                f"layers is {layers}, which holds none; expected some of the {self.n_layers} "
                f"layers of windows, range(0, {self.n_layers}) for all"
            )
        found = _core.filter_windows(
            maps.half_1,
            maps.half_2,
            maps.full,
            maps.sharpened,
            maps.sharpened_half_1,
            maps.sharpened_half_2,
            self.cell,
            self.expected,
            self.resolution,
            self.options,
            layers.start,
            layers.stop,
            threads,
        )
        return local_filter_of(found)


def part_of_layers(found: LocalFilter, layers: range) -> LocalFilter:
    """Return the results of some layers alone; positions of windows stay those of all."""
    rows = slice(layers.start, layers.stop)
    return replace(found, **{name: getattr(found, name)[rows] for name in _BY_WINDOW})


def joined(parts: list[LocalFilter]) -> LocalFilter:
    """Return the results of all layers, from parts that cover them in order."""
    whole: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _BY_WINDOW
    }
    return replace(parts[0], **whole)


def bytes_of_windows(
    map_data: MapData,
    resolution: float,
    n_boxes: int | None,
    box_size_grid_units: int | None,
    *,
    n_maps: int,
    threads: int,
) -> int:
    """Return the memory that windows take next to the maps.

    Parameters
    ----------
    map_data : MapData
        A map of the size of those that are filtered.
    resolution : float
        Å.
    n_boxes, box_size_grid_units : int, optional
        As of `sharpen_half_maps`.
    n_maps : int
        Maps that are read or written, a slab as thick as a window of each.
    """
    nz, ny, nx = map_data.values.shape
    core, count = _core.window_lattice(
        (nz, ny, nx),
        map_data.box.parameters(),
        resolution,
        window_options(n_boxes, box_size_grid_units),
    )
    slab: int = 4 * 2 * core[0] * ny * nx
    pieces = math.ceil(count[1] / 2) * math.ceil(math.ceil(count[2] / _AT_ONCE) / 2)
    workers = min(threads or os.cpu_count() or 1, pieces)
    window: int = 4 * math.prod(2 * points for points in core)
    return n_maps * slab + workers * _ARRAYS_OF_WINDOWS * _AT_ONCE * window


def require_window_choices(
    local_sharpen: bool, n_boxes: int | None, box_size_grid_units: int | None
) -> None:
    """Check the options for the size of windows, without a map.

    Raises
    ------
    ParameterError
        If a value is out of range, or is given in a global run, or both are given.
    """
    given = {"n_boxes": n_boxes, "box_size_grid_units": box_size_grid_units}
    for name, value in given.items():
        if value is not None and not local_sharpen:
            raise ParameterError(f"{name} is {value}; expected None, since local_sharpen is False")
    if n_boxes is not None and n_boxes < 1:
        raise ParameterError(f"n_boxes is {n_boxes}; expected at least 1, or None")
    if n_boxes is not None and box_size_grid_units is not None:
        raise ParameterError(
            f"n_boxes is {n_boxes} and box_size_grid_units {box_size_grid_units}: each decides "
            "the size of the windows; give one"
        )
    if box_size_grid_units is not None and not (
        LEAST_BOX_SIZE <= box_size_grid_units <= LARGEST_BOX_SIZE
    ):
        raise ParameterError(
            f"box_size_grid_units is {box_size_grid_units}; expected {LEAST_BOX_SIZE} to "
            f"{LARGEST_BOX_SIZE} grid units, or None"
        )


def require_windows_fit(
    map_data: MapData, n_boxes: int | None, box_size_grid_units: int | None, resolution: float
) -> list[str]:
    """Check that windows of a given size fit into a map.

    Returns
    -------
    list of str
        A warning if they are so wide that little of a window is like its middle.

    Raises
    ------
    ParameterError
        If they do not.
    """
    shortest = min(map_data.values.shape)
    if n_boxes is not None:
        most = int(map_data.volume / (LEAST_BOX_SIZE * max(map_data.voxel_size)) ** 3)
        if n_boxes > most:
            raise ParameterError(
                f"n_boxes is {n_boxes}; expected at most {most} in {map_data.name}, as a box has "
                f"at least {LEAST_BOX_SIZE} grid points along each axis"
            )
    elif box_size_grid_units is not None and box_size_grid_units > shortest:
        raise ParameterError(
            f"box_size_grid_units is {box_size_grid_units}; expected at most "
            f"{shortest}, the shortest axis of {map_data.name}"
        )
    given = {"n_boxes": n_boxes, "box_size_grid_units": box_size_grid_units}
    (name, value), *_ = [item for item in given.items() if item[1] is not None] or [("", None)]
    if value is None:
        return []
    edge = value * max(map_data.voxel_size)
    if n_boxes is not None:
        edge = (map_data.volume / n_boxes) ** (1 / 3)
    widest = _WIDEST_OF_COARSE if resolution >= _COARSE else _WIDEST_IN_RESOLUTIONS
    if edge <= widest * resolution:
        return []
    return [
        f"{name} = {value} makes boxes of {edge:.0f} Å, wider than {widest:g} "
        "times the resolution: they see much solvent, and the map may come out "
        "worse than without local sharpening; leave it out, or give "
        f"{'more' if n_boxes is not None else 'smaller'} boxes"
    ]
