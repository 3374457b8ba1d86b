"""Calls of every function of the core, and of the methods of its classes."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.fuzz.core_arguments import (
    Argument,
    Draw,
    any_coefficients,
    array,
    b_factor_trial,
    by_shell,
    callback,
    cell,
    coefficients,
    count,
    d_min,
    either,
    enum,
    factors,
    floats,
    half_map_options,
    hostile,
    if_halves,
    integers,
    layers,
    listed,
    local_b_options,
    local_options,
    local_trials,
    map_score,
    mask,
    mask_options,
    maybe,
    modification_options,
    n_shells,
    number,
    numbers,
    of_map,
    place,
    progress,
    real_map,
    required,
    resolution_options,
    s_max,
    score_options,
    shape,
    sharpened_power,
    shell_width,
    some_mask,
    spacing_of,
    spheres,
    switch,
    symmetry_operators,
    tensor,
    threads,
    tile_options,
    worlds,
)
from tests.fuzz.core_values import ENUMS, Array, Call

FUNCTIONS: dict[str, dict[str, Argument]] = {
    "build_info": {}, "give_back_memory": {},
    "apply_scale_factors": {
        "coefficients": any_coefficients, "shape": shape, "cell": cell, "s_max": s_max,
        "factors": factors, "threads": threads,
    },
    "b_iso_factors": {"b_sharpen": number(-50.0, 0.0, 100.0), "anisotropy": tensor},
    "b_iso_to_d_cut_factors": {"trial": b_factor_trial, "d_min": d_min, "anisotropy": tensor},
    "c_ref": {"fsc": either(number(0.5), array("float64", lambda draw, _: (5,)))},
    "connected_regions": {
        "map": real_map, "level": number(-1.0, 0.0, 1.0), "periodic": switch,
        "n_listed": count(0, 1, 10), "threads": threads,
    },
    "contour_level": {"map": real_map, "n_above": count(0, 1, 5, 50), "threads": threads},
    "count_reflections": {"shape": shape, "cell": cell, "d_min": d_min},
    "count_spheres": {"shape": shape, "cell": cell, "options": resolution_options},
    "directions": {},
    "edge_taper": {"shape": shape, "cell": cell, "width": number(0.0, 1.0, 5.0),
    "threads": threads},
    "filter_windows": {
        "half_1": real_map, "half_2": real_map, "full": maybe(real_map), "sharpened": real_map,
        "sharpened_half_1": if_halves(real_map), "sharpened_half_2": if_halves(real_map),
        "cell": cell,
        "expected": sharpened_power, "resolution": d_min, "options": local_options,
        "first_layer": layers, "end_layer": count(1, 1, 2, 3), "threads": threads,
    },
    "filter_windows_by_model": {
        "map": real_map, "model": real_map, "region": mask, "half_1": if_halves(real_map),
        "half_2": if_halves(real_map), "cell": cell, "expected": sharpened_power,
        "explained": by_shell, "resolution": d_min, "options": local_options,
        "threads": threads,
    },
    "finest_spacing": {"shape": shape, "cell": cell, "resolution": d_min},
    "fit_anisotropic_b": {
        "values": array("float64", lambda _, world: (world.n, 48), "ones", "noise"),
        "weights": array("float64", lambda _, world: (world.n, 48), "ones"),
        "shell_width": shell_width,
    },
    "fit_power_tensor": {
        "means": array("float64", lambda _, world: (world.n, 48), "ones", "noise"),
        "variance": array("float64", lambda _, world: (world.n, 48), "ones"),
        "radial": array("float64", lambda _, world: (world.n,), "ones"),
        "shell_width": shell_width,
    },
    "fit_region_weight": {
        "sharp": map_score, "middle": map_score, "blurred": map_score,
        "rule": enum("RegionWeightRule"), "factor": number(0.5, 1.0), "buffer": number(0.0, 0.1),
    },
    "fit_wilson_b": {
        "coefficients": any_coefficients, "shape": shape, "cell": cell, "d_min": d_min,
        "threads": threads,
    },
    "fit_fall_off": {
        "signal": either(array("float64", lambda draw, _: (9,), "ones", "noise"), numbers(1, 5)),
        "noise": either(array("float64", lambda draw, _: (9,), "ones", "noise"), numbers(1, 5)),
        "width": shell_width,
        "curve": enum("IdealCurve"),
    },
    "fit_as_other_kind": {
        "signal": either(array("float64", lambda draw, _: (40,), "ones", "noise"), numbers(1, 5)),
        "noise": either(array("float64", lambda draw, _: (40,), "ones", "noise"), numbers(1, 5)),
        "width": shell_width,
        "resolution": d_min,
        "given": enum("IdealCurve"),
        "other": enum("IdealCurve"),
    },
    "forward_transform": {
        "map": either(real_map, array("float64", of_map)), "threads": threads,
    },
    "ideal_amplitude": {
        "curve": lambda draw, _: draw(st.sampled_from(("protein", "nucleic_acid", "", "é"))),
        "s": either(array("float64", lambda draw, _: (9,), "noise", "ones"), numbers(1, 5)),
    },
    "ideal_curve_named": {
        "name": lambda draw, _: draw(st.sampled_from((*ENUMS["IdealCurve"], "", "\0", "PROTEIN"))),
    },
    "inverse_transform": {
        "coefficients": any_coefficients,
        "nx": hostile(integers)(lambda _, world: world.shape[2]), "threads": threads,
    },
    "largest_window": {"shape": shape, "cell": cell},
    "list_reflections": {"map": real_map, "cell": cell, "d_min": d_min, "threads": threads},
    "make_sharpened_map": {
        "coefficients": coefficients, "shape": shape, "cell": cell, "d_min": d_min,
        "factors": factors, "threads": threads,
    },
    "make_tiles": {"map_shape": shape, "options": tile_options},
    "make_trial_map": {
        "coefficients": coefficients, "shape": shape, "cell": cell, "d_min": d_min,
        "factors": factors, "threads": threads,
    },
    "map_statistics": {"map": real_map, "threads": threads},
    "measure_spheres": {
        "half_1": real_map, "half_2": real_map, "mask": some_mask, "cell": cell,
        "options": resolution_options, "begin": layers, "end": count(1, 2, 5, 27),
        "progress": progress,
    },
    "molecular_mask": {
        "half_1": coefficients, "half_2": coefficients, "shape": shape, "cell": cell,
        "options": mask_options, "threads": threads,
    },
    "power_sums": {
        "a": any_coefficients, "b": any_coefficients, "shape": shape, "cell": cell,
        "shell_width": shell_width, "n_shells": n_shells, "by_direction": switch,
        "threads": threads,
    },
    "randomise_phases": {
        "coefficients": any_coefficients, "shape": shape, "cell": cell, "s_max": s_max,
        "s_from": number(0.0, 0.1), "seed": count(0, 1), "threads": threads,
    },
    "relative_scale": {"half_1": real_map, "half_2": real_map, "threads": threads},
    "remove_local_anisotropy": {
        "coefficients": coefficients, "shape": shape, "cell": cell, "d_min": d_min,
        "factors_of_whole": factors, "options": local_b_options, "molecule": some_mask,
    },
    "resolution_at": {
        "curve": either(array("float64", lambda draw, _: (9,)), numbers(1, 5)),
        "shell_width": shell_width, "level": number(0.143, 0.5, 2.0),
    },
    "resolution_dependent_factors": {
        "b": hostile(st.tuples(floats, floats, floats))(lambda draw, _: (10.0, 20.0, -5.0)),
        "resolution": d_min, "d_min": d_min, "d_min_ratio": number(0.833, 0.9),
        "anisotropy": tensor,
    },
    "resolution_of_spheres": {
        "signal_to_noise": array("float32", lambda draw, world: (draw(spheres), world.n)),
        "mask_share": array("float64", lambda draw, _: (draw(spheres),), "ones"),
        "mask": some_mask, "map": real_map, "cell": cell, "options": resolution_options,
    },
    "scan_scale_factors": {
        "coefficients": coefficients, "shape": shape, "cell": cell, "d_min": d_min,
        "trials": listed(factors, 3), "options": score_options, "mask": some_mask,
        "threads": threads, "progress": progress, "molecule": some_mask,
    },
    "score_map": {
        "map": real_map, "options": score_options, "mask": some_mask, "threads": threads,
        "molecule": some_mask,
    },
    "average_copies": {
        "half_1": real_map, "half_2": real_map, "mask": mask, "cell": cell,
        "operators": symmetry_operators, "options": modification_options,
        "centres": either(listed(place, 2), lambda draw, world: []),
        "new_array": callback(lambda draw, world: Array("as asked", ())),
    },
    "modify_density": {
        "half_1": real_map, "half_2": real_map, "mask": mask, "cell": cell,
        "options": modification_options,
        "unsharpened_1": maybe(real_map), "unsharpened_2": maybe(real_map),
        "new_array": callback(lambda draw, world: Array("as asked", ())),
    },
    "support_of_modification": {
        "half_1": real_map, "half_2": real_map, "mask": mask,
        "contribution": real_map, "cell": cell,
        "linear": numbers(4, 5, 6, 8, 10, 12, 24), "positive": numbers(4, 5, 6, 8, 10, 12, 24),
        "signal_share": numbers(4, 5, 6, 8, 10, 12, 24),
        "options": modification_options,
        "new_array": callback(lambda draw, world: Array("as asked", ())),
    },
    "resolution_of_half_maps": {
        "half_1": real_map, "half_2": real_map, "mask": mask, "cell": cell,
        "options": half_map_options, "progress": progress,
        "new_array": callback(lambda draw, world: Array("as asked", ())),
    },
    "sharpen_half_maps": {
        "half_1": real_map, "half_2": real_map, "full": maybe(real_map), "mask": mask,
        "cell": cell, "options": half_map_options, "filter_windows": callback(),
        "sharpen_halves": switch, "new_array": callback(lambda draw, world: Array("as asked", ())),
        "progress": progress,
    },
    "sharpen_locally": {
        "coefficients": coefficients, "shape": shape, "cell": cell, "d_min": d_min,
        "trials": local_trials, "options": local_b_options, "molecule": some_mask,
        "make_trial": callback(real_map),
    },
    "surface_by_level": {
        "map": real_map, "region": real_map, "n_levels": count(0, 1, 5, 50),
        "plane_step": count(0, 1, 2, 9), "threads": threads,
    },
    "surface_area": {
        "voxels": array("int64", lambda _, world: (min(world.n, world.shape[2]),), "places"),
        "shape": shape, "periodic": switch, "threads": threads,
    },
    "transform_in_place": {
        "padded": either(*(
            array(kind, lambda _, world: (*world.shape[:2], 2 * world.half_complex[2]))
            for kind in ("float32", "float64")
        )),
        "nx": hostile(integers)(lambda _, world: world.shape[2]), "forward": switch,
        "threads": threads, "cell": maybe(cell), "d_min": d_min,
    },
    "wilson_expected_intensity": {"s_squared": number(0.0, 0.1)},
    "window_lattice": {
        "shape": shape, "cell": cell, "resolution": d_min, "options": local_options,
    },
    "without_coarse_terms": {"factors": factors, "d": spacing_of(2.0, 4.0), "d_min": d_min},
}  # fmt: skip
METHODS: dict[tuple[str, str], tuple[Argument, dict[str, Argument]]] = {
    ("ScaleFactors", "at"): (factors, {"s": place}),
    ("ScaleFactors", "radial_mean"): (factors, {"s": number(0.0, 0.1, 0.4)}),
    ("Tiles", "first"): (
        required("make_tiles", map_shape=shape, options=tile_options), {"tile": count(0, 0, 1, 5)},
    ),
    ("Tiles", "centres"): (
        required("make_tiles", map_shape=shape, options=tile_options), {"cell": cell},
    ),
}  # fmt: skip


NEED_ROOM = {
    "count_spheres", "measure_spheres", "resolution_of_spheres", "sharpen_half_maps",
    "average_copies", "modify_density", "support_of_modification", "resolution_of_half_maps",
    "filter_windows", "filter_windows_by_model", "sharpen_locally", "remove_local_anisotropy",
    "window_lattice",
}  # fmt: skip


ALL = (*FUNCTIONS, *(f"{of}.{name}" for of, name in METHODS))


@st.composite
def calls(draw: Draw, called: str) -> Call:
    """Return calls of a function, or of a method of a class."""
    world = draw(worlds(needs_room=called in NEED_ROOM))
    if called in FUNCTIONS:
        name, arguments, of = called, FUNCTIONS[called], None
    else:
        class_name, name = called.split(".")
        make, arguments = METHODS[class_name, name]
        of = make(draw, world)
    return Call(name, {key: make(draw, world) for key, make in arguments.items()}, of)
