"""How given files look: central slices, and maps for the 3-D view."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from map_sharpening.errors import ParameterError
from map_sharpening.gui.files.reading import READING
from map_sharpening.gui.viewing.view import View, as_view
from map_sharpening.io.map_coefficients import CoefficientInfo, read_map_coefficients
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.io.recognise import kind_of_file
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.view import ViewMap, box_of_points, is_whole_cell, view_of

#: Standard deviations above the mean at which a map is shown first, as the scripts for viewers do.
_SD = 3.0
_MARGIN = 6.0  #: Å shown round a model


def read_given_map(
    path: Path, labels: str = ""
) -> tuple[MapData, list[str], CoefficientInfo | None]:
    """Read the map in a file, or the one that its coefficients sum to; return also warnings.

    Columns of coefficients are those of the labels, or as they are found.

    Raises
    ------
    MapSharpeningError
        If it can't be read, or is neither.
    """
    kind = kind_of_file(path)
    if kind == "reflections":
        map_data, info, _ = read_map_coefficients(path, labels or None)
        return map_data, list(info.warnings), info
    if kind != "map":
        raise ParameterError(f"{path.name} is neither a map nor map coefficients: nothing to show")
    map_data, warnings = read_map(path, allow_extract_unique=True, allow_constant=True)
    return map_data, warnings, None


def pictures(path: Path, name: str, labels: str = "") -> dict[str, str]:
    """Return the central slices of a file's map as SVG, by axis."""
    with READING:  # a screen that is built anew asks again: they are drawn once
        return _pictures(path, path.stat().st_mtime_ns, name, labels)


@lru_cache(maxsize=32)
def _pictures(path: Path, changed: int, name: str, labels: str) -> dict[str, str]:
    # It loads the library that draws: the page needn't wait for it.
    from map_sharpening.report.parts.slice_pictures import slice_pictures
    from map_sharpening.report.parts.slices import central_slices

    map_data, _, _ = read_given_map(path, labels)
    return slice_pictures(central_slices(map_data), None, name)


def view_of_given(path: Path, labels: str = "", model: Path | None = None) -> View:
    """Return the map of a file for the 3-D view; of a crystal, what lies round its model."""
    map_data, _, _ = read_given_map(path, labels)
    box = None
    if model is not None and is_whole_cell(map_data):
        box = box_of_points(map_data, read_atoms(model).positions, _MARGIN)
    return as_view(view_of(map_data, box), _first_level, is_part=box is not None)


def _first_level(view: ViewMap) -> float:
    """Return the level at which a map of which nothing is known is shown first."""
    highest = float(view.numbers.max()) * view.step
    level = view.mean + _SD * view.standard_deviation
    # A mask that fills much of its box lies below.
    return level if level < highest else (view.mean + highest) / 2
