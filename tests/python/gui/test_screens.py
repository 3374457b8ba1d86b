"""Each screen as a browser would show it, without one."""

from __future__ import annotations

import fcntl
import gc
import weakref
from dataclasses import replace

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from half_map_files import RESOLUTION
from nicegui import ui
from nicegui.testing.user_interaction import UserInteraction
from visits import collect_all, open_tab, until, visit

from map_sharpening.gui import inputs
from map_sharpening.gui.state import RESOLUTION as RESOLUTION_PATH
from map_sharpening.io.web import run_records
from map_sharpening.runs.queue.ending import JOB_FILE, Job

# NiceGUI's own, when a simulated page is closed.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


def choose_both(state, half_map_files, resolution=str(RESOLUTION)):
    inputs.recognise(state, state.draft, [file.name for file in half_map_files])
    state.draft.values[RESOLUTION_PATH] = resolution


def finished_run(state, name="sharpened_1", told='{"exit":0}\n', log="", **changes):
    folder = state.folder.root / name
    folder.mkdir()
    words = ("half_map=half1.mrc", "half_map=half2.mrc", "resolution=4")
    run_records.write_record(folder, run_records.RunRecord(words, stage="started", **changes))
    (folder / run_records.PROGRESS).write_text(told)
    (folder / run_records.LOG).write_text(log)


class InCycle:
    def __init__(self) -> None:
        self.itself = self


@pytest.mark.slow
def test_garbage_from_before_a_page_and_from_after_it_is_collected(state):
    before, kept = InCycle(), InCycle()
    is_before, is_kept = weakref.ref(before), weakref.ref(kept)
    del before

    async def look(user):
        assert is_before() is None

    visit(state, look)
    del kept
    collect_all()
    assert is_kept() is None
    assert gc.get_freeze_count() > 0  # pages that follow needn't search the libraries


def test_an_empty_page_asks_for_a_map(state):
    async def steps(user):
        await user.should_see("Which map is to be sharpened?")
        await user.should_see("half1.mrc")
        await user.should_see("Choose files first.")

    visit(state, steps)


def test_a_click_on_one_half_map_brings_both_with_facts_slices_and_a_resolution(state):
    async def steps(user):
        (label,) = user.find("half1.mrc").elements
        UserInteraction(user, {label.parent_slot.parent}, None).click()
        await user.should_see("was added as the other half map", retries=100)
        await user.should_see("Proposed: the half maps agree", retries=600)
        await user.should_see("Voxel")
        await user.should_see("Normal to z", retries=100)
        await user.should_see("The same in the shell")

    shell = visit(state, steps)
    assert [file.role for file in shell.draft.inputs] == ["half map", "half map"]


@pytest.mark.slow
def test_two_half_maps_clicked_at_once_are_there_once_each(state, half_map_files):
    async def steps(user):
        await user.should_see(half_map_files[1].name)
        for file in half_map_files:  # each brings the other
            (label,) = user.find(file.name).elements
            UserInteraction(user, {label.parent_slot.parent}, None).click()
        await user.should_see("Proposed: the half maps agree to", retries=600)

    shell = visit(state, steps)
    assert sorted(file.name for file in shell.draft.inputs) == ["half1.mrc", "half2.mrc"]


def test_a_name_that_is_typed_wrong_is_told(state):
    async def steps(user):
        user.find("File name, from this folder").type("../other.mrc")
        user.find(kind=ui.button, content="Add").click()
        await user.should_see("can't be opened", retries=50)

    visit(state, steps)


def test_a_wrong_file_says_why_and_a_hostile_name_is_text(state):
    name = "<img src=x onerror=alert(1)>.mrc"
    (state.folder.root / name).write_bytes(b"no map")
    inputs.recognise(state, state.draft, [name])

    async def steps(user):
        await user.should_see(name)
        await user.should_see(state.draft.inputs[0].error)
        # As the text of labels, which NiceGUI escapes, and nowhere as markup.
        markup = [e for e in user.client.elements.values() if isinstance(e, ui.html)]
        assert not any("<img" in element.content for element in markup)

    visit(state, steps)


def test_parameters_tell_what_is_wrong_and_what_has_no_effect(state, half_map_files):
    choose_both(state, half_map_files)

    async def steps(user):
        open_tab(user, "Parameters")
        await user.should_see("What matters first")
        await user.should_see("to make it count, give local_sharpen=True")
        user.find("Search names and help").type("randomise")
        await user.should_see("Randomise phases beyond")

    visit(state, steps)


