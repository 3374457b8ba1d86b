"""The programs timed on B-factor sharpening of one full map."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.speed.inputs import RESOLUTION, Input
from bench.speed.processes import run_process
from bench.speed.programs.half_maps import (
    Program,
    Timed,
    Tools,
    ours_in_memory,
    peer,
    written_map,
)

_PEER = Path(__file__).parents[2] / "quality" / "programs" / "cctbx" / "peer_b_factor_script.py"
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
    return ours_in_memory(
        "b_factor_numerical.py",
        threads,
        lambda maps: [maps.full_map, str(RESOLUTION)],
        lambda measured: {
            **{name: measured[name] for name in ("sharpening", "scan", "ffts")},
            "first_call": [measured["first_call"]],
            **{f"stage {stage}": [seconds] for stage, seconds in measured["stages"].items()},
        },
    )


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


def _peer(peer_python: str, options: tuple[str, ...]) -> Callable[[Input, Path], Timed]:
    return peer(
        peer_python, lambda maps: [_PEER, maps.full_map, "peer.mrc", str(RESOLUTION), *options]
    )
