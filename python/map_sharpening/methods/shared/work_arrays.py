"""Checks that arrays made by a caller are as the core needs them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.map_data import NewArray


def exact_arrays(new_array: NewArray) -> NewArray:
    """Return a function that does the same and raises TypeError for an unsuitable array.

    The core would work on a copy in memory of an array that it can't use.
    """

    def made(shape: tuple[int, int, int], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        array = new_array(shape, dtype)
        wanted = np.dtype(dtype)
        if (
            isinstance(array, np.ndarray)
            and array.dtype == wanted
            and array.shape == shape
            and array.flags.c_contiguous
            and array.flags.writeable
        ):
            return array
        raise TypeError(
            f"new_array returned {_described(array)}; expected a writable array of {wanted}, "
            f"shape {shape}, in C order, such as numpy.empty makes"
        )

    return made


def _described(made: Any) -> str:
    if not isinstance(made, np.ndarray):
        return f"an object of type {type(made).__name__}"
    return (
        f"a {'writable' if made.flags.writeable else 'read-only'} array of {made.dtype}, shape "
        f"{made.shape}, {'' if made.flags.c_contiguous else 'not '}in C order"
    )
