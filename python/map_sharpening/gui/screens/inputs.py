"""Inputs: which files, and what each is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nicegui import events, run, ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui import inputs
from map_sharpening.gui.files.shown import pictures
from map_sharpening.gui.progress import size_in_words
from map_sharpening.gui.screens.input_view import input_view
from map_sharpening.gui.screens.run_panel import run_panel
from map_sharpening.gui.screens.uploads import upload_place
from map_sharpening.gui.shell import Shell, show_facts, tell, warn
from map_sharpening.gui.state import InputFile, Role
from map_sharpening.io.web.run_records import run_folders

_UNUSED = "not used"
_AXES = {"z": "Normal to z", "y": "Normal to y", "x": "Normal to x"}


def screen(shell: Shell) -> None:
    """Show the chosen files, and ways to choose more."""
    with ui.element("div").classes("split"):
        with ui.column().classes("main"):
            _chosen(shell)
            _more(shell)
        run_panel(shell)


async def add(shell: Shell, names: list[str]) -> None:
    """Add files, with the other half map where one lies beside; propose a resolution."""

    def work() -> list[str]:
        messages = inputs.recognise(shell.state, shell.draft, names)
        partner = inputs.proposed_partner(shell.state, shell.draft)
        if partner is not None:
            messages += inputs.recognise(shell.state, shell.draft, [partner])
            messages.append(f"{partner} was added as the other half map, by its name")
        return messages

    async with shell.choosing:
        shell.undone = None
        shell.messages = await run.io_bound(work) or []
    shell.go("Inputs")
    await shell.propose()


def _chosen(shell: Shell) -> None:
    for text in shell.messages:
        ui.label(text).classes("caution").props('role="status"')
    if not shell.draft.inputs:
        with ui.column().classes("panel welcome"):
            ui.label("Which map is to be sharpened?").classes("title")
            ui.label(
                "Choose two half maps, one map, or map coefficients; a model, a mask or a "
                "sequence may come with them. The kind of each file is recognised by its content."
            ).classes("quiet")
        return
    with ui.column().classes("panel"):
        ui.label("Files of this run").classes("heading")
        for file in shell.draft.inputs:
            _file(shell, file)


def _file(shell: Shell, file: InputFile) -> None:
    with ui.element("div").classes("file"):
        with ui.row().classes("line"):
            ui.label(file.name).classes("filename")
            if file.roles:
                ui.select(
                    [*file.roles, _UNUSED],
                    value=file.role or _UNUSED,
                    on_change=lambda event: _set_role(shell, file, event.value),
                ).props('dense outlined options-dense aria-label="Role of the file"').classes(
                    "role"
                )
            ui.button(icon="close", on_click=lambda: _remove(shell, file)).props(
                'flat round dense aria-label="Leave this file out"'
            )
        if file.error:
            ui.label(file.error).classes("problem")
        show_facts(file.facts)
        for text in file.warnings:
            ui.label(text).classes("caution")
        if "half map" in file.roles or file.role == "coefficients":
            _slices(shell, file)
            _in_3d(shell, file)


def _slices(shell: Shell, file: InputFile) -> None:
    with ui.row().classes("slices") as place:
        ui.label("Drawing central slices …").classes("quiet")

    def drawn() -> dict[str, str]:
        return pictures(shell.state.folder.resolve(file.name), file.name, _labels(shell))

    async def draw() -> None:
        try:
            found = await run.io_bound(drawn)
        except (MapSharpeningError, OSError) as error:
            found, problem = None, str(error)
        else:
            problem = "The slices were not drawn: the program is ending."
        if place.is_deleted:
            return
        place.clear()
        with place:
            if not found:
                ui.label(problem).classes("problem")
                return
            for axis, caption in _AXES.items():
                with ui.element("figure"):
                    ui.html(found[axis], sanitize=False).classes("slice")
                    ui.label(caption).classes("caption")

    ui.timer(0.05, draw, once=True)


def _labels(shell: Shell) -> str:
    """Return the columns of coefficients to read; empty: those that are found."""
    return shell.draft.values.get("input_files.map_coeff_labels", "")


def _in_3d(shell: Shell, file: InputFile) -> None:
    """Show the map in 3-D at a click; one at a time."""

    def turn() -> None:
        shell.in_3d = None if shell.in_3d == file.name else file.name
        shell.rebuild()

    is_shown = shell.in_3d == file.name
    button = ui.button("Hide the 3-D view" if is_shown else "Show in 3-D", on_click=turn)
    button.props(f"outline dense no-caps aria-expanded={str(is_shown).lower()}")
    button.style("justify-self: start; padding: 2px 10px")
    if is_shown:
        input_view(shell, file, _labels(shell))


async def _set_role(shell: Shell, file: InputFile, role: str) -> None:
    shell.undone = None
    known: dict[str, Role] = {known: known for known in file.roles}
    inputs.set_role(shell.state, shell.draft, file.name, known.get(role))
    shell.go("Inputs")
    await shell.propose()


async def _remove(shell: Shell, file: InputFile) -> None:
    async with shell.choosing:
        shell.undone = None
        messages = await run.io_bound(inputs.remove, shell.state, shell.draft, file.name)
        shell.messages = messages or []
    shell.go("Inputs")
    await shell.propose()


def _more(shell: Shell) -> None:
    with ui.column().classes("panel"):
        ui.label("Add files").classes("heading")
        with ui.row().classes("line"):
            typed = ui.input("File name, from this folder").props("outlined dense")
            typed.classes("grow").on("keydown.enter", lambda: _add_typed(shell, typed))
            ui.button("Add", on_click=lambda: _add_typed(shell, typed)).props("outline no-caps")
        narrow = _browser(shell)
        typed.on_value_change(lambda event: narrow(event.value or ""))
        uploads = _Uploads(shell)
        place = upload_place(
            "Choose files on your computer, or drop them here; they are copied into this folder",
            uploads.take,
            lambda: warn("A file was refused: it is too large."),
            max_file_size=shell.state.upload_limit,
            multiple=True,
        )
        place.props("flat bordered").classes("drop").on("finish", uploads.finish, args=[])


async def _add_typed(shell: Shell, typed: ui.input) -> None:
    name = (typed.value or "").strip()
    if name:
        await add(shell, [name])


class _Uploads:
    """Files that come together: added once all have come, as the screen is built anew then."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._names: list[str] = []
        self._n_storing = 0
        self._is_finished = False

    async def take(self, event: events.UploadEventArguments) -> None:
        """Store one."""
        folder = self._shell.state.folder
        self._is_finished = False
        self._n_storing += 1
        try:
            limit = self._shell.state.upload_limit
            path = await folder.store(event.file.name, event.file.iterate(), limit)
            self._names.append(folder.name_of(path))
        except MapSharpeningError as error:
            tell(error)
        finally:
            self._n_storing -= 1
        await self._add()

    async def finish(self) -> None:
        """Add them: the browser has sent the last one, which may still be being stored."""
        self._is_finished = True
        await self._add()

    async def _add(self) -> None:
        if self._is_finished and not self._n_storing and self._names:
            names, self._names = self._names, []
            await add(self._shell, names)


