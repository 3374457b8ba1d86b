"""Functions of outer packages that inner ones may call, which don't know where they are.

Maps and results can be read, shown, saved and drawn, as users of Python expect of them; files,
reports and plots are the concern of rooms further out. ``outer.summary(result)`` calls the
function of that name in the module that was registered for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

_homes: dict[str, str] = {}


def register(homes: Mapping[str, str]) -> None:
    """Say which modules hold functions, by their names; each is loaded on first use."""
    _homes.update(homes)


def __getattr__(name: str) -> Any:
    if name not in _homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_homes[name]), name)
