"""The text log of a run: one screen of results, then the tables."""

from __future__ import annotations

from collections.abc import Sequence

from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.report.b_factor.log import b_factor_log
from map_sharpening.report.half_maps.log import half_map_log
from map_sharpening.report.model.log import model_log


def log_text(
    result: HalfMapResult | ModelResult | BFactorResult,
    *,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    tables: bool = True,
) -> str:
    """Return what a microscopist reads after a run.

    Parameters
    ----------
    result : HalfMapResult, ModelResult or BFactorResult
        What the run found.
    inputs, outputs : sequence of str
        Names of the files read and written.
    tables : bool
        Add the long table, of shells or of trials, and the times.
    """
    if isinstance(result, BFactorResult):
        return b_factor_log(result, inputs=inputs, outputs=outputs, tables=tables)
    if isinstance(result, ModelResult):
        return model_log(result, inputs=inputs, outputs=outputs, tables=tables)
    return half_map_log(result, inputs=inputs, outputs=outputs, tables=tables)
