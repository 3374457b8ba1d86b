"""The libraries that only the extra ``[cluster]`` installs."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from map_sharpening.errors import ClusterError


def imported(name: str) -> ModuleType:
    """Return a module of the extra.

    Raises
    ------
    ClusterError
        If it isn't installed; the message has the command that installs it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ClusterError(
            f"spreading work over processes and machines needs {error.name}, which is not "
            "installed; pip install map-sharpening[cluster]"
        ) from error
