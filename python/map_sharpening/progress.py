"""Progress of a run: not shown, for a terminal, or for another program."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from types import TracebackType
from typing import IO, TYPE_CHECKING, Protocol

from map_sharpening.errors import ParameterError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID


class Progress(Protocol):
    """Receives the progress of a run."""

    def stage(self, name: str, done: int, total: int, message: str = "") -> None:
        """Report that `done` of `total` steps of the stage `name` are finished.

        Raises
        ------
        ParameterError
            If not 0 <= done <= total, or total is below 1.
        """

    def curve(self, name: str, x: Sequence[float], y: Sequence[float]) -> None:
        """Report a curve for a live plot; values that don't exist are NaN.

        Raises
        ------
        ParameterError
            If x and y differ in length.
        """


class SilentProgress:
    """Shows nothing; still refuses what the others refuse."""

    def stage(self, name: str, done: int, total: int, message: str = "") -> None:
        """See `Progress.stage`."""
        _require_share(name, done, total)

    def curve(self, name: str, x: Sequence[float], y: Sequence[float]) -> None:
        """See `Progress.curve`."""
        _require_same_length(name, x, y)


class TerminalProgress:
    """Bars, one per stage, drawn while the context is open; nothing if not on a terminal."""

    def __init__(self, console: Console) -> None:
        # Loaded here: most runs have no terminal, and need none of it.
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as RichBars

        self._bars = RichBars(
            # No markup: a file name such as map[1].mrc must stay as it is.
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[message]}", markup=False),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> TerminalProgress:
        self._bars.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def stage(self, name: str, done: int, total: int, message: str = "") -> None:
        """See `Progress.stage`."""
        _require_share(name, done, total)
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total, message=message)
        self._bars.update(self._tasks[name], completed=done, total=total, message=message)

    def curve(self, name: str, x: Sequence[float], y: Sequence[float]) -> None:
        """Show nothing: a terminal has the tables of the log instead."""
        _require_same_length(name, x, y)


class JsonLinesProgress:
    """One JSON object a line, flushed at once, for the GUI and for pipelines."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._begun = time.monotonic()

    def stage(self, name: str, done: int, total: int, message: str = "") -> None:
        """See `Progress.stage`; with the seconds since this was made."""
        _require_share(name, done, total)
        seconds = round(time.monotonic() - self._begun, 2)
        record = {"stage": name, "done": int(done), "total": int(total), "msg": message}
        self._write({**record, "seconds": seconds})

    def curve(self, name: str, x: Sequence[float], y: Sequence[float]) -> None:
        """See `Progress.curve`; NaN and infinity, which JSON lacks, become null."""
        _require_same_length(name, x, y)
        self._write({"curve": name, "x": _json_numbers(x), "y": _json_numbers(y)})

    def _write(self, record: dict[str, object]) -> None:
        # One write call: lines of two threads must not mix.
        self._stream.write(json.dumps(record, allow_nan=False, separators=(",", ":")) + "\n")
        self._stream.flush()


def _json_numbers(values: Sequence[float]) -> list[float | None]:
    return [float(value) if math.isfinite(value) else None for value in values]


def _require_share(name: str, done: int, total: int) -> None:
    if total < 1 or not 0 <= done <= total:
        raise ParameterError(
            f"stage {name} has done {done} of {total}; expected 0 <= done <= total, total >= 1"
        )


def _require_same_length(name: str, x: Sequence[float], y: Sequence[float]) -> None:
    if len(x) != len(y):
        raise ParameterError(
            f"curve {name} has {len(x)} x values and {len(y)} y values; expected as many of both"
        )
