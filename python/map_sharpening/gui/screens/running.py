"""Runs: what is going on, what waits, and how to end it."""

from __future__ import annotations

import time

from nicegui import run as background
from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui import progress
from map_sharpening.gui.shell import Shell, tell
from map_sharpening.gui.state import Run, RunStage

_SECONDS_BETWEEN_LOOKS = 0.2


def screen(shell: Shell) -> None:
    """Show the queue and the run that is looked at."""
    _Runs(shell).build()


class _Runs:
    """Looks again and again; what has not changed is left as it stands."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._shown: list[tuple[str, RunStage, int]] = []
        self._begun: dict[tuple[str, str], float] = {}
        self._followed = shell.run_name

    def build(self) -> None:
        """Build the list and keep it up to date."""
        self._place = ui.column().classes("main runs")
        self._look()
        ui.timer(_SECONDS_BETWEEN_LOOKS, self._look)

    def _look(self) -> None:
        state = self._shell.state
        try:
            state.start_next()
            runs = state.runs()
        except MapSharpeningError as error:
            self._place.clear()
            with self._place:
                ui.label(str(error)).classes("problem")
            return
        now = [(run.name, run.stage, len(run.progress)) for run in runs]
        if now == self._shown and self._place.default_slot.children:
            return
        followed = next((run for run in runs if run.name == self._followed), None)
        was_going = any(
            name == self._followed and stage in ("waiting", "running")
            for name, stage, _ in self._shown
        )
        self._shown = now
        if followed is not None and followed.stage == "done" and was_going:
            self._shell.look_at(followed)
            return
        self._place.clear()
        with self._place:
            if not runs:
                with ui.column().classes("panel welcome"):
                    ui.label("Nothing has been run in this folder yet.").classes("title")
                    ui.label("Choose files under Inputs, and press Run.").classes("quiet")
            going = [run for run in runs if not run.is_over]
            for run in reversed(going):
                self._run(run)
            for run in [run for run in runs if run.is_over][:5]:
                self._run(run)

    def _run(self, run: Run) -> None:
        with ui.column().classes(f"panel run-card {run.stage}"):
            with ui.row().classes("line"):
                ui.label(run.record.title or run.name).classes("heading grow")
                ui.label(progress.state_in_words(run)).classes("state").props('role="status"')
            ui.label(progress.when(run)).classes("quiet")
            if run.stage == "running":
                self._stages(run)
            log = run.log().strip()
            if log:
                text = ui.label(log).classes("log").props("role=region tabindex=0")
                text.props["aria-label"] = f"Log of {run.name}"
            with ui.row().classes("line"):
                if run.is_over:
                    ui.button("Results", on_click=lambda: self._shell.look_at(run)).props(
                        "flat dense no-caps"
                    ).set_enabled(run.stage == "done")
                else:
                    ui.button("Cancel", on_click=lambda: self._cancel(run)).props(
                        "outline no-caps"
                    )
            ui.label(run.command).classes("command")

    def _stages(self, run: Run) -> None:
        found = progress.stages(run.progress)
        if not found:
            ui.label(
                "Opening the maps; progress is shown once the first stage has begun."
            ).classes("quiet")
        for stage in found:
            begun = self._begun.setdefault((run.name, stage.name), time.monotonic())
            left = progress.time_left(stage, time.monotonic() - begun)
            words = stage.words + (f", {left}" if left else "")
            with ui.row().classes("stage"):
                ui.label(stage.name).classes("stage-name")
                ui.linear_progress(stage.share, show_value=False, size="6px").props(
                    f'rounded aria-label="{words}"'
                ).classes("grow")
                ui.label(words).classes("stage-words")

    async def _cancel(self, run: Run) -> None:
        # A second time, of one that doesn't answer, ends it at once.
        is_second = run.record.stage == "cancelled"
        try:  # a queueing system takes its time
            await background.io_bound(self._shell.state.cancel, run, at_once=is_second)
        except MapSharpeningError as error:
            tell(error)
        if not self._place.is_deleted:
            self._shown = []
            self._look()
