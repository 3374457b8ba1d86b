"""Non-crystallographic symmetry: how the first copy of a molecule gives the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import FloatArray

#: Differences of elements of rotations, and Å of translations, that make no other operator.
_SAME_ROTATION, _SAME_PLACE = 0.05, 5.0


@dataclass(frozen=True)
class NcsGroup:
    """Copies of one set of chains.

    The operators carry the first copy to each copy k, as those of BIOMT and MTRIX records do:
    ``x_k = R_k x_1 + t_k``. The first operator is the identity.
    """

    rotations: FloatArray  #: shape (n, 3, 3)
    translations: FloatArray  #: Å, shape (n, 3)
    chains: tuple[str, ...] = ()  #: of all copies, as far as the file names them
    centres: FloatArray | None = None  #: Å, shape (n, 3), of each copy

    def __post_init__(self) -> None:
        n = len(self.rotations)
        if self.rotations.shape != (n, 3, 3) or self.translations.shape != (n, 3):
            raise ValueError(
                f"rotations have shape {self.rotations.shape} and translations"
                f" {self.translations.shape}; expected (n, 3, 3) and (n, 3)"
            )

    @property
    def copies(self) -> int:
        """Return the number of copies."""
        return len(self.rotations)

    @property
    def is_closed(self) -> bool:
        """Return whether each two operators, one after the other, make a third.

        The operators then hold from each copy to the others, as those of a ring, and not of a
        helix or of copies that lie anyhow.
        """
        # Operator by operator: those of a long helix leave it at once, and there may be hundreds.
        for rotation, translation in zip(self.rotations, self.translations, strict=True):
            turned = (rotation @ self.rotations)[:, None]
            moved = (self.translations @ rotation.T + translation)[:, None]
            is_turned_so = np.abs(turned - self.rotations).max(axis=(2, 3)) < _SAME_ROTATION
            is_there = np.abs(moved - self.translations).max(axis=2) < _SAME_PLACE
            if not (is_turned_so & is_there).any(axis=1).all():
                return False
        return True

    def copies_of(self, positions: npt.ArrayLike) -> FloatArray:
        """Return points of the first copy (Å, shape (m, 3)) in all copies, shape (n, m, 3)."""
        points = np.asarray(positions, dtype=np.float64)
        turned: FloatArray = np.einsum("nij,mj->nmi", self.rotations, points)
        return turned + self.translations[:, None, :]


def number_of_copies(groups: Sequence[NcsGroup]) -> int:
    """Return the number of copies of the group that has most."""
    return max(group.copies for group in groups)
