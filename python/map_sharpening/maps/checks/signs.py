"""Whether bytes that were read with a sign were written without one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_Values = npt.NDArray[np.float32]
FEW_LEVELS = 16  #: values that a map of density has more of
#: Steps between neighbours as 255 and 0 make them, their share, and how much rougher they make
#: a map.
_WRAP, _FEWEST_WRAPS, _ROUGHER = 200, 1e-3, 1.5
_SECTIONS = 8  #: that are looked at
#: How many times as many points of a mask are inside as have a level of its edge next to 0 or to
#: that inside; also as many points as its inside at most.
_LESS_COMMON = 10


def _is_unsigned_mask(values: _Values) -> bool:
    """Whether bytes read with a sign are those of a mask that goes from 0 to 255, or to 128.

    Its 255 is then -1, and makes a peak among the levels: neither 1 nor -2 (254) is nearly as
    common, and many points are inside. Of density that is 0 nearly everywhere as many points are 1
    as -1, or, if its contrast is inverted, about as many -2. Of a mask of 0 and 128 all points
    inside are -128.
    """
    n_zero, n_last, n_one, n_second = (
        int(np.count_nonzero(values == level)) for level in (0, -1, 1, -2)
    )
    if n_zero + n_last <= values.size / 2:
        return False
    if n_last > _LESS_COMMON * max(n_one, n_second):
        return n_last > (values.size - n_zero) / _LESS_COMMON
    n_lowest = int(np.count_nonzero(values == -128))
    return n_lowest > 0 and n_zero > values.size / 2 and n_zero + n_lowest == values.size


def without_wraps(values: _Values, name: str) -> tuple[_Values, list[str]]:
    """Return bytes that were read with a sign as 0 to 255, if that makes a smoother map.

    Old programs wrote bytes without a sign; between 127 and 128 neighbours then seem to be 255
    apart.
    """
    step = max(1, len(values) // _SECTIONS)
    sample = values[::step]
    if _is_unsigned_mask(values):
        return np.where(values < 0, values + 256, values).astype(np.float32), [
            f"{name} has bytes (mode 0) of 0 and {values[values < 0].max():g}, as a mask of bytes "
            "without a sign has them; they are read as 0 to 255"
        ]
    if len(np.unique(sample)) <= FEW_LEVELS or values.shape[2] < 2:
        return values, []  # a mask, or no points have a neighbour
    signed = np.abs(np.diff(sample, axis=2))
    unsigned = np.abs(np.diff(np.where(sample < 0, sample + 256, sample), axis=2))
    n_wraps = np.count_nonzero(signed >= _WRAP)
    if n_wraps < _FEWEST_WRAPS * signed.size or signed.mean() < _ROUGHER * unsigned.mean():
        return values, []
    return np.where(values < 0, values + 256, values).astype(np.float32), [
        f"{name} has bytes (mode 0) that jump between 127 and -128; they are read as 0 to 255, as "
        "old programs wrote them"
    ]
