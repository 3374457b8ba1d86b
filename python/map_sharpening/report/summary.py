"""The result of a run as plain values for JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening.methods.half_map_result import HalfMapResult, Tensor


def summary_json(result: HalfMapResult) -> dict[str, Any]:
    """Return all numbers of a result, without its maps, ready for `json.dumps`.

    Resolutions are in Å, B and U in Å², s in 1/Å; tensors are in the order XX, YY, ZZ, XY, XZ,
    YZ. Values that don't exist are None, never NaN, which JSON has not.
    """
    fit = result.guinier
    anisotropy = result.anisotropy
    return {
        "resolution": _number(result.resolution),
        "d_min": _number(result.d_min),
        "resolution_0143": _number(result.resolution_0143),
        "resolution_05": _number(result.resolution_05),
        "randomised_from": _number(result.randomised_from),
        "has_mask": result.mask is not None,
        "mask_fraction": _number(result.mask_fraction),
        "contour_level": _number(result.contour_level),
        "guinier": {
            "b_sharpen": _number(fit.b_sharpen),
            "slope": _number(fit.slope),
            "intercept": _number(fit.intercept),
            "correlation": _number(fit.correlation),
            "d_low": _number(fit.d_low),
            "d_high": _number(fit.d_high),
            "is_poor": bool(fit.is_poor),
        },
        "anisotropy": None
        if anisotropy is None
        else {
            field.name: _tensor(getattr(anisotropy, field.name)) for field in fields(anisotropy)
        },
        "directional_scale": {
            "names": list(result.directional_scale.names),
            "directions": [_numbers(row) for row in result.directional_scale.directions],
            "scale": [_numbers(row) for row in result.directional_scale.scale],
        },
        "shells": {
            field.name: _numbers(getattr(result.shells, field.name))
            for field in fields(result.shells)
        },
        "warnings": list(result.warnings),
        "seconds": {stage: _number(value) for stage, value in result.seconds.items()},
    }


def _tensor(tensor: Tensor) -> dict[str, list[float | int | None]]:
    return {
        "values": _numbers(np.asarray(tensor.values)),
        "standard_errors": _numbers(np.asarray(tensor.standard_errors)),
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _numbers(values: npt.NDArray[Any]) -> list[float | int | None]:
    if np.issubdtype(values.dtype, np.integer):
        return [int(value) for value in values]
    return [_number(float(value)) for value in values]
