"""The panel of the run: its parameters copied, saved and loaded, and what a search leaves."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from half_map_files import RESOLUTION
from nicegui import ui
from nicegui.elements.upload_files import SmallFileUpload
from visits import open_tab, visit

from map_sharpening.gui import inputs
from map_sharpening.gui.screens import run_panel
from map_sharpening.gui.state import RESOLUTION as RESOLUTION_PATH

# NiceGUI's own, when a simulated page is closed.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

MASK = "sharpening.mask"


@pytest.fixture
def chosen(state, half_map_files):
    inputs.recognise(state, state.draft, [file.name for file in half_map_files])
    state.draft.values.update({RESOLUTION_PATH: str(RESOLUTION), MASK: "False"})
    return state


def test_command_and_parameters_are_copied_and_saved_as_they_are_shown(chosen, monkeypatch):
    copied = []

    async def copy(text):
        copied.append(text)

    monkeypatch.setattr(run_panel, "copy", copy)

    async def steps(user):
        user.find("Copy command").click()
        user.find("Copy .eff").click()
        for _ in range(3000):
            if len(copied) == 2:
                break
            await asyncio.sleep(0.01)
        waiting = asyncio.create_task(user.download.next(timeout=30))
        await asyncio.sleep(0)
        user.find("Save .eff").click()
        assert (await waiting).text == copied[1]
        await user.should_see(copied[0])

    shell = visit(chosen, steps)
    assert copied == [shell.draft.command(), shell.draft.parameter_file()]
    assert "mask = False" in copied[1]


def test_parameters_that_are_loaded_fill_the_form_and_what_is_no_parameter_is_told(chosen):
    async def steps(user):
        open_tab(user, "Parameters")
        (place,) = (each for each in user.find(kind=ui.upload).elements if "load" in each.classes)
        text = "sharpening.local_sharpen = True\ncrystal_info.resolution = 5.5\n"
        await place.handle_uploads([SmallFileUpload("run.eff", "text/plain", text.encode())])
        await user.should_see("local_sharpen=True", retries=50)
        await user.should_see("resolution=5.5")
        (place,) = (each for each in user.find(kind=ui.upload).elements if "load" in each.classes)
        await place.handle_uploads([SmallFileUpload("odd.eff", "text/plain", b"colour = blue")])
        await user.should_see("odd.eff", retries=50)
        await user.should_see("local_sharpen=True")

    visit(chosen, steps)


@pytest.mark.slow
def test_a_search_leaves_the_parameters_with_its_words_alone(chosen):
    async def steps(user):
        open_tab(user, "Parameters")
        user.find("Search names and help").type("randomise")
        await user.should_see("Randomise phases beyond", retries=30)
        await user.should_not_see("n_boxes")
        user.find("Search names and help").clear().type("no such words")
        await user.should_see("No parameter has all these words.", retries=30)
        await user.should_not_see("Randomise phases beyond")

    visit(chosen, steps)
