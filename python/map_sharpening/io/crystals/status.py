"""Which reflections a structure-factor mmCIF file marks as not to be used (`_refln.status`)."""

from __future__ import annotations

from collections import Counter

import gemmi
import numpy as np
import numpy.typing as npt

_TAG = "_refln.status"
_LABEL = "STATUS"  #: of the column that holds the marks' codes
#: What the marks mean by the mmCIF dictionary, of reflections that aren't to be used.
_EXCLUDED = {
    "x": "unreliable",
    "<": "too weak",
    "-": "systematically absent",
    "h": "too fine",
    "l": "too coarse",
}
_FREE = "f"


def add_status(mtz: gemmi.Mtz, block: gemmi.cif.Block) -> None:
    """Add the marks of a block's reflections, if it has any, as a column of integers."""
    marks = [gemmi.cif.as_string(mark).lower() for mark in block.find_values(_TAG)]
    if len(marks) == mtz.nreflections:
        column = mtz.add_column(_LABEL, "I")
        column.array[:] = [ord(mark) if len(mark) == 1 else 0 for mark in marks]


def excluded(
    mtz: gemmi.Mtz,
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
    amplitude : gemmi.Mtz.Column
        The amplitudes chosen.
    notes : list of str
        Gets a line of what the marks say.

    Returns
    -------
    ndarray of bool, shape (n_reflections,)
    """
    column = mtz.column_with_label(_LABEL)
    is_present = np.isfinite(np.array(amplitude.array, dtype=np.float64))
    if column is None:
        return np.zeros_like(is_present)
    codes = np.where(is_present, np.array(column.array), 0).astype(np.int64)
    counts = Counter(chr(code) for code in codes.tolist())
    those: npt.NDArray[np.bool_] = np.isin(codes, [ord(mark) for mark in _EXCLUDED])
    if those.any():
        marks = ", ".join(
            f"{counts[mark]} {mark}, {what}" for mark, what in _EXCLUDED.items() if counts[mark]
        )
        notes.append(
            f"{name}: {np.count_nonzero(those)} of {len(codes)} reflections are marked in {_TAG} "
            f"as not to be used ({marks}); "
            + (
                "they are left out"
                if are_measured
                else f"they are used, as {amplitude.label} has them"
            )
        )
    if are_measured and counts[_FREE]:
        notes.append(
            f"{name}: {counts[_FREE]} of {len(codes)} reflections are of the free set, by "
            f"{_TAG}; they are used like the others"
        )
    return those if are_measured else np.zeros_like(those)
