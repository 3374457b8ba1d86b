"""Structure factors summed atom by atom, with nothing of the program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening.molecule.atoms import Atoms


def direct_sum(
    atoms: Atoms,
    b_factors: npt.ArrayLike,
    s_axes: tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]],
) -> npt.NDArray[np.complex128]:
    """Return sums of scattering factors and phases at Cartesian s (x, y, z; broadcast together).

    Parameters
    ----------
    atoms : Atoms
    b_factors : float or one for each atom
        Å².
    s_axes : three arrays
        1/Å.
    """
    total: npt.NDArray[np.complex128] = np.sum(list(_terms(atoms, b_factors, s_axes)), axis=0)
    return total


def _terms(
    atoms: Atoms, b_factors: npt.ArrayLike, s_axes: tuple[npt.NDArray[Any], ...]
) -> Iterator[npt.NDArray[np.complex128]]:
    s_squared = sum(s**2 for s in s_axes)
    for position, element, occupancy, b_factor in zip(
        atoms.positions,
        atoms.elements,
        atoms.occupancies,
        np.broadcast_to(b_factors, len(atoms)),
        strict=True,
    ):
        gaussians = gemmi.Element(str(element)).c4322
        factor = sum(
            a * np.exp(-b * s_squared / 4) for a, b in zip(gaussians.a, gaussians.b, strict=True)
        )
        along = sum(s * x for s, x in zip(s_axes, position, strict=True))
        yield occupancy * factor * np.exp(-b_factor * s_squared / 4 - 2j * np.pi * along)
