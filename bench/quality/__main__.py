"""Make the table: `python -m bench.quality`, from the top folder of the repository."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

from bench.quality import bounds, mean, peer, relion, servalcat, table
from bench.quality.case_files import case_files, write_text
from bench.quality.cases import CASES
from bench.quality.program import Program, Tools
from bench.quality.scores import Score, score

_HERE = Path(__file__).parent
_TOP = _HERE.parents[1]


def main() -> int:
    """Run the programs asked for on the cases asked for, and write or print the table."""
    arguments = _parser().parse_args()
    if arguments.data is None:
        print("give --data or set MAP_SHARPENING_DATA to the folder of models", file=sys.stderr)
        return 2
    tools = Tools(arguments.peer_python, arguments.relion, arguments.servalcat)
    cases = [c for c in CASES if arguments.case is None or c.name in arguments.case]
    programs = _programs(arguments.only)
    if arguments.only is None:
        programs = [program for program in programs if not program.only_by_name]
    if not cases or not programs:
        print(
            f"no such case or program; cases: {', '.join(c.name for c in CASES)}; "
            f"programs: {', '.join(p.name for p in _programs(None))}",
            file=sys.stderr,
        )
        return 2

    results: dict[str, dict[str, Score]] = {case.name: {} for case in cases}
    for program in sorted(programs, key=lambda program: program.is_slow):
        for case in cases:
            files = case_files(case, arguments.data, arguments.cache)
            found = score(program, files, tools)
            results[case.name][program.name] = found
            _say(case.name, program, found)

    text = table.markdown(cases, programs, results)
    if len(cases) < len(CASES) or arguments.only is not None:
        print(text)
        return 0
    write_text(_HERE / "results.md", text)
    entries = table.as_json(cases, programs, results)
    write_text(_HERE / "results.json", json.dumps(entries, indent=1) + "\n")
    print(f"wrote {_HERE / 'results.md'} and results.json")
    return 0


def _programs(only: list[str] | None) -> list[Program]:
    """Return the programs, those asked for if any were; the two ends of the share always."""
    # Importing our own package in full is put off, so that the others run without it.
    wants_ours = only is None or any(name.startswith("ours") for name in only)
    own: tuple[Program, ...] = ()
    if wants_ours:
        from bench.quality import ours

        own = ours.PROGRAMS
    everything = (
        *mean.PROGRAMS,
        *own,
        *peer.PROGRAMS,
        *relion.PROGRAMS,
        *servalcat.PROGRAMS,
        *bounds.PROGRAMS,
    )
    if only is None:
        return list(everything)
    ends = (table.START, table.GOAL)
    return [program for program in everything if program.name in (*only, *ends)]


def _say(case_name: str, program: Program, found: Score) -> None:
    if found.correlations is None:
        print(f"{case_name:16} {program.name:16} not run: {found.why_missing}", flush=True)
        return
    values = "  ".join(f"{getattr(found.correlations, n):.4f}" for n in table.NUMBERS)
    print(f"{case_name:16} {program.name:16} {values}  {found.seconds:.1f} s", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    data = os.environ.get("MAP_SHARPENING_DATA")
    parser.add_argument(
        "--data",
        type=Path,
        default=None if data is None else Path(data),
        help="folder with em/ and models/ (default: $MAP_SHARPENING_DATA)",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=_TOP / ".cache" / "quality",
        help="folder for simulated maps and other programs' results (default: %(default)s)",
    )
    parser.add_argument("--case", type=_names, help="only these cases, separated by commas")
    parser.add_argument(
        "--only",
        type=_names,
        help="only these programs, separated by commas, beside the mean and the local bound",
    )
    parser.add_argument(
        "--peer-python",
        default=os.environ.get("MAP_SHARPENING_PEER_PYTHON"),
        help="Python interpreter with cctbx (default: $MAP_SHARPENING_PEER_PYTHON)",
    )
    parser.add_argument(
        "--relion",
        default=shutil.which("relion_postprocess"),
        help="relion_postprocess (default: found on PATH)",
    )
    parser.add_argument(
        "--servalcat",
        default=shutil.which("servalcat"),
        help="servalcat (default: found on PATH)",
    )
    return parser


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


if __name__ == "__main__":
    sys.exit(main())
