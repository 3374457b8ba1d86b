"""Time local sharpening and local resolution of half maps in memory; a process of its own."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # it is started as a file

from bench.speed.programs.numerical import (
    FloatMap,
    in_memory,
    measuring_parser,
    padded_rows,
    peak_bytes,
    require_round_trip,
    seconds_of,
    transform,
)
from map_sharpening import local_resolution, sharpen_half_maps
from map_sharpening.methods.shared.windows import LocalFilter, WindowFilter, WindowMaps
from map_sharpening.progress import SilentProgress
from map_sharpening.runs.queue import window_tasks as local_filter
from map_sharpening.workers import local_pool

_PAIR = (True, False)  #: one forward and one inverse transform


def main() -> None:
    """Write the seconds of each repetition as JSON, and the map of the first call."""
    parser = measuring_parser(__doc__, "half_1", "half_2")
    parser.add_argument("what", choices=("global", "local", "workers"))
    parser.add_argument("--workers", type=int, default=1, help="processes, of one thread each")
    arguments = parser.parse_args()
    half_1, voxel_size = in_memory(arguments.half_1)
    half_2, _ = in_memory(arguments.half_2)

    def sharpen(*, local: bool = True, anisotropic: bool = True, **options: Any) -> FloatMap:
        result = sharpen_half_maps(
            half_1,
            half_2,
            resolution=arguments.resolution,
            voxel_size=voxel_size,
            local_sharpen=local,
            anisotropic=anisotropic,
            sharpen_all_maps=False,
            threads=arguments.threads,
            **options,
        )
        return result.sharpened.values

    measured: dict[str, Any] = {}
    if arguments.what == "workers":
        calls, sharpened = _by_workers(sharpen, arguments.workers, arguments.repetitions)
        peak = peak_bytes()
    else:
        is_local = arguments.what == "local"
        sharpened = sharpen(local=is_local)
        peak = peak_bytes()  # of one call, before others
        timed = {"sharpening": partial(sharpen, local=is_local)}
        if is_local:
            timed["isotropic"] = partial(sharpen, anisotropic=False)
        else:
            padded = padded_rows(half_1)
            require_round_trip(padded, half_1, arguments.threads)
            timed["fft pair"] = partial(transform, padded, half_1, _PAIR, arguments.threads)
        calls = {
            name: [seconds_of(call) for _ in range(arguments.repetitions)]
            for name, call in timed.items()
        }
        if is_local:
            found = [
                local_resolution(
                    half_1,
                    half_2,
                    resolution=arguments.resolution,
                    voxel_size=voxel_size,
                    threads=arguments.threads,
                )
                for _ in range(arguments.repetitions)
            ]
            calls["local resolution"] = [one.seconds for one in found]
            measured["n_points"] = found[0].n_windows
    np.save(arguments.map_output, sharpened)
    arguments.output.write_text(
        json.dumps({**measured, "peak_bytes": peak, "calls": calls}), encoding="utf-8"
    )


def _by_workers(
    sharpen: Any, n_workers: int, repetitions: int
) -> tuple[dict[str, list[float]], FloatMap]:
    """Time the filter by workers that have started, writing and reading its maps included."""
    seconds: list[float] = []

    with tempfile.TemporaryDirectory() as folder, local_pool(n_workers) as pool:

        def filter_windows(windows: WindowFilter, maps: WindowMaps) -> LocalFilter:
            start = time.perf_counter()
            files = local_filter.saved(maps, Path(folder))
            found = local_filter.filter_by(
                pool, files, windows, maps, threads=1, progress=SilentProgress()
            )
            seconds.append(time.perf_counter() - start)
            return found

        for _ in range(repetitions + 1):  # the first one imports
            sharpened = sharpen(filter_windows=filter_windows)
    return {"filter": seconds[1:]}, sharpened


if __name__ == "__main__":
    main()
