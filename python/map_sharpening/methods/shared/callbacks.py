"""Functions of a caller: their errors are not the core's, their arrays are as it needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.map_data import NewArray

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Callbacks:
    """Tells ValueErrors of functions that the core calls from those of the core.

    The core refuses maps by ValueError; what these functions raise by it is something else.
    """

    def __init__(self) -> None:
        self._raised: ValueError | None = None

    def watched(self, function: Callable[Given, Result] | None) -> Callable[Given, Result] | None:
        """Return a function that does the same and whose errors are known again, if it is one."""
        if function is None:
            return None

        def called(*args: Given.args, **kwargs: Given.kwargs) -> Result:
            try:
                return function(*args, **kwargs)
            except ValueError as error:
                self._raised = error
                raise

        return called

    def raised(self, error: ValueError) -> bool:
        """Whether an error that came out of the core is one of theirs; asked once."""
        # Not kept: it would keep the arrays of all functions that it came through.
        known, self._raised = self._raised, None
        return error is known


def exact_arrays(new_array: NewArray) -> NewArray:
    """Return a function that does the same and raises TypeError where it isn't what was asked.

    The core would work on a copy in memory of what it can't use as it is.
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
