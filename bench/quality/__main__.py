"""Make the tables: `python -m bench.quality`, from the top folder of the repository."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.quality.case_files import case_files
from bench.quality.cases import Case
from bench.quality.errors import StoredResultsError
from bench.quality.programs.program import Program, Tools
from bench.quality.scores import Score, score
from bench.quality.suites import SUITES
from bench.quality.tables.half_maps import NUMBERS, Results, as_json
from bench.quality.tables.measures import markdown as measures_markdown
from bench.quality.tables.stored import (
    joined_measures,
    joined_scores,
    measures_as_json,
    store,
    stored_scores,
)

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
    programs = suite.chosen_programs(arguments.only, with_compared=not arguments.add)
    if not cases or not programs:
        print(
            f"no such case or program; cases: {', '.join(c.name for c in suite.cases)}; "
            f"programs: {', '.join(p.name for p in suite.programs())}",
            file=sys.stderr,
        )
        return 2
    output = _HERE / "results" / f"{suite.file_stem}.json"
    try:
        stored = stored_scores(output, suite.cases) if arguments.add else None
    except StoredResultsError as error:
        print(error, file=sys.stderr)
        return 2

    results: dict[str, dict[str, Score]] = {case.name: {} for case in cases}
    for program in sorted(programs, key=lambda program: program.is_slow):
        for case in cases:
            files = case_files(case, arguments.data, arguments.cache)
            found = score(program, files, tools)
            results[case.name][program.name] = found
            _say(case.name, program, found)

    is_whole = len(cases) == len(suite.cases) and arguments.only is None
    measures = output.parent / "measures" / f"{suite.measures_stem}.json"
    measured: dict[str, dict[str, Mapping[str, float]]] = {}
    # Measures of maps that are replaced would be of other maps than the scores.
    if arguments.measures or (arguments.add and measures.is_file()):
        measured = _measure(cases, programs, results, tools, arguments)
    if stored is not None:
        cases = list(suite.cases)
        programs, results = joined_scores(stored, results, suite.programs())
        if measured:
            measured = joined_measures(measures, measured, cases, programs, results)

    text = suite.markdown(cases, programs, results)
    if is_whole or arguments.add:
        _store(output, text, as_json(cases, programs, results))
    else:
        print(text)
    if measured:
        text = measures_markdown(cases, programs, measured)
        if is_whole or arguments.add:
            _store(measures, text, measures_as_json(measured))
        else:
            print(text)
    return 0


def _store(path: Path, text: str, entries: Mapping[str, object]) -> None:
    store(path, text, entries)
    print(f"wrote {path.with_suffix('.md')} and {path.name}")


def _measure(
    cases: Sequence[Case],
    programs: Sequence[Program],
    results: Results,
    tools: Tools,
    arguments: argparse.Namespace,
) -> dict[str, dict[str, Mapping[str, float]]]:
    """Measure all maps against the true models."""
    # Our own package, which the measures need in full, is imported only if they are wanted.
    from bench.quality.measured import measured

    found: dict[str, dict[str, Mapping[str, float]]] = {}
    for case in cases:
        made = [p for p in programs if results[case.name][p.name].correlations is not None]
        files = case_files(case, arguments.data, arguments.cache)
        found[case.name] = dict(measured(files, made, tools))
        print(f"{case.name:16} measured", flush=True)
    return found


def _say(case_name: str, program: Program, found: Score) -> None:
    if found.correlations is None:
        how = "failed" if found.has_failed else "not run"
        print(f"{case_name:16} {program.name:16} {how}: {found.why_missing}", flush=True)
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
        "--add",
        action="store_true",
        help="put the programs of --only, and no others, among the stored results of all cases "
        "(or replace these there, with their measures), and make the tables anew",
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
