"""The parameters screen: how to sharpen."""

from __future__ import annotations

from typing import Any

from nicegui import events, ui
from nicegui.elements.mixins.value_element import ValueElement

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui import form
from map_sharpening.gui.form import Field
from map_sharpening.gui.inputs import recognise
from map_sharpening.gui.screens.run_panel import run_panel
from map_sharpening.gui.screens.uploads import upload_place
from map_sharpening.gui.shell import Shell, tell, warn
from map_sharpening.gui.state import RESOLUTION, Draft
from map_sharpening.phil import decode

_LARGEST_FILE = 1_000_000


def screen(shell: Shell) -> None:
    """Show the form, and beside it the run that it defines."""
    with ui.element("div").classes("split"):
        with ui.column().classes("main"):
            _Form(shell).build()
        run_panel(shell)


def _expected(field: Field) -> str:
    default = f"Default {field.default or 'None'}."
    return default if field.kind in ("switch", "choice") else f"{default} Give {field.expected}."


class _Form:
    """Fields that show at once if their value is wrong or has no effect."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._notes: dict[str, list[ui.label]] = {}
        self._choices: dict[str, list[ui.label]] = {}  #: what the program chooses itself
        self._controls: list[tuple[Field, ValueElement[Any]]] = []
        self._chosen = form.chosen(shell.draft)
        self._problems: dict[str, list[ui.label]] = {}
        self._found: list[tuple[Field, ui.element]] = []
        self._groups: list[tuple[list[Field], ui.expansion]] = []

    def build(self) -> None:
        """Build all fields: the first ones, then the others by scope."""
        with ui.column().classes("panel"):
            with ui.row().classes("line"):
                ui.label("What matters first").classes("heading grow")
                upload_place(
                    "Load .eff",
                    self._load,
                    lambda: warn("That file is too large for parameters."),
                    max_file_size=_LARGEST_FILE,
                ).props("flat dense").classes("load")
            for path in form.MAIN:
                if path != RESOLUTION:  # it is in the panel of the run
                    self._field(form.field_of(path))
        with ui.column().classes("panel"):
            ui.label("All parameters").classes("heading")
            ui.input(
                "Search names and help", on_change=lambda event: self._search(event.value or "")
            ).props("outlined dense clearable").classes("wide")
            nothing = ui.label("No parameter has all these words.").classes("quiet")
            nothing.set_visibility(False)
            self._nothing = nothing
            for group in form.groups():
                with ui.expansion(group.label, caption=group.path).classes("group") as expansion:
                    if group.help:
                        ui.label(group.help).classes("quiet")
                    for field in group.fields:
                        self._found.append((field, self._field(field)))
                self._groups.append((list(group.fields), expansion))
        self._shell.on_change(self._judge)
        self._judge()

    def _field(self, field: Field) -> ui.element:
        value = self._text(field)
        label = f'aria-label="{field.label}"' if '"' not in field.label else ""
        with ui.element("div").classes("field") as place:
            with ui.element("div").classes("field-name"):
                ui.label(field.label).classes("field-label")
                ui.label(field.path.rpartition(".")[2]).classes("keyword")
            with ui.element("div").classes("field-value"):
                if field.kind == "switch":
                    control: ValueElement[Any] = ui.switch(
                        value=value == "True",
                        on_change=lambda event: self._set(field, str(bool(event.value))),
                    )
                elif field.kind == "choice":
                    control = ui.select(
                        list(dict.fromkeys([*field.options, value])),
                        value=value,
                        on_change=lambda event: self._set(field, str(event.value)),
                    )
                    control.props("outlined dense options-dense").classes("wide")
                else:
                    box = ui.textarea if field.kind == "lines" else ui.input
                    control = box(
                        placeholder=field.default.strip() or "one a line",
                        value=value,
                        on_change=lambda event: self._set(field, event.value or ""),
                    )
                    control.props("outlined dense").classes("wide")
                control.props(label)
                self._controls.append((field, control))
                problem = ui.label().classes("problem")
                self._problems.setdefault(field.path, []).append(problem)
            with ui.element("div").classes("field-help"):
                ui.label(field.help).classes("quiet")
                ui.label(_expected(field)).classes("expected")
                self._choices.setdefault(field.path, []).append(ui.label().classes("in-run"))
                self._notes.setdefault(field.path, []).append(ui.label().classes("no-effect"))
        return place

    def _text(self, field: Field) -> str:
        """Return what a field shows: boxes are empty where nothing was given."""
        draft = self._shell.draft
        if field.kind in ("switch", "choice"):
            return draft.values.get(field.path, self._chosen.get(field.path, field.default))
        return draft.values.get(field.path, "")

    def _set(self, field: Field, text: str) -> None:
        if text.strip() == self._text(field):  # it was changed elsewhere, and is shown here
            return
        if field.path == RESOLUTION:
            self._shell.end_proposal()
        form.set_value(self._shell.draft, field.path, text)
        self._shell.preset = self._shell.undone = None
        self._shell.changed()

    def _judge(self) -> None:
        """Show all as it is in this run: values, and which of them have no effect."""
        draft = self._shell.draft
        self._show_problems(draft)
        try:
            found = form.without_effect(draft.fetched())
        except MapSharpeningError:  # the panel of the run shows it
            self._show_values()
            return
        self._chosen = form.chosen(draft)
        self._show_values()
        for path, labels in self._notes.items():
            for label in labels:
                label.set_text(found.get(path, ""))
        for path, labels in self._choices.items():
            value = self._chosen.get(path)
            for label in labels:
                label.set_text(
                    "" if value is None else f"In this run: {value}, chosen by the program."
                )

    def _show_problems(self, draft: Draft) -> None:
        for path, labels in self._problems.items():
            problem = form.problem_of(draft, path)
            for label in labels:
                label.set_text(problem)

    def _show_values(self) -> None:
        for field, control in self._controls:
            text = self._text(field)
            if field.kind == "switch":
                control.set_value(text == "True")
            elif (control.value or "").strip() != text:
                control.set_value(text)

    def _search(self, text: str) -> None:
        kept = {field.path for field, _ in self._found if form.matches(field, text)}
        for field, place in self._found:
            place.set_visibility(field.path in kept)
        for fields, expansion in self._groups:
            has_some = any(field.path in kept for field in fields)
            expansion.set_visibility(has_some)
            expansion.set_value(bool(text.strip()) and has_some)
        self._nothing.set_visibility(not kept)

    async def _load(self, event: events.UploadEventArguments) -> None:
        before = self._shell.draft.copy()
        try:
            text = decode(await event.file.read(), event.file.name)
            names = form.take(self._shell.draft, text)
        except MapSharpeningError as error:
            tell(error)
            return
        if names:
            self._shell.draft.inputs = []
            self._shell.messages = recognise(self._shell.state, self._shell.draft, names)
            for message in self._shell.messages:
                warn(message)
        self._shell.replaced(before)
        self._shell.go("Parameters")
        await self._shell.propose()
