"""What a run wrote: its report and its files."""

from __future__ import annotations

from nicegui import ui

from map_sharpening.gui.state import Run, State


def page(state: State, run: Run) -> None:
    """Show what a run wrote, inside the element that is open."""
    with ui.column().classes("panel w-full"):
        ui.label("Files").classes("heading")
        for path in run.files():
            ui.link(path.name, state.url_of(path), new_tab=True)
