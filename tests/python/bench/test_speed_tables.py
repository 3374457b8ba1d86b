"""The table of where the time of a run goes."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))  # bench/ is not part of the package

from bench.speed.measurements import BoxResults, Measured
from bench.speed.programs.half_maps import STAGE, stage_seconds
from bench.speed.tables.half_maps import markdown


def results(measured: dict[str, Measured]) -> BoxResults:
    return BoxResults(64, 0.7, measured)


def test_stages_are_those_that_a_run_tells() -> None:
    told = {"result": {"seconds": {"transform": 0.5, "local resolution": 1.5, "total": 2.0}}}
    assert stage_seconds(told) == {"transform": 0.5, "local resolution": 1.5}


def test_the_rest_of_the_time_is_start_report_and_files() -> None:
    default = Measured([4.0, 4.0], [6.0, 6.0], [10, 10], correlation=0.9)
    default.calls = {f"{STAGE}transform": [1.0, 1.0], f"{STAGE}local resolution": [2.0, 2.0]}
    text = markdown({}, [results({"default_2": default})], 2, 2)
    assert "| transform | 1.000 | 25% |" in text
    assert "| local resolution | 2.000 | 50% |" in text
    assert "| start, report and files | 1.000 | 25% |" in text
    assert "| all, of all processors | 6.000 | |" in text


def test_a_command_that_was_not_run_has_no_stages() -> None:
    text = markdown({}, [results({})], 2, 2)
    assert "where the time goes" not in text
    assert "with local resolution, 2 threads | no result: not run" in text
