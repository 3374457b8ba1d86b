"""Plots of the results screen: made from what results.json says."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from map_sharpening.gui.results.histogram import dragged_range
from map_sharpening.gui.results.plots import charts, local_resolution_chart, round_ends

SHELLS = {
    "s_per_angstrom": [0.0, 0.1, 0.2, 0.3],
    "fsc_corrected": [1.0, 0.9, None, 0.1],
    "fsc_unmasked": [1.0, 0.8, 0.3, -0.15],
    "scale": [1, 2, 3, 4],
}


def test_points_that_do_not_exist_are_left_out() -> None:
    chart = charts({"result": {"shells": SHELLS}})["Agreement by resolution"]
    corrected, whole = chart["series"]
    assert corrected["name"] == "corrected"
    assert corrected["data"] == [[0.0, 1.0], [0.1, 0.9], [0.3, 0.1]]
    assert whole["data"][-1] == [0.3, -0.15]
    assert chart["yAxis"]["min"] == -0.2


def test_a_curve_for_each_direction() -> None:
    scale = {"names": ["X", "Y"], "scale": [[1, 2, 3, 4], [4, 3, 2, 1]]}
    chart = charts({"result": {"shells": SHELLS, "directional_scale": scale}})
    assert [line["name"] for line in chart["Factors by direction"]["series"]] == ["X", "Y"]


def test_directions_that_are_alike_are_one_curve() -> None:
    scale = {"names": ["X", "Y"], "scale": [[1, 2, 3, None], [1, 2 * (1 + 2**-52), 3, None]]}
    chart = charts({"result": {"shells": SHELLS, "directional_scale": scale}})
    assert [line["name"] for line in chart["Factors by direction"]["series"]] == ["all directions"]


def test_each_direction_has_a_colour_of_its_own() -> None:
    names = ["X", "Y", "Z", "X+Y", "X+Z", "Y+Z", "X-Y", "X-Z", "Y-Z"]
    scale = {"names": names, "scale": [[k, 2, 3, 4] for k in range(9)]}
    chart = charts({"result": {"shells": SHELLS, "directional_scale": scale}})
    assert len(set(chart["Factors by direction"]["color"])) >= len(names)


def test_the_trial_that_was_chosen_stands_out() -> None:
    def trial(b: float, score: float | None) -> dict[str, Any]:
        return {"b_sharpen_angstrom_squared": b, "scores": {"skewness": score}}

    result = {
        "trials": [trial(0, 0.7), trial(40, 0.9), trial(80, None)],
        "chosen_trial": 1,
        "options": {"score": {"sharpening_target": "skewness"}},
    }
    others, chosen = charts({"result": result})["Trials of B"]["series"]
    assert others["data"] == [[0, 0.7]]
    assert chosen["data"] == [[40, 0.9]]


def test_bars_of_the_histogram_stand_in_the_middle_of_their_bins() -> None:
    chart = local_resolution_chart(local_resolution_of(2.0, 4.0))
    assert chart is not None
    assert chart["series"][0]["data"] == [[2.5, 25], [3.5, 75]]


def test_one_local_resolution_everywhere_has_no_histogram() -> None:
    assert local_resolution_chart(local_resolution_of(28.18, 28.18)) is None


def local_resolution_of(best: float, worst: float) -> dict[str, Any]:
    statistics = {
        "best_angstrom": best,
        "worst_angstrom": worst,
        "histogram": [0.25, 0.75],
        "histogram_edges_angstrom": [2.0, 3.0, 4.0],
    }
    return {"result": {"local_resolution": {"statistics": statistics}}}


def test_results_without_curves_have_no_plots() -> None:
    assert charts({"result": {"shells": None, "guinier": None}}) == {}
    assert local_resolution_chart({"result": {"local_resolution": None}}) is None


def test_terms_that_are_but_rounding_are_left_out_of_the_fall_off():
    plot = {
        "s_squared_per_angstrom_squared": [0.0, 0.01, 0.02, 0.03],
        "ln_before": [None, -16.9, 17.0, 16.0],
        "ln_after": [None, -3.0, 13.6, 13.5],
    }
    chart = charts({"result": {"wilson_plot": plot}})["Fall-off of the amplitudes"]
    before, after = (series["data"] for series in chart["series"])
    assert before == [[0.02, 17.0], [0.03, 16.0]]
    assert after == [[0.01, -3.0], [0.02, 13.6], [0.03, 13.5]]


def test_maps_before_and_after_density_modification_are_compared_where_there_is_signal() -> None:
    shells = {
        "s_per_angstrom": [0.1, 0.2, 0.3],
        "signal_share": [0.9, 0.5, 0.0],
        "correlation_before": [0.95, 0.7, 0.1],
        "correlation_after": [0.96, 0.8, 0.2],
    }
    chart = charts({"result": {"modification": {"shells": shells}}})["Density modification"]
    before, after = chart["series"]
    assert (before["name"], after["name"]) == ("sharpened map", "modified map")
    assert after["data"] == [[0.1, 0.96], [0.2, 0.8]]


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((2.15, 4.35), (2.0, 4.5, 0.5)),
        ((28.17, 28.19), (28.17, 28.19, 0.005)),
        ((3.0, 3.0), (3.0, 3.1, 0.1)),
        ((10.0, 100.0), (0.0, 100.0, 20.0)),
    ],
)
def test_axes_begin_and_end_at_round_numbers(
    ends: tuple[float, float], expected: tuple[float, float, float]
) -> None:
    assert round_ends(*ends) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"areas": []}, (2.0, 4.5)),
        ({}, (2.0, 4.5)),
        ({"areas": [{"coordRange": [3.001, 2.504]}]}, (2.5, 3.0)),
        ({"areas": [{"coordRange": [1.0, 9.0]}]}, (2.0, 4.5)),
        ({"areas": [{"coordRange": [3.0, 3.0]}]}, (2.0, 4.5)),
    ],
)
def test_what_was_dragged_is_a_range_inside_the_histogram(
    told: dict[str, Any], expected: tuple[float, float]
) -> None:
    assert dragged_range(told, (2.0, 4.5)) == expected
