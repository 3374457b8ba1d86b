"""What every result offers in Python: short text, files, plots, and a view in notebooks."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from map_sharpening import outer
from map_sharpening.maps.map_data import MapData


class Shown:
    """A result, a dataclass with `warnings`, that can describe and save itself."""

    def __repr__(self) -> str:
        shown = [f"{name}={text}" for name, text in _short_values(self)]
        n_warnings = len(getattr(self, "warnings", ()))
        if n_warnings:
            shown.append(f"{n_warnings} warning{'' if n_warnings == 1 else 's'}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_html_(self) -> str:
        html: str = outer.html_of_result(self)
        return html

    def summary(self) -> str:
        """Return the results as a screen of text, with all warnings."""
        text: str = outer.summary(self)
        return text

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> tuple[Path, ...]:
        """Write maps, tables and results.json into a folder, all or nothing.

        Parameters
        ----------
        folder : path-like
            Where to; it is made if it isn't there.
        overwrite : bool
            Whether existing files may be replaced.

        Returns
        -------
        tuple of Path
            What was written.

        Raises
        ------
        OutputError
            If a file is there already, or can't be written.
        """
        written: tuple[Path, ...] = outer.save_result(self, folder, overwrite=overwrite)
        return written

    @property
    def plot(self) -> Any:
        """Draws the plots of the report: ``result.plot.fsc()`` returns matplotlib axes."""
        return outer.plots_of(self)


class Reported(Shown):
    """A result that has a report."""

    def report(
        self,
        path: str | os.PathLike[str] = "report.html",
        *,
        before: MapData | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Write the report, one HTML file, or a PDF if the name ends in .pdf.

        Parameters
        ----------
        path : path-like
            Where to. A PDF needs the extra `pdf`.
        before : MapData, optional
            The map before sharpening, shown beside the sharpened one.
        overwrite : bool
            Whether an existing file may be replaced.

        Raises
        ------
        OutputError
            If the file is there already, or can't be written.
        ResultsError
            If a PDF can't be made, as its library isn't installed.
        """
        written: Path = outer.report(self, path, before=before, overwrite=overwrite)
        return written


def _short_values(result: Any) -> list[tuple[str, str]]:
    values = [(field.name, getattr(result, field.name)) for field in fields(result)]
    maps = {name: value for name, value in values if isinstance(value, MapData)}
    shown = []
    if maps:
        shape = next(iter(maps.values())).values.shape
        shown.append(("maps", f"{' '.join(maps)} of shape {shape}"))
    for name, value in values:
        if isinstance(value, float):
            shown.append((name, f"{value:.4g}"))
        elif isinstance(value, (bool, int)) or (isinstance(value, str) and 0 < len(value) < 20):
            shown.append((name, repr(value)))
    return shown
