"""The quick look of a run: B and resolution as sliders, slices and 3-D that follow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from nicegui import run as background
from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.results import quick
from map_sharpening.gui.results.found import Found
from map_sharpening.gui.results.plots import charts
from map_sharpening.gui.results.views import Views
from map_sharpening.gui.viewing.slices import Slices
from map_sharpening.gui.viewing.view import address
from map_sharpening.gui.viewing.viewer import Viewer, load_scripts, made_or_noted

_COLOUR = "#7fb2dd"
_REST = 0.05  #: seconds that sliders rest before the map is made; slices are there by then
_TRIALS = "Trials of B"
_DECIMALS = 3  #: of B and resolution; slices.js rounds alike


def quick_panel(
    views: Views, run: str, found: Found, make_run: Callable[[Mapping[str, str]], None]
) -> None:
    """Offer a quick look.

    Parameters
    ----------
    make_run : function of parameters by path
        Prepares a run with them.
    """
    if not (found.has("before") and found.has("sharpened")):
        return
    with ui.column().classes("panel w-full") as panel:
        ui.label("Quick look").classes("heading")
        ui.label(
            "Try another B and resolution: the map follows as the sliders move. It shows the part "
            "of the input map with the most density, contoured to enclose the same volume as this "
            "run's map."
        ).classes("quiet")

        def open_it() -> None:
            button.delete()
            with panel:
                _Quick(views, run, found, make_run).build()

        button = ui.button("Open the quick look", on_click=open_it).props("outline no-caps")
        button.style("align-self: start")


class _Slider(ui.slider):
    """A slider whose moves the server learns a moment later.

    What the server answers has the browser go through the whole page, which would stand before
    the slices that it has asked for by then.
    """

    def on(self, *words: Any, throttle: float = 0.0, **more: Any) -> _Slider:
        """Subscribe to an event, as of any element; no throttled one is told at once."""
        return super().on(*words, throttle=throttle, leading_events=throttle == 0, **more)


class _Quick:
    """Two sliders and what follows them."""

    def __init__(
        self, views: Views, run: str, found: Found, make_run: Callable[[Mapping[str, str]], None]
    ) -> None:
        self._views, self._run, self._found, self._make_run = views, run, found, make_run
        self._viewer, self._slices = Viewer(), Slices(run)
        self._asked = 0  #: how many looks
        self._is_looking = False

    def build(self) -> None:
        """Build it; sliders and map come when the run's map was read."""
        self._place = ui.column().classes("w-full")
        self._note = ui.label("Reading the map …").classes("quiet").props('role="status"')
        ui.timer(0.05, self._load, once=True)

    async def _load(self) -> None:
        found = await made_or_noted(self._note, quick.sliders, self._views, self._run)
        if found is None:
            return
        with self._place:
            self._fill(found)
        load_scripts()
        await self._look()

    def _fill(self, found: quick.Sliders) -> None:
        self._b = self._slider("B", "B (Å²), positive sharpens", found.b_ends, found.b, 1)
        self._cut = self._slider(
            "resolution", "Resolution (Å)", found.resolution_ends, found.resolution, 0.05
        )
        with ui.element("div").classes("quick"):
            with ui.element("div"):
                try:
                    self._viewer.build("Quick look in 3-D", is_small=True)
                except MapSharpeningError as error:
                    ui.label(str(error)).classes("problem")
            with ui.element("div"):
                self._trials()
                self._slices.build()
        self._slices.follow(self._b, "b")
        self._slices.follow(self._cut, "resolution")
        ui.button("Make this the run", on_click=self._take).props("no-caps").style(
            "align-self: start"
        ).tooltip("Opens Parameters with the method b_iso, this B and this resolution")

    def _slider(
        self, name: str, label: str, ends: tuple[float, float], value: float, step: float
    ) -> ui.slider:
        with ui.row().classes("w-full items-center gap-x-4 gap-y-1"):
            ui.label(label).classes("quiet").style("width: 190px")
            slider = _Slider(min=ends[0], max=ends[1], step=step, value=value)
            slider.props(f'label aria-label="{label}"').style("flex: 1 1 180px")
            number = ui.number(min=ends[0], max=ends[1], step=step, value=value)
            number.props(f'dense outlined aria-label="{label}, as a number"')
            number.style("width: 110px").bind_value(slider)
        slider.on_value_change(self._look)
        slider.mark(f"quick {name}")
        return slider

    def _trials(self) -> None:
        chart = charts(self._found.run.values).get(_TRIALS)
        if chart is None:
            note = "This run tried no values of B; runs with sharpening_method=b-factor do."
            ui.label(note).classes("quiet").style("margin-bottom: 8px")
            return
        ui.label(f"{_TRIALS}: click a point to try that B").classes("quiet")
        ui.echart(
            chart,
            on_point_click=lambda event: self._b.set_value(round(float(event.value[0]))),
        ).classes("w-full").style("height: 200px")

    def place(self) -> tuple[float, float] | None:
        """Return B and resolution; None while a number is being typed."""
        b, cut = self._b.value, self._cut.value
        if b is None or cut is None:
            return None
        return round(float(b), _DECIMALS), round(float(cut), _DECIMALS)

    async def _look(self) -> None:
        """Show the map where the sliders stand; places that they have left meanwhile are not."""
        self._asked += 1
        if self._is_looking:  # it looks again
            return
        self._is_looking = True
        try:
            seen = 0
            while seen != self._asked and not self._place.is_deleted:
                seen = self._asked
                await self._show(seen)
        finally:
            self._is_looking = False

    async def _show(self, asked: int) -> None:
        """Show the slices, which come first, and the map in 3-D."""
        place = self.place()
        if place is None:
            return
        self._slices.show(*place)
        await asyncio.sleep(_REST)
        if self._is_late(asked):
            return
        try:
            view = await background.io_bound(quick.view, self._views, self._run, *place)
        except MapSharpeningError as error:
            if not self._is_late(asked):
                self._note.set_text(str(error))
            return
        if view is None or self._is_late(asked):
            return
        self._note.set_text("")
        b, cut = (f"{number:g}" for number in place)
        where = address("results/quick/map", run=self._run, b=b, resolution=cut)
        self._viewer.map("quick", view, where, _COLOUR, label="quick look", moves=True)

    def _is_late(self, asked: int) -> bool:
        return asked != self._asked or self._place.is_deleted

    def _take(self) -> None:
        place = self.place()
        if place is not None:
            self._make_run(quick.values_of(*place))
