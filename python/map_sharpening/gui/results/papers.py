"""What a run wrote to be read: its report, its log, and the figures of its shells."""

from __future__ import annotations

import re
from typing import Any

from nicegui import ui

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.results.found import Found
from map_sharpening.gui.results.tables import table
from map_sharpening.io.web.run_folder import FoundFile, read_log, read_report

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


def papers(found: Found) -> None:
    """Show them, each once it is opened."""
    table_of_shells(found)
    report, log = found.file("report"), found.file("log")
    if report is not None:
        _report(report)
    if log is not None:
        try:
            text = read_log(log)
        except MapSharpeningError as error:
            text = str(error)
        with ui.expansion("Log").classes("panel w-full"):
            _searched(text)


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


def _searched(text: str) -> None:
    search = ui.input("Search the log").props("dense outlined clearable").style("max-width: 320px")
    shown = ui.label(text).classes("log")
    shown.props("tabindex=0")
    search.on_value_change(lambda: shown.set_text(lines_with(text, search.value or "")))


_LINK = re.compile(r'<a href="[^"]*" target="_blank" rel="noopener">(.*?)</a>')


def _report(file: FoundFile) -> None:
    with ui.expansion("Report").classes("panel w-full") as place:
        # In its own frame, which may run and request nothing.
        frame = ui.element("iframe").classes("w-full report")
        frame.props["sandbox"], frame.props["title"] = "", "Report"
        problem = ui.label().classes("problem")

    def fill() -> None:
        if place.value and "srcdoc" not in frame.props:
            try:
                # Links to files lead nowhere from the frame; Files on this screen has them.
                frame.props["srcdoc"] = _LINK.sub(r"\1", read_report(file))
            except MapSharpeningError as error:
                problem.set_text(str(error))
            frame.update()

    place.on_value_change(fill)


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name == "n_terms":
        return f"{value:.0f}"
    return f"{value:.3f}" if "fsc" in name or "correlation" in name else f"{value:.4g}"
