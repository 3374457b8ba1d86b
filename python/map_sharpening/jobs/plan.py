"""What a run is going to do, checked before anything is computed or written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from map_sharpening.errors import MemoryLimitError
from map_sharpening.io.memory import available_bytes
from map_sharpening.map_data import MapData
from map_sharpening.phil import Fetched, Values
from map_sharpening.progress import Progress

#: Interpreter, libraries and report.
BASE_BYTES = 200_000_000

Result = TypeVar("Result")
Writer = Callable[[Path], object]


@dataclass(frozen=True)
class Plan(ABC, Generic[Result]):
    """Inputs opened and checked, outputs named; nothing computed or written yet."""

    fetched: Fetched = field(repr=False)
    outputs: tuple[Path, ...]
    bytes_needed: int
    notes: tuple[str, ...]  #: what the user should know, one line each
    warnings: tuple[str, ...]

    @property
    def params(self) -> Values:
        """The program's parameters by name."""
        return self.fetched.extract()

    @property
    @abstractmethod
    def source(self) -> MapData:
        """The map that is sharpened, or the first of the two."""

    @property
    @abstractmethod
    def input_files(self) -> tuple[Path, ...]:
        """All files that are read."""

    @property
    @abstractmethod
    def input_lines(self) -> tuple[tuple[str, object], ...]:
        """What is read, as headings and texts for a person."""

    @abstractmethod
    def sizes(self) -> dict[Path, int]:
        """Return the room that each output may take, in bytes."""

    @abstractmethod
    def sharpen(self, progress: Progress, temporary_path: Callable[[Path], Path]) -> Result:
        """Do the work; what is written meanwhile goes where `temporary_path` says."""

    @abstractmethod
    def log(self, result: Result, *, tables: bool) -> str:
        """Return what was found, for a person."""

    @abstractmethod
    def writers(self, result: Result, log: str, date: str | None) -> dict[Path, Writer]:
        """Return what writes each output; the slowest first."""

    def text(self) -> str:
        """Return what the run will do, for a person."""
        nz, ny, nx = self.source.values.shape
        lines = [
            *self.input_lines,
            (
                "Grid",
                f"{nx} x {ny} x {nz}, voxel "
                + " x ".join(f"{step:.4g}" for step in self.source.voxel_size)
                + " Å",
            ),
            ("Resolution", f"{self.resolution:.4g} Å"),
            ("Memory", f"{self.bytes_needed / 1e9:.2f} GB at most"),
            *(("Note", note) for note in self.notes),
            *(("Warning", warning) for warning in self.warnings),
        ]
        return "\n".join(f"{heading:<13}{text}" for heading, text in lines)

    @property
    @abstractmethod
    def resolution(self) -> float:
        """Nominal resolution in Å."""


def require_memory(params: Values, source: MapData, bytes_needed: int) -> None:
    """Stop where a run would not fit into memory; one that is submitted runs elsewhere.

    Raises
    ------
    MemoryLimitError
        With what is needed and what there is.
    """
    if params.control.queue_run_command is not None:
        return
    available = available_bytes()
    if available is not None and bytes_needed > available:
        raise MemoryLimitError(
            f"{source.name} has {source.values.size:,} voxels: sharpening needs about "
            f"{bytes_needed / 1e9:.1f} GB of memory, but {available / 1e9:.1f} GB are "
            "available; close other programs, use a machine with more, or crop or bin the maps"
        )


def distinct(warnings: Sequence[str]) -> tuple[str, ...]:
    """Return each warning once, in the order of their first appearance."""
    return tuple(dict.fromkeys(warnings))
