"""Which tests run a line, as coverage has written down."""

from __future__ import annotations

from pathlib import Path

import coverage

from .mutants import Mutant

#: Tests of other rooms that are run for an error.
_MOST_OF_OTHERS = 12


class Covered:
    """The contexts of a coverage file: names of tests, as pytest-cov writes them."""

    def __init__(self, path: Path) -> None:
        self._data = coverage.CoverageData(basename=str(path))
        self._data.read()
        if not any(self._data.measured_contexts()):
            raise SystemExit(
                f"{path} has no contexts; make it with pytest --cov-context=test, see the README"
            )

    def steps(self, mutant: Mutant, room: list[str]) -> list[list[str]] | None:
        """Return what to run for an error, given its own tests: files and folders.

        First one test of each function, those of the room before a few others, then the room's
        files: tests that share a result run a line in the first of them only. None: a line of a
        module, or no test runs it.
        """
        tests = self._tests_at(mutant)
        if not tests:
            return None
        one_of_each = {test.partition("[")[0]: test for test in sorted(tests, reverse=True)}
        own, others = [], []
        for test in sorted(one_of_each.values()):
            (own if test.startswith(tuple(room)) else others).append(test)
        files = sorted({test.partition("::")[0] for test in own})
        step = len(others) // _MOST_OF_OTHERS + 1
        return [found for found in (own, others[::step], files) if found]

    def _tests_at(self, mutant: Mutant) -> list[str]:
        for file in self._data.measured_files():
            if not file.endswith(f"/{mutant.path}"):
                continue
            by_line = self._data.contexts_by_lineno(file)
            # A statement over several lines is known by one of them.
            before = [line for line in by_line if line <= mutant.line]
            if not before:
                return []
            contexts = by_line[max(before)]
            names = {context.partition("|")[0] for context in contexts if context}
            return [name.removeprefix("tests/python/") for name in names]
        return []
