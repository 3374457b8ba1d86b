"""The benchmark's stored results: programs are added to them, and the tables are made of them."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))  # bench/ is not part of the package

from bench.quality.case_files import CaseFiles
from bench.quality.cases import CASES
from bench.quality.errors import ProgramFailedError, ProgramMissingError, StoredResultsError
from bench.quality.programs.mean import PROGRAMS as MEAN
from bench.quality.programs.program import Program, Tools
from bench.quality.programs.relion import PROGRAMS as RELION
from bench.quality.scores import Score
from bench.quality.scores import score as run_and_score
from bench.quality.suites import SUITES, Suite
from bench.quality.tables.half_maps import as_json
from bench.quality.tables.leads import Rival, leads
from bench.quality.tables.measures import markdown as measures_markdown
from bench.quality.tables.stored import (
    NOT_ASKED_FOR,
    joined_measures,
    joined_scores,
    measures_as_json,
    store,
    stored_scores,
)
from map_sharpening.errors import MapSharpeningError
from map_sharpening.maps.map_data import MapData
from map_sharpening.simulation.quality import TruthCorrelations

TWO = CASES[:2]
FIRST, SECOND = (case.name for case in TWO)
PROGRAMS = (*MEAN, *RELION)
A, B = (program.name for program in PROGRAMS[:2])
RESULTS = Path(__file__).parents[3] / "bench" / "quality" / "results"

ACCURACY = Path(__file__).parents[3] / "docs" / "background" / "accuracy.md"


def stored_measures(suite: Suite) -> Path:
    return RESULTS / "measures" / f"{suite.measures_stem}.json"


def strictly_read(path: Path) -> Any:
    """Read JSON as other programs do, for which NaN and Infinity are errors."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{path.name} holds {name}")

    return json.loads(path.read_text(), parse_constant=refuse)


def score(value: float) -> Score:
    return Score(TruthCorrelations(value, value, value, value), 1.0)


def test_scores_are_read_back_as_they_were_stored(tmp_path: Path) -> None:
    scores = {FIRST: {A: score(0.5), B: score(0.6)}, SECOND: {A: score(0.7), B: score(0.8)}}
    scores[SECOND][B] = Score(None, 0.0, "stopped", has_failed=True)
    path = tmp_path / "results.json"
    path.write_text(json.dumps(as_json(TWO, PROGRAMS[:2], scores)))
    assert stored_scores(path, TWO) == scores


def test_only_results_of_the_same_cases_are_added_to(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    with pytest.raises(StoredResultsError, match=r"does not exist; run all programs once"):
        stored_scores(path, TWO)
    scores = {FIRST: {A: score(0.5)}, SECOND: {A: score(0.7)}}
    path.write_text(json.dumps(as_json(TWO, PROGRAMS[:1], scores)))
    changed = (TWO[0], dataclasses.replace(TWO[1], seed=TWO[1].seed + 1))
    with pytest.raises(StoredResultsError, match=f"than the suite: {SECOND} differ"):
        stored_scores(path, changed)
    with pytest.raises(StoredResultsError, match=f"than the suite: {CASES[2].name} differ"):
        stored_scores(path, CASES[:3])


def test_cases_gained_fields_since_they_were_stored(tmp_path: Path) -> None:
    scores = {FIRST: {A: score(0.5)}}
    entries = json.loads(json.dumps(as_json(TWO[:1], PROGRAMS[:1], scores)))
    del entries[FIRST]["case"]["particles"]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(entries))
    assert stored_scores(path, TWO[:1]) == scores


def test_what_is_added_takes_its_place_and_the_rest_stays() -> None:
    stored = {FIRST: {A: score(0.5), "gone": score(0.1)}, SECOND: {A: score(0.7)}}
    found = {FIRST: {B: score(0.6), A: Score(None, 0.0, "not installed")}}
    shown, scores = joined_scores(stored, found, PROGRAMS)
    assert [program.name for program in shown] == [A, B]
    assert scores[FIRST] == {A: score(0.5), B: score(0.6)}
    assert scores[SECOND] == {A: score(0.7), B: Score(None, 0.0, NOT_ASKED_FOR)}


def test_a_failure_takes_the_place_of_the_map_that_was_stored(tmp_path: Path) -> None:
    stored = {FIRST: {A: score(0.5), B: score(0.6)}, SECOND: {A: score(0.7)}}
    failed = Score(None, 0.0, "it stopped", has_failed=True)
    shown, scores = joined_scores(stored, {FIRST: {A: failed, B: failed}}, PROGRAMS)
    assert [program.name for program in shown] == [A, B]  # B, too, though it has no map left
    assert scores[FIRST] == {A: failed, B: failed}
    path = tmp_path / "measures.json"
    path.write_text(json.dumps({name: {A: {"q_0.6": 0.5}} for name in (FIRST, SECOND)}))
    joined = joined_measures(path, {FIRST: {}}, TWO, shown, scores)
    assert joined == {FIRST: {}, SECOND: {A: {"q_0.6": 0.5}}}


@pytest.mark.parametrize(
    ("error", "has_failed"),
    [
        (ProgramMissingError("stopped"), False),
        (ProgramFailedError("stopped"), True),
        (MapSharpeningError("stopped"), True),
    ],
)
def test_a_failure_is_told_from_a_program_that_is_not_installed(
    error: Exception, has_failed: bool, tmp_path: Path
) -> None:
    def make_map(*_: object) -> MapData:
        raise error

    program = Program("stops", "stops", make_map)
    files = CaseFiles(TWO[0], tmp_path, 3.0, tmp_path / "model.cif")
    tools = Tools(peer_python=None, relion=None, servalcat=None, emda=None, occupy_python=None)
    assert run_and_score(program, files, tools) == Score(None, 0.0, "stopped", has_failed)


