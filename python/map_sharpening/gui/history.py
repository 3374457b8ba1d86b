"""Runs compared by their parameters, and a run taken up again."""

from __future__ import annotations

from collections.abc import Sequence

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.form import text_of
from map_sharpening.gui.state import OUTPUT_FOLDER, PARAMETER_OF_ROLE, Draft, Run
from map_sharpening.parameters.reading import master, read_words

_FILES = frozenset(PARAMETER_OF_ROLE.values()) - {"sharpening.mask"}


#: Scopes that say how a map is sharpened.
_HOW = ("sharpening.", "b_factor_sharpening.", "b_factor_sharpening_crystal_info.")
_OF_THE_DATA = frozenset({"b_factor_sharpening_crystal_info.is_crystal"})  #: though in them


def changed_values(run: Run) -> dict[str, str]:
    """Return the parameters that a run changed, as a user would type them, by path."""
    try:
        changed = read_words(run.record.words).changed()
    except MapSharpeningError:  # of another version of the program
        return {}
    definitions = master().definitions
    return {
        path: text_of(definitions[path], value)
        for path, value in changed.items()
        if path != OUTPUT_FOLDER
    }


def differing(runs: Sequence[Run]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return for each run, by name, the parameters in which some of the runs differ."""
    values = {run.name: changed_values(run) for run in runs}
    paths = dict.fromkeys(path for found in values.values() for path in found)
    told = [path for path in paths if len({found.get(path) for found in values.values()}) > 1]
    definitions = master().definitions
    return {
        name: tuple(
            (
                definitions[path].short_caption or definitions[path].name,
                found.get(path) or text_of(definitions[path], definitions[path].default) or "None",
            )
            for path in told
        )
        for name, found in values.items()
    }


def draft_of(run: Run, *, is_anew: bool = False) -> tuple[Draft, list[str]]:
    """Return a draft with a run's values, and the files that it read.

    Parameters
    ----------
    run : Run
        That was made.
    is_anew : bool
        Leave out how it sharpened: the draft says what is read, where it lies, how the work
        is done and what is written.

    Raises
    ------
    ParameterError
        If this version of the program can't read its command.
    """
    changed = read_words(run.record.words).changed()
    definitions = master().definitions
    names: list[str] = []
    draft = Draft()
    for path, value in changed.items():
        if path in _FILES:
            names += value if isinstance(value, tuple) else [value]
        elif path != OUTPUT_FOLDER and not (is_anew and _is_how(path)):
            draft.values[path] = text_of(definitions[path], value)
    return draft, names


def _is_how(path: str) -> bool:
    """Whether a parameter says how a map is sharpened."""
    return path.startswith(_HOW) and path not in _OF_THE_DATA
