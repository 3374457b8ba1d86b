"""The page: a header, and a tab for each screen."""

from __future__ import annotations

from nicegui import ui

from map_sharpening.gui.results.page import page as results_page
from map_sharpening.gui.screens import history, inputs, parameters, running
from map_sharpening.gui.shell import Shell, tell_unexpected
from map_sharpening.gui.state import State
from map_sharpening.gui.theme import ACCENT, STYLE

_LOST = (
    "Trying to reconnect. Runs continue meanwhile. If map_sharpening gui has ended, start it "
    "again and open the address that it prints."
)
#: For so long a page is kept for a browser that lost its connection, to go on where it was.
_KEPT_SECONDS = 120.0
#: Into the message that NiceGUI's own page has for this.
_SAY_WHEN_LOST = f"""<script>addEventListener("DOMContentLoaded", () => {{
  document.querySelector("#popup span:last-child").textContent = "{_LOST}";
}});</script>"""


def register(state: State) -> None:
    """Make the page known to NiceGUI."""

    @ui.page("/", reconnect_timeout=_KEPT_SECONDS)
    def index(screen: str = "", run: str = "") -> None:
        show(state, screen, run)


def show(state: State, screen: str = "", run: str = "") -> Shell:
    """Build the page for one browser, at a screen and a run that its address may name."""
    ui.add_css(STYLE)
    ui.colors(primary=ACCENT)
    ui.add_head_html(_SAY_WHEN_LOST)
    ui.on_exception(tell_unexpected)
    shell = Shell(state)
    shell.build(
        {
            "Inputs": lambda: inputs.screen(shell),
            "Parameters": lambda: parameters.screen(shell),
            "Runs": lambda: running.screen(shell),
            "Results": lambda: _results(shell),
            "History": lambda: history.screen(shell),
        },
        screen,
        run,
    )
    return shell


def _results(shell: Shell) -> None:
    run = shell.chosen_run()
    if run is None:
        ui.label("No run yet. Start one, and its results are shown here.").classes("quiet")
    else:
        results_page(shell, run)
