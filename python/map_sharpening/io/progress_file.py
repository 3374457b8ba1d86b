"""The progress of a run on another machine, read from the file that it writes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from map_sharpening.errors import ClusterError
from map_sharpening.io.readable import open_file, text_of_file

_SECONDS_BETWEEN_LOOKS = 0.5


def progress_records(
    path: Path, when_idle: Callable[[], None] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the progress records of a run as they are written, up to its exit status.

    Parameters
    ----------
    path : Path
        A file that exists and grows: an object of JSON a line, as `JsonLinesProgress` writes
        them, and ``{"exit": status}`` as the last.
    when_idle : function, optional
        Called now and then while nothing new is there; ends the wait by what it raises.

    Raises
    ------
    ClusterError
        If the file is gone, or holds anything else.
    """
    position = 0
    while True:
        lines = _new_lines(path, position)
        for line in lines:
            position += len(line)
            record = _record(path, line)
            yield record
            if "exit" in record:
                return
        if not lines:
            if when_idle is not None:
                when_idle()
            time.sleep(_SECONDS_BETWEEN_LOOKS)


def last_line(path: Path) -> str:
    """Return the last line of a text file that isn't empty, or nothing."""
    try:
        lines = text_of_file(path).splitlines()
    except FileNotFoundError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _new_lines(path: Path, position: int) -> list[bytes]:
    """Return the whole lines from a position on; one that is being written comes later."""
    try:
        with open_file(path) as stream:
            stream.seek(position)
            lines = stream.readlines()
    except OSError as error:
        raise ClusterError(
            f"the progress file {path} can't be read: {error.strerror}; the job continues, see "
            "its outputs later"
        ) from error
    return lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]


def _record(path: Path, line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        text = line.decode(errors="replace").strip()
        raise ClusterError(
            f"the progress file {path} holds {text!r}; expected a JSON object a line; let nothing "
            "else write into it"
        )
    return record
