"""Time map_sharpening beside cctbx and RELION: `python bench/speed/run.py`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_TOP = _HERE.parents[1]
sys.path.insert(0, str(_TOP))  # so that it can be started as a file, from anywhere

from bench.quality.case_files import write_text  # noqa: E402
from bench.speed import table  # noqa: E402
from bench.speed.answers import Answers  # noqa: E402
from bench.speed.inputs import Input, input_maps  # noqa: E402
from bench.speed.machine import load, machine_facts  # noqa: E402
from bench.speed.processes import ProgramFailedError  # noqa: E402
from bench.speed.programs import Program, Timed, Tools, programs  # noqa: E402
from bench.speed.results import BoxResults, Measured  # noqa: E402

_QUICK_SECONDS = 20.0  #: a slow program that takes less is repeated like the others
_BUSY_LOAD = 0.5


def main() -> int:
    """Time all programs on all boxes and write the tables."""
    arguments = _parser().parse_args()
    command = arguments.command or _our_command()
    if command is None:
        print("map_sharpening isn't installed here; install it or give --command", file=sys.stderr)
        return 2
    tools = Tools(command, arguments.peer_python, arguments.relion)
    facts = machine_facts(tools)
    if os.getloadavg()[0] > _BUSY_LOAD:
        print(f"the machine is busy, load {load()}; timings mean little", file=sys.stderr)
    inputs = [input_maps(box, arguments.cache.resolve()) for box in arguments.boxes]
    all_results = [_time_box(maps, tools, arguments) for maps in inputs]
    text = table.markdown(facts, all_results, arguments.threads, arguments.repetitions)
    entries = table.as_json(facts, all_results, arguments.threads)
    output = arguments.out.with_suffix(".md")
    write_text(output, text)
    write_text(output.with_suffix(".json"), json.dumps(entries, indent=1) + "\n")
    print(text)
    print(f"wrote {output} and {output.with_suffix('.json').name}")
    return 1 if any(m.has_failed for r in all_results for m in r.measured.values()) else 0


def _time_box(maps: Input, tools: Tools, arguments: argparse.Namespace) -> BoxResults:
    """Run every program in turn, all of them once before any of them again."""
    answers = Answers(maps)
    thread_counts = tuple(sorted({1, arguments.threads}, reverse=True))
    chosen = programs(tools, thread_counts, maps.folder / "mask.mrc")
    measured = {program.name: Measured() for program in chosen}
    if tools.relion is None:
        measured["relion"] = Measured(why_missing="no relion_postprocess; give --relion")
    if tools.peer_python is None:
        measured["peer"] = Measured(why_missing="no Python with cctbx; give --peer-python")
    for repetition in range(arguments.repetitions):
        for program in chosen:
            kept = measured[program.name]
            if program.is_slow and maps.box > arguments.peer_largest:
                kept.why_missing = f"a box above {arguments.peer_largest}³ (--peer-largest)"
                continue
            taken = kept.seconds()
            if program.is_slow and taken is not None and taken > _QUICK_SECONDS:
                continue
            if kept.has_failed:
                continue
            try:
                timed = _run(program, maps)
                correlation = answers.check(program.name, timed.answer)
            except ProgramFailedError as error:
                print(f"{maps.box}³ {program.name} failed: {error}", file=sys.stderr)
                measured[program.name] = Measured(why_missing=str(error), has_failed=True)
                continue
            kept.add(timed, correlation)
            seconds = timed.process.seconds
            print(f"{maps.box}³ {repetition + 1} {program.name:12} {seconds:8.2f} s", flush=True)
    return BoxResults(maps.box, answers.plain_mean, measured)


def _run(program: Program, maps: Input) -> Timed:
    # Beside the maps, so that all programs write to the disk that they read from.
    with tempfile.TemporaryDirectory(prefix=f"{program.name}-", dir=maps.folder) as folder:
        return program.run(maps, Path(folder))


def _our_command() -> str | None:
    """Return the command beside this interpreter, or that on PATH."""
    beside = Path(sys.executable).with_name("map_sharpening")
    return str(beside) if beside.is_file() else shutil.which("map_sharpening")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python bench/speed/run.py", description=__doc__)
    add = parser.add_argument
    add("--boxes", type=int, nargs="+", default=[128, 256, 384], help="default: 128 256 384")
    add("--repetitions", type=int, default=5, help="of every program (default: %(default)s)")
    add(
        "--threads",
        type=int,
        default=os.cpu_count() or 1,
        help="of ours, beside 1 (default: all, here %(default)s)",
    )
    add(
        "--peer-python",
        default=os.environ.get("MAP_SHARPENING_PEER_PYTHON"),
        help="Python interpreter with cctbx (default: $MAP_SHARPENING_PEER_PYTHON)",
    )
    add(
        "--peer-largest",
        type=int,
        default=256,
        help="largest box that the peer is run on: it takes minutes and gigabytes "
        "(default: %(default)s)",
    )
    add(
        "--relion",
        default=shutil.which("relion_postprocess"),
        help="relion_postprocess (default: found on PATH)",
    )
    add("--command", help="our command (default: that of this interpreter, or on PATH)")
    add(
        "--cache",
        type=Path,
        default=_TOP / ".cache" / "speed",
        help="folder for the simulated maps (default: %(default)s)",
    )
    add(
        "--out",
        type=Path,
        default=_HERE / "results.md",
        help="Markdown table; a .json file is written beside it (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
