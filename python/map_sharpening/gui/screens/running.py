"""Runs: what is going on, what waits, and how to end it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from nicegui import run as background
from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui import progress
from map_sharpening.gui.shell import Shell, flat_button, tell
from map_sharpening.gui.state import Run, RunStage

#: Between looks, while a run is under way and otherwise.
_SECONDS_IF_RUNNING, _SECONDS_IF_NOT = 0.2, 0.5
#: What draws the plots of results is there when they come; they load it again if that failed.
_LOAD_PLOTS = 'import("nicegui-echart").catch(() => {})'
_N_OVER = 5  #: runs that are over and are shown

#: Of a card, which stays as long as its run has the stage.
_Key = tuple[str, RunStage]


def screen(shell: Shell) -> None:
    """Show the queue and the run that is looked at."""
    _Runs(shell).build()


class _Runs:
    """Looks again and again; what has not changed is left as it stands."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._cards: dict[_Key, _Card] = {}
        self._looking = asyncio.Lock()
        self._followed = shell.run_name

    def build(self) -> None:
        """Build the list and keep it up to date."""
        with ui.column().classes("main runs"):
            self._problem = ui.label().classes("problem")
            with ui.column().classes("panel welcome") as self._welcome:
                ui.label("Nothing has been run in this folder yet.").classes("title")
                ui.label("Choose files under Inputs, and press Run.").classes("quiet")
            self._place = ui.column().classes("main runs")
        self._welcome.set_visibility(False)
        self._timer = ui.timer(_SECONDS_IF_NOT, self._look)
        ui.run_javascript(_LOAD_PLOTS)

    async def _look(self) -> None:
        async with self._looking:  # what was seen first is shown first
            try:
                seen = await background.io_bound(self._seen)
            except MapSharpeningError as error:
                if not self._place.is_deleted:
                    self._show_words(problem=str(error))
                    self._remove_cards_but([])
                return
            if seen is None or self._place.is_deleted:  # the server or the page is closed
                return
            self._show(*seen)

    def _seen(self) -> tuple[list[Run], dict[str, str]]:
        """Return the runs to show, in order, and the logs that may have changed, by name."""
        runs = self._shell.state.start_next()
        going = [run for run in reversed(runs) if not run.is_over]
        shown = [*going, *[run for run in runs if run.is_over][:_N_OVER]]
        is_new = {run.name: (run.name, run.stage) not in self._cards for run in shown}
        return shown, {
            run.name: run.log().strip() for run in shown if not run.is_over or is_new[run.name]
        }

    def _show(self, runs: Sequence[Run], logs: dict[str, str]) -> None:
        is_running = any(run.stage == "running" for run in runs)
        self._timer.interval = _SECONDS_IF_RUNNING if is_running else _SECONDS_IF_NOT
        for run in runs:
            was_going = any((run.name, stage) in self._cards for stage in ("waiting", "running"))
            if run.name == self._followed and run.stage == "done" and was_going:
                self._shell.look_at(run)
                return
        self._show_words(are_none=not runs)
        self._remove_cards_but(runs)
        for i, run in enumerate(runs):
            key = (run.name, run.stage)
            if key not in self._cards:
                with self._place:
                    self._cards[key] = _Card(self._shell, run, self._cancel)
            card = self._cards[key]
            if self._place.default_slot.children[i] is not card.element:
                card.element.move(target_index=i)
            card.update(run, logs.get(run.name))

    def _show_words(self, problem: str = "", *, are_none: bool = False) -> None:
        self._problem.set_text(problem)
        self._welcome.set_visibility(are_none)

    def _remove_cards_but(self, runs: Sequence[Run]) -> None:
        for key in set(self._cards).difference((run.name, run.stage) for run in runs):
            self._cards.pop(key).element.delete()

    async def _cancel(self, run: Run) -> None:
        # A second time, of one that doesn't answer, ends it at once.
        is_second = run.record.stage == "cancelled"
        try:  # a queueing system takes its time
            await background.io_bound(self._shell.state.cancel, run, at_once=is_second)
        except MapSharpeningError as error:
            tell(error)
        if not self._place.is_deleted:
            await self._look()


class _Card:
    """One run in one stage: built once, so that what is pressed, read or scrolled stays."""

    def __init__(self, shell: Shell, run: Run, cancel: Callable[[Run], Awaitable[None]]) -> None:
        self._run = run
        self._bars: dict[str, _Bar] = {}
        with ui.column().classes(f"panel run-card {run.stage}") as self.element:
            with ui.row().classes("line"):
                self._title = ui.label().classes("heading grow")
                self._state = ui.label().classes("state").props('role="status"')
            ui.label(progress.when(run)).classes("quiet")
            self._stages = ui.column().classes("stages")
            self._stages.set_visibility(run.stage == "running")
            with self._stages:
                self._opening = ui.label(
                    "Opening the maps; progress is shown once the first stage has begun."
                ).classes("quiet")
            self._log = ui.label().classes("log").props("role=region tabindex=0")
            self._log.props["aria-label"] = f"Log of {run.shown_name}"
            self._log.bind_visibility_from(self._log, "text", bool)
            with ui.row().classes("line"):
                if run.is_over:
                    button = flat_button("Results", lambda: shell.look_at(self._run))
                    button.set_enabled(run.stage == "done")
                else:
                    ui.button("Cancel", on_click=lambda: cancel(self._run)).props(
                        "outline no-caps"
                    )
            ui.label(run.command).classes("command")

    def update(self, run: Run, log: str | None) -> None:
        """Show how far the run is, and its log, or as before if that is None.

        Only what differs is sent to the browser.
        """
        self._run = run
        self._title.set_text(run.record.title or run.shown_name)
        self._state.set_text(progress.state_in_words(run))
        if log is not None:
            self._log.set_text(log)
        found = progress.stages(run.progress) if run.stage == "running" else []
        self._opening.set_visibility(not found)
        for stage in found:
            if stage.name not in self._bars:
                with self._stages:
                    self._bars[stage.name] = _Bar(stage)
            self._bars[stage.name].update(stage)


class _Bar:
    """How far one stage of a run is."""

    def __init__(self, stage: progress.StageShown) -> None:
        self._shown: progress.StageShown | None = None
        with ui.row().classes("stage"):
            ui.label(stage.name).classes("stage-name")
            self._bar = ui.linear_progress(0, show_value=False, size="6px").props("rounded")
            self._bar.classes("grow")
            self._words = ui.label().classes("stage-words")

    def update(self, stage: progress.StageShown) -> None:
        """Show how far the stage is, if it has gone on."""
        if stage == self._shown:
            return
        self._shown = stage
        left = progress.time_left(stage)
        words = stage.words + (f", {left}" if left else "")
        self._bar.set_value(stage.share)
        self._bar.props["aria-label"] = words
        self._words.set_text(words)
