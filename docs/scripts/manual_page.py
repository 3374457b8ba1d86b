"""Print the manual page, map_sharpening(1), made from what ``--help`` and the parameters say.

Run in an environment with the package: python docs/scripts/manual_page.py
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from map_sharpening._core import __version__
from map_sharpening.cli.arguments import COMMANDS, DESCRIPTION, EPILOGUE, OPTIONS
from map_sharpening.cli.completion import keywords

_ENVIRONMENT = {
    "OMP_NUM_THREADS": "threads of a run that isn't given nproc",
    "MAP_SHARPENING_SIMD": "baseline: leave out AVX2; results are the same",
}
_SEE_ALSO = (
    "map_sharpening --show-defaults=3 prints all parameters with their defaults and help; "
    "report.html, in the folder of each run, explains what was found."
)


def manual_page() -> str:
    """Return the page in the language of man(7)."""
    summary, _, examples = DESCRIPTION.partition("\n\n")
    words, rest = EPILOGUE.split("Exit status: ")
    return "\n".join(
        [
            f'.TH MAP_SHARPENING 1 "" "map_sharpening {__version__}" "User Commands"',
            ".ad l",
            ".SH NAME",
            _plain(f"map_sharpening - {summary[0].lower()}{summary[1:].rstrip('.')}"),
            ".SH SYNOPSIS",
            r".B map_sharpening",
            r"[\fIoption\fR ...] \fIfile\fR|\fIname\fR=\fIvalue\fR ...",
            ".br",
            ".B map_sharpening",
            "|".join(_bold(name) for name in COMMANDS) + " [...]",
            ".SH DESCRIPTION",
            _plain(" ".join(words.split())),
            ".SH EXAMPLES",
            ".nf",
            *map(_plain, examples.rstrip().splitlines()),
            ".fi",
            ".SH COMMANDS",
            *_listed(COMMANDS.items()),
            ".SH OPTIONS",
            *_listed((_signature(names, told), told["help"]) for names, told in OPTIONS.items()),
            ".SH PARAMETERS",
            "Each by the shortest name that is clear.",
            *_listed(
                (f"{each.name}={'|'.join(each.values)}", each.caption) for each in keywords()
            ),
            ".SH EXIT STATUS",
            _plain(" ".join(rest.split())),
            ".SH ENVIRONMENT",
            *_listed(_ENVIRONMENT.items()),
            ".SH SEE ALSO",
            _plain(_SEE_ALSO),
            "",
        ]
    )


def _listed(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a paragraph for each name, which is bold, with what it is."""
    for name, text in entries:
        yield from (".TP", _bold(name), _plain(" ".join(text.split())))


def _signature(names: Sequence[str], settings: dict[str, Any]) -> str:
    value = settings.get("metavar") or "|".join(settings.get("choices", ()))
    if not value:
        return names[0]
    return f"{names[0]}[={value}]" if settings.get("nargs") == "?" else f"{names[0]} {value}"


def _bold(text: str) -> str:
    return rf"\fB{_plain(text)}\fR"


def _plain(text: str) -> str:
    """Return text without what troff would take for its own.

    Hyphens are those that are typed, and a line may end after a bar.
    """
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("|", r"|\:")
    text = re.sub(r"[^\x00-\x7f]", lambda found: rf"\[u{ord(found[0]):04X}]", text)
    return rf"\&{text}" if text[:1] in (".", "'") else text


if __name__ == "__main__":
    print(manual_page(), end="")
