"""Results as values that JSON knows: NaN and infinity, which it has not, become None."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.map_data import MapData


def plain_number(value: float | None) -> float | None:
    """Return a finite number as it is, everything else as None."""
    return None if value is None or not np.isfinite(value) else float(value)


def plain_numbers(values: npt.NDArray[Any]) -> list[float | int | None]:
    """Return an array of one dimension as a list."""
    if np.issubdtype(values.dtype, np.integer):
        return [int(value) for value in values]
    return [plain_number(float(value)) for value in values]


def plain_value(value: object) -> Any:
    """Return dataclasses as dictionaries by field, arrays and tuples as lists, to any depth.

    Raises
    ------
    TypeError
        If there is no plain form, as of a map.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return plain_number(float(value))
    if isinstance(value, np.ndarray):
        return [plain_value(row) for row in value] if value.ndim > 1 else plain_numbers(value)
    if isinstance(value, (tuple, list)):
        return [plain_value(part) for part in value]
    if isinstance(value, dict):
        return {str(key): plain_value(part) for key, part in value.items()}
    # A map has fields too, but its values would be gigabytes of text.
    if is_dataclass(value) and not isinstance(value, MapData):
        return {field.name: plain_value(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no plain form for JSON")
