"""What is told and shown of files before anything is run."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from half_map_files import RESOLUTION
from model_files import write_model
from nicegui import ui
from nicegui.testing.user_interaction import UserInteraction
from reflection_files import crystal, fwt, mtz_with
from visits import visit

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui import form, inputs
from map_sharpening.gui.files import facts, shown
from map_sharpening.gui.files.apart import Apart
from map_sharpening.gui.files.facts import look_at
from map_sharpening.gui.files.shown import pictures
from map_sharpening.gui.results.views import Views, views_of
from map_sharpening.gui.state import RESOLUTION as RESOLUTION_PATH
from map_sharpening.gui.state import Draft
from map_sharpening.io.maps import save_map
from map_sharpening.maps.map_data import MapData

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture
def root(state):
    return state.folder.root


@pytest.fixture
def mtz_file(root):
    made = crystal()
    columns = {**fwt(made), "FC": ("F", made.amplitude), "PHIC": ("P", made.phase)}
    mtz_with(columns, made.indices).write_to_file(str(root / "crystal.mtz"))
    return root / "crystal.mtz"


@pytest.fixture
def given(state):
    return Views(state.folder).given


def test_coefficients_tell_their_columns_resolution_and_grid(mtz_file):
    found = look_at(mtz_file, mtz_file.name)
    facts = dict(found.facts)
    assert found.role == "coefficients"
    assert facts["Columns"] == "FWT, PHWT"
    assert facts["Resolution"].partition(" to ")[2].startswith("3")
    assert facts["Space group"] == "P 21 21 21"
    assert {"Box", "Voxel", "Values", "Complete"} <= set(facts)


def test_coefficients_whose_columns_must_be_named_are_no_wrong_file(root):
    made = crystal()
    phase = ("P", made.phase)
    columns = {"F1": ("F", made.amplitude), "P1": phase, "F2": ("F", made.amplitude), "P2": phase}
    mtz_with(columns, made.indices).write_to_file(str(root / "two.mtz"))
    found = look_at(root / "two.mtz", "two.mtz")
    assert found.role == "coefficients"
    assert found.error == ""
    assert "map_coeff_labels" in found.warnings[0]


def test_models_and_sequences_tell_how_much_they_hold(root):
    found = look_at(write_model(root / "model.cif", every=10), "model.cif")
    assert int(dict(found.facts)["Atoms"]) > 10
    (root / "two.fasta").write_text(
        ">9XYZ_1|Chains A, B|first|human (9606)\nMKV\n>9XYZ_2|Chain C|second|human (9606)\nACDE\n"
    )
    facts = dict(look_at(root / "two.fasta", "two.fasta").facts)
    assert facts == {"Chains": "3", "Residues": "10"}


def test_a_given_map_is_shown_at_three_sd_and_a_mask_within_its_values(root, given):
    values = np.random.default_rng(1).normal(size=(16, 16, 16)).astype(np.float32)
    save_map(root / "map.mrc", MapData.from_array(values, 1.5))
    view = given("map.mrc")
    assert view.level == pytest.approx(values.mean() + 3 * values.std(), rel=1e-3)
    mask = np.ones_like(values)
    mask[:4] = 0
    save_map(root / "mask.mrc", MapData.from_array(mask, 1.5))
    assert 0.5 < given("mask.mrc").level < 1


def test_a_map_that_was_replaced_is_shown_anew(root, given):
    file = root / "map.mrc"
    for sign in (1, -1):
        values = np.linspace(0, sign, 512, dtype=np.float32).reshape(8, 8, 8)
        file.unlink(missing_ok=True)
        save_map(file, MapData.from_array(values, 1.5))
        assert given("map.mrc").high == pytest.approx(max(0, sign), abs=1e-3)


def test_coefficients_are_shown_by_the_columns_that_are_chosen(mtz_file, given):
    by_themselves = given("crystal.mtz")
    assert given("crystal.mtz", "FC,PHIC").body != b""
    assert by_themselves.body == given("crystal.mtz").body
    assert set(pictures(mtz_file, "crystal.mtz")) == {"x", "y", "z"}
    with pytest.raises(MapSharpeningError, match="no column ABC"):
        given("crystal.mtz", "ABC,PHIC")


@pytest.mark.parametrize("name", ["../secret.mrc", "/etc/passwd", "none.mrc", "notes.txt"])
def test_nothing_else_is_shown(root, given, name):
    (root.parent / "secret.mrc").write_text("secret")
    (root / "notes.txt").write_text("notes")
    with pytest.raises(MapSharpeningError):
        given(name)


def test_a_click_shows_a_given_map_in_3d_and_another_hides_it(state, half_map_files):
    inputs.recognise(state, state.draft, [file.name for file in half_map_files])
    state.draft.values[RESOLUTION_PATH] = str(RESOLUTION)

    async def steps(user):
        await user.should_see("Show in 3-D")
        buttons = sorted(
            user.find(kind=ui.button, content="Show in 3-D").elements, key=lambda b: b.id
        )
        assert len(buttons) == 2
        user.find(kind=ui.button, content="Show in 3-D").click()
        await user.should_see("SD)", retries=100)
        shown = user.find(kind=ui.button, content="Hide the 3-D view").elements
        assert len(shown) == 1
        user.find(kind=ui.button, content="Hide the 3-D view").click()
        await user.should_not_see("SD)")

    visit(state, steps)


def test_whole_maps_are_read_for_one_thing_at_a_time(state, root, monkeypatch):
    values = np.random.default_rng(2).normal(size=(24, 24, 24)).astype(np.float32)
    for name in ("one", "two"):
        save_map(root / f"{name}.mrc", MapData.from_array(values, 1.5))
    draft = Draft()
    inputs.recognise(state, draft, ["one.mrc"])
    draft.values = {RESOLUTION_PATH: "4"}
    reading, together = threading.Semaphore(1), threading.Barrier(5)
    n_read = []

    def alone(read):
        def read_alone(*given, **others):
            assert reading.acquire(blocking=False), "another one is read"
            n_read.append(given)
            time.sleep(0.05)
            reading.release()
            return read(*given, **others)

        return read_alone

    monkeypatch.setattr(shown, "read_given_map", alone(shown.read_given_map))
    monkeypatch.setattr(facts, "read_given_map", alone(facts.read_given_map))
    monkeypatch.setattr(form, "plan_run", alone(form.plan_run))
    given = views_of(state).given
    asked = (
        lambda: pictures(root / "one.mrc", "one"),
        lambda: pictures(root / "one.mrc", "one"),
        lambda: given("one.mrc"),
        lambda: look_at(root / "two.mrc", "two.mrc").facts,
        lambda: form.check(draft, Apart()).lines,
    )

    def ask(number):
        together.wait()
        return asked[number]()

    with ThreadPoolExecutor(5) as pool:
        assert all(pool.map(ask, range(5)))
    assert len(n_read) == 4  # slices are drawn once for all that ask


def test_files_are_picked_in_folders_of_the_root_or_typed_and_get_another_role(
    state, half_map_files
):
    root = state.folder.root
    (root / "inside").mkdir()
    half_map_files[0].rename(root / "inside" / "one.mrc")
    half_map_files[1].rename(root / "two.mrc")

    def press(user, text):
        (label,) = user.find(text, kind=ui.label).elements
        UserInteraction(user, {label.parent_slot.parent}, None).click()

    async def steps(user):
        await user.should_see("two.mrc")
        await user.should_not_see("the folder above")
        press(user, "inside")
        await user.should_see("the folder above")
        await user.should_not_see("two.mrc")
        press(user, "one.mrc")
        await user.should_see("Files of this run", retries=100)
        user.find("File name, from this folder").type("two.mrc").trigger("keydown.enter")
        for _ in range(300):
            if len(user.find(kind=ui.select).elements) == 3:  # a role each, and the purpose
                break
            await asyncio.sleep(0.01)
        roles = [
            each
            for each in user.find(kind=ui.select).elements
            if each.props.get("aria-label") == "Role of the file"
        ]
        assert [each.value for each in roles] == ["half map", "half map"]
        with user:
            max(roles, key=lambda each: each.id).set_value("mask")
        await user.should_see("mask=two.mrc", retries=100)

    shell = visit(state, steps)
    assert [(file.name, file.role) for file in shell.draft.inputs] == [
        ("inside/one.mrc", "half map"),
        ("two.mrc", "mask"),
    ]
