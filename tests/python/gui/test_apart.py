"""Questions that take much memory: answered by a process of their own, which can be ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from nicegui import ui
from visits import visit

from map_sharpening.errors import ResultsError
from map_sharpening.gui import inputs
from map_sharpening.gui.files import apart
from map_sharpening.gui.files.apart import Apart, NoLongerAskedError
from map_sharpening.gui.state import RESOLUTION, Draft
from map_sharpening.own_command import own_command

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

_MARK = f"a process of the tests in {os.getpid()}"


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are never answered."""
    sleeping = [sys.executable, "-c", "import time; time.sleep(600)", _MARK]
    monkeypatch.setattr(apart, "own_command", lambda module: sleeping)


def until(condition: Callable[[], object]) -> None:
    """Wait until something is true; a test that hangs is ended by its runner."""
    while not condition():
        time.sleep(0.01)


def asked(one: Apart, *words: str) -> tuple[threading.Thread, list[BaseException]]:
    """Ask in a thread; return it, and what it raises."""
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            one.ask(*words)
        except (NoLongerAskedError, ResultsError) as error:
            raised.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    until(lambda: one.is_busy or raised)
    return thread, raised


def children() -> set[int]:
    """Return the processes of these tests that live."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            if _MARK.encode() in path.read_bytes():
                found.add(int(path.parent.name))
    return found


def test_a_new_question_ends_the_process_of_the_one_before(never, half_map_files):
    one = Apart()
    thread, raised = asked(one, "resolution")
    other, raised_later = asked(one, "resolution")
    thread.join()
    assert isinstance(raised[0], NoLongerAskedError)
    until(lambda: len(children()) == 1)
    one.end()
    other.join()
    assert isinstance(raised_later[0], NoLongerAskedError)
    assert not children()


def test_a_process_that_is_killed_is_told(never):
    thread, raised = asked(Apart(), "resolution")
    until(children)
    os.kill(children().pop(), signal.SIGKILL)
    thread.join()
    assert isinstance(raised[0], ResultsError)
    assert "signal 9" in str(raised[0])


@pytest.mark.slow
def test_what_a_process_fails_by_is_told():
    with pytest.raises(ResultsError, match="failed: KeyError"):
        Apart().ask("weather")


@pytest.mark.slow
def test_it_ends_with_the_program_that_asks(half_map_files):
    words = [*own_command("gui.files.answers"), "resolution", *map(str, half_map_files)]
    # Its standard input is closed, as the end of this program does.
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


@pytest.mark.slow
def test_half_maps_that_are_one_file_get_no_proposal_and_the_reason(state, half_map_files):
    one = half_map_files[0]
    (state.folder.root / "copy_half2.mrc").write_bytes(one.read_bytes())
    draft = Draft()
    inputs.recognise(state, draft, [one.name, "copy_half2.mrc"])
    assert [file.role for file in draft.inputs] == ["half map", "half map"]
    assert "No resolution is proposed: " in inputs.propose_resolution(state, draft, Apart())
    assert RESOLUTION not in draft.values


def test_the_page_shows_the_files_at_once_and_the_proposal_later(state, half_map_files):
    inputs.recognise(state, state.draft, [file.name for file in half_map_files])

    async def steps(user):
        await user.should_see("Finding the resolution to which the half maps agree")
        await user.should_see("Proposed: the half maps agree to", retries=600)
        (typed,) = user.find(kind=ui.input, content="Resolution in Å").elements
        assert typed.value == state.draft.values[RESOLUTION]

    visit(state, steps)


def test_a_resolution_that_is_typed_ends_the_search_for_one(state, never, half_map_files):
    inputs.recognise(state, state.draft, [file.name for file in half_map_files])

    async def steps(user):
        await user.should_see("Finding the resolution to which the half maps agree")
        while not children():
            await asyncio.sleep(0.01)
        await user.should_see("being found")
        await user.should_not_see("resolution is missing")
        (run,) = (b for b in user.find(kind=ui.button).elements if b.text == "Run")
        assert not run.enabled
        user.find(kind=ui.input, content="Resolution in Å").type("7")
        await user.should_not_see("Finding the resolution")
        while children():  # long before the page is left
            await asyncio.sleep(0.01)

    shell = visit(state, steps)
    assert shell.draft.values[RESOLUTION] == "7"


def test_nobody_is_asked_any_more_once_all_are_closed(never):
    one = Apart()
    thread, raised = asked(one, "resolution")
    apart.close_all()
    thread.join()
    assert isinstance(raised[0], NoLongerAskedError)
    with pytest.raises(NoLongerAskedError, match="nobody is waiting"):
        one.ask("resolution")
    assert not children()


def test_a_page_that_is_closed_ends_what_is_found_for_it(state, never):
    shells = []

    async def steps(user):
        thread, raised = asked(shells[0].comparing, "agreement")
        user.client.delete()
        thread.join()
        assert isinstance(raised[0], NoLongerAskedError)

    visit(state, steps, before=shells.append)
    assert not children()
