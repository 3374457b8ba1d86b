"""Whatever a file holds, its reader gives a result or an error of the program."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given

from tests.fuzz import inputs
from tests.fuzz.file_inputs import BASES, Input, Words, command_lines, inputs_for
from tests.fuzz.found import FILES
from tests.fuzz.worker import Worker


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker("file_process")
    yield worker
    worker.close()


def check(worker: Worker, job: Input | Words) -> None:
    outcome = worker.outcome(job)
    assert outcome.kind == "result", f"{job}\n{outcome.kind}\n{outcome.text}"


@pytest.mark.parametrize("reader", BASES)
def test_files_as_they_should_be_are_read(worker: Worker, reader: str) -> None:
    for base in BASES[reader]:
        check(worker, Input(reader, base))


@pytest.mark.parametrize("reader", BASES)
def test_a_file_is_read_or_refused(worker: Worker, reader: str) -> None:
    @inputs(0.3 / len(BASES))
    @given(job=inputs_for(reader))
    def every(job: Input) -> None:
        check(worker, job)

    every()


def test_a_command_line_is_understood_or_refused(worker: Worker) -> None:
    @inputs(0.1)
    @given(job=command_lines)
    def every(job: Words) -> None:
        check(worker, job)

    every()


@pytest.mark.parametrize("job", FILES)
def test_inputs_that_were_found(worker: Worker, job: Input | Words) -> None:
    check(worker, job)
