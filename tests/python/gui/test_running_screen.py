"""The screen of runs, and how often it reads their folders."""

from __future__ import annotations

import fcntl
import threading
from collections import Counter
from dataclasses import replace

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from nicegui import ui
from visits import open_tab, visit

from map_sharpening.io.web import run_records
from map_sharpening.runs.queue.ending import JOB_PROGRESS

# NiceGUI's own, when a simulated page is closed.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


def record_run(state, name, told='{"exit":0}\n', stage="started"):
    folder = state.folder.root / name
    folder.mkdir()
    run_records.write_record(folder, run_records.RunRecord(("resolution=4",), stage=stage))
    (folder / run_records.PROGRESS).write_text(told)
    return folder


@pytest.fixture
def reads(monkeypatch):
    """How often the progress of each folder was read."""
    counted = Counter()
    read = run_records.progress_so_far

    def counting(folder):
        counted[folder.name] += 1
        return read(folder)

    monkeypatch.setattr(run_records, "progress_so_far", counting)
    return counted


def tell(folder, line):
    with (folder / run_records.PROGRESS).open("a") as stream:
        stream.write(line + "\n")


def test_a_run_that_is_over_is_read_once_and_one_that_goes_on_once_a_look(state, reads):
    record_run(state, "over_1")
    going = record_run(state, "going_1", told="")
    with (going / run_records.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stages = [{run.name: run.stage for run in state.start_next()} for _ in range(3)]
    assert stages == [{"over_1": "done", "going_1": "running"}] * 3
    assert reads == {"over_1": 1, "going_1": 3}


def test_a_run_that_is_over_is_read_again_when_its_files_change(state):
    folder = record_run(state, "a_1", told="")
    assert state.run("a_1").stage == "died"
    (folder / JOB_PROGRESS).write_text('{"exit":0}\n')  # the job that it was has ended
    assert state.run("a_1").stage == "done"
    tell(folder, '{"exit":2}')
    assert state.run("a_1").exit_status == 2
    state.annotate(state.run("a_1"), title="seen")
    assert state.run("a_1").record.title == "seen"
    (folder / run_records.RECORD).unlink()
    assert state.run("a_1") is None
    assert state.runs() == []


def test_what_starts_a_run_tells_of_it_as_started(state, monkeypatch):
    folders = [record_run(state, f"a_{i}", told="", stage="waiting") for i in (1, 2)]

    def start(folder, root):
        record = run_records.read_record(folder)
        run_records.write_record(folder, replace(record, stage="started"))
        tell(folder, '{"exit":0}')

    monkeypatch.setattr(run_records, "start", start)
    stages = {run.name: run.stage for run in state.start_next()}
    assert stages == {folders[0].name: "done", folders[1].name: "waiting"}


def test_a_thread_that_asks_while_another_does_is_not_told_that_the_run_lives(state, monkeypatch):
    folder = record_run(state, "a_1", told="")
    flock, answers = fcntl.flock, []
    other = threading.Thread(target=lambda: answers.append(run_records.is_alive(folder)))

    def lock_and_let_the_other_ask(file, how):
        flock(file, how)
        if threading.current_thread() is not other:
            other.start()
            other.join(0.3)  # as long as this one holds the lock, it should wait

    monkeypatch.setattr(fcntl, "flock", lock_and_let_the_other_ask)
    assert not run_records.is_alive(folder)
    other.join()
    assert answers == [False]


def element(user, name):
    """Return the element of a class."""
    (found,) = (each for each in user.client.elements.values() if name in each.classes)
    return found


def test_a_card_stays_while_its_run_goes_on_and_tells_how_far_it_is(state):
    folder = record_run(state, "going_1", told="")
    names = ("run-card", "state", "log")

    async def steps(user):
        open_tab(user, "Runs")
        await user.should_see("Opening the maps")
        built = [element(user, name).id for name in names]
        (cancel,) = user.find(kind=ui.button, content="Cancel").elements
        assert not element(user, "log").visible
        tell(folder, '{"stage":"fsc","done":1,"total":4,"msg":""}')
        (folder / run_records.LOG).write_text("first\n")
        await user.should_see("1 of 4", retries=50)
        await user.should_not_see("Opening the maps")
        bar = element(user, "stage")
        tell(folder, '{"stage":"fsc","done":3,"total":4,"msg":"a \\"part\\""}')
        (folder / run_records.LOG).write_text("first\nsecond\n")
        await user.should_see('3 of 4, a "part"', retries=50)
        await user.should_see("second", retries=50)
        assert element(user, "log").text == "first\nsecond"
        assert element(user, "state").text == "Fsc"
        assert element(user, "stage") is bar
        (shown,) = user.find(kind=ui.linear_progress).elements
        assert shown.value == 0.75
        assert shown.props["aria-label"].startswith('3 of 4, a "part"')
        assert [element(user, name).id for name in names] == built
        assert user.find(kind=ui.button, content="Cancel").elements == {cancel}
        # Another run comes before it in the list, and leaves it as it is.
        record_run(state, "over_1")
        await user.should_see("over_1", retries=50)
        assert user.find(kind=ui.button, content="Cancel").elements == {cancel}

    with (folder / run_records.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        visit(state, steps)


def test_the_time_left_is_told_of_a_run_that_was_under_way_before(state):
    folder = record_run(state, "going_1", told="")
    for done, seconds in ((0, 2.0), (25, 22.0), (50, 42.0)):
        tell(folder, f'{{"stage":"local","done":{done},"total":100,"seconds":{seconds}}}')

    async def steps(user):
        open_tab(user, "Runs")
        await user.should_see("50 %, about 40 s left")

    with (folder / run_records.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        visit(state, steps)


def test_a_run_that_ends_gets_another_card_in_its_place(state):
    folder = record_run(state, "a_1", told="")
    record_run(state, "over_1")
    lock = (folder / run_records.LOCK).open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)

    async def steps(user):
        open_tab(user, "Runs")
        await user.should_see("Cancel")
        tell(folder, '{"exit":2}')
        lock.close()
        await user.should_see("Failed with exit status 2", retries=50)
        await user.should_not_see("Cancel")
        cards = [each for each in user.client.elements.values() if "run-card" in each.classes]
        assert sorted(
            next(c for c in card.classes if c in ("failed", "done")) for card in cards
        ) == [
            "done",
            "failed",
        ]

    with lock:
        visit(state, steps)


def test_runs_are_read_beside_the_page_and_not_in_its_event_loop(state, monkeypatch):
    read, threads = state.start_next, set()

    def noting():
        threads.add(threading.current_thread())
        return read()

    monkeypatch.setattr(state, "start_next", noting)

    async def steps(user):
        open_tab(user, "Runs")
        await user.should_see("Nothing has been run")

    visit(state, steps)
    assert threads
    assert threading.current_thread() not in threads
