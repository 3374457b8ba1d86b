"""Parameter text with its name, the limits put on it, and how messages quote it."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from map_sharpening.errors import ParameterError

#: A complete set of parameters has about 20,000 characters.
MAX_CHARACTERS = 1_000_000
#: Levels of nested scopes; a dotted name counts once per component.
MAX_DEPTH = 20
MAX_NAME_LENGTH = 200

#: Control characters and halves of characters; a class of all others takes long to compile.
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_QUOTE = 80


@dataclass(frozen=True)
class ParameterText:
    """The text of a parameter file and the name that messages give it."""

    text: str
    name: str = "parameters"
    folder: str = ""  #: the folder of the file that it was read from


def decode(raw: bytes, name: str) -> ParameterText:
    """Return the text of a parameter file's bytes.

    Raises
    ------
    ParameterError
        If the bytes are too many or are not UTF-8 text.
    """
    name = one_line(name)
    require_size(len(raw), name)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ParameterError(f"{name} is UTF-16 text; expected UTF-8; save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParameterError(
            f"{name} is not a parameter file: byte {error.start} is not UTF-8 text; "
            "give a text file of name = value lines"
        ) from None
    return ParameterText(text, name)


def require_size(n_characters: int, name: str) -> None:
    """Raise ParameterError if a text is longer than a parameter file can sensibly be."""
    if n_characters > MAX_CHARACTERS:
        raise ParameterError(
            f"{name} is too long for parameters: {n_characters} characters, at most "
            f"{MAX_CHARACTERS} are read; give a text file of name = value lines"
        )


def require_text(text: str, name: str) -> None:
    """Raise ParameterError if a text is too long or holds characters that are not text."""
    name = one_line(name)
    require_size(len(text), name)
    odd = _NOT_TEXT.search(text)
    if odd is not None:
        line = text.count("\n", 0, odd.start()) + 1
        raise ParameterError(
            f"{name}, line {line}: character {odd.group()!a} is not text; "
            "parameters are UTF-8 text without control characters"
        )


def quoted(value: str) -> str:
    """Return a value for a message: on one line, printable, in quotes, not too long."""
    if len(value) > _LONGEST_QUOTE:
        value = value[: _LONGEST_QUOTE - 3] + "..."
    return f'"{one_line(value)}"'


def one_line(text: str) -> str:
    """Return a text with line ends and other unprintable characters spelled out."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
