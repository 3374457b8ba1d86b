"""Files that a parameter file names as Phenix does, and parameters that have no effect here."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from map_sharpening.phil import Definition, Fetched
from map_sharpening.phil.fetch import ForeignEntry

#: Phenix keeps files and their types in the first, what its windows show in the second.
OTHER_SCOPES = ("data_manager", "gui")
_LABELS = "input_files.map_coeff_labels"
_EMPTY = {"none", "auto", ""}
_LEVELS_ABOVE = 2  #: of folders above a parameter file in which its inputs are looked for


@dataclass(frozen=True)
class ManagedFile:
    """A file that data_manager names; its contents show its kind."""

    name: str
    where: str  #: the parameter file, line and parameter that name it


def located(definition: Definition, value: Any, folder: str) -> Any:
    """Return an input file's name as it can be opened from the working folder.

    Names in a parameter file are relative to the working folder. A file that isn't there, but
    beside the parameter file, or in the next folders above it, is taken from there: results lie
    in a folder below that where their run was started, and may have been moved with it.
    """
    if not isinstance(value, str) or "input_file" not in definition.style.split():
        return value
    return _located(value, folder)


def managed_files(fetched: Fetched, given: Sequence[Path] = ()) -> list[ManagedFile]:
    """Return the files of data_manager, except those that are given or that a parameter names."""
    known = {
        os.path.realpath(name)
        for path, definition in fetched.master.definitions.items()
        if "input_file" in definition.style.split()
        for name in _texts(fetched.values[path])
    }
    known.update(map(os.path.realpath, given))
    files = []
    for entry in fetched.foreign:
        if not _names_files(entry):
            continue
        for word in entry.words:
            name = _located(word, entry.folder)
            if word.lower() not in _EMPTY and os.path.realpath(name) not in known:
                known.add(os.path.realpath(name))
                files.append(ManagedFile(name, f"{entry.where}: {entry.path}"))
    return files


def with_managed_labels(fetched: Fetched) -> Fetched:
    """Return the parameters with the columns of map coefficients that data_manager names.

    The last parameter file that names any counts, as for all parameters.
    """
    if _LABELS in fetched.explicitly_set:
        return fetched
    by_file: dict[tuple[str, str], tuple[str, ...]] = {}
    for entry in fetched.foreign:
        given = tuple(word for word in entry.words if word.lower() not in _EMPTY)
        if given and _names_labels(entry):
            file = (entry.folder, _file_of(entry))
            by_file[file] = (*by_file.get(file, ()), *given)
    return fetched.with_values({_LABELS: [*by_file.values()][-1]}) if by_file else fetched


def without_use(fetched: Fetched) -> list[str]:
    """Return a warning for each parameter file with parameters that have no effect here."""
    paths: dict[str, dict[str, None]] = {}
    for entry in fetched.foreign:
        is_used = _names_files(entry) or _names_labels(entry)
        if not is_used and any(word.lower() not in _EMPTY for word in entry.words):
            paths.setdefault(_file_of(entry), {})[entry.path] = None
    return [
        f"{name}: {', '.join(found)} {'have' if len(found) > 1 else 'has'} no effect: Phenix's own"
        for name, found in paths.items()
    ]


def _file_of(entry: ForeignEntry) -> str:
    return entry.where.rpartition(", line ")[0]


def _names_files(entry: ForeignEntry) -> bool:
    scope, _, path = entry.path.partition(".")
    last = path.rpartition(".")[2]
    is_file = last == "file" or last.endswith("_files") or last.startswith("default_")
    return scope == "data_manager" and is_file and "phil" not in path


def _names_labels(entry: ForeignEntry) -> bool:
    return entry.path == "data_manager.map_coefficients.user_selected_labels"


def _located(name: str, folder: str) -> str:
    if not folder or Path(name).exists():
        return name
    places = (Path(folder), *Path(folder).resolve().parents[:_LEVELS_ABOVE])
    return next((str(place / name) for place in places if (place / name).is_file()), name)


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, tuple) else (value,)
    return [text for text in values if isinstance(text, str)]
