"""Plots that can be pointed at, as options of ECharts: made from results.json alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

#: Of single precision.
_LN_ROUNDING = math.log(2.0**-24)

Chart = dict[str, Any]
Numbers = Sequence[float | None]

#: Pixels left and right of the histogram's bars.
HISTOGRAM_MARGINS = (62, 18)
_ONE_LINE_OF_NAMES = 3  #: that a legend has room for
_N_STEPS = 8  #: between ticks, at most

_CURVES = {
    "fsc_corrected": "corrected",
    "fsc_masked": "in the mask",
    "fsc_unmasked": "whole box",
    "fsc_randomised": "phases randomised",
    "correlation": "map and model",
    "expected_correlation": "expected of a perfect map",
}
_COLOURS = [
    "#2f7fb8",
    "#e08a2c",
    "#4a9d5b",
    "#b2556f",
    "#8067b7",
    "#7b8a96",
    "#c2a51f",
    "#3aa6a1",
    "#a0623a",
]  # one for each direction


def charts(values: dict[str, Any]) -> dict[str, Chart]:
    """Return the plots that a run's results have, by their headings."""
    result = values["result"]
    found: dict[str, Chart | None] = {}
    if result.get("shells"):
        found["Agreement by resolution"] = _agreement(result)
    if result.get("guinier"):
        found["Guinier plot"] = _guinier(result["guinier"])
    if result.get("wilson_plot"):
        found["Fall-off of the amplitudes"] = _wilson(result["wilson_plot"])
    if result.get("directional_scale") and result.get("shells"):
        found["Factors by direction"] = _directions(result)
    if result.get("modification"):
        found["Density modification"] = _modification(result["modification"])
    if result.get("trials"):
        found["Trials of B"] = _trials(result)
    return {heading: chart for heading, chart in found.items() if chart is not None}


def local_resolution_chart(values: dict[str, Any]) -> Chart | None:
    """Return the histogram of local resolution, of which a range can be dragged.

    None if there is no local resolution, or one value everywhere: nothing to choose from.
    """
    local = values["result"].get("local_resolution")
    if not local:
        return None
    statistics = local["statistics"]
    if statistics["best_angstrom"] == statistics["worst_angstrom"]:
        return None
    edges, shares = statistics["histogram_edges_angstrom"], statistics["histogram"]
    bars = [
        [round((low + high) / 2, 4), round(100 * share, 3)]
        for low, high, share in zip(edges, edges[1:], shares, strict=False)
    ]
    chart = _frame("local resolution (Å)", "% of the mask")
    chart["series"] = [
        {"type": "bar", "data": bars, "barCategoryGap": "8%", "itemStyle": {"color": _COLOURS[0]}}
    ]
    first, last, step = round_ends(edges[0], edges[-1])
    chart["xAxis"] |= {"min": first, "max": last, "interval": step}
    chart["yAxis"]["splitNumber"] = 3
    left, right = HISTOGRAM_MARGINS
    chart["grid"] = {"left": left, "right": right, "top": 12, "bottom": 46}
    # The library adds buttons of its own for the brush whenever the chart is made anew.
    chart["toolbox"] = {"show": False}
    chart["brush"] = {
        "toolbox": [],
        "xAxisIndex": 0,
        "brushStyle": {"color": "rgba(255,176,32,0.25)", "borderColor": "#c9820a"},
    }
    return chart


def round_ends(low: float, high: float) -> tuple[float, float, float]:
    """Return round numbers about a range, and a round step between them."""
    rough = (high - low) / _N_STEPS
    if rough <= 0:
        rough = 0.1
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    n_decimals = max(0, 1 - math.floor(math.log10(step)))
    return (
        round(first * step, n_decimals),
        round(max(last, first + 1) * step, n_decimals),
        round(step, n_decimals),
    )


def comparison_chart(s: Numbers, correlation: Numbers) -> Chart | None:
    """Return how two maps correlate by resolution; s in 1/Å."""
    return _correlations(s, {"correlation of the two maps": correlation}, "correlation")


def _agreement(result: dict[str, Any]) -> Chart | None:
    shells = result["shells"]
    lines = {name: shells[key] for key, name in _CURVES.items() if shells.get(key)}
    chart = _correlations(shells["s_per_angstrom"], lines, "correlation")
    if chart is not None:
        chart["series"][0]["markLine"] = {
            "silent": True,
            "symbol": "none",
            "precision": 3,
            "lineStyle": {"type": "dashed", "color": "#8a949c"},
            "label": {"position": "insideEndTop", "color": "#7b8a96"},
            "data": [{"yAxis": 0.143}, {"yAxis": 0.5}],
        }
    return chart


def _guinier(guinier: dict[str, Any]) -> Chart | None:
    lines = {
        "as given": guinier["ln_original"],
        "weighted": guinier["ln_weighted"],
        "sharpened": guinier["ln_sharpened"],
    }
    return _by_s_squared(guinier["s_squared_per_angstrom_squared"], lines)


def _wilson(plot: dict[str, Any]) -> Chart | None:
    given = {"before": plot["ln_before"], "after": plot["ln_after"]}
    lines: dict[str, Numbers] = {name: _above_rounding(v) for name, v in given.items()}
    return _by_s_squared(plot["s_squared_per_angstrom_squared"], lines)


def _above_rounding(values: Numbers) -> Numbers:
    """Return logarithms of amplitudes without those that are rounding errors of the largest.

    Coefficients of a crystal may begin far from the origin: the map has nothing there.
    """
    largest = max((value for value in values if value is not None), default=0.0)
    return [None if v is None or v < largest + _LN_ROUNDING else v for v in values]


