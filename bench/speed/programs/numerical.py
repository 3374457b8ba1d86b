"""Time the numerical part on arrays in memory, and the FFTs alone; a process of its own."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import mrcfile
import numpy as np
import numpy.typing as npt

from map_sharpening import _core, sharpen_half_maps

FloatMap = npt.NDArray[np.float32]

#: Directions (True: forward) of the transforms that no sharpening can do without: two half maps
#: there, three maps back.
FIVE = (True, False, True, False, False)
#: Those of a whole run: both halves, both halves masked, each half with random phases back and
#: there again, three maps back.
ALL = (True, False) * 5 + (True,)


def main() -> None:
    """Write the seconds of each repetition as JSON, and the sharpened map."""
    arguments = measuring_parser(__doc__, "half_1", "half_2").parse_args()
    half_1, voxel_size = in_memory(arguments.half_1)
    half_2, _ = in_memory(arguments.half_2)

    def sharpen() -> FloatMap:
        result = sharpen_half_maps(
            half_1,
            half_2,
            resolution=arguments.resolution,
            voxel_size=voxel_size,
            threads=arguments.threads,
        )
        return result.sharpened.values

    before = peak_bytes()
    start = time.perf_counter()
    sharpened = sharpen()
    first = time.perf_counter() - start
    peak = peak_bytes()
    np.save(arguments.map_output, sharpened)
    del sharpened

    padded = padded_rows(half_1)
    require_round_trip(padded, half_1, arguments.threads)
    calls: dict[str, list[float]] = {"sharpening": [], "five_ffts": [], "all_ffts": []}
    for _ in range(arguments.repetitions):
        calls["sharpening"].append(seconds_of(sharpen))
        for name, directions in (("five_ffts", FIVE), ("all_ffts", ALL)):
            padded[:, :, : half_1.shape[2]] = half_1
            run = partial(transform, padded, half_1, directions, arguments.threads)
            calls[name].append(seconds_of(run))
    measured = {"first_call": first, "bytes_before": before, "peak_bytes": peak, **calls}
    arguments.output.write_text(json.dumps(measured), encoding="utf-8")


def measuring_parser(description: str | None, *maps: str) -> argparse.ArgumentParser:
    """Return the arguments of a process that times itself on some maps."""
    parser = argparse.ArgumentParser(description=description)
    for name in maps:
        parser.add_argument(name, type=Path)
    parser.add_argument("resolution", type=float)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--repetitions", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--map-output", type=Path, required=True)
    return parser


def in_memory(path: Path) -> tuple[FloatMap, float]:
    """Read a map with equal spacing along all axes."""
    with mrcfile.open(path) as mrc:
        return np.array(mrc.data, dtype=np.float32), float(mrc.voxel_size.x)


def padded_rows(values: FloatMap) -> FloatMap:
    """Copy a map into an array that can be transformed in place."""
    nz, ny, nx = values.shape
    padded = np.zeros((nz, ny, 2 * (nx // 2 + 1)), np.float32)
    padded[:, :, :nx] = values
    return padded


def transform(
    padded: FloatMap, like: FloatMap, directions: tuple[bool, ...], threads: int
) -> None:
    """Do the given transforms one after the other, each on what the last one left."""
    for forward in directions:
        _core.transform_in_place(padded, like.shape[2], forward, threads)


def require_round_trip(padded: FloatMap, values: FloatMap, threads: int) -> None:
    """Stop unless a transform there and back gives the map."""
    transform(padded, values, (True, False), threads)
    np.testing.assert_allclose(
        padded[:, :, : values.shape[2]], values, rtol=0, atol=1e-5 * float(np.abs(values).max())
    )


def seconds_of(call: Callable[[], object]) -> float:
    """Return the wall time of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def peak_bytes() -> int:
    """Return the largest resident memory of this process so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
