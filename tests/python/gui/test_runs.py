"""Runs as processes of their own: queue, cancel, found again, and the bytes of the shell."""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from finished_runs import finished_run
from half_map_files import RESOLUTION

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from map_sharpening.errors import OutputError
from map_sharpening.gui import form, inputs, progress
from map_sharpening.gui.history import account_of, differing, draft_of
from map_sharpening.gui.results.found import read_found
from map_sharpening.gui.state import RESOLUTION as RESOLUTION_PATH
from map_sharpening.gui.state import Draft, State
from map_sharpening.io.web import run_records

FAST = {
    RESOLUTION_PATH: str(RESOLUTION),
    "sharpening.local_resolution_map": "False",
    "sharpening.sharpen_all_maps": "False",
    "output.report": "False",
    "control.nproc": "1",
}


@pytest.fixture
def draft(state, half_map_files):
    draft = Draft(values=dict(FAST))
    inputs.recognise(state, draft, [file.name for file in half_map_files])
    return draft


def outputs_of(run):
    """Return the names of a run's files, without what the interface keeps there."""
    own = {run_records.RECORD, run_records.PROGRESS, run_records.LOG, run_records.LOCK}
    names = {path.name for path in run.folder.iterdir() if path.is_file()}
    return {name for name in names - own if not name.startswith(".")}


def at_end(state, run, *, of="running"):
    """Wait until a run is no longer what it is; the suite's own bound ends a hanging one."""
    while True:
        now = state.run(run.name)
        if now.stage != of:
            return now
        time.sleep(0.05)


def until_group_lives(run):
    while not run_records.is_alive(run.folder):
        time.sleep(0.01)


