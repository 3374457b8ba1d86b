"""Maps in 3-D: before and after, level, colours, model, mask; viewer.js draws them."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.results.found import Found
from map_sharpening.gui.results.histogram import Histogram
from map_sharpening.gui.results.plots import local_resolution_chart
from map_sharpening.gui.results.views import Views
from map_sharpening.gui.shell import flat_button
from map_sharpening.gui.viewing.level import LevelSlider
from map_sharpening.gui.viewing.view import View, address
from map_sharpening.gui.viewing.viewer import Viewer, load_scripts, made_or_noted
from map_sharpening.io.viewers import PALETTE
from map_sharpening.io.web.view_model import residue_of

_COLOUR = {
    "sharpened": "#7fb2dd",
    "density modified": "#8fbf8a",
    "before": "#c3c9ce",
    "mask": "#e0b060",
}
#: Maps that can be shown, by their names in the switch.
_SWITCHED = {"After": "sharpened", "Before": "before", "Density modified": "density modified"}
_ALPHA_OVER_MODEL = 0.6
_GREY, _LIT = "#8c959c", "#ffb020"
_UNIT = {"local resolution": "Å", "local B": "Å²"}
#: Of which high values are the good ones, and what it means.
_SUPPORT = "support of modification"
_ABOUT_SUPPORT = (
    "What the other half map confirms of density modification, as a share of the map's power: "
    "blue is best; 0 outside the mask."
)
_STYLE = ".colour-bar { height: 14px; border-radius: 7px; width: 100%; }"


def maps_in_3d(views: Views, run: str, found: Found) -> None:
    """Show the maps of a run."""
    with ui.column().classes("panel w-full"):
        ui.label("Maps").classes("heading")
        if not found.has("sharpened"):
            ui.label("The sharpened map can't be opened, so there is nothing to show.")
            return
        try:
            _Scene(views, run, found).build()
        except MapSharpeningError as error:
            ui.label(str(error))


class _Scene:
    """One 3-D view and what changes it."""

    def __init__(self, views: Views, run: str, found: Found) -> None:
        self.views, self.run, self.found = views, run, found
        self.viewer = Viewer()
        self.do = self.viewer.do
        self.shown: dict[str, View] = {}
        self.drawn: dict[str, float] = {}  #: levels that the browser was given
        self.chosen = "sharpened"  #: map that is shown
        self.level = LevelSlider(self._draw_level)
        self.lit: tuple[float, float] | None = None  #: range of local resolution, Å
        self.histogram: Histogram | None = None  #: in which that range is dragged
        self.colouring = next(iter(found.colourings), None)  #: what colours the map

    def build(self) -> None:
        ui.add_css(_STYLE)
        self.viewer.build("Map in 3-D")
        self._controls()
        self._colour_bar()
        ui.timer(0.05, self._load, once=True)

    def _controls(self) -> None:
        found = self.found
        with ui.row().classes("w-full items-center gap-4"):
            there = [word for word, what in _SWITCHED.items() if found.has(what)]
            if len(there) > 1:
                self.swap = ui.toggle(there, value="After", on_change=self._swap)
                self.swap.props('aria-label="Map that is shown" no-caps').tooltip("key: b")
                ui.keyboard(on_key=self._key)
            self.level.build()
        with ui.row().classes("w-full items-center gap-4"):
            if self.colouring is not None:
                is_on = self.colouring != _SUPPORT  # which is of another map
                self.colours = ui.switch(f"Colour by {self.colouring}", value=is_on)
                self.colours.on_value_change(self._colour)
                if len(found.colourings) > 1:
                    choice = ui.toggle(found.colourings, value=self.colouring)
                    choice.props('aria-label="What colours the map" no-caps')
                    choice.on_value_change(lambda event: self._colour_by_another(event.value))
            if found.file("mask") is not None:
                ui.switch("Mask", on_change=lambda event: self._mask(event.value))
            if found.model is not None:
                ui.switch(
                    "Ribbon", value=True, on_change=lambda e: self.do("show", "ribbon", e.value)
                )
                ui.switch("Sticks", on_change=lambda e: self.do("show", "sticks", e.value))
                residue = ui.input("Residue", placeholder="A 42").props("dense outlined")
                residue.style("width: 120px").tooltip("Chain and number; Enter goes there")
                residue.on("keydown.enter", lambda: self._residue(residue.value or ""))
            flat_button("Whole map", lambda: self.do("whole"))
            with ui.row().classes("items-center gap-4 no-wrap"):
                ui.label("Depth").classes("quiet")
                slab = ui.slider(min=0.05, max=1, step=0.05, value=1).style("width: 140px")
            slab.props('aria-label="Depth shown"')
            slab.on_value_change(lambda event: self.do("slab", event.value))
        self.about_residue = ui.label("").classes("problem").props('role="status"')
        self.about_residue.bind_visibility_from(self.about_residue, "text")
        self.note = ui.label("").classes("quiet")

    def _colour_bar(self) -> None:
        if self.colouring is None:
            return
        self.bar = ui.column().classes("w-full gap-1")
        self._fill_bar(self.colouring)
        chart = local_resolution_chart(self.found.run.values)
        if chart is not None:
            self.histogram = Histogram(chart, self._light)
            self.histogram.build()

    def _fill_bar(self, what: str) -> None:
        """Say which colours stand for which values."""
        low, high = self.found.colour_limits(what)

        def words(value: float) -> str:
            return f"{value:.3f}" if what == _SUPPORT else f"{value:.2f} {_UNIT[what]}"

        self.bar.clear()
        with self.bar:
            ui.element("div").classes("colour-bar").style(
                f"background: linear-gradient(90deg, {', '.join(_palette(what))})"
            ).props(f'role="img" aria-label="{what} from {words(low)} to {words(high)}"')
            with ui.row().classes("w-full justify-between"):
                for i in range(len(PALETTE)):
                    value = low + (high - low) * i / (len(PALETTE) - 1)
                    ui.label(words(value)).classes("quiet")
            if what == _SUPPORT:
                ui.label(_ABOUT_SUPPORT).classes("quiet")

    async def _colour_by_another(self, what: str) -> None:
        """Have another quantity colour the map, and say so beside its colours."""
        self.colouring = what
        if self.lit is not None and self.histogram is not None:
            self.histogram.take_all()
        self.colours.set_text(f"Colour by {what}")
        self._fill_bar(what)
        self.colours.set_value(True)
        await self._get_colours()

    async def _get_colours(self) -> None:
        what = self.colouring
        if what is None:
            return
        if what not in self.shown:
            if not await self._get(what):
                return
            self._map(what, surface=False)
        self._colour() if self.lit is None else self._light(*self.lit)

    async def _load(self) -> None:
        load_scripts()
        if not await self._get("sharpened"):
            self.viewer.nothing()
            return
        view = self.shown["sharpened"]
        self.level.show(view, view.level)
        self._map("sharpened", alpha=1 if self.found.model is None else _ALPHA_OVER_MODEL)
        if view.is_part or view.factor > 1:
            how = " and ".join(
                [self.found.part_in_words] * view.is_part
                + [f"every {view.factor} grid points binned"] * (view.factor > 1)
            )
            self.note.set_text(f"Shown: {how}; the files have all of the map.")
        await self._get_colours()
        if self.found.model is not None:
            self.do("atoms", address("results/model", run=self.run))

    async def _get(self, what: str) -> bool:
        if what in self.shown:
            return True
        made = await made_or_noted(self.note, self.views.view, self.run, what)
        if made is None:
            return False
        self.shown[what] = made
        return True

    def _map(self, what: str, **more: Any) -> None:
        view = self.shown[what]
        self.drawn[what] = view.level
        where = address("results/map", run=self.run, what=what)
        self.viewer.map(what, view, where, _COLOUR.get(what, _GREY), **more)

    def _draw_level(self, value: float) -> None:
        if self.drawn.get(self.chosen) != value and self.chosen in self.drawn:
            self.drawn[self.chosen] = value
            self.do("level", self.chosen, self.shown[self.chosen].number_of(value))

    async def _swap(self) -> None:
        name = self.chosen = _SWITCHED[self.swap.value]
        if name not in self.shown:
            if not await self._get(name):
                return
            self._map(name)
            if name in self._coloured():
                self._colour() if self.lit is None else self._light(*self.lit)
        view = self.shown[name]
        for each in _SWITCHED.values():
            if each in self.drawn:
                self.do("show", each, each == name)
        self.level.show(view, self.drawn[name])

    def _key(self, event: Any) -> None:
        if event.action.keydown and event.key == "b":
            words = list(self.swap.options)
            self.swap.set_value(words[(words.index(self.swap.value) + 1) % len(words)])

    async def _mask(self, is_shown: bool) -> None:
        if "mask" not in self.shown:
            if not await self._get("mask"):
                return
            self._map("mask", alpha=0.25)
        self.do("show", "mask", is_shown)

    def _colour(self) -> None:
        what = self.colouring
        view = None if what is None else self.shown.get(what)
        if what is None or view is None or not self.colours.value:
            for name in self._coloured():
                self.do("colour", name, {"colour": _COLOUR[name]})
        else:
            self._colour_by(what, self.found.colour_limits(what), list(_palette(what)))

    def _colour_by(self, what: str, limits: tuple[float, float], colours: list[Any]) -> None:
        low, high = (self.shown[what].number_of(value) for value in limits)
        by = {"map": what, "low": low, "high": high, "colours": colours}
        for name in self._coloured():
            self.do("colour", name, by)

    def _coloured(self) -> list[str]:
        """Return the maps that are coloured, of those drawn: not the one before."""
        return [name for name in ("sharpened", "density modified") if name in self.drawn]

    def _light(self, low: float, high: float) -> None:
        statistics = self.found.run.result["local_resolution"]["statistics"]
        edges = statistics["histogram_edges_angstrom"]
        first, last = edges[0], edges[-1]
        self.lit = None if low <= first and high >= last else (low, high)
        what = "local resolution"
        if what not in self.shown:
            return  # lit when it comes
        if self.lit is None:
            self._colour()
            return
        start, end = (min(1, max(0, (end - first) / (last - first))) for end in (low, high))
        parts = ((_GREY, 0, start), (_LIT, start, end), (_GREY, end, 1))
        colours = [[colour, place] for colour, *ends in parts for place in ends]
        self._colour_by(what, (first, last), colours)

    async def _residue(self, text: str) -> None:
        model = self.found.model
        if model is None or not text.strip():
            return
        self.about_residue.set_text("")
        found = await made_or_noted(self.about_residue, residue_of, model.path, text)
        if found is not None:
            self.do("residue", *found)


def _palette(what: str) -> tuple[str, ...]:
    """Return the colours of a quantity, from low values up; blue is good."""
    return PALETTE[::-1] if what == _SUPPORT else PALETTE
