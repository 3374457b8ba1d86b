"""Results as values that JSON knows, by names with units; NaN and infinity become None."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from map_sharpening.maps.map_data import MapData

#: Fields that are maps, or would be if they had been asked for.
MAPS = frozenset({"sharpened", "sharpened_half_1", "sharpened_half_2", "mask", "map"})
#: Which fields of results and options have numbers with a unit.
UNITS: dict[str, frozenset[str]] = {
    unit: frozenset(names.split())
    for unit, names in {
        "angstrom": "resolution d_min resolution_0143 resolution_05 randomised_from "
        "randomise_phases_beyond d d_low d_high guinier_d_low d_cut best median worst "
        "percentiles histogram_edges palette_range window fine_limit coarse_limit rmsd "
        "data_end wang_radius buffer_radius smoothing_radius mask_atoms_atom_radius box_center "
        "extended_to shifted_by neighbourhood",
        "angstrom_squared": "b_sharpen b_applied b_applied_error b_iso b_iso_before "
        "b_iso_nominal b_iso_measured b_cart b_blur_hires b_sharpen_of_tiles search_b_min "
        "search_b_max overall_u fall_off data uncertainties scale_factors signal_b noise_b "
        "excess_b b_sol b_of_signal b_of_fall_off",
        "per_angstrom": "s k_sharpen",
        "per_angstrom_squared": "s_squared k_sol",
        "dalton": "molecular_mass",
        "degrees": "turned_by",
    }.items()
}


def plain_number(value: float | None) -> float | None:
    """Return a finite number as it is, everything else as None."""
    return None if value is None or not np.isfinite(value) else float(value)


def plain_value(value: object) -> Any:
    """Return dataclasses as dictionaries by field, arrays and tuples as lists, to any depth.

    Raises
    ------
    TypeError
        If there is no plain form, as of a map.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return plain_number(float(value))
    if isinstance(value, (tuple, list, np.ndarray)):
        return [plain_value(part) for part in value]
    if isinstance(value, dict):
        return {str(key): plain_value(part) for key, part in value.items()}
    # A map has fields too, but its values would be gigabytes of text.
    if is_dataclass(value) and not isinstance(value, MapData):
        return plain_fields(value)
    raise TypeError(f"{type(value).__name__} has no plain form for JSON")


def plain_fields(value: Any, left_out: Set[str] = frozenset()) -> dict[str, Any]:
    """Return a dataclass by its fields' names with their units, without its maps."""
    found = {of_value.name: getattr(value, of_value.name) for of_value in fields(value)}
    return {
        name_with_unit(name): plain_value(part)
        for name, part in found.items()
        if name not in left_out and not isinstance(part, MapData) and name not in MAPS
    }


def name_with_unit(name: str) -> str:
    """Return the key for a field: its name and the unit of its numbers, if they have one."""
    unit = next((unit for unit, names in UNITS.items() if name in names), None)
    return name if unit is None else f"{name}_{unit}"
