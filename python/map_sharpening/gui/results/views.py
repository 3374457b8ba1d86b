"""Maps of runs as the browser gets them, and the addresses where it finds them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast
from urllib.parse import quote
from weakref import WeakKeyDictionary

from map_sharpening.gui.results.found import Found, read_found
from map_sharpening.gui.state import State
from map_sharpening.io.web.served_folder import ServedFolder
from map_sharpening.io.web.view_map import view_bytes
from map_sharpening.maps.difference import Difference, difference_of
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.view import Bits, ViewMap, level_of_same_volume, sphere_above, view_of

#: Bytes that are kept at most, beside what was made last.
_MOST_BYTES_OF_VIEWS = 150_000_000
_MOST_BYTES_OF_DIFFERENCES = 70_000_000
Made = TypeVar("Made")
_COARSE = frozenset({"mask", "local resolution", "local B"})  #: for which bytes are enough


@dataclass(frozen=True)
class View:
    """A map for the browser, and what its numbers stand for."""

    body: bytes
    step: float
    mean: float  #: of the whole map
    standard_deviation: float
    level: float  #: at which to show it first, in its own units
    low: float
    high: float
    factor: int  #: grid points along an edge that were binned to one
    is_part: bool
    centre: tuple[float, float, float]  #: Å, of what the level shows
    radius: float  #: Å

    def number_of(self, value: float) -> float:
        """Return what stands for a value."""
        return value / self.step

    def in_sd(self, value: float) -> float:
        """Return a value in standard deviations above the mean."""
        return (value - self.mean) / (self.standard_deviation or 1.0)

    def from_sd(self, value: float) -> float:
        """Return the value at so many standard deviations above the mean."""
        return self.mean + value * self.standard_deviation


class Kept:
    """What was made and may be asked for again, by its key: what was used last, up to a size.

    Browsers on different runs don't take each other's; what several ask for at once is made
    once, and things are made one after another, since whole maps are read for it.

    Parameters
    ----------
    most_bytes : int
        That are kept at most; what was used last is always kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, ...], tuple[Any, int]] = OrderedDict()
        self._lock, self._making = threading.Lock(), threading.Lock()

    def get(
        self, key: tuple[str, ...], make: Callable[[], Made], n_bytes: Callable[[Made], int]
    ) -> Made:
        """Return what a key stands for, made unless it is there."""
        found = self._found(key)
        if found is None:
            with self._making:
                found = self._found(key)
                if found is None:
                    found = make()
                    self._keep(key, found, n_bytes(found))
        return cast(Made, found)

    @property
    def n_bytes(self) -> int:
        """What is kept, in bytes."""
        with self._lock:
            return sum(size for _, size in self._kept.values())

    def _found(self, key: tuple[str, ...]) -> Any:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def _keep(self, key: tuple[str, ...], made: object, size: int) -> None:
        with self._lock:
            self._kept[key] = made, size
            total = sum(size for _, size in self._kept.values())
            while len(self._kept) > 1 and total > self._most_bytes:
                _, (_, gone) = self._kept.popitem(last=False)
                total -= gone


class Views:
    """What was made for browsers; the last few are kept."""

    def __init__(self, folder: ServedFolder) -> None:
        self.folder = folder
        self.kept = Kept(_MOST_BYTES_OF_VIEWS)  #: views, and what moves by sliders
        self._differences = Kept(_MOST_BYTES_OF_DIFFERENCES)

    def found(self, run: str) -> Found:
        """Return the results of a run's folder, given from the root.

        Raises
        ------
        MapSharpeningError
            If there are none, or the folder lies elsewhere.
        """
        return read_found(self.folder, self.folder.resolve(run))

    def view(self, run: str, what: str) -> View:
        """Return a map of a run.

        Raises
        ------
        MapSharpeningError
            If there is none.
        """
        key = ("view", run, what, self.stamp(run))
        return self.kept.get(key, lambda: self._of_run(run, what), _size_of_view)

    def difference(self, run: str, other: str) -> Difference:
        """Return what the sharpened map of another run has more than that of a run.

        Raises
        ------
        MapSharpeningError
            If there is none, or the maps lie on different grids.
        """

        def make() -> Difference:
            maps = [self.found(each).map("sharpened") for each in (run, other)]
            return difference_of(
                *(
                    replace(each, name=f"{each.name} of {of}")
                    for each, of in zip(maps, (run, other), strict=True)
                )
            )

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
            return self._view(self.found(run), shown, 16, lambda view: 4 * view.standard_deviation)

        key = ("difference", run, self.stamp(run), other, self.stamp(other))
        return self.kept.get(key, make, _size_of_view)

    def _of_run(self, run: str, what: str) -> View:
        found = self.found(run)
        shown = found.map(what)

        def level(view: ViewMap) -> float:
            if what == "sharpened":
                return found.contour_level
            if what in ("before", "density modified") and found.has("sharpened"):
                return level_of_same_volume(found.map("sharpened"), found.contour_level, shown)
            if what == "mask":
                return 0.5
            return view.mean + 3 * view.standard_deviation

        return self._view(found, shown, 8 if what in _COARSE else 16, level)

    def _view(
        self, found: Found, shown: MapData, bits: Bits, level: Callable[[ViewMap], float]
    ) -> View:
        box = found.shown_box(shown)
        return as_view(view_of(shown, box, bits=bits), level, is_part=box is not None)

    def stamp(self, run: str) -> str:
        """Return what changes when a run's results do."""
        try:
            return str((self.folder.resolve(run) / "results.json").stat().st_mtime_ns)
        except OSError:
            return ""


def _size_of_view(view: View) -> int:
    return len(view.body)


def as_view(view: ViewMap, level: Callable[[ViewMap], float], *, is_part: bool = False) -> View:
    """Return a view as its bytes and what they stand for."""
    low, high = (float(n) * view.step for n in (view.numbers.min(), view.numbers.max()))
    first_level = level(view)
    return View(
        view_bytes(view),
        view.step,
        view.mean,
        view.standard_deviation,
        first_level,
        low,
        high,
        view.factor,
        is_part,
        *sphere_above(view, first_level),
    )


_OF_STATE: WeakKeyDictionary[State, Views] = WeakKeyDictionary()


def views_of(state: State) -> Views:
    """Return the views of a server's folder."""
    return _OF_STATE.setdefault(state, Views(state.folder))


def address(kind: str, **what: str) -> str:
    """Return where the browser finds something of a run."""
    words = "&".join(f"{name}={quote(value, safe='')}" for name, value in what.items())
    return f"/results/{kind}?{words}"
