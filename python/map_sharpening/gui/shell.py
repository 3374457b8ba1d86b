"""The frame round the screens, in one browser: header, tabs, and what is chosen there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import parse_qs, urlencode

from nicegui import background_tasks, run, ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.files.apart import Apart, NoLongerAskedError
from map_sharpening.gui.history import draft_of
from map_sharpening.gui.inputs import halves_to_propose_by, propose_resolution, recognise
from map_sharpening.gui.state import Draft, Run, State
from map_sharpening.gui.viewing.view import in_script

#: Reports the address that the browser's buttons back and forward lead to.
_REPORT_ADDRESS = """<script>
addEventListener("popstate", () => emitEvent("went_back", location.search));
</script>"""
_UNFINISHED = (
    "The rest of this screen can't be shown: a file of the run is damaged, or the program has an "
    "error. The window in which map_sharpening gui was started says more."
)
#: Browsers know a clipboard on encrypted pages and on this machine only; elsewhere they copy what
#: is selected.
_COPY = """async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const place = document.createElement("textarea");
    place.value = text;
    document.body.append(place);
    place.select();
    const isCopied = document.execCommand("copy");
    place.remove();
    return isCopied;
  }
}"""
_COPY_SECONDS = 60.0
#: The screen whose address names the run that is looked at.
_OF_ONE_RUN = "Results"


class Shell:
    """What one browser shows."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.draft: Draft = state.new_draft()
        self.run_name: str | None = None  #: of the run that is looked at; None: the newest
        self.folder = "."  #: that the browser of files shows
        self.choosing = asyncio.Lock()  #: held while files are added or left out
        self.messages: list[str] = []  #: about the last change of the inputs
        self.in_3d: str | None = None  #: name of the given file that is shown in 3-D
        self.compared: tuple[str, str] | None = None  #: names of the two runs
        self.preset: str | None = None  #: that the values come from, unchanged
        self.undone: Draft | None = None  #: to which the last change of many values goes back
        self.proposing = Apart()  #: where the resolution to propose is found
        self.checking = Apart()  #: where a run is planned whose resolution must be found first
        self.comparing = Apart()  #: where the maps of two runs are compared
        self.about_proposal = ""  #: that it is being found, or why there is none
        self.is_finding = False  #: whether it is being found
        self._listeners: list[Callable[[], Awaitable[None] | None]] = []
        self._screens: Mapping[str, Callable[[], None]] = {}
        self._tabs: ui.tabs | None = None
        self._place: ui.column | None = None
        self._address = ""  #: that the browser shows

    def build(
        self, screens: Mapping[str, Callable[[], None]], first: str = "", run: str = ""
    ) -> None:
        """Build the header and a screen.

        Parameters
        ----------
        screens : mapping of str to function
            What fills each tab, by its name, each time it is opened.
        first : str
            Name of the screen that is shown; if there is none of that name, the first one is.
        run : str
            Name of the run that "Results" shows; empty: the newest.
        """
        self._screens = screens
        name_of_first = self._take_address(first, run)
        with ui.header().classes("top"), ui.row().classes("topbar"):
            ui.label("map_sharpening").classes("name")
            with ui.tabs(on_change=self._open).classes("tabs") as self._tabs:
                for name in screens:
                    ui.tab(name)
            with ui.label(self.state.folder.root.name or "/").classes("root"):
                ui.tooltip(str(self.state.folder.root))
        self._place = ui.column().classes("screen")
        ui.add_head_html(_REPORT_ADDRESS)
        ui.on("went_back", lambda event: self._went_back(str(event.args)))
        self.go(name_of_first)
        ui.context.client.on_delete(self.end_questions)
        if halves_to_propose_by(self.draft):
            ui.timer(0.05, self.propose, once=True)

    def go(self, name: str) -> None:
        """Open a screen, or build it again."""
        assert self._tabs is not None, "built"
        if self._tabs.value == name:
            self.rebuild()
        else:
            self._tabs.set_value(name)

    def look_at(self, run: Run, screen: str = "Results") -> None:
        """Open a screen for a run."""
        self.run_name = run.name
        self.go(screen)

    def take_up(
        self, run: Run, values: Mapping[str, str] | None = None, *, is_anew: bool = False
    ) -> None:
        """Prepare a run with the inputs and parameters of another one, and open them.

        Parameters
        ----------
        values : mapping of str to str, optional
            Parameters that are to differ, by path.
        is_anew : bool
            Take nothing of how the other one sharpened.
        """
        before = self.draft
        try:
            draft, names = draft_of(run, is_anew=is_anew)
            draft.values.update(values or {})
            self.draft = draft
            for message in recognise(self.state, draft, names):
                warn(message)
        except MapSharpeningError as error:
            tell(error)
            return
        self.replaced(before)
        self.go("Parameters")
        background(self.propose)

    def replaced(self, before: Draft, preset: str | None = None) -> None:
        """Update the screen after many values changed at once, which can be undone."""
        self.preset, self.undone = preset, before
        self.changed()

    async def undo(self) -> None:
        """Go back to the draft as it was before many values changed at once."""
        if self.undone is not None:
            self.end_proposal()
            self.draft, self.undone, self.preset = self.undone, None, None
            self.changed()
            self.rebuild()
            await self.propose()

    async def propose(self) -> None:
        """Find the resolution to propose, and update the screen; other files end it."""
        self.proposing.end()
        draft = self.draft
        self.is_finding = bool(halves_to_propose_by(draft))
        if self.is_finding:
            self.about_proposal = "Finding the resolution to which the half maps agree …"
            self.changed()
        try:
            found = await run.io_bound(propose_resolution, self.state, draft, self.proposing)
        except NoLongerAskedError:  # whoever took it back has said what counts now
            return
        if draft is self.draft and found is not None:
            self.is_finding = False
            self.about_proposal = found
            self.changed()

    def end_proposal(self) -> None:
        """Propose no resolution any more: one was given."""
        self.proposing.end()
        self.is_finding = False
        self.about_proposal = ""

    def end_questions(self) -> None:
        """End what is being found for this browser: nobody waits for it any more."""
        for each in (self.proposing, self.checking, self.comparing):
            each.close()

    def chosen_run(self) -> Run | None:
        """Return the run that is looked at, as it is now; by default the newest."""
        if self.run_name is not None:
            try:
                found = self.state.run(self.run_name)
            except MapSharpeningError:  # its folder is gone
                found = None
            if found is not None:
                return found
            self.run_name = None
        runs = self.state.runs()
        return runs[0] if runs else None

    def changed(self) -> None:
        """Save the draft for the next browser, and update the screen that shows it."""
        self.state.keep(self.draft)
        for listener in self._listeners:
            background(listener)

    def on_change(self, listener: Callable[[], Awaitable[None] | None]) -> None:
        """Call a function of this screen whenever the draft changes."""
        self._listeners.append(listener)

    def _take_address(self, screen: str, run: str) -> str:
        """Take up what an address says; return its screen: the first one if it names none."""
        if screen not in self._screens:
            screen = next(iter(self._screens))
        if screen == _OF_ONE_RUN:
            self.run_name = run or None
        self._address = self._address_of(screen)
        return screen

    def _address_of(self, screen: str) -> str:
        """Return the address of a screen; the first one has that of the page."""
        if screen == next(iter(self._screens)):
            return "/"
        run = {"run": self.run_name} if screen == _OF_ONE_RUN and self.run_name else {}
        return "/?" + urlencode({"screen": screen, **run})

    def _show_address(self, screen: str) -> None:
        """Have the browser show the address of a screen, and remember it for going back."""
        address = self._address_of(screen)
        if address != self._address:
            self._address = address
            ui.navigate.history.push(address)

    def _went_back(self, query: str) -> None:
        """Show the screen of an address that the browser went back or forward to."""
        given = {name: values[-1] for name, values in parse_qs(query.lstrip("?")).items()}
        self.go(self._take_address(given.get("screen", ""), given.get("run", "")))

    def _open(self) -> None:
        """Show another screen, from its beginning."""
        self.rebuild()
        ui.run_javascript("window.scrollTo(0, 0)")

    def rebuild(self) -> None:
        """Build the screen that is open again."""
        assert self._tabs is not None, "built"
        assert self._place is not None, "built before a tab is chosen"
        self._show_address(self._tabs.value)
        self._listeners.clear()
        self._place.clear()
        with self._place:
            try:
                self._screens[self._tabs.value]()
            except Exception:
                ui.label(_UNFINISHED).classes("problem").props('role="alert"')
                raise


