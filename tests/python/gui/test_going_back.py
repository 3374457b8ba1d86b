"""Back to where one was: addresses of the screens, and changes that are undone."""

from __future__ import annotations

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from finished_runs import finished_run
from nicegui import ui
from nicegui.testing.user_interaction import UserInteraction
from visits import open_tab, visit, visit_built

from map_sharpening.gui import form, inputs
from map_sharpening.gui.files.apart import Apart
from map_sharpening.gui.pages import show
from map_sharpening.gui.state import OUTPUT_FOLDER, RESOLUTION, Draft, stem_of_folder

# NiceGUI's own, when a simulated page is closed.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

LOCAL = "sharpening.local_sharpen"


@pytest.mark.parametrize(
    ("screen", "seen"),
    [
        ("", "Which map is to be sharpened?"),
        ("Results", "No run yet."),
        ("History", "No runs in this folder yet."),
        ("<b>no such</b>", "Which map is to be sharpened?"),
    ],
)
def test_an_address_opens_its_screen_whatever_run_it_names(state, screen, seen):
    async def steps(user):
        await user.should_see(seen)

    visit_built(lambda: show(state, screen, "../elsewhere"), steps)


@pytest.mark.slow
def test_each_screen_is_remembered_by_the_browser_once(state, monkeypatch):
    pushed = []
    monkeypatch.setattr(type(ui.navigate.history), "push", lambda _, url: pushed.append(url))

    async def steps(user):
        for name in ("Parameters", "Results", "Results", "Inputs"):
            open_tab(user, name)
        await user.should_see("Which map is to be sharpened?")

    shell = visit(state, steps)
    assert pushed == ["/?screen=Parameters", "/?screen=Results", "/"]
    assert shell.run_name is None


def test_back_to_results_whose_address_names_no_run_shows_the_newest(state, monkeypatch):
    pushed = []
    monkeypatch.setattr(type(ui.navigate.history), "push", lambda _, url: pushed.append(url))
    finished_run(state.folder.root, "one")
    finished_run(state.folder.root, "two")

    async def steps(user):
        browser = UserInteraction(user, {user.client.layout}, None)
        assert shown() == "one"
        browser.trigger("went_back", "?screen=Results")
        assert shown() == "two"
        browser.trigger("went_back", "?screen=Results&run=one")
        browser.trigger("went_back", "?screen=History")
        assert shown() == "one"

    shells = []

    def shown():
        return shells[0].chosen_run().name

    def look_at_one(shell):
        shells.append(shell)
        shell.look_at(state.run("one"))

    visit(state, steps, look_at_one)
    assert pushed == ["/?screen=Results&run=one"]


def test_a_screen_that_fails_says_so_and_the_terminal_why(state, monkeypatch, caplog):
    def fail(state):
        raise KeyError("shells")

    monkeypatch.setattr(type(state), "runs", fail)

    async def steps(user):
        open_tab(user, "History")
        await user.should_see("The rest of this screen can't be shown")
        assert "KeyError: 'shells'" in caplog.text

    visit(state, steps)


def test_values_of_a_purpose_are_undone(state, half_map_files):
    inputs.recognise(state, state.draft, [file.name for file in half_map_files])
    state.draft.values.update({RESOLUTION: "4", LOCAL: "True"})

    async def steps(user):
        (purpose,) = user.find("Purpose", kind=ui.select).elements
        purpose.set_value("Whole box, quiet")
        await user.should_see("mask=False", retries=30)
        user.find("Undo: the values as before").click()
        await user.should_see("local_sharpen=True", retries=30)
        await user.should_not_see("Undo: the values as before")

    shell = visit(state, steps)
    assert shell.draft.values == {RESOLUTION: "4", LOCAL: "True"}
    assert shell.preset is None


