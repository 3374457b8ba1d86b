"""Parameters of the program as options of a method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from map_sharpening.methods.shared.option_groups import all_options, may_be_none
from map_sharpening.parameters.reading import thread_count
from map_sharpening.phil import Values

Options = TypeVar("Options")


def parameters_of_options(options: type, params: Values, scopes: Sequence[str]) -> dict[str, Any]:
    """Return the value of each option that is a parameter of the program.

    Parameters left at None, if that means the method's own default, are left out.

    Parameters
    ----------
    scopes : sequence of str
        Whose parameters are options of the same name, where the option names no other.
    """
    found = {}
    for group, of_option in all_options(options):
        name, path = of_option.name, of_option.metadata.get("parameter")
        for place in [path] if path else [f"{scope}.{name}" for scope in scopes]:
            if place in params and (params[place] is not None or may_be_none(group, name)):
                found[name] = params[place]
    return found


def options_by_shells(
    kind: type[Options], params: Values, resolution: float, *, wrapping: bool
) -> Options:
    """Return the options of a method that works by shells; the resolution in Å."""
    chosen = parameters_of_options(kind, params, ("sharpening",))
    chosen |= {"resolution": resolution, "wrapping": wrapping, "threads": thread_count(params)}
    return kind(**without_unused_windows(chosen))


def without_unused_windows(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options without the windows' size unless there are windows.

    A warning says that they have no effect.
    """
    if options.get("local_sharpen"):
        return options
    return options | {"n_boxes": None, "box_size_grid_units": None}
