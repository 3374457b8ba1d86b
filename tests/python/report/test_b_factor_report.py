"""Log, HTML report and JSON summary render a result of B-factor sharpening truly."""

from __future__ import annotations

import json
import math
import re
from dataclasses import fields, replace
from functools import cache

import html_page
import numpy as np
import pytest
from b_factor_results import (
    B_ISO,
    make_given_result,
    make_kurtosis_result,
    make_local_result,
    make_scan_result,
    make_shell_result,
    make_trial,
    make_unknown_result,
)
from examples import of_fast_suite
from half_map_results import make_map
from html_page import (
    Page,
    require_links_that_lead_somewhere,
    require_no_nan,
    require_nothing_from_elsewhere,
    require_own_script_only,
)

from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.shared.direction import principal_values
from map_sharpening.report import log_text, result_values
from map_sharpening.report.b_factor.pictures import wilson_plot
from map_sharpening.report.parts.plain_values import name_with_unit, plain_value

EVERY_KIND = {
    "scan": make_scan_result,
    "given": make_given_result,
    "kurtosis": make_kurtosis_result,
    "shells": make_shell_result,
    "local": make_local_result,
    "unknown": make_unknown_result,
}


def render(result: BFactorResult, **more) -> str:
    return html_page.render(result, **{"inputs": ("map<1>.mrc",), **more})


def text_of(page: Page) -> str:
    return "".join(page.texts)


def heads_of(text: str) -> list[str]:
    return re.findall(r"<h2>([^<]*)</h2>", text)


@cache
def text_of_kind(kind: str) -> str:
    return render(EVERY_KIND[kind]())


