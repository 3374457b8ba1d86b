"""Bugs, interrupts and signals: the exit status, and that nothing is left behind."""

from __future__ import annotations

import gc
import os
import signal
import warnings
from pathlib import Path

import pytest
from command_line import Call, finished, in_python, listing
from examples import of_fast_suite

from map_sharpening import cli
from map_sharpening.cli import command
from map_sharpening.errors import MapSharpeningWarning
from map_sharpening.runs.queue import submission

THREADS = "OPENBLAS_NUM_THREADS"

# Ends before the end


def test_bug_keeps_its_traceback(
    call: Call, halves: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(fetched: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(command, "plan_run", bug)
    with pytest.raises(RuntimeError, match="a bug"):
        call(*halves, "resolution=4")


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the folder that a process is in")
def test_a_working_folder_that_is_gone_is_told(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    said = call("map.mrc", "resolution=4")
    assert said.status == 2
    assert "the working folder can't be found (No such file or directory)" in said.err


@pytest.mark.slow
def test_bug_has_exit_status_1(halves: tuple[str, str]) -> None:
    said = finished(
        in_python(
            "import map_sharpening.cli as c, map_sharpening.cli.command as command\n"
            "command.plan_run = lambda fetched: 1 / 0\n"
            "raise SystemExit(c.main())",
            *halves,
            "resolution=4",
        )
    )
    assert said.status == 1
    assert "Traceback" in said.err


@pytest.mark.parametrize("interrupted_in", ["shells_csv", "postprocess_star"])
def test_interrupt_while_writing_leaves_nothing(
    call: Call,
    halves: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    interrupted_in: str,
) -> None:
    def interrupt(*args: object, **kwargs: object) -> str:
        raise KeyboardInterrupt

    before = listing(tmp_path)
    monkeypatch.setattr(f"map_sharpening.io.curves.{interrupted_in}", interrupt)
    said = call(*halves, "resolution=4", "report=False", "output_directory=out")
    assert said.status == 130
    assert said.error_lines == ["map_sharpening: interrupted; unfinished outputs were not kept"]
    assert listing(tmp_path) == before


@pytest.mark.parametrize(
    ("stopped", "words", "truth"),
    [
        ("_warn", ["--progress", "json"], "the outputs had been written"),
        (
            "wait_for",
            ["queue_run_command=true", "wait_for_job=True", "--quiet"],
            "the job was submitted and goes on, its progress is in {}/queued_run.progress",
        ),
    ],
)
def test_interrupt_says_what_is_true_of_the_outputs(
    call: Call,
    halves: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stopped: str,
    words: list[str],
    truth: str,
) -> None:
    def interrupt(*args: object) -> None:
        if stopped != "_warn" or (tmp_path / "out" / "sharpened_map.ccp4").exists():
            raise KeyboardInterrupt

    # Commands load what waits for jobs when they need it.
    home = submission if hasattr(submission, stopped) else command
    monkeypatch.setattr(home, stopped, interrupt)
    said = call(*halves, "resolution=4", "report=False", "output_directory=out", *words)
    assert said.status == 130
    (line,) = said.error_lines
    assert line == f"map_sharpening: interrupted; {truth.format(tmp_path / 'out')}"


@pytest.mark.parametrize("words", [("deposit", "x"), ("report", "x"), ("doctor",)])
def test_interrupt_of_another_command_says_nothing_of_maps(
    call: Call, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    name = "examine" if words == ("doctor",) else words[0]
    monkeypatch.setattr(f"map_sharpening.cli.{words[0]}.{name}", interrupt)
    said = call(*words)
    assert said.status == 130
    assert said.error_lines == ["map_sharpening: interrupted; unfinished outputs were not kept"]


@pytest.mark.parametrize("moment", ["its job is noted", "it is shown"])
def test_interrupt_after_a_job_was_submitted_says_that_it_goes_on(
    call: Call,
    halves: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    def interrupt(*args: object, **keywords: object) -> None:
        raise KeyboardInterrupt

    called = submission._call

    def call_and_stop_then(queue: str, words: list[str]) -> str:
        answer = called(queue, words)
        if moment == "its job is noted":
            monkeypatch.setattr(submission, "write_text_file", interrupt)
        else:
            monkeypatch.setattr(command, "print", interrupt, raising=False)
        return answer

    monkeypatch.setattr(submission, "_call", call_and_stop_then)
    said = call(*halves, "resolution=4", "output_directory=out", "queue_run_command=true")
    assert said.status == 130
    goes_on = f"goes on, its progress is in {tmp_path / 'out'}/queued_run.progress"
    assert said.error_lines[-1:] == [
        f"map_sharpening: interrupted; the job was submitted and {goes_on}"
    ]


def test_a_warning_of_outputs_is_a_line(
    call: Call, halves: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def warn(*args: object) -> None:
        warnings.warn("the outputs were written, but", MapSharpeningWarning, stacklevel=1)

    monkeypatch.setattr(command, "follow", warn)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        said = call(*halves)
    assert said.status == 0
    assert said.error_lines == ["map_sharpening: warning: the outputs were written, but"]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems have these signals")
@pytest.mark.parametrize("name", of_fast_suite(["SIGTERM", "SIGHUP"], "SIGTERM"))
def test_signal_leaves_nothing_even_if_it_comes_twice(
    halves: tuple[str, str], tmp_path: Path, name: str
) -> None:
    before = listing(tmp_path)
    process = in_python(
        "import os, signal, sys, time, map_sharpening.cli as c, map_sharpening.runs.half_maps\n"
        "from map_sharpening.io.staging import StagedOutputs\n"
        "def wait(*args, **kwargs):\n"
        "    print('ready', flush=True); time.sleep(60)\n"
        "def tidy_up(self, discard=StagedOutputs.discard):\n"
        f"    os.kill(os.getpid(), signal.{name}); discard(self)\n"
        "StagedOutputs.discard = tidy_up\n"
        "sys.modules['map_sharpening.runs.half_maps'].sharpen_half_maps = wait\n"
        # Under nohup it is ignored, also by what the tests start.
        f"signal.signal(signal.{name}, signal.SIG_DFL)\n"
        "raise SystemExit(c.main())",
        *halves,
        "resolution=4",
        "output_directory=out",
        "--quiet",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(getattr(signal, name))
    said = finished(process)
    assert (said.status, said.error_lines) == (
        130,
        ["map_sharpening: interrupted; unfinished outputs were not kept"],
    )
    assert listing(tmp_path) == before


@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems have these signals")
@pytest.mark.parametrize("name", of_fast_suite(["SIGINT", "SIGTERM", "SIGHUP"], "SIGINT"))
def test_signal_while_libraries_are_loaded_waits_for_them(
    halves: tuple[str, str], tmp_path: Path, name: str
) -> None:
    before = listing(tmp_path)
    said = finished(
        in_python(
            "import enum, os, signal, sys, map_sharpening.cli as c\n"
            "sent = []\n"
            # gemmi makes enums while it is loaded; an exception from there aborts the process.
            "def call(kind, *args, make=enum.EnumMeta.__call__, **kwargs):\n"
            "    if 'gemmi.gemmi_ext' in sys.modules and not sent:\n"
            f"        sent.append(os.kill(os.getpid(), signal.{name}))\n"
            "    return make(kind, *args, **kwargs)\n"
            "enum.EnumMeta.__call__ = call\n"
            f"signal.signal(signal.{name}, signal.SIG_DFL)\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "status = c.main()\n"
            "print(len(sent)); raise SystemExit(status)",
            *halves,
            "resolution=4",
            "output_directory=out",
            "--quiet",
        )
    )
    assert said.out == "1\n"
    assert (said.status, said.error_lines) == (
        130,
        ["map_sharpening: interrupted; unfinished outputs were not kept"],
    )
    assert listing(tmp_path) == before


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems have SIGHUP")
def test_run_under_nohup_outlives_its_terminal(halves: tuple[str, str]) -> None:
    said = finished(
        in_python(
            "import os, signal, map_sharpening.cli as c, map_sharpening.cli.command as command\n"
            "def follow(options):\n"
            "    os.kill(os.getpid(), signal.SIGHUP); print('goes on')\n"
            "command.follow = follow\n"
            "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
            "raise SystemExit(c.main())",
            *halves,
        )
    )
    assert (said.status, said.out) == (0, "goes on\n")


def test_signal_handler_of_the_caller_is_put_back(call: Call) -> None:
    before = signal.getsignal(signal.SIGTERM)
    call("--citations")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_caller_keeps_its_collection_of_garbage_and_its_environment(call: Call) -> None:
    before = (gc.isenabled(), gc.get_freeze_count(), dict(os.environ))
    assert call("no_such_map.mrc", "resolution=3").status == 2
    assert (gc.isenabled(), gc.get_freeze_count(), dict(os.environ)) == before


def test_libraries_are_loaded_with_one_thread_of_linear_algebra_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    monkeypatch.setattr(cli, "import_module", lambda _: seen.append(os.environ.get(THREADS)))
    monkeypatch.delenv(THREADS, raising=False)
    cli._load_libraries()
    assert THREADS not in os.environ
    monkeypatch.setenv(THREADS, "3")
    cli._load_libraries()
    assert seen == ["1", "3"]
