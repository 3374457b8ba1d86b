"""What inner packages may ask of outer ones, which they don't know.

Maps and results can be read, shown, saved and drawn, as users of Python expect of them; files,
reports and plots are the concern of rooms further out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Protocol


class Outer(Protocol):
    """Reads, shows, saves and draws maps and results."""

    def map_of(self, given: object, name: str, voxel_size: Any) -> tuple[Any, list[str]] | None:
        """Return the MapData of a path or of another library's map; None: it is neither."""

    def atoms_of(self, path: str) -> Any:
        """Return the Atoms of a file."""

    def to_gemmi(self, map_data: Any) -> Any:
        """Return a gemmi.Ccp4Map."""

    def to_mrcfile(self, map_data: Any) -> Any:
        """Return an object of mrcfile, in memory."""

    def html_of_map(self, map_data: Any) -> str:
        """Return a map as notebooks show it."""

    def html_of_result(self, result: Any) -> str:
        """Return a result as notebooks show it."""

    def summary(self, result: Any) -> str:
        """Return a screen of text."""

    def save_result(self, result: Any, folder: str | os.PathLike[str], overwrite: bool) -> Any:
        """Write maps and tables into a folder; return their paths."""

    def report(
        self, result: Any, path: str | os.PathLike[str], before: Any, overwrite: bool
    ) -> Any:
        """Write a report; return its path."""

    def plots(self, result: Any) -> Any:
        """Return the plots of a result."""


_find: list[Callable[[], Outer]] = []


def answered_by(find: Callable[[], Outer]) -> None:
    """Register the implementation, which is loaded on first use."""
    _find[:] = [find]


def outer() -> Outer:
    """Return the implementation."""
    return _find[0]()