@pytest.fixture(scope="module", params=of_fast_suite(EVERY_KIND, "scan", "local"))
def any_kind(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def any_result(any_kind) -> BFactorResult:
    return EVERY_KIND[any_kind]()


@pytest.fixture(scope="module")
def any_text(any_kind) -> str:
    return text_of_kind(any_kind)


@pytest.fixture(scope="module")
def any_page(any_text) -> Page:
    return Page(any_text)


@pytest.fixture(scope="module")
def result() -> BFactorResult:
    return make_scan_result()


@pytest.fixture(scope="module")
def page_text() -> str:
    return text_of_kind("scan")


@pytest.fixture(scope="module")
def log(result) -> str:
    return log_text(result, outputs=["sharpened_map.ccp4"])


# --- log


@pytest.mark.parametrize(
    "fact",
    [
        "b_iso_to_d_cut",
        "of 45 trials, 5 methods",
        "positive: sharpened",
        "96.4 → 40.0 Å²",
        "nominal 40.0, measured 43.7",
        "signal to noise of the scan 17.3",
        "bounds 12.3 to 98.7",
        "84.7 %",
        "from a molecular mass",
        "3.142 (in units of the sharpened map; 3.14 SD",
        "d_cut 3.20 Å, data kept to 2.67 Å",
        "density box",
        "45.8 % of the map, grid 4-40 x 5-41 x 6-42",
        "sharpened_map.ccp4",
    ],
)
def test_log_summary_states(log, fact):
    assert fact in log[: log.index("B tensor")]


def test_log_has_the_table_of_trials_only_if_asked(result, log):
    assert "Trials\n---" in log
    assert "Trials\n---" not in log_text(result, tables=False)


def test_log_shows_every_trial(log, result):
    table = log[log.index("Trials\n---") : log.index("Time\n---")]
    shown = [line for line in table.splitlines() if re.search(r"\d\.\d{4}", line)]
    assert len(shown) == len(result.trials)


def test_log_marks_the_chosen_trial_alone(log):
    marked = [line for line in log.splitlines() if line.startswith("> ")]
    assert [line.split()[1:4] for line in marked] == [["b_iso_to_d_cut", "40.0", "56.4"]]


def test_log_lines_fit_110_columns(any_result):
    # The table of trials of all columns is the widest.
    assert max(map(len, log_text(any_result).splitlines())) <= 110


def test_log_repeats_every_warning(log, result):
    assert result.warnings[0] in log


def test_log_states_the_range_of_local_b():
    assert "20.0 to 80.0 Å²" in log_text(make_local_result())


def test_log_of_a_given_b_says_that_nothing_was_searched():
    assert "as given, no search" in log_text(make_given_result())


def test_log_has_no_nan(any_result):
    assert re.search(r"\bnan\b", log_text(any_result), re.IGNORECASE) is None


def test_log_has_the_principal_values_of_b(log):
    low, middle, high = principal_values((91.2, 96.4, 101.6, -3.0, 0.5, -0.04))
    assert f"Principal values: {low:.1f}, {middle:.1f}, {high:.1f}" in log


@pytest.mark.parametrize("unknown", [0.0, math.nan])
def test_log_says_when_anisotropy_was_not_measured(result, unknown):
    assert "Not measured" in log_text(replace(result, b_cart=(unknown,) * 6))


@pytest.mark.slow
def test_page_says_when_anisotropy_was_not_measured(result):
    assert "Not measured" in render(replace(result, b_cart=(math.nan,) * 6))


def test_log_says_that_anisotropy_was_left_in(result):
    assert "directions were removed" in log_text(result)
    assert "directions were left in" in log_text(replace(result, is_anisotropy_removed=False))


# --- wording


def test_principal_values_do_not_change_when_the_axes_turn():
    # 45 degrees about z turn diag(1, 3, 0) into off-diagonal -1.
    assert principal_values((2.0, 2.0, 0.0, -1.0, 0.0, 0.0)) == pytest.approx((0.0, 1.0, 3.0))


def test_chosen_trial_is_found_though_it_was_scored_again(result):
    place = result.chosen_place
    again = replace(result, chosen=replace(result.chosen, scores=result.unsharpened))
    assert again.chosen_place == place


def test_chosen_trial_without_a_single_b_is_found_though_nan_differs_from_itself():
    result = make_shell_result()
    again = replace(result, chosen=replace(result.chosen, scores=result.unsharpened))
    assert again.chosen_place == len(result.trials) - 1


def test_chosen_trial_may_be_none_of_those_tried(result):
    other = replace(result, chosen=make_trial("b_iso", 12.5))
    assert other.chosen_place is None


def test_best_of_a_method_that_was_not_chosen_scores_highest(result):
    trials = result.trials_by_method["b_iso"]
    assert result.best_of(trials) is max(trials, key=lambda trial: trial.scores.adjusted_sa)


def test_best_of_the_chosen_method_is_the_chosen_trial(result):
    trials = result.trials_by_method["b_iso_to_d_cut"]
    other = replace(result, chosen=trials[2])
    assert other.best_of(trials) is trials[2]


# --- HTML of every kind of result


@pytest.mark.slow
def test_page_closes_every_tag(any_page):
    assert (any_page.open, any_page.unbalanced) == ([], [])


def test_page_asks_nothing_of_the_network(any_text):
    require_nothing_from_elsewhere(any_text)


def test_only_the_script_of_the_page_itself_may_run(any_text):
    require_own_script_only(any_text)


def test_page_links_within_itself_lead_somewhere(any_text):
    require_links_that_lead_somewhere(any_text)


def test_page_escapes_all_text(any_text):
    for raw in ("map<1>", "<b_iso>", "<given>", "<62>"):
        assert raw not in any_text


@pytest.mark.slow
def test_page_is_the_same_bytes_twice(any_result, any_text):
    assert render(any_result) == any_text


def test_page_has_no_nan(any_page):
    require_no_nan(any_page)


def test_every_picture_is_well_formed_xml(any_text):
    from xml.etree import ElementTree

    pictures = re.findall(r"<svg .*?</svg>", any_text, re.DOTALL)
    assert {ElementTree.fromstring(picture).tag for picture in pictures} == {
        "{http://www.w3.org/2000/svg}svg"
    }


# --- HTML


@pytest.mark.parametrize(
    "fact",
    [
        "b_iso_to_d_cut",
        "56.4 Å²",
        "96.4 → 40.0 Å²",
        "measured 43.7",
        "3.142",
        "3.14 SD above the mean",
        "84.7 %",
        "from a molecular mass of <62> kDa",
        "21.5",
        "bounds 12.3 to 98.7",
        "3.20 Å",
        "data kept to 2.67 Å",
        "density box",
        "map<1>.mrc",
    ],
)
def test_page_states(page_text, fact):
    top = page_text[: page_text.index('<div class="two">')]
    assert fact in text_of(Page(top))


def test_page_explains_nominal_and_measured_b_iso(page_text):
    assert "measured b_iso is a new Wilson fit" in text_of(Page(page_text))


def test_page_has_warnings_before_results(page_text):
    assert page_text.index('role="alert"') < page_text.index('class="tiles"')


def test_page_of_a_scan_has_its_plots(page_text):
    assert {"Score by b_iso", "Wilson plot", "Surface and regions"} <= set(heads_of(page_text))


@pytest.mark.parametrize(
    "name",
    [
        "unsharpened",
        ">b_iso<",
        ">b_iso_to_d_cut<",
        "resolution_dependent, best",
        "target_b_iso_to_d_cut",
        "chosen, b_iso 40.0",
    ],
)
def test_plot_of_scores_names(page_text, name):
    assert name in page_text[page_text.index("Score by b_iso") : page_text.index("Wilson plot")]


@pytest.mark.slow
def test_page_of_a_scan_at_two_cutoffs_tells_them_apart(result):
    finer = [
        replace(trial, d_cut=2.9) for trial in result.trials if trial.method == "b_iso_to_d_cut"
    ]
    text = render(replace(result, trials=(*result.trials, *finer)))
    assert "b_iso_to_d_cut, d_cut 2.90 Å, blur 200 Å²" in text
    assert "<th scope='col'>d_cut" in text


def test_page_has_every_trial(page_text, result):
    table = page_text[page_text.index("trials</summary>") :]
    rows = table[: table.index("</table>")].count("<tr") - 1
    assert rows == len(result.trials)


def test_page_shades_the_chosen_trial_in_both_tables(page_text):
    assert page_text.count('<tr class="chosen">') == 2


def test_page_has_one_best_trial_for_each_method(page_text):
    table = page_text[page_text.index("Best of each method") :]
    assert table[: table.index("</table>")].count("<tr") - 1 == 5


def test_page_draws_slices_before_and_after(page_text):
    assert page_text.count('<svg class="slice"') == 6


@pytest.mark.slow
def test_page_without_an_input_draws_three_slices(result):
    assert render(result, before=None).count('<svg class="slice"') == 3


@pytest.mark.slow
def test_page_of_a_given_b_has_no_plot_of_scores():
    heads = heads_of(text_of_kind("given"))
    assert "Wilson plot" in heads
    assert not {"Score by b_iso", "Surface and regions"}.intersection(heads)


@pytest.mark.slow
def test_page_of_the_kurtosis_has_no_regions():
    text = text_of_kind("kurtosis")
    assert "Score by b_iso" in heads_of(text)
    assert "Surface and regions" not in heads_of(text)
    assert "adjusted_sa" not in text


def test_shells_coarser_than_all_coefficients_are_not_in_the_wilson_plot():
    result = make_scan_result()
    plot = result.wilson_plot
    before = plot.ln_before.copy()
    before[:4] = -17.0  # rounding errors
    before[-1] = before[4] - 18.0  # the fall-off itself
    drawn = wilson_plot(replace(result, wilson_plot=replace(plot, ln_before=before)))
    assert drawn is not None
    np.testing.assert_array_equal(np.isnan(drawn.curves[0].values), np.arange(60) < 4)
    np.testing.assert_array_equal(drawn.curves[0].values[4:], before[4:])


@pytest.mark.slow
def test_page_without_a_wilson_fit_has_no_wilson_plot():
    assert "Wilson plot" not in heads_of(text_of_kind("unknown"))


@pytest.mark.slow
def test_page_of_a_scale_by_shell_has_its_curves():
    heads = heads_of(text_of_kind("shells"))
    assert "Correlation by shell, model_sharpening" in heads
    assert "Scale by shell, model_sharpening" in heads


@pytest.mark.slow
def test_page_of_a_scale_by_shell_states_what_the_model_is_worth():
    text = text_of_kind("shells")
    assert "error of the model 0.83 Å, share of the molecule in the model 0.91" in text


@pytest.mark.slow
def test_page_of_a_scale_by_shell_has_every_shell():
    text = text_of_kind("shells")
    table = text[text.index("40 shells, model_sharpening</summary>") :]
    assert table[: table.index("</table>")].count("<tr") - 1 == 40


@pytest.mark.slow
def test_page_without_correlations_draws_the_weight_alone():
    result = make_shell_result()
    assert result.chosen.shell_scale is not None
    shells = replace(result.chosen.shell_scale, correlation=np.full(40, np.nan), rmsd=None)
    chosen = replace(result.chosen, shell_scale=shells)
    text = render(replace(result, chosen=chosen, trials=(*result.trials[:-1], chosen)))
    assert "error of the model" not in text
    assert "Correlation by shell" in text


def test_page_without_local_b_has_no_coloured_slices(page_text):
    assert '<svg class="slice coloured"' not in page_text


@pytest.mark.slow
@pytest.mark.parametrize("flat", [False, True])
def test_page_of_local_b_has_its_slices_and_histogram(flat):
    text = render(make_local_result(flat=flat))
    assert text.count('<svg class="slice coloured"') == 3
    assert "Histogram of the local B factor" in text


def test_page_of_local_b_states_its_range():
    assert "20.0 to 80.0 Å², from 27 tiles smoothed over 14.5 Å" in text_of_kind("local")


# --- JSON


def test_json_is_strict_and_comes_back(any_result):
    summary = result_values(any_result)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_json_has_every_field_but_the_map(result):
    names = {field.name for field in fields(result)} - {"sharpened", "warnings"}
    assert {name_with_unit(name) for name in names} <= set(result_values(result))


def test_json_says_which_trial_was_chosen(result):
    summary = result_values(result)
    assert summary["trials"][summary["chosen_trial"]] == summary["chosen"]


def test_json_has_the_principal_values(result):
    assert result_values(result)["b_principal_angstrom_squared"] == pytest.approx(
        principal_values(result.b_cart)
    )


def test_json_has_the_range_of_local_b():
    local = result_values(make_local_result())["local"]
    assert (local["b_sharpen_min_angstrom_squared"], local["b_sharpen_max_angstrom_squared"]) == (
        20.0,
        80.0,
    )


def test_json_of_numbers_that_do_not_exist_is_none():
    summary = result_values(make_unknown_result())
    assert summary["b_iso_measured_angstrom_squared"] is None
    assert summary["wilson_plot"]["ln_before"][5] is None


def test_json_has_before_what_the_map_had(result):
    assert result_values(result)["b_iso_before_angstrom_squared"] == B_ISO


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (math.inf, None),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        ((1, "a", None), [1, "a", None]),
        (np.array([[1.0, np.nan]]), [[1.0, None]]),
        ({"a": (1.5,)}, {"a": [1.5]}),
    ],
)
def test_plain_value_of(value, plain):
    assert plain_value(value) == plain


def test_plain_value_of_a_map_is_an_error():
    with pytest.raises(TypeError, match="MapData has no plain form"):
        plain_value(make_map(8))


def test_plain_value_of_what_has_none_is_an_error():
    with pytest.raises(TypeError, match="object has no plain form"):
        plain_value(object())
