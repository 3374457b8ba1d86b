"""What reports say of local sharpening, by half maps and by a model."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from half_map_files import RESOLUTION
from half_map_results import make_result
from model_results import make_model_result

from map_sharpening import sharpen_half_maps
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.report import RunFacts, log_text, result_values
from map_sharpening.report.html import html_report
from map_sharpening.report.local.pictures import local_filter_section
from map_sharpening.simulation.simulate import SimulatedHalfMaps


@pytest.fixture(scope="module")
def result(simulated: SimulatedHalfMaps) -> HalfMapResult:
    return sharpen_half_maps(
        simulated.half_1, simulated.half_2, resolution=RESOLUTION, local_sharpen=True
    )


def test_section_is_well_formed(result: HalfMapResult) -> None:
    assert result.local_filter is not None
    ElementTree.fromstring(local_filter_section(result.sharpened, result.local_filter))


def test_section_says_where_gain_is_best_and_worst(result: HalfMapResult) -> None:
    found = result.local_filter
    assert found is not None
    section = local_filter_section(result.sharpened, found)
    assert f"best {found.gain.max():.2f} at" in section
    assert f"worst {found.gain.min():.2f} at" in section


def test_places_at_the_first_point_have_no_minus(result: HalfMapResult) -> None:
    found = result.local_filter
    assert found is not None
    near = replace(found, centres=tuple(np.full_like(of_axis, -0.2) for of_axis in found.centres))
    assert "at 0, 0, 0 Å" in local_filter_section(result.sharpened, near)


def test_section_of_equal_gains_is_well_formed(result: HalfMapResult) -> None:
    assert result.local_filter is not None
    flat = replace(result.local_filter, gain=0 * result.local_filter.gain + 1)
    ElementTree.fromstring(local_filter_section(result.sharpened, flat))


@pytest.mark.slow
def test_page_has_the_section(result: HalfMapResult) -> None:
    page = html_report(result, RunFacts(version="1"), before=None, parameters_text="", versions={})
    assert "<h2>Local filter</h2>" in page


def test_log_counts_the_windows(result: HalfMapResult) -> None:
    assert result.local_filter is not None
    assert f"{result.local_filter.n_windows} windows of" in log_text(result)


def test_summary_holds_all_windows(result: HalfMapResult) -> None:
    assert result.local_filter is not None
    told = result_values(result)["local_filter"]
    np.testing.assert_allclose(told["gain"], result.local_filter.gain, rtol=1e-4)
    assert told["core"] == list(result.local_filter.core)


@pytest.fixture(scope="module")
def by_model(result: HalfMapResult) -> ModelResult:
    return replace(make_model_result(), local_filter=result.local_filter)


@pytest.mark.slow
def test_reports_of_a_run_by_a_model_have_it_too(by_model: ModelResult) -> None:
    assert by_model.local_filter is not None
    page = html_report(
        by_model, RunFacts(version="1"), before=None, parameters_text="", versions={}
    )
    assert page.count("<h2>Local filter</h2>") == 1
    log = " ".join(log_text(by_model).split())
    assert f"{by_model.local_filter.n_windows} windows of" in log
    assert "in the region of the model; elsewhere" in log
    told = result_values(by_model)["local_filter"]
    np.testing.assert_allclose(told["gain"], by_model.local_filter.gain, rtol=1e-4)


@pytest.mark.slow
def test_page_of_a_global_run_has_no_such_section() -> None:
    page = html_report(
        make_result(), RunFacts(version="1"), before=None, parameters_text="", versions={}
    )
    assert "<h2>Local filter</h2>" not in page
