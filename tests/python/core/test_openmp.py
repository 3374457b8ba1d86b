"""How the core's threads wait: asleep, unless the user says otherwise; the environment is kept."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_ASK = (
    "import os, map_sharpening._core\n"
    "import map_sharpening\n"
    "print(os.environ.get('OMP_WAIT_POLICY'))"
)


@pytest.mark.slow
@pytest.mark.parametrize(("given", "left"), [(None, "None"), ("active", "active")])
def test_environment_is_as_before(given: str | None, left: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    if given is not None:
        environment["OMP_WAIT_POLICY"] = given
    said = subprocess.run(
        [sys.executable, "-c", _ASK], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == left


@pytest.mark.parametrize(("given", "policy"), [(None, "PASSIVE"), ("active", "ACTIVE")])
def test_library_is_loaded_with_threads_that_sleep(given: str | None, policy: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    environment["OMP_DISPLAY_ENV"] = "true"  # OpenMP tells its settings when it is loaded
    if given is not None:
        environment["OMP_WAIT_POLICY"] = given
    said = subprocess.run(
        [sys.executable, "-c", "import map_sharpening"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    if "OMP_WAIT_POLICY" not in said.stderr:
        pytest.skip("the core was built without OpenMP, or with one that tells no settings")
    assert f"OMP_WAIT_POLICY = '{policy}'" in said.stderr
