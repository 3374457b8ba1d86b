"""The buttons of the results screen that open Coot, ChimeraX and PyMOL."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

import httpx
from fastapi import FastAPI
from nicegui import ui
from visits import Steps, visit_built

from map_sharpening.gui.results.found import Found, read_found
from map_sharpening.gui.results.routes import add_results
from map_sharpening.gui.results.views import Views
from map_sharpening.gui.screens.viewer_buttons import viewer_buttons
from map_sharpening.gui.state import State
from map_sharpening.io.web import viewer_programs
from map_sharpening.report.results_json import SCHEMA

# NiceGUI's own, when a simulated page is closed.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

SCRIPTS = ("open_in_chimerax.cxc", "open_in_coot.py", "open_in_pymol.pml")
RUN = "run '1'"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    """A folder with a run, on a machine without viewers."""
    run = tmp_path / "root" / RUN
    run.mkdir(parents=True)
    for name in ("half1.mrc", "half2.mrc"):
        (run.parent / name).write_text(name)
    outputs = ("sharpened_map.ccp4", "modified_map.ccp4", "fsc.csv", *SCRIPTS)
    for name in outputs:
        (run / name).write_text(name)
    values = {
        "schema": SCHEMA,
        "kind": "half maps",
        "inputs": [str(run.parent / name) for name in ("half1.mrc", "half2.mrc")],
        "outputs": [str(run / name) for name in outputs],
        "parameters": {},
        "facts": [],
        "notes": [],
        "warnings": [],
        "result": {"contour_level": 1.5},
    }
    (run / "results.json").write_text(json.dumps(values))
    monkeypatch.setenv("PATH", str(tmp_path / "no_programs"))
    return State(run.parent)


def found_in(state: State) -> Found:
    return read_found(state.folder, state.folder.resolve(RUN))


def visit(state: State, steps: Steps) -> None:
    visit_built(lambda: viewer_buttons(state, RUN, found_in(state)), steps)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        pytest.param(
            "Coot",
            "coot --script 'run '\"'\"'1'\"'\"'/open_in_coot.py'",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "ChimeraX",
            "chimerax 'run '\"'\"'1'\"'\"'/open_in_chimerax.cxc'",
            marks=pytest.mark.slow,
        ),
        ("PyMOL", "pymol 'run '\"'\"'1'\"'\"'/open_in_pymol.pml'"),
    ],
)
def test_without_the_program_it_tells_how_to_do_it_elsewhere(state, name, command):
    async def steps(user: Any) -> None:
        user.find(kind=ui.button, content=name).click()
        await user.should_see(f"{name} can't be started here", retries=20)
        await user.should_see(f"unzip -o run_1_viewers.zip && {command}")
        await user.should_see("Script and maps, as a zip")

    visit(state, steps)


def test_where_it_can_be_started_it_is(state, monkeypatch):
    started = []
    module = "map_sharpening.gui.screens.viewer_buttons"
    monkeypatch.setattr(f"{module}.why_not_startable", lambda _: None)
    monkeypatch.setattr(f"{module}.start_viewer", lambda *given: started.append(given))

    async def steps(user: Any) -> None:
        user.find(kind=ui.button, content="PyMOL").click()
        await user.should_see("PyMOL has open_in_pymol.pml.", retries=50)

    visit(state, steps)
    ((program, script),) = started
    assert program.name == "PyMOL"
    assert script == state.folder.root / RUN / "open_in_pymol.pml"


def test_while_one_is_opened_no_button_can_be_pressed(state, monkeypatch):
    started, may_go_on = [], threading.Event()

    def start(program: Any, script: Path) -> None:
        started.append(program.name)
        may_go_on.wait(10)

    module = "map_sharpening.gui.screens.viewer_buttons"
    monkeypatch.setattr(f"{module}.why_not_startable", lambda _: None)
    monkeypatch.setattr(f"{module}.start_viewer", start)

    async def steps(user: Any) -> None:
        buttons = [
            next(iter(user.find(kind=ui.button, content=name).elements))
            for name in ("Coot", "ChimeraX", "PyMOL")
        ]
        user.find(kind=ui.button, content="PyMOL").click()
        await user.should_see("Opening open_in_pymol.pml", retries=50)
        assert not any(button.enabled for button in buttons)
        user.find(kind=ui.button, content="PyMOL").click()
        may_go_on.set()
        await user.should_see("PyMOL has open_in_pymol.pml.", retries=50)
        assert all(button.enabled for button in buttons)

    visit(state, steps)
    assert started == ["PyMOL"]


def test_what_is_not_in_the_zip_is_told(state):
    (state.folder.root / "half2.mrc").unlink()

    async def steps(user: Any) -> None:
        user.find(kind=ui.button, content="Coot").click()
        await user.should_see("Not in the zip:", retries=20)
        await user.should_see("half2.mrc can't be opened")
        await user.should_see("looks for it at ../half2.mrc")

    visit(state, steps)


def test_what_goes_wrong_stands_on_the_page(state, monkeypatch, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "coot").write_text("#!/bin/sh\necho no display at :77\nexit 3\n")
    (programs / "coot").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("DISPLAY", ":77")

    async def steps(user: Any) -> None:
        user.find(kind=ui.button, content="Coot").click()
        await user.should_see("ended at once with 3: no display at :77", retries=100)
        await user.should_see("unzip -o run_1_viewers.zip && coot")

    visit(state, steps)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("example.org:80", "expected 127.0.0.1, the machine of this server"),
        pytest.param("1", "ChimeraX at 127.0.0.1:1 does not answer", marks=pytest.mark.slow),
    ],
)
def test_a_port_that_is_no_chimerax_is_told(state, typed, told):
    async def steps(user: Any) -> None:
        user.find("Port of a running ChimeraX").type(typed)
        user.find(kind=ui.button, content="ChimeraX").click()
        await user.should_see(told, retries=50)

    visit(state, steps)


def test_a_running_chimerax_is_asked(state, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "map_sharpening.gui.screens.viewer_buttons.open_in_chimerax",
        lambda *given: asked.append(given),
    )

    async def steps(user: Any) -> None:
        user.find("Port of a running ChimeraX").type("60958")
        user.find(kind=ui.button, content="ChimeraX").click()
        await user.should_see("ChimeraX has open_in_chimerax.cxc.", retries=50)

    visit(state, steps)
    assert asked == [(60958, state.folder.root / RUN / "open_in_chimerax.cxc")]


def test_a_run_without_scripts_has_no_buttons(state):
    for name in SCRIPTS:
        (state.folder.root / RUN / name).unlink()

    async def steps(user: Any) -> None:
        await user.should_not_see("Open in a viewer")

    visit(state, steps)


def test_the_zip_has_scripts_maps_and_inputs_where_they_lie(state):
    app = FastAPI()
    add_results(app, Views(state.folder))

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/results/viewer_files", params={"run": RUN})

    answer = asyncio.run(get())
    assert 'filename="run_1_viewers.zip"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = set(archive.namelist())
    expected = {f"{RUN}/{name}" for name in (*SCRIPTS, "sharpened_map.ccp4", "modified_map.ccp4")}
    assert names == {*expected, "half1.mrc", "half2.mrc"}


def test_each_program_has_a_script_of_a_run(state):
    found = found_in(state)
    assert all(found.file(program.name) is not None for program in viewer_programs.PROGRAMS)