def background(act: Callable[[], Awaitable[None] | None]) -> None:
    """Call a function, or let it run if it takes its time."""
    result = act()
    if result is not None:
        background_tasks.create(result)


def flat_button(text: str, on_click: Callable[[], object]) -> ui.button:
    """Return a button without a frame, for what is done seldom."""
    return ui.button(text, on_click=on_click).props("flat dense no-caps")


def show_facts(facts: Sequence[tuple[str, str]]) -> None:
    """Show headings and what stands under each, in a row; nothing if there are none."""
    if not facts:
        return
    with ui.row().classes("facts"):
        for heading, text in facts:
            with ui.element("div"):
                ui.label(heading).classes("fact-heading")
                ui.label(text).classes("fact")


async def copy(text: str) -> None:
    """Put a text where the browser pastes from, and say so; or say that it can't be done."""
    try:
        is_copied = await ui.run_javascript(f"({_COPY})({in_script(text)})", timeout=_COPY_SECONDS)
    except TimeoutError:  # the page was left, or its user is asked for leave
        return
    if is_copied:
        ui.notify("Copied", timeout=1500)
    else:
        warn("This browser doesn't let the page copy. Select the text, and copy it by hand.")


def warn(text: str) -> None:
    """Show a message until it is closed."""
    ui.notify(text, type="warning", timeout=0, close_button="Close", multi_line=True)


def tell(error: Exception) -> None:
    """Show an error of the user's or the machine's, until it is closed."""
    ui.notify(str(error), type="negative", timeout=0, close_button="Close", multi_line=True)


def tell_unexpected(error: Exception) -> None:
    """Show an error that nothing else has shown; what no user can mend is told as such."""
    if isinstance(error, MapSharpeningError):
        tell(error)
        return
    fault = RuntimeError(
        f"What you asked for was not done, by a fault of this program "
        f"({type(error).__name__}: {error}). The terminal that it was started in has the "
        "details: please report them. Runs are not affected, and the page goes on."
    )
    tell(fault)
