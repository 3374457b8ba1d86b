"""The program's parameters: what exists, and what a user chose."""

from __future__ import annotations

import os.path
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from map_sharpening.errors import ParameterError
from map_sharpening.parameters.data_manager import OTHER_SCOPES, located, with_managed_labels
from map_sharpening.parameters.other_programs import CALLED_ELSEWHERE
from map_sharpening.phil import (
    AUTO,
    AutoType,
    Definition,
    Fetched,
    Master,
    ParameterText,
    Values,
    fetch,
)
from map_sharpening.phil.names import find_short_name
from map_sharpening.phil.text import quoted
from map_sharpening.phil.tokens import as_word
from map_sharpening.phil.types import ChoiceType, StringType

#: Files, by names that stood alone or in the scope input_files.
_OLD_FILES = {
    "map_file": "input_files.map_model.full_map",
    "half_map_file": "input_files.map_model.half_map",
    "map_coeffs_file": "input_files.mtz_in",
    "map_coeffs_labels": "input_files.map_coeff_labels",
    "pdb_file": "input_files.map_model.model",
}
#: Names that older programs and other layouts of the scopes use.
OLD_NAMES = {
    **_OLD_FILES,
    **{f"input_files.{old}": path for old, path in _OLD_FILES.items()},
    "map_modification": "b_factor_sharpening.map_modification",
    "crystal_info": "b_factor_sharpening_crystal_info",
    "output_files": "b_factor_sharpening_output_files",
    "output_files.sharpened_map_file": "output.sharpened_map_file",
    "output_files.sharpened_map_coeffs_file": "output.sharpened_map_coeffs_file",
    "output_files.output_directory": "output.output_directory",
    "output_dir": "output.output_directory",
    "b_factor_sharpening.b_factor_sharpening_output_files": "b_factor_sharpening_output_files",
    "b_factor_sharpening.b_factor_sharpening_crystal_info": "b_factor_sharpening_crystal_info",
}

#: Phenix writes all parameters of a program in a scope of its name.
_OUTER_SCOPE = "map_sharpening"

#: Attributes of master.phil besides PHIL's own, for `parameters.use`; auto is for `Definition`.
USE_ATTRIBUTES = ("runs", "elsewhere", "effect", "auto", "limits", "unset")


@lru_cache(maxsize=1)
def master() -> Master:
    """Return the program's master: every parameter with type, default and help."""
    text = resources.files("map_sharpening.parameters").joinpath("master.phil").read_text("utf-8")
    return Master(ParameterText(text, "master.phil"), OLD_NAMES, USE_ATTRIBUTES, CALLED_ELSEWHERE)


def read_words(
    words: Sequence[str] = (),
    *,
    files: Sequence[ParameterText] = (),
    words_from: str = "command line",
) -> Fetched:
    """Merge parameter files, then ``name=value`` words, with the defaults.

    Parameters
    ----------
    words : sequence of str
        Words of a command line, without options and data files. They win over `files`.
    files : sequence of ParameterText
        Texts of parameter files; a later one wins. What Phenix keeps in data_manager may stand
        in them: see `parameters.data_manager`.
    words_from : str
        Where messages say that the words come from.

    Raises
    ------
    ParameterError
        If a name is unknown or unclear, or a value can't be used.
    """
    fetched = fetch(
        master(),
        [*files, *words],
        outer_scope=_OUTER_SCOPE,
        other_scopes=OTHER_SCOPES,
        locate=located,
        words_from=words_from,
    )
    return with_managed_labels(_with_home(fetched))


def _with_home(fetched: Fetched) -> Fetched:
    """Return the parameters with ~ in names of files and folders replaced by the home folder.

    Not all shells do that in a word such as output_directory=~/run, and no parameter file does.
    """
    found: dict[str, Any] = {}
    for path in fetched.explicitly_set:
        definition, value = fetched.master.definitions[path], fetched.values[path]
        if not (isinstance(definition.type, StringType) and definition.type.is_path):
            continue
        if isinstance(value, str):
            found[path] = _from_home(value)
        elif isinstance(value, tuple):
            found[path] = tuple(None if name is None else _from_home(name) for name in value)
    return fetched.with_values(found) if found else fetched


