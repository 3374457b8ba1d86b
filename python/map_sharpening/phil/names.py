"""Find the parameter that a full, old or short name means."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from map_sharpening.errors import ParameterError
from map_sharpening.phil.master import Definition, Master
from map_sharpening.phil.text import quoted
from map_sharpening.phil.tokens import is_name

_MOST_LISTED = 8
_WHOLE_NAME = 4  #: the score from which on a name needs no note


@dataclass(frozen=True)
class Match:
    """The parameter that a name means, and what the user should know about it."""

    definition: Definition
    note: str | None = None  #: an old name, or a part of a name, was used
    warning: str | None = None  #: the name could have meant something else


def score(path: str, typed: str) -> int:
    """Return how well a typed name fits a parameter's path, 0 (not at all) to 5 (equal).

    Whole words count before their parts: `res` begins a word of `resolution`, and only ends
    one of `hires`.
    """
    if path == typed:
        return 5
    if path.endswith(f".{typed}"):
        return _WHOLE_NAME
    if path.endswith(f"_{typed}"):
        return 3
    if f".{typed}" in f".{path}" or f"_{typed}" in path:
        return 2
    return 1 if typed in path else 0


def find_full_name(master: Master, typed: str, where: str) -> Match:
    """Find a parameter by its full or old name, as parameter files must give it.

    Raises
    ------
    ParameterError
        If there is none; `where` begins the message.
    """
    match = _find_exact(master, typed)
    if match is None:
        raise _unknown(master, typed, where)
    return match


def find_short_name(master: Master, typed: str, where: str) -> Match:
    """Find a parameter by any name a command line may give: full, old, or part of a name.

    The best score wins. Among equals the one with the lowest expert level wins, with a
    warning.

    Raises
    ------
    ParameterError
        If none fits, or several fit equally well; `where` begins the message.
    """
    if not is_name(typed):
        if master.find_called_elsewhere(typed) is not None:
            raise _unknown(master, typed, where)
        raise ParameterError(
            f"{where}: {quoted(typed)} can't be the name of a parameter; write name=value"
        )
    match = _find_exact(master, typed)
    if match is not None:
        return match
    definitions = master.definitions
    scores = {path: score(path, typed) for path in definitions}
    best = max(scores.values(), default=0)
    equals = [definitions[path] for path, value in scores.items() if value == best > 0]
    lowest = min((definition.expert_level for definition in equals), default=0)
    simplest = [definition for definition in equals if definition.expert_level == lowest]
    called = master.find_called_elsewhere(typed)
    by_chance = called is not None and best < _WHOLE_NAME and simplest != [called]
    if not simplest or by_chance:
        raise _unknown(master, typed, where)
    if len(simplest) > 1:
        raise ParameterError(
            f"{where}: {quoted(typed)} could be {_listed(simplest)}; give more of the name"
        )
    if len(equals) == 1:
        path = simplest[0].path
        return Match(simplest[0], None if best >= _WHOLE_NAME else f"{typed} is taken as {path}")
    others = [definition for definition in equals if definition is not simplest[0]]
    return Match(
        simplest[0],
        warning=f"{typed} is taken as {simplest[0].path}; it could also be {_listed(others)}",
    )


def _find_exact(master: Master, typed: str) -> Match | None:
    definition = master.find(typed)
    if definition is not None:
        return Match(definition)
    definition = master.find_alias(typed)
    if definition is not None:
        return Match(definition, note=f"{typed} is an older name of {definition.path}")
    return None


def _unknown(master: Master, typed: str, where: str) -> ParameterError:
    unknown = f"{where}: there is no parameter {quoted(typed)}"
    meant = master.find_called_elsewhere(typed)
    if meant is not None:
        return ParameterError(f"{unknown}; did you mean {meant.path}? ({meant.summary})")
    simplest_first = sorted(master.definitions.values(), key=lambda item: item.expert_level)
    last = typed.rpartition(".")[2].lower()
    likely = [definition for definition in simplest_first if definition.name == last]
    if not likely:
        # Each path is compared whole and by its last parts.
        tails: dict[str, Definition] = {}
        for definition in simplest_first:
            parts = definition.path.split(".")
            for start in reversed(range(len(parts))):
                tails.setdefault(".".join(parts[start:]), definition)
        near = difflib.get_close_matches(typed.lower(), tails, n=3)
        likely = list(dict.fromkeys(tails[tail] for tail in near))
    remedy = (
        f"did you mean {_listed(likely)}?" if likely else "--show-defaults lists all parameters"
    )
    return ParameterError(f"{unknown}; {remedy}")


def _listed(definitions: list[Definition]) -> str:
    paths = [definition.path for definition in definitions[:_MOST_LISTED]]
    more = len(definitions) - len(paths)
    text = ", ".join(paths[:-1]) + " or " + paths[-1] if len(paths) > 1 else paths[0]
    return f"{text} (and {more} more)" if more > 0 else text
