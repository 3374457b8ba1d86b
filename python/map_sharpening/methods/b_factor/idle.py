"""Options of `sharpen_by_b_factor` that change nothing beside the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
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
_SAID_ELSEWHERE = {"iterate", "pseudo_likelihood"}


def changed_options(options: BFactorOptions) -> tuple[str, ...]:
    """Return the names of the options whose values are not the defaults."""
    return tuple(
        of_option.name
        for group, of_option in all_options(BFactorOptions)
        if getattr(_group_of(options, group), of_option.name) != of_option.default
    )


def warnings_of_idle(
    options: BFactorOptions, names: Collection[str], arguments: Collection[str]
) -> tuple[str, ...]:
    """Return a warning for each option that has no effect, with what would give it one.

    Parameters
    ----------
    options : BFactorOptions
        All of them, the methods chosen.
    names : collection of str
        Names of the options that were given.
    arguments : collection of str
        Names of the other arguments that were given, of maps and molecules.
    """
    return tuple(
        f"{name}={value!r:.40} has no effect here; to make it count, {remedy}"
        for name, (value, remedy) in _idle(options, names, arguments).items()
    )


def idle_unless_local(
    options: BFactorOptions, names: Collection[str], arguments: Collection[str]
) -> tuple[str, ...]:
    """Return those of the options given, with values, that have an effect only where B varies."""
    whole = replace(options, local=replace(options.local, local_sharpening=False))
    always = _idle(options, names, arguments)
    return tuple(
        f"{name}={value!r:.40}"
        for name, (value, _) in _idle(whole, names, arguments).items()
        if name not in always and name != "local_sharpening"
    )


def lost_where_nothing_varies(settings: Iterable[str], reason: str) -> tuple[str, ...]:
    """Return a warning for each of some settings of local sharpening, where B can't vary."""
    return tuple(
        f"{setting} has no effect: {reason}, so nothing varies from place to place"
        for setting in settings
    )


def _idle(
    options: BFactorOptions, names: Collection[str], arguments: Collection[str]
) -> dict[str, tuple[Any, str]]:
    """Return the options given that have no effect: their value, and what would give one."""
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
    called = {path.rpartition(".")[2]: name for name, path in path_of.items()}
    called |= {path.rpartition(".")[2]: name for name, path in _PARAMETERS_OF_ARGUMENTS.items()}
    called["local_sharpen"] = "local_sharpening"
    found = {}
    for name in names:
        path = path_of.get(name, "")
        if name in _SAID_ELSEWHERE or path not in values or _is_off(path, values[path]):
            continue
        if remedy := uses()[path].remedy(values):
            text = " ".join(_renamed(word, called) for word in remedy.split(" "))
            found[name] = (values[path], text)
    return found


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
