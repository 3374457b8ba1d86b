"""One Chromium for each module here, which are skipped where there is none."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from in_chromium import ARGUMENTS, CHROMIUM, served

_HERE = f"{Path(__file__).parent}{os.sep}"


def pytest_collection_modifyitems(items):
    """All of this folder is slow, and shares one browser."""
    for item in items:
        if str(item.path).startswith(_HERE):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group("browser"))


# Playwright keeps an event loop running as long as it is there, in which tests of other modules
# could not run their own: it ends with each module.
@pytest.fixture(scope="module")
def chromium():
    pytest.importorskip("nicegui", reason="needs the extra [gui]")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the extra [gui-test]")
    if CHROMIUM is None:
        pytest.skip("needs Chromium, which is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def finished(half_files, tmp_path_factory):
    """A server of a folder where a run has been done."""
    from map_sharpening.gui import inputs
    from map_sharpening.gui.files.apart import Apart
    from map_sharpening.gui.state import Draft, State

    root = tmp_path_factory.mktemp("done")
    names = [Path(shutil.copy(file, root / Path(file).name)).name for file in half_files]
    state, draft = State(root), Draft()
    inputs.recognise(state, draft, names)
    inputs.propose_resolution(state, draft, Apart())
    run = state.add_run(draft)
    while not (run := state.run(run.name)).is_over:
        time.sleep(0.05)
    assert run.stage == "done", run.log()
    with served(root) as server:
        yield server
