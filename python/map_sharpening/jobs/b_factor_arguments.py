"""The program's parameters as arguments of `sharpen_by_b_factor`."""

from __future__ import annotations

from typing import Any

from map_sharpening.jobs.b_factor_inputs import BFactorInputs
from map_sharpening.parameters import thread_count
from map_sharpening.phil import Values

#: Arguments that have the names of the parameters; None leaves the method's default.
_CHANGES = (
    "b_iso",
    "b_sharpen",
    "b_blur_hires",
    "resolution_dependent_b",
    "d_min_ratio",
    "remove_aniso",
    "target_b_iso_ratio",
    "signal_min",
    "region_weight",
    "region_weight_method",
    "region_weight_factor",
    "region_weight_buffer",
)
#: Those that the documentation leaves None where the method has a number of its own.
_WITH_DEFAULTS = (
    "search_b_min",
    "search_b_max",
    "search_b_n",
    "sa_percent",
    "fraction_occupied",
    "max_regions_to_test",
    "require_improvement",
)
_FACTS = ("molecular_mass", "wang_radius", "solvent_content_iterations")


def b_factor_arguments(params: Values, inputs: BFactorInputs) -> dict[str, Any]:
    """Return the arguments of `sharpen_by_b_factor` beside the map itself."""
    changes = params.b_factor_sharpening.map_modification
    facts = params.b_factor_sharpening_crystal_info
    scale = params.output.output_scale_factor
    target = changes.sharpening_target or changes.residual_target
    arguments: dict[str, Any] = {
        **{name: changes[name] for name in _CHANGES},
        **{name: changes[name] for name in _WITH_DEFAULTS if changes[name] is not None},
        **{name: facts[name] for name in _FACTS},
        "resolution": inputs.resolution,
        "methods": changes.auto_sharpen_methods,
        "d_cut": changes.input_d_cut,
        "k_sharpen": changes.k_sharpen or 0.0,
        "solvent_content": facts.solvent_content,
        "wrapping": inputs.wrapping,
        "output_scale_factor": 1.0 if scale is None else scale,
        "threads": thread_count(params),
    }
    if target is not None:
        arguments["target"] = target
    return arguments
