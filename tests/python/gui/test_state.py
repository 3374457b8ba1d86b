"""Drafts, what files are, and the form, without a browser."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from half_map_files import RESOLUTION, write_mrc

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from map_sharpening.gui import form, inputs
from map_sharpening.gui.files.apart import Apart
from map_sharpening.gui.files.shown import pictures
from map_sharpening.gui.state import RESOLUTION as RESOLUTION_PATH
from map_sharpening.gui.state import Draft, InputFile
from map_sharpening.parameters.reading import master
from map_sharpening.phil import ParameterText

LOCAL = "sharpening.local_sharpen"
METHOD, USE_MODEL = "sharpening.sharpening_method", "sharpening.model_sharpen"
SHELLS_ONLY = "sharpening.randomise_phases_beyond"


def test_one_half_map_brings_the_other_and_a_resolution(state, half_map_files):
    draft = Draft()
    assert inputs.recognise(state, draft, [half_map_files[0].name]) == []
    assert inputs.proposed_partner(state, draft) == half_map_files[1].name
    inputs.recognise(state, draft, [half_map_files[1].name])
    assert inputs.proposed_partner(state, draft) is None
    assert [file.role for file in draft.inputs] == ["half map", "half map"]
    inputs.propose_resolution(state, draft, Apart())
    assert "Proposed" in draft.resolution_source
    draft.values[RESOLUTION_PATH], proposed = "Auto", draft.values[RESOLUTION_PATH]
    assert ("Resolution", f"{float(proposed):.4g} Å") in form.check(draft, Apart()).lines


def test_a_resolution_that_was_typed_is_not_replaced(state, half_map_files):
    draft = Draft()
    inputs.recognise(state, draft, [file.name for file in half_map_files])
    form.set_value(draft, RESOLUTION_PATH, "7")
    inputs.propose_resolution(state, draft, Apart())
    assert draft.values[RESOLUTION_PATH] == "7"


def test_a_resolution_that_was_typed_goes_with_the_last_map(state, half_map_files):
    draft = Draft()
    inputs.recognise(state, draft, [file.name for file in half_map_files])
    form.set_value(draft, RESOLUTION_PATH, "7")
    inputs.remove(state, draft, half_map_files[0].name)
    assert draft.values == {RESOLUTION_PATH: "7"}
    inputs.remove(state, draft, half_map_files[1].name)
    assert draft.values == {}
    form.set_value(draft, RESOLUTION_PATH, "6")  # before any file is chosen
    (state.folder.root / "wrong.mrc").write_text("no map")
    inputs.recognise(state, draft, ["wrong.mrc"])
    inputs.remove(state, draft, "wrong.mrc")
    assert draft.values == {RESOLUTION_PATH: "6"}


def one_map(*more):
    return Draft([InputFile("a.mrc", "full map"), *more], {RESOLUTION_PATH: "3"})


MODEL = InputFile("m.pdb", "model")


def test_what_the_program_chooses_itself_is_told():
    assert form.chosen(Draft()) == {}
    assert form.chosen(one_map())[METHOD] == "b-factor"
    assert form.chosen(one_map(MODEL)) == {USE_MODEL: "True"}
    halves = Draft([InputFile("a.mrc", "half map"), InputFile("b.mrc", "half map")])
    assert form.chosen(halves) == {}


def test_a_default_counts_where_the_program_would_choose_otherwise():
    draft = one_map(MODEL)
    form.set_value(draft, USE_MODEL, "False")
    assert draft.values[USE_MODEL] == "False"
    assert "model_sharpen=False" in draft.command()
    assert form.chosen(draft)[METHOD] == "b-factor"
    (again := Draft()).inputs = draft.inputs
    form.take(again, ParameterText(draft.parameter_file(), "run.eff"))
    assert form.chosen(again).get(METHOD, again.values.get(METHOD)) == "b-factor"
    form.set_value(draft, USE_MODEL, "")
    assert draft.values == {RESOLUTION_PATH: "3"}
    form.set_value(draft, METHOD, "shells")  # as it is by its model
    assert METHOD not in draft.values


@pytest.mark.slow
def test_a_proposal_goes_with_the_files_that_it_came_from(state, half_map_files):
    draft = Draft()
    inputs.recognise(state, draft, [file.name for file in half_map_files])
    inputs.propose_resolution(state, draft, Apart())
    inputs.remove(state, draft, half_map_files[0].name)
    inputs.propose_resolution(state, draft, Apart())
    assert (draft.values, draft.resolution_source) == ({}, "")


def test_masks_and_full_maps_are_told_apart_as_at_the_command_line(state, half_map_files):
    values = np.zeros((16, 16, 16), np.float32)
    values[4:12, 4:12, 4:12] = 1
    write_mrc(state.folder.root / "solid.mrc", values)
    draft = Draft()
    names = [file.name for file in half_map_files] + ["solid.mrc"]
    inputs.recognise(state, draft, names)
    assert [file.role for file in draft.inputs] == ["half map", "half map", "mask"]
    inputs.set_role(state, draft, "solid.mrc", None)
    inputs.recognise(state, draft, [])
    assert draft.inputs[-1].role is None
    assert "solid" not in draft.command()


def test_a_file_that_is_no_input_says_why(state):
    (state.folder.root / "broken.mrc").write_bytes(b"nothing of a map")
    (state.folder.root / "notes.txt").write_text("hello")
    draft = Draft()
    told = inputs.recognise(state, draft, ["broken.mrc", "notes.txt", "missing.mrc", "."])
    broken, notes = draft.inputs
    assert broken.role is None
    assert "broken.mrc" in broken.error
    assert "neither a map" in notes.error
    assert "missing.mrc can't be opened" in told[0]
    assert "is a folder" in told[1]


def test_facts_of_a_map_are_those_of_its_file(state, half_map_files):
    draft = Draft()
    inputs.recognise(state, draft, [half_map_files[0].name])
    facts = dict(draft.inputs[0].facts)
    assert facts["Box"].count("×") == 2
    assert facts["Voxel"].endswith(" Å")
    drawn = pictures(half_map_files[0], '<img src=x onerror="alert(1)">')
    assert "<img" not in drawn["z"]


@pytest.mark.parametrize("name", ["False", "a b;{c}.mrc", "'q\".mrc", "x=y.mrc"])
def test_any_name_of_a_file_stands_in_the_command_as_it_is(name):
    draft = Draft([InputFile(name, "mask")], {RESOLUTION_PATH: "3"})
    words = shlex.split(draft.command("out"))
    assert words[0] == "map_sharpening"
    values = draft.fetched().extract()
    assert Path(values.sharpening.mask) == Path(name)
    assert values.crystal_info.resolution == 3


def test_the_form_has_each_parameter_that_has_a_use_once():
    paths = [field.path for group in form.groups() for field in group.fields]
    assert len(paths) == len(set(paths))
    assert set(form.MAIN) <= set(paths)
    assert "gui.output_dir" not in paths
    assert len(paths) > 100


def problem_of_typed(draft, path, text):
    """Why what is typed into a field can't be used."""
    form.set_value(draft, path, text)
    return form.problem_of(draft, path)