def _browser(shell: Shell) -> Callable[[str], None]:
    """Show the files of a folder; return what hides those whose names lack a text."""
    shown: list[tuple[str, ui.button]] = []
    no_name = ui.label("No name in this folder contains this text.").classes("quiet")
    no_name.set_visibility(False)

    @ui.refreshable
    def listing() -> None:
        try:
            entries = shell.state.folder.entries(shell.folder)
        except MapSharpeningError as error:
            ui.label(str(error)).classes("problem")
            entries = []
        # Results have their own screens: inputs of a run come first.
        root = shell.state.folder.root
        of_runs = {folder.relative_to(root).as_posix() for folder in run_folders(root)}
        shown.clear()
        no_name.set_visibility(False)
        with ui.element("div").classes("browser"):
            if shell.folder != ".":
                above = shell.folder.rpartition("/")[0] or "."
                _entry("..", "arrow_upward", "the folder above", partial(enter, above))
            for entry in sorted(entries, key=lambda entry: entry.path in of_runs):
                if entry.is_folder:
                    button = _entry(entry.name, "folder", "", partial(enter, entry.path))
                else:
                    button = _entry(
                        entry.name,
                        "description",
                        size_in_words(entry.size),
                        partial(add, shell, [entry.path]),
                    )
                shown.append((entry.name.lower(), button))
            if not entries:
                ui.label("This folder is empty.").classes("quiet")

    def enter(path: str) -> None:
        shell.folder = path
        listing.refresh()

    def narrow(text: str) -> None:
        wanted = text.strip().lower()
        for name, button in shown:
            button.set_visibility(wanted in name)
        no_name.set_visibility(bool(shown) and all(wanted not in name for name, _ in shown))

    listing()
    return narrow


def _entry(name: str, icon: str, note: str, act: Callable[[], object]) -> ui.button:
    button = ui.button(on_click=act).props("flat no-caps align=left")
    with button.classes("entry"):
        ui.icon(icon).classes("entry-icon")
        ui.label(name).classes("entry-name")
        ui.label(note).classes("entry-note")
    return button
