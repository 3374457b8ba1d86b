"""PHIL: nested, typed parameters as text files and short words, read without `eval`.

A `Master` text declares scopes, parameters, types, defaults and help. `fetch` merges a user's
parameter files and ``name=value`` words with it into a `Fetched`, whose `extract` gives typed
values. Every mistake of a user raises `map_sharpening.errors.ParameterError`.
"""

from __future__ import annotations

from map_sharpening.phil.fetch import Fetched, Source, fetch
from map_sharpening.phil.master import Definition, Master, Scope
from map_sharpening.phil.show import diff, show, write_all
from map_sharpening.phil.text import ParameterText, decode
from map_sharpening.phil.types import AUTO, AutoType
from map_sharpening.phil.values import Values

__all__ = [
    "AUTO",
    "AutoType",
    "Definition",
    "Fetched",
    "Master",
    "ParameterText",
    "Scope",
    "Source",
    "Values",
    "decode",
    "diff",
    "fetch",
    "show",
    "write_all",
]
