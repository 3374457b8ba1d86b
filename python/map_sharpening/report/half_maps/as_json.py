"""The result of a half-map run as plain values for JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.local_resolution.result import LocalResolutionResult
from map_sharpening.methods.shared.direction import Tensor
from map_sharpening.report.parts.plain_values import plain_number, plain_numbers, plain_value


def half_map_summary(result: HalfMapResult) -> dict[str, Any]:
    """Return all numbers of a half-map result; see `summary_json`."""
    fit = result.guinier
    anisotropy = result.anisotropy
    return {
        "resolution": plain_number(result.resolution),
        "d_min": plain_number(result.d_min),
        "resolution_0143": plain_number(result.resolution_0143),
        "resolution_05": plain_number(result.resolution_05),
        "randomised_from": plain_number(result.randomised_from),
        "has_mask": result.mask is not None,
        "mask_fraction": plain_number(result.mask_fraction),
        "contour_level": plain_number(result.contour_level),
        "guinier": {
            "b_sharpen": plain_number(fit.b_sharpen),
            "slope": plain_number(fit.slope),
            "intercept": plain_number(fit.intercept),
            "correlation": plain_number(fit.correlation),
            "d_low": plain_number(fit.d_low),
            "d_high": plain_number(fit.d_high),
            "is_poor": bool(fit.is_poor),
        },
        "anisotropy": None
        if anisotropy is None
        else {
            field.name: _tensor(getattr(anisotropy, field.name)) for field in fields(anisotropy)
        },
        "directional_scale": {
            "names": list(result.directional_scale.names),
            "directions": [plain_numbers(row) for row in result.directional_scale.directions],
            "scale": [plain_numbers(row) for row in result.directional_scale.scale],
        },
        "shells": {
            field.name: plain_numbers(getattr(result.shells, field.name))
            for field in fields(result.shells)
        },
        "local_resolution": None
        if result.local_resolution is None
        else _local_resolution(result.local_resolution),
        "local_filter": plain_value(result.local_filter),
        "warnings": list(result.warnings),
        "seconds": {stage: plain_number(value) for stage, value in result.seconds.items()},
    }


def _local_resolution(found: LocalResolutionResult) -> dict[str, Any]:
    statistics = found.statistics
    numbers = ("best", "median", "worst", "share_at_fine_limit", "share_at_coarse_limit")
    return {
        **{name: plain_number(getattr(statistics, name)) for name in numbers},
        "histogram": plain_numbers(statistics.histogram),
        "histogram_edges": plain_numbers(statistics.histogram_edges),
        "window": plain_number(found.window),
        "threshold": plain_number(found.threshold),
        "fine_limit": plain_number(found.fine_limit),
        "coarse_limit": plain_number(found.coarse_limit),
    }


def _tensor(tensor: Tensor) -> dict[str, list[float | int | None]]:
    return {
        "values": plain_numbers(np.asarray(tensor.values)),
        "standard_errors": plain_numbers(np.asarray(tensor.standard_errors)),
    }
