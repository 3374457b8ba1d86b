"""Stored results, read back so that programs can be added to them one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.quality.case_files import write_text
from bench.quality.cases import Case
from bench.quality.errors import StoredResultsError
from bench.quality.measures.measures_json import with_nan, with_null
from bench.quality.programs.program import Program
from bench.quality.scores import Score
from bench.quality.tables.half_maps import Results
from bench.quality.tables.measures import Found
from map_sharpening.simulation.quality import TruthCorrelations


def _plain(entries: Mapping[str, object]) -> dict[str, object]:
    """Return what reading gives of what was written."""
    plain: dict[str, object] = json.loads(json.dumps(entries))
    return plain


#: What a case had before it could be anything else: cases that were stored then don't tell it.
_DEFAULTS = _plain(asdict(Case("", "", 0.0, 0.0, 0, 0.0, 0.0)))
NOT_ASKED_FOR = "not asked for"  #: why a map is missing that was made of other cases only


def stored_scores(path: Path, cases: Sequence[Case]) -> dict[str, dict[str, Score]]:
    """Read the scores that `as_json` wrote, by case and program.

    Raises
    ------
    StoredResultsError
        If there is no such file, or it doesn't hold exactly these cases as they are now.
    """
    if not path.is_file():
        raise StoredResultsError(f"{path} does not exist; run all programs once, without --add")
    stored = json.loads(path.read_text(encoding="utf-8"))
    expected = {case.name: _plain(asdict(case)) for case in cases}
    found = {name: {**_DEFAULTS, **entry["case"]} for name, entry in stored.items()}
    names = sorted(found.keys() | expected.keys())
    others = [name for name in names if found.get(name) != expected.get(name)]
    if others:
        raise StoredResultsError(
            f"{path} holds other cases than the suite: {', '.join(others)} differ or are on one "
            f"side only; run all programs again, without --add"
        )
    return {
        case.name: {name: _score(entry) for name, entry in stored[case.name]["maps"].items()}
        for case in cases
    }


def joined_scores(
    stored: Results, found: Results, programs: Sequence[Program]
) -> tuple[list[Program], dict[str, dict[str, Score]]]:
    """Return the programs that were run on any case, and their scores in all cases.

    What was found replaces what was stored, a failure too; only where a program isn't installed
    its stored score stays. Scores of programs that are not among these are dropped.
    """
    scores = {name: {**stored[name]} for name in stored}
    for name, of_case in found.items():
        scores[name] |= _run(of_case)
    shown = [p for p in programs if any(p.name in _run(of_case) for of_case in scores.values())]
    missing = Score(None, 0.0, NOT_ASKED_FOR)
    filled = {
        name: {program.name: of_case.get(program.name, missing) for program in shown}
        for name, of_case in scores.items()
    }
    return shown, filled


def joined_measures(
    path: Path,
    found: Found,
    cases: Sequence[Case],
    programs: Sequence[Program],
    scores: Results,
) -> dict[str, dict[str, Mapping[str, float]]]:
    """Return the stored measures, if any, with those found in their places, in order.

    Measures of a map that is not among the scores any more are dropped.
    """
    stored = _stored_measures(path) if path.is_file() else {}
    both = {c.name: {**stored.get(c.name, {}), **found.get(c.name, {})} for c in cases}
    return {
        name: {
            p.name: of_case[p.name]
            for p in programs
            if p.name in of_case and scores[name][p.name].correlations is not None
        }
        for name, of_case in both.items()
    }


def store(path: Path, text: str, entries: Mapping[str, object]) -> None:
    """Write a table, and all that is in it as JSON.

    Raises
    ------
    ValueError
        If a number is not finite, which JSON can't tell; nothing is written then.
    """
    as_json = json.dumps(entries, indent=1, allow_nan=False)
    write_text(path.with_suffix(".md"), text)
    write_text(path, as_json + "\n")


def measures_as_json(found: Found) -> dict[str, dict[str, dict[str, float | None]]]:
    """Return the measures as they are stored."""
    return {
        case: {program: with_null(values) for program, values in of_case.items()}
        for case, of_case in found.items()
    }


def _stored_measures(path: Path) -> dict[str, dict[str, dict[str, float]]]:
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {
        case: {program: with_nan(values) for program, values in of_case.items()}
        for case, of_case in stored.items()
    }


def _run(scores: Mapping[str, Score]) -> dict[str, Score]:
    """Return the scores of programs that made a map or failed to."""
    return {
        name: score
        for name, score in scores.items()
        if score.correlations is not None or score.has_failed
    }


def _score(entry: Mapping[str, Any]) -> Score:
    if "correlations" not in entry:
        return Score(None, 0.0, entry["why_missing"], entry.get("has_failed", False))
    return Score(TruthCorrelations(**entry["correlations"]), entry["seconds"])
