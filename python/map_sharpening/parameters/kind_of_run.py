"""What a user's parameters ask for: which kind of run, and which of them have no use there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from map_sharpening.errors import NotAvailableError, ParameterError
from map_sharpening.parameters.reading import setting
from map_sharpening.parameters.use import NAME_OF_KIND, Kind, uses
from map_sharpening.phil import Definition, Fetched

METHOD = "sharpening.sharpening_method"
FUNCTIONS = "b_factor_sharpening.map_modification.auto_sharpen_methods"

_MODEL = "input_files.map_model.model"


def settle(fetched: Fetched) -> tuple[Fetched, list[str]]:
    """Return the parameters with the choices made that defaults leave open.

    One map, or map coefficients, can only be sharpened by a B factor, unless model_sharpen is
    set; with half maps or a model B-factor sharpening takes its scale from them, unless
    functions were chosen by name. What is returned says so, so that the same parameters give
    the same run again.

    Returns
    -------
    Fetched, list of str
        And notes, one line each.

    Raises
    ------
    ParameterError
        If shell sharpening was asked for by name where it can't be done.
    """
    params = fetched.extract()
    maps = params.input_files.map_model
    choices: dict[str, Any] = {}
    notes: list[str] = []
    method = params.sharpening.sharpening_method
    has_one_map = maps.full_map is not None or params.input_files.mtz_in is not None
    is_by_model = params.sharpening.model_sharpen
    if method == "shells" and has_one_map and not maps.half_map and not is_by_model:
        if METHOD in fetched.set_by_words:
            raise ParameterError(
                "sharpening_method is shells, which needs two half maps, but "
                f"{maps.full_map or params.input_files.mtz_in} is a single map; give the half "
                "maps, a model and model_sharpen=True, or sharpening_method=b-factor"
            )
        method = "b-factor"
        choices[METHOD] = "b-factor"
        other_way = "" if maps.model is None else "; model_sharpen=True sharpens it by shells"
        notes.append(
            f"a single map: it is sharpened by a B factor (sharpening_method=b-factor){other_way}"
        )
    if method == "b-factor" and FUNCTIONS not in fetched.explicitly_set:
        changes = params.b_factor_sharpening.map_modification
        is_given = any(
            changes[name] is not None for name in ("b_iso", "b_sharpen", "resolution_dependent_b")
        )
        if changes.resolution_dependent_b is not None:
            choices[FUNCTIONS] = ("resolution_dependent",)
        elif params.input_files.external_map_file is not None:
            choices[FUNCTIONS] = ("external_map_sharpening",)
        elif maps.half_map and not is_given:
            choices[FUNCTIONS] = ("half_map_sharpening",)
        elif maps.model is not None and not is_given:
            choices[FUNCTIONS] = ("model_sharpening",)
    return fetched.with_values(choices), notes


def kind_of_run(fetched: Fetched) -> Kind:
    """Return which kind of run settled parameters ask for."""
    if fetched.values[METHOD] == "b-factor":
        return "b-factor"
    return "model" if fetched.values["sharpening.model_sharpen"] else "shells"


def require_available(fetched: Fetched) -> list[str]:
    """Stop if the user asked for what this version can't do, or the method can't use.

    Parameters
    ----------
    fetched : Fetched
        The parameters, settled.

    Returns
    -------
    list of str
        Warnings about parameters that were changed and have no use.

    Raises
    ------
    NotAvailableError
        If a documented parameter was changed whose method is not built yet.
    ParameterError
        If a B factor, a model or the like was given for shell sharpening.
    """
    definitions = fetched.master.definitions
    kind = kind_of_run(fetched)
    changed = fetched.changed()
    _refuse_what_is_not_built(fetched, changed)
    if kind != "b-factor":
        _refuse_what_needs_a_b_factor(fetched, changed, kind)
    warnings = []
    for path, value in changed.items():
        if uses()[path].is_ignored:
            warnings.append(
                f"{setting(definitions[path], value)} is ignored: the parameter has no use"
            )
        elif kind not in uses()[path].runs:
            warnings.append(
                f"{setting(definitions[path], value)} has no effect in {NAME_OF_KIND[kind]}"
            )
    return warnings


def _refuse_what_is_not_built(fetched: Fetched, changed: dict[str, Any]) -> None:
    refused = {path: value for path, value in changed.items() if not uses()[path].is_built}
    if refused:
        verb, pronoun = ("are", "them") if len(refused) > 1 else ("is", "it")
        raise NotAvailableError(
            f"{_list(fetched.master.definitions, refused)} {verb} not available yet; leave "
            f"{pronoun} out"
        )


def _refuse_what_needs_a_b_factor(
    fetched: Fetched, changed: Mapping[str, Any], kind: Kind
) -> None:
    refused = {
        path: value
        for path, value in changed.items()
        if uses()[path].is_refused_elsewhere and kind not in uses()[path].runs
    }
    if not refused:
        return
    remedy = "sharpening_method=b-factor"
    if refused.keys() == {_MODEL}:
        remedy = f"model_sharpen=True or {remedy}"
    raise ParameterError(
        f"{_list(fetched.master.definitions, refused)} can't be used in {NAME_OF_KIND[kind]}; "
        f"give {remedy} too, or leave {'them' if len(refused) > 1 else 'it'} out"
    )


def _list(definitions: Mapping[str, Definition], values: Mapping[str, Any]) -> str:
    return ", ".join(setting(definitions[path], value) for path, value in values.items())
