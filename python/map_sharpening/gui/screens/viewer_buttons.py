"""Buttons that open a run in Coot, ChimeraX or PyMOL, or say how to do so elsewhere."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from nicegui import run as background
from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.results.found import Found
from map_sharpening.gui.state import State
from map_sharpening.gui.viewing.view import address
from map_sharpening.io.web.viewer_programs import (
    PROGRAMS,
    ViewerProgram,
    left_out_of_zip,
    open_in_chimerax,
    rest_port,
    start_viewer,
    why_not_startable,
    zip_name,
)

_CHIMERAX = next(program for program in PROGRAMS if program.name == "ChimeraX")


def viewer_buttons(state: State, run: str, found: Found) -> None:
    """Show a button for each viewer that the run has a script for."""
    scripts = {
        program: file.path
        for program in PROGRAMS
        if (file := found.file(program.name)) is not None and file.is_there
    }
    if scripts:
        _Buttons(state, run, found, scripts).build()


class _Buttons:
    """A button for each viewer, and what came of the last one that was pressed."""

    def __init__(
        self, state: State, run: str, found: Found, scripts: Mapping[ViewerProgram, Path]
    ) -> None:
        self._state, self._run, self._found, self._scripts = state, run, found, scripts
        self._port: ui.input | None = None

    def build(self) -> None:
        with ui.column().classes("panel w-full gap-2"):
            ui.label("Open in a viewer").classes("heading")
            with ui.row().classes("w-full gap-2 items-center"):
                self._buttons = [
                    ui.button(program.name, on_click=partial(self._press, program)).props(
                        "no-caps"
                    )
                    for program in self._scripts
                ]
                if _CHIMERAX in self._scripts:
                    self._port = ui.input("Port of a running ChimeraX").style("min-width: 15rem")
                    self._port.props("dense outlined")
                    self._port.tooltip(
                        "The number that the ChimeraX command 'remotecontrol rest start' prints"
                    )
            self._answer = ui.column().classes("w-full gap-1").props("aria-live=polite")

    async def _press(self, program: ViewerProgram) -> None:
        """Open the run in a program, once at a time."""
        for button in self._buttons:
            button.disable()
        try:
            await self._open(program)
        finally:
            for button in self._buttons:
                button.enable()

    async def _open(self, program: ViewerProgram) -> None:
        """Open the run in a program, or say how to; report what happens."""
        answer, script = self._answer, self._scripts[program]
        answer.clear()
        port = self._port if program is _CHIMERAX else None
        given = "" if port is None else str(port.value or "").strip()
        if not given and (reason := why_not_startable(program)) is not None:
            with answer:
                ui.label(f"{program.name} can't be started here: {reason}.")
                self._tell_how(program)
            return
        with answer:
            waiting = ui.label(f"Opening {script.name} in {program.name} …").classes("quiet")
        try:
            if given:
                await background.io_bound(open_in_chimerax, rest_port(given), script)
            else:
                await background.io_bound(start_viewer, program, script)
        except MapSharpeningError as error:
            answer.clear()
            with answer:
                ui.label(str(error)).classes("problem")
                if not given:
                    self._tell_how(program)
            return
        waiting.set_text(f"{program.name} has {script.name}.")

    def _tell_how(self, program: ViewerProgram) -> None:
        """Show the script and the command for the user's own machine."""
        script, root = self._scripts[program], self._state.folder.root
        ui.label(
            "Save the zip on your own machine, and type this in the folder where you saved it; it "
            "unpacks into folders like those here, in which the script finds its maps:"
        )
        with ui.row().classes("w-full gap-4"):
            ui.link("Script and maps, as a zip", address("results/viewer_files", run=self._run))
            ui.link(f"The script alone, {script.name}", self._state.url_of(script), new_tab=True)
        packed = shlex.quote(zip_name(self._run, "viewers"))
        inside = program.command(self._state.folder.name_of(script))
        ui.label(f"unzip -o {packed} && {inside}").classes("w-full").style(
            "font-family: monospace; overflow-wrap: anywhere; user-select: all"
        )
        files, folder = self._found.for_viewers(), self._found.run.folder
        for _, reason, place in left_out_of_zip(files, root, folder):
            ui.label(
                f"Not in the zip: {reason}. The script looks for it at {place}, from its own "
                "folder."
            ).classes("caution")
