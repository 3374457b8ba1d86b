"""Facts and tables of a result of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from map_sharpening.report.half_maps.contents import half_map_contents
from map_sharpening.report.parts.contents import Contents

if TYPE_CHECKING:
    from map_sharpening.methods.b_factor.result import BFactorResult
    from map_sharpening.methods.half_maps.result import HalfMapResult
    from map_sharpening.methods.model.result import ModelResult

AnyResult: TypeAlias = "HalfMapResult | ModelResult | BFactorResult"


def contents_of(result: AnyResult) -> Contents:
    """Return all that the log and the report say of a result but its pictures."""
    if result.kind == "half maps":
        return half_map_contents(result)
    # Loaded only for results of their kind.
    if result.kind == "model":
        from map_sharpening.report.model.contents import model_contents

        return model_contents(result)
    from map_sharpening.report.b_factor.contents import b_factor_contents

    return b_factor_contents(result)
