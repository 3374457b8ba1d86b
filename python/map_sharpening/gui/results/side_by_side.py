"""Maps of two runs side by side, and their difference."""

from __future__ import annotations

import math

from nicegui import ui

from map_sharpening.gui.results.views import Views
from map_sharpening.gui.shell import flat_button
from map_sharpening.gui.state import Run
from map_sharpening.gui.viewing.view import View, address
from map_sharpening.gui.viewing.viewer import Viewer, load_scripts, made_or_noted

_COLOURS = ("#7fb2dd", "#e0a05c")
_MORE, _LESS = "#3a9d5b", "#c0504a"


def lie_together(one: View, other: View) -> bool:
    """Whether one camera shows two maps whole: their middles are close for their sizes."""
    return math.dist(one.centre, other.centre) < min(one.radius, other.radius) / 2


class SideBySide:
    """Two views with one camera, their level, and the difference."""

    def __init__(self, views: Views, first: Run, second: Run) -> None:
        self._views = views
        self._runs = (first.name, second.name)
        self._labels = (first.label, second.label)
        self._viewers = (Viewer(), Viewer())
        self._shown: dict[str, View] = {}
        self._difference: View | None = None
        self._have_one_camera = True  #: or one each, where the maps lie apart

    def build(self) -> None:
        """Build the views; maps come when they are read.

        Raises
        ------
        ResultsError
            If Mol* is missing, or is another one than was tested.
        """
        with ui.row().classes("w-full gap-3 no-wrap pair"):
            for label, viewer in zip(self._labels, self._viewers, strict=True):
                with ui.column().style("flex: 1 1 0; min-width: 0"):
                    ui.label(label).classes("fact-heading")
                    viewer.build(f"Map of {label} in 3-D", is_small=True)
        with ui.row().classes("w-full items-center gap-4"):
            ui.label("Contour").classes("quiet")
            self._level = ui.slider(min=0.3, max=3, step=0.02, value=1)
            self._level.style("flex: 1 1 220px")
            self._level.props('aria-label="Contour, times the recommended levels"')
            self._level.on_value_change(self._draw_levels)
            self._text = ui.label().classes("quiet").style("min-width: 210px")
        with ui.row().classes("w-full items-center gap-4"):
            switch = ui.switch("Difference", on_change=lambda event: self._differ(event.value))
            switch.props('aria-label="Difference, shown on the second map"')
            switch.tooltip("On the second map: green what it has more, red what it has less")
            self._sd = ui.slider(min=2, max=12, step=0.25, value=4).style("flex: 1 1 160px")
            self._sd.props('aria-label="Level of the difference in SD"')
            self._sd.on_value_change(self._draw_difference)
            self._sd_text = ui.label("4.0 SD of the difference").classes("quiet")
            flat_button("Whole map", self._show_whole)
        self._note = ui.label().classes("problem")
        ui.timer(0.05, self._load, once=True)

    async def _load(self) -> None:
        load_scripts()
        for run, viewer, colour in zip(self._runs, self._viewers, _COLOURS, strict=True):
            made = await made_or_noted(self._note, self._views.view, run, "sharpened")
            if made is None:
                for waiting in self._viewers[len(self._shown) :]:
                    waiting.nothing()
                return
            self._shown[run] = made
            where = address("results/map", run=run, what="sharpened")
            viewer.map("sharpened", made, where, colour)
        self._have_one_camera = lie_together(*(self._shown[run] for run in self._runs))
        if self._have_one_camera:
            self._viewers[0].do("follow", self._viewers[1].id)
        self._tell_levels()

    def _show_whole(self) -> None:
        for viewer in self._viewers[: 1 if self._have_one_camera else None]:
            viewer.do("whole")

    def _levels(self) -> list[float]:
        return [self._level.value * self._shown[run].level for run in self._runs]

    def _tell_levels(self) -> None:
        words = [
            f"{level:.3g} ({self._shown[run].in_sd(level):.2f} SD)"
            for run, level in zip(self._runs, self._levels(), strict=True)
        ]
        self._text.set_text(" and ".join(words))

    def _draw_levels(self) -> None:
        if len(self._shown) < len(self._runs):
            return
        for run, viewer, level in zip(self._runs, self._viewers, self._levels(), strict=True):
            viewer.do("level", "sharpened", self._shown[run].number_of(level))
        self._tell_levels()

    async def _differ(self, is_shown: bool) -> None:
        viewer = self._viewers[1]
        if self._difference is None:
            made = await made_or_noted(self._note, self._views.difference_view, *self._runs)
            if made is None:
                return
            self._difference = made
            where = address("results/difference", run=self._runs[0], other=self._runs[1])
            level = made.number_of(self._sd.value * made.standard_deviation)
            for name, colour, sign in (("more", _MORE, 1), ("less", _LESS, -1)):
                viewer.map(name, made, where, colour, level=sign * level)
        for name in ("more", "less"):
            viewer.do("show", name, is_shown)

    def _draw_difference(self) -> None:
        self._sd_text.set_text(f"{self._sd.value:.1f} SD of the difference")
        made = self._difference
        if made is not None:
            level = made.number_of(self._sd.value * made.standard_deviation)
            self._viewers[1].do("level", "more", level)
            self._viewers[1].do("level", "less", -level)


def slices_beside(first: Run, second: Run) -> None:
    """Show slices of both maps, and of their difference, at one place."""
    with ui.row().classes("w-full items-center gap-4"):
        axis = ui.toggle(["x", "y", "z"], value="z")
        axis.props('no-caps role=group aria-label="Axis that the slices are normal to"')
        place = ui.slider(min=0, max=1, step=0.005, value=0.5).style("flex: 1 1 200px")
        place.props('aria-label="Position of the slice along the axis"')
    pictures = []
    with ui.element("div").classes("slices-beside"):
        for caption in (first.label, second.label, "Difference: second minus first"):
            with ui.element("figure"):
                pictures.append(ui.image().classes("w-full").props("no-spinner"))
                ui.label(caption).classes("caption")

    def show() -> None:
        where = {"axis": axis.value, "share": f"{place.value:.3f}"}
        asked = (
            {"run": first.name, "what": "sharpened"},
            {"run": second.name, "what": "sharpened"},
            {"run": first.name, "other": second.name, "what": "difference"},
        )
        for picture, words in zip(pictures, asked, strict=True):
            picture.set_source(address("results/slice", **words, **where))
            picture.props["alt"] = f"Slice normal to {axis.value}"

    axis.on_value_change(show)
    place.on_value_change(show)
    show()
