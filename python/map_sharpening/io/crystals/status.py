"""Which reflections a structure-factor mmCIF file marks as not to be used (`_refln.status`)."""

from __future__ import annotations

from collections import Counter

import gemmi
import numpy as np
import numpy.typing as npt

TAG = "_refln.status"
#: What the marks mean by the mmCIF dictionary, of reflections that aren't to be used.
_EXCLUDED = {
    "x": "unreliable",
    "<": "too weak",
    "-": "systematically absent",
    "h": "too fine",
    "l": "too coarse",
}
_OBSERVED, _FREE = "o", "f"


#: A mark of each reflection, lower case; "" where there is none.
Marks = npt.NDArray[np.str_]


def marks_of(block: gemmi.cif.Block) -> Marks:
    """Return the marks of a block's reflections; none if it doesn't have that tag."""
    marks = [gemmi.cif.as_string(mark).lower() for mark in block.find_values(TAG)]
    return np.array(marks, dtype=np.str_)


def excluded(
    marks: Marks,
    amplitude: gemmi.Mtz.Column,
    are_measured: bool,
    name: str,
    notes: list[str],
) -> npt.NDArray[np.bool_]:
    """Return which reflections have a value and aren't to be used, by their marks.

    Measured amplitudes are left out where a mark says so. Coefficients of a map are what the
    program that wrote them puts into the map, for reflections that it hasn't used too.

    Parameters
    ----------
    marks : ndarray of str, shape (n_reflections,)
        Empty if the file has none.
    amplitude : gemmi.Mtz.Column
        The amplitudes chosen.
    notes : list of str
        Gets a line of what the marks say.

    Returns
    -------
    ndarray of bool, shape (n_reflections,)
    """
    is_present = np.isfinite(np.array(amplitude.array, dtype=np.float64))
    if len(marks) != len(is_present):  # the file has none
        return np.zeros_like(is_present)
    present = np.where(is_present, marks, "")
    counts = Counter(present.tolist())
    those: npt.NDArray[np.bool_] = np.isin(present, list(_EXCLUDED))
    if those.any():
        found = ", ".join(
            f"{counts[mark]} {mark}, {what}" for mark, what in _EXCLUDED.items() if counts[mark]
        )
        notes.append(
            f"{name}: {np.count_nonzero(those)} of {len(marks)} reflections are marked in {TAG} "
            f"as not to be used ({found}); "
            + (
                "they are left out"
                if are_measured
                else f"they are used, as {amplitude.label} has them"
            )
        )
    if are_measured and counts[_FREE]:
        notes.append(
            f"{name}: {counts[_FREE]} of {len(marks)} reflections are of the free set, by "
            f"{TAG}; they are used like the others"
        )
    unknown = [mark for mark in counts if mark not in ("", _OBSERVED, _FREE, *_EXCLUDED)]
    if unknown:
        notes.append(
            f"{name}: {sum(counts[mark] for mark in unknown)} of {len(marks)} reflections have "
            f"marks in {TAG} that mmCIF doesn't define ({', '.join(unknown[:4])}); they are used"
        )
    return those if are_measured else np.zeros_like(those)
