"""How to read what a run wrote."""

from __future__ import annotations

from pathlib import Path

import mrcfile
import numpy as np
import numpy.typing as npt

FloatMap = npt.NDArray[np.float32]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def values_of(path: Path) -> FloatMap:
    with mrcfile.open(path) as opened:
        values: FloatMap = np.array(opened.data)
    return values


def labels_of(path: Path) -> list[str]:
    with mrcfile.open(path, header_only=True) as opened:
        return [str(label).strip() for label in opened.get_labels()]