@pytest.mark.slow
def test_a_purpose_changes_the_form_in_place(state, half_map_files):
    inputs.recognise(state, state.draft, [file.name for file in half_map_files])
    state.draft.values[RESOLUTION] = "4"

    def controls(user, kind, label):
        found = user.find(kind=kind).elements
        return [each for each in found if each.props.get("aria-label") == label]

    async def steps(user):
        open_tab(user, "Parameters")
        box = controls(user, ui.input, "Sharpening B")[0]
        box.set_value("much")
        await user.should_see('is "much"', retries=30)
        (purpose,) = user.find("Purpose", kind=ui.select).elements
        purpose.set_value("Best map for building")
        await user.should_see("local_sharpen=True", retries=30)
        await user.should_not_see('is "much"')
        assert box.value == ""
        assert not box.is_deleted  # what has the focus keeps it
        assert all(each.value for each in controls(user, ui.switch, "Local sharpening"))

    visit(state, steps)


def test_what_was_changed_since_is_not_undone(state, half_map_files):
    inputs.recognise(state, state.draft, [file.name for file in half_map_files])
    state.draft.values[RESOLUTION] = "4"

    async def steps(user):
        (purpose,) = user.find("Purpose", kind=ui.select).elements
        purpose.set_value("Whole box, quiet")
        await user.should_see("Undo: the values as before")
        (box,) = user.find("Resolution in Å", kind=ui.input).elements
        box.set_value("5")
        await user.should_see("resolution=5", retries=30)
        await user.should_not_see("Undo: the values as before")

    visit(state, steps)


def test_a_run_taken_up_is_undone_with_its_files(state, half_map_files):
    inputs.recognise(state, state.draft, [half_map_files[0].name])
    other = Draft(values={RESOLUTION: "5"})
    run = state.add_run(other)
    state.cancel(run)

    async def steps(user):
        await user.should_see("map_sharpening resolution=5", retries=30)
        user.find("Undo: the values as before").click()
        await user.should_see("map_sharpening half_map=half1.mrc", retries=30)

    shell = visit(state, steps, lambda shell: shell.take_up(state.run(run.name)))
    assert RESOLUTION not in shell.draft.values


def test_a_file_that_goes_missing_is_told_in_words(state, half_map_files):
    inputs.recognise(state, state.draft, [half_map_files[0].name])
    half_map_files[0].unlink()

    async def steps(user):
        await user.should_see("half1.mrc can't be opened: No such file", retries=100)
        await user.should_not_see("Errno")

    visit(state, steps)


def test_a_long_folder_is_narrowed_by_what_is_typed(state):
    for number in range(30):
        (state.folder.root / f"Other_{number}.mrc").touch()

    async def steps(user):
        (typed,) = user.find("File name, from this folder", kind=ui.input).elements
        await user.should_see("half1.mrc")
        with user:
            typed.set_value("other_7")
        await user.should_see("Other_7.mrc")
        await user.should_not_see("half1.mrc")
        with user:
            typed.set_value("nothing of that")
        await user.should_see("No name in this folder contains this text.")
        with user:
            typed.set_value("")
        await user.should_see("half1.mrc")
        await user.should_not_see("No name in this folder contains this text.")

    visit(state, steps)


def test_a_file_that_does_not_arrive_is_told(state):
    async def steps(user):
        (place,) = user.find(kind=ui.upload).elements
        UserInteraction(user, {place}, None).trigger("failed")
        await user.should_see("A file did not arrive")

    visit(state, steps)


@pytest.mark.parametrize(
    ("given", "stem", "is_told"),
    [
        ("", "sharpened", False),
        ("mine", "mine", False),
        ("mine/", "mine", False),
        ("results/mine", "mine", True),
        ("../mine", "mine", True),
        ("..", "sharpened", True),
        (".", "sharpened", True),
        ("/", "sharpened", True),
        ("None", "sharpened", False),
    ],
)
def test_the_folder_of_a_run_is_told_if_it_is_not_the_one_given(
    state, half_map_files, given, stem, is_told
):
    draft = Draft(values={RESOLUTION: "4"})
    inputs.recognise(state, draft, [file.name for file in half_map_files])
    if given:
        draft.values[OUTPUT_FOLDER] = given
    told = " ".join(form.check(draft, Apart()).warnings)
    assert (f"this one will be in {stem}_1" in told) == is_told
    assert stem_of_folder(draft.fetched()) == stem
