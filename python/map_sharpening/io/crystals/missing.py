"""Which reflections have numbers that programs write for a missing one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: No amplitude, no phase (degrees) and no weight of a reflection is higher.
_HIGHEST_AMPLITUDE, _HIGHEST_PHASE = 1e20, 720.0
_HIGHEST_WEIGHT, _HIGHEST_PERCENT = 90.0, 100.5
#: Degrees: no program counts so many turns, and 32-bit numbers would lose the phase.
_NO_PHASE = 1e5
#: Numbers that programs write for a missing one.
_MISSING_FLAGS = (-99.0, -999.0, -999.9, -999.99, -9999.0, -99999.0, -999999.0, 999999.0)
_OFTEN = 1e-3  #: share of reflections that have one and the same odd amplitude
#: How much higher than all others it is, if positive.
_FAR_ABOVE = 2.0
#: Different phases beyond the highest at which they are turns counted on, no flags.
_MANY_PHASES = 20
#: Reflections from which on their values show the unit, and whether one outweighs the others.
ENOUGH = 50
_SURELY_PERCENT = 2.0  #: weight


def flagged(
    amplitudes: npt.NDArray[np.float64],
    phases: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.bool_]:
    """Find reflections with numbers that programs write for a missing one.

    Those are no phase at all, or out of all proportion; the usual ones such as -999; and any
    negative amplitude that comes again and again with the same phase, or positive one far above
    all others, with one phase or made of nines.
    """
    with np.errstate(invalid="ignore"):
        is_flagged = np.abs(amplitudes) > _HIGHEST_AMPLITUDE
        are_beyond = np.abs(phases) > _HIGHEST_PHASE
        if len(np.unique(phases[are_beyond])) <= _MANY_PHASES:
            is_flagged |= are_beyond
        is_flagged |= np.abs(phases) > _NO_PHASE
        if weights is not None:
            highest = _HIGHEST_PERCENT if are_percent(weights) else _HIGHEST_WEIGHT
            is_flagged |= np.abs(weights) > highest
    for flag in _MISSING_FLAGS:
        those = amplitudes == np.float64(np.float32(flag))
        if np.count_nonzero(those) > 1 or (those & is_flagged).any():
            is_flagged |= those
    negative = np.flatnonzero(amplitudes < 0)
    if len(negative):
        found, counts = np.unique(amplitudes[negative], return_counts=True)
        those = amplitudes == found[np.argmax(counts)]
        is_often = counts.max() >= max(3, _OFTEN * len(amplitudes))
        if is_often and len(np.unique(phases[those])) == 1:
            is_flagged |= those
    present = amplitudes[~is_flagged & np.isfinite(amplitudes)]
    if len(present) >= ENOUGH:
        highest = present.max()
        n_highest = np.count_nonzero(present == highest)
        if n_highest >= max(3, _OFTEN * len(amplitudes)):
            others = np.abs(present[present != highest])
            those = amplitudes == highest
            # Mates of a strong reflection are equal too.
            are_nines = not f"{highest:g}".replace(".", "").strip("9")
            is_number = are_nines or len(np.unique(phases[those & ~is_flagged])) == 1
            if len(others) and highest > _FAR_ABOVE * others.max() and is_number:
                is_flagged |= those
    return is_flagged


def are_percent(weights: npt.NDArray[np.float64]) -> bool:
    """Whether weights are no shares: more than a tenth of them is above 2.

    The highest doesn't count, which may be a number that means missing.
    """
    usual = weights[np.isfinite(weights) & (np.abs(weights) <= _HIGHEST_PERCENT)]
    usual = usual[usual < usual.max()] if len(usual) else usual
    return len(usual) >= ENOUGH and float(np.quantile(usual, 0.9)) > _SURELY_PERCENT
