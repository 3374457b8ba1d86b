"""What all plots share: style, colours, axes in Å, and the way to an SVG picture."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from map_sharpening.maps.arrays import FloatArray

Pixels = npt.NDArray[np.uint8]

# Okabe & Ito's colours, which colour-blind readers tell apart.
BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
YELLOW, BLUE, VERMILION, PURPLE = "#f0e442", "#0072b2", "#d55e00", "#cc79a7"
INK, FAINT = "#33393f", "#9aa3ab"
# In this order they also grow lighter, for print in grey.
_COLOUR_MAP = "viridis"
_GREY = "#d5dade"  #: where there is nothing to colour

PLOT_STYLE: Any = {
    "svg.hashsalt": "map_sharpening",
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e8eb",
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "axes.axisbelow": True,
}
FIGURE_SIZE = (5.6, 3.9)  #: inches
# Around the curves of a plot, inches.
_LEFT, _RIGHT, _TOP, _BOTTOM, _LEGEND_ROW = 0.8, 0.16, 0.52, 0.58, 0.21
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# Resolutions that read well on an axis, the most welcome first.
_TICKS_D = (
    10, 5, 4, 3, 2.5, 2, 20, 1.5, 7, 1.2, 1, 3.5, 6, 50, 8, 30, 15, 4.5, 2.2, 1.8, 2.8, 1.3, 100,
)  # fmt: skip


def new_figure() -> tuple[Figure, Axes]:
    """Return a figure of the size that all single plots have, and its axes."""
    figure = Figure(figsize=FIGURE_SIZE, layout="constrained")
    return figure, figure.subplots()


def colours_of(values: npt.NDArray[Any], low: float, high: float) -> Pixels:
    """Return red, green and blue of each value, from `low` (dark) to `high` (light).

    What is no number is grey.
    """
    span = high - low if high > low else 1.0
    table = matplotlib.colormaps[_COLOUR_MAP].with_extremes(bad=_GREY)
    scaled = np.ma.masked_invalid((values - low) / span)
    return np.asarray(table(scaled, bytes=True)[..., :3], dtype=np.uint8)


def known_points(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the points of a curve at which both coordinates are numbers."""
    known = np.isfinite(x) & np.isfinite(y)
    return x[known], y[known]


def axis_end(values: FloatArray) -> float:
    """Return where an axis from 0 ends to show all values; 1 if there are none."""
    known = values[np.isfinite(values)]
    return float(known.max()) * 1.02 if known.size and known.max() > 0 else 1.0


def limit_y(axes: Axes, curves: Sequence[FloatArray]) -> None:
    """Leave out the deep fall of the curves beyond the resolution."""
    values = np.concatenate([curve[np.isfinite(curve)] for curve in curves])
    if values.size:
        low, high = np.percentile(values, [2, 100])
        pad = 0.06 * (high - low) + 1e-6
        axes.set_ylim(float(low - pad), float(high + pad))


def resolution_axis(axes: Axes, *, squared: bool) -> None:
    """Name the axis along 1/d, or 1/d², and add one in Å on top."""
    power = 2 if squared else 1
    low, high = axes.get_xlim()
    places: list[float] = []
    chosen: list[float] = []
    for d in _TICKS_D:
        place = float(d) ** -power
        if low < place < high and all(abs(place - p) > 0.075 * (high - low) for p in places):
            places.append(place)
            chosen.append(d)
    axes.set_xlabel("1/d² (Å⁻²)" if squared else "1/d (Å⁻¹)")
    top = axes.secondary_xaxis("top")
    top.set_xticks(places, labels=[f"{d:g}" for d in chosen])
    top.set_xlabel("d (Å)")


def between(left: str, name: str, right: str) -> str:
    """Return an axis's name between what its two directions mean."""
    wide = "\N{EM SPACE}"  # SVG makes one of several common spaces
    return f"← {left}{wide}{name}{wide}{right} →"


def legend_below(
    figure: Figure,
    axes: Axes,
    columns: int,
    place: Literal["outside lower center", "lower center"] = "outside lower center",
) -> int:
    """Put the legend of `axes` under the figure; return its number of rows."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc=place, ncols=columns, handlelength=2.2, columnspacing=1.4)
    return math.ceil(len(labels) / columns)


def _legend_under_margins(figure: Figure, axes: Axes, columns: int) -> None:
    """Put the legend of `axes` under the figure, and margins for it and the axes' names."""
    width, height = FIGURE_SIZE
    rows = legend_below(figure, axes, columns, place="lower center")
    figure.subplots_adjust(
        left=_LEFT / width,
        right=1 - _RIGHT / width,
        top=1 - _TOP / height,
        bottom=(_BOTTOM + rows * _LEGEND_ROW) / height,
    )


