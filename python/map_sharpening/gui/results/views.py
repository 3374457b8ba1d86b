"""Maps of runs, and of given files, as the browser gets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np

from map_sharpening.gui.files.reading import READING, let_go
from map_sharpening.gui.files.shown import view_of_given
from map_sharpening.gui.results.found import SHOWN_WHOLE, Found, read_found
from map_sharpening.gui.state import State
from map_sharpening.gui.viewing.view import Kept, View, as_view, size_of_view
from map_sharpening.io.web.served_folder import ServedFolder
from map_sharpening.maps.difference import Difference, difference_of
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.maps.view import (
    LARGEST_VIEW,
    Bits,
    ViewMap,
    is_whole_cell,
    level_enclosing,
    plane,
    points_above,
    view_of,
)

#: Bytes that are kept at most, besides what was made last.
_MOST_BYTES_OF_VIEWS = 100_000_000
_MOST_BYTES_OF_DIFFERENCES = 70_000_000
_MOST_BYTES_OF_OPEN_MAPS = 140_000_000  #: two of 256^3, of which slices lie side by side
_MOST_BOXES = 64  #: of runs, of which the views show a part
_SHARES_OF_GREY = (1.0, 99.7)  #: percentiles that are black and white
_COARSE = "mask"  #: for which bytes are enough


@dataclass(frozen=True)
class Sliced:
    """A map of which slices are asked for, one after another."""

    map_data: MapData

    @cached_property
    def grey(self) -> tuple[float, float]:
        """Values that are black and white in all slices."""
        middle = np.concatenate([plane(self.map_data, axis, 0.5).ravel() for axis in "xyz"])
        let_go(self.map_data)
        black, white = np.percentile(middle, _SHARES_OF_GREY)
        return float(black), float(white)

    def plane(self, axis: str, share: float) -> FloatMap:
        """Return a slice, as the function of this name does."""
        values = plane(self.map_data, axis, share)
        let_go(self.map_data)
        return values


class Views:
    """What was made for browsers; the last few are kept."""

    def __init__(
        self,
        folder: ServedFolder,
        most_bytes_of_open_maps: int = _MOST_BYTES_OF_OPEN_MAPS,
        *,
        shown_whole: int = SHOWN_WHOLE,
    ) -> None:
        self.folder = folder
        self._shown_whole = shown_whole
        self._most_bytes_of_open_maps = most_bytes_of_open_maps
        self.kept = Kept(_MOST_BYTES_OF_VIEWS, READING)  #: views, and what moves by sliders
        self._boxes = Kept(_MOST_BOXES, READING)
        self._differences = Kept(_MOST_BYTES_OF_DIFFERENCES, READING)
        self._sliced = Kept(most_bytes_of_open_maps, READING)  # of larger maps the last one alone

    def found(self, run: str) -> Found:
        """Return the results of a run's folder, given from the root.

        Raises
        ------
        MapSharpeningError
            If there are none, or the folder lies elsewhere.
        """
        return read_found(self.folder, self.folder.resolve(run))

    def given(self, name: str, labels: str = "", model: str = "") -> View:
        """Return the map of a given file, named from the root; its columns may have labels.

        Of a crystal it is the part round a model, if that is named too.

        Raises
        ------
        MapSharpeningError
            If there is none, or it can't be read.
        """
        path = self.folder.resolve(name)
        key = ("given", str(path), str(path.stat().st_mtime_ns), labels, model)
        atoms = self.folder.resolve(model) if model else None
        return self.kept.get(key, lambda: view_of_given(path, labels, atoms), size_of_view)

    def view(self, run: str, what: str) -> View:
        """Return a map of a run.

        Raises
        ------
        MapSharpeningError
            If there is none.
        """
        key = ("view", run, what, self.stamp(run))
        return self.kept.get(key, lambda: self._of_run(run, what), size_of_view)

    def sliced(self, run: str, what: str) -> Sliced:
        """Return a map of a run to take slices of; the last one stays open, or two small ones.

        Raises
        ------
        MapSharpeningError
            If there is none.
        """
        key = (run, what, self.stamp(run))

        def make() -> Sliced:
            # With another one as large it would be too much.
            if 2 * self._sliced.n_bytes > self._most_bytes_of_open_maps:
                self.make_room()
            return Sliced(self.found(run).map(what))

        return self._sliced.get(key, make, lambda made: made.map_data.values.nbytes)

    def make_room(self) -> None:
        """Let go of the whole maps that are open for slices, before others are read."""
        self._sliced.forget()

    def difference(self, run: str, other: str) -> Difference:
        """Return what the sharpened map of another run has more than that of a run.

        Raises
        ------
        MapSharpeningError
            If there is none, or the maps lie on different grids.
        """

        def make() -> Difference:
            self.make_room()
            maps = [self.found(each).map("sharpened") for each in (run, other)]
            first, second = (
                replace(m, name=f"{m.name} of {of}")
                for m, of in zip(maps, (run, other), strict=True)
            )
            return difference_of(first, second, lambda: let_go(*maps))

        key = (run, self.stamp(run), other, self.stamp(other))
        return self._differences.get(key, make, lambda made: made.map_data.values.nbytes)

    def difference_view(self, run: str, other: str) -> View:
        """Return what `difference` does, for the browser.

        Raises
        ------
        MapSharpeningError
            As `difference`.
        """

        def make() -> View:
            shown = self.difference(run, other).map_data
            return self._view(run, shown, 16, lambda view: 4 * view.standard_deviation)

        key = ("difference", run, self.stamp(run), other, self.stamp(other))
        return self.kept.get(key, make, size_of_view)

    def _of_run(self, run: str, what: str) -> View:
        self.make_room()
        found = self.found(run)
        n_above = None
        if what in ("before", "density modified") and found.has("sharpened"):
            sharpened = found.map("sharpened")
            n_above = points_above(sharpened, found.contour_level)
            let_go(sharpened)
        shown = found.map(what)

        def level(view: ViewMap) -> float:
            if what == "sharpened":
                return found.contour_level
            if n_above is not None:
                return level_enclosing(shown, n_above)
            if what == "mask":
                return 0.5
            return view.mean + 3 * view.standard_deviation

        is_binned = what == "local resolution" and shown.values.size > LARGEST_VIEW
        inside = found.mask_of(shown) if is_binned else None
        return self._view(run, shown, 8 if what == _COARSE else 16, level, inside)

    def _view(
        self,
        run: str,
        shown: MapData,
        bits: Bits,
        level: Callable[[ViewMap], float],
        inside: MapData | None = None,
    ) -> View:
        # The maps of a run have one box, for which its mask is read.
        key = ("box", run, self.stamp(run), f"{shown.values.shape} {is_whole_cell(shown)}")
        box = self._boxes.get(
            key, lambda: self.found(run).shown_box(shown, self._shown_whole), lambda _: 1
        )
        view = view_of(shown, box, bits=bits, inside=inside)
        let_go(shown)
        return as_view(view, level, is_part=box is not None)

    def stamp(self, run: str) -> str:
        """Return what changes when a run's results do."""
        try:
            return str((self.folder.resolve(run) / "results.json").stat().st_mtime_ns)
        except OSError:
            return ""


_OF_STATE: WeakKeyDictionary[State, Views] = WeakKeyDictionary()


def views_of(state: State) -> Views:
    """Return the views of a server's folder."""
    return _OF_STATE.setdefault(state, Views(state.folder))
