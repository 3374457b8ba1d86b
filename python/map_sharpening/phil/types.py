"""Types of parameters: what words they accept, and how their values are written."""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from map_sharpening.phil.tokens import Word, as_word, joined

_NUMBER = r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
_NUMBER_EXPRESSION = re.compile(rf"\s*{_NUMBER}\s*(?:([*/])\s*{_NUMBER}\s*)?")
#: A number with a decimal comma, a unit, or both.
_ALMOST_NUMBER = re.compile(
    r"(?P<number>[+-]?[0-9]+(?:[.,][0-9]+)?)\s*(?P<unit>[^\W\d_]+(?:/[^\W\d_]+)?[²³23]?|%)?"
)
#: Minus signs and dashes, and quotes, that a keyboard's own are turned into by other programs.
_DASHES, _QUOTES = "\u2010\u2011\u2012\u2013\u2014\u2212\uff0d", "\u2018\u2019\u201c\u201d"
_ANGSTROM = {
    "a",
    "å",
    "ang",
    "angstrom",
    "ångström",
    "angstroms",
    "ångströms",
    "a2",
    "å2",
    "a²",
    "å²",
}
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")
_TYPE_EXPRESSION = re.compile(r"\s*(\w+)\s*(?:\(([^()]*)\))?\s*")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
#: Above this a float no longer holds every whole number.
_LARGEST_EXACT = 2**53
_LONGEST_NUMBER = 200


class AutoType(enum.Enum):
    """The value Auto: the program chooses."""

    AUTO = "Auto"

    def __repr__(self) -> str:
        return "Auto"

    def __str__(self) -> str:
        return "Auto"


AUTO = AutoType.AUTO


class UnsuitableValueError(Exception):
    """Words that a type can't take; the text says what was expected."""


class ValueType(Protocol):
    """Reads and writes the values of one parameter."""

    def read(self, words: Sequence[Word]) -> Any:
        """Return the value of words, or raise UnsuitableValueError with what was expected."""

    def write(self, value: Any) -> str:
        """Return PHIL text that reads back as the same value."""

    def description(self) -> str:
        """Return what a user may give, for messages and manuals."""


@dataclass(frozen=True)
class BoolType:
    """True or False."""

    def read(self, words: Sequence[Word]) -> bool:
        """Return True for true, yes, on or 1, False for false, no, off or 0, in any case."""
        text = joined(words).lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise UnsuitableValueError(self.description())

    def write(self, value: Any) -> str:
        """Return True or False."""
        return str(bool(value))

    def description(self) -> str:
        """Return what a user may give."""
        return "True or False"


@dataclass(frozen=True)
class Bounds:
    """Smallest and largest number accepted; None is no limit."""

    value_min: float | None = None
    value_max: float | None = None

    def hold(self, value: float) -> bool:
        """Whether a number lies within the bounds."""
        return (self.value_min is None or value >= self.value_min) and (
            self.value_max is None or value <= self.value_max
        )

    def description(self) -> str:
        """Return the bounds in words, with a leading blank; empty without bounds."""
        if self.value_min is None and self.value_max is None:
            return ""
        if self.value_max is None:
            return f" of at least {_number_text(self.value_min)}"
        if self.value_min is None:
            return f" of at most {_number_text(self.value_max)}"
        return f" from {_number_text(self.value_min)} to {_number_text(self.value_max)}"


@dataclass(frozen=True)
class NumberType:
    """One number, whole or not; ``a/b`` and ``a*b`` of two numbers are worked out."""

    is_whole: bool
    bounds: Bounds = Bounds()

    def read(self, words: Sequence[Word]) -> float:
        """Return an int or a finite float within the bounds."""
        number = _read_number(joined(words), self.is_whole)
        if number is None or not self.bounds.hold(number):
            raise UnsuitableValueError(self.description())
        return number

    def write(self, value: Any) -> str:
        """Return the shortest text that reads back as the same number."""
        return _number_text(value)

    def description(self) -> str:
        """Return what a user may give."""
        return ("a whole number" if self.is_whole else "a number") + self.bounds.description()


