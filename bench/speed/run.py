"""Time map_sharpening beside cctbx and RELION: `python bench/speed/run.py`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_TOP = _HERE.parents[1]
sys.path.insert(0, str(_TOP))  # so that it can be started as a file, from anywhere

from bench.quality.case_files import write_text  # noqa: E402
from bench.speed.inputs import Input, input_maps  # noqa: E402
from bench.speed.machine import load, machine_facts  # noqa: E402
from bench.speed.measurements import BoxResults  # noqa: E402
from bench.speed.programs import b_factor as b_factor_programs  # noqa: E402
from bench.speed.programs import local as local_programs  # noqa: E402
from bench.speed.programs.half_maps import Program, Tools, programs  # noqa: E402
from bench.speed.rounds import time_box  # noqa: E402
from bench.speed.tables import b_factor as b_factor_table  # noqa: E402
from bench.speed.tables import half_maps as table  # noqa: E402
from bench.speed.tables import local as local_table  # noqa: E402

_BUSY_LOAD = 0.5
_BOXES = {
    "half-maps": [64, 128, 256, 384],
    "b-factor": [64, 160, 256],
    "local": [64, 128, 256, 384],
}
_OUTPUTS = {
    "half-maps": "results.md",
    "b-factor": "b_factor_results.md",
    "local": "local_results.md",
}
_TABLES = {"half-maps": table, "b-factor": b_factor_table, "local": local_table}
_NO_RELION = "no relion_postprocess; give --relion"
_NO_PEER = "no Python with cctbx; give --peer-python"


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
    boxes = arguments.boxes or _BOXES[arguments.method]
    inputs = [input_maps(box, arguments.cache.resolve()) for box in boxes]
    time_one = {
        "half-maps": _time_half_maps,
        "b-factor": _time_b_factor,
        "local": _time_local,
    }[arguments.method]
    all_results = [time_one(maps, tools, arguments) for maps in inputs]
    tables = _TABLES[arguments.method]
    text = tables.markdown(facts, all_results, arguments.threads, arguments.repetitions)
    found = [(results, tables.ratios(results, arguments.threads)) for results in all_results]
    entries = table.as_json(facts, found)
    output = (arguments.out or _HERE / "results" / _OUTPUTS[arguments.method]).with_suffix(".md")
    write_text(output, text)
    write_text(output.with_suffix(".json"), json.dumps(entries, indent=1) + "\n")
    print(text)
    print(f"wrote {output} and {output.with_suffix('.json').name}")
    return 1 if any(m.has_failed for r in all_results for m in r.measured.values()) else 0


def _time_half_maps(maps: Input, tools: Tools, arguments: argparse.Namespace) -> BoxResults:
    why_missing = {} if tools.peer_python is not None else {"peer": _NO_PEER}
    if tools.relion is None:
        why_missing["relion"] = _NO_RELION
    chosen = programs(tools, _thread_counts(arguments), maps.folder / "mask.mrc")
    return _time_box(maps, chosen, why_missing, arguments)


def _time_b_factor(maps: Input, tools: Tools, arguments: argparse.Namespace) -> BoxResults:
    missing = b_factor_programs.PEERS if tools.peer_python is None else ()
    chosen = b_factor_programs.programs(tools, _thread_counts(arguments))
    return _time_box(maps, chosen, dict.fromkeys(missing, _NO_PEER), arguments)


def _time_local(maps: Input, tools: Tools, arguments: argparse.Namespace) -> BoxResults:
    why_missing = {}
    if tools.peer_python is None:
        why_missing = dict.fromkeys(local_programs.PEERS, _NO_PEER)
    if tools.relion is None:
        why_missing["relion"] = _NO_RELION
    chosen = local_programs.programs(tools, maps, _thread_counts(arguments))
    return _time_box(maps, chosen, why_missing, arguments)


def _time_box(
    maps: Input,
    chosen: list[Program],
    why_missing: dict[str, str],
    arguments: argparse.Namespace,
) -> BoxResults:
    return time_box(
        maps,
        chosen,
        why_missing,
        repetitions=arguments.repetitions,
        largest_for_slow=arguments.peer_largest,
    )


def _thread_counts(arguments: argparse.Namespace) -> tuple[int, ...]:
    return tuple(sorted({1, arguments.threads}, reverse=True))


def _our_command() -> str | None:
    """Return the command beside this interpreter, or that on PATH."""
    beside = Path(sys.executable).with_name("map_sharpening")
    return str(beside) if beside.is_file() else shutil.which("map_sharpening")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python bench/speed/run.py", description=__doc__)
    add = parser.add_argument
    add("--method", choices=tuple(_BOXES), default="half-maps", help="default: %(default)s")
    add(
        "--boxes",
        type=int,
        nargs="+",
        help="default: 64 128 256 384, b-factor 64 160 256",
    )
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
        help="Markdown table; a .json file is written beside it (default: results.md, "
        "b_factor_results.md or local_results.md in results/)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
