"""How far a run has come, and how long each of its stages took."""

from __future__ import annotations

import time
from collections.abc import Callable


class Stages:
    """Reports progress, and keeps the times."""

    def __init__(self, progress: Callable[[str, float], None] | None) -> None:
        self._progress = progress
        self._stage: str | None = None
        self._since = 0.0
        self._seconds: dict[str, float] = {}

    def tell(self, stage: str, done: float) -> None:
        """Report that a stage begins or continues, and the progress of the whole run (0 to 1)."""
        if stage != self._stage:
            now = time.perf_counter()
            if self._stage is not None:
                before = self._seconds.get(self._stage, 0.0)
                self._seconds[self._stage] = before + now - self._since
            self._stage, self._since = stage, now
        if self._progress is not None:
            self._progress(stage, done)

    @property
    def seconds(self) -> dict[str, float]:
        """Return the seconds of each stage that is over."""
        return dict(self._seconds)

    def finished(self) -> dict[str, float]:
        """Report that the run is over; return the seconds of each stage."""
        self.tell("done", 1.0)
        return self.seconds
