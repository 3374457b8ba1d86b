"""The program's parameters: what exists, what a user chose, what this version can do."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from map_sharpening.errors import NotAvailableError, ParameterError
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
from map_sharpening.phil.text import quoted
from map_sharpening.phil.tokens import as_word

#: Names that older programs and other layouts of the scopes use.
OLD_NAMES = {
    "map_file": "input_files.map_model.full_map",
    "half_map_file": "input_files.map_model.half_map",
    "map_coeffs_file": "input_files.mtz_in",
    "map_coeffs_labels": "input_files.map_coeff_labels",
    "pdb_file": "input_files.map_model.model",
    "input_files.map_file": "input_files.map_model.full_map",
    "input_files.half_map_file": "input_files.map_model.half_map",
    "input_files.map_coeffs_file": "input_files.mtz_in",
    "input_files.map_coeffs_labels": "input_files.map_coeff_labels",
    "input_files.pdb_file": "input_files.map_model.model",
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

#: Parameters that change what this version does. All others are documented but not built yet.
AVAILABLE = frozenset(
    {
        "job_title",
        "input_files.map_model.full_map",
        "input_files.map_model.half_map",
        "output.sharpened_map_file",
        "output.sharpened_map_coeffs_file",
        "output.sharpened_map_file_1",
        "output.sharpened_map_file_2",
        "output.mask_file",
        "output.output_directory",
        "output.overwrite",
        "output.report",
        "output.output_scale_factor",
        "sharpening.anisotropic_sharpen",
        "sharpening.mask",
        "sharpening.ideal_curve",
        "sharpening.n_bins",
        "sharpening.sharpen_all_maps",
        "sharpening.randomise_phases_beyond",
        "sharpening.guinier_d_low",
        "crystal_info.resolution",
        "crystal_info.wrapping",
        "crystal_info.voxel_size",
        "control.nproc",
        "control.verbose",
    }
)

#: Parameters that the documentation itself calls unused.
IGNORED = frozenset(
    {
        "input_files.mtz_in_virtual",
        "output.file_name",
        "output.filename",
        "output.serial",
        "b_factor_sharpening.map_modification.k_sol",
        "b_factor_sharpening.map_modification.b_sol",
        "gui.output_dir",
    }
)

_LOCAL_RESOLUTION = "sharpening.local_resolution_map"


@lru_cache(maxsize=1)
def master() -> Master:
    """Return the program's master: every parameter with type, default and help."""
    text = resources.files("map_sharpening").joinpath("master.phil").read_text("utf-8")
    return Master(ParameterText(text, "master.phil"), OLD_NAMES)


def read_words(
    words: Sequence[str] = (),
    *,
    files: Sequence[ParameterText] = (),
    home_scope: str | None = None,
) -> Fetched:
    """Merge parameter files, then ``name=value`` words, with the defaults.

    Parameters
    ----------
    words : sequence of str
        Words of a command line, without options and data files. They win over `files`.
    files : sequence of ParameterText
        Texts of parameter files; a later one wins.
    home_scope : str, optional
        Scope whose parameters a short name means first.

    Raises
    ------
    ParameterError
        If a name is unknown or unclear, or a value can't be used.
    """
    return fetch(master(), [*files, *words], home_scope=home_scope)


def word_for_file(path: str, file_name: str) -> str:
    """Return the word that gives a parameter a file's name, whatever its characters."""
    return f"{path}={as_word(file_name)}"


def require_available(fetched: Fetched) -> list[str]:
    """Stop if the user asked for what this version can't do yet.

    Returns
    -------
    list of str
        Warnings about parameters that were changed and have no use.

    Raises
    ------
    NotAvailableError
        If a documented parameter was changed whose method is not built yet, or the local
        resolution map was asked for by a word of the command line. (In a parameter file its
        default, True, is no request: a complete file states every default.)
    """
    definitions = fetched.master.definitions
    changed = fetched.changed()
    refused = {path: value for path, value in changed.items() if not _is_built(path, value)}
    if _LOCAL_RESOLUTION in fetched.set_by_words and is_local_resolution_left_out(fetched):
        refused[_LOCAL_RESOLUTION] = True
    if refused:
        items = ", ".join(_setting(definitions[path], value) for path, value in refused.items())
        verb, pronoun = ("are", "them") if len(refused) > 1 else ("is", "it")
        raise NotAvailableError(
            f"{items} {verb} not available yet: this version sharpens a whole map by shells "
            f"from two half maps; leave {pronoun} out"
        )
    return [
        f"{_setting(definitions[path], value)} is ignored: the parameter has no use"
        for path, value in changed.items()
        if path in IGNORED
    ]


def is_local_resolution_left_out(fetched: Fetched) -> bool:
    """Whether the parameters ask for the local resolution map, which is not built yet."""
    return bool(fetched.values[_LOCAL_RESOLUTION])


@dataclass(frozen=True)
class OutputNames:
    """Where the outputs go; full paths or relative to the working folder."""

    directory: Path
    sharpened_map: Path
    sharpened_map_coeffs: Path
    sharpened_map_1: Path
    sharpened_map_2: Path
    local_resolution_map: Path
    mask: Path


_STANDARD_NAMES = {
    "sharpened_map": ("sharpened_map_file", "sharpened_map.ccp4"),
    "sharpened_map_coeffs": ("sharpened_map_coeffs_file", "sharpened_map_coeffs.mtz"),
    "sharpened_map_1": ("sharpened_map_file_1", "sharpened_map_1.ccp4"),
    "sharpened_map_2": ("sharpened_map_file_2", "sharpened_map_2.ccp4"),
    "local_resolution_map": ("local_resolution_map_file", "local_resolution_map.ccp4"),
    "mask": ("mask_file", "mask.ccp4"),
}


def output_names(params: Values) -> OutputNames:
    """Return the outputs' names: the standard ones for "default" or None, in the output folder.

    Raises
    ------
    ParameterError
        If a name is that of a folder, or two outputs share one.
    """
    directory = Path(params.output.output_directory or ".")
    names: dict[str, Path] = {}
    keywords: dict[str, str] = {}
    for field in fields(OutputNames):
        if field.name not in _STANDARD_NAMES:
            continue
        keyword, standard = _STANDARD_NAMES[field.name]
        given = params.output[keyword]
        if given is None or given.lower() == "default":
            given = standard
        if not given.strip() or given.endswith(("/", os.path.sep)) or Path(given).name == "..":
            raise ParameterError(
                f"output.{keyword} is {quoted(given)}; expected the name of a file, or default"
            )
        names[field.name] = directory / given
        place = os.path.normpath(names[field.name])
        if place in keywords:
            raise ParameterError(
                f"output.{keyword} and output.{keywords[place]} are both {quoted(given)}; "
                "give each output a name of its own"
            )
        keywords[place] = keyword
    return OutputNames(directory=directory, **names)


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


def _is_built(path: str, value: Any) -> bool:
    if path == _LOCAL_RESOLUTION:
        return not value
    return path in AVAILABLE or path in IGNORED


def _setting(definition: Definition, value: Any) -> str:
    parts = value if isinstance(value, tuple) else (value,)
    text = " ".join(str(part) for part in parts) or "None"
    return f"{definition.path} = {quoted(text)[1:-1]}"