def _directions(result: dict[str, Any]) -> Chart | None:
    scale = result["directional_scale"]
    lines = dict(zip(scale["names"], scale["scale"], strict=True))
    if len(lines) > 1 and all(_are_alike(line, scale["scale"][0]) for line in scale["scale"]):
        lines = {"all directions": scale["scale"][0]}  # of curves on each other one is seen
    return _by_resolution(result["shells"]["s_per_angstrom"], lines, "factor")


def _are_alike(one: Numbers, other: Numbers) -> bool:
    """Whether two curves differ by rounding alone."""
    return all(
        a == b or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-9))
        for a, b in zip(one, other, strict=True)
    )


def _modification(modification: dict[str, Any]) -> Chart | None:
    """Return how maps before and after correlate with the molecule, where there is signal."""
    shells = modification["shells"]
    known = [share is not None and share > 0 for share in shells["signal_share"]]
    lines: dict[str, Numbers] = {
        name: [v if is_known else None for v, is_known in zip(shells[key], known, strict=True)]
        for key, name in (
            ("correlation_before", "sharpened map"),
            ("correlation_after", "modified map"),
        )
    }
    return _correlations(shells["s_per_angstrom"], lines, "correlation with the density")


def _trials(result: dict[str, Any]) -> Chart | None:
    name = str(result["options"]["score"]["sharpening_target"])
    points = [
        (trial["b_sharpen_angstrom_squared"], trial["scores"][name], place)
        for place, trial in enumerate(result["trials"])
        if trial["b_sharpen_angstrom_squared"] is not None
        and (trial["scores"] or {}).get(name) is not None
    ]
    if not points:
        return None
    chosen = result["chosen_trial"]
    chart = _frame("b_sharpen (Å²)", name.replace("_", " "))
    chart["series"] = [
        {
            "type": "scatter",
            "name": series,
            "symbolSize": size,
            "data": [[round(b, 3), y] for b, y, place in points if (place == chosen) is is_chosen],
        }
        for series, size, is_chosen in (("trial", 9, False), ("chosen", 15, True))
    ]
    chart["yAxis"]["scale"] = True
    return chart


def _correlations(s: Numbers, lines: dict[str, Numbers], heading: str) -> Chart | None:
    """Return lines by resolution, from a round number below the lowest, at most 0, to 1."""
    chart = _by_resolution(s, lines, heading)
    if chart is not None:
        lowest = min(y for line in chart["series"] for _, y in line["data"])
        chart["yAxis"] |= {"min": min(0.0, math.floor(lowest * 10) / 10), "max": 1}
    return chart


def _by_resolution(s: Numbers, lines: dict[str, Numbers], heading: str) -> Chart | None:
    chart = _lines(s, lines, "resolution (Å)", heading)
    if chart is not None:
        chart["xAxis"]["axisLabel"] = {":formatter": "v => v > 0 ? (1 / v).toFixed(1) : '∞'"}
        chart["tooltip"][":formatter"] = _tooltip("(1 / x).toFixed(2) + ' Å'")
    return chart


def _by_s_squared(s_squared: Numbers, lines: dict[str, Numbers]) -> Chart | None:
    chart = _lines(s_squared, lines, "1/d² (1/Å²)", "ln amplitude")
    if chart is not None:
        chart["yAxis"]["scale"] = True
        chart["tooltip"][":formatter"] = _tooltip("(1 / Math.sqrt(x)).toFixed(2) + ' Å'")
    return chart


def _tooltip(place: str) -> str:
    return (
        f"ps => {{ const x = ps[0].value[0]; return {place} + ps.map(p => '<br>' + p.marker + "
        "p.seriesName + ' <b>' + p.value[1].toPrecision(3) + '</b>').join(''); }"
    )


def _lines(x: Numbers, lines: dict[str, Numbers], x_heading: str, y_heading: str) -> Chart | None:
    series = []
    for name, y in lines.items():
        points = [[a, b] for a, b in zip(x, y, strict=True) if a is not None and b is not None]
        if points:
            series.append({"type": "line", "name": name, "showSymbol": False, "data": points})
    if not series:
        return None
    chart = _frame(x_heading, y_heading)
    chart["series"] = series
    chart["legend"] = {
        "top": 0,
        "icon": "roundRect",
        "itemHeight": 3,
        "itemWidth": 16,
        "itemGap": 8,
        "textStyle": {"color": "#7b8a96", "fontSize": 11},
    }
    if len(series) > _ONE_LINE_OF_NAMES:
        chart["grid"]["top"] += 18
    chart["tooltip"]["trigger"] = "axis"
    return chart


def _frame(x_heading: str, y_heading: str) -> Chart:
    axis = {
        "type": "value",
        "nameLocation": "middle",
        "nameTextStyle": {"color": "#7b8a96"},
        "axisLabel": {"color": "#7b8a96"},
        "splitLine": {"lineStyle": {"color": "rgba(127,140,150,0.18)"}},
    }
    return {
        "color": _COLOURS,
        "animation": False,
        "aria": {"enabled": True},
        "textStyle": {"fontFamily": "inherit"},
        "grid": {"left": 62, "right": 18, "top": 34, "bottom": 46},
        "tooltip": {"confine": True},
        "xAxis": {**axis, "name": x_heading, "nameGap": 28},
        "yAxis": {**axis, "name": y_heading, "nameGap": 44},
        "series": [],
    }
