"""Keywords of `sharpen_by_b_factor` that change nothing beside the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.shared.option_groups import all_options
from map_sharpening.parameters.reading import master
from map_sharpening.parameters.use import uses

_SCOPES = ("b_factor_sharpening.map_modification", "b_factor_sharpening_crystal_info")
#: Arguments that are no options, and the parameters that give the same.
_PARAMETERS_OF_ARGUMENTS = {
    "full_map": "input_files.map_model.full_map",
    "half_maps": "input_files.map_model.half_map",
    "model": "input_files.map_model.model",
    "external_map": "input_files.external_map_file",
    "ncs": "input_files.ncs_file",
    "chains": "input_files.seq_file",
}
#: Options whose parameter has another name or scope.
_PARAMETERS_OF_OPTIONS = {
    "methods": "b_factor_sharpening.map_modification.auto_sharpen_methods",
    "resolution": "crystal_info.resolution",
    "wrapping": "crystal_info.wrapping",
}
#: The method warns of these itself, in its own words.
_TOLD = {"iterate", "pseudo_likelihood"}


def warnings_of_idle(
    options: BFactorOptions, keywords: Collection[str], arguments: Collection[str]
) -> tuple[str, ...]:
    """Return a warning for each keyword that has no effect, with what would give it one.

    Parameters
    ----------
    options : BFactorOptions
        What was made of the keywords, its methods chosen.
    keywords : collection of str
        Names of the options that were given.
    arguments : collection of str
        Names of the other arguments that were given, of maps and molecules.
    """
    values = {path: definition.default for path, definition in master().definitions.items()}
    values["sharpening.sharpening_method"] = "b-factor"
    for name, path in _PARAMETERS_OF_ARGUMENTS.items():
        values[path] = name if name in arguments else None
    path_of = {}
    for group, of_option in all_options(BFactorOptions):
        place = _path_of(of_option.name, of_option.metadata.get("parameter"))
        if place is not None:
            path_of[of_option.name] = place
            values[place] = getattr(_group_of(options, group), of_option.name)
    names = {path.rpartition(".")[2]: name for name, path in path_of.items()}
    names |= {path.rpartition(".")[2]: name for name, path in _PARAMETERS_OF_ARGUMENTS.items()}
    names["local_sharpen"] = "local_sharpening"
    found = []
    for name in keywords:
        path = path_of.get(name, "")
        if name in _TOLD or path not in values or _is_off(path, values[path]):
            continue
        if remedy := uses()[path].remedy(values):
            text = " ".join(_renamed(word, names) for word in remedy.split(" "))
            found.append(
                f"{name}={values[path]!r:.40} has no effect here; to make it count, {text}"
            )
    return tuple(found)


def _path_of(name: str, given: str | None) -> str | None:
    """Return the parameter that is an option, if there is one."""
    places = (given, _PARAMETERS_OF_OPTIONS.get(name), *(f"{scope}.{name}" for scope in _SCOPES))
    return next((path for path in places if path in master().definitions), None)


def _group_of(options: BFactorOptions, kind: type) -> Any:
    """Return the options themselves, or the group of a kind in them."""
    held = (options, *vars(options).values())
    return next(group for group in held if type(group) is kind)


def _is_off(path: str, value: Any) -> bool:
    """Whether a value switches off what is off by default."""
    definition = master().definitions[path]
    is_on_by_default = definition.default is True or "unset" in definition.attributes
    return value is None or value == () or (value is False and not is_on_by_default)


def _renamed(word: str, names: Mapping[str, str]) -> str:
    """Return a word of a remedy with the name that an argument has here."""
    name, equals, value = word.partition("=")
    return f"{names.get(name, name)}{equals}{value}"
