"""What a run wrote to be read: its report, its log, and the figures of its shells."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.results.found import Found
from map_sharpening.gui.results.tables import table
from map_sharpening.gui.viewing.view import address
from map_sharpening.io.web.run_folder import read_log

_HEADINGS = {
    "d_angstrom": "d (Å)",
    "n_terms": "Terms",
    "fsc_unmasked": "FSC, whole box",
    "fsc_masked": "FSC, in the mask",
    "fsc_randomised": "FSC, phases randomised",
    "fsc_corrected": "FSC, corrected",
    "correlation": "Map and model",
    "expected_correlation": "Expected",
    "rms_amplitude": "Amplitude, rms",
    "signal_power": "Signal",
    "noise_power": "Noise",
    "scale": "Factor",
}


def papers(found: Found, run: str) -> None:
    """Show them, each once it is opened."""
    table_of_shells(found)
    log = found.file("log")
    if found.file("report") is not None:
        _report(run)
    if log is not None:
        try:
            text = read_log(log)
        except MapSharpeningError as error:
            text = str(error)
        with ui.expansion("Log").classes("panel w-full"):
            search = ui.input("Search the log").props("dense outlined clearable")
            search.style("max-width: 320px")
            shown = ui.label(text).classes("log").props("tabindex=0")
        search.on_value_change(lambda: shown.set_text(lines_with(text, search.value or "")))


def shell_rows(values: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the lines of the table of shells of results.json; none: empty."""
    shells = values["result"].get("shells") or {}
    columns = [name for name in _HEADINGS if shells.get(name)]
    rows = zip(*(shells[name] for name in columns), strict=True)
    return [_HEADINGS[name] for name in columns], [
        [_number(name, value) for name, value in zip(columns, row, strict=True)] for row in rows
    ]


def table_of_shells(found: Found) -> None:
    """Show the figures of the shells, where the run has some."""
    headings, rows = shell_rows(found.run.values)
    if rows:
        name = "Shells of resolution"
        with ui.expansion(name).classes("panel w-full"):
            table(name, headings, ((row, False) for row in rows), is_low=True)


def lines_with(text: str, wanted: str) -> str:
    """Return the lines of a text that hold some words, in any case, with their numbers."""
    if not wanted.strip():
        return text
    found = [
        f"{number}: {line}"
        for number, line in enumerate(text.splitlines(), 1)
        if wanted.strip().lower() in line.lower()
    ]
    return "\n".join(found) or f"No line has {wanted.strip()!r}."


def _report(run: str) -> None:
    with ui.expansion("Report").classes("panel w-full") as place:
        # In a frame of its own, without an origin: what runs there can request nothing.
        frame = ui.element("iframe").classes("w-full report")
        frame.props["sandbox"], frame.props["title"] = "allow-scripts", "Report"

    def fill() -> None:
        if place.value and "src" not in frame.props:
            frame.props["src"] = address("results/report", run=run)
            frame.update()

    place.on_value_change(fill)


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name == "n_terms":
        return f"{value:.0f}"
    return f"{value:.3f}" if "fsc" in name or "correlation" in name else f"{value:.4g}"