def _from_home(name: str) -> str:
    if not name.startswith("~") or os.path.lexists(name):
        return name
    with suppress(RuntimeError):  # ~name, and there is no user of that name
        return str(Path(name).expanduser())
    return name


def values_of_run(parameters: Mapping[str, Any], *scopes: str) -> Values:
    """Return a run's parameters as results.json has them, of the scopes that they begin with."""
    given = {path: value for path, value in parameters.items() if path.startswith(scopes)}
    return read_words().with_values(given).extract()


def word_for_file(path: str, file_name: str) -> str:
    """Return the word that gives a parameter a file's name, with any characters."""
    return f"{path}={as_word(file_name)}"


def word_for_values(name: str, values: Sequence[Any]) -> str:
    """Return the word that gives a parameter several values; of choices perhaps none.

    Raises
    ------
    ParameterError
        If there is no such parameter, or the name is unclear.
    """
    full = name.strip().removeprefix(f"{_OUTER_SCOPE}.")
    kind = find_short_name(master(), full, name).definition.type
    if isinstance(kind, ChoiceType) and kind.is_multiple:
        return f"{name}={'+'.join(map(str, values)) or None}"
    return f"{name}={' '.join(map(str, values))}"


@cache
def short_name(path: str) -> str:
    """Return the shortest end of a parameter's path by which a command line means it."""
    parts = path.split(".")
    for n in range(1, len(parts)):
        end = ".".join(parts[-n:])
        with suppress(ParameterError):  # it may be one of several
            if find_short_name(master(), end, "").definition.path == path:
                return end
    return path


def _named(keyword: str, standard: str) -> Any:
    """Return the field of a name that a parameter may give in place of the standard one."""
    return field(metadata={"keyword": keyword, "standard": standard})


@dataclass(frozen=True)
class OutputNames:
    """Where the outputs of a run of any kind go; full paths or relative to the working folder."""

    directory: Path
    sharpened_map: Path = _named("sharpened_map_file", "sharpened_map.ccp4")
    sharpened_map_coeffs: Path = _named("sharpened_map_coeffs_file", "sharpened_map_coeffs.mtz")
    local_b_map: Path = _named("local_b_map_file", "local_b_sharpen.mrc")


@dataclass(frozen=True)
class ShellOutputNames(OutputNames):
    """Where the outputs of shell sharpening go."""

    sharpened_map_1: Path = _named("sharpened_map_file_1", "sharpened_map_1.ccp4")
    sharpened_map_2: Path = _named("sharpened_map_file_2", "sharpened_map_2.ccp4")
    local_resolution_map: Path = _named("local_resolution_map_file", "local_resolution_map.mrc")
    modified_map: Path = _named("modified_map_file", "modified_map.ccp4")
    modified_minus_sharpened: Path = _named(
        "modified_minus_sharpened_map_file", "modified_minus_sharpened.mrc"
    )
    modification_support: Path = _named(
        "modification_support_map_file", "modification_support.mrc"
    )
    mask: Path = _named("mask_file", "mask.mrc")


@dataclass(frozen=True, kw_only=True)
class BFactorOutputNames(OutputNames):
    """Where the outputs of B-factor sharpening go."""

    #: Each trial map's has its number before the ending.
    local_trial_map: Path = _named("local_trial_map_file", "local_trial.mrc")
    shifted_map: Path | None  #: None: switched off
    is_shifted_map_wanted: bool  #: even where nothing has to be shifted
    shifted_sharpened_map: Path | None  #: None: not wanted


def output_names(params: Values) -> ShellOutputNames:
    """Return the outputs' names: the standard ones for "default" or None, in the output folder.

    Raises
    ------
    ParameterError
        If a name is that of a folder.
    """
    directory = Path(params.output.output_directory or ".")
    return ShellOutputNames(directory, **_names_of(ShellOutputNames, directory, params, "output"))


_B_FACTOR_OUTPUTS = "b_factor_sharpening_output_files"


