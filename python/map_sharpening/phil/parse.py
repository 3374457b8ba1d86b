"""Parse PHIL text into a flat list of scopes and definitions with full names."""

from __future__ import annotations

from dataclasses import dataclass, field

from map_sharpening.phil.text import MAX_DEPTH, MAX_NAME_LENGTH, ParameterText, quoted
from map_sharpening.phil.tokens import Scanner, Word


@dataclass
class Entry:
    """A scope (`words` is None) or a definition, as written."""

    path: str
    line: int
    words: tuple[Word, ...] | None = None
    is_disabled: bool = False  #: switched off by "!", itself or a scope round it
    attributes: dict[str, tuple[Word, ...]] = field(default_factory=dict)


def parse(source: ParameterText) -> list[Entry]:
    """Return scopes and definitions in the order of the text.

    Raises
    ------
    ParameterError
        If the text is not PHIL; the message names the text and the line.
    """
    scanner = Scanner(source)
    entries: list[Entry] = []
    open_scopes: list[Entry] = []
    latest: Entry | None = None  # the definition that an attribute would belong to
    while True:
        scanner.skip_between_entries()
        character = scanner.next_character
        if character == "":
            break
        if character == ".":
            if latest is None:
                raise scanner.error("this attribute follows no parameter")
            _read_attribute(scanner, latest)
        elif character == "}":
            if not open_scopes:
                raise scanner.error('this "}" closes nothing; take it out')
            scanner.accept("}")
            open_scopes.pop()
            latest = None
        elif character == "{":
            raise scanner.error('this "{" follows no name; write name { ... }')
        else:
            latest = _read_entry(scanner, open_scopes[-1] if open_scopes else None)
            entries.append(latest)
            if latest.words is None:
                open_scopes.append(latest)
                latest = None
    if open_scopes:
        scope = open_scopes[-1]
        raise scanner.error(
            f'scope {quoted(scope.path)} opens here and is never closed; add a "}}"', scope.line
        )
    return entries


def _read_entry(scanner: Scanner, parent: Entry | None) -> Entry:
    line = scanner.line
    is_disabled = scanner.accept("!")
    name = scanner.read_name()
    path = name if parent is None else f"{parent.path}.{name}"
    if path.count(".") >= MAX_DEPTH:
        raise scanner.error(
            f"scopes are nested more than {MAX_DEPTH} deep at {quoted(name)}", line
        )
    if len(path) > MAX_NAME_LENGTH:
        raise scanner.error(
            f"{quoted(path)} is too long a name; at most {MAX_NAME_LENGTH} characters, "
            "scopes included",
            line,
        )
    entry = Entry(
        path, line, is_disabled=is_disabled or (parent is not None and parent.is_disabled)
    )
    scanner.skip_blanks()
    if scanner.accept("="):
        entry.words = scanner.read_words()
        if not entry.words:
            raise scanner.error(f"{path} has no value; give one, or None", line)
        return entry
    found = scanner.next_character
    if found not in ("", "\n", "#", ";", "{", "."):
        if name == "include":
            raise scanner.error(
                "include is not followed; give the file that it names as a word of its own", line
            )
        raise scanner.error(
            f'expected "=" or "{{" after {quoted(name)}, found {quoted(found)}', line
        )
    while True:
        scanner.skip_between_entries()
        if scanner.accept("{"):
            return entry
        if scanner.next_character != ".":
            raise scanner.error(f'expected "=" or "{{" after {quoted(name)}', line)
        _read_attribute(scanner, entry)


def _read_attribute(scanner: Scanner, entry: Entry) -> None:
    scanner.accept(".")
    line = scanner.line
    name = scanner.read_name()
    scanner.skip_blanks()
    if not scanner.accept("="):
        raise scanner.error(f'expected "=" after the attribute {quoted("." + name)}', line)
    entry.attributes[name] = scanner.read_words()
