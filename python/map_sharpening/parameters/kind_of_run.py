"""The kind of run that a user's parameters ask for, and which of them have no effect in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from map_sharpening.errors import ParameterError
from map_sharpening.parameters.reading import setting
from map_sharpening.parameters.use import NAME_OF_KIND, Kind, uses
from map_sharpening.phil import Fetched

METHOD = "sharpening.sharpening_method"
FUNCTIONS = "b_factor_sharpening.map_modification.auto_sharpen_methods"
MODEL_SHARPEN = "sharpening.model_sharpen"
_LOCAL = ("sharpening.local_sharpen", "b_factor_sharpening.map_modification.local_sharpening")
_TITLE = "job_title"  #: may be empty: it changes no result


def settle(fetched: Fetched) -> tuple[Fetched, list[str]]:
    """Return the parameters with all choices made that the defaults leave open.

    One map, or map coefficients, is sharpened by shells where there is a model, unless
    model_sharpen=False or something that only a B factor can use was given; otherwise by a B
    factor. With half maps or a model B-factor sharpening takes its scale from them, unless
    functions were chosen by name. What is returned says so, so that the same parameters give
    the same run again. What is on or off by default, and None, is as by default.

    Returns
    -------
    Fetched, list of str
        And notes, one line each.

    Raises
    ------
    ParameterError
        If shell sharpening was asked for by name where it can't be done, or a text is empty.
    """
    _require_texts(fetched)
    fetched = _without_unset_switches(fetched)
    params = fetched.extract()
    maps = params.input_files.map_model
    choices: dict[str, Any] = {}
    notes: list[str] = []
    method = params.sharpening.sharpening_method
    has_one_map = maps.full_map is not None or params.input_files.mtz_in is not None
    is_by_model = params.sharpening.model_sharpen
    if method == "shells" and has_one_map and not maps.half_map and not is_by_model:
        given = maps.full_map or params.input_files.mtz_in
        only_by_b = _needs_a_b_factor(fetched)
        if maps.model is not None and not only_by_b and MODEL_SHARPEN not in fetched.set_by_words:
            choices[MODEL_SHARPEN] = True
            notes.append(
                f"a single map and a model: {given} is sharpened by shells of resolution by its "
                "agreement with the model (model_sharpen=True); sharpening_method=b-factor "
                "sharpens it by a B factor"
            )
        elif METHOD in fetched.set_by_words:
            raise ParameterError(
                f"sharpening_method is shells, which needs two half maps, but {given} is a single "
                "map; give the half maps, a model and model_sharpen=True, or "
                "sharpening_method=b-factor"
            )
        else:
            method = "b-factor"
            choices[METHOD] = "b-factor"
            other_way = "" if maps.model is None else "; model_sharpen=True sharpens it by shells"
            notes.append(
                "a single map: it is sharpened by a B factor (sharpening_method=b-factor)"
                f"{other_way}"
            )
    if method == "b-factor":
        functions = _functions(fetched)
        if functions is not None:
            choices[FUNCTIONS] = functions
        if maps.model is not None and "model_sharpening" not in (
            functions or fetched.values[FUNCTIONS]
        ):
            notes.append(
                f"{maps.model} is loaded by the viewers' scripts and changes no map; "
                "auto_sharpen_methods=model_sharpening sharpens by its agreement with the map"
            )
    if maps.model is not None and method == "shells" and maps.half_map and not is_by_model:
        notes.append(
            f"{maps.model} is loaded by the viewers' scripts and changes no map; "
            "model_sharpen=True sharpens by its agreement with the map"
        )
    return fetched.with_values(choices), notes


def _without_unset_switches(fetched: Fetched) -> Fetched:
    """Return the parameters with their defaults for those that are on or off, and None."""
    defaults = {
        path: definition.default
        for path, definition in fetched.master.definitions.items()
        if isinstance(definition.default, bool) and fetched.values[path] is None
    }
    settled = fetched.with_values(defaults)
    return replace(
        settled,
        explicitly_set=fetched.explicitly_set - defaults.keys(),
        set_by_words=fetched.set_by_words - defaults.keys(),
    )


def _require_texts(fetched: Fetched) -> None:
    """Raise ParameterError if a text that a run looks at was given and is empty."""
    for path in sorted(fetched.explicitly_set - {_TITLE}):
        value = fetched.values[path]
        texts = value if isinstance(value, tuple) else (value,)
        is_empty = any(isinstance(text, str) and not text.strip() for text in texts)
        if is_empty and not uses()[path].is_ignored:
            expected = fetched.master.definitions[path].description()
            raise ParameterError(f'{path} is empty (""); expected {expected}')


def _functions(fetched: Fetched) -> tuple[str, ...] | None:
    """Return the functions to try if they follow from the rest; None: those given."""
    params = fetched.extract()
    files, changes = params.input_files, params.b_factor_sharpening.map_modification
    is_b_given = changes.b_iso is not None or changes.b_sharpen is not None
    is_given = is_b_given or changes.resolution_dependent_b is not None
    if fetched.values[FUNCTIONS] == () and not is_given:
        return ("no_sharpening",)
    if FUNCTIONS in fetched.explicitly_set and fetched.values[FUNCTIONS] != ():
        return None
    if changes.resolution_dependent_b is not None:
        return ("resolution_dependent",)
    if is_b_given:
        return ("b_iso_to_d_cut",) if fetched.values[FUNCTIONS] == () else None
    if changes.auto_sharpen is False:  # nothing is chosen between
        return None
    if files.external_map_file is not None:
        return ("external_map_sharpening",)
    if files.map_model.half_map:
        return ("half_map_sharpening",)
    return None if files.map_model.model is None else ("model_sharpening",)


def _needs_a_b_factor(fetched: Fetched) -> bool:
    """Whether something was given that only B-factor sharpening can use."""
    return any(
        uses()[path].is_refused_elsewhere and "model" not in uses()[path].runs
        for path, value in fetched.changed().items()
        if not _is_off(fetched, path, value)
    )


def _is_off(fetched: Fetched, path: str, value: Any) -> bool:
    """Whether a value switches off what is off by default too."""
    definition = fetched.master.definitions[path]
    default = definition.default
    if default is None and definition.attributes.get("unset") == "True":
        return value is None
    # By identity: 0 is a number, not off.
    is_off = value is None or value is False
    return value == () or (is_off and (default is None or default is False))


def kind_of_run(fetched: Fetched) -> Kind:
    """Return which kind of run settled parameters ask for."""
    if fetched.values[METHOD] == "b-factor":
        return "b-factor"
    return "model" if fetched.values[MODEL_SHARPEN] else "shells"


def require_available(fetched: Fetched) -> list[str]:
    """Stop at what the method can't use; return warnings about what was changed and has no use.

    Raises
    ------
    ParameterError
        If a B factor, a model or the like was given for shell sharpening.
    """
    kind = kind_of_run(fetched)
    changed = fetched.changed()
    given = _given(fetched)
    if kind != "b-factor":
        _refuse_what_needs_a_b_factor(
            fetched, {path: value for path, value in given.items() if path in changed}, kind
        )
    found = (_without_effect(fetched, path, value, kind) for path, value in given.items())
    return [warning for warning in found if warning is not None]


def _given(fetched: Fetched) -> dict[str, Any]:
    """Return what was given and is not off, by path: other values than by default, and words."""
    paths = fetched.changed().keys() | fetched.set_by_words
    return {
        path: value
        for path, value in fetched.values.items()
        if path in paths and not _is_off(fetched, path, value)
    }


def idle_unless_local(fetched: Fetched) -> list[str]:
    """Return the parameters given, as ``name = value``, that count only where B varies."""
    whole = fetched.with_values(dict.fromkeys(_LOCAL))
    return [
        setting(fetched.master.definitions[path], value)
        for path, value in _given(fetched).items()
        if path not in _LOCAL
        and uses()[path].has_effect("b-factor", fetched.values)
        and not uses()[path].has_effect("b-factor", whole.values)
    ]


def _without_effect(fetched: Fetched, path: str, value: Any, kind: Kind) -> str | None:
    """Return a warning that a parameter has no effect and what would give it one, or None."""
    definitions, use = fetched.master.definitions, uses()[path]
    text = setting(definitions[path], value)
    if use.is_ignored:
        return f"{text} is ignored: the parameter is not used"
    if kind not in use.runs:
        warning = f"{text} has no effect in {NAME_OF_KIND[kind]}"
        name = path.rpartition(".")[2]
        meant = [
            other
            for other in definitions
            if other.rpartition(".")[2] == name and other != path and kind in uses()[other].runs
        ]
        if meant:
            return f"{warning}; did you mean {' or '.join(meant)}?"
        kinds = [words for known, words in NAME_OF_KIND.items() if known in use.runs]
        return f"{warning}, only in {' and '.join(kinds)}" if kinds else warning
    remedy = use.remedy(fetched.values)
    if remedy:
        return f"{text} has no effect in this run; to make it count, {remedy}"
    return None


def _refuse_what_needs_a_b_factor(
    fetched: Fetched, changed: Mapping[str, Any], kind: Kind
) -> None:
    refused = {
        path: value
        for path, value in changed.items()
        if uses()[path].is_refused_elsewhere and kind not in uses()[path].runs
    }
    if refused:
        definitions = fetched.master.definitions
        listed = ", ".join(setting(definitions[path], value) for path, value in refused.items())
        raise ParameterError(
            f"{listed} can't be used in {NAME_OF_KIND[kind]}; "
            "give sharpening_method=b-factor too, or leave "
            f"{'them' if len(refused) > 1 else 'it'} out"
        )