def test_every_default_typed_into_its_field_changes_nothing():
    draft = Draft()
    for group in form.groups():
        for field in group.fields:
            assert problem_of_typed(draft, field.path, field.default) == "", field.path
    assert draft.words() == []


def test_a_value_out_of_range_is_told_beside_its_field():
    draft = Draft()
    assert "expected a number" in problem_of_typed(draft, RESOLUTION_PATH, "three")
    assert "0.1" in problem_of_typed(draft, RESOLUTION_PATH, "-3")
    assert problem_of_typed(draft, RESOLUTION_PATH, "3") == ""
    assert problem_of_typed(draft, RESOLUTION_PATH, "") == ""
    assert draft.values == {}


def test_search_looks_at_names_labels_and_help():
    fields = [field for group in form.groups() for field in group.fields]
    found = {field.path for field in fields if form.matches(field, "Randomise PHASES")}
    assert SHELLS_ONLY in found
    assert len(found) < 10
    assert not [field for field in fields if form.matches(field, "no such thing anywhere")]


def test_what_has_no_effect_is_what_the_program_warns_of():
    """By the same conditions as the warnings of a run."""
    draft = Draft([InputFile("a.mrc", "half map"), InputFile("b.mrc", "half map")])
    shells = form.without_effect(draft.fetched())
    assert SHELLS_ONLY not in shells
    assert "give local_sharpen=True" in shells["sharpening.n_boxes"]
    draft.values[LOCAL] = "True"
    assert "sharpening.n_boxes" not in form.without_effect(draft.fetched())
    single = form.without_effect(Draft([InputFile("a.mrc", "full map")]).fetched())
    assert "only in shell sharpening" in single[SHELLS_ONLY]