def powers_of_ten(axes: Axes) -> None:
    """Make the axis along y logarithmic, its numbers set in plain letters.

    To set a formula takes longer than to draw all else.
    """
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(_power_of_ten))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _power_of_ten(value: float, position: int | None = None) -> str:
    exponent = round(math.log10(value)) if value > 0 else None
    if exponent is None or not math.isclose(value, 10.0**exponent, rel_tol=1e-6):
        return f"{value:g}"
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def svg_of(figure: Figure, name: str, description: str) -> str:
    """Return a figure as an inline SVG element whose identifiers start with `name`."""
    stream = io.BytesIO()
    figure.savefig(
        stream,
        format="svg",
        metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
    )
    text = stream.getvalue().decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    # Several pictures share one page: their identifiers must not meet.
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    label = escape(description, quote=True)
    return re.sub(
        r'<svg ([^>]*?)width="[^"]*"',
        rf'<svg class="plot" role="img" aria-label="{label}" \1',
        re.sub(r'(<svg [^>]*?)height="[^"]*" ?', r"\1", text, count=1),
        count=1,
    )


@dataclass(frozen=True)
class Curve:
    """How one curve is drawn."""

    values: FloatArray
    name: str
    colour: str
    width: float = 1.6
    dashes: str = "-"
    marker: str = ""


@dataclass(frozen=True, kw_only=True)
class CurvePlot:
    """Curves over 1/d, or 1/d², each where it is known; drawn for a report, or for Python."""

    name: str  #: for identifiers
    description: str  #: for readers who can't see it
    x: FloatArray  #: 1/Å; 1/Å² where `squared`
    curves: Sequence[Curve]  #: those without a single value are left out
    y_label: str  #: what the curves are
    squared: bool = False  #: whether the axis is 1/d²
    thresholds: Sequence[float] = ()  #: levels to mark
    #: Where a curve falls below a threshold (Å), if it does, and the threshold.
    crossing: tuple[float | None, float] | None = None
    resolution: float | None = None  #: Å, as given, to mark
    #: Adds what is special to a plot, and sets its limits along y.
    finish: Callable[[Axes], object] | None = None
    legend_columns: int = 2

    def svg(self) -> str:
        """Return the plot as an SVG element."""
        with matplotlib.rc_context(PLOT_STYLE):
            # Margins that suit all curves: to measure them takes as long as to draw them.
            figure = Figure(figsize=FIGURE_SIZE)
            axes = figure.subplots()
            self.draw(axes)
            _legend_under_margins(figure, axes, self.legend_columns)
            return svg_of(figure, self.name, self.description)

    def draw(self, axes: Axes) -> None:
        """Draw all but the legend."""
        power = 2 if self.squared else 1
        for value in self.thresholds:
            _mark_threshold(axes, value)
        for curve in self.curves:
            if np.isfinite(curve.values).any():
                axes.plot(
                    *known_points(self.x, curve.values),
                    color=curve.colour,
                    linewidth=curve.width,
                    linestyle=curve.dashes,
                    marker=curve.marker,
                    markersize=3.2,
                    label=curve.name,
                )
        if self.crossing is not None and self.crossing[0] is not None:
            axes.plot(
                [self.crossing[0] ** -power],
                [self.crossing[1]],
                "o",
                color=BLUE,
                markersize=6,
                markeredgecolor="white",
                label=f"{self.crossing[0]:.2f} Å at {self.crossing[1]:g}",
            )
        if self.resolution is not None:
            label = f"resolution given, {self.resolution:.2f} Å"
            axes.axvline(self.resolution**-power, color=PURPLE, linewidth=1.2, label=label)
        if self.finish is not None:
            self.finish(axes)
        axes.set_xlim(0, axis_end(self.x))
        axes.set_ylabel(self.y_label)
        resolution_axis(axes, squared=self.squared)


def _mark_threshold(axes: Axes, value: float) -> None:
    axes.axhline(value, color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        f"{value:g}",
        (1, value),
        (-2, 3),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        fontsize=9,
        color=INK,
    )


def limit_correlations(axes: Axes, *curves: FloatArray) -> None:
    """Show correlations from the lowest, or a little below 0, to 1."""
    values = np.concatenate([curve[np.isfinite(curve)] for curve in curves])
    axes.set_ylim(max(min(-0.05, values.min(initial=0.0)) - 0.03, -0.5), 1.05)
