"""Progress reaches a terminal or another program, and nobody else."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from map_sharpening import progress as progress_module
from map_sharpening.errors import ParameterError
from map_sharpening.progress import JsonLinesProgress, Progress, SilentProgress, TerminalProgress


class CountingStream(io.StringIO):
    """A stream that counts its writes and flushes."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = self.flushes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)

    def flush(self) -> None:
        self.flushes += 1
        super().flush()


def terminal(stream: io.StringIO) -> Console:
    return Console(file=stream, force_terminal=True, width=120, color_system=None)


def every_progress() -> list[Progress]:
    return [
        SilentProgress(),
        JsonLinesProgress(io.StringIO()),
        TerminalProgress(terminal(io.StringIO())),
    ]


def test_json_stage_is_the_documented_object():
    stream = io.StringIO()
    JsonLinesProgress(stream).stage("local", 412, 1000, "boxes")
    told = json.loads(stream.getvalue())
    assert told.pop("seconds") >= 0
    assert told == {
        "stage": "local",
        "done": 412,
        "total": 1000,
        "msg": "boxes",
    }


def test_json_stages_have_the_seconds_since_the_first(monkeypatch):
    clock = iter((100.0, 100.5, 162.1251))
    monkeypatch.setattr(progress_module, "time", SimpleNamespace(monotonic=clock.__next__))
    stream = io.StringIO()
    progress = JsonLinesProgress(stream)
    progress.stage("read", 0, 2)
    progress.stage("read", 1, 2)
    told = [json.loads(line)["seconds"] for line in stream.getvalue().splitlines()]
    assert told == [0.5, 62.13]


def test_json_curve_is_the_documented_object():
    stream = io.StringIO()
    JsonLinesProgress(stream).curve("fsc", [0.1, 0.2], [1.0, 0.5])
    assert json.loads(stream.getvalue()) == {"curve": "fsc", "x": [0.1, 0.2], "y": [1.0, 0.5]}


def test_json_takes_arrays():
    stream = io.StringIO()
    JsonLinesProgress(stream).curve("fsc", np.array([0.5]), np.array([1.0], np.float32))
    assert json.loads(stream.getvalue())["y"] == [1.0]


def test_json_nan_becomes_null():
    stream = io.StringIO()
    JsonLinesProgress(stream).curve("fsc", [0.1, 0.2], [float("nan"), float("inf")])
    assert json.loads(stream.getvalue())["y"] == [None, None]


def test_json_message_with_line_breaks_stays_on_one_line():
    stream = io.StringIO()
    JsonLinesProgress(stream).stage("read", 0, 1, 'a\nb "c"')
    assert stream.getvalue().count("\n") == 1


def test_json_record_is_one_write():
    stream = CountingStream()
    JsonLinesProgress(stream).stage("read", 0, 1)
    assert stream.writes == 1


def test_json_record_is_flushed_at_once():
    stream = CountingStream()
    JsonLinesProgress(stream).stage("read", 0, 1)
    assert stream.flushes == 1


def test_terminal_shows_stage_counts_and_message():
    stream = io.StringIO()
    with TerminalProgress(terminal(stream)) as progress:
        progress.stage("local", 412, 1000, "boxes")
    last = stream.getvalue()
    assert all(word in last for word in ("local", "412/1000", "boxes"))


def test_terminal_takes_brackets_as_they_are():
    stream = io.StringIO()
    with TerminalProgress(terminal(stream)) as progress:
        progress.stage("read", 1, 1, "map[red].mrc")
    assert "map[red].mrc" in stream.getvalue()


def test_terminal_keeps_one_bar_per_stage():
    stream = io.StringIO()
    with TerminalProgress(terminal(stream)) as progress:
        progress.stage("local", 1, 3)
        progress.stage("local", 3, 3)
    assert "3/3" in stream.getvalue().splitlines()[-1] + stream.getvalue().splitlines()[-2]


def test_nothing_is_drawn_where_there_is_no_terminal():
    stream = io.StringIO()
    with TerminalProgress(Console(file=stream, force_terminal=False)) as progress:
        progress.stage("local", 1, 1, "boxes")
    assert stream.getvalue().strip() == ""


@pytest.mark.parametrize(("done", "total"), [(2, 1), (-1, 1), (0, 0)])
@pytest.mark.parametrize("progress", every_progress(), ids=lambda p: type(p).__name__)
def test_impossible_share_is_refused(progress, done, total):
    with pytest.raises(ParameterError, match=f"stage read has done {done} of {total}"):
        progress.stage("read", done, total)


@pytest.mark.parametrize("progress", every_progress(), ids=lambda p: type(p).__name__)
def test_curve_of_unequal_lengths_is_refused(progress):
    with pytest.raises(ParameterError, match="curve fsc has 2 x values and 1 y values"):
        progress.curve("fsc", [1.0, 2.0], [1.0])


def test_silent_progress_writes_nothing(capsys):
    SilentProgress().stage("read", 1, 1, "x")
    assert capsys.readouterr() == ("", "")
