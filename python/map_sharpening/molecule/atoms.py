"""Atoms: positions, elements, occupancies and B factors, all that their density needs."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from map_sharpening.errors import ParameterError


@dataclass(frozen=True)
class Atoms:
    """Atoms of one model, one entry each."""

    positions: npt.NDArray[np.float64]  #: Å, shape (n, 3): x, y, z
    elements: npt.NDArray[np.str_]  #: chemical symbols, shape (n,)
    occupancies: npt.NDArray[np.float64]  #: 0 to 1, shape (n,)
    name: str = "model"  #: what messages call it, usually the file's name
    b_factors: npt.NDArray[np.float64] | None = None  #: Å², shape (n,); None: not known
    n_left_out: int = 0  #: further atoms in the file, hydrogens and waters not counted
    warnings: tuple[str, ...] = ()  #: what was left out or guessed, one line each

    def __post_init__(self) -> None:
        n = len(self.elements)
        if self.positions.shape != (n, 3) or self.occupancies.shape != (n,):
            raise ValueError(
                f"{self.name} has positions of shape {self.positions.shape} and occupancies of "
                f"shape {self.occupancies.shape} for {n} elements; expected ({n}, 3) and ({n},)"
            )
        if self.b_factors is not None and self.b_factors.shape != (n,):
            raise ValueError(
                f"{self.name} has B factors of shape {self.b_factors.shape} for {n} elements; "
                f"expected ({n},)"
            )

    def __len__(self) -> int:
        return len(self.elements)

    @property
    def extent(self) -> npt.NDArray[np.float64]:
        """Return the size in Å of the box, parallel to the axes, that holds all centres."""
        size: npt.NDArray[np.float64] = np.ptp(self.positions, axis=0)
        return size

    def centred_at(self, point: npt.ArrayLike) -> Atoms:
        """Return the atoms moved so that the middle of their extent lies at a point (Å)."""
        middle = (self.positions.min(axis=0) + self.positions.max(axis=0)) / 2
        moved = self.positions - middle + np.asarray(point, dtype=np.float64)
        return replace(self, positions=moved)

    def selected(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Atoms:
        """Return the atoms where `keep`, of shape (n,), is True, or at the places in it."""
        return replace(
            self,
            positions=self.positions[keep],
            elements=self.elements[keep],
            occupancies=self.occupancies[keep],
            b_factors=None if self.b_factors is None else self.b_factors[keep],
        )

    def distance_from_centre(self) -> npt.NDArray[np.float64]:
        """Return the distance in Å of each atom from the mean of all positions."""
        centre = self.positions.mean(axis=0)
        distance: npt.NDArray[np.float64] = np.linalg.norm(self.positions - centre, axis=1)
        return distance


#: Atoms as functions take them, or a path, which takes_maps makes Atoms of.
ModelLike: TypeAlias = "Atoms | str | os.PathLike[str]"


def require_atoms(model: object, name: str = "model") -> Atoms:
    """Return a model that was given, or raise ParameterError if it isn't one."""
    if isinstance(model, Atoms):
        return model
    raise ParameterError(
        f"{name} is {model!r:.60}; expected Atoms: read a file by map_sharpening.read_atoms(path)"
    )
