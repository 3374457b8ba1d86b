"""The list of what was planted and what became of it; reasons are written into it by hand."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from .mutants import Mutant

LIVES = "lives"
NO_CODE = "does not compile"
COLUMNS = ("path", "column", "old", "new", "source", "fate", "equivalent because")


class Results:
    """A table in a file, one line per error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[tuple[str, ...], dict[str, str]] = {}
        if path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    self._rows[_key_of(row)] = row

    def knows(self, mutant: Mutant) -> bool:
        """Return whether it was planted before."""
        return _key_of(_row_of(mutant)) in self._rows

    def lives(self, mutant: Mutant) -> bool:
        """Return whether no test found it."""
        return self._rows[_key_of(_row_of(mutant))]["fate"] == LIVES

    def add(self, mutant: Mutant, fate: str) -> None:
        """Write what became of an error; a reason that was given stays."""
        row = _row_of(mutant)
        before = self._rows.get(_key_of(row), {})
        reason = before.get(COLUMNS[-1], "")
        self._rows[_key_of(row)] = {**row, "fate": fate, COLUMNS[-1]: reason}
        self._write()

    def untrue(self, checkout: Path) -> list[str]:
        """Return the errors whose line, or the test that found them, is no longer there."""
        return [
            f"{_told(row)}: {why}"
            for row in self._rows.values()
            if (why := _untrue(row, checkout))
        ]

    def _write(self) -> None:
        with self._path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(sorted(self._rows.values(), key=lambda row: row["path"]))

    def summary(self) -> str:
        """Return how many live, and which."""
        planted = [row for row in self._rows.values() if row["fate"] != NO_CODE]
        living = [row for row in planted if row["fate"] == LIVES]
        unexplained = [row for row in living if not row[COLUMNS[-1]]]
        lines = [_told(row) for row in unexplained]
        share = len(unexplained) / max(len(planted), 1)
        lines.append(
            f"{len(planted)} planted, {len(planted) - len(living)} found, {len(living)} live, "
            f"{len(living) - len(unexplained)} of those equivalent; {share:.1%} not found"
        )
        return "\n".join(lines)


def _untrue(row: dict[str, str], checkout: Path) -> str:
    """Return what a row says that the checkout doesn't; nothing if all is so."""
    path = checkout / row["path"]
    if not path.exists() or row["source"] not in map(str.strip, _text(path).splitlines()):
        return "no such line"
    if not row["source"].startswith(row["old"], int(row["column"])):
        return f"column {row['column']} is another"
    where, of_python, name = row["fate"].partition(".py::")
    if of_python:
        test = checkout / "tests" / "python" / f"{where}.py"
        if not test.exists() or f"def {name.partition('[')[0]}(" not in _text(test):
            return f"no such test as {row['fate']}"
    return ""


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _told(row: dict[str, str]) -> str:
    return f"{row['path']}: {row['old']} -> {row['new'] or 'nothing'}  in  {row['source']}"


def _row_of(mutant: Mutant) -> dict[str, str]:
    names = COLUMNS[:-2]
    return {name: str(getattr(mutant, name)) for name in names}


def _key_of(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in ("path", "source", "column", "old", "new"))
