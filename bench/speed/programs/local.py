"""The programs timed on local sharpening of two half maps, and on local resolution."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.speed.inputs import RESOLUTION, Input
from bench.speed.processes import ProgramFailedError, run_process
from bench.speed.programs.half_maps import (
    Program,
    Timed,
    Tools,
    ours_in_memory,
    peer_on_halves,
    written_map,
)

WORKERS = (1, 2)
#: Arguments of the script, and the largest box that it ends on within half an hour.
PEERS = {"peer_anisotropic": (("--local", "--anisotropic"), 128), "peer": (("--local",), 128)}
DEFAULT_SAMPLING = 25.0  #: Å between the points of RELION
#: Å, from what box on: there each of many points takes seconds.
_WIDE_SAMPLING = {300: 100.0, 200: 60.0, 0: DEFAULT_SAMPLING}


def programs(tools: Tools, maps: Input, thread_counts: tuple[int, ...]) -> list[Program]:
    """Return the programs that are there, in the order in which they are run."""
    found = []
    for threads in thread_counts:
        for what in ("global", "local"):
            found.append(Program(f"{what}_{threads}", _numerical(what, threads)))
    for n in WORKERS:
        found.append(Program(f"workers_{n}", _numerical("workers", 1, "--workers", str(n))))
    if tools.relion is not None:
        found.append(Program("relion", _relion(tools.relion), is_slow=True))
    if tools.peer_python is not None:
        for name, (words, largest) in PEERS.items():
            if maps.box <= largest:
                found.append(
                    Program(name, peer_on_halves(tools.peer_python, *words), is_slow=True)
                )
    return found


def sampling(box: int) -> float:
    """Return the distance in Å between the points that RELION is timed on."""
    return next(wide for least, wide in _WIDE_SAMPLING.items() if box >= least)


def points_by_default(points: float, box: int) -> float:
    """Return how many points RELION would measure by default: their number goes by volume."""
    return points * (sampling(box) / DEFAULT_SAMPLING) ** 3


def _numerical(what: str, threads: int, *options: str) -> Callable[[Input, Path], Timed]:
    def calls_of(measured: dict[str, Any]) -> dict[str, list[float]]:
        calls: dict[str, list[float]] = measured["calls"]
        if "n_points" in measured:
            calls["points of local resolution"] = [float(measured["n_points"])]
        return calls

    return ours_in_memory(
        "local_numerical.py",
        threads,
        lambda maps: [maps.half_1, maps.half_2, str(RESOLUTION), what, *options],
        calls_of,
    )


def _relion(relion: str) -> Callable[[Input, Path], Timed]:
    def run(maps: Input, folder: Path) -> Timed:
        process = run_process(
            [
                *(relion, "--i", maps.half_1, "--i2", maps.half_2, "--locres"),
                *("--angpix", str(maps.voxel_size), "--locres_sampling", str(sampling(maps.box))),
                *("--o", "./relion"),
            ],
            folder,
        )
        answer = written_map(folder / "relion_locres_filtered.mrc")
        return Timed(process, {"points": [_points_told(process.output)]}, None, answer)

    return run


def _points_told(output: str) -> float:
    said = re.search(r"Calculating local resolution in (\d+) sampling points", output)
    if said is None:
        raise ProgramFailedError("RELION did not say how many points it measures")
    return float(said[1])