def b_factor_output_names(params: Values) -> BFactorOutputNames:
    """Return the names of B-factor sharpening's outputs; the scope output comes first."""
    own = params[_B_FACTOR_OUTPUTS]
    directory = Path(params.output.output_directory or own.output_directory or ".")
    names = _names_of(BFactorOutputNames, directory, params, "output", _B_FACTOR_OUTPUTS)
    for name in ("shifted_map", "shifted_sharpened_map"):
        path, given = f"{_B_FACTOR_OUTPUTS}.{name}_file", own[f"{name}_file"]
        names[name] = None if given is None else directory / _checked(path, given)
    standard = master().definitions[f"{_B_FACTOR_OUTPUTS}.shifted_map_file"].default
    is_wanted = own.shifted_map_file not in (None, standard)
    return BFactorOutputNames(directory, is_shifted_map_wanted=is_wanted, **names)


def _names_of(
    kind: type[OutputNames], directory: Path, params: Values, *scopes: str
) -> dict[str, Any]:
    """Return the names that parameters give, those of the first scope first, or standard ones."""
    return {
        each.name: directory / _file_name(params, scopes, **each.metadata)
        for each in fields(kind)
        if each.metadata
    }


def _file_name(params: Values, scopes: Sequence[str], keyword: str, standard: str) -> str:
    paths = [f"{scope}.{keyword}" for scope in scopes]
    for path in filter(params.__contains__, paths):
        given: str | None = params[path]
        if given is not None and given.lower() != "default":
            return _checked(path, given)
    return standard


def _checked(path: str, given: str) -> str:
    is_folder = given.endswith(("/", os.path.sep)) or Path(given).name in ("", "..")
    if not given.strip() or is_folder:
        raise ParameterError(f"{path} is {quoted(given)}; expected the name of a file, or default")
    return given


def given_resolution(params: Values) -> float | AutoType | None:
    """Return the map's nominal resolution in Å as it was given: a number, Auto or None.

    Raises
    ------
    ParameterError
        If the two parameters that state it differ.
    """
    main: float | AutoType | None = params.crystal_info.resolution
    other: float | None = params.b_factor_sharpening_crystal_info.resolution
    if main is not None and other is not None and main != other:
        raise ParameterError(
            f"crystal_info.resolution is {main if main is AUTO else f'{main:g}'} and "
            f"b_factor_sharpening_crystal_info.resolution {other:g}; give one of them"
        )
    return other if main is None else main


def nominal_resolution(params: Values) -> float | None:
    """Return the map's nominal resolution in Å, or None if it was not given.

    Raises
    ------
    ParameterError
        If the two parameters that state it differ, or it is Auto.
    """
    given = given_resolution(params)
    if isinstance(given, AutoType):
        raise ParameterError(
            "crystal_info.resolution is Auto; only a run on two half maps can find it from "
            "their FSC: give these, or a number in Å, such as resolution=3.1"
        )
    return given


def mask_choice(params: Values) -> AutoType | Literal[False] | str:
    """Return sharpening.mask: AUTO, False (the whole box), or the name of a mask file."""
    mask: AutoType | str = params.sharpening.mask
    if mask is AUTO or mask.lower() == "true":
        return AUTO
    return False if mask.lower() == "false" else mask


def voxel_size(params: Values) -> tuple[float, float, float] | None:
    """Return crystal_info.voxel_size as x, y, z in Å, or None if it was not given.

    Raises
    ------
    ParameterError
        If two numbers were given.
    """
    given: tuple[float, ...] | None = params.crystal_info.voxel_size
    if given is None:
        return None
    if len(given) == 1:
        return (given[0], given[0], given[0])
    if len(given) != 3:
        raise ParameterError(
            f"crystal_info.voxel_size has {len(given)} numbers; give one, or three for x y z"
        )
    return (given[0], given[1], given[2])


def thread_count(params: Values) -> int:
    """Return control.nproc as the number of threads; 0 means all that the process may use."""
    nproc: int | AutoType | None = params.control.nproc
    return 0 if nproc is AUTO or nproc is None else nproc


def setting(definition: Definition, value: Any) -> str:
    """Return a parameter and its value as a user would write them, in short."""
    parts = value if isinstance(value, tuple) else (value,)
    text = " ".join(str(part) for part in parts) or "None"
    return f"{definition.path} = {quoted(text)[1:-1]}"
