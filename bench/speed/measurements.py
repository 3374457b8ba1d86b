"""What was measured on one box, and the ratios that count."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.speed.programs.half_maps import Timed


@dataclass
class Measured:
    """All repetitions of one program on one box."""

    process_seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    peak_bytes: list[int] = field(default_factory=list)
    calls: dict[str, list[float]] = field(default_factory=dict)
    correlation: float = 0.0  #: with the truth, near the atoms
    why_missing: str = ""
    has_failed: bool = False  #: ended with an error, or its map was wrong: its times don't count

    def add(self, timed: Timed, correlation: float) -> None:
        """Keep what one run took."""
        self.process_seconds.append(timed.process.seconds)
        self.cpu_seconds.append(timed.process.cpu_seconds)
        self.peak_bytes.append(timed.peak_of_calls or timed.process.peak_bytes)
        for name, seconds in timed.calls.items():
            self.calls.setdefault(name, []).extend(seconds)
        self.correlation = correlation

    def seconds(self, call: str | None = None) -> float | None:
        """Return the median time of a part, or of the whole process."""
        found = self.process_seconds if call is None else self.calls.get(call, [])
        return median(found) if found else None

    def peak(self) -> float | None:
        """Return the largest memory that any repetition held, in bytes."""
        return max(self.peak_bytes) if self.peak_bytes else None

    def as_json(self) -> dict[str, Any]:
        """Return everything, unrounded."""
        return dict(vars(self))


@dataclass(frozen=True)
class BoxResults:
    """All programs on one box."""

    box: int
    plain_mean: float  #: correlation of the mean of the halves with the truth, near the atoms
    measured: dict[str, Measured]

    def get(self, program: str) -> Measured:
        """Return what was measured of a program; empty if it wasn't run."""
        return self.measured.get(program, Measured(why_missing="not run"))


@dataclass(frozen=True)
class Ratio:
    """How one time or memory compares with another."""

    name: str
    value: float | None  #: None if either wasn't measured
    at_least: float | None = None  #: goal
    at_most: float | None = None


def over(top: float | None, bottom: float | None) -> float | None:
    """Return top / bottom; None if either wasn't measured."""
    return None if top is None or bottom is None else top / bottom


#: Goals for the command as people run it, on two idle cores, by box.
_MOST_SECONDS = {64: 0.7, 256: 3.0, 384: 9.0}


def ratios(results: BoxResults, threads: int) -> list[Ratio]:
    """Return what the project sets itself goals for, and others for orientation."""
    ours, command = results.get(f"numerical_{threads}"), results.get(f"command_{threads}")
    peer, relion = results.get("peer"), results.get("relion")
    call, whole = ours.seconds("sharpening"), results.get(f"default_{threads}").seconds()
    is_goal_box = results.box == 256

    return [
        Ratio(
            "seconds of our command as people run it",
            whole,
            at_most=_MOST_SECONDS.get(results.box),
        ),
        Ratio(
            "our command as people run it / RELION's process",
            over(whole, relion.seconds()),
            at_most=2 if results.box == 128 else None,
        ),
        Ratio(
            "peer's call / our numerical part",
            over(peer.seconds("sharpening"), call),
            at_least=100 if is_goal_box else None,
        ),
        Ratio(
            "our numerical part / the 11 FFTs that it makes",
            over(call, ours.seconds("all_ffts")),
            at_most=3 if is_goal_box else None,
        ),
        Ratio(
            "our numerical part / the 5 FFTs that nobody can spare",
            over(call, ours.seconds("five_ffts")),
        ),
        Ratio(
            "peer's process / our command",
            over(peer.seconds(), command.seconds()),
            at_least=30 if is_goal_box else None,
        ),
        Ratio(
            "RELION's process / our command",
            over(relion.seconds(), command.seconds()),
            at_least=1 if is_goal_box else None,
        ),
        Ratio(
            "our command's peak memory / RELION's",
            over(command.peak(), relion.peak()),
            at_most=1 if is_goal_box else None,
        ),
        Ratio("our command's peak memory / the peer's", over(command.peak(), peer.peak())),
    ]
