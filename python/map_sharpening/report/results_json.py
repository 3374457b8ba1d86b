"""results.json: all results of a run except its maps, for other programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from map_sharpening.methods.shared.direction import principal_values
from map_sharpening.report.contents import AnyResult, contents_of
from map_sharpening.report.parts.contents import mask_size
from map_sharpening.report.parts.plain_values import plain_fields, plain_number, plain_value

if TYPE_CHECKING:
    from map_sharpening.methods.b_factor.result import LocalBFactor
    from map_sharpening.methods.half_maps.result import HalfMapResult
    from map_sharpening.methods.model.result import ModelResult

#: Raised when a key changes its meaning or goes; new keys may come without.
SCHEMA = "map_sharpening results 1"


@dataclass(frozen=True)
class RunFacts:
    """Facts about a run, besides its result."""

    version: str  #: of the program
    title: str | None = None  #: that the user gave the run
    date: str | None = None  #: as it was given
    inputs: tuple[str, ...] = ()  #: names of the files read
    outputs: tuple[str, ...] = ()  #: names of the files written
    #: Those that differ from their defaults, by path.
    parameters: dict[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  #: what was guessed or settled


def results_text(result: AnyResult, facts: RunFacts) -> str:
    """Return the file's text: strict JSON, with a line for each key and each list."""
    return _lines(results(result, facts), 1) + "\n"


def _lines(value: object, depth: int) -> str:
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    indent = " " * depth
    keys = [
        f"{indent}{json.dumps(key, ensure_ascii=False)}: {_lines(part, depth + 1)}"
        for key, part in value.items()
    ]
    return "{\n" + ",\n".join(keys) + "\n" + indent[1:] + "}"


def results(result: AnyResult, facts: RunFacts) -> dict[str, Any]:
    """Return what the file says; `docs/results_json.md` explains each key."""
    return {
        "schema": SCHEMA,
        "program_version": facts.version,
        "title": facts.title,
        "date": facts.date,
        "kind": result.kind,
        "inputs": list(facts.inputs),
        "outputs": list(facts.outputs),
        "parameters": {
            path: _parameter(value) for path, value in sorted(facts.parameters.items())
        },
        "notes": list(facts.notes),
        "warnings": list(result.warnings),
        "facts": [asdict(fact) for fact in contents_of(result).facts],
        "result": result_values(result),
    }


def result_values(result: AnyResult) -> dict[str, Any]:
    """Return a result by the names of its fields, with their units, and without its maps.

    Values that don't exist are None, never NaN, which JSON has not.
    """
    values = plain_fields(result, {"warnings", "local", "local_resolution", "flattening"})
    if result.kind == "half maps":
        measured = result.local_resolution
        known = None if measured is None else plain_fields(measured, {"lattice", "warnings"})
        return {**values, **_mask_values(result), "local_resolution": known}
    if result.kind == "model":
        return {**values, **_mask_values(result)}
    values["chosen_trial"] = result.chosen_place
    values["b_principal_angstrom_squared"] = plain_value(principal_values(result.b_cart))
    values["local"] = None if result.local is None else _local_b(result.local)
    return values


def _mask_values(result: HalfMapResult | ModelResult) -> dict[str, Any]:
    mask = result.mask
    volume, mass = (None, None) if mask is None else mask_size(mask, result.mask_fraction)
    return {
        "has_mask": mask is not None,
        "mask_volume_angstrom_cubed": volume,
        "mask_protein_mass_dalton": mass,
    }


def _local_b(local: LocalBFactor) -> dict[str, Any]:
    extremes = local.extremes or (None,) * 3
    names = (f"b_sharpen_{name}_angstrom_squared" for name in ("min", "max", "mean"))
    return {
        **dict(zip(names, map(plain_number, extremes), strict=True)),
        "centres_angstrom": plain_value(local.centres),
        **plain_fields(local, {"centres"}),
    }


def _parameter(value: object) -> object:
    """Return a parameter's value: numbers and texts as they are, choices and files as text."""
    if isinstance(value, (list, tuple)):
        return [_parameter(part) for part in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
