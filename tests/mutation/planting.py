"""A copy of the checkout in which errors are planted, one after another, and tests run."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .mutants import Mutant
from .results import LIVES, NO_CODE
from .rooms import cpp_programs, python_steps

if TYPE_CHECKING:
    from .covered import Covered

#: Seconds after which a step of tests is taken to hang; the longest takes a tenth of it.
_LONGEST = 1800
_COPIED = ("cpp", "python", "tests", "bench", "docs")


class Planting:
    """The copy, its build and its tests."""

    def __init__(self, checkout: Path, work: Path, covered: Covered | None = None) -> None:
        self._copy = work.resolve() / "copy"
        self._build = work.resolve() / "build"
        self._covered = covered
        self._compiled = work.resolve() / "compiled"
        if self._copy.is_relative_to(checkout):
            raise SystemExit(f"--work is {work}, inside of the checkout; give a folder elsewhere")
        shutil.rmtree(self._copy, ignore_errors=True)
        self._copy.mkdir(parents=True)
        for name in _COPIED:
            # times are kept, so that a build goes on where it was
            shutil.copytree(
                checkout / name,
                self._copy / name,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        for path in checkout.iterdir():
            if path.is_file() and path.name != ".git":
                shutil.copy2(path, self._copy)
        # The build may still hold an error of an earlier run, newer than the file copied here.
        self._planted = work.resolve() / "planted.txt"
        if self._planted.exists():
            for name in set(self._planted.read_text(encoding="utf-8").splitlines()):
                path = self._copy / name
                if path.exists():
                    path.touch()
        self._without_errors: bytes | None = None  #: the extension, once it was built

    def fate_of(self, mutant: Mutant) -> str:
        """Plant an error, and return which test found it, or that it lives."""
        if mutant.language == "cpp" and self._without_errors is None:
            made = self._built_extension()
            if made is None:
                raise SystemExit(f"{self._copy} does not build; mend that first")
            self._without_errors = made.read_bytes()
        find = self._found_by_python if mutant.language == "python" else self._found_by_cpp
        path = self._copy / mutant.path
        text = path.read_text(encoding="utf-8")
        with self._planted.open("a", encoding="utf-8") as planted:
            print(mutant.path, file=planted)
        path.write_text(mutant.planted_in(text), encoding="utf-8")
        self._forget_compiled(path)
        try:
            fate = find(mutant)
        finally:
            path.write_text(text, encoding="utf-8")
            self._forget_compiled(path)
            if self._without_errors is not None:
                self._extension.write_bytes(self._without_errors)
        # A test that fails without the error too has found nothing.
        if ".py::" in fate and self._failed_test([fate.partition("[")[0]]) is not None:
            raise SystemExit(f"{fate} fails without any error; mend that first")
        return fate

    def _forget_compiled(self, path: Path) -> None:
        # Python knows compiled code by size and time in seconds: an error may share both
        for compiled in self._compiled.rglob(f"{path.stem}.*.pyc"):
            compiled.unlink()

    @property
    def _extension(self) -> Path:
        return next((self._copy / "python" / "map_sharpening").glob("_core*.so"))

    def _found_by_python(self, mutant: Mutant) -> str:
        steps = python_steps(mutant.path, self._copy)
        if self._covered is not None:
            steps = self._covered.steps(mutant, steps[0]) or steps
        for step in steps:
            failed = self._failed_test(step)
            if failed is not None:
                return failed
        return LIVES

    def _found_by_cpp(self, mutant: Mutant) -> str:
        # what C++ finds needs no extension, which takes longer to build
        programs = cpp_programs(mutant.path, self._copy)
        if not self._built(programs):
            return NO_CODE
        for program in programs:
            output = self._run([str(next(self._build.rglob(program)))])
            if output is None:
                return f"{program} hangs"
            if output[0] != 0:
                failed = re.search(r"^FAIL +(\S+)", output[1], re.MULTILINE)
                return f"{program}: {failed[1] if failed else 'ended'}"
        if self._built_extension() is None:
            return NO_CODE
        return self._found_by_python(mutant)

    def _built_extension(self) -> Path | None:
        """Build the extension and put it where tests import it."""
        if not self._built(["_core"]):
            return None
        made = next(self._build.rglob("_core*.so"))
        shutil.copy2(made, self._copy / "python" / "map_sharpening")
        return made

    def _built(self, targets: list[str]) -> bool:
        """Build what an error changes."""
        if not (self._build / "build.ninja").exists():
            options = ["-G", "Ninja", "-DMAP_SHARPENING_PYTHON=ON", "-DMAP_SHARPENING_TESTS=ON"]
            options.append("-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF")  # links sooner
            python = [f"-DPython_EXECUTABLE={sys.executable}"]
            folder = subprocess.run(
                [sys.executable, "-m", "pybind11", "--cmakedir"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout.strip()
            python.append(f"-Dpybind11_DIR={folder}")
            subprocess.run(
                ["cmake", "-S", self._copy, "-B", self._build, *options, *python],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        build = ["cmake", "--build", str(self._build), "--target", *targets]
        return subprocess.run(build, check=False, capture_output=True).returncode == 0

    def _failed_test(self, tests: list[str]) -> str | None:
        """Run tests until one fails, and return its name."""
        words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        words += ["-m", "not slow and not slurm and not peer"]
        done = self._run([*words, *(f"tests/python/{test}" for test in tests)])
        if done is None:
            return "hangs"
        status, output = done
        if status == 0:
            return None
        failed = re.search(r"^(?:FAILED|ERROR) (?:tests/python/)?(\S+)", output, re.MULTILINE)
        return failed[1] if failed else f"pytest ends with {status}"

    def _run(self, words: list[str]) -> tuple[int, str] | None:
        """Run a program and return its status and what it wrote; None: it takes too long."""
        environment = {**os.environ, "PYTHONPATH": str(self._copy / "python")}
        environment["PYTHONPYCACHEPREFIX"] = str(self._compiled)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        process = subprocess.Popen(
            words,
            cwd=self._copy,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=_LONGEST)
        except subprocess.TimeoutExpired:
            # it and whatever it started
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return None
        return process.returncode, output
