"""The results screen: numbers, maps in 3-D, plots, slices, tables and files of one run."""

from __future__ import annotations

from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.progress import size_in_words, when
from map_sharpening.gui.results.found import COLOURINGS, Found
from map_sharpening.gui.results.maps import maps_in_3d
from map_sharpening.gui.results.papers import papers
from map_sharpening.gui.results.plots import charts
from map_sharpening.gui.results.quick_panel import quick_panel
from map_sharpening.gui.results.views import views_of
from map_sharpening.gui.screens.viewer_buttons import viewer_buttons
from map_sharpening.gui.shell import Shell
from map_sharpening.gui.state import Run, State
from map_sharpening.gui.viewing.view import address

_SLICED = ("sharpened", "density modified", "before", "mask", *COLOURINGS)
_BESIDE = "before"  #: is shown beside these
_BESIDE_BEFORE = ("sharpened", "density modified")
_FACTS_IN_TILES = 6


def page(shell: Shell, run: Run) -> None:
    """Show what a run found, inside the element that is open; what is missing in words."""
    state = shell.state
    with ui.column().classes("gap-0"):
        ui.label(run.label).classes("title")
        ui.label(when(run)).classes("quiet")
    try:
        found = views_of(state).found(run.name)
    except MapSharpeningError as error:
        with ui.column().classes("panel w-full"):
            ui.label("No results").classes("heading")
            ui.label(str(error)).classes("quiet")
            _log(run.log())
        return
    numbers(found)
    maps_in_3d(views_of(state), run.name, found)
    quick_panel(
        views_of(state), run.name, found, lambda values: shell.take_up(run, values, is_anew=True)
    )
    viewer_buttons(state, run.name, found)
    _plots(found)
    _slices(found, run.name)
    papers(found, run.name)
    _files(state, run, found)


def numbers(found: Found) -> None:
    """Show what matters most, then warnings and notes."""
    values = found.run.values
    facts = values["facts"]
    with ui.element("div").classes("tiles"):
        for fact in facts[:_FACTS_IN_TILES]:
            with ui.column().classes("panel gap-0"):
                ui.label(fact["name"]).classes("quiet")
                ui.label(fact["value"]).style(
                    "font-size: clamp(0.95rem, 2.4vw, 1.15rem); font-weight: 650"
                )
                if fact["note"]:
                    ui.label(fact["note"]).classes("quiet").style("font-size: 0.8rem")
    with ui.column().classes("panel w-full gap-1"):
        for fact in facts[_FACTS_IN_TILES:]:
            note = f" ({fact['note']})" if fact["note"] else ""
            ui.label(f"{fact['name']}: {fact['value']}{note}").classes("quiet")
        warnings = values["warnings"]
        ui.label(f"Warnings: {len(warnings) or 'none'}").classes("heading")
        for warning in warnings:
            ui.label(warning).classes("caution")
        for note in values["notes"]:
            ui.label(note).classes("quiet")


def _plots(found: Found) -> None:
    made = charts(found.run.values)
    if not made:
        return
    with ui.row().classes("w-full gap-3 items-stretch"):
        for heading, chart in made.items():
            with ui.column().classes("panel").style("flex: 1 1 330px; min-width: 0"):
                ui.label(heading).classes("heading")
                ui.echart(chart).classes("w-full").style("height: 280px")


def _slices(found: Found, run: str) -> None:
    maps = (what for what in _SLICED if found.has(what))
    there = [what for what in maps if what not in COLOURINGS or what in found.colourings]
    if not there:
        return
    with ui.column().classes("panel w-full"):
        ui.label("Slices").classes("heading")
        with ui.row().classes("w-full items-center gap-4"):
            map_choice = ui.select(there, value=there[0], label="Map").style("min-width: 190px")
            map_choice.props("outlined dense options-dense")
            axis = ui.toggle(["x", "y", "z"], value="z")
            axis.props('no-caps role=group aria-label="Axis that the slice is normal to"')
            place = ui.slider(min=0, max=1, step=0.005, value=0.5).style("flex: 1 1 200px")
            place.props('aria-label="Position of the slice along the axis"')
            which = ui.label().classes("quiet").style("min-width: 9.5em")
        with ui.element("div").classes("slices-two"):
            figures = [_Figure() for _ in range(min(2, len(there)))]

        def show() -> None:
            which.set_text(found.section_in_words(axis.value, place.value))
            chosen = map_choice.value
            beside = _BESIDE if chosen in _BESIDE_BEFORE and _BESIDE in there else there[0]
            if beside == chosen:
                beside = next((what for what in there if what != chosen), chosen)
            for figure, what in zip(figures, (chosen, beside), strict=False):
                where = {"axis": axis.value, "share": f"{place.value:.3f}"}
                figure.show(
                    what, address("results/slice", run=run, what=what, **where), axis.value
                )

        map_choice.on_value_change(show)
        axis.on_value_change(show)
        place.on_value_change(show)
        show()


class _Figure:
    """A slice with the name of its map."""

    def __init__(self) -> None:
        self._name = ""  #: of the map that is shown
        with ui.element("figure"):
            self._picture = ui.image().classes("w-full").props("no-spinner")
            self._picture.on("error", self._tell, args=[])
            self._caption = ui.label().classes("caption").props('role="status"')

    def show(self, what: str, where: str, axis: str) -> None:
        """Show a slice of a map, which lies at an address."""
        self._picture.set_source(where)
        self._picture.props["alt"] = f"Slice of the map {what}, normal to {axis}"
        self._name = what.capitalize()
        self._caption.set_text(self._name)

    def _tell(self) -> None:
        """Say that the slice did not come."""
        self._caption.set_text(f"{self._name}: this map can't be opened any more.")


def _files(state: State, run: Run, found: Found) -> None:
    with ui.column().classes("panel w-full gap-1"):
        ui.label("Files").classes("heading")
        deposited = found.deposition()
        if deposited:
            names = ", ".join(file.path.name for file in deposited)
            ui.link(
                f"For the EMDB, as a zip: {names}", address("results/deposition", run=run.name)
            )
        for file in found.run.outputs:
            if file.size is None:
                ui.label(f"{file.name}: {file.problem}").classes("quiet")
                continue
            with ui.row().classes("w-full items-baseline gap-2"):
                ui.link(file.path.name, state.url_of(file.path), new_tab=True)
                ui.label(size_in_words(file.size)).classes("quiet")
        for file in found.run.inputs:
            if not file.is_there:
                ui.label(f"Input {file.name}: {file.problem}").classes("quiet")


def _log(text: str) -> None:
    if text.strip():
        ui.label("Its log").classes("heading")
        ui.label(text[-8000:]).style("white-space: pre-wrap; font-family: monospace")
