"""Quick looks of runs: their maps with another B and resolution, kept while they are moved."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from map_sharpening.gui.results.found import Found
from map_sharpening.gui.results.views import Views
from map_sharpening.gui.state import RESOLUTION
from map_sharpening.gui.viewing.view import View, as_view
from map_sharpening.maps.grids import require_same_grid
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.maps.view import cropped, level_enclosing, points_above, view_of
from map_sharpening.methods.b_factor.quick_look import QuickLook, coarsest_look, largest_b
from map_sharpening.parameters.kind_of_run import FUNCTIONS, METHOD

_LEAST_RANGE = -100.0, 300.0  #: Å² of B, that its slider has at least
_SD_OF_SLICES = (-1.0, 5.0)  #: that are black and white


@dataclass(frozen=True)
class Moved:
    """A quick look at one place of the sliders."""

    map_data: MapData
    n_above: int  #: grid points that the run's contour level encloses

    @property
    def level(self) -> float:
        """The level that encloses as much as the run's contour level does."""
        return level_enclosing(self.map_data, self.n_above)

    @cached_property
    def view(self) -> View:
        """It for the browser, which the page asks for, and then the browser."""
        return as_view(view_of(self.map_data, bits=8), lambda _: self.level, is_part=True)


class _Look:
    """The quick look of one run, and where its sliders stood last."""

    def __init__(self, found: Found) -> None:
        self._look = QuickLook.of(found.map("before"))
        self._n_above = _n_above(found, self._look)
        self._lock = threading.Lock()
        self._last: tuple[tuple[float, float], Moved] | None = None

    @property
    def n_bytes(self) -> int:
        """Memory that it takes, with the map of the last place and that for the browser."""
        part = self._look.part.values
        return self._look.n_bytes + part.nbytes + part.size

    def at(self, b_sharpen: float, resolution: float) -> Moved:
        """Return its map at a place; the last one is kept, as it is asked for twice."""
        place = b_sharpen, resolution
        with self._lock:
            if self._last is None or self._last[0] != place:
                self._last = place, Moved(self._look.at(*place), self._n_above)
            return self._last[1]

    def sections(self, b_sharpen: float, resolution: float) -> dict[str, FloatMap]:
        """Return its central sections at a place, without waiting for a map in the making."""
        return self._look.central_sections(b_sharpen, resolution)


def at(views: Views, run: str, b_sharpen: float, resolution: float) -> Moved:
    """Return the map of a run before sharpening, with a B in Å² and to a resolution in Å.

    Raises
    ------
    MapSharpeningError
        If it can't be opened, or a number is out of range.
    """
    return _look(views, run).at(b_sharpen, resolution)


def _look(views: Views, run: str) -> _Look:
    def make() -> _Look:
        views.make_room()
        return _Look(views.found(run))

    return views.kept.get(("quick", run, views.stamp(run)), make, lambda made: made.n_bytes)


def view(views: Views, run: str, b_sharpen: float, resolution: float) -> View:
    """Return it for the browser.

    Raises
    ------
    MapSharpeningError
        As `at`.
    """
    return at(views, run, b_sharpen, resolution).view


def slices(views: Views, run: str, b_sharpen: float, resolution: float) -> bytes:
    """Return its central slices normal to x, y and z as slices.js draws them.

    Rows and columns of each, six numbers of two bytes, the low one first; then the grey values,
    a byte each, first rows on top.

    Raises
    ------
    MapSharpeningError
        As `at`.
    """
    # It loads the reports: the first page needn't wait for them.
    from map_sharpening.report.parts.slice_pictures import grey_pixels

    sections = _look(views, run).sections(b_sharpen, resolution)
    pictures = [grey_pixels(sections[axis], *_SD_OF_SLICES)[::-1] for axis in "xyz"]
    shapes = np.array([picture.shape for picture in pictures], dtype="<u2")
    return b"".join((shapes.tobytes(), *(picture.tobytes() for picture in pictures)))


@dataclass(frozen=True)
class Sliders:
    """Where the sliders stand first, and from where to where they go."""

    b: float  #: Å², that the run applied
    resolution: float  #: Å, of the run
    b_ends: tuple[float, float]
    resolution_ends: tuple[float, float]


def sliders(views: Views, run: str) -> Sliders:
    """Return how the sliders of a run's quick look stand.

    Raises
    ------
    MapSharpeningError
        If its map can't be read.
    """
    # What the run's map holds; its resolution may lie a little beyond. It is open for the slices.
    found, shown = views.found(run), views.sliced(run, "sharpened").map_data
    coarsest = math.floor(coarsest_look(shown) * 100) / 100
    nyquist = min(math.ceil(shown.nyquist * 100) / 100, coarsest)
    resolution = round(float(found.run.result["resolution_angstrom"]), 2)
    resolution = min(max(resolution, nyquist), coarsest)
    ends = max(nyquist, round(0.6 * resolution, 2)), min(coarsest, round(2.5 * resolution, 2))
    e_fold = 4 * resolution**2  # Å², the B that changes terms at the resolution by a factor of e
    largest = math.floor(largest_b(ends[0]))
    b = min(largest, max(-largest, round(_b_of(found.run.result))))
    least, most = _LEAST_RANGE
    low, high = min(least, -e_fold / 3, b), max(most, e_fold, b)
    return Sliders(b, resolution, (max(-largest, round(low)), min(largest, round(high))), ends)


def _b_of(result: dict[str, Any]) -> float:
    b = result.get("b_applied_angstrom_squared") or result.get("b_sharpen_angstrom_squared")
    trials, chosen = result.get("trials"), result.get("chosen_trial")
    if b is None and trials and chosen is not None:
        b = trials[chosen]["b_sharpen_angstrom_squared"]
    return float(b or 0.0)


def values_of(b_sharpen: float, resolution: float) -> dict[str, str]:
    """Return the parameters with which a run makes the map that is looked at, by path."""
    return {
        METHOD: "b-factor",
        FUNCTIONS: "b_iso",
        "b_factor_sharpening.map_modification.b_sharpen": f"{b_sharpen:g}",
        "b_factor_sharpening.map_modification.remove_aniso": "False",
        RESOLUTION: f"{resolution:g}",
    }


def _n_above(found: Found, look: QuickLook) -> int:
    """Return how many grid points of the part lie above the level of the run's map."""
    sharpened = found.map("sharpened")
    # The inputs may have been replaced since the run.
    require_same_grid(look.whole, sharpened)
    return points_above(cropped(sharpened, look.box), found.contour_level)
