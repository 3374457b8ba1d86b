"""The slider by which a map's contour level is moved, with the level in words."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from map_sharpening.gui.viewing.view import View

_N_LEVELS = 400  #: steps of the slider


class LevelSlider:
    """The level of one map after another.

    Parameters
    ----------
    moved : function of float
        Called with the level, in units of the map, whenever it changes.
    """

    def __init__(self, moved: Callable[[float], None]) -> None:
        self._moved = moved
        self._view: View | None = None

    def build(self) -> None:
        """Make the slider, without a map as yet."""
        ui.label("Contour level").classes("quiet")
        self._slider = ui.slider(min=0, max=10, step=0.01, value=0)
        self._slider.style("flex: 1 1 220px").props('aria-label="Contour level"')
        self._slider.on_value_change(self._change)
        self._text = ui.label("").classes("quiet").style("min-width: 150px")

    def show(self, view: View, level: float) -> None:
        """Stand for a map from now on, at a level of it."""
        self._view = view
        # From about the mean to the highest value.
        step = (view.high - view.mean) / _N_LEVELS
        low = round(view.mean / step) * step if step > 0 else view.mean  # no -2e-9
        self._slider.props(f":min={low:.6g} :max={view.high:.6g} :step={step:.6g}")
        self._slider.set_value(level)
        self._tell()

    def _tell(self) -> None:
        if self._view is not None:
            value = float(self._slider.value)
            self._text.set_text(f"{value:.3g} ({self._view.in_sd(value):.2f} SD)")

    def _change(self) -> None:
        if self._view is not None:
            self._tell()
            self._moved(float(self._slider.value))
