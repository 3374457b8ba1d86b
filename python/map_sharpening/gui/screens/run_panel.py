"""The panel beside inputs and parameters: resolution, check, command, and Run."""

from __future__ import annotations

from nicegui import run, ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.files.apart import NoLongerAskedError
from map_sharpening.gui.form import (
    PRESETS,
    Check,
    Preset,
    apply_preset,
    check,
    finds_resolution,
    set_value,
    value_of,
)
from map_sharpening.gui.shell import Shell, copy, flat_button, tell
from map_sharpening.gui.state import OUTPUT_FOLDER, RESOLUTION, Draft

_PRESETS: dict[str | None, Preset] = {preset.name: preset for preset in PRESETS}
_EMPTY = Check(error="Choose files first.")
_FINDING = Check(lines=(("Resolution", "being found …"),))


def run_panel(shell: Shell) -> None:
    """Show the run that is planned, what the program says about it, and the button to start it."""
    _Panel(shell).build()


class _Panel:
    """Follows the draft: what is typed, proposed, or taken from a preset."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._n_looks = 0

    def build(self) -> None:
        """Build all of it, and look at the draft whenever that changes."""
        shell = self._shell
        with ui.column().classes("panel side"):
            ui.label("This run").classes("heading")
            self._build_choices()
            self._undo = flat_button("Undo: the values as before", shell.undo)
            self._undo.props("align=left")
            self._verdict = ui.column().classes("verdict").props('aria-live="polite"')
            self._start_button = ui.button("Run", on_click=self._start)
            self._start_button.props("no-caps unelevated").classes("wide run")
            ui.label("The same in the shell, in this folder").classes("fact-heading")
            self._command = ui.label().classes("command")
            with ui.row().classes("line"):
                flat_button("Copy command", lambda: copy(shell.draft.command()))
                flat_button("Copy .eff", self._copy_parameters)
                flat_button("Save .eff", self._save_parameters)
        shell.on_change(self._look)
        self._typed.props('aria-label="Resolution in Å"')
        ui.timer(0.05, self._look, once=True)

    def _build_choices(self) -> None:
        self._typed = ui.input(
            "Resolution in Å",
            value=_resolution(self._shell),
            on_change=lambda event: self._set_resolution(event.value or ""),
        )
        self._typed.props("outlined dense inputmode=decimal").classes("wide")
        self._source = ui.label(_about_resolution(self._shell)).classes("proposal")
        self._source.props('role="status"').bind_visibility_from(self._source, "text")
        self._purpose = ui.select(
            list(_PRESETS),
            label="Purpose",
            value=self._shell.preset,
            on_change=lambda event: self._set_preset(event.value),
        )
        self._purpose.props("outlined dense options-dense").classes("wide")
        self._hint = ui.label().classes("quiet")

    def _set_resolution(self, text: str) -> None:
        shell = self._shell
        if text.strip() == _resolution(shell):  # it was proposed, not typed
            return
        shell.end_proposal()
        shell.undone = None
        set_value(shell.draft, RESOLUTION, text)
        shell.changed()

    def _set_preset(self, name: str | None) -> None:
        chosen = _PRESETS.get(name)
        if chosen is not None:
            before = self._shell.draft.copy()
            apply_preset(self._shell.draft, chosen)
            # Nothing is built anew: the focus stays.
            self._shell.replaced(before, chosen.name)

    def _parameters(self) -> str | None:
        try:
            return self._shell.draft.parameter_file()
        except MapSharpeningError as error:
            tell(error)
            return None

    async def _copy_parameters(self) -> None:
        if (text := self._parameters()) is not None:
            await copy(text)

    def _save_parameters(self) -> None:
        if (text := self._parameters()) is not None:
            ui.download.content(text.encode(), "map_sharpening.eff")

    def _start(self) -> None:
        try:
            started = self._shell.state.add_run(self._shell.draft)
        except MapSharpeningError as error:
            tell(error)
        else:
            self._shell.look_at(started, "Runs")

    async def _look(self) -> None:
        if self._verdict.is_deleted:
            return
        self._n_looks += 1
        look_number = self._n_looks
        draft = self._shell.draft.copy()
        self._show_values(draft)
        is_finding = self._shell.is_finding and RESOLUTION not in draft.values
        try:
            found = _FINDING if is_finding and draft.inputs else await self._judged(draft)
        except NoLongerAskedError:  # the draft has changed, and is being checked anew
            return
        # It may have changed since.
        if found is None or self._verdict.is_deleted or look_number != self._n_looks:
            return
        self._start_button.set_enabled(not found.error and not is_finding)
        _say(self._verdict, found)

    def _show_values(self, draft: Draft) -> None:
        shell = self._shell
        if (self._typed.value or "").strip() != _resolution(shell):
            self._typed.set_value(_resolution(shell))
        self._source.set_text(_about_resolution(shell))
        self._command.set_text(draft.command(draft.values.get(OUTPUT_FOLDER)))
        chosen = _PRESETS.get(shell.preset)
        self._hint.set_text(chosen.purpose if chosen else "")
        self._undo.set_visibility(shell.undone is not None)
        self._purpose.set_value(chosen.name if chosen else None)

    async def _judged(self, draft: Draft) -> Check | None:
        """Return what the program says of a draft; None: the server is being closed."""
        if not draft.inputs:
            return _EMPTY
        if finds_resolution(draft):
            _say(self._verdict, _FINDING)
        return await run.io_bound(check, draft, self._shell.checking)


def _resolution(shell: Shell) -> str:
    """Return what the field of the resolution shows."""
    return value_of(shell.draft, RESOLUTION).removesuffix("None")


def _about_resolution(shell: Shell) -> str:
    """Return where the resolution comes from, or that it is being found."""
    return shell.about_proposal or shell.draft.resolution_source


def _say(place: ui.column, found: Check) -> None:
    place.clear()
    with place:
        if found.error:
            is_fault = found is not _EMPTY
            ui.label(found.error).classes("problem" if is_fault else "quiet")
            return
        for text in found.warnings:
            ui.label(text).classes("caution")
        with ui.element("dl").classes("plan"):
            for heading, text in found.lines:
                with ui.element("dt"):
                    ui.label(heading)
                with ui.element("dd"):
                    ui.label(text)
