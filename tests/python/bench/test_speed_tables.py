"""The table of where the time of a run goes."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))  # bench/ is not part of the package

import pytest

from bench.speed.measurements import BoxResults, Measured, ratios
from bench.speed.programs.half_maps import STAGE, stage_seconds
from bench.speed.tables.half_maps import markdown


def results(measured: dict[str, Measured]) -> BoxResults:
    return BoxResults(64, 0.7, measured)


def test_stages_are_those_that_a_run_tells() -> None:
    told = {"result": {"seconds": {"transform": 0.5, "local resolution": 1.5, "total": 2.0}}}
    assert stage_seconds(told) == {"transform": 0.5, "local resolution": 1.5}


def test_the_rest_of_the_time_is_report_and_files() -> None:
    default = Measured([4.0, 4.0], [6.0, 6.0], [10, 10], correlation=0.9)
    default.calls = {f"{STAGE}transform": [1.0, 1.0], f"{STAGE}local resolution": [2.0, 2.0]}
    text = markdown({}, [results({"default_2": default})], 2, 2)
    assert "| transform | 1.000 | 25% |" in text
    assert "| local resolution | 2.000 | 50% |" in text
    assert "| report and files | 1.000 | 25% |" in text
    assert "| all, of all processors | 6.000 | |" in text


def test_a_command_that_was_not_run_has_no_stages() -> None:
    text = markdown({}, [results({})], 2, 2)
    assert "where the time goes" not in text
    assert "with local resolution, 2 threads | no result: not run" in text


@pytest.mark.parametrize(
    ("box", "seconds", "verdict"),
    [
        (64, 0.6, "| 0.6 | at most 0.7 | yes |"),
        (128, 9.0, "| 9 |  |  |"),
        (256, 3.1, "| 3.1 | at most 3 | no |"),
    ],
)
def test_the_command_as_people_run_it_has_goals_by_box(
    box: int, seconds: float, verdict: str
) -> None:
    measured = {"default_2": Measured([seconds], [seconds], [10], correlation=0.9)}
    text = markdown({}, [BoxResults(box, 0.7, measured)], 2, 1)
    assert f"| seconds of our command as people run it {verdict}" in text


def test_relion_is_the_measure_at_128() -> None:
    measured = {
        "default_2": Measured([0.9], [1.0], [10], correlation=0.9),
        "relion": Measured([0.5], [0.5], [10], correlation=0.9),
    }
    found = {r.name: r for r in ratios(BoxResults(128, 0.7, measured), 2)}
    ratio = found["our command as people run it / RELION's process"]
    assert (ratio.value, ratio.at_most) == (pytest.approx(1.8), 2)
