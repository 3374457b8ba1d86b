"""Two runs compared: parameters, figures, maps side by side, and their difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from nicegui import run as background
from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.files.apart import NoLongerAskedError
from map_sharpening.gui.history import Account, pair_to_compare
from map_sharpening.gui.results.comparison import Row, agreement, figure_rows, parameter_rows
from map_sharpening.gui.results.side_by_side import SideBySide, slices_beside
from map_sharpening.gui.results.tables import table
from map_sharpening.gui.results.views import views_of
from map_sharpening.gui.shell import Shell, flat_button, warn
from map_sharpening.gui.state import Run


def choice(shell: Shell, runs: Sequence[Run], accounts: Mapping[str, Account]) -> None:
    """Let two runs be chosen, if as many are done."""
    labels = {run.name: run.label for run in runs if run.stage == "done"}
    if len(labels) < 2:
        return
    older, newer = pair_to_compare({name: accounts[name] for name in labels})
    with ui.row().classes("panel items-center gap-4"):
        ui.label("Compare").classes("heading")
        first = ui.select(labels, value=older, label="First").props("dense outlined")
        second = ui.select(labels, value=newer, label="Second").props("dense outlined")

        def compare() -> None:
            if first.value == second.value:
                warn("Choose two different runs to compare.")
                return
            shell.compared = (first.value, second.value)
            shell.rebuild()

        ui.button("Compare", on_click=compare).props("outline no-caps")


def screen(shell: Shell, first_name: str, second_name: str) -> None:
    """Show two runs side by side; what is missing in words."""
    with ui.column().classes("main"):
        with ui.row().classes("line"):
            ui.label("Two runs side by side").classes("title grow")
            ui.button("All runs", on_click=lambda: _back(shell)).props("flat no-caps")
        views = views_of(shell.state)
        try:
            first, second = (shell.state.run(name) for name in (first_name, second_name))
            values = [views.found(name).run.values for name in (first_name, second_name)]
        except MapSharpeningError as error:
            with ui.column().classes("panel"):
                ui.label(str(error)).classes("problem")
            return
        if first is None or second is None:
            with ui.column().classes("panel"):
                gone = first_name if first is None else second_name
                ui.label(f"{gone} is not a run of this folder.").classes("problem")
            return
        with ui.column().classes("panel"):
            ui.label("What was asked").classes("heading")
            _rows(first, second, parameter_rows(first, second), "Parameter")
            for run in (first, second):
                if run.record.notes.strip():
                    ui.label(f"Notes on {run.label}: {run.record.notes.strip()}").classes("quiet")
            with ui.row().classes("line"):
                for run in (first, second):
                    label = f"Run {run.shown_name} again with changes"
                    flat_button(label, partial(shell.take_up, run))
        with ui.column().classes("panel"):
            ui.label("What was found").classes("heading")
            _rows(first, second, figure_rows(*values), "Figure")
        _maps(shell, first, second)


def _rows(first: Run, second: Run, rows: list[Row], heading: str) -> None:
    if not rows:
        ui.label("The same parameters.").classes("quiet")
        return
    table(
        f"{heading}s of both runs",
        [heading, first.label, second.label],
        (((row.name, row.first, row.second), row.differs) for row in rows),
    )


def _maps(shell: Shell, first: Run, second: Run) -> None:
    views = views_of(shell.state)
    with ui.column().classes("panel"):
        ui.label("Maps").classes("heading")
        try:
            SideBySide(views, first, second).build()
        except MapSharpeningError as error:
            ui.label(str(error)).classes("problem")
    with ui.column().classes("panel") as panel:
        ui.label("Agreement of the two maps").classes("heading")
        waiting = ui.label("Comparing the maps …").classes("quiet").props('role="status"')

    async def compare() -> None:
        try:
            found = await background.io_bound(
                agreement, views, first.name, second.name, shell.comparing
            )
            problem = "The maps were not compared: the program is ending."
        except NoLongerAskedError:  # other runs are compared, or the page was closed
            return
        except MapSharpeningError as error:
            found, problem = None, str(error)
        if panel.is_deleted:
            return
        with panel:
            waiting.delete()
            if found is None:
                ui.label(problem).classes("problem")
                return
            correlation, chart = found
            ui.label(
                f"Correlation {correlation:.4f}. For the difference, each map is first scaled to "
                "a standard deviation of 1."
            ).classes("quiet")
            if chart is not None:
                ui.echart(chart).classes("w-full").style("height: 240px")
            slices_beside(first, second)

    ui.timer(0.05, compare, once=True)


def _back(shell: Shell) -> None:
    shell.compared = None
    shell.rebuild()
