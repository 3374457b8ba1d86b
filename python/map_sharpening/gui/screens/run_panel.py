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
from map_sharpening.gui.state import OUTPUT_FOLDER, RESOLUTION

_PRESETS: dict[str | None, Preset] = {preset.name: preset for preset in PRESETS}
_EMPTY = Check(error="Choose files first.")
_FINDING = Check(lines=(("Resolution", "being found …"),))


def run_panel(shell: Shell) -> None:
    """Show the run that is planned, what the program says about it, and the button to start it."""
    with ui.column().classes("panel side"):
        ui.label("This run").classes("heading")
        typed = ui.input(
            "Resolution in Å",
            value=_resolution(shell),
            on_change=lambda event: set_resolution(event.value or ""),
        )
        typed.props("outlined dense inputmode=decimal").classes("wide")
        source = ui.label(_about_resolution(shell)).classes("proposal").props('role="status"')
        source.bind_visibility_from(source, "text")
        purpose = ui.select(
            list(_PRESETS),
            label="Purpose",
            value=shell.preset,
            on_change=lambda event: set_preset(event.value),
        )
        purpose.props("outlined dense options-dense").classes("wide")
        hint = ui.label().classes("quiet")
        undo = flat_button("Undo: the values as before", shell.undo).props("align=left")
        verdict = ui.column().classes("verdict").props('aria-live="polite"')
        start_button = ui.button("Run", on_click=lambda: start()).props("no-caps unelevated")
        start_button.classes("wide run")
        ui.label("The same in the shell, in this folder").classes("fact-heading")
        command = ui.label().classes("command")
        with ui.row().classes("line"):
            flat_button("Copy command", lambda: copy(shell.draft.command()))
            flat_button("Copy .eff", lambda: copy_parameters())
            flat_button("Save .eff", lambda: save_parameters())

    def set_resolution(text: str) -> None:
        if text.strip() == _resolution(shell):  # it was proposed, not typed
            return
        shell.end_proposal()
        shell.undone = None
        set_value(shell.draft, RESOLUTION, text)
        shell.changed()

    def set_preset(name: str | None) -> None:
        chosen = _PRESETS.get(name)
        if chosen is not None:
            before = shell.draft.copy()
            apply_preset(shell.draft, chosen)
            shell.replaced(before, chosen.name)  # nothing is built anew: the focus stays

    def parameters() -> str | None:
        try:
            return shell.draft.parameter_file()
        except MapSharpeningError as error:
            tell(error)
            return None

    async def copy_parameters() -> None:
        if (text := parameters()) is not None:
            await copy(text)

    def save_parameters() -> None:
        if (text := parameters()) is not None:
            ui.download.content(text.encode(), "map_sharpening.eff")

    def start() -> None:
        try:
            started = shell.state.add_run(shell.draft)
        except MapSharpeningError as error:
            tell(error)
        else:
            shell.look_at(started, "Runs")

    n_looks = 0

    async def look() -> None:
        nonlocal n_looks
        if panel_is_gone():
            return
        n_looks += 1
        look_number = n_looks
        draft = shell.draft.copy()
        if (typed.value or "").strip() != _resolution(shell):
            typed.set_value(_resolution(shell))
        source.set_text(_about_resolution(shell))
        command.set_text(draft.command(draft.values.get(OUTPUT_FOLDER)))
        chosen = _PRESETS.get(shell.preset)
        hint.set_text(chosen.purpose if chosen else "")
        undo.set_visibility(shell.undone is not None)
        purpose.set_value(chosen.name if chosen else None)
        is_finding = shell.is_finding and RESOLUTION not in draft.values
        if not draft.inputs:
            found: Check | None = _EMPTY
        elif is_finding:
            found = _FINDING
        else:
            if finds_resolution(draft):
                _say(verdict, _FINDING)
            try:
                found = await run.io_bound(check, draft, shell.checking)
            except NoLongerAskedError:  # the draft has changed, and is being checked anew
                return
        if found is None or panel_is_gone() or look_number != n_looks:  # it has changed since
            return
        start_button.set_enabled(not found.error and not is_finding)
        _say(verdict, found)

    def panel_is_gone() -> bool:
        return verdict.is_deleted

    shell.on_change(look)
    typed.props('aria-label="Resolution in Å"')
    ui.timer(0.05, look, once=True)


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
