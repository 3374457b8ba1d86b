"""Windows of local sharpening filtered by jobs of a queueing system, some layers in each task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from map_sharpening.io.work_arrays import mapped_array, save_array, taken_array, work_folder
from map_sharpening.methods.shared.windows import (
    LocalFilter,
    WindowFilter,
    WindowMaps,
    joined,
    part_of_layers,
)
from map_sharpening.progress import Progress
from map_sharpening.workers import QueueSettings, TaskPool, index_ranges, queue_pool

#: Some seconds of work; a fixed number, so that the tasks don't depend on who does them. Each
#: task filters the layer before its own too, which reaches into its planes.
LAYERS_PER_TASK = 8
_OUTPUTS = ("sharpened", "sharpened_half_1", "sharpened_half_2")


@dataclass(frozen=True)
class WindowFiles:
    """Where the jobs find the sharpened half maps, as .npy files, and leave their results."""

    folder: Path
    has_full: bool  #: a full map is filtered, not the mean of the halves
    filters_halves: bool

    def input(self, name: str) -> Path:
        """Return the file of half_1, half_2 or full."""
        return self.folder / f"{name}.npy"

    def part(self, name: str, layers: range) -> Path:
        """Return the file of the planes that some layers complete."""
        return self.folder / f"{name}.{layers.start}.npy"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the names of what is made."""
        return _OUTPUTS if self.filters_halves else _OUTPUTS[:1]


def window_filtering(
    folder: Path, settings: QueueSettings, progress: Progress
) -> Callable[[WindowFilter, WindowMaps], LocalFilter]:
    """Return a function that filters all windows by jobs of a queueing system.

    What it raises: ClusterError, if the jobs can't be had or keep dying; OutputError, if the
    maps can't be written.

    Parameters
    ----------
    folder : Path
        Where a folder for the maps is made meanwhile; all machines see it.
    """

    def filter_windows(windows: WindowFilter, maps: WindowMaps) -> LocalFilter:
        with work_folder(folder) as work:
            files = saved(maps, work)
            with queue_pool(settings) as pool:
                return filter_by(
                    pool, files, windows, maps, threads=settings.n_cores, progress=progress
                )

    return filter_windows


def saved(maps: WindowMaps, folder: Path) -> WindowFiles:
    """Write the maps to filter into a folder."""
    files = WindowFiles(folder, maps.full is not None, maps.sharpened_half_1 is not None)
    save_array(files.input("half_1"), maps.half_1)
    save_array(files.input("half_2"), maps.half_2)
    if maps.full is not None:
        save_array(files.input("full"), maps.full)
    return files


def filter_by(
    pool: TaskPool,
    files: WindowFiles,
    windows: WindowFilter,
    maps: WindowMaps,
    *,
    threads: int,
    progress: Progress,
    layers_per_task: int = LAYERS_PER_TASK,
) -> LocalFilter:
    """Filter all windows by a pool into `maps`; the same for each pool, bit by bit."""
    tasks = index_ranges(windows.n_layers, layers_per_task)
    progress.stage("local filter", 0, len(tasks), "waiting for workers")
    found = []
    for index, part in pool.run(partial(filter_in_files, files, windows, threads), tasks):
        layers = tasks[index]
        found.append(part)
        planes = _planes(part, layers, windows)
        for name in files.outputs:
            getattr(maps, name)[planes] = taken_array(files.part(name, layers))
        progress.stage("local filter", index + 1, len(tasks), "by workers")
    return joined(found)


def filter_in_files(
    files: WindowFiles, windows: WindowFilter, threads: int, layers: range
) -> LocalFilter:
    """Filter some layers of maps in files, which are mapped: only what they touch is read.

    Only the windows' results are returned, as they are sent over the network.
    """
    # The system gives memory for the planes alone that are written.
    made = {name: np.empty(windows.shape, np.float32) for name in files.outputs}
    maps = WindowMaps(
        mapped_array(files.input("half_1")),
        mapped_array(files.input("half_2")),
        mapped_array(files.input("full")) if files.has_full else None,
        made["sharpened"],
        made.get("sharpened_half_1"),
        made.get("sharpened_half_2"),
    )
    found = windows.filter(maps, layers, threads=threads)
    planes = _planes(found, layers, windows)
    for name, values in made.items():
        save_array(files.part(name, layers), values[planes])
    return part_of_layers(found, layers)


def _planes(found: LocalFilter, layers: range, windows: WindowFilter) -> slice:
    """Return the planes that some layers complete: the first half of each, where the map is."""
    core = found.core[0]
    first, end = ((layer - 1) * core for layer in (layers.start, layers.stop))
    return slice(max(first, 0), max(min(end, windows.shape[0]), 0))
