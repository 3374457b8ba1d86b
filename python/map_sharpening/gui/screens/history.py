"""History: all runs of the folder."""

from __future__ import annotations

from nicegui import ui

from map_sharpening.gui.shell import Shell


def screen(shell: Shell) -> None:
    """Show all runs with their commands."""
    for run in shell.state.runs():
        with ui.column().classes("panel w-full"):
            ui.label(run.name).classes("heading")
            ui.label(run.command).classes("command")
