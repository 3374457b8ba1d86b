"""A process that does what might crash, hang or take all memory, and one to wait for it."""

from __future__ import annotations

import os
import pickle
import resource
import selectors
import struct
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

MEMORY = 6 << 30  #: bytes of address space; a sanitizer's shadow needs more, and no limit is set
SECONDS = 10.0  #: of processor time that one input may take
SECONDS_SANITIZED = 100.0
PRELOAD = "MAP_SHARPENING_FUZZ_PRELOAD"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What one input came to: a result, an error, or the end of the process."""

    kind: str  #: "result", name of the exception's class, "crash" or "hang"
    bases: tuple[str, ...] = ()
    text: str = ""


class Worker:
    """Sends inputs to a process of its own, which is started again where one has killed it.

    Parameters
    ----------
    module : str
        Module of this package whose `run(job)` the process calls.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the worker)

    def outcome(self, job: object) -> Outcome:
        """Return what comes of a job."""
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            _send(process.stdin, pickle.dumps(job))
            answer = self._wait(process)
        except BrokenPipeError:
            answer = b""
        if answer is None:
            self._end()
            return Outcome("hang", text=f"no answer after {_seconds()} s of processor time")
        if not answer:
            status = process.wait()
            self._log.seek(0)
            said = self._log.read().decode(errors="replace")
            self._end()
            return Outcome("crash", text=f"exit status {status}\n{said[:6000]}")
        outcome: Outcome = pickle.loads(answer)
        return outcome

    def close(self) -> None:
        """End the process."""
        self._end()
        self._log.close()

    def _start(self) -> subprocess.Popen[bytes]:
        self._log.seek(0)
        self._log.truncate()
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
            "OMP_NUM_THREADS": "2",
            "OMP_WAIT_POLICY": "passive",
            "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1"
            f":max_allocation_size_mb={MEMORY >> 20}",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        }
        if _is_sanitized():
            environment["LD_PRELOAD"] = os.environ[PRELOAD]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.worker", self._module],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        assert self._process.stdout is not None
        if not _receive(self._process.stdout):
            self._log.seek(0)
            raise RuntimeError(f"the worker can't start: {self._log.read().decode()}")
        return self._process

    def _wait(self, process: subprocess.Popen[bytes]) -> bytes | None:
        """Return the answer: nothing where the process ended, None where it takes too long."""
        assert process.stdout is not None
        begun = _processor_time(process.pid)
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            waited = 0.0
            while not selector.select(1.0):
                waited += 1.0
                # another program's load makes no hang, and a wait for nothing uses no time
                used = _processor_time(process.pid) - begun
                if used > _seconds() or waited > 60 * _seconds():
                    return None
        return _receive(process.stdout)

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = None


def _is_sanitized() -> bool:
    return bool(os.environ.get(PRELOAD))


def _seconds() -> float:
    return SECONDS_SANITIZED if _is_sanitized() else SECONDS


def _processor_time(pid: int) -> float:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _send(stream: BinaryIO, data: bytes) -> None:
    stream.write(struct.pack("<Q", len(data)) + data)
    stream.flush()


def _receive(stream: BinaryIO) -> bytes:
    size = stream.read(8)
    return stream.read(struct.unpack("<Q", size)[0]) if len(size) == 8 else b""


def _outcome(run: Callable[[Any], object], job: object) -> Outcome:
    try:
        run(job)
    except Exception as error:  # whatever it is, whoever asked judges it
        bases = tuple(kind.__name__ for kind in type(error).__mro__)
        return Outcome(type(error).__name__, bases, traceback.format_exc()[-4000:])
    return Outcome("result")


def main() -> None:
    """Answer jobs from standard input until it ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if not _is_sanitized():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    run = __import__(f"tests.fuzz.{sys.argv[1]}", fromlist=["run"]).run
    _send(answers, b"ready")
    while job := _receive(sys.stdin.buffer):
        _send(answers, pickle.dumps(_outcome(run, pickle.loads(job))))


if __name__ == "__main__":
    # as the module that whoever asked knows, for the class that is pickled
    __import__("tests.fuzz.worker", fromlist=["main"]).main()
