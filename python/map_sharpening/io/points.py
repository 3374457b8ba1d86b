"""Points in space as a file that model viewers open."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_LEAST_B, _LARGEST_B = -99.99, 999.99  #: that the column of a PDB file holds


def points_as_pdb(positions: npt.ArrayLike, values: npt.ArrayLike) -> str:
    """Return a PDB file with a water's oxygen at each point.

    Parameters
    ----------
    positions : array_like, shape (n, 3)
        Å.
    values : array_like, shape (n,)
        Written as B factors; those that the column can't hold are cut to what it can.
    """
    numbers = np.clip(np.asarray(values, dtype=np.float64), _LEAST_B, _LARGEST_B)
    lines = []
    for index, ((x, y, z), value) in enumerate(
        zip(np.asarray(positions, dtype=np.float64), numbers, strict=True)
    ):
        serial, number = index % 99_999 + 1, index % 9_999 + 1
        lines.append(
            f"HETATM{serial:5d}  O   HOH A{number:4d}    {x:8.3f}{y:8.3f}{z:8.3f}"
            f"  1.00{value:6.2f}           O"
        )
    return "\n".join([*lines, "END", ""])
