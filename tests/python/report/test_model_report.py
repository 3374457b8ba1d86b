"""Log, HTML report and JSON summary render the result of a run by a model truly."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from functools import cache

import html_page
import numpy as np
import pytest
from examples import of_fast_suite
from html_page import (
    Page,
    require_links_that_lead_somewhere,
    require_no_nan,
    require_nothing_from_elsewhere,
    require_own_script_only,
)
from model_results import make_empty_model_result, make_model_result, make_plain_model_result

from map_sharpening.methods.model.result import ModelResult, ModelShellTable
from map_sharpening.report import log_text, result_values
from map_sharpening.report.parts.plain_values import name_with_unit

RESULTS = {
    "usual": make_model_result,
    "plain": make_plain_model_result,
    "empty": make_empty_model_result,
}


def render(result: ModelResult, **more) -> str:
    return html_page.render(result, **{"inputs": ("map<1>.mrc", "model.pdb"), **more})


@pytest.fixture(scope="module")
def result() -> ModelResult:
    return make_model_result()


@cache
def text_of_kind(kind: str) -> str:
    return render(RESULTS[kind]())


@pytest.fixture(scope="module")
def page_text() -> str:
    return text_of_kind("usual")


@pytest.fixture(scope="module")
def page(page_text: str) -> Page:
    return Page(page_text)


@pytest.fixture(scope="module", params=of_fast_suite(RESULTS, "usual"))
def any_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture(scope="module")
def any_result(any_kind: str) -> ModelResult:
    return RESULTS[any_kind]()


@pytest.fixture(scope="module")
def any_page(any_kind: str) -> Page:
    return Page(text_of_kind(any_kind))


# The log


@pytest.fixture(scope="module")
def log(result: ModelResult) -> str:
    return log_text(result, outputs=("sharpened_map.ccp4",))


@pytest.mark.parametrize(
    "line",
    [
        "Agreement with the model  3.31 Å (correlation above 0.5)",
        "Resolution given          3.20 Å",
        "Finest term kept          2.70 Å",
        "B of the signal           61.5 Å² (fall-off of the signal's amplitudes; positive sharpen",
        "Error of the model        0.80 Å (assumed, 0.25 times the resolution)",
        "Completeness              81 % (from the highest correlation)",
        "Bulk solvent              k 0.07, B 20 (Å⁻² and Å², fitted)",
        "Atoms                     4555 of 4579 in the map",
        "Contour level             1.52 (in units of the sharpened map)",
        "Warnings                  1",
        "Wrote                     sharpened_map.ccp4",
    ],
)
def test_log_tells(log: str, line: str) -> None:
    assert f"  {line}" in log


def test_log_has_the_warning(log: str, result: ModelResult) -> None:
    assert f"! {result.warnings[0]}" in log


def test_log_has_tensors_with_their_errors(log: str) -> None:
    assert "( -0.109,  -0.057,   0.166,  -0.012,   0.021,   0.054)" in log
    assert "+- (  0.012,   0.012,   0.012,   0.012,   0.012,   0.012)" in log


def test_log_names_the_file_with_all_shells(log: str) -> None:
    assert "40 of 50 shells; shells.csv has all." in log


def test_log_without_tables_is_shorter(result: ModelResult) -> None:
    text = log_text(result, tables=False)
    assert "Shells" not in text
    assert "Time" not in text


def test_log_of_any_result_fits_its_width(any_result: ModelResult) -> None:
    assert max(map(len, log_text(any_result).splitlines())) <= 98


def test_log_says_what_was_given() -> None:
    text = log_text(make_plain_model_result())
    assert "0.50 Å (given)" in text
    assert "70 % (given)" in text
    assert "none (as given)" in text
    assert "statistics of the whole box" in text


def test_log_says_that_half_maps_told_the_error(result: ModelResult) -> None:
    assert "0.61 Å (rms, estimated from the half maps)" in log_text(replace(result, rmsd=0.61))


@pytest.mark.parametrize(
    ("lowest", "words"), [(0.6, "all, to 2.70 Å (correlation"), (0.0, "nowhere (correlation")]
)
def test_log_says_where_map_and_model_agree(
    result: ModelResult, lowest: float, words: str
) -> None:
    curve = np.full(result.shells.s.shape, lowest)
    shells = replace(result.shells, smooth_correlation=curve)
    assert words in log_text(replace(result, shells=shells, resolution_05=None))


# The page


@pytest.mark.slow
def test_page_is_balanced(any_page: Page) -> None:
    assert (any_page.open, any_page.unbalanced) == ([], [])


def test_page_has_no_nan(any_page: Page) -> None:
    require_no_nan(any_page)


def test_page_links_within_itself_lead_somewhere(any_kind: str) -> None:
    require_links_that_lead_somewhere(text_of_kind(any_kind))


def test_page_loads_nothing(page_text: str) -> None:
    require_nothing_from_elsewhere(page_text)
    require_own_script_only(page_text)


def test_page_escapes_all_text(page_text: str) -> None:
    for raw in ("map<1>", "<model>", "<given>"):
        assert raw not in page_text


@pytest.mark.parametrize(
    "heading",
    [
        "Agreement with the model",
        "Fall-off of amplitudes",
        "Central slices",
        "Scale factors",
        "Signal and noise",
        "Anisotropy",
        "All 50 shells",
    ],
)
def test_page_has_a_section(page: Page, heading: str) -> None:
    assert heading in page.texts


@pytest.mark.parametrize("value", ["3.31 Å", "61.5 Å²", "0.80 Å", "81 %", "1.52", "2.70 Å"])
def test_page_has_a_tile(page: Page, value: str) -> None:
    assert value in page.texts


def test_page_draws_each_curve(page: Page) -> None:
    for name in ("map and model", "of a perfect map", "accuracy", "3.31 Å at 0.5", "its signal"):
        assert name in page.texts


@pytest.mark.slow
def test_page_of_an_isotropic_run_has_no_tensors() -> None:
    text = text_of_kind("plain")
    assert "Not analysed" in text
    assert '<table class="tensors">' not in text


def test_page_outlines_the_mask(page_text: str) -> None:
    assert page_text.count('class="outline"') == 6


@pytest.mark.slow
def test_page_without_a_mask_outlines_nothing() -> None:
    assert 'class="outline"' not in text_of_kind("plain")


@pytest.mark.slow
def test_page_is_the_same_bytes_twice(result: ModelResult, page_text: str) -> None:
    assert render(result) == page_text


# JSON


def test_json_is_strict_and_comes_back(any_result: ModelResult) -> None:
    summary = result_values(any_result)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_json_has_every_number(result: ModelResult) -> None:
    maps = {"sharpened", "sharpened_half_1", "sharpened_half_2", "mask"}
    names = {field.name for field in fields(result)} - maps - {"warnings"}
    of_mask = {"has_mask", "mask_volume_angstrom_cubed", "mask_protein_mass_dalton"}
    assert result_values(result).keys() == {name_with_unit(n) for n in names} | of_mask


def test_json_has_every_column(result: ModelResult) -> None:
    columns = {name_with_unit(field.name) for field in fields(ModelShellTable)}
    assert result_values(result)["shells"].keys() == columns


def test_json_of_an_empty_shell_is_none(result: ModelResult) -> None:
    assert result_values(result)["shells"]["accuracy"][3] is None