def test_the_time_is_that_of_the_last_run() -> None:
    slower = dataclasses.replace(score(0.5), seconds=9.0)
    _, scores = joined_scores({FIRST: {A: score(0.5)}}, {FIRST: {A: slower}}, PROGRAMS)
    assert scores[FIRST][A] == slower


def test_measures_are_added_in_the_order_of_the_programs(tmp_path: Path) -> None:
    path = tmp_path / "measures.json"
    scores = {name: dict.fromkeys((A, B), score(0.5)) for name in (FIRST, SECOND)}
    assert joined_measures(path, {}, TWO, PROGRAMS[:2], scores) == {FIRST: {}, SECOND: {}}
    path.write_text(json.dumps({FIRST: {B: {"q_0.6": 0.5}, "gone": {}}, SECOND: {B: {}}}))
    joined = joined_measures(path, {FIRST: {A: {"q_0.6": 0.4}}}, TWO, PROGRAMS[:2], scores)
    assert joined == {FIRST: {A: {"q_0.6": 0.4}, B: {"q_0.6": 0.5}}, SECOND: {B: {}}}
    assert list(joined[FIRST]) == [A, B]


def test_a_measure_that_is_not_defined_is_stored_as_null(tmp_path: Path) -> None:
    path = tmp_path / "measures.json"
    scores = {FIRST: {A: score(0.5)}}
    found = {FIRST: {A: {"q_0.6": 0.5, "emringer": math.nan}}}
    store(path, "table\n", measures_as_json(found))
    assert path.with_suffix(".md").read_text() == "table\n"
    assert strictly_read(path) == {FIRST: {A: {"q_0.6": 0.5, "emringer": None}}}
    joined = joined_measures(path, {}, TWO[:1], PROGRAMS[:1], scores)[FIRST][A]
    assert joined == {"q_0.6": 0.5, "emringer": pytest.approx(math.nan, nan_ok=True)}
    with pytest.raises(ValueError, match="not JSON compliant"):
        store(tmp_path / "other.json", "table\n", found)
    assert not list(tmp_path.glob("other*"))


@pytest.mark.parametrize("path", sorted(RESULTS.glob("**/*.json")), ids=lambda path: path.stem)
def test_what_is_stored_is_valid_json(path: Path) -> None:
    strictly_read(path)


def test_a_case_that_ours_is_not_ahead_in_is_named() -> None:
    results = {
        FIRST: {"ours_local": score(0.9), "first": score(0.8), "second": score(0.85)},
        SECOND: {"ours_local": score(0.8), "first": score(0.81)},
    }
    rivals = (Rival("the others", ("first", "second"), ("near_atoms",)),)
    lines = leads(TWO, results, rivals)
    assert "| the others |  | 1 of 2, -0.0100, +0.0200 |  |  |" in lines
    told = [line for line in lines if line.startswith("- ")]
    assert told == [f"- the others, near atoms: {SECOND}, -0.0100"]


def test_the_global_map_is_also_compared_with_relion_in_the_mask_from_the_atoms() -> None:
    suite = SUITES["reconstructed"]
    case = suite.cases[0]
    lines = suite.markdown(
        [case], [], {case.name: {"ours": score(0.7), "relion_atom_mask": score(0.75)}}
    )
    assert f"- global, RELION in the atoms' mask, near atoms: {case.name}, -0.0500" in lines


def test_what_is_told_of_the_measures_of_reconstructed_pairs_is_what_their_table_says() -> None:
    text = ACCURACY.read_text()
    table = text[text.index("| mean of the ten |") : text.index("The local map is first in ")]
    rows = [line.strip("| ").split(" | ") for line in table.strip().splitlines()[2:]]
    n_first = 0
    for name, *entries in rows:
        sign = -1 if name.startswith(("breaks", "pieces", "volume")) else 1
        columns = zip(*([float(n) for n in entry.split(" / ")] for entry in entries), strict=True)
        n_first += all(sign * ours >= max(sign * n for n in others) for ours, *others in columns)
    assert (n_first, len(rows)) == (7, 9)
    assert "The local map is first in seven of these nine rows." in text


@pytest.mark.parametrize("method", list(SUITES))
def test_the_stored_tables_are_those_of_the_stored_results(method: str) -> None:
    suite = SUITES[method]
    path = RESULTS / f"{suite.file_stem}.json"
    programs, scores = joined_scores(stored_scores(path, suite.cases), {}, suite.programs())
    assert path.with_suffix(".md").read_text() == suite.markdown(suite.cases, programs, scores)


@pytest.mark.parametrize("method", [m for m, s in SUITES.items() if stored_measures(s).is_file()])
def test_the_stored_measures_make_their_table(method: str) -> None:
    suite = SUITES[method]
    scores = stored_scores(RESULTS / f"{suite.file_stem}.json", suite.cases)
    programs, scores = joined_scores(scores, {}, suite.programs())
    found = joined_measures(stored_measures(suite), {}, suite.cases, programs, scores)
    table = stored_measures(suite).with_suffix(".md").read_text()
    assert table == measures_markdown(suite.cases, programs, found)


def test_measures_of_reconstructed_pairs_are_stored() -> None:
    assert stored_measures(SUITES["reconstructed"]).is_file()
