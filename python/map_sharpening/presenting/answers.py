"""The implementation of `outer.Outer`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from map_sharpening.maps.grids import as_map
from map_sharpening.maps.map_data import MapData
from map_sharpening.presenting import others

if TYPE_CHECKING:
    from map_sharpening.molecule.atoms import Atoms


class Answers:
    """See `outer.Outer`; each answer loads what it needs."""

    def map_of(
        self, given: object, name: str, voxel_size: Any
    ) -> tuple[MapData, list[str]] | None:
        """See `outer.Outer`."""
        return others.map_of(given, name, voxel_size)

    def atoms_of(self, path: str) -> Atoms:
        """See `outer.Outer`."""
        from map_sharpening.io.models import read_atoms

        return read_atoms(path)

    def to_gemmi(self, map_data: MapData) -> Any:
        """See `outer.Outer`."""
        return others.to_gemmi(map_data)

    def to_mrcfile(self, map_data: MapData) -> Any:
        """See `outer.Outer`."""
        return others.to_mrcfile(map_data)

    def html_of_map(self, map_data: MapData) -> str:
        """See `outer.Outer`."""
        from map_sharpening.presenting.notebook import html_of_map

        return html_of_map(map_data)

    def html_of_result(self, result: Any) -> str:
        """See `outer.Outer`."""
        from map_sharpening.presenting.notebook import html_of_result

        return html_of_result(result)

    def summary(self, result: Any) -> str:
        """See `outer.Outer`."""
        from map_sharpening.presenting.files import summary

        return summary(result)

    def save_result(
        self, result: Any, folder: str | os.PathLike[str], overwrite: bool
    ) -> tuple[Path, ...]:
        """See `outer.Outer`."""
        from map_sharpening.presenting.files import save_result

        return save_result(result, folder, overwrite=overwrite)

    def report(
        self, result: Any, path: str | os.PathLike[str], before: Any, overwrite: bool
    ) -> Path:
        """See `outer.Outer`."""
        from map_sharpening.presenting.files import report

        found = others.map_of(before, "before", None)
        given = found[0] if found else None if before is None else as_map(before, None, "before")
        return report(result, path, before=given, overwrite=overwrite)

    def plots(self, result: Any) -> Any:
        """See `outer.Outer`."""
        from map_sharpening.presenting.plots import plots_of

        return plots_of(result)
