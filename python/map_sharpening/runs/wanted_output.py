"""One output of a run: its name, its largest size, its writer, and whether it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from map_sharpening.io.maps import map_file_size, write_map
from map_sharpening.io.staging import write_text_file
from map_sharpening.maps.map_data import MapData

if TYPE_CHECKING:
    from map_sharpening.report.contents import AnyResult

Result = TypeVar("Result", bound="AnyResult")
Writer = Callable[[Path], object]

#: Tables and scripts: room needed besides the maps.
_SMALL_FILE_BYTES = 2_000_000


@dataclass(frozen=True)
class Finished(Generic[Result]):
    """A run whose work is done, before its outputs are written."""

    result: Result
    log: str = field(repr=False)  #: all of it, as in log.txt
    date: str | None  #: printed as given


@dataclass(frozen=True)
class WantedOutput(Generic[Result]):
    """An output that a plan names, and how it is written once the work is done."""

    path: Path
    size: int  #: bytes at most
    writer: Callable[[Finished[Result]], Writer]
    #: Whether a result has anything for it.
    is_made: Callable[[Result], bool] = lambda _: True
    is_slow: bool = False  #: it is begun before the others


def map_output(
    path: Path,
    like: MapData,
    map_of: Callable[[Result], MapData | None],
    labels: Callable[[Result], Sequence[str]],
) -> WantedOutput[Result]:
    """Return an output that is a map as large as `like`, with labels added; None: not made."""

    def writer(finished: Finished[Result]) -> Writer:
        map_data, added = map_of(finished.result), labels(finished.result)
        if map_data is None:
            raise AssertionError(f"{path} is written, but the result has no map for it")
        return lambda place: write_map(place, map_data, labels_added=added)

    return WantedOutput(
        path, map_file_size(like), writer, lambda result: map_of(result) is not None
    )


def text_output(
    path: Path,
    text: Callable[[Finished[Result]], str],
    is_made: Callable[[Result], bool] = lambda _: True,
    *,
    size: int = _SMALL_FILE_BYTES,
    is_slow: bool = False,
) -> WantedOutput[Result]:
    """Return an output that is a text, made when it is written."""
    return WantedOutput(
        path,
        size,
        lambda finished: lambda place: write_text_file(place, text(finished)),
        is_made,
        is_slow,
    )
