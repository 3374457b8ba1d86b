"""The result of B-factor sharpening as plain values for JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.result import BFactorResult, LocalBFactor
from map_sharpening.report.b_factor.wording import chosen_place
from map_sharpening.report.parts.plain_values import plain_number, plain_value
from map_sharpening.report.parts.wording import principal_values


def b_factor_summary(result: BFactorResult) -> dict[str, Any]:
    """Return all numbers of a result by the names of `BFactorResult`; see `summary_json`.

    In place of the local map of B stands its range; `chosen_trial` is the index of the chosen
    trial, None if it is not one of them.
    """
    summary = _without_maps(result, "local")
    summary["chosen_trial"] = chosen_place(result)
    summary["b_principal"] = plain_value(principal_values(result.b_cart))
    summary["local"] = None if result.local is None else _local(result.local)
    return summary


def _local(local: LocalBFactor) -> dict[str, Any]:
    values = local.b_sharpen.values
    known = values[np.isfinite(values)]
    has_any = known.size > 0
    return {
        "b_sharpen_min": plain_number(known.min()) if has_any else None,
        "b_sharpen_max": plain_number(known.max()) if has_any else None,
        "b_sharpen_mean": plain_number(known.mean(dtype=np.float64)) if has_any else None,
        **_without_maps(local),
    }


def _without_maps(found: BFactorResult | LocalBFactor, *left_out: str) -> dict[str, Any]:
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    return {
        name: plain_value(value)
        for name, value in values.items()
        if name not in left_out and not isinstance(value, MapData)
    }
