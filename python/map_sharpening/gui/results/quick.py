"""Quick looks of runs: their maps with another B and resolution, kept while they are moved."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from map_sharpening import _core
from map_sharpening.gui.results.found import Found
from map_sharpening.gui.results.views import View, Views, as_view
from map_sharpening.gui.state import RESOLUTION
from map_sharpening.maps.grids import contiguous, require_same_grid
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.view import cropped, view_of
from map_sharpening.methods.b_factor.quick_look import QuickLook, coarsest_look

_ENHANCE = "b_factor_sharpening.map_modification"
_METHOD, _FUNCTIONS = "sharpening.sharpening_method", f"{_ENHANCE}.auto_sharpen_methods"
_B = f"{_ENHANCE}.b_sharpen"
_LARGEST_B = 400.0


@dataclass(frozen=True)
class Moved:
    """A quick look at one place of the sliders."""

    map_data: MapData
    level: float  #: that encloses as much as the run's contour level does


class QuickLooks:
    """The quick look that is in use, and where its sliders stood last."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._lock = threading.Lock()
        self._kept: tuple[tuple[str, str], QuickLook, int] | None = None
        self._last: tuple[tuple[str, str, float, float], Moved] | None = None

    def at(self, run: str, b_sharpen: float, resolution: float) -> Moved:
        """Return the map of a run before sharpening, with a B in Å² and to a resolution in Å.

        Raises
        ------
        MapSharpeningError
            If it can't be opened, or a number is out of range.
        """
        with self._lock:
            stamp = self._views.stamp(run)
            key = (run, stamp, b_sharpen, resolution)
            if self._last is not None and self._last[0] == key:
                return self._last[1]
            if self._kept is None or self._kept[0] != (run, stamp):
                found = self._views.found(run)
                look = QuickLook.of(found.map("before"))
                self._kept = (run, stamp), look, _n_above(found, look)
            _, look, n_above = self._kept
            made = look.at(b_sharpen, resolution)
            moved = Moved(made, float(_core.contour_level(contiguous(made), n_above)))
            self._last = key, moved
            return moved

    def view(self, run: str, b_sharpen: float, resolution: float) -> View:
        """Return it for the browser.

        Raises
        ------
        MapSharpeningError
            As `at`.
        """
        moved = self.at(run, b_sharpen, resolution)
        return as_view(view_of(moved.map_data, bits=8), lambda _: moved.level, is_part=True)


_OF_VIEWS: WeakKeyDictionary[Views, QuickLooks] = WeakKeyDictionary()


def quick_looks_of(views: Views) -> QuickLooks:
    """Return the quick looks of a server's views."""
    return _OF_VIEWS.setdefault(views, QuickLooks(views))


def begin(found: Found) -> tuple[float, float]:
    """Return where the sliders stand first: the B that the run applied, and its resolution."""
    result = found.run.result
    b = result.get("b_applied_angstrom_squared") or result.get("b_sharpen_angstrom_squared")
    trials, chosen = result.get("trials"), result.get("chosen_trial")
    if b is None and trials and chosen is not None:
        b = trials[chosen]["b_sharpen_angstrom_squared"]
    b = min(_LARGEST_B, max(-_LARGEST_B, float(b or 0.0)))
    return round(b), round(float(result["resolution_angstrom"]), 2)


def limits(found: Found) -> dict[str, tuple[float, float]]:
    """Return from where to where the sliders of "B" and "resolution" go."""
    b, resolution = begin(found)
    shown = found.map("sharpened")
    finest = max(np.ceil(shown.nyquist * 100) / 100, 0.6 * resolution)
    coarsest = min(2.5 * resolution, coarsest_look(shown))
    return {
        "B": (min(-100.0, b), max(300.0, b)),
        "resolution": (round(float(finest), 2), round(float(coarsest), 2)),
    }


def values_of(b_sharpen: float, resolution: float) -> dict[str, str]:
    """Return the parameters with which a run makes the map that is looked at, by path."""
    return {
        _METHOD: "b-factor",
        _FUNCTIONS: "b_iso",
        _B: f"{b_sharpen:g}",
        "b_factor_sharpening.map_modification.remove_aniso": "False",
        RESOLUTION: f"{resolution:g}",
    }


def _n_above(found: Found, look: QuickLook) -> int:
    """Return how many grid points of the part lie above the level of the run's map."""
    sharpened = found.map("sharpened")
    # The inputs may have been replaced since the run.
    require_same_grid(look.whole, sharpened)
    values = cropped(sharpened, look.box).values
    n = int(np.count_nonzero(values > found.contour_level))
    return min(max(n, 1), values.size - 1)
