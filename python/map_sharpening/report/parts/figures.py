"""What all plots share: style, colours, axes in Å, and the way to an SVG picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import FloatArray, percentiles
from map_sharpening.methods.shared.option_groups import GIVEN
from map_sharpening.report.drawing import Axes, SvgAxes, SvgFigure
from map_sharpening.report.drawing.axes import FAINT as FAINT
from map_sharpening.report.drawing.axes import INK as INK
from map_sharpening.report.drawing.figure import ROW
from map_sharpening.report.drawing.ticks import number_or_power

Pixels = npt.NDArray[np.uint8]

# Okabe & Ito's colours, which colour-blind readers can distinguish.
BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
BLUE, VERMILION, PURPLE = "#0072b2", "#d55e00", "#cc79a7"
NOWHERE = (0xD5, 0xDA, 0xDE)  #: where there is nothing to colour
#: Viridis of S. van der Walt and N. Smith (CC0), which grows lighter too, for print in grey.
VIRIDIS = (
    0x440154, 0x45085B, 0x470F62, 0x471669, 0x481D6F, 0x482374, 0x472A79, 0x46307D, 0x453681,
    0x433C84, 0x414286, 0x3E4888, 0x3C4D8A, 0x3A538B, 0x37588C, 0x355D8C, 0x32628D, 0x30678D,
    0x2E6C8E, 0x2C718E, 0x2A768E, 0x287A8E, 0x267F8E, 0x24848D, 0x23898D, 0x218D8C, 0x1F928C,
    0x1E978A, 0x1E9B89, 0x1EA087, 0x20A585, 0x23A982, 0x28AE7F, 0x2EB27C, 0x35B778, 0x3DBB74,
    0x45BF6F, 0x4FC369, 0x59C764, 0x64CB5D, 0x70CE56, 0x7CD24F, 0x88D547, 0x95D73F, 0xA2DA37,
    0xAFDC2E, 0xBDDE26, 0xCAE01E, 0xD7E219, 0xE4E318, 0xF1E51C, 0xFDE724,
)  # fmt: skip

#: What makes plots of matplotlib look like those of the report.
PLOT_STYLE: Any = {
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
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.8, 0.16, 0.52, 0.56
# Resolutions that read well on an axis, the most welcome first.
_TICKS_D = (
    10, 5, 4, 3, 2.5, 2, 20, 1.5, 7, 1.2, 1, 3.5, 6, 50, 8, 30, 15, 4.5, 2.2, 1.8, 2.8, 1.3, 100,
)  # fmt: skip


def new_figure() -> tuple[SvgFigure, SvgAxes]:
    """Return a figure of the size that all single plots have, and its axes."""
    figure = SvgFigure(*FIGURE_SIZE)
    return figure, figure.add(_LEFT, _TOP, _RIGHT, _BOTTOM)


def colours_of(values: npt.NDArray[Any], low: float, high: float) -> Pixels:
    """Return red, green and blue of each value, from `low` (dark) to `high` (light).

    What is no number is grey.
    """
    span = high - low if high > low else 1.0
    is_known = np.isfinite(values)
    scaled = np.clip((np.where(is_known, values, low) - low) / span, 0, 1)
    table = np.array([[code >> 16, code >> 8 & 255, code & 255] for code in VIRIDIS], float)
    at = np.linspace(0, 1, len(table))
    shades = np.stack([np.interp(scaled, at, table[:, i]) for i in range(3)], axis=-1)
    return np.where(is_known[..., None], np.rint(shades), NOWHERE).astype(np.uint8)


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
        low, high = percentiles(values, (2, 100))
        pad = 0.06 * (high - low) + 1e-6
        axes.set_ylim(low - pad, high + pad)


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


def with_legend_below(figure: SvgFigure, axes: SvgAxes, columns: int) -> None:
    """Put the legend of the lowest axes, or of those above, under them, and shorten all by it."""
    n_rows = figure.legend(axes, columns, bottom=0.75 * ROW)
    for i, each in enumerate(reversed(figure.axes)):
        each.height -= n_rows * ROW / len(figure.axes)
        each.top -= n_rows * ROW * (len(figure.axes) - 1 - i) / len(figure.axes)


def powers_of_ten(axes: Axes) -> None:
    """Make the axis along y logarithmic, its numbers set in plain letters."""
    axes.set_yscale("log")
    if not isinstance(axes, SvgAxes):
        from matplotlib.ticker import FuncFormatter, NullFormatter

        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number_or_power(value)))
        axes.yaxis.set_minor_formatter(NullFormatter())


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
    resolution: float | None = None  #: Å, nominal, to mark
    resolution_how: str = GIVEN  #: or where it was found
    #: Adds what is special to a plot, and sets its limits along y.
    finish: Callable[[Axes], object] | None = None
    legend_columns: int = 2

    def svg(self) -> str:
        """Return the plot as an SVG element."""
        figure, axes = new_figure()
        self.draw(axes)
        with_legend_below(figure, axes, self.legend_columns)
        return figure.svg(self.name, self.description)

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
            how = "given" if self.resolution_how == GIVEN else "found"
            label = f"resolution {how}, {self.resolution:.2f} Å"
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