@pytest.mark.slow
def test_a_run_gives_the_bytes_that_the_shown_command_gives_at_the_shell(state, draft):
    run = state.add_run(draft, title="the first")
    assert run.stage == "running"
    run = at_end(state, run)
    assert (run.stage, run.exit_status) == ("done", 0), run.log()
    assert progress.stages(run.progress)[-1].share == 1
    found = read_found(state.folder, run.folder)
    assert found.file("sharpened").path == run.folder / "sharpened_map.ccp4"
    assert all(file.is_there for file in (*found.run.outputs, *found.run.inputs))
    # The same words at a shell, but for the folder.
    words = [word for word in run.record.words if not word.startswith("output_directory")]
    command = [sys.executable, "-m", "map_sharpening", *words, "output_directory=at_the_shell"]
    subprocess.run(command, cwd=state.folder.root, check=True, capture_output=True)
    other = state.folder.root / "at_the_shell"
    assert outputs_of(run) == {path.name for path in other.iterdir()}
    for name in ("sharpened_map.ccp4", "sharpened_map_coeffs.mtz", "mask.mrc", "fsc.xml"):
        assert (run.folder / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.slow
def test_a_run_ends_when_cancelled_and_leaves_no_output_and_no_process(state, draft):
    run = state.add_run(draft)
    group = run.record.group
    state.cancel(run)
    run = at_end(state, run)
    assert run.stage == "cancelled"
    assert outputs_of(run) == set()
    assert progress.state_in_words(run).startswith("Cancelled")
    while run_records.is_alive(run.folder):
        time.sleep(0.01)
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


@pytest.mark.slow
def test_runs_wait_for_each_other_and_one_that_waits_can_be_taken_back(state, draft):
    first, second, third = (state.add_run(draft) for _ in range(3))
    assert [run.stage for run in (first, second, third)] == ["running", "waiting", "waiting"]
    state.cancel(second)
    assert state.run(second.name).stage == "cancelled"
    state.cancel(first)
    at_end(state, first)
    state.start_next()
    assert state.run(second.name).stage == "cancelled"
    third = state.run(third.name)
    assert third.stage == "running"
    state.cancel(third)
    at_end(state, third)


@pytest.mark.slow
def test_runs_are_found_again_by_another_server_which_starts_none_twice(state, draft):
    run, waiting = state.add_run(draft), state.add_run(draft)
    again = State(state.folder.root)
    assert [found.name for found in again.runs()] == [waiting.name, run.name]
    assert again.run(run.name).stage == "running"
    assert not run_records.start(run.folder, again.folder.root)
    again.cancel(waiting)
    again.cancel(run)
    assert at_end(again, run).stage == "cancelled"


@pytest.mark.slow
def test_a_run_that_is_killed_is_told_as_dead(state, draft):
    run = state.add_run(draft)
    until_group_lives(run)
    os.killpg(run.record.group, signal.SIGKILL)
    run = at_end(state, run)
    assert run.stage == "died"
    assert "killed" in progress.state_in_words(run)


@pytest.mark.slow
def test_a_run_that_fails_says_why(state, draft):
    run = state.add_run(Draft(draft.inputs, {**FAST, RESOLUTION_PATH: "0.5"}))
    run = at_end(state, run)
    assert (run.stage, run.exit_status) == ("failed", 2)
    assert "0.5" in run.log()


def test_a_run_executes_nothing_that_lies_in_its_folder(state, draft):
    for name in ("numpy", "click", "runpy", "map_sharpening"):
        (state.folder.root / f"{name}.py").write_text("open('executed', 'w').close()\n")
    run = state.add_run(Draft(draft.inputs, {**FAST, RESOLUTION_PATH: "0.5"}))
    run = at_end(state, run)
    assert (run.stage, run.exit_status) == ("failed", 2)
    assert "0.5" in run.log()
    assert not (state.folder.root / "executed").exists()


def test_a_run_is_alive_whatever_numbers_its_files_have(state, draft):
    """In a process with few open files the lock's number is the least one that is free."""
    record_run(state, "a_1", draft.words())
    script = (
        "import sys; from pathlib import Path; from dataclasses import replace\n"
        "from map_sharpening.io.web import run_records as r\n"
        "folder = Path('a_1').resolve()\n"
        "r.write_record(folder, replace(r.read_record(folder), stage='waiting'))\n"
        "assert r.start(folder, Path.cwd())\n"
        "print(r.is_alive(folder))\n"
        "r.cancel(folder, at_once=True)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=state.folder.root, capture_output=True, text=True
    )
    assert told.stdout == "True\n", told.stderr


def record_run(state, name, words, **changes):
    folder = state.folder.root / name
    folder.mkdir()
    record = run_records.RunRecord(tuple(words), stage="cancelled", **changes)
    run_records.write_record(folder, record)


def test_history_shows_what_differs_and_takes_a_run_up_again(state):
    record_run(state, "a_1", ["half_map=half1.mrc", "half_map=half2.mrc", "resolution=3"])
    record_run(state, "a_2", ["half_map=half1.mrc", "half_map=half2.mrc", "resolution=4"])
    accounts = {run.name: account_of(run) for run in state.runs()}
    assert accounts["a_1"].inputs == (("Half map", "half1.mrc, half2.mrc"),)
    assert differing(accounts) == {
        "a_1": (("Resolution", "3"),),
        "a_2": (("Resolution", "4"),),
    }
    draft, names = draft_of(state.run("a_2"))
    assert names == ["half1.mrc", "half2.mrc"]
    assert form.value_of(draft, RESOLUTION_PATH) == "4"


def test_history_tells_how_a_run_was_done_rather_than_what_it_did_not_get(state):
    record_run(state, "old_1", ["half_map=half1.mrc", "half_map=half2.mrc", "resolution=3"])
    facts = [{"name": f"Figure {i}", "value": str(i), "note": ""} for i in range(9)]
    parameters = {
        "input_files.map_model.full_map": "map.mrc",
        "sharpening.sharpening_method": "b-factor",
        "output.output_directory": "new_1",
    }
    folder = finished_run(
        state.folder.root, "new_1", parameters=parameters, facts=facts, warnings=["w"]
    )
    record = run_records.RunRecord(("full_map=map.mrc",), stage="started")
    run_records.write_record(folder, record)
    accounts = {run.name: account_of(run) for run in state.runs()}
    assert accounts["new_1"].inputs == (("Full map", "map.mrc"),)
    assert accounts["new_1"].figures[0] == ("Figure 0", "0")
    assert accounts["new_1"].figures[-1] == ("Warnings", "1")
    assert accounts["old_1"].figures == ()
    found = differing(accounts)
    assert dict(found["new_1"]) == {"Method": "b-factor", "Resolution": "–"}
    assert dict(found["old_1"]) == {"Method": "shells", "Resolution": "3"}


def test_results_that_cannot_be_read_leave_what_was_asked(state):
    folder = finished_run(state.folder.root, "a_1")
    (folder / "results.json").write_text('{"schema": 3}')
    account = account_of(state.run("a_1"))
    assert account.figures == ()
    assert dict(account.values) == {RESOLUTION_PATH: "4"}


@pytest.mark.parametrize(
    "parameters", [["abc"], {"input_files.map_model.half_map": 5}, {RESOLUTION_PATH: ["x"]}, 7]
)
def test_odd_results_of_one_run_leave_the_history_of_others(state, parameters):
    finished_run(state.folder.root, "good_1")
    folder = finished_run(state.folder.root, "odd_1")
    path = folder / "results.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"parameters": parameters}))
    accounts = {run.name: account_of(run) for run in state.runs()}
    assert set(accounts) == {"good_1", "odd_1"}
    assert accounts["good_1"].figures


def test_titles_and_notes_stay_with_a_run(state):
    record_run(state, "a_1", ["resolution=3"], title="old")
    state.annotate(state.run("a_1"), notes="<b>good</b>")
    record = State(state.folder.root).run("a_1").record
    assert (record.title, record.notes, record.stage) == ("old", "<b>good</b>", "cancelled")


@pytest.mark.parametrize("text", ["", "[]", '{"words": "x"}', '{"words": [1]}', "\xff", "{"])
def test_a_damaged_record_is_no_run(state, text):
    folder = state.folder.root / "broken"
    folder.mkdir()
    (folder / run_records.RECORD).write_text(text, encoding="latin-1")
    assert state.runs() == []


def test_progress_that_was_cut_off_counts_up_to_the_cut(state):
    record_run(state, "a_1", ["resolution=3"])
    told = '{"stage":"fsc","done":1,"total":4,"msg":""}\nrubbish\n{"stage":"wri'
    (state.folder.root / "a_1" / run_records.PROGRESS).write_text(told)
    (stage,) = progress.stages(state.run("a_1").progress)
    assert (stage.name, stage.share) == ("Fsc", 0.25)


def test_the_time_left_follows_the_rate_so_far():
    def left(*lines):
        told = [
            {"stage": "x", "done": done, "total": 4, "msg": "", "seconds": seconds}
            for done, seconds in lines
        ]
        (stage,) = progress.stages(({"stage": "before", "done": 1, "total": 1}, *told))[1:]
        return progress.time_left(stage)

    assert left((0, 10), (1, 30)) == "about 60 s left"
    assert left((1, 10), (2, 11), (3, 30)) == "about 10 s left"
    for nothing in ([(0, 10), (4, 30)], [(0, 10), (0, 30)], [(1, 10)], [(0, 10), (1, 10)]):
        assert left(*nothing) == ""
    assert left((0, None), (1, None)) == ""  # of an older version
    assert progress.duration(600) == "10 min"
    assert progress.duration(7200) == "2.0 h"


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (2_400, "2 kB"),
        (4_001_024, "4 MB"),
        (2_563_420, "2.56 MB"),
        (1e9, "1 GB"),
    ],
)
def test_sizes_of_files_are_told_in_three_figures(size, told):
    assert progress.size_in_words(size) == told


