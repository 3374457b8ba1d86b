"""A given map in 3-D, with the model that was given."""

from __future__ import annotations

from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.results.views import views_of
from map_sharpening.gui.shell import Shell, flat_button
from map_sharpening.gui.state import InputFile
from map_sharpening.gui.viewing.level import LevelSlider
from map_sharpening.gui.viewing.view import address
from map_sharpening.gui.viewing.viewer import Viewer, load_scripts, made_or_noted

_COLOUR = "#c3c9ce"
_ALPHA_OVER_MODEL = 0.6


def input_view(shell: Shell, file: InputFile, labels: str) -> None:
    """Show the map of a file, inside the element that is open; what goes wrong in words."""
    try:
        _InputView(shell, file, labels).build()
    except MapSharpeningError as error:
        ui.label(str(error)).classes("problem")


class _InputView:
    """One 3-D view and the level of its map."""

    def __init__(self, shell: Shell, file: InputFile, labels: str) -> None:
        self._views = views_of(shell.state)
        self._name, self._labels = file.name, labels
        self._model = next((f.name for f in shell.draft.inputs if f.role == "model"), None)
        self._viewer = Viewer()
        self._level = LevelSlider(self._draw_level)

    def build(self) -> None:
        with ui.column().classes("w-full"):
            self._viewer.build(f"{self._name} in 3-D", is_small=True)
            with ui.row().classes("w-full items-center gap-4"):
                self._level.build()
                if self._model is not None:
                    ui.switch(
                        "Model",
                        value=True,
                        on_change=lambda event: self._viewer.do("show", "ribbon", event.value),
                    )
                flat_button("Whole map", lambda: self._viewer.do("whole"))
            self._note = ui.label("").classes("quiet").props('role="status"')
        ui.timer(0.05, self._load, once=True)

    async def _load(self) -> None:
        load_scripts()
        model = self._model or ""
        view = await made_or_noted(self._note, self._views.given, self._name, self._labels, model)
        if view is None:
            self._viewer.nothing()
            return
        self._view = view
        self._level.show(view, view.level)
        where = address("inputs/map", name=self._name, labels=self._labels, model=model)
        alpha = 1 if self._model is None else _ALPHA_OVER_MODEL
        self._viewer.map("given", view, where, _COLOUR, label=self._name, alpha=alpha)
        if self._model is not None:
            self._viewer.do("atoms", address("inputs/model", name=self._model))
        shown = ["the part round the model"] * view.is_part
        shown += [f"every {view.factor} grid points binned"] * (view.factor > 1)
        if shown:
            self._note.set_text(f"Shown: {' and '.join(shown)}; the run takes all of the map.")

    def _draw_level(self, level: float) -> None:
        self._viewer.do("level", "given", self._view.number_of(level))