@dataclass(frozen=True)
class NumbersType:
    """Several numbers, separated by blanks or commas, in brackets or not."""

    is_whole: bool
    bounds: Bounds = Bounds()
    sizes: Bounds = Bounds()

    def read(self, words: Sequence[Word]) -> tuple[float, ...]:
        """Return a tuple of ints or finite floats."""
        text = " ".join(joined(words).split())
        if text[:1] + text[-1:] in ("()", "[]"):
            text = text[1:-1].strip()
        parts = re.split(r" ?, ?| ", text) if text else []
        numbers: list[float] = []
        for part in parts:
            number = _read_number(part, self.is_whole)
            if number is None or not self.bounds.hold(number):
                raise UnsuitableValueError(self.description())
            numbers.append(number)
        if not self.sizes.hold(len(numbers)):
            raise UnsuitableValueError(self.description())
        return tuple(numbers)

    def write(self, value: Any) -> str:
        """Return the numbers with blanks between them."""
        return " ".join(_number_text(number) for number in value) or "()"

    def description(self) -> str:
        """Return what a user may give."""
        count, least, most = "", self.sizes.value_min, self.sizes.value_max
        if least is not None and least == most:
            count = f"{least:g} "
        elif least is not None and most is not None:
            count = f"{least:g} to {most:g} "
        elif least is not None:
            count = f"at least {least:g} "
        elif most is not None:
            count = f"at most {most:g} "
        kind = "whole numbers" if self.is_whole else "numbers"
        return f"{count}{kind}{self.bounds.description()}, separated by blanks"


@dataclass(frozen=True)
class StringType:
    """Any text; several words are joined by single blanks."""

    is_path: bool = False

    def read(self, words: Sequence[Word]) -> str:
        """Return the words as one string."""
        return joined(words)

    def write(self, value: Any) -> str:
        """Return the string, quoted where needed."""
        return as_word(value)

    def description(self) -> str:
        """Return what a user may give."""
        return "a file name" if self.is_path else "text"


@dataclass(frozen=True)
class StringsType:
    """Several texts, separated by blanks; quotes keep blanks inside one text."""

    def read(self, words: Sequence[Word]) -> tuple[str, ...]:
        """Return one string per word."""
        return tuple(word.text for word in words)

    def write(self, value: Any) -> str:
        """Return the strings, quoted where needed, with blanks between them."""
        return " ".join(as_word(text) for text in value)

    def description(self) -> str:
        """Return what a user may give."""
        return "texts separated by blanks"


@dataclass(frozen=True)
class ChoiceType:
    """One of a list of words, or several of them; chosen ones carry a star."""

    alternatives: tuple[str, ...]
    is_multiple: bool = False

    def read(self, words: Sequence[Word]) -> str | tuple[str, ...] | None:
        """Return the chosen word (None if none is), or a tuple of the chosen words."""
        known = {alternative.lower(): alternative for alternative in self.alternatives}
        texts = [word.text.lower() for word in words]
        if self.is_multiple and len(texts) == 1 and texts[0] not in known and "+" in texts[0]:
            texts = ["*" + text for text in texts[0].split("+")]
        starred = [text[1:] for text in texts if text.startswith("*")]
        if any(text.removeprefix("*") not in known for text in texts):
            raise UnsuitableValueError(self.description())
        if starred:
            chosen = starred
        elif len(texts) == 1:
            chosen = texts
        elif set(texts) == set(known):
            chosen = []
        else:
            raise UnsuitableValueError(f"{self.description()}, chosen ones marked by a *")
        if self.is_multiple:
            return tuple(name for key, name in known.items() if key in chosen)
        if len(set(chosen)) > 1:
            raise UnsuitableValueError(self.description())
        return known[chosen[0]] if chosen else None

    def write(self, value: Any) -> str:
        """Return all words, the chosen ones with a star."""
        chosen = value if self.is_multiple else (value,)
        return " ".join(("*" if name in chosen else "") + name for name in self.alternatives)

    def description(self) -> str:
        """Return what a user may give."""
        kind = "one or more of" if self.is_multiple else "one of"
        return f"{kind} {', '.join(self.alternatives)}"


