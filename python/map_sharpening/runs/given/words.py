"""Words of a command line or a list: files, known by their content, and parameters."""

from __future__ import annotations

import errno
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from map_sharpening.errors import ParameterError
from map_sharpening.io.recognise import (
    FileKind,
    holds_reflections,
    kind_of_file,
    read_parameter_file,
)
from map_sharpening.parameters import reading as parameters
from map_sharpening.parameters.data_manager import managed_files
from map_sharpening.phil import Fetched, ParameterText
from map_sharpening.runs.given.positional_maps import MapRoles, map_roles

_HALF_MAP = "input_files.map_model.half_map"
_FULL_MAP = "input_files.map_model.full_map"
_MASK = "sharpening.mask"
_PARAMETER_OF_KIND: dict[FileKind, str] = {
    "reflections": "input_files.mtz_in",
    "model": "input_files.map_model.model",
    "sequence": "input_files.seq_file",
    "symmetry": "input_files.ncs_file",
}
_WORDS_OF_KIND: dict[FileKind, str] = {
    "reflections": "map coefficients",
    "model": "models",
    "sequence": "sequences",
    "symmetry": "symmetry",
}
_REMEDY_OF_KIND: dict[FileKind, str] = {
    "reflections": "give one of them",
    "model": "give one file with all atoms that are in the map",
    "sequence": "give one file with all sequences",
    "symmetry": "give one of them",
}


def _mode(word: str) -> int | None:
    """Return the mode of what lies at the path that a word may be, or None if nothing can."""
    try:
        return Path(word).stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last: no name of any file
        return None
    except OSError as error:
        if error.errno == errno.EINVAL or (error.errno == errno.ENAMETOOLONG and "=" in word):
            return None
        if error.errno == errno.ENAMETOOLONG:
            raise ParameterError(
                f"{word[:40]}... ({len(word)} characters) can't be a file: {error.strerror}; "
                "expected a file or name=value; check it, or give the file a shorter name"
            ) from error
        remedy = (
            "get permission to enter its folder (chmod +x), or copy the file elsewhere"
            if isinstance(error, PermissionError)
            else "check its name and folder"
        )
        raise ParameterError(
            f"{word} can't be examined: {error.strerror}; expected a file or name=value; {remedy}"
        ) from error


def neither_file_nor_parameter(word: str, meant: str = "") -> str:
    """Say what is wrong with a word, and what may have been meant by it."""
    return (
        f"{word} is neither a file nor name=value; {meant}check the file's name, or give a "
        "parameter such as resolution=3.1, without spaces"
    )


def merged_words(
    words: Sequence[str],
    *,
    overwrite: bool = False,
    words_from: str = "command line",
    unknown: Callable[[str], str] = neither_file_nor_parameter,
) -> Fetched:
    """Tell files from parameters and merge all.

    Parameters
    ----------
    words : sequence of str
        Files, and parameters as ``name=value``. Parameters win over files of parameters.
    overwrite : bool
        Whether outputs may be replaced, whatever the parameters say.
    words_from : str
        Where messages say that the words come from.
    unknown : callable
        Returns the message about a word that is neither.

    Raises
    ------
    ParameterError
        If a word is neither, or files and parameters contradict each other.
    MapSharpeningError
        If a file can't be read.
    """
    read_words = partial(parameters.read_words, words_from=words_from)
    maps: list[Path] = []
    files: list[ParameterText] = []
    values: list[str] = []
    others: dict[FileKind, str] = {}
    for word in words:
        path, mode = Path(word), _mode(word)
        if mode is None and "=" in word:
            values.append(word)
            continue
        _require_file(word, mode, unknown)
        kind = kind_of_file(path)
        if kind == "map":
            maps.append(path)
        elif kind == "parameters":
            files.append(read_parameter_file(path))
        elif word != others.setdefault(kind, word):
            raise ParameterError(
                f"{others[kind]} and {word} are two files of one kind ({_WORDS_OF_KIND[kind]}); "
                f"{_REMEDY_OF_KIND[kind]}"
            )
    for kind, word in others.items():
        keyword = _PARAMETER_OF_KIND[kind]
        named = read_words(values)
        if keyword in named.set_by_words and named.values[keyword] not in (None, word):
            raise ParameterError(
                f"{keyword} is {named.values[keyword]}, and {word} was given beside it; "
                f"{_REMEDY_OF_KIND[kind]}"
            )
    values += [
        parameters.word_for_file(_PARAMETER_OF_KIND[kind], word) for kind, word in others.items()
    ]
    if overwrite:
        values.append("output.overwrite=True")
    fetched = read_words(values, files=files)
    if fetched.foreign:
        managed_maps, managed_words = _managed(fetched, maps)
        maps += managed_maps
        values += managed_words
        fetched = read_words(values, files=files)
    fetched = replace(fetched, notes=(*fetched.notes, *_note_on_both(others, maps, fetched)))
    if not maps:
        return fetched
    roles = _roles(maps, fetched)
    fetched = read_words([*values, *_words_for_maps(roles)], files=files)
    return replace(fetched, notes=(*fetched.notes, *roles.notes))