@pytest.mark.slow
def test_parameters_show_what_the_program_chooses_and_each_alike_in_both_places(
    state, half_map_files
):
    inputs.recognise(state, state.draft, [half_map_files[0].name])
    inputs.set_role(state, state.draft, half_map_files[0].name, "full map")
    state.draft.values[RESOLUTION_PATH] = str(RESOLUTION)

    def controls(user, kind, label):
        return [
            element
            for element in user.find(kind=kind).elements
            if element.props.get("aria-label") == label
        ]

    async def look(user):
        open_tab(user, "Parameters")
        methods = controls(user, ui.select, "Method")
        assert [each.value for each in methods] == ["b-factor", "b-factor"]
        await user.should_see("In this run: b-factor, chosen by the program.")
        assert "sharpening.sharpening_method" not in state.draft.values
        first, second = controls(user, ui.input, "Sharpening B")
        first.set_value("80")
        await user.should_see("b_sharpen=80", retries=50)
        assert second.value == "80"
        second.set_value("")
        await user.should_not_see("b_sharpen=80", retries=50)
        assert first.value == ""
        methods[1].set_value("shells")
        await user.should_see("shells, which needs two half maps", retries=50)
        await user.should_not_see("chosen by the program")
        assert methods[0].value == "shells"

    visit(state, look)


def test_a_draft_that_cannot_run_says_why_and_has_no_button(state, half_map_files):
    choose_both(state, half_map_files, resolution="0.5")

    async def steps(user):
        await user.should_see("0.5", retries=50)
        await user.should_see("Nyquist", retries=50)
        (button,) = user.find(kind=ui.button, content="Run").elements
        assert not button.enabled

    visit(state, steps)


def test_the_keyboard_can_scroll_a_log(state):
    finished_run(state, told='{"exit":2}\n', log="line\n" * 99)

    async def steps(user):
        open_tab(user, "Runs")
        await user.should_see("line")
        (log,) = (each for each in user.find(kind=ui.label).elements if "log" in each.classes)
        assert str(log.props["tabindex"]) == "0"
        assert log.props["role"] == "region"
        assert log.props["aria-label"].startswith("Log of ")

    visit(state, steps)


@pytest.mark.parametrize(
    ("told", "log", "seen"),
    [
        ('{"exit":0}\n', "", "Done"),
        ('{"exit":2}\n', "map_sharpening: <b>no</b> map", "<b>no</b> map"),
        ('{"exit":2}\n', "", "Failed with exit status 2"),
        ('{"stage":"write","done":1,"total":4,"msg":""}\n', "", "its disk was full"),
    ],
)
def test_runs_say_how_they_ended(state, told, log, seen):
    finished_run(state, told=told, log=log)

    async def steps(user):
        open_tab(user, "Runs")
        await user.should_see(seen)

    visit(state, steps)


@pytest.mark.slow
def test_history_takes_a_run_up_again(state):
    finished_run(state, title="<i>first</i>")

    async def steps(user):
        open_tab(user, "History")
        await user.should_see("sharpened_1")
        user.find("Run again with changes").click()
        await user.should_see("What matters first")

    shell = visit(state, steps)
    assert shell.draft.values == {RESOLUTION_PATH: "4"}
    assert [file.name for file in shell.draft.inputs] == ["half1.mrc", "half2.mrc"]


def test_empty_screens_say_what_to_do(state):
    async def steps(user):
        for name, text in (
            ("Runs", "Nothing has been run"),
            ("Results", "No run yet"),
            ("History", "No runs in this folder yet"),
        ):
            open_tab(user, name)
            await user.should_see(text)

    visit(state, steps)


def test_a_job_that_cannot_be_ended_is_told(state):
    finished_run(state, told="")
    folder = state.folder.root / "sharpened_1"
    (folder / JOB_FILE).write_text(Job(("my_submit",), "job 8").text())
    record = run_records.read_record(folder)
    run_records.write_record(folder, replace(record, stage="waiting"))
    lock = (folder / run_records.LOCK).open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)  # another server is about to start it: this one doesn't

    async def steps(user):
        open_tab(user, "Runs")
        await user.should_see("Cancel")
        user.find("Cancel").click()
        await user.should_see("end it yourself", retries=50)

    with lock:
        visit(state, steps)
    assert run_records.read_record(folder).stage == "cancelled"
    assert not (folder / "sharpened_map.ccp4").exists()


def test_a_fault_of_the_program_is_told_on_the_page(state, monkeypatch):
    def broken(*_):
        raise AttributeError("no attribute <b>")

    monkeypatch.setattr(inputs, "recognise", broken)

    async def look(user):
        (label,) = user.find("half1.mrc").elements
        UserInteraction(user, {label.parent_slot.parent}, None).click()
        await until(lambda: user.notify.messages)
        (message,) = user.notify.messages
        assert "a fault of this program (AttributeError: no attribute <b>)" in message

    visit(state, look)
