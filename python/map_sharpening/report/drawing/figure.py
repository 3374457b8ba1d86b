"""A picture with one pair of axes or several, and a legend."""

from __future__ import annotations

import math
from html import escape

from map_sharpening.report.drawing import marks
from map_sharpening.report.drawing.axes import INK, SMALL, SvgAxes

ROW = 15.0  #: height of a legend's row, points
_POINTS = 72.0  #: per inch
_SAMPLE, _GAP, _BETWEEN = 20.0, 5.0, 11.0  #: of a legend, points


class SvgFigure:
    """A picture of a size in inches."""

    def __init__(self, width: float, height: float) -> None:
        self.width = width * _POINTS
        self.height = height * _POINTS
        self.axes: list[SvgAxes] = []
        self._legends: list[str] = []

    def add(self, left: float, top: float, right: float, bottom: float) -> SvgAxes:
        """Return new axes with these margins to the picture's edges, inches."""
        axes = SvgAxes(
            left * _POINTS,
            top * _POINTS,
            self.width - (left + right) * _POINTS,
            self.height - (top + bottom) * _POINTS,
        )
        self.axes.append(axes)
        return axes

    def legend(self, axes: SvgAxes, columns: int, *, bottom: float) -> int:
        """Draw the legend of some axes in the middle of the picture's width; return its rows.

        Parameters
        ----------
        columns : int
            At most; fewer where names are long.
        bottom : float
            Distance of the last row's middle from the picture's lower edge, points.
        """
        entries = axes.entries()
        for n_columns in range(min(columns, len(entries)), 0, -1):
            n_rows = math.ceil(len(entries) / n_columns)
            parts = [entries[i : i + n_rows] for i in range(0, len(entries), n_rows)]
            widths = [
                _SAMPLE + _GAP + max(marks.text_width(name, SMALL) for name, _ in part)
                for part in parts
            ]
            width = sum(widths) + _BETWEEN * (len(parts) - 1)
            if width <= self.width or n_columns == 1:
                self._legends.append(self._drawn(parts, widths, width, bottom))
                return n_rows
        return 0

    def legend_inside(self, axes: SvgAxes) -> None:
        """Draw the legend of some axes in their upper right corner, a row for each name."""
        for i, (name, sample) in enumerate(axes.entries()):
            y, right = axes.top + (i + 0.6) * ROW, axes.left + axes.width - 4
            left = right - marks.text_width(name, SMALL) - _GAP
            drawn = sample(left - _SAMPLE, left, y)
            self._legends.append(drawn + marks.text(right, y + 3.2, name, SMALL, INK, "end"))

    def _drawn(self, parts: list[list[tuple[str, marks.Sample]]], widths: list[float],
               width: float, bottom: float) -> str:  # fmt: skip
        n_rows = max(map(len, parts))
        left, drawn = max((self.width - width) / 2, 2.0), ""
        for part, column in zip(parts, widths, strict=True):
            for i, (name, sample) in enumerate(part):
                y = self.height - bottom - (n_rows - 1 - i) * ROW
                drawn += sample(left, left + _SAMPLE, y)
                drawn += marks.text(left + _SAMPLE + _GAP, y + 3.2, name, SMALL, INK)
            left += column + _BETWEEN
        return drawn

    def svg(self, name: str, description: str) -> str:
        """Return an inline SVG element whose identifiers start with `name`."""
        drawn = "".join(
            element for i, axes in enumerate(self.axes) for element in axes.svg(f"{name}-clip{i}")
        )
        return (
            f'<svg class="plot" role="img" aria-label="{escape(description, quote=True)}" '
            f'viewBox="0 0 {self.width:g} {self.height:g}" xmlns="http://www.w3.org/2000/svg">'
            f"{drawn}{''.join(self._legends)}</svg>"
        )
