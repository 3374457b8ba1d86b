"""Whatever it is called with, the core gives a result or says what is wrong."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

import pytest
from hypothesis import given

from tests.fuzz import inputs
from tests.fuzz.core_calls import ALL, FUNCTIONS, METHODS, calls
from tests.fuzz.core_values import Call
from tests.fuzz.found import CALLS
from tests.fuzz.worker import ROOT, Worker

EXPECTED = {"result", "ValueError", "UnusableDataError", "TypeError"}
CALLERS_OWN = "CallbackError"
LARGE = 1 << 26  #: points


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker("core_process")
    yield worker
    worker.close()


def check(worker: Worker, call: Call) -> None:
    outcome = worker.outcome(call)
    is_expected = outcome.kind in EXPECTED or CALLERS_OWN in outcome.bases
    # no memory for a map of a size that somebody might have is no fault
    shape = call.arguments.get("shape", ())
    is_too_large = "MemoryError" in outcome.bases and math.prod(shape) > LARGE
    assert is_expected or is_too_large, f"{call}\n{outcome.kind}\n{outcome.text}"


@pytest.mark.parametrize("name", ALL)
def test_a_result_or_a_reason(worker: Worker, name: str) -> None:
    @inputs(0.6 / len(ALL))
    @given(call=calls(name))
    def every(call: Call) -> None:
        check(worker, call)

    every()


@pytest.mark.parametrize("call", CALLS)
def test_inputs_that_were_found(worker: Worker, call: Call) -> None:
    check(worker, call)


def test_every_function_is_called() -> None:
    stub = ast.parse((ROOT / "python/map_sharpening/_core.pyi").read_text(encoding="utf-8"))
    functions = {part.name for part in stub.body if isinstance(part, ast.FunctionDef)}
    assert functions == set(FUNCTIONS)
    methods = {
        (part.name, method.name)
        for part in stub.body
        if isinstance(part, ast.ClassDef)
        for method in part.body
        if isinstance(method, ast.FunctionDef)
        and not method.name.startswith("_")
        and not method.decorator_list
    }
    assert methods - {("LocalFilter", "centres")} == set(METHODS)
