"""Measures in JSON, which has no NaN: one that is not defined is null there."""

from __future__ import annotations

import math
from collections.abc import Mapping


def with_null(values: Mapping[str, float]) -> dict[str, float | None]:
    """Return what is to be written of a map's measures: null where one is not defined (NaN)."""
    return {name: None if math.isnan(value) else value for name, value in values.items()}


def with_nan(values: Mapping[str, float | None]) -> dict[str, float]:
    """Return a map's measures as they were before `with_null`."""
    return {name: math.nan if value is None else value for name, value in values.items()}
