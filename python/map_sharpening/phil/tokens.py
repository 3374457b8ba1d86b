"""Read names, words and punctuation of PHIL text, one after another."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from map_sharpening.errors import ParameterError
from map_sharpening.phil.text import (
    MAX_DEPTH,
    MAX_NAME_LENGTH,
    ParameterText,
    one_line,
    quoted,
    require_text,
)

_BLANKS = re.compile(r"[ \t\f]*")
_BETWEEN_ENTRIES = re.compile(r"(?:[ \t\f\n;]+|#[^\n]*|\\[ \t\f]*\n)*")
_CONTINUED = re.compile(r"\\[ \t\f]*\n")
_BEFORE_QUOTE = re.compile(r"[ \t\f\n]*(?=[\"'])")
_COMMENT = re.compile(r"#[^\n]*")
_BARE = re.compile(r"[^ \t\f\n;{}]+")
_UP_TO_EQUALS = re.compile(r"[^ \t\f\n;{}=#]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_OPENING = re.compile(r'"""|\'\'\'|"|\'')
_SAFE_BARE = re.compile(r"[A-Za-z0-9_./+*%@~^-][A-Za-z0-9_./+*%@~^,:=-]*")


@dataclass(frozen=True)
class Word:
    """One word of a value; a quoted one is never taken for None, Auto or a star."""

    text: str
    is_quoted: bool = False
    line: int = 1

    def is_plain(self, keyword: str) -> bool:
        """Whether this is a bare word equal to `keyword` (lower case), in any case."""
        return not self.is_quoted and self.text.lower() == keyword


def joined(words: Sequence[Word]) -> str:
    """Return words as one string with single blanks between them."""
    return " ".join(word.text for word in words)


def as_word(text: str) -> str:
    """Return a string as PHIL text that reads back as one word with the same characters."""
    if _SAFE_BARE.fullmatch(text) and text.lower() not in ("none", "auto"):
        return text
    return as_quoted_word(text)


def as_quoted_word(text: str) -> str:
    """Return a string as PHIL text of one word in quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def is_name(text: str) -> bool:
    """Whether a text can be the dotted name of a parameter."""
    return (
        len(text) <= MAX_NAME_LENGTH
        and text.count(".") < MAX_DEPTH
        and _NAME.fullmatch(text) is not None
    )


class Scanner:
    """A position in a parameter text."""

    def __init__(self, source: ParameterText) -> None:
        require_text(source.text, source.name)
        self.text = source.text.replace("\r\n", "\n").replace("\r", "\n")
        self.name = one_line(source.name)
        self.position = 0
        self._line_ends = [match.start() for match in re.finditer("\n", self.text)]

    @property
    def line(self) -> int:
        """Return the number of the current line, counted from 1."""
        return bisect_right(self._line_ends, self.position - 1) + 1

    @property
    def next_character(self) -> str:
        """Return the next character, or an empty string at the end."""
        return self.text[self.position : self.position + 1]

    def error(self, message: str, line: int | None = None) -> ParameterError:
        """Return an error that names the text and the line."""
        return ParameterError(f"{self.name}, line {line or self.line}: {message}")

    def skip_blanks(self) -> None:
        """Skip blanks within a line."""
        self._skip(_BLANKS)

    def skip_between_entries(self) -> None:
        """Skip blanks, line ends, semicolons and comments."""
        self._skip(_BETWEEN_ENTRIES)

    def accept(self, character: str) -> bool:
        """Skip one character if it is the expected one, and return whether it was."""
        found = self.next_character == character
        if found:
            self.position += 1
        return found

    def read_name(self) -> str:
        """Read the dotted name of a scope, a parameter or an attribute."""
        match = _UP_TO_EQUALS.match(self.text, self.position)
        name = match.group() if match else self.next_character
        if not is_name(name):
            raise self.error(
                f"{quoted(name)} can't be the name of a parameter; names are letters, digits "
                f"and _ joined by dots, at most {MAX_DEPTH} deep"
            )
        self.position += len(name)
        return name

    def read_words(self) -> tuple[Word, ...]:
        """Read the words of a value up to a line end, a semicolon or a closing brace."""
        words: list[Word] = []
        while True:
            self.skip_blanks()
            character = self.next_character
            if character == "\n" and words and words[-1].is_quoted:
                # A quoted word at the start of the next line continues the value.
                before = self.position
                self._skip(_BEFORE_QUOTE)
                if self.position == before:
                    return tuple(words)
            elif character in ("", "\n", ";", "}"):
                return tuple(words)
            elif character == "#":
                self._skip(_COMMENT)
            elif character == "{":
                raise self.error('unexpected "{" in a value; put quotes round the value')
            elif character == "\\" and _CONTINUED.match(self.text, self.position):
                self._skip(_CONTINUED)
            elif character in ('"', "'"):
                words.append(self._read_quoted())
            else:
                match = _BARE.match(self.text, self.position)
                assert match is not None  # the characters excluded by _BARE are handled above
                words.append(Word(match.group(), line=self.line))
                self.position = match.end()

    def _read_quoted(self) -> Word:
        line = self.line
        opening = _OPENING.match(self.text, self.position)
        assert opening is not None  # the caller saw a quote
        quote = opening.group()
        text, at = self.text, opening.end()
        pieces: list[str] = []
        close = -1
        while True:
            if close < at:
                close = text.find(quote, at)
            if close < 0:
                raise self.error(f"the quote {quote} that opens here is never closed", line)
            backslash = text.find("\\", at, close)
            if backslash >= 0:
                pieces.append(text[at:backslash])
                following = text[backslash + 1 : backslash + 2]
                if following == "\n":
                    pass
                elif following in ("\\", quote[0]):
                    pieces.append(following)
                else:
                    pieces.append("\\" + following)
                at = backslash + 2
                continue
            pieces.append(text[at:close])
            self.position = close + len(quote)
            return Word("".join(pieces), True, line)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.position)
        if match is not None:
            self.position = match.end()
