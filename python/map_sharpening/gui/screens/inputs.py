"""Inputs: which files, and what each is."""

from __future__ import annotations

from nicegui import ui

from map_sharpening.gui.inputs import recognise
from map_sharpening.gui.shell import Shell


def screen(shell: Shell) -> None:
    """Show the chosen files, and ways to choose more."""
    with ui.column().classes("panel w-full"):
        ui.label("Files").classes("heading")

        def add() -> None:
            for text in recognise(shell.state, shell.draft, [typed.value]):
                ui.notify(text, type="warning")
            shell.go("Inputs")

        typed = ui.input("File name").on("keydown.enter", add)
        for file in shell.draft.inputs:
            with ui.row():
                ui.label(file.name)
                ui.label(file.role or file.error or "unknown").classes("quiet")
