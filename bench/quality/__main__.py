"""Make the tables: `python -m bench.quality`, from the top folder of the repository."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.quality.case_files import case_files, write_text
from bench.quality.cases import Case
from bench.quality.programs.program import Program, Tools
from bench.quality.scores import Score, score
from bench.quality.suites import SUITES, Suite
from bench.quality.tables.half_maps import NUMBERS, Results, as_json

_HERE = Path(__file__).parent
_TOP = _HERE.parents[1]


def main() -> int:
    """Run the programs asked for on the cases asked for, and write or print the table."""
    arguments = _parser().parse_args()
    if arguments.data is None:
        print("give --data or set MAP_SHARPENING_DATA to the folder of models", file=sys.stderr)
        return 2
    tools = Tools(
        peer_python=arguments.peer_python,
        relion=arguments.relion,
        servalcat=arguments.servalcat,
        emda=arguments.emda,
        occupy_python=arguments.occupy_python,
    )
    suite = SUITES[arguments.method]
    cases = [c for c in suite.cases if arguments.case is None or c.name in arguments.case]
    programs = suite.chosen_programs(arguments.only)
    if not cases or not programs:
        print(
            f"no such case or program; cases: {', '.join(c.name for c in suite.cases)}; "
            f"programs: {', '.join(p.name for p in suite.programs())}",
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

    is_whole = len(cases) == len(suite.cases) and arguments.only is None
    text = suite.markdown(cases, programs, results)
    if is_whole:
        output = _HERE / "results" / f"{suite.file_stem}.md"
        write_text(output, text)
        entries = as_json(cases, programs, results)
        write_text(output.with_suffix(".json"), json.dumps(entries, indent=1) + "\n")
        print(f"wrote {output} and {suite.file_stem}.json")
    else:
        print(text)
    if arguments.measures:
        _measure(suite, cases, programs, results, tools, arguments, is_whole)
    return 0


def _measure(
    suite: Suite,
    cases: Sequence[Case],
    programs: Sequence[Program],
    results: Results,
    tools: Tools,
    arguments: argparse.Namespace,
    is_whole: bool,
) -> None:
    """Measure all maps against the true models, and write or print the table."""
    # Our own package, which the measures need in full, is imported only if they are wanted.
    from bench.quality.measured import measured
    from bench.quality.tables.measures import markdown

    found: dict[str, dict[str, dict[str, float]]] = {}
    for case in cases:
        made = [p for p in programs if results[case.name][p.name].correlations is not None]
        files = case_files(case, arguments.data, arguments.cache)
        found[case.name] = measured(files, made, tools)
        print(f"{case.name:16} measured", flush=True)
    text = markdown(cases, programs, found)
    if not is_whole:
        print(text)
        return
    output = _HERE / "results" / f"{suite.file_stem}_measures.md"
    write_text(output, text)
    write_text(output.with_suffix(".json"), json.dumps(found, indent=1) + "\n")
    print(f"wrote {output}")


def _say(case_name: str, program: Program, found: Score) -> None:
    if found.correlations is None:
        print(f"{case_name:16} {program.name:16} not run: {found.why_missing}", flush=True)
        return
    numbers = [getattr(found.correlations, name) for name in NUMBERS]
    values = "  ".join("     -" if number is None else f"{number:.4f}" for number in numbers)
    print(f"{case_name:16} {program.name:16} {values}  {found.seconds:.1f} s", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument(
        "--method",
        choices=tuple(SUITES),
        default="half-maps",
        help="which comparison (default: %(default)s)",
    )
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
        help="only these programs, separated by commas, beside those they are compared with",
    )
    parser.add_argument(
        "--measures",
        action="store_true",
        help="also measure all maps against the true models: map-model FSC, Q-scores, ...",
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
    parser.add_argument(
        "--emda",
        default=shutil.which("emda"),
        help="emda (default: found on PATH)",
    )
    parser.add_argument(
        "--occupy-python",
        default=os.environ.get("MAP_SHARPENING_OCCUPY_PYTHON"),
        help="Python interpreter with OccuPy (default: $MAP_SHARPENING_OCCUPY_PYTHON)",
    )
    return parser


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


if __name__ == "__main__":
    sys.exit(main())
