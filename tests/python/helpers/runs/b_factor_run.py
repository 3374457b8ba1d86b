"""Quick runs of B-factor sharpening, and how to read what they write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from map_sharpening.run import RunOutcome

#: Small and quick: a given solvent content, few trials.
QUICK = ("solvent_content=0.9", "search_b_n=6")


def words(folder: Path, *more: str) -> list[str]:
    return [f"output_directory={folder}", "report=False", *QUICK, *more]


@dataclass(frozen=True)
class Finished:
    folder: Path
    outcome: RunOutcome
