"""Maps as the browser gets them: numbers, their meaning, and which of them are kept."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode

from map_sharpening.io.web.view_map import view_bytes
from map_sharpening.maps.view import ViewMap, sphere_above

Made = TypeVar("Made")


@dataclass(frozen=True)
class View:
    """A map for the browser, and the meaning of its numbers."""

    body: bytes
    step: float
    mean: float  #: of the whole map
    standard_deviation: float
    level: float  #: at which to show it first, in its own units
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


class Kept:
    """What was made and may be asked for again, by its key: what was used last, up to a size.

    Browsers on different runs don't take each other's; what several ask for at once is made
    once, and things are made one after another, since whole maps are read for it.

    Parameters
    ----------
    most_bytes : int
        That are kept at most; what was used last is always kept.
    making : context manager, optional
        Held while something is made: others that have it too make nothing then. A lock that one
        thread may hold several times, if what is made asks for more.
    """

    def __init__(
        self, most_bytes: int, making: AbstractContextManager[bool] | None = None
    ) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, ...], tuple[Any, int]] = OrderedDict()
        self._lock, self._making = threading.Lock(), making or threading.RLock()

    def get(
        self, key: tuple[str, ...], make: Callable[[], Made], n_bytes: Callable[[Made], int]
    ) -> Made:
        """Return the value of a key, made unless it is there."""
        found = self._found(key)
        if found is None:
            with self._making:
                found = self._found(key)
                if found is None:
                    found = make()
                    self._keep(key, found, n_bytes(found))
        return cast(Made, found)

    def forget(self) -> None:
        """Keep nothing of what was made."""
        with self._lock:
            self._kept.clear()

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


def size_of_view(view: View) -> int:
    """Return the bytes that a view takes."""
    return len(view.body)


def as_view(view: ViewMap, level: Callable[[ViewMap], float], *, is_part: bool = False) -> View:
    """Return a view as its bytes and their meaning."""
    first_level = level(view)
    return View(
        view_bytes(view),
        view.step,
        view.mean,
        view.standard_deviation,
        first_level,
        float(view.numbers.max()) * view.step,
        view.factor,
        is_part,
        *sphere_above(view, first_level),
    )


def address(route: str, **what: str) -> str:
    """Return where the browser finds something of a run, or of a given file."""
    return f"/{route}?{urlencode(what, safe='', quote_via=quote)}"


def in_script(value: Any) -> str:
    """Return a value as part of a script, which the page may write as HTML."""
    return json.dumps(value).replace("<", "\\u003c")
