"""How to read what a run wrote."""

from __future__ import annotations

from pathlib import Path

import mrcfile
import numpy as np
import numpy.typing as npt

FloatMap = npt.NDArray[np.float32]
#: Outputs of a run of any kind.
OF_EVERY_RUN = {
    "sharpened_map.ccp4",
    "sharpened_map_coeffs.mtz",
    "report.html",
    "open_in_chimerax.cxc",
    "open_in_coot.py",
    "open_in_pymol.pml",
    "used_parameters.eff",
    "results.json",
    "log.txt",
}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def values_of(path: Path) -> FloatMap:
    with mrcfile.open(path) as opened:
        values: FloatMap = np.array(opened.data)
    return values


def labels_of(path: Path) -> list[str]:
    with mrcfile.open(path, header_only=True) as opened:
        return [str(label).strip() for label in opened.get_labels()]
