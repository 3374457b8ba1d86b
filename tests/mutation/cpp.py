"""Errors that can be planted in C++: operators, comparisons, numbers, names of functions.

The layout of clang-format tells operators from templates and references: they have a space on
both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Change = tuple[int, str, str]  #: start in the text, old, new

_OPERATORS = {
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "==": ("!=",),
    "!=": ("==",),
    "&&": ("||",),
    "||": ("&&",),
    "+=": ("-=",),
    "-=": ("+=",),
    "*=": ("/=",),
}
_NAMES = {
    "std::min": "std::max",
    "std::max": "std::min",
    "std::sin": "std::cos",
    "std::cos": "std::sin",
    "std::floor": "std::ceil",
    "std::ceil": "std::floor",
    "std::fabs": "",
    "std::sqrt": "",
}
_NOT_CODE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])'|^[ \t]*\#[^\n]*""",
    re.DOTALL | re.MULTILINE,
)
_MESSAGE = re.compile(r"\b(?:throw|static_assert)\b[^;]*;")
_OPERATOR = re.compile(r"(?<= )(?:" + "|".join(map(re.escape, sorted(_OPERATORS))) + r")(?=[ \n])")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?f?(?![\w.])")
_NAME = re.compile("|".join(rf"{name}(?=\()" for name in _NAMES))


def changes(text: str) -> Iterator[Change]:
    """Yield every change of a file; comments, texts and messages are left as they are."""
    code = text
    for pattern in (_NOT_CODE, _MESSAGE):
        code = pattern.sub(lambda found: re.sub(r"[^\n]", "\0", found[0]), code)
    for found in _OPERATOR.finditer(code):
        for new in _OPERATORS[found[0]]:
            yield found.start(), found[0], new
    for found in _NUMBER.finditer(code):
        yield found.start(), found[0], _other_number(found[0])
    for found in _NAME.finditer(code):
        yield found.start(), found[0], _NAMES[found[0]]


def _other_number(text: str) -> str:
    if text.isdigit():
        return str(int(text) + 1)
    suffix = "f" if text.endswith("f") else ""
    value = float(text.removesuffix("f"))
    return repr(1.0 if value == 0 else 1.3 * value) + suffix
