"""Buttons that open a run in Coot, ChimeraX or PyMOL, or tell how to do it elsewhere."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from nicegui import run as background
from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.results.found import Found
from map_sharpening.gui.results.views import address
from map_sharpening.gui.state import State
from map_sharpening.io.web.viewer_programs import (
    PROGRAMS,
    ViewerProgram,
    open_in_chimerax,
    rest_port,
    start_viewer,
    why_not_startable,
)

_CHIMERAX = next(program for program in PROGRAMS if program.name == "ChimeraX")


def viewer_buttons(state: State, run: str, found: Found) -> None:
    """Show a button for each viewer that the run has a script for."""
    scripts = {
        program: file.path
        for program in PROGRAMS
        if (file := found.file(program.name)) is not None and file.is_there
    }
    if not scripts:
        return
    with ui.column().classes("panel w-full gap-2"):
        ui.label("Open in a viewer").classes("heading")
        with ui.row().classes("w-full gap-2 items-end"):
            buttons = {program: ui.button(program.name) for program in scripts}
            port = None
            if _CHIMERAX in scripts:
                port = ui.input("Port of a running ChimeraX").style("min-width: 14rem")
                port.tooltip("The number that remotecontrol rest start shows in ChimeraX")
        told = ui.column().classes("w-full gap-1")
        told.props("aria-live=polite")
        for program, button in buttons.items():
            given = port if program is _CHIMERAX else None
            button.on_click(partial(_open, state, run, program, scripts[program], told, given))


async def _open(
    state: State,
    run: str,
    program: ViewerProgram,
    script: Path,
    told: ui.column,
    port: ui.input | None,
) -> None:
    """Open a run in a program, or tell how to; what happens is told in words."""
    told.clear()
    given = str(port.value or "").strip() if port is not None else ""
    if not given and (reason := why_not_startable(program)) is not None:
        with told:
            _tell_how(state, run, program, script, reason)
        return
    with told:
        waiting = ui.label(f"Opening {script.name} in {program.name} ...").classes("quiet")
    try:
        if given:
            await background.io_bound(open_in_chimerax, rest_port(given), script)
        else:
            await background.io_bound(start_viewer, program, script)
    except MapSharpeningError as error:
        told.clear()
        with told:
            ui.label(str(error))
            if not given:
                _tell_how(state, run, program, script, "")
        return
    waiting.set_text(f"{program.name} has {script.name}.")


def _tell_how(state: State, run: str, program: ViewerProgram, script: Path, reason: str) -> None:
    """Show the script and the command for the user's own machine."""
    if reason:
        ui.label(f"{program.name} can't be started here: {reason}.")
    ui.label("On your own machine, save these files and type there, where they were saved:")
    inside = program.command(state.folder.name_of(script))
    with ui.row().classes("w-full gap-4"):
        ui.link("Script and maps, as a zip", address("viewer_files", run=run))
        ui.link(f"The script alone, {script.name}", state.url_of(script), new_tab=True)
    ui.label(f"unzip -o viewer_files.zip && {inside}").classes("w-full").style(
        "font-family: monospace; overflow-wrap: anywhere; user-select: all"
    )
