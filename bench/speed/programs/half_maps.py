"""The programs that are timed: how each is started, and the map that it leaves."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.quality.case_files import read_map
from bench.speed.inputs import RESOLUTION, Input
from bench.speed.processes import ProcessRun, ProgramFailedError, run_process
from map_sharpening.maps.map_data import MapData

_PEER = Path(__file__).parents[2] / "quality" / "programs" / "cctbx" / "peer_script.py"
_OUR_MASK = "mask.mrc"  #: among our command's outputs
_CALLS_PER_PROCESS = 3
STAGE = "stage: "  #: before the names of what a run says of its own stages


@dataclass(frozen=True)
class Tools:
    """Where the programs are; None where another program isn't there."""

    command: str  #: our own map_sharpening
    peer_python: str | None  #: a Python interpreter that can import iotbx
    relion: str | None  #: relion_postprocess


@dataclass(frozen=True)
class Timed:
    """What one run of a program took."""

    process: ProcessRun
    calls: dict[str, list[float]]  #: seconds of parts of it, timed from inside
    peak_of_calls: int | None  #: bytes; where a part was measured from inside
    answer: MapData


@dataclass(frozen=True)
class Program:
    """One row of the comparison; the folder that it runs in is empty and its own."""

    name: str
    run: Callable[[Input, Path], Timed]
    is_slow: bool = False  #: run once, and again only if that was quick


def programs(tools: Tools, thread_counts: tuple[int, ...], mask: Path) -> list[Program]:
    """Return the programs that are there, in the order in which they are run.

    `mask` is where our command's mask goes, which RELION is given; so ours comes first.
    """
    found = []
    for threads in thread_counts:
        found.append(Program(f"numerical_{threads}", _numerical(threads)))
        run = _command(tools.command, threads, mask)
        found.append(Program(f"command_{threads}", run))
        if threads == max(thread_counts):
            found.append(Program(f"default_{threads}", _default_command(tools.command, threads)))
    if tools.relion is not None:
        found.append(Program("relion", _relion(tools.relion, mask)))
    if tools.peer_python is not None:
        found.append(
            Program("peer", peer_on_halves(tools.peer_python, "--anisotropic"), is_slow=True)
        )
    return found


Words = list[str | Path]


def ours_in_memory(
    script: str,
    threads: int,
    words_of: Callable[[Input], Words],
    calls_of: Callable[[dict[str, Any]], dict[str, list[float]]],
) -> Callable[[Input, Path], Timed]:
    """Return what runs a script of this folder, which writes what it measured of itself."""

    def run(maps: Input, folder: Path) -> Timed:
        process = run_process(
            [
                *(sys.executable, Path(__file__).with_name(script), *words_of(maps)),
                *("--threads", str(threads), "--repetitions", str(_CALLS_PER_PROCESS)),
                *("--output", "calls.json", "--map-output", "sharpened.npy"),
            ],
            folder,
        )
        measured = json.loads((folder / "calls.json").read_text(encoding="utf-8"))
        values = np.load(folder / "sharpened.npy")
        answer = MapData.from_array(values, maps.voxel_size, name="ours")
        return Timed(process, calls_of(measured), measured["peak_bytes"], answer)

    return run


def peer(peer_python: str, words_of: Callable[[Input], Words]) -> Callable[[Input, Path], Timed]:
    """Return what runs a script by the peer's Python; it writes peer.mrc."""

    def run(maps: Input, folder: Path) -> Timed:
        process = run_process([peer_python, *words_of(maps)], folder)
        calls = {"sharpening": [seconds_of_call(process.output)]}
        return Timed(process, calls, None, written_map(folder / "peer.mrc"))

    return run


def peer_on_halves(peer_python: str, *options: str) -> Callable[[Input, Path], Timed]:
    """Return what runs the peer on half maps."""
    return peer(
        peer_python,
        lambda maps: [_PEER, maps.half_1, maps.half_2, "peer.mrc", str(RESOLUTION), *options],
    )


def _numerical(threads: int) -> Callable[[Input, Path], Timed]:
    return ours_in_memory(
        "numerical.py",
        threads,
        lambda maps: [maps.half_1, maps.half_2, str(RESOLUTION)],
        lambda measured: {
            **{name: measured[name] for name in ("sharpening", "five_ffts", "all_ffts")},
            "first_call": [measured["first_call"]],
        },
    )


def _command(command: str, threads: int, mask: Path) -> Callable[[Input, Path], Timed]:
    def run(maps: Input, folder: Path) -> Timed:
        process = run_process(
            [
                *(command, maps.half_1, maps.half_2, f"resolution={RESOLUTION}"),
                # What no other program here measures is left out.
                *("output.output_directory=out", f"nproc={threads}", "local_resolution_map=False"),
            ],
            folder,
        )
        (folder / "out" / _OUR_MASK).replace(mask)
        return Timed(process, {}, None, written_map(folder / "out" / "sharpened_map.ccp4"))

    return run


def _default_command(command: str, threads: int) -> Callable[[Input, Path], Timed]:
    """Return what runs the command as people do, with local resolution, and reads its stages.

    What comes before the first stage is what the command takes with --dry-run.
    """

    def run(maps: Input, folder: Path) -> Timed:
        words: Words = [
            *(command, maps.half_1, maps.half_2, f"resolution={RESOLUTION}"),
            *("output.output_directory=out", f"nproc={threads}"),
        ]
        start = run_process([*words, "--dry-run"], folder).seconds
        process = run_process(words, folder)
        told = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))
        seconds = {"start": start, **stage_seconds(told)}
        stages = {f"{STAGE}{name}": [value] for name, value in seconds.items()}
        return Timed(process, stages, None, written_map(folder / "out" / "sharpened_map.ccp4"))

    return run


def stage_seconds(results: Mapping[str, Any]) -> dict[str, float]:
    """Return what each stage of a run took, as its results.json says."""
    seconds = results["result"]["seconds"]
    return {name: float(value) for name, value in seconds.items() if name != "total"}


def _relion(relion: str, mask: Path) -> Callable[[Input, Path], Timed]:
    def run(maps: Input, folder: Path) -> Timed:
        process = run_process(
            [
                *(relion, "--i", maps.half_1, "--i2", maps.half_2, "--mask", mask),
                *("--angpix", str(maps.voxel_size), "--auto_bfac", "--autob_lowres", "10"),
                *("--o", "./relion"),
            ],
            folder,
        )
        return Timed(process, {}, None, written_map(folder / "relion.mrc"))

    return run


def seconds_of_call(output: str) -> float:
    """Return the seconds that a script of the peer says its call took."""
    said = re.search(r"seconds in the sharpening call: ([\d.]+)", output)
    if said is None:
        raise ProgramFailedError("the peer's script did not say how long its call took")
    return float(said[1])


def written_map(path: Path) -> MapData:
    """Read the map that a program wrote."""
    if not path.is_file():
        raise ProgramFailedError(f"{path.name} was not written")
    return read_map(path)
