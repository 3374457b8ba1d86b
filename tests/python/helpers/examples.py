"""How many examples or cases are tried: all of them, or in the fast suite a few."""

from __future__ import annotations

from collections.abc import Iterable

import hypothesis
import pytest

#: One example of so many is tried in the fast suite, `pytest -m "not slow"`.
_OF_HOW_MANY = 15


class _Suite:
    is_fast = False


def use_few_examples() -> None:
    """Make `examples` give the settings of the fast suite; before test modules are imported."""
    _Suite.is_fast = True


def examples(count: int) -> hypothesis.settings:
    """Return settings with a number of examples, the fast suite's share of it if that runs."""
    if _Suite.is_fast:
        count = max(5, count // _OF_HOW_MANY)
    return hypothesis.settings(max_examples=count, deadline=None)


def is_fast_suite() -> bool:
    """Return whether only the fast suite is run."""
    return _Suite.is_fast


def of_fast_suite(cases: Iterable[object], *fast: object) -> list[object]:
    """Return parameters of a test; those not named are left to the whole suite."""
    return [case if case in fast else pytest.param(case, marks=pytest.mark.slow) for case in cases]
