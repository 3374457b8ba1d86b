"""The benchmark's tables: means over the cases, shares of the way to a bound."""

from __future__ import annotations

import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))  # bench/ is not part of the package

from bench.quality.cases import CASES
from bench.quality.programs.mean import PROGRAMS
from bench.quality.scores import Score
from bench.quality.tables.half_maps import GOAL, START, share_won
from bench.quality.tables.measures import markdown
from map_sharpening.simulation.quality import TruthCorrelations


def score(value: float) -> Score:
    return Score(TruthCorrelations(value, value, value, value), 1.0)


def test_a_share_is_of_the_way_from_the_mean_to_the_bound() -> None:
    scores = {START: score(0.7), GOAL: score(0.9)}
    share = share_won(score(0.85), scores, "near_atoms")
    assert share is not None
    assert math.isclose(share, 0.75)


def test_there_is_no_share_where_the_bound_is_no_better_than_the_mean() -> None:
    scores = {START: score(0.827), GOAL: score(0.821)}
    assert share_won(score(0.84), scores, "near_atoms") is None
    assert share_won(score(0.84), {START: score(0.82), GOAL: score(0.8201)}, "box") is None


def test_a_measure_counts_where_it_is_defined() -> None:
    program = PROGRAMS[0]
    found = {
        CASES[0].name: {program.name: {"q_0.6": 0.5, "emringer": 3.0}},
        CASES[1].name: {program.name: {"q_0.6": 0.7, "breaks_per_100": math.nan}},
    }
    lines = markdown(CASES[:2], PROGRAMS, found).splitlines()
    rows = [line for line in lines if line.startswith(f"| {program.title} ")]
    assert rows[0] == f"| {program.title} | 0.600 | 3.00 |"  # mean
    assert rows[1:] == [f"| {program.title} | 0.500 | 3.00 |", f"| {program.title} | 0.700 |  |"]
