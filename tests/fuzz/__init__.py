"""Hostile files, command lines and arguments; here: how many of them a test tries."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase

INPUTS = "MAP_SHARPENING_FUZZ_INPUTS"  #: of all tests together
SEED = "MAP_SHARPENING_FUZZ_SEED"  #: another number, other inputs; without it always the same
_FEW = 200

Test = TypeVar("Test", bound=Callable[..., Any])


def inputs(share: float) -> Callable[[Test], Test]:
    """Let a test try its share of the number of inputs asked for."""
    seed = os.environ.get(SEED)
    count = max(int(share * int(os.environ.get(INPUTS, _FEW))), 1)
    settings = hypothesis.settings(
        max_examples=count,
        deadline=None,
        derandomize=seed is None,
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )

    def decorated(test: Test) -> Test:
        if seed is not None:
            test = hypothesis.seed(int(seed))(test)
        return settings(test)

    return decorated
