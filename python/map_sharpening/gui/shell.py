"""The frame round the screens, in one browser: header, tabs, and what is chosen there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.state import Draft, Run, State


class Shell:
    """What one browser shows.

    Parameters
    ----------
    state : State
        Of the server.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.draft: Draft = state.new_draft()
        self.run_name: str | None = None  #: of the run that is looked at; None: the newest
        self._screens: Mapping[str, Callable[[], None]] = {}
        self._tabs: ui.tabs | None = None
        self._place: ui.column | None = None

    def build(self, screens: Mapping[str, Callable[[], None]]) -> None:
        """Build the header and the first screen.

        Parameters
        ----------
        screens : mapping of str to function
            What fills each tab, by its name, each time it is opened.
        """
        self._screens = screens
        with ui.header().classes("top"), ui.row().classes("bar"):
            ui.label("map_sharpening").classes("name")
            with ui.tabs(on_change=self._fill).classes("tabs") as self._tabs:
                for name in screens:
                    ui.tab(name)
            ui.label(str(self.state.folder.root)).classes("root")
        self._place = ui.column().classes("screen").props("role=main")
        self.go(next(iter(screens)))

    def go(self, name: str) -> None:
        """Open a screen, or build it again."""
        assert self._tabs is not None, "built"
        if self._tabs.value == name:
            self._fill()
        else:
            self._tabs.set_value(name)

    def look_at(self, run: Run, screen: str = "Results") -> None:
        """Open a screen for a run."""
        self.run_name = run.name
        self.go(screen)

    def chosen_run(self) -> Run | None:
        """Return the run that is looked at, as it is now; by default the newest."""
        if self.run_name is not None:
            try:
                return self.state.run(self.run_name)
            except MapSharpeningError:  # its folder is gone
                self.run_name = None
        runs = self.state.runs()
        return runs[0] if runs else None

    def changed(self) -> None:
        """Remember the draft for the next browser."""
        self.state.keep(self.draft)

    def _fill(self) -> None:
        assert self._tabs is not None, "built"
        assert self._place is not None, "built before a tab is chosen"
        self._place.clear()
        with self._place:
            self._screens[self._tabs.value]()


def tell(error: Exception) -> None:
    """Show an error of the user's or the machine's, until it is closed."""
    ui.notify(str(error), type="negative", timeout=0, close_button="Close", multi_line=True)
