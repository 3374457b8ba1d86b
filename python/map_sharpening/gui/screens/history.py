"""History: all runs of the folder, how they differ, and once more with changes."""

from __future__ import annotations

from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.history import NOTHING, account_of, differing
from map_sharpening.gui.progress import state_in_words, when
from map_sharpening.gui.screens import compare
from map_sharpening.gui.shell import Shell, flat_button, show_facts, tell
from map_sharpening.gui.state import Run


def screen(shell: Shell) -> None:
    """Show all runs with what differs between them, or two of them side by side."""
    if shell.compared is not None:
        compare.screen(shell, *shell.compared)
        return
    runs = shell.state.runs()
    with ui.column().classes("main"):
        if not runs:
            with ui.column().classes("panel welcome"):
                ui.label("No runs in this folder yet.").classes("title")
            return
        accounts = {run.name: account_of(run) for run in runs}
        compare.choice(shell, runs, accounts)
        found = differing(accounts)
        for run in runs:
            account = accounts[run.name]
            values = tuple(pair for pair in found[run.name] if pair[1] != NOTHING)
            _run(shell, run, ((*account.inputs, *values), account.figures))


def _run(shell: Shell, run: Run, rows: tuple[tuple[tuple[str, str], ...], ...]) -> None:
    with ui.column().classes("panel"):
        with ui.row().classes("line"):
            ui.label(run.shown_name).classes("heading grow")
            ui.label(state_in_words(run)).classes("state")
        ui.label(when(run)).classes("quiet")
        for row in rows:
            show_facts(row)
        with ui.row().classes("line"):
            title = ui.input("Title", value=run.record.title).props("dense outlined")
            title.style("flex: 1 1 220px")
            title.on("blur", lambda: _keep(shell, run, title=title.value or ""))
            notes = ui.input("Notes", value=run.record.notes).props("dense outlined")
            notes.style("flex: 3 1 240px")
            notes.on("blur", lambda: _keep(shell, run, notes=notes.value or ""))
        ui.label(run.command).classes("command")
        with ui.row().classes("line"):
            flat_button("Results", lambda: shell.look_at(run)).set_enabled(run.is_over)
            flat_button("Run again with changes", lambda: shell.take_up(run))


def _keep(shell: Shell, run: Run, *, title: str | None = None, notes: str | None = None) -> None:
    try:
        shell.state.annotate(run, title=title, notes=notes)
    except MapSharpeningError as error:
        tell(error)
