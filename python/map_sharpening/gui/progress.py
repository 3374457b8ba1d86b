"""How far a run has come, from its progress lines."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from map_sharpening.gui.state import Run

#: What the stages are called; others by their own names.
_WORDS = {"sharpen": "Sharpening", "write": "Writing files"}


@dataclass(frozen=True)
class StageShown:
    """One stage of a run."""

    name: str
    done: int
    total: int
    message: str = ""
    done_at_first: int = 0  #: when it was first reported
    seconds: float = 0.0  #: from then until it was last reported

    @property
    def words(self) -> str:
        """How much is done, and of what."""
        # The stage that sharpens counts in percent.
        share = f"{self.done} %" if self.total == 100 else f"{self.done} of {self.total}"
        return f"{share}, {self.message}" if self.message else share

    @property
    def share(self) -> float:
        """Share that is done, 0 to 1."""
        return self.done / self.total


def stages(progress: Sequence[dict[str, Any]]) -> list[StageShown]:
    """Return the stages so far, each as last reported."""
    found: dict[str, StageShown] = {}
    begun: dict[str, tuple[int, float]] = {}
    for line in progress:
        name, done, total = line.get("stage"), line.get("done"), line.get("total")
        if (
            isinstance(name, str)
            and isinstance(done, int)
            and isinstance(total, int)
            and total > 0
        ):
            words = _WORDS.get(name, name.replace("_", " ").capitalize())
            now = line.get("seconds")
            seconds = float(now) if isinstance(now, (int, float)) else 0.0
            done_at_first, start = begun.setdefault(name, (done, seconds))
            found[name] = StageShown(
                words, done, total, str(line.get("msg", "")), done_at_first, seconds - start
            )
    return list(found.values())


def state_in_words(run: Run) -> str:
    """Return what is going on, in a few words."""
    if run.stage == "running":
        found = stages(run.progress)
        return found[-1].name if found else "Reading and checking the inputs"
    if run.stage == "failed":
        return f"Failed with exit status {run.exit_status}"
    if run.stage == "died" and run.job is not None:
        return f"This program no longer follows its job, which may still be running: {run.job}"
    return {
        "waiting": "Waiting for its turn",
        "done": "Done",
        "cancelled": "Cancelled; no outputs were written",
        "died": "Ended without an exit status: it was killed, its disk was full, or the machine "
        "went down",
    }[run.stage]


def time_left(stage: StageShown) -> str:
    """Return the time left in a stage at the rate so far, in words; nothing if unknown."""
    n_done = stage.done - stage.done_at_first
    if n_done <= 0 or stage.done >= stage.total or stage.seconds <= 0:
        return ""
    return f"about {duration(stage.seconds * (stage.total - stage.done) / n_done)} left"


def duration(seconds: float) -> str:
    """Return a time in words."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def when(run: Run) -> str:
    """Return when a run was asked for, for a person."""
    try:
        made = datetime.datetime.fromisoformat(run.record.made)
    except ValueError:
        return "at an unknown time"
    return made.strftime("%d %b %Y, %H:%M")


def size_in_words(n_bytes: int) -> str:
    """Return the size of a file, of three figures."""
    for unit, of in (("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= 0.9995 * of:
            return f"{n_bytes / of:.3g} {unit}"
    return f"{round(n_bytes / 1e3)} kB" if n_bytes >= 1000 else f"{n_bytes} bytes"
