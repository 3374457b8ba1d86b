"""The result of a run as plain values for JSON."""

from __future__ import annotations

from typing import Any

from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.report.b_factor.as_json import b_factor_summary
from map_sharpening.report.half_maps.as_json import half_map_summary
from map_sharpening.report.model.as_json import model_summary


def summary_json(result: HalfMapResult | ModelResult | BFactorResult) -> dict[str, Any]:
    """Return all numbers of a result, without its maps, ready for `json.dumps`.

    Resolutions are in Å, B and U in Å², s in 1/Å; tensors are in the order XX, YY, ZZ, XY, XZ,
    YZ. Values that don't exist are None, never NaN, which JSON has not.
    """
    if isinstance(result, BFactorResult):
        return b_factor_summary(result)
    if isinstance(result, ModelResult):
        return model_summary(result)
    return half_map_summary(result)
