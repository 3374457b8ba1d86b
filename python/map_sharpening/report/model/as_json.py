"""The result of a run by a model as plain values for JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from map_sharpening.methods.model.result import ModelResult
from map_sharpening.report.parts.plain_values import plain_value

_MAPS = {"sharpened", "sharpened_half_1", "sharpened_half_2", "mask"}


def model_summary(result: ModelResult) -> dict[str, Any]:
    """Return all numbers of a result by the names of `ModelResult`; see `summary_json`."""
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    summary = {name: plain_value(value) for name, value in values.items() if name not in _MAPS}
    return {"has_mask": result.mask is not None, **summary}
