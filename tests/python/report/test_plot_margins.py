"""Plots of curves: all of it is inside the picture, and powers of ten read as such."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from map_sharpening.report.parts import figures


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Figures that were drawn, last one last."""
    seen: list[Figure] = []

    def keep(figure: Figure, name: str, description: str) -> str:
        seen.append(figure)
        return name

    monkeypatch.setattr(figures, "svg_of", keep)
    return seen


@pytest.mark.parametrize("n_curves", [1, 4, 9])
@pytest.mark.parametrize("height", [1.0, 12345.0, 1e10])
def test_axes_names_and_legend_fit_into_the_picture(
    drawn: list[Figure], n_curves: int, height: float
) -> None:
    x = np.linspace(0.0, 0.5, 20)
    curves = [
        figures.Curve(height * np.exp(-40 * x * (i + 1)), f"curve {i}", figures.BLUE)
        for i in range(n_curves)
    ]
    finish = figures.powers_of_ten if height > 1e5 else None
    figures.CurvePlot(
        name="n",
        description="d",
        x=x,
        curves=curves,
        y_label="what is drawn",
        resolution=3,
        finish=finish,
        legend_columns=3,
    ).svg()
    with figures.matplotlib.rc_context(figures.PLOT_STYLE):
        box = drawn[-1].get_tightbbox()
        (axes,) = drawn[-1].axes
        names = axes.get_tightbbox().transformed(drawn[-1].dpi_scale_trans.inverted())
        legend = drawn[-1].legends[0].get_window_extent()
        legend = legend.transformed(drawn[-1].dpi_scale_trans.inverted())
    width, height = figures.FIGURE_SIZE
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= width
    assert box.y1 <= height
    assert legend.y1 < names.y0 + 0.03


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "10⁰"), (1e-3, "10⁻³"), (1e12, "10¹²"), (20.0, "20"), (0.0, "0")]
)
def test_powers_of_ten_are_set_in_plain_letters(value: float, text: str) -> None:
    figure = Figure()
    axes = figure.subplots()
    figures.powers_of_ten(axes)
    assert axes.get_yscale() == "log"
    assert axes.yaxis.get_major_formatter()(value) == text
