"""The programs timed on B-factor sharpening of one full map."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.speed.inputs import RESOLUTION, Input
from bench.speed.processes import run_process
from bench.speed.programs.half_maps import Program, Timed, Tools, seconds_of_call, written_map
from map_sharpening.maps.map_data import MapData

_NUMERICAL = Path(__file__).with_name("b_factor_numerical.py")
_PEER = Path(__file__).parents[2] / "quality" / "programs" / "cctbx" / "peer_b_factor_script.py"
_CALLS_PER_PROCESS = 3
PEERS = {"peer_box": (), "peer_whole": ("--whole",)}  #: arguments of the script


def programs(tools: Tools, thread_counts: tuple[int, ...]) -> list[Program]:
    """Return the programs that are there, in the order in which they are run."""
    found = []
    for threads in thread_counts:
        found.append(Program(f"numerical_{threads}", _numerical(threads)))
        found.append(Program(f"command_{threads}", _command(tools.command, threads)))
    if tools.peer_python is not None:
        for name, words in PEERS.items():
            found.append(Program(name, _peer(tools.peer_python, words), is_slow=True))
    return found


def _numerical(threads: int) -> Callable[[Input, Path], Timed]:
    def run(maps: Input, folder: Path) -> Timed:
        process = run_process(
            [
                *(sys.executable, _NUMERICAL, maps.full_map, str(RESOLUTION)),
                *("--threads", str(threads), "--repetitions", str(_CALLS_PER_PROCESS)),
                *("--output", "calls.json", "--map-output", "sharpened.npy"),
            ],
            folder,
        )
        measured = json.loads((folder / "calls.json").read_text(encoding="utf-8"))
        calls = {name: measured[name] for name in ("sharpening", "scan", "ffts")}
        calls["first_call"] = [measured["first_call"]]
        for stage, seconds in measured["stages"].items():
            calls[f"stage {stage}"] = [seconds]
        values = np.load(folder / "sharpened.npy")
        answer = MapData.from_array(values, maps.voxel_size, name="ours")
        return Timed(process, calls, measured["peak_bytes"], answer)

    return run


def _command(command: str, threads: int) -> Callable[[Input, Path], Timed]:
    def run(maps: Input, folder: Path) -> Timed:
        process = run_process(
            [
                *(command, maps.full_map, f"resolution={RESOLUTION}"),
                "sharpening_method=b-factor",
                *("output.output_directory=out", f"nproc={threads}"),
            ],
            folder,
        )
        return Timed(process, {}, None, written_map(folder / "out" / "sharpened_map.ccp4"))

    return run


def _peer(peer_python: str, words: tuple[str, ...]) -> Callable[[Input, Path], Timed]:
    def run(maps: Input, folder: Path) -> Timed:
        process = run_process(
            [peer_python, _PEER, maps.full_map, "peer.mrc", str(RESOLUTION), *words], folder
        )
        calls = {"sharpening": [seconds_of_call(process.output)]}
        return Timed(process, calls, None, written_map(folder / "peer.mrc"))

    return run
