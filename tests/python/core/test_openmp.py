"""How the core's threads wait: asleep, unless the user says otherwise; the environment is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HELPERS = Path(__file__).parents[1] / "helpers"

_ASK = (
    "import os, map_sharpening._core\n"
    "import map_sharpening\n"
    "print(os.environ.get('OMP_WAIT_POLICY'))"
)


def python(text: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=True
    )


@pytest.mark.slow
@pytest.mark.parametrize(("given", "left"), [(None, "None"), ("active", "active")])
def test_environment_is_as_before(given: str | None, left: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    if given is not None:
        environment["OMP_WAIT_POLICY"] = given
    said = python(_ASK, environment)
    assert said.stdout.strip() == left


@pytest.mark.parametrize(("given", "policy"), [(None, "PASSIVE"), ("active", "ACTIVE")])
def test_library_is_loaded_with_threads_that_sleep(given: str | None, policy: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    environment["OMP_DISPLAY_ENV"] = "true"  # OpenMP tells its settings when it is loaded
    if given is not None:
        environment["OMP_WAIT_POLICY"] = given
    said = python("import map_sharpening", environment)
    if "OMP_WAIT_POLICY" not in said.stderr:
        pytest.skip("the core was built without OpenMP, or with one that tells no settings")
    assert f"OMP_WAIT_POLICY = '{policy}'" in said.stderr


@pytest.mark.parametrize(("given", "threads"), [(None, 1), ("2", 2)])
def test_workers_of_the_tests_share_the_processors_unless_threads_are_given(
    given: str | None, threads: int
) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    environment["PYTEST_XDIST_WORKER_COUNT"] = str(4 * (os.cpu_count() or 1))
    environment["PYTHONPATH"] = str(HELPERS)
    if given is not None:
        environment["OMP_NUM_THREADS"] = given
    text = "import os, surroundings; print(os.environ['OMP_NUM_THREADS'])"
    said = python(text, environment)
    assert int(said.stdout) == threads
