"""What an error is that can be planted, and where the code has room for one."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from . import cpp, numerical_python

#: The numerical code: what is looked at below the checkout, and by which suffix.
PLACES = {
    "python": (
        [
            f"python/map_sharpening/{room}"
            for room in ("methods", "molecule", "maps", "simulation")
        ],
        ".py",
        numerical_python.changes,
    ),
    "cpp": (["cpp/src"], ".cpp", cpp.changes),
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    language: str
    path: str  #: below the checkout
    start: int  #: characters from the beginning of the file
    old: str
    new: str
    line: int
    source: str  #: the line as it is, without indentation
    column: int  #: in `source`

    @property
    def key(self) -> tuple[str, str, int, str, str]:
        """Return what stays if lines before it come or go."""
        return self.path, self.source, self.column, self.old, self.new

    def planted_in(self, text: str) -> str:
        """Return a file's text with the change."""
        assert text.startswith(self.old, self.start), f"{self.path} is another file by now"
        return text[: self.start] + self.new + text[self.start + len(self.old) :]


def all_mutants(checkout: Path, language: str) -> list[Mutant]:
    """Return every change that can be made, in the order of the files."""
    folders, suffix, changes = PLACES[language]
    found = []
    for folder in folders:
        for path in sorted((checkout / folder).rglob(f"*{suffix}")):
            text = path.read_text(encoding="utf-8")
            for start, old, new in changes(text):
                begin = text.rfind("\n", 0, start) + 1
                source = text[begin : text.find("\n", start)]
                indent = len(source) - len(source.lstrip())
                found.append(
                    Mutant(
                        language,
                        path.relative_to(checkout).as_posix(),
                        start,
                        old,
                        new,
                        text.count("\n", 0, start) + 1,
                        source.strip(),
                        start - begin - indent,
                    )
                )
    return found


def sample(mutants: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """Return some of them in random order; a larger count begins with the same ones."""
    chosen = sorted(mutants, key=lambda mutant: mutant.key)
    random.Random(seed).shuffle(chosen)
    return chosen[:count]