def type_from_text(text: str, default: Sequence[Word]) -> ValueType:
    """Return the type that a master text spells, for example ``int(value_min=1)``.

    Parameters
    ----------
    text : str
        Name of the type, with arguments in parentheses or not.
    default : sequence of Word
        Words of the default value: a choice's alternatives are listed there.

    Raises
    ------
    ValueError
        If there is no such type or argument.
    """
    match = _TYPE_EXPRESSION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a type")
    name, arguments = match.group(1), _arguments(match.group(2) or "")
    found: ValueType
    if name == "bool":
        found = BoolType()
    elif name in ("int", "float"):
        found = NumberType(name == "int", _bounds(arguments, "value"))
    elif name in ("ints", "floats"):
        size = arguments.pop("size", None)
        sizes = _bounds(arguments, "size", size)
        found = NumbersType(name == "ints", _bounds(arguments, "value"), sizes)
    elif name in ("str", "path"):
        found = StringType(name == "path")
    elif name == "strings":
        found = StringsType()
    elif name == "choice":
        multi = arguments.pop("multi", "False")
        found = ChoiceType(tuple(word.text.removeprefix("*") for word in default), multi == "True")
    else:
        raise ValueError(f"{name!r} is not a type")
    if arguments:
        raise ValueError(f"type {name} has no argument {', '.join(arguments)}")
    return found


def _arguments(text: str) -> dict[str, str]:
    arguments: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"{part!r} is not an argument of a type")
        arguments[name.strip()] = value.strip()
    return arguments


def _bounds(arguments: dict[str, str], of: str, both: str | None = None) -> Bounds:
    low, high = arguments.pop(f"{of}_min", both), arguments.pop(f"{of}_max", both)
    return Bounds(None if low is None else float(low), None if high is None else float(high))


def _read_number(text: str, is_whole: bool) -> float | None:
    match = _NUMBER_EXPRESSION.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    if match is None:
        return None
    first, operator, second = match.groups()
    if is_whole and operator is None and _WHOLE_NUMBER.fullmatch(first):
        return int(first)
    number = float(first)
    if operator == "*":
        number *= float(second)
    elif operator == "/":
        divisor = float(second)
        if divisor == 0:
            return None
        number /= divisor
    if not math.isfinite(number):
        return None
    if not is_whole:
        return number
    return int(number) if number.is_integer() and abs(number) <= _LARGEST_EXACT else None


def advice_on_number(text: str) -> str:
    """Return what to do about words that are a number but for a sign, a comma or a unit.

    It is empty for all others.
    """
    plain = text.strip().strip(_QUOTES)
    plain = f"-{plain[1:]}" if plain[:1] and plain[0] in _DASHES else plain
    if plain != text.strip() and _read_number(plain, is_whole=False) is not None:
        return f"; write {plain}, with the signs of the keyboard"
    match = _ALMOST_NUMBER.fullmatch(text.strip()) if len(text) <= _LONGEST_NUMBER else None
    if match is None:
        return ""
    number = match["number"].replace(",", ".")
    if not match["unit"]:
        whole, comma, digits = match["number"].partition(",")
        in_thousands = f", or {whole}{digits} if the comma parts thousands"
        remedy = f"; write {number}, with a point{in_thousands if len(digits) == 3 else ''}"
        return remedy if comma else ""
    if match["unit"].lower() in _ANGSTROM:
        return f"; leave out the unit: {number}"
    if match["unit"].lower() == "nm":
        return f"; write it in Å, without the unit: {10 * float(number):g}"
    return f"; leave out {match['unit']} and give the number in the unit of the parameter"


def _number_text(value: Any) -> str:
    return repr(value).removesuffix(".0")
