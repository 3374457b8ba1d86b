"""The axes of a plot, with the part of matplotlib's interface that our plots use.

What draws a plot for the report draws it for Python too, there on axes of matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.report.drawing import marks
from map_sharpening.report.drawing.ticks import Ticks, linear_ticks, logarithmic_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes as MatplotlibAxes

INK, FAINT, _GRID = "#33393f", "#9aa3ab", "#e4e8eb"
SIZE, SMALL = 10.0, 9.0  #: of letters, points
_TICK = 3.5  #: points long
_MARGIN = 0.05  #: of the data's range, where limits aren't given
_ABOVE_BARS = 0.05
_TICK_SPACE_X, _TICK_SPACE_Y = 3.0, 2.0  #: least distance between ticks, heights of letters
_MOST_STEPS = 9


#: What plots are drawn on: our own axes, or matplotlib's.
Axes: TypeAlias = "SvgAxes | MatplotlibAxes"


@dataclass
class Spine:
    """One edge of the axes."""

    is_visible: bool = True

    def set_visible(self, visible: bool) -> None:
        """Draw it, or not."""
        self.is_visible = visible


@dataclass
class TopAxis:
    """A second axis along x, above."""

    function: Callable[[Any], Any] | None = None  #: from the lower axis to this one, linear
    label: str = ""
    ticks: Ticks | None = None  #: at places of the lower axis

    def set_xticks(self, places: Sequence[float], labels: Sequence[str]) -> None:
        """Put ticks at places of the lower axis."""
        self.ticks = Ticks(tuple(places), tuple(labels))

    def set_xlabel(self, label: str) -> None:
        """Name the axis."""
        self.label = label


@dataclass
class _Mark:
    """What is drawn in the axes: a line or points."""

    kind: str  #: curve, across (a horizontal line), up (a vertical one), band
    x: FloatArray
    y: FloatArray
    style: dict[str, Any]


@dataclass
class SvgAxes:
    """Axes with a place in a figure: left, top, width and height in points."""

    left: float
    top: float
    width: float
    height: float
    has_x_numbers: bool = True
    x_ticks: Ticks | None = None
    y_ticks: Ticks | None = None
    spines: dict[str, Spine] = field(default_factory=lambda: {"top": Spine()})
    _marks: list[_Mark] = field(default_factory=list)
    _bars: list[tuple[FloatArray, FloatArray, float, list[str], str]] = field(default_factory=list)
    _notes: list[tuple[str, float]] = field(default_factory=list)
    _x_given: list[float | None] = field(default_factory=lambda: [None, None])
    _y_given: list[float | None] = field(default_factory=lambda: [None, None])
    _labels: list[str] = field(default_factory=lambda: ["", ""])
    _top_axis: TopAxis | None = None
    _is_logarithmic: bool = False

    def plot(self, x: Any, y: Any, shape: str = "", /, **style: Any) -> None:
        """Draw a curve; with a shape after its points, these alone."""
        if shape:
            style |= {"marker": shape, "linestyle": "none"}
        self._add("curve", x, y, style)

    def axhline(self, y: float, **style: Any) -> None:
        """Draw a line from left to right."""
        self._add("across", [np.nan], [y], style)

    def axvline(self, x: float, **style: Any) -> None:
        """Draw a line from bottom to top."""
        self._add("up", [x], [np.nan], style)

    def axvspan(self, xmin: float, xmax: float, **style: Any) -> None:
        """Colour a range of x."""
        self._add("band", [xmin, xmax], [np.nan, np.nan], style)

    def bar(self, middles: FloatArray, heights: FloatArray, width: float, colours: list[str],
            edge: str = "none") -> None:  # fmt: skip
        """Draw bars that stand on 0."""
        self._bars.append((middles, heights, width, colours, edge))

    def annotate(self, text: str, xy: tuple[float, float], *_: Any, **__: Any) -> None:
        """Write a text above a height, at the right edge."""
        self._notes.append((text, xy[1]))

    def set_xlim(self, left: float | None = None, right: float | None = None) -> None:
        """Set one limit or both."""
        _set(self._x_given, left, right)

    def set_ylim(self, bottom: float | None = None, top: float | None = None) -> None:
        """Set one limit or both."""
        _set(self._y_given, bottom, top)

    def get_xlim(self) -> tuple[float, float]:
        """Return the limits along x."""
        values = [mark.x for mark in self._marks if mark.kind != "across"]
        values += [middles for middles, *_ in self._bars]
        return _limits(values, self._x_given, is_logarithmic=False)

    def get_ylim(self) -> tuple[float, float]:
        """Return the limits along y."""
        values = [mark.y for mark in self._marks if mark.kind in ("curve", "across")]
        values += [np.append(heights * (1 + _ABOVE_BARS), 0.0) for _, heights, *_ in self._bars]
        given = [0.0, self._y_given[1]] if self._bars and not values[:-1] else self._y_given
        return _limits(values, given, is_logarithmic=self._is_logarithmic)

    def set_xlabel(self, xlabel: str) -> None:
        """Name the axis along x."""
        self._labels[0] = xlabel

    def set_ylabel(self, ylabel: str) -> None:
        """Name the axis along y."""
        self._labels[1] = ylabel

    def set_yscale(self, value: str) -> None:
        """Make the axis along y logarithmic: "log"."""
        self._is_logarithmic = value == "log"

    def secondary_xaxis(self, location: str, *, functions: Any = None) -> TopAxis:
        """Add an axis above."""
        self._top_axis = TopAxis(None if functions is None else functions[0])
        return self._top_axis

    def entries(self) -> list[tuple[str, marks.Sample]]:
        """Return what a legend says: names, and what draws their samples."""
        return [
            (str(mark.style["label"]), _sample_of(mark))
            for mark in self._marks
            if mark.style.get("label")
        ]

    def svg(self, clip: str) -> Iterator[str]:
        """Yield the elements; `clip` names what cuts curves off at the edges."""
        right, bottom = self.left + self.width, self.top + self.height
        yield (
            f'<clipPath id="{clip}">'
            f"{marks.rectangle(self.left, self.top, self.width, self.height, '')}</clipPath>"
        )
        x_ticks = self.x_ticks or self._linear_x_ticks(*self.get_xlim())
        y_ticks = self._y_ticks()
        for mark in self._marks:
            if mark.kind == "band":
                yield from self._drawn(mark)
        grid = marks.stroke(_GRID, 0.8, "-")
        if not self._bars or self.y_ticks is None:
            yield from (
                marks.line(x, self.top, x, bottom, grid) for x in self._across(x_ticks.places)
            )
            yield from (marks.line(self.left, y, right, y, grid) for y in self._up(y_ticks.places))
        yield f'<g clip-path="url(#{clip})">'
        for bars in self._bars:
            yield from self._drawn_bars(*bars)
        for mark in self._marks:
            if mark.kind != "band" and not _stands_out(mark):
                yield from self._drawn(mark)
        yield "</g>"
        for mark in self._marks:
            if _stands_out(mark):
                yield from self._drawn(mark)
        for content, height in self._notes:
            (y,) = self._up([height])
            yield marks.text(right - 2, y - 3, content, SMALL, INK, "end")
        yield from self._edges(x_ticks, y_ticks)

    def _add(self, kind: str, x: Any, y: Any, style: dict[str, Any]) -> None:
        of_x, of_y = (np.asarray(values, dtype=np.float64) for values in (x, y))
        self._marks.append(_Mark(kind, of_x, of_y, style))

    def _linear_x_ticks(self, low: float, high: float) -> Ticks:
        most = max(1, min(_MOST_STEPS, int(self.width / (_TICK_SPACE_X * SIZE))))
        return linear_ticks(low, high, most)

    def _y_ticks(self) -> Ticks:
        if self.y_ticks is not None:
            return self.y_ticks
        if self._is_logarithmic:
            return logarithmic_ticks(*self.get_ylim())
        most = max(1, min(_MOST_STEPS, int(self.height / (_TICK_SPACE_Y * SIZE))))
        return linear_ticks(*self.get_ylim(), most)

    def _x(self, x: FloatArray) -> FloatArray:
        low, high = self.get_xlim()
        return np.asarray(self.left + self.width * (x - low) / (high - low))

    def _y(self, y: FloatArray) -> FloatArray:
        low, high = self.get_ylim()
        if self._is_logarithmic:
            with np.errstate(divide="ignore", invalid="ignore"):
                y = np.where(y > 0, np.log10(y), np.nan)
            low, high = math.log10(low), math.log10(high)
        return np.asarray(self.top + self.height * (high - y) / (high - low))

    def _across(self, places: Sequence[float]) -> list[float]:
        return [float(x) for x in self._x(np.array(places, dtype=np.float64))]

    def _up(self, places: Sequence[float]) -> list[float]:
        return [float(y) for y in self._y(np.array(places, dtype=np.float64))]

    def _drawn(self, mark: _Mark) -> Iterator[str]:
        x, y, style = self._x(mark.x), self._y(mark.y), mark.style
        right, bottom = self.left + self.width, self.top + self.height
        if mark.kind == "band":
            low, high = (float(np.clip(edge, self.left, right)) for edge in x)
            fill = f'fill="{style["color"]}"'
            yield marks.rectangle(low, self.top, high - low, self.height, fill)
        elif mark.kind == "across":
            yield marks.line(self.left, float(y[0]), right, float(y[0]), _stroke_of(mark))
        elif mark.kind == "up":
            yield marks.line(float(x[0]), self.top, float(x[0]), bottom, _stroke_of(mark))
        else:
            if marks.has_line(style.get("linestyle", "-")):
                yield marks.path(x, y, _stroke_of(mark))
            if style.get("marker"):
                yield marks.markers(x, y, *_marker_of(mark))

    def _drawn_bars(self, middles: FloatArray, heights: FloatArray, width: float,
                    colours: list[str], edge: str) -> Iterator[str]:  # fmt: skip
        left, right = self._x(middles - width / 2), self._x(middles + width / 2)
        upper, zero = self._y(heights), float(self._y(np.zeros(1))[0])
        outline = f'stroke="{edge}" stroke-width="0.3"' if edge != "none" else ""
        for x1, x2, y, colour in zip(left, right, upper, colours, strict=True):
            yield marks.rectangle(x1, y, x2 - x1, zero - y, f'fill="{colour}" {outline}'.strip())

    def _edges(self, x_ticks: Ticks, y_ticks: Ticks) -> Iterator[str]:
        """Yield the lines around the curves, with ticks, numbers and names."""
        right, bottom = self.left + self.width, self.top + self.height
        middle = self.left + self.width / 2
        edge, dark = marks.stroke(FAINT, 0.8, "-"), marks.stroke(INK, 0.8, "-")
        yield marks.line(self.left, self.top, self.left, bottom, edge)
        yield marks.line(self.left, bottom, right, bottom, edge)
        for x, label in zip(self._across(x_ticks.places), x_ticks.labels, strict=True):
            yield marks.line(x, bottom, x, bottom + _TICK, dark)
            if self.has_x_numbers:
                yield marks.text(x, bottom + _TICK + 11, label, SIZE, INK, "middle")
        if self.has_x_numbers and self._labels[0]:
            yield marks.text(middle, bottom + 28, self._labels[0], SIZE, INK, "middle")
        for y, label in zip(self._up(y_ticks.places), y_ticks.labels, strict=True):
            yield marks.line(self.left - _TICK, y, self.left, y, dark)
            yield marks.text(self.left - _TICK - 3, y + 3.5, label, SIZE, INK, "end")
        thin = marks.stroke(INK, 0.6, "-")
        for y in self._up(y_ticks.minor):
            yield marks.line(self.left - 2, y, self.left, y, thin)
        if y_ticks.factor:
            yield marks.text(self.left, self.top - 4, y_ticks.factor, SMALL, INK)
        if x_ticks.factor and self.has_x_numbers:
            yield marks.text(right, bottom + 28, x_ticks.factor, SMALL, INK, "end")
        if self._labels[1]:
            widest = max((marks.text_width(t, SIZE) for t in y_ticks.labels), default=0.0)
            x, y = max(self.left - _TICK - widest - 9, 10.0), self.top + self.height / 2
            yield marks.text(x, y, self._labels[1], SIZE, INK, "middle", turn="-90")
        if self.spines["top"].is_visible:
            yield marks.line(self.left, self.top, right, self.top, edge)
        if self._top_axis is not None:
            yield from self._above(self._top_axis, dark)

    def _above(self, axis: TopAxis, stroke: str) -> Iterator[str]:
        ticks = axis.ticks
        if ticks is None and axis.function is not None:
            ticks = self._ticks_of_function(axis.function)
        if ticks is not None:
            for x, label in zip(self._across(ticks.places), ticks.labels, strict=True):
                yield marks.line(x, self.top - _TICK, x, self.top, stroke)
                yield marks.text(x, self.top - _TICK - 3, label, SIZE, INK, "middle")
        middle = self.left + self.width / 2
        yield marks.text(middle, self.top - 21, axis.label, SIZE, INK, "middle")

    def _ticks_of_function(self, function: Callable[[Any], Any]) -> Ticks:
        low, high = self.get_xlim()
        at_low, at_high = float(function(low)), float(function(high))
        there = self._linear_x_ticks(min(at_low, at_high), max(at_low, at_high))
        share = (np.array(there.places) - at_low) / (at_high - at_low)
        return Ticks(tuple((low + share * (high - low)).tolist()), there.labels)


def _set(limits: list[float | None], low: float | None, high: float | None) -> None:
    for i, value in enumerate((low, high)):
        if value is not None:
            limits[i] = float(value)


def _limits(
    values: Sequence[npt.NDArray[Any]], given: Sequence[float | None], *, is_logarithmic: bool
) -> tuple[float, float]:
    """Return limits as given, or those of the values with a margin."""
    every = np.concatenate([np.ravel(part) for part in values]) if values else np.zeros(0)
    known = every[np.isfinite(every) & ((every > 0) | (not is_logarithmic))]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.1, 1.0)
    if is_logarithmic:
        margin = (high / low) ** _MARGIN if high > low else 2.0
        low, high = low / margin, high * margin
    else:
        margin = _MARGIN * (high - low) if high > low else 0.5 * (abs(high) or 1.0)
        low, high = low - margin, high + margin
    low = low if given[0] is None else given[0]
    high = high if given[1] is None else given[1]
    if not high > low:  # a limit that was given lies beyond all values
        high = low + (abs(low) or 1.0)
    return low, high


def _stands_out(mark: _Mark) -> bool:
    """Say whether a mark is drawn whole, though it lies at an edge: a few points."""
    return mark.kind == "curve" and len(mark.x) == 1


def _stroke_of(mark: _Mark) -> str:
    style = mark.style
    return marks.stroke(style["color"], style.get("linewidth", 1.6), style.get("linestyle", "-"))


def _marker_of(mark: _Mark) -> tuple[str, float, str]:
    style = mark.style
    colour = style["color"]
    edge = style.get("markeredgecolor", colour)
    width = style.get("markeredgewidth", 1.0)
    attributes = f'fill="{colour}" stroke="{edge}" stroke-width="{width:g}"'
    return style["marker"], style.get("markersize", 6.0), attributes


def _sample_of(mark: _Mark) -> marks.Sample:
    def draw(left: float, right: float, y: float) -> str:
        if mark.kind == "band":
            return marks.rectangle(left, y - 3.5, right - left, 7, f'fill="{mark.style["color"]}"')
        parts = ""
        if marks.has_line(mark.style.get("linestyle", "-")):
            parts += marks.line(left, y, right, y, _stroke_of(mark))
        if mark.style.get("marker"):
            parts += marks.markers([(left + right) / 2], [y], *_marker_of(mark))
        return parts

    return draw
