"""Quick runs of B-factor sharpening, and how to read what they write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mrcfile
import numpy as np
import numpy.typing as npt

from map_sharpening.run import RunOutcome

#: Small and quick: a given solvent content, few trials.
QUICK = ("solvent_content=0.9", "search_b_n=6")


def words(folder: Path, *more: str) -> list[str]:
    return [f"output_directory={folder}", "report=False", *QUICK, *more]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def values_of(path: Path) -> npt.NDArray[np.float32]:
    with mrcfile.open(path) as opened:
        return np.array(opened.data)


@dataclass(frozen=True)
class Finished:
    folder: Path
    outcome: RunOutcome
