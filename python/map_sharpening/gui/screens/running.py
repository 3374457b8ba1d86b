"""Runs: what is going on, what waits, and how to end it."""

from __future__ import annotations

from nicegui import ui

from map_sharpening.gui.shell import Shell


def screen(shell: Shell) -> None:
    """Show the queue and the run that is looked at."""

    @ui.refreshable
    def runs() -> None:
        shell.state.start_next()
        for run in shell.state.runs():
            with ui.row().classes("panel w-full"):
                ui.label(run.name)
                ui.label(run.stage).classes("quiet")
                if run.is_over:
                    ui.button("Results", on_click=lambda run=run: shell.look_at(run))
                else:
                    ui.button("Cancel", on_click=lambda run=run: shell.state.cancel(run))

    runs()
    ui.timer(1.0, runs.refresh)
