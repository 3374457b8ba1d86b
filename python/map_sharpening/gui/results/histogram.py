"""The histogram of local resolution: a range that is dragged in it lights up in 3-D."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import events, ui

from map_sharpening.gui.results.plots import HISTOGRAM_MARGINS, Chart

_BRUSH = {"brushType": "lineX", "brushMode": "single"}


class Histogram:
    """Bars in which a range is dragged, and the same range as a slider, for the keyboard.

    Parameters
    ----------
    chart : Chart
        As `local_resolution_chart` makes it.
    changed : function of two floats
        Called with the ends of the range, in Å, whenever they change.
    """

    def __init__(self, chart: Chart, changed: Callable[[float, float], None]) -> None:
        self._options, self._changed = chart, changed
        self._ends = chart["xAxis"]["min"], chart["xAxis"]["max"]
        self._is_dragged = False

    def build(self) -> None:
        """Make both."""
        ui.label(
            "Drag a range in the histogram: the parts with that resolution light up."
        ).classes("quiet")
        self._chart = ui.echart(self._options).classes("w-full").style("height: 190px")
        self._chart.on("chart:finished", self._take_brush, args=[])
        self._chart.on("chart:brushEnd", self._brushed, args=["areas"])
        low, high = self._ends
        left, right = HISTOGRAM_MARGINS
        self._range = ui.range(min=low, max=high, step=0.01, value={"min": low, "max": high})
        self._range.props('label aria-label="Range of local resolution that lights up"')
        self._range.style(f"margin: 0 {right}px 0 {left}px; width: calc(100% - {left + right}px)")
        self._range.on_value_change(self._moved)
        self._tell(low, high)
        self._has_brush = False

    def take_all(self) -> None:
        """Choose no part of the range any more."""
        low, high = self._ends
        self._range.set_value({"min": low, "max": high})

    def _take_brush(self) -> None:
        """Let dragging in the chart choose a range, once the chart is there."""
        if not self._has_brush:
            self._has_brush = True
            self._act({"type": "takeGlobalCursor", "key": "brush", "brushOption": _BRUSH})

    def _brushed(self, event: events.GenericEventArguments) -> None:
        low, high = dragged_range(event.args, self._ends)
        self._is_dragged = True
        self._range.set_value({"min": low, "max": high})
        self._is_dragged = False

    def _moved(self) -> None:
        low, high = self._range.value["min"], self._range.value["max"]
        self._tell(low, high)
        if not self._is_dragged:  # the chart follows the slider
            is_all = (low, high) == self._ends
            area = {**_BRUSH, "xAxisIndex": 0, "coordRange": [low, high]}
            self._act({"type": "brush", "areas": [] if is_all else [area]})
        self._changed(low, high)

    def _act(self, action: dict[str, Any]) -> None:
        self._chart.run_chart_method("dispatchAction", action)

    def _tell(self, low: float, high: float) -> None:
        # The library says both values as one, which is no number.
        self._range.props(f'aria-valuenow={low:.2f} aria-valuetext="{low:.2f} to {high:.2f} Å"')


def dragged_range(event: dict[str, Any], ends: tuple[float, float]) -> tuple[float, float]:
    """Return the range that was dragged, as the chart reports it; all after a mere click."""
    areas = event.get("areas") or []
    if not areas:
        return ends
    low, high = sorted(float(end) for end in areas[0]["coordRange"])
    first, last = ends
    low, high = round(max(first, low), 2), round(min(last, high), 2)
    return (low, high) if low < high else ends
