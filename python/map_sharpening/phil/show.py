"""Write parameters as PHIL text."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping
from typing import Any

from map_sharpening.phil.fetch import Fetched
from map_sharpening.phil.master import (
    DEFINITION_ATTRIBUTES,
    SCOPE_ATTRIBUTES,
    Definition,
    Master,
    Scope,
)
from map_sharpening.phil.tokens import as_quoted_word

_WIDTH = 79
_TEXT_ATTRIBUTES = ("help", "short_caption", "caption")


def show(
    master: Master,
    values: Mapping[str, Any] | None = None,
    *,
    level: int | None = None,
    attributes: int = 0,
    only: Collection[str] | None = None,
) -> str:
    """Return PHIL text of parameters.

    Parameters
    ----------
    values : mapping of str to value, optional
        By path; the defaults where absent.
    level : int, optional
        Leave out parameters whose expert level is higher.
    attributes : int
        0: none, 1: help, 2: all that are set, 3: all.
    only : collection of str, optional
        Leave out parameters whose path is not in it.
    """
    shown = {
        path
        for path, definition in master.definitions.items()
        if (level is None or definition.expert_level <= level) and (only is None or path in only)
    }
    current = {path: item.default for path, item in master.definitions.items()} | dict(
        values or {}
    )
    lines: list[str] = []
    _show_scope(master, "", current, shown, attributes, lines)
    return "".join(f"{line}\n" for line in lines)


def write_all(fetched: Fetched) -> str:
    """Return PHIL text of all parameters; read again it gives the same values."""
    return show(fetched.master, fetched.values)


def diff(fetched: Fetched) -> str:
    """Return PHIL text of the parameters that differ from their defaults."""
    return show(fetched.master, fetched.values, only=fetched.changed())


def _show_scope(
    master: Master,
    path: str,
    values: Mapping[str, Any],
    shown: Collection[str],
    attributes: int,
    lines: list[str],
) -> None:
    indent = "  " * (path.count(".") + 1) if path else ""
    for child in master.children(path):
        if isinstance(child, Definition):
            if child.path in shown:
                _show_definition(child, values[child.path], indent, attributes, lines)
        elif any(name.startswith(f"{child.path}.") for name in shown):
            written = _attribute_lines(child, SCOPE_ATTRIBUTES, attributes, indent + "  ")
            if written:
                lines += [f"{indent}{child.name}", *written, f"{indent}{{"]
            else:
                lines.append(f"{indent}{child.name} {{")
            _show_scope(master, child.path, values, shown, attributes, lines)
            lines.append(f"{indent}}}")


def _show_definition(
    definition: Definition, value: Any, indent: str, attributes: int, lines: list[str]
) -> None:
    written = _attribute_lines(definition, DEFINITION_ATTRIBUTES, attributes, indent + "  ")
    repeats = (value or (None,)) if definition.is_multiple else (value,)
    for repeat in repeats:
        lines.append(f"{indent}{definition.name} = {definition.write(repeat)}")
        lines += written
        written = []


def _attribute_lines(
    item: Scope | Definition, names: tuple[str, ...], attributes: int, indent: str
) -> list[str]:
    lines: list[str] = []
    for name in names:
        if attributes == 0 or (attributes == 1 and name != "help"):
            continue
        text = item.attributes.get(name)
        if text is None:
            if attributes > 2:
                lines.append(f"{indent}.{name} = None")
        elif name in _TEXT_ATTRIBUTES:
            lines += _wrapped(f"{indent}.{name} = ", text)
        else:
            lines.append(f"{indent}.{name} = {text}")
    return lines


def _wrapped(start: str, text: str) -> list[str]:
    """Return a long text as quoted pieces, continued by a backslash at the line's end."""
    pieces = textwrap.wrap(text, max(_WIDTH - len(start) - 4, 20), break_long_words=False) or [""]
    words = [as_quoted_word(piece) for piece in pieces]
    ends = [" \\"] * (len(words) - 1) + [""]
    starts = [start] + [" " * len(start)] * (len(words) - 1)
    return [f"{first}{word}{end}" for first, word, end in zip(starts, words, ends, strict=True)]
