"""Words and number formats that all reports share."""

from __future__ import annotations

import math
from collections.abc import Mapping

TENSOR_HEADINGS = ("X", "Y", "Z", "XY", "XZ", "YZ")


def number(value: float | None, decimals: int, missing: str = "-") -> str:
    """Return a number with fixed decimals, never "-0.0"; `missing` if there is none."""
    if value is None or not math.isfinite(value):
        return missing
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def significant(value: float | None, digits: int) -> str:
    """Return a number with so many digits; a dash if there is none."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.{digits}g}"


def stages_and_total(seconds: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """Return the seconds of each stage, and of all of them together."""
    stages = {stage: value for stage, value in seconds.items() if stage != "total"}
    return stages, seconds.get("total", sum(stages.values()))
