"""The program's parameters as arguments of `sharpen_by_b_factor`."""

from __future__ import annotations

from typing import Any

from map_sharpening.molecule.ncs import number_of_copies
from map_sharpening.parameters.reading import thread_count
from map_sharpening.phil import Values
from map_sharpening.runs.b_factor_inputs import BFactorInputs

#: Parameters of the scope map_modification that are arguments of the same name.
CHANGES = (
    "allow_box_if_b_iso_set",
    "adjust_region_weight",
    "auto_sharpen",
    "b_blur_hires",
    "b_iso",
    "b_sharpen",
    "box_center",
    "box_in_auto_sharpen",
    "box_size",
    "cc_cut",
    "d_min_ratio",
    "density_select_in_auto_sharpen",
    "density_select_max_box_fraction",
    "eps",
    "fraction_complete",
    "iterate",
    "k_sharpen",
    "mask_atoms",
    "mask_atoms_atom_radius",
    "max_box_fraction",
    "max_cc_for_rescale",
    "normalize_amplitudes_in_resdep",
    "optimize_b_blur_hires",
    "overall_before_local",
    "region_weight",
    "region_weight_buffer",
    "region_weight_factor",
    "region_weight_method",
    "remove_aniso",
    "resolution_dependent_b",
    "restrict_map_size",
    "rmsd",
    "rmsd_resolution_factor",
    "select_sharpened_map",
    "signal_min",
    "smoothing_radius",
    "soft_mask",
    "target_b_iso_model_scale",
    "target_b_iso_ratio",
    "target_n_overlap",
    "use_weak_density",
)
#: Those whose documented default None means the method's own.
CHANGES_IF_GIVEN = (
    "density_select_threshold_in_auto_sharpen",
    "discard_if_worse",
    "fraction_occupied",
    "local_aniso_in_local_sharpening",
    "max_regions_to_test",
    "n_bins",
    "optimize_d_cut",
    "require_improvement",
    "residual_target",
    "sa_percent",
    "search_b_max",
    "search_b_min",
    "search_b_n",
    "sharpening_target",
    "value_outside_atoms",
)
#: Parameters of the scope b_factor_sharpening_crystal_info, likewise.
FACTS = (
    "buffer_radius",
    "molecular_mass",
    "solvent_content",
    "solvent_content_iterations",
    "wang_radius",
)


def b_factor_arguments(params: Values, inputs: BFactorInputs) -> dict[str, Any]:
    """Return the arguments of `sharpen_by_b_factor`."""
    changes = params.b_factor_sharpening.map_modification
    facts = params.b_factor_sharpening_crystal_info
    scale = params.output.output_scale_factor
    return {
        **{name: changes[name] for name in CHANGES},
        **{name: changes[name] for name in CHANGES_IF_GIVEN if changes[name] is not None},
        **{name: facts[name] for name in FACTS},
        "full_map": inputs.maps.full_map,
        "half_maps": inputs.maps.half_maps,
        "model": inputs.model,
        "external_map": inputs.external_map,
        "resolution": inputs.maps.resolution,
        "methods": changes.auto_sharpen_methods,
        "d_cut": changes.input_d_cut,
        "scale_using_last": changes.scale_using_last or 0,
        "ideal_curve": params.sharpening.ideal_curve,
        "local_sharpening": is_local(params),
        "ncs": inputs.ncs,
        "chains": inputs.chains,
        "ncs_copies": _ncs_copies(facts.ncs_copies, inputs),
        "asymmetric_units": inputs.asymmetric_units,
        "symmetry": None if inputs.maps.space_group is None else list(inputs.rotations),
        "wrapping": inputs.maps.wrapping,
        "output_scale_factor": 1.0 if scale is None else scale,
        "threads": thread_count(params),
    }


def is_local(params: Values) -> bool:
    """Whether local sharpening was asked for, by either of its names."""
    changes = params.b_factor_sharpening.map_modification
    return bool(changes.local_sharpening or params.sharpening.local_sharpen)


def _ncs_copies(given: int | None, inputs: BFactorInputs) -> int | None:
    if given is not None or not inputs.ncs:
        return given
    return number_of_copies(inputs.ncs)