def _note_on_both(
    others: dict[FileKind, str], maps: Sequence[Path], fetched: Fetched
) -> Iterator[str]:
    """Yield a note on a model without a keyword that holds reflections too.

    Raises
    ------
    ParameterError
        If there is nothing else that may be the map.
    """
    files = fetched.extract().input_files
    model = others.get("model")
    if model is None or files.mtz_in is not None or not holds_reflections(Path(model)):
        return
    if not (maps or files.map_model.full_map or files.map_model.half_map):
        raise ParameterError(
            f"{model} holds atoms and reflections, and there is no map; say what it is: "
            f"mtz_in={model} for a map of its coefficients, model={model} for its atoms, or both"
        )
    yield (
        f"{model} holds atoms and reflections; it is taken as a model; for a map of its "
        f"coefficients give mtz_in={model}"
    )


def _require_file(word: str, mode: int | None, unknown: Callable[[str], str]) -> None:
    if mode is None:
        raise ParameterError(unknown(word))
    if stat.S_ISDIR(mode):
        raise ParameterError(
            f"{word} is a folder; expected a file or name=value; give the files inside it, or "
            f"output_directory={word} to write there"
        )
    if not stat.S_ISREG(mode):
        raise ParameterError(
            f"{word} is a pipe or device; expected a file or name=value; save it to a file"
        )


def _managed(fetched: Fetched, maps: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """Sort the files in a parameter file's data_manager: maps, and words for others."""
    others: dict[str, str] = {}
    found = []
    for file in managed_files(fetched, given=maps):
        path = Path(file.name)
        if not path.is_file():
            raise ParameterError(f"{file.where} is {file.name}; there is no such file")
        kind = kind_of_file(path)
        if kind == "map":
            found.append(path)
            continue
        if kind == "parameters":
            raise ParameterError(
                f"{file.where} is {file.name}; expected a map, model, MTZ, sequence or symmetry "
                "file"
            )
        keyword = _PARAMETER_OF_KIND[kind]
        named = others.get(keyword, fetched.values[keyword])
        if named is not None:
            raise ParameterError(
                f"{file.where} is {file.name}, and {keyword} {named}; give one of them"
            )
        others[keyword] = file.name
    words = [parameters.word_for_file(keyword, name) for keyword, name in others.items()]
    return found, words


def _roles(maps: Sequence[Path], fetched: Fetched) -> MapRoles:
    """Decide what the maps without a keyword are, in addition to those with one."""
    params = fetched.extract()
    named = params.input_files.map_model
    are_all = not (named.half_map or named.full_map or params.input_files.mtz_in)
    roles = map_roles(maps, parameters.voxel_size(params), are_all=are_all)
    given = parameters.mask_choice(params)
    if roles.mask is not None and isinstance(given, str):
        raise ParameterError(
            f"mask is {given}, and {roles.mask} has the values of a mask too; give one of them"
        )
    if roles.full_map is not None and named.full_map is not None:
        raise ParameterError(
            f"full_map is {named.full_map}, and {roles.full_map} was given beside it; give "
            "one of them, or say what the other is, such as half_map= or mask="
        )
    return roles


def _words_for_maps(roles: MapRoles) -> Iterator[str]:
    for half in roles.half_maps:
        yield parameters.word_for_file(_HALF_MAP, str(half))
    for keyword, path in ((_FULL_MAP, roles.full_map), (_MASK, roles.mask)):
        if path is not None:
            # A file may be called False.
            is_value = str(path).lower() in {"none", "auto", "true", "false"}
            yield parameters.word_for_file(keyword, f"./{path}" if is_value else str(path))
