"""Runs compared by their parameters, and a run taken up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.form import FILES, texts_and_files
from map_sharpening.gui.state import OUTPUT_FOLDER, Draft, Run, text_of
from map_sharpening.io.web.run_folder import read_run_folder
from map_sharpening.io.web.served_folder import ServedFolder
from map_sharpening.parameters.reading import master, read_words
from map_sharpening.report.results_json import SCHEMA

_N_FIGURES = 4  #: that are shown of a run in the list
NOTHING = "–"

#: Scopes that say how a map is sharpened.
_HOW = ("sharpening.", "b_factor_sharpening.", "b_factor_sharpening_crystal_info.")
_OF_THE_DATA = frozenset({"b_factor_sharpening_crystal_info.is_crystal"})  #: though in them


@dataclass(frozen=True)
class Account:
    """What is shown of a run in the list."""

    inputs: tuple[tuple[str, str], ...]  #: what each file is, and its name
    values: Mapping[str, str]  #: parameters that are not at their defaults, by path
    figures: tuple[tuple[str, str], ...] = ()  #: that matter most, of a run that is done


def account_of(run: Run) -> Account:
    """Return what is shown of a run: what was asked, how it was settled, what was found."""
    try:
        changed = dict(read_words(run.record.words).changed())
    except MapSharpeningError:  # of another version of the program
        changed = {}
    figures: tuple[tuple[str, str], ...] = ()
    if run.stage == "done":
        changed_in_run, figures = _results(run.folder, _stamp(run.folder))
        changed |= changed_in_run
    definitions = master().definitions
    texts = {
        path: text
        for path, value in changed.items()
        if path != OUTPUT_FOLDER and path in definitions and value is not None
        if (text := _text(path, value)) is not None
    }
    inputs = tuple(
        (_caption(path), text.replace("\n", ", ")) for path, text in texts.items() if path in FILES
    )
    return Account(inputs, {p: text for p, text in texts.items() if p not in FILES}, figures)


def _text(path: str, value: Any) -> str | None:
    """Return a parameter's value as text; None for what this version's can't have."""
    try:
        return text_of(master().definitions[path], value)
    except (MapSharpeningError, TypeError, ValueError, AttributeError):
        return None


def _stamp(folder: Path) -> int:
    try:
        return (folder / "results.json").stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=512)
def _results(folder: Path, changed: int) -> tuple[dict[str, Any], tuple[tuple[str, str], ...]]:
    """Return the parameters that a run was done with, and its figures; none without results."""
    try:
        found = read_run_folder(folder, SCHEMA, ServedFolder(folder.parent).resolve).values
        parameters = dict(found["parameters"])
        facts = [(str(fact["name"]), str(fact["value"])) for fact in found["facts"]]
        n_warnings = len(found["warnings"])
    except (MapSharpeningError, KeyError, TypeError, ValueError, AttributeError):
        return {}, ()  # what is wrong is said where its results are opened
    return parameters, (*facts[:_N_FIGURES], ("Warnings", str(n_warnings or "none")))


def _caption(path: str) -> str:
    definition = master().definitions[path]
    return definition.short_caption or definition.name


def differing(accounts: Mapping[str, Account]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return for each run, by name, the parameters in which some of the runs differ.

    Those without a value, which have no default either, have a dash.
    """
    paths = dict.fromkeys(path for account in accounts.values() for path in account.values)
    shown = [
        path
        for path in paths
        if len({account.values.get(path) for account in accounts.values()}) > 1
    ]
    definitions = master().definitions
    default = {path: text_of(definitions[path], definitions[path].default) for path in shown}
    return {
        name: tuple(
            (_caption(path), _or_dash(account.values.get(path, default[path]))) for path in shown
        )
        for name, account in accounts.items()
    }


def pair_to_compare(accounts: Mapping[str, Account]) -> tuple[str, str]:
    """Return the two runs that a comparison begins with, by name, the older one first.

    They are the newest two that read a file in common, or else the two newest.

    Parameters
    ----------
    accounts : mapping of str to Account
        Of two runs or more, by name, the newest first.
    """
    for newer, older in combinations(accounts, 2):
        if set(accounts[newer].inputs) & set(accounts[older].inputs):
            return older, newer
    newer, older, *_ = accounts
    return older, newer


def _or_dash(text: str) -> str:
    return NOTHING if text in ("", "None") else text.replace("\n", ", ")


def draft_of(run: Run, *, is_anew: bool = False) -> tuple[Draft, list[str]]:
    """Return a draft with a run's values, and the files that it read.

    Parameters
    ----------
    is_anew : bool
        Leave out how it sharpened: the draft says what is read, where it lies, how the work
        is done and what is written.

    Raises
    ------
    ParameterError
        If this version of the program can't read its command.
    """
    fetched = read_words(run.record.words)
    # A default counts if it was given: it may be another than what the program chooses.
    given = fetched.changed().keys() | fetched.set_by_words
    values, names = texts_and_files({p: v for p, v in fetched.values.items() if p in given})
    is_how = {path for path in values if path.startswith(_HOW) and path not in _OF_THE_DATA}
    left_out = {OUTPUT_FOLDER, *(is_how if is_anew else ())}
    return Draft(values={p: text for p, text in values.items() if p not in left_out}), names
