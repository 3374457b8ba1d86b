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
from map_sharpening.methods.shared.option_groups import OptionGroup

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


class WindowedOptions(OptionGroup):
    """Base of options of methods that can sharpen locally: those that windows depend on."""

    resolution: float
    n_bins: int | None
    local_sharpen: bool
    n_boxes: int | None
    box_size_grid_units: int | None
    wrapping: bool
    threads: int

    def check_together(self) -> None:
        """Check the options for the size of windows, without a map."""
        n_boxes, edge = self.n_boxes, self.box_size_grid_units
        for name, value in (("n_boxes", n_boxes), ("box_size_grid_units", edge)):
            is_used = self.local_sharpen or value is None
            self.require(is_used, name, "None, since local_sharpen is False")
        self.require(n_boxes is None or n_boxes >= 1, "n_boxes", "at least 1, or None")
        if n_boxes is not None and edge is not None:
            raise ParameterError(
                f"n_boxes is {n_boxes} and box_size_grid_units {edge}: each decides the size of "
                "the windows; give one"
            )
        self.require(
            edge is None or LEAST_BOX_SIZE <= edge <= LARGEST_BOX_SIZE,
            "box_size_grid_units",
            f"{LEAST_BOX_SIZE} to {LARGEST_BOX_SIZE} grid units, or None",
        )

    def windows_for_core(self) -> _core.LocalOptions:
        """Return the core's options of windows."""
        options = _core.LocalOptions()
        options.n_windows = self.n_boxes
        options.core_points = self.box_size_grid_units
        if self.n_bins is not None:
            options.n_shells = self.n_bins
        options.periodic = self.wrapping
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


def bytes_of_windows(map_data: MapData, options: WindowedOptions, *, n_maps: int) -> int:
    """Return the memory that windows of two half maps take next to the maps.

    Parameters
    ----------
    map_data : MapData
        A map of the size of those that are filtered.
    n_maps : int
        Maps that are read or written, a slab as thick as a window of each.
    """
    nz, ny, nx = map_data.values.shape
    core, count = _core.window_lattice(
        (nz, ny, nx),
        map_data.box.parameters(),
        options.resolution,
        options.windows_for_core(),
    )
    slab: int = 4 * 2 * core[0] * ny * nx
    pieces = math.ceil(count[1] / 2) * math.ceil(math.ceil(count[2] / _AT_ONCE) / 2)
    workers = min(options.threads or os.cpu_count() or 1, pieces)
    window: int = 4 * math.prod(2 * points for points in core)
    return n_maps * slab + workers * _ARRAYS_OF_WINDOWS * _AT_ONCE * window


def require_windows_fit(map_data: MapData, options: WindowedOptions) -> list[str]:
    """Check that the windows of a local run fit into a map.

    Returns
    -------
    list of str
        A warning if they are so wide that little of a window is like its middle.

    Raises
    ------
    ParameterError
        If they do not.
    """
    n_boxes, box_size = options.n_boxes, options.box_size_grid_units
    if n_boxes is not None:
        name, value = "n_boxes", n_boxes
        edge = (map_data.volume / n_boxes) ** (1 / 3)
        most = int(map_data.volume / (LEAST_BOX_SIZE * max(map_data.voxel_size)) ** 3)
        if n_boxes > most:
            raise ParameterError(
                f"n_boxes is {n_boxes}; expected at most {most} in {map_data.name}, as a box has "
                f"at least {LEAST_BOX_SIZE} grid points along each axis"
            )
    elif box_size is not None:
        name, value = "box_size_grid_units", box_size
        edge = box_size * max(map_data.voxel_size)
        shortest = min(map_data.values.shape)
        if box_size > shortest:
            raise ParameterError(
                f"box_size_grid_units is {box_size}; expected at most "
                f"{shortest}, the shortest axis of {map_data.name}"
            )
    else:
        return []
    widest = _WIDEST_OF_COARSE if options.resolution >= _COARSE else _WIDEST_IN_RESOLUTIONS
    if edge <= widest * options.resolution:
        return []
    return [
        f"{name} = {value} makes boxes of {edge:.0f} Å, wider than {widest:g} "
        "times the resolution: they see much solvent, and the map may come out "
        "worse than without local sharpening; leave it out, or give "
        f"{'more' if n_boxes is not None else 'smaller'} boxes"
    ]
