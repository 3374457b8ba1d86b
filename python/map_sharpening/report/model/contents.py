"""Log and report of a run with a model."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from map_sharpening.methods.model.result import ModelResult, ModelShellTable
from map_sharpening.methods.shared.option_groups import D_MIN_RATIO
from map_sharpening.report.local.facts import local_filter_fact
from map_sharpening.report.parts.contents import (
    Contents,
    Fact,
    Table,
    contour_fact,
    decimal_column,
    mask_fact,
    resolution_fact,
    shells_table,
)
from map_sharpening.report.parts.directions import directions_of
from map_sharpening.report.parts.wording import number


def model_contents(result: ModelResult) -> Contents:
    """Return what a microscopist reads after a run by a model."""
    return Contents(
        "Sharpening of a map by shells with a model",
        list(_facts(result)),
        directions_of(result.anisotropy, "what the model does not explain"),
        [_shells(result.shells)],
    )


def _facts(result: ModelResult) -> Iterator[Fact]:
    options = result.options
    yield Fact("Agreement with the model", _agreement(result), "correlation above 0.5")
    yield resolution_fact(result.resolution, result.resolution_how)
    ends = result.d_min > D_MIN_RATIO * result.resolution * (1 + 1e-6)
    yield Fact("Finest term kept", f"{result.d_min:.2f} Å", "where the data end" if ends else "")
    yield Fact(
        "B of the signal",
        "not known: too few shells"
        if result.b_sharpen is None
        else f"{number(result.b_sharpen, 1)} Å²",
        "fall-off of the signal's amplitudes; positive sharpens",
    )
    factor = options.rmsd_resolution_factor
    if options.rmsd is not None:
        how = "given"
    elif math.isclose(result.rmsd, factor * options.resolution):
        how = f"assumed, {factor:g} times the resolution"
    else:
        how = "rms, estimated from the half maps"
    yield Fact("Error of the model", f"{result.rmsd:.2f} Å", how)
    yield Fact(
        "Completeness",
        f"{100 * result.fraction_complete:.0f} %",
        "from the highest correlation" if options.fraction_complete is None else "given",
    )
    is_fitted = options.k_sol is None
    if result.k_sol == 0:
        why = "it would not raise the correlation" if is_fitted else "as given"
        yield Fact("Bulk solvent", "none", why)
    else:
        how = "fitted" if is_fitted else "as given"
        solvent = f"k {result.k_sol:.2f}, B {result.b_sol:.0f}"
        yield Fact("Bulk solvent", solvent, f"Å⁻² and Å², {how}")
    inside = "all" if result.n_atoms_in_box == result.n_atoms else f"{result.n_atoms_in_box} of"
    yield Fact("Atoms", f"{inside} {result.n_atoms} in the map")
    yield mask_fact(result.mask, result.mask_fraction)
    if result.local_filter is not None:
        yield local_filter_fact(
            result.local_filter,
            " in the region of the model; elsewhere the global factors, in the solvent those that "
            "suit the whole box",
        )
    yield contour_fact(result.contour_level)


def _agreement(result: ModelResult) -> str:
    if result.resolution_05 is not None:
        return f"{result.resolution_05:.2f} Å"
    curve = result.shells.smooth_correlation
    known = curve[np.isfinite(curve)]
    if not known.size or known.max() < 0.5:
        return "nowhere"
    return f"all, to {result.d_min:.2f} Å"


def _shells(shells: ModelShellTable) -> Table:
    return shells_table(
        shells,
        [
            decimal_column("correlation", shells.correlation, short="CC"),
            decimal_column("smooth correlation", shells.smooth_correlation, short="smooth"),
            decimal_column("expected correlation", shells.expected_correlation, short="expected"),
            decimal_column("accuracy", shells.accuracy, short="accuracy"),
        ],
        "CC: correlation of map and model. smooth: without its scatter. expected: of a perfect "
        "map with this model. accuracy: smooth over expected, at most what half maps or solvent "
        "allow. amplitude: rms of the map.",
        "shells.csv",
    )
