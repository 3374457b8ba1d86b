"""Whether a column of B factors holds a prediction's confidence, which is high in the core."""

from __future__ import annotations

from collections.abc import Sequence

import gemmi
import numpy as np
import numpy.typing as npt

#: pLDDT goes from 0 to 100, and that of a fold goes above 60.
_HIGHEST, _OF_A_FOLD = 100.0, 60.0
#: Atoms of a residue, other numbers, and residues that say something; residues looked at.
_FEWEST_ATOMS, _FEWEST_LEVELS, _ENOUGH_RESIDUES, _LOOKED_AT = 4, 20, 50, 500
_NEAR = 10.0  #: Å, of the middle of a residue: atoms that count as packed round it
#: Correlation of B with the number of atoms nearby, of residues whose atoms all have one number,
#: as those of AlphaFold 2 and ESMFold, and of others, from which on it is confidence. Of 18
#: deposited models it is -.76 to -.28, of one with two numbers .07, of pLDDT .49.
_PACKED = {True: 0.25, False: 0.4}
_ONE_NUMBER = 0.98  #: share of residues


def rises_with_packing(
    sites: Sequence[gemmi.CRA],
    positions: npt.NDArray[np.float64],
    b_factors: npt.NDArray[np.float64],
) -> bool:
    """Whether B factors are highest where most atoms lie round a residue.

    Atoms in the core of a molecule move less than those at its surface, and are predicted with
    more confidence.

    Parameters
    ----------
    sites : sequence of gemmi.CRA
        The atoms, with their residues.
    positions : ndarray, shape (n_atoms, 3)
        Å.
    b_factors : ndarray, shape (n_atoms,)
        Å², or pLDDT.
    """
    are_in_range = bool(b_factors.min() >= 0 and _OF_A_FOLD < b_factors.max() <= _HIGHEST)
    if not are_in_range or len(np.unique(b_factors)) < _FEWEST_LEVELS:
        return False
    names = [f"{site.chain.name} {site.residue.seqid}" for site in sites]
    residues, count = np.unique(names, return_inverse=True, return_counts=True)[1:]
    mean = np.bincount(residues, b_factors) / count
    spread = np.zeros(len(count))
    np.maximum.at(spread, residues, np.abs(b_factors - mean[residues]))
    middle = np.column_stack([np.bincount(residues, axis) / count for axis in positions.T])
    whole = np.flatnonzero(count >= _FEWEST_ATOMS)
    if len(whole) < _ENOUGH_RESIDUES:
        return False
    some = whole[:: -(-len(whole) // _LOOKED_AT)]
    near = [np.sum(np.sum((positions - place) ** 2, axis=1) < _NEAR**2) for place in middle[some]]
    if np.ptp(near) == 0 or np.ptp(mean[some]) == 0:
        return False
    # Rounding to two decimals leaves no difference within a residue of one number.
    is_one_number = bool(np.mean(spread[whole] < 1e-3) > _ONE_NUMBER)
    return bool(np.corrcoef(near, mean[some])[0, 1] > _PACKED[is_one_number])
