"""The text log of a run: one screen of results, then the tables."""

from __future__ import annotations

from collections.abc import Sequence

from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.report.b_factor.log import b_factor_log_parts
from map_sharpening.report.half_maps.log import half_map_log_parts
from map_sharpening.report.model.log import model_log_parts
from map_sharpening.report.parts.log_blocks import (
    LogParts,
    count_of_warnings,
    facts_block,
    timing_block,
    warnings_block,
)


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
    parts = _parts_of(result)
    facts = [*parts.facts, ("Warnings", count_of_warnings(result.warnings))]
    blocks = [facts_block(parts.title, facts, inputs=inputs, outputs=outputs)]
    if result.warnings:
        blocks.append(warnings_block(result.warnings))
    blocks.append(parts.anisotropy)
    if tables:
        blocks.append(parts.table())
        if result.seconds:
            blocks.append(timing_block(result.seconds))
    return "\n\n".join(blocks) + "\n"


def _parts_of(result: HalfMapResult | ModelResult | BFactorResult) -> LogParts:
    if isinstance(result, BFactorResult):
        return b_factor_log_parts(result)
    if isinstance(result, ModelResult):
        return model_log_parts(result)
    return half_map_log_parts(result)