@pytest.mark.parametrize("preset", form.PRESETS, ids=lambda preset: preset.name)
def test_presets_are_parameters_and_keep_what_was_typed(preset):
    draft = Draft(values={RESOLUTION_PATH: "3.2", SHELLS_ONLY: "9"})
    form.apply_preset(draft, preset)
    assert draft.values[RESOLUTION_PATH] == "3.2"
    assert SHELLS_ONLY not in draft.values
    assert set(preset.values) <= set(master().definitions)
    draft.fetched()


@pytest.mark.parametrize("preset", form.PRESETS, ids=lambda preset: preset.name)
def test_presets_run_and_each_of_their_values_counts(state, half_map_files, preset):
    draft = Draft(values={RESOLUTION_PATH: "3.2"})
    files = half_map_files[:1] if preset.name == "Crystal" else half_map_files
    inputs.recognise(state, draft, [file.name for file in files])
    form.apply_preset(draft, preset)
    found = form.check(draft, Apart())
    assert found.error == ""
    assert not any("no effect" in warning for warning in found.warnings)
    assert set(preset.values) & set(form.without_effect(draft.fetched())) == set()


def test_a_parameter_file_gives_the_same_draft_again():
    draft = Draft([InputFile("a.mrc", "half map"), InputFile("b.mrc", "half map")])
    draft.values = {RESOLUTION_PATH: "3.2", LOCAL: "True", "job_title": "two words"}
    again = Draft()
    names = form.take(again, ParameterText(draft.parameter_file(), "run.eff"))
    assert names == ["a.mrc", "b.mrc"]
    again.inputs = draft.inputs
    assert again.fetched().values == draft.fetched().values


def test_the_check_says_what_a_dry_run_says(state, half_map_files):
    draft = Draft()
    inputs.recognise(state, draft, [file.name for file in half_map_files])
    assert "resolution is missing" in form.check(draft, Apart()).error
    form.set_value(draft, RESOLUTION_PATH, str(RESOLUTION))
    found = form.check(draft, Apart())
    assert found.error == ""
    assert ("Resolution", f"{RESOLUTION:.4g} Å") in found.lines
    form.set_value(draft, "sharpening.n_boxes", "3")
    assert any("n_boxes" in warning for warning in form.check(draft, Apart()).warnings)


def test_a_second_browser_goes_on_where_the_first_was_and_changes_nothing_there(state):
    first = state.new_draft()
    form.set_value(first, RESOLUTION_PATH, "3")
    state.keep(first)
    second = state.new_draft()
    form.set_value(second, RESOLUTION_PATH, "4")
    assert first.values[RESOLUTION_PATH] == "3"


def test_a_run_that_is_submitted_is_waited_for_unless_told_otherwise():
    draft = Draft(values={"control.queue_run_command": "sbatch -p short"})
    assert draft.words() == ["queue_run_command=sbatch -p short", "wait_for_job=True"]
    draft.values["control.wait_for_job"] = "False"
    assert draft.fetched().extract().control.wait_for_job is False