def test_a_run_that_cannot_be_recorded_leaves_no_folder(state, half_map_files, monkeypatch):
    def full(folder, record):
        raise OutputError(f"run.json can't be written: the disk of {folder} is full")

    draft = Draft([], FAST)
    monkeypatch.setattr(run_records, "write_record", full)
    with pytest.raises(OutputError, match="is full"):
        state.add_run(draft)
    assert [path.name for path in state.folder.root.iterdir() if path.is_dir()] == []
    assert state.runs() == []


def test_runs_of_the_shell_are_runs_of_the_folder_too(state):
    """Whatever their folder is called, be it the one that is served; none is written into."""
    told = {
        "parameters": {
            "input_files.map_model.half_map": ["half 1.mrc", "half2.mrc"],
            RESOLUTION_PATH: 3.1,
        },
        "date": "2026-11-30 23:20:29+00:00",
    }
    folder = finished_run(state.folder.root, "by hand", **told)
    for name in (run_records.RECORD, run_records.PROGRESS, run_records.LOG):
        (folder / name).unlink()
    results = (folder / "results.json").read_text()
    (state.folder.root / "results.json").write_text(results)
    others = state.folder.root / "of others"
    others.mkdir()
    (others / "results.json").write_text('{"schema": "another program"}')
    names = {path.name for path in folder.iterdir()}
    assert {run.name: run.stage for run in state.runs()} == {"by hand": "done", ".": "done"}
    run = state.run("by hand")
    assert {path.name for path in folder.iterdir()} == names
    assert (
        run.command == "map_sharpening 'half_map=\"half 1.mrc\"' half_map=half2.mrc resolution=3.1"
    )
    assert datetime.datetime.fromisoformat(run.record.made).timestamp() == 1796080829
    draft, files = draft_of(run)
    assert files == ["half 1.mrc", "half2.mrc"]
    assert form.value_of(draft, RESOLUTION_PATH) == "3.1"
    assert account_of(run).figures[0] == ("Resolution", "3.1 Å")
    state.annotate(run, title="at the shell", notes="good")
    (folder / "results.json").write_text(results.replace("3.1", "3.2"))  # done again there
    again = State(state.folder.root).run("by hand")
    assert (again.label, again.stage) == ("at the shell (by hand)", "done")
    assert again.command.endswith("resolution=3.2")
    assert state.run(".").label == "this folder"
