"""Plots as SVG: all of it is inside the picture, curves lie where their values are."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from map_sharpening.report.drawing import SvgFigure, marks
from map_sharpening.report.drawing.ticks import (
    linear_ticks,
    logarithmic_ticks,
    number_or_power,
)
from map_sharpening.report.parts import figures

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> list[tuple[str, float, float, float]]:
    """Return each level text with its left end, right end and height."""
    found = []
    for element in ElementTree.fromstring(picture).iter(f"{SVG}text"):
        if "transform" in element.attrib:
            continue
        width = marks.text_width(element.text, float(element.get("font-size")))
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor")]
        left = float(element.get("x")) - shift * width
        found.append((element.text, left, left + width, float(element.get("y"))))
    return found


def points(picture: str, colour: str) -> np.ndarray:
    """Return the points of the longest line of a colour."""
    lines = [
        element.get("d")
        for element in ElementTree.fromstring(picture).iter(f"{SVG}path")
        if element.get("stroke") == colour
    ]
    return np.array(re.findall(r"[ML]([-\d.]+) ([-\d.]+)", max(lines, key=len)), float)


def curve_plot(curves: list[figures.Curve], x: np.ndarray, **others) -> figures.CurvePlot:
    named = {"name": "n", "description": "d", "y_label": "what is drawn", "resolution": 3}
    return figures.CurvePlot(x=x, curves=curves, **{**named, **others})


@pytest.mark.parametrize("n_curves", [1, 4, 9])
@pytest.mark.parametrize("height", [1e-7, 1.0, 12345.0, 1e10])
def test_names_numbers_and_legend_lie_in_the_picture_and_apart(
    n_curves: int, height: float
) -> None:
    x = np.linspace(0.0, 0.5, 20)
    curves = [
        figures.Curve(height * np.exp(-40 * x * (i + 1)), f"curve {i}", figures.BLUE)
        for i in range(n_curves)
    ]
    finish = figures.powers_of_ten if height > 1e5 else None
    picture = curve_plot(curves, x, finish=finish, legend_columns=3).svg()
    width, bottom = figures.FIGURE_SIZE[0] * 72, figures.FIGURE_SIZE[1] * 72
    found = texts(picture)
    assert {f"curve {i}" for i in range(n_curves)} <= {text for text, *_ in found}
    for text, left, right, y in found:
        assert left >= 0, text
        assert right <= width, text
        assert 8 < y <= bottom - 2, text
    name_y = next(y for text, _, _, y in found if text == "1/d (Å⁻¹)")
    assert all(y > name_y + 9 for text, _, _, y in found if text.startswith("curve "))


def test_a_curve_lies_where_its_values_are() -> None:
    x = np.linspace(0.0, 1.0, 11)
    figure = SvgFigure(4, 3)
    axes = figure.add(1, 0.5, 0.5, 0.5)
    axes.plot(x, 10 * x**2, color="#123456")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 10)
    drawn = points(figure.svg("n", "d"), "#123456")
    np.testing.assert_allclose(drawn[:, 0], 72 + x * 180, atol=0.006)
    np.testing.assert_allclose(drawn[:, 1], 36 + (1 - x**2) * 144, atol=0.006)


def test_a_curve_on_a_logarithmic_axis_lies_where_its_logarithms_are() -> None:
    x = np.arange(5.0)
    figure = SvgFigure(4, 3)
    axes = figure.add(1, 0.5, 0.5, 0.5)
    axes.plot(x, 10.0**x, color="#123456")
    figures.powers_of_ten(axes)
    axes.set_ylim(1, 1e4)
    picture = figure.svg("n", "d")
    np.testing.assert_allclose(
        points(picture, "#123456")[:, 1], 36 + 144 * (1 - x / 4), atol=0.006
    )
    assert {"10⁰", "10¹", "10²", "10³", "10⁴"} <= {text for text, *_ in texts(picture)}


def test_limits_are_those_of_matplotlib() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=20), rng.normal(size=20)
    ours, theirs = SvgFigure(4, 3).add(1, 1, 1, 1), Figure().subplots()
    for axes in (ours, theirs):
        axes.plot(x, y, color="#123456")
        axes.axhline(3.0, color="#123456")
        axes.set_xlim(-5)
    assert ours.get_xlim() == pytest.approx(theirs.get_xlim())
    assert ours.get_ylim() == pytest.approx(theirs.get_ylim())


def test_what_is_no_number_leaves_a_gap() -> None:
    drawn = marks.path(np.arange(5.0), np.array([1, 2, np.nan, 4, 5]), "")
    assert drawn == '<path d="M0.00 1.00L1.00 2.00M3.00 4.00L4.00 5.00" />'


@pytest.mark.parametrize(
    ("low", "high", "labels", "factor"),
    [
        (0.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"], ""),
        (-1.2, 0.3, ["−1.0", "−0.5", "0.0"], ""),
        (0.0, 12.0, ["0.0", "2.5", "5.0", "7.5", "10.0"], ""),
        (0.0, 5e6, ["0", "1", "2", "3", "4", "5"], "×10⁶"),
        (0.0, 5e-7, ["0", "1", "2", "3", "4", "5"], "×10⁻⁷"),
        (100.0, 100.4, ["100.0", "100.1", "100.2", "100.3", "100.4"], ""),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, labels: list[str], factor: str) -> None:
    ticks = linear_ticks(low, high, 5)
    assert (list(ticks.labels), ticks.factor) == (labels, factor)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.5, 2e3, ["10⁰", "10¹", "10²", "10³"]),
        (1e-12, 1e12, [f"1e{e}" for e in range(-12, 13, 3)]),
        (1.5, 8.0, ["2", "5"]),
    ],
)
def test_ticks_of_powers_are_few(low: float, high: float, labels: list[str]) -> None:
    wanted = [number_or_power(float(label)) if "e" in label else label for label in labels]
    assert list(logarithmic_ticks(low, high).labels) == wanted


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "10⁰"), (1e-3, "10⁻³"), (1e12, "10¹²"), (20.0, "20"), (0.0, "0")]
)
def test_powers_of_ten_are_set_in_plain_letters(value: float, text: str) -> None:
    axes = Figure().subplots()
    figures.powers_of_ten(axes)
    assert axes.get_yscale() == "log"
    assert axes.yaxis.get_major_formatter()(value) == text
    assert number_or_power(value) == text


def test_a_legend_of_long_names_has_fewer_columns() -> None:
    x = np.linspace(0.0, 0.5, 20)
    curves = [figures.Curve(x, f"a name that is long, number {i}", figures.BLUE) for i in range(4)]
    picture = curve_plot(curves, x, legend_columns=4).svg()
    lefts = [left for text, left, *_ in texts(picture) if text.startswith("a name")]
    assert len({round(left) for left in lefts}) == 2


def test_a_mark_at_the_edge_is_drawn_whole_and_curves_are_cut_off() -> None:
    figure = SvgFigure(4, 3)
    axes = figure.add(1, 1, 1, 1)
    axes.plot([0.0, 1.0], [0.0, 9.0], color="#111111")
    axes.plot([0.5], [1.0], "o", color="#222222")
    axes.set_ylim(0, 1)
    root = ElementTree.fromstring(figure.svg("n", "d"))
    (group,) = root.findall(f"{SVG}g")
    assert group.get("clip-path") == "url(#n-clip0)"
    assert root.find(f"{SVG}clipPath").get("id") == "n-clip0"
    assert [e.get("stroke") for e in group.iter(f"{SVG}path")] == ["#111111"]
    assert len(root.findall(f"{SVG}circle")) == 1


def test_values_and_texts_that_look_like_marks_are_escaped() -> None:
    figure = SvgFigure(4, 3)
    axes = figure.add(1, 1, 1, 1)
    axes.plot([0.0, 1.0], [0.0, 1.0], color="#111111", label="<b>&")
    figure.legend(axes, 1, bottom=10)
    root = ElementTree.fromstring(figure.svg("n", '"<x>'))
    assert root.get("aria-label") == '"<x>'
    assert "<b>&" in {element.text for element in root.iter(f"{SVG}text")}


def test_colours_are_those_of_viridis() -> None:
    values = np.linspace(2.0, 4.0, 256)
    wanted = matplotlib.colormaps["viridis"](np.arange(256), bytes=True)[:, :3].astype(int)
    found = figures.colours_of(values, 2.0, 4.0).astype(int)
    assert np.abs(found - wanted).max() <= 1
    beyond = figures.colours_of(np.array([-9.0, 99.0, np.nan]), 2.0, 4.0).astype(int)
    np.testing.assert_array_equal(beyond, [found[0], found[-1], [0xD5, 0xDA, 0xDE]])
