"""Where a parameter counts, as its attributes in master.phil say.

============  ==============================================================================
.runs         kinds of run that look at it, such as ``shells model``; None: no run does.
              Without it every kind does.
.elsewhere    ``refused``: changing it in another kind of run is a mistake that stops the
              program. Without it such a change is warned about.
.built        False: the method it belongs to is not built yet.
.effect       conditions on other parameters, any of which gives it an effect in these runs:
              ``path`` (it is given, or True) or ``path=value|value`` (it has one of these
              values, or, where it takes several, holds one of them). Without it it always has.
============  ==============================================================================

A scope's attributes hold for all inside it that has none of the name itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

from map_sharpening.parameters.reading import master

#: Shells by the agreement of two half maps, shells by that with a model, or a B factor.
Kind = Literal["shells", "model", "b-factor"]

NAME_OF_KIND: Mapping[Kind, str] = {
    "shells": "shell sharpening",
    "model": "shell sharpening by a model",
    "b-factor": "B-factor sharpening",
}


@dataclass(frozen=True)
class Condition:
    """What another parameter must be for one to have an effect."""

    path: str
    values: tuple[str, ...] = ()  #: as a user writes them; empty: anything but None and False

    def is_met(self, values: Mapping[str, Any]) -> bool:
        """Whether parameters, by path, meet it."""
        value = values[self.path]
        if not self.values:
            return value is not None and value is not False and value != ()
        parts = value if isinstance(value, tuple) else (value,)
        return any(str(part) in self.values for part in parts)

    def __str__(self) -> str:
        return f"{self.path}={' or '.join(self.values)}" if self.values else self.path


@dataclass(frozen=True)
class Use:
    """Where a parameter counts."""

    runs: frozenset[Kind]  #: that look at it; empty: none does
    is_refused_elsewhere: bool
    is_built: bool
    effect: tuple[Condition, ...]  #: one of them must be met; empty: it always has one

    @property
    def is_ignored(self) -> bool:
        """Whether no run looks at it, nor is to in time."""
        return self.is_built and not self.runs

    def has_effect(self, kind: Kind, values: Mapping[str, Any]) -> bool:
        """Whether it has an effect in a run of this kind with these values, by path."""
        is_met = not self.effect or any(condition.is_met(values) for condition in self.effect)
        return kind in self.runs and is_met


@lru_cache(maxsize=1)
def uses() -> Mapping[str, Use]:
    """Return where each parameter counts, by path.

    Raises
    ------
    ValueError
        If an attribute of master.phil can't be understood.
    """
    definitions = master().definitions
    found = {path: _use(path, definitions[path].attributes) for path in definitions}
    for path, use in found.items():
        for condition in use.effect:
            if condition.path not in definitions:
                raise ValueError(f"{path}: .effect names {condition.path}, which does not exist")
    return found


def _use(path: str, attributes: Mapping[str, str]) -> Use:
    kinds = get_args(Kind)
    words = attributes.get("runs", " ".join(kinds)).split()
    runs = frozenset(kind for kind in kinds if kind in words)
    elsewhere, built = attributes.get("elsewhere"), attributes.get("built", "True")
    if words != ["None"] and len(runs) != len(words):
        raise ValueError(f"{path}: .runs is {' '.join(words)}; expected some of {kinds}, or None")
    if elsewhere not in (None, "refused"):
        raise ValueError(f"{path}: .elsewhere is {elsewhere}; expected refused")
    if built not in ("True", "False"):
        raise ValueError(f"{path}: .built is {built}; expected True or False")
    effect = tuple(_condition(word) for word in attributes.get("effect", "").split())
    return Use(runs, elsewhere is not None, built == "True", effect)


def _condition(word: str) -> Condition:
    path, _, values = word.partition("=")
    return Condition(path, tuple(values.split("|")) if values else ())
