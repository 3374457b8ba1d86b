"""Parameters: how it is to be sharpened."""

from __future__ import annotations

from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.shell import Shell, tell
from map_sharpening.gui.state import RESOLUTION


def screen(shell: Shell) -> None:
    """Show the form and the command that it stands for."""
    with ui.column().classes("panel w-full"):
        ui.label("Parameters").classes("heading")

        def set_resolution(text: str) -> None:
            if text.strip():
                shell.draft.values[RESOLUTION] = text.strip()
            else:
                shell.draft.values.pop(RESOLUTION, None)
            shell.changed()
            command.set_text(shell.draft.command())

        def start() -> None:
            try:
                run = shell.state.add_run(shell.draft)
            except MapSharpeningError as error:
                tell(error)
            else:
                shell.look_at(run, "Runs")

        ui.input(
            "Resolution (Å)",
            value=shell.draft.values.get(RESOLUTION, ""),
            on_change=lambda event: set_resolution(event.value or ""),
        )
        command = ui.label(shell.draft.command()).classes("command")
        ui.button("Run", on_click=start)
