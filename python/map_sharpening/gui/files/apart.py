"""Questions that take several maps of memory, answered by a process of their own."""

from __future__ import annotations

import json
import subprocess
import threading
import weakref
from typing import Any

from map_sharpening.errors import MapSharpeningError, ResultsError
from map_sharpening.own_command import own_command

_ANSWERS = "gui.files.answers"


class NoLongerAskedError(MapSharpeningError):
    """the question was withdrawn before it was answered."""


class Apart:
    """One question at a time; a new one ends the process of the one before.

    The process also ends with this one, however that ends, if `close_all` is called where threads
    may still wait for an answer.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_closed = False
        _ALL.add(self)
        self._process: subprocess.Popen[str] | None = None

    def ask(self, question: str, *words: str) -> Any:
        """Wait for the answer to a question.

        Raises
        ------
        NoLongerAskedError
            If it was ended before, or another one was asked.
        ResultsError
            If there is none, with the reason.
        """
        with self._lock:
            if self._is_closed:
                raise NoLongerAskedError("nobody is waiting for the answer")
            self._end()
            try:
                process = subprocess.Popen(
                    [*own_command(_ANSWERS), question, *words],
                    stdin=subprocess.PIPE,  # it ends when this is closed
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            except OSError as error:
                raise ResultsError(
                    f"no process can be started: {error.strerror}; end other programs"
                ) from error
            self._process = process
        with process:
            assert process.stdout is not None, "a pipe"
            said = process.stdout.read().splitlines()
            status = process.wait()
        with self._lock:
            is_current = self._process is process
            if is_current:
                self._process = None
        if not is_current:
            raise NoLongerAskedError("the question was withdrawn")
        if status != 0:
            raise ResultsError(_why(status, said))
        found = json.loads(said[-1])
        if "error" in found:
            raise ResultsError(found["error"])
        return found["answer"]

    def end(self) -> None:
        """Take the question back, if there is one; its process is ended."""
        with self._lock:
            self._end()

    def close(self) -> None:
        """Take the question back, and answer no other one."""
        with self._lock:
            self._is_closed = True
            self._end()

    @property
    def is_busy(self) -> bool:
        """Whether a question waits for its answer."""
        with self._lock:
            return self._process is not None

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None


_ALL: weakref.WeakSet[Apart] = weakref.WeakSet()


def close_all() -> None:
    """Close all of this program, whose end would wait for their answers."""
    for each in list(_ALL):
        each.close()


def _why(status: int, said: list[str]) -> str:
    if status < 0:
        return (
            f"the process that was to find it was killed (signal {-status}); perhaps this machine "
            "ran out of memory"
        )
    last_words = next((line.strip() for line in reversed(said) if line.strip()), "")
    return f"the process that was to find it failed: {last_words or 'it gave no reason'}"
