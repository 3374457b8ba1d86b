"""What reports say of local resolution."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from half_map_files import RESOLUTION
from half_map_results import make_result

from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.local_resolution.measure import local_resolution
from map_sharpening.methods.local_resolution.result import LocalResolutionResult
from map_sharpening.report import RunFacts, log_text, result_values
from map_sharpening.report.html import html_report
from map_sharpening.report.local.facts import local_resolution_fact
from map_sharpening.report.local.pictures import local_resolution_section
from map_sharpening.simulation.simulate import SimulatedHalfMaps


@pytest.fixture(scope="module")
def found(simulated: SimulatedHalfMaps) -> LocalResolutionResult:
    return local_resolution(simulated.half_1, simulated.half_2, resolution=RESOLUTION)


@pytest.fixture(scope="module")
def result(found: LocalResolutionResult) -> HalfMapResult:
    return replace(make_result(), local_resolution=found)


def test_section_is_well_formed(found: LocalResolutionResult) -> None:
    ElementTree.fromstring(local_resolution_section(found))


def test_section_states_the_clip(found: LocalResolutionResult) -> None:
    clip = f"clipped to {found.fine_limit:.2f} to {found.coarse_limit:.1f} Å"
    assert clip in local_resolution_section(found)


def test_section_of_a_whole_box_has_no_outside(found: LocalResolutionResult) -> None:
    assert "Outside the mask" not in local_resolution_section(replace(found, mask=None))


@pytest.mark.slow
def test_page_has_the_section(result: HalfMapResult) -> None:
    page = html_report(result, RunFacts(version="1"), before=None, parameters_text="", versions={})
    assert "<h2>Local resolution</h2>" in page


def test_log_has_best_median_and_worst(result: HalfMapResult) -> None:
    assert result.local_resolution is not None
    statistics = result.local_resolution.statistics
    assert f"best {statistics.best:.2f}, median {statistics.median:.2f}" in log_text(result)


def test_one_value_everywhere_is_told_as_one(found: LocalResolutionResult) -> None:
    same = replace(found.statistics, best=28.18, median=28.18, worst=28.18)
    fact = local_resolution_fact(replace(found, statistics=same))
    assert fact.value == "28.18 Å, one value"


def test_summary_has_the_median(result: HalfMapResult) -> None:
    assert result.local_resolution is not None
    median = result.local_resolution.statistics.median
    statistics = result_values(result)["local_resolution"]["statistics"]
    assert statistics["median_angstrom"] == pytest.approx(median)


def test_summary_without_it_says_so() -> None:
    assert result_values(make_result())["local_resolution"] is None
