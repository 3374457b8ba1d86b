"""Local resolution measured by jobs of a queueing system, a range of spheres in each task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from map_sharpening.io.maps import read_map
from map_sharpening.maps.grids import clipped_mask, contiguous
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.local_resolution.spheres import Spheres, SphereSpectra
from map_sharpening.progress import Progress
from map_sharpening.workers import QueueSettings, TaskPool, index_ranges, queue_pool

#: Some seconds of work; a fixed number, so that the tasks don't depend on who does them.
SPHERES_PER_TASK = 1000


@dataclass(frozen=True)
class SphereFiles:
    """Where the jobs find the maps."""

    halves: tuple[Path, Path]
    mask: Path | None
    voxel_size: tuple[float, float, float] | None  #: Å, if it was given and not read


def sphere_measurement(
    files: SphereFiles, settings: QueueSettings, progress: Progress
) -> Callable[[Spheres], SphereSpectra]:
    """Return a function that measures all spheres by jobs of a queueing system.

    What it raises: ClusterError, if the jobs can't be had or keep dying.
    """

    def measure(spheres: Spheres) -> SphereSpectra:
        with queue_pool(settings) as pool:
            return measure_by(pool, files, spheres, threads=settings.n_cores, progress=progress)

    return measure


def measure_by(
    pool: TaskPool,
    files: SphereFiles,
    spheres: Spheres,
    *,
    threads: int,
    progress: Progress,
    spheres_per_task: int = SPHERES_PER_TASK,
) -> SphereSpectra:
    """Measure all spheres by a pool; the same for each pool, bit by bit."""
    tasks = index_ranges(spheres.count, spheres_per_task)
    progress.stage("local resolution", 0, len(tasks), "waiting for workers")
    parts: list[SphereSpectra] = []
    for index, part in pool.run(
        partial(measure_in_files, _absolute(files), spheres, threads), tasks
    ):
        parts.append(part)
        progress.stage("local resolution", index + 1, len(tasks), "by workers")
    ratios, shares = zip(*parts, strict=True)
    return np.concatenate(ratios), np.concatenate(shares)


def measure_in_files(
    files: SphereFiles, spheres: Spheres, threads: int, which: range
) -> SphereSpectra:
    """Measure some spheres of maps in files, which are mapped: only what they touch is read."""
    half_1, half_2 = (contiguous(_opened(path, files.voxel_size)) for path in files.halves)
    mask = None
    if files.mask is not None:
        # As `MapReader.mask` reads it.
        mask = contiguous(clipped_mask(_opened(files.mask, files.voxel_size))[0])
    return spheres.measure(half_1, half_2, mask, which, threads=threads)


def _opened(path: Path, voxel_size: tuple[float, float, float] | None) -> MapData:
    # Its labels and values were judged when the run was planned.
    return read_map(path, voxel_size=voxel_size, allow_extract_unique=True, allow_constant=True)[0]


def _absolute(files: SphereFiles) -> SphereFiles:
    first, second = (half.absolute() for half in files.halves)
    return replace(files, halves=(first, second), mask=files.mask and files.mask.absolute())
