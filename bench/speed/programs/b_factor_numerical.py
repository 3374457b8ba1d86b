"""Time B-factor sharpening of a map in memory, its scan, and the FFTs of that alone."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # it is started as a file

from bench.speed.programs.numerical import (
    FloatMap,
    in_memory,
    measuring_parser,
    padded_rows,
    peak_bytes,
    seconds_of,
)
from map_sharpening import _core, sharpen_by_b_factor
from map_sharpening.maps.map_data import MapData

N_TRIALS = 21
_D_MIN_RATIO = 0.833


def main() -> None:
    """Write the seconds of each repetition as JSON, and the sharpened map."""
    arguments = measuring_parser(__doc__, "full_map").parse_args()
    threads, resolution = arguments.threads, arguments.resolution
    values, voxel_size = in_memory(arguments.full_map)
    stages: list[dict[str, float]] = []

    def sharpen() -> FloatMap:
        result = sharpen_by_b_factor(
            values, resolution=resolution, voxel_size=voxel_size, threads=threads
        )
        stages.append(result.seconds)
        return result.sharpened.values

    before = peak_bytes()
    sharpened: list[FloatMap] = []
    first = seconds_of(lambda: sharpened.append(sharpen()))
    peak = peak_bytes()
    np.save(arguments.map_output, sharpened.pop())

    scan = _scan(MapData.from_array(values, voxel_size), resolution, threads)
    padded = padded_rows(values)
    calls: dict[str, list[float]] = {"sharpening": [], "scan": [], "ffts": []}
    for _ in range(arguments.repetitions):
        calls["sharpening"].append(seconds_of(sharpen))
        calls["scan"].append(seconds_of(scan))
        calls["ffts"].append(_seconds_of_ffts(values, padded, voxel_size, resolution, threads))
    measured = {
        "first_call": first,
        "bytes_before": before,
        "peak_bytes": peak,
        "stages": stages[-1],
        **calls,
    }
    arguments.output.write_text(json.dumps(measured), encoding="utf-8")


def _scan(map_data: MapData, resolution: float, threads: int) -> partial[None]:
    """Return a call that transforms the map and scores it at each B."""
    shape, cell = map_data.values.shape, map_data.box.parameters()
    d_min = _D_MIN_RATIO * resolution
    trials = [
        _core.BFactorTrial(b_sharpen=float(b), d_cut=resolution)
        for b in np.linspace(150, -250, N_TRIALS)
    ]
    options = _core.ScoreOptions(solvent_fraction=0.9)
    # A molecule of a tenth of the map in its middle, for scores that are taken there.
    molecule = np.zeros(shape, np.float32)
    middle = tuple(slice(int(0.27 * n), int(0.73 * n)) for n in shape)
    molecule[middle] = 1

    def run() -> None:
        coefficients = _core.forward_transform(map_data.values, threads)
        factors = [_core.b_iso_to_d_cut_factors(trial, d_min) for trial in trials]
        _core.scan_scale_factors(
            *(coefficients, shape, cell, d_min, factors, options),
            threads=threads,
            molecule=molecule,
        )

    return partial(run)


def _seconds_of_ffts(
    values: FloatMap, padded: FloatMap, voxel_size: float, resolution: float, threads: int
) -> float:
    """Time the transforms of a scan: one there, one back for each trial, terms to d_min."""
    nz, ny, nx = values.shape
    cell = (nx * voxel_size, ny * voxel_size, nz * voxel_size, 90.0, 90.0, 90.0)
    limit = (cell, _D_MIN_RATIO * resolution)
    padded[:, :, :nx] = values
    seconds = seconds_of(partial(_core.transform_in_place, padded, nx, True, threads, *limit))
    coefficients = padded.copy()
    for _ in range(N_TRIALS):
        padded[...] = coefficients  # not timed; transforms of transforms would fade to nothing
        seconds += seconds_of(
            partial(_core.transform_in_place, padded, nx, False, threads, *limit)
        )
    return seconds


if __name__ == "__main__":
    main()
