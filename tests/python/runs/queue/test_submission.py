"""Whole runs as jobs: what is written, submitted and followed, with commands played by scripts."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from examples import of_fast_suite
from half_map_files import RESOLUTION
from half_map_run import words

from map_sharpening import cli
from map_sharpening.errors import ClusterError, MapSharpeningError, OutputError, ParameterError
from map_sharpening.io.memory import available_bytes
from map_sharpening.io.progress_file import last_line, progress_records
from map_sharpening.io.recognise import read_parameter_file
from map_sharpening.parameters.reading import read_words
from map_sharpening.phil import AUTO, diff
from map_sharpening.progress import SilentProgress
from map_sharpening.run import plan_run, run
from map_sharpening.runs import inputs
from map_sharpening.runs.queue.submission import Submission, submit, wait_for

# Answers at once, as a queueing system does, and runs the job later.
QSUB = """\
#!/bin/sh
[ "$1" = -q ] || exit 9
(sleep 0.2; "$3") > /dev/null 2>&1 &
echo "job $2 is queued"
"""
REFUSING = """\
#!/bin/sh
echo "qsub: unknown queue" >&2
exit 188
"""


@pytest.fixture
def queue(tmp_path: Path) -> str:
    return f"{command(tmp_path / 'qsub', QSUB)} -q short"


def command(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def submitted(halves: tuple[Path, Path], folder: Path, queue: str, *more: str) -> Submission:
    return submit(plan_run(words(halves, folder, f"queue_run_command={queue}", *more)))


def job_of(folder: Path, progress: str, log: str = "") -> Submission:
    """Make the files of a job that has told something."""
    paths = [folder / f"queued_run.{suffix}" for suffix in ("sh", "eff", "progress", "log")]
    paths[2].write_text(progress)
    paths[3].write_text(log)
    return Submission("queued", *paths)


class Heard:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.curves: dict[str, Any] = {}

    def stage(self, name: str, done: int, total: int, message: str = "") -> None:
        self.stages.append(f"{name} {done}/{total}")

    def curve(self, name: str, x: Any, y: Any) -> None:
        self.curves[name] = (x, y)


def test_the_job_is_to_find_the_resolution_that_was_found_here(
    half_files: tuple[Path, Path], tmp_path: Path, queue: str
) -> None:
    more = ("resolution=Auto", "mask=False")
    job = submitted(half_files, tmp_path / "out", f"/bin/true {queue}", *more)
    given = read_words(files=[read_parameter_file(job.parameters)])
    assert given.extract().crystal_info.resolution is AUTO


@pytest.mark.slow
def test_a_job_makes_the_maps_of_a_run_here(
    half_files: tuple[Path, Path], tmp_path: Path, queue: str
) -> None:
    job = submitted(half_files, tmp_path / "job", queue)
    assert job.answer == "job short is queued"
    heard = Heard()
    wait_for(job, heard)
    run(words(half_files, tmp_path / "here"))
    name = "sharpened_map.ccp4"
    assert (tmp_path / "job" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
    assert heard.stages[-1].startswith("write ")
    assert "fsc" in heard.curves


def test_the_job_has_the_parameters_but_submits_nothing(
    half_files: tuple[Path, Path], tmp_path: Path, queue: str
) -> None:
    more = ("n_bins=30", "wait_for_job=True")
    job = submitted(half_files, tmp_path / "out", f"/bin/true {queue}", *more)
    given = read_words(files=[read_parameter_file(job.parameters)])
    assert diff(given) == diff(read_words(words(half_files, tmp_path / "out", "n_bins=30")))


@pytest.mark.slow
def test_the_job_runs_where_it_was_submitted(
    half_files: tuple[Path, Path],
    tmp_path: Path,
    queue: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(half_files[0].parent)
    names = (Path(half_files[0].name), Path(half_files[1].name))
    here = tmp_path / "it's a folder"
    job = submitted(names, here, queue)
    wait_for(job, SilentProgress())
    assert (here / "sharpened_map.ccp4").is_file()


@pytest.mark.slow
def test_the_script_can_be_run_by_hand_from_anywhere(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    job = submitted(half_files, tmp_path / "out", "/bin/true")
    done = subprocess.run([job.script], cwd="/", capture_output=True, check=True)
    assert done.stdout == done.stderr == b""
    assert (tmp_path / "out" / "sharpened_map.ccp4").is_file()


@pytest.mark.slow
def test_a_job_that_fails_ends_the_wait_with_its_words(
    half_files: tuple[Path, Path], tmp_path: Path, queue: str
) -> None:
    job = submitted(half_files, tmp_path / "out", "/bin/true")
    job.parameters.write_text("crystal_info.resolution = many\n")
    subprocess.run([job.script], check=False)
    with pytest.raises(
        ClusterError, match=r"exit status 2: map_sharpening: .*many.*queued_run.lo"
    ):
        wait_for(job, SilentProgress())


def test_a_folder_that_the_job_cannot_reach_ends_the_wait_too(
    half_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    job = submitted(half_files, tmp_path / "out", "/bin/true")
    monkeypatch.chdir(tmp_path)
    here.rmdir()
    subprocess.run([job.script], check=False)
    with pytest.raises(ClusterError, match="the job ended with exit status"):
        wait_for(job, SilentProgress())


@pytest.mark.parametrize(
    "name", of_fast_suite(["queued_run.progress", "queued_run.log"], "queued_run.progress")
)
@pytest.mark.parametrize("how", ["ln -s", "ln", "rm", "mkfifo"])
def test_a_job_writes_into_no_file_that_was_put_in_the_place_of_its_own(
    half_files: tuple[Path, Path], tmp_path: Path, name: str, how: str
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    made = f"{how} {victim} {name}" if how.startswith("ln") else "mkfifo " + name
    planting = "true" if how == "rm" else made
    queue = command(
        tmp_path / "queue", f'#!/bin/sh\ncd "$(dirname "$1")"\nrm {name}\n{planting}\nsh "$1"\n'
    )
    if how == "rm":  # what isn't there is made anew
        submitted(half_files, tmp_path / "out", str(queue))
        assert (tmp_path / "out" / "sharpened_map.ccp4").exists()
        return
    refusal = rf"exit status 1: map_sharpening: .*{name} is a link, or no file; remove it"
    with pytest.raises(ClusterError, match=refusal):
        submitted(half_files, tmp_path / "out", str(queue))
    assert victim.read_text() == "precious"


def test_a_submission_in_place_of_another_forgets_its_progress(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    first = submitted(half_files, tmp_path / "out", "/bin/true")
    first.progress.write_text('{"exit":0}\n')
    assert submitted(half_files, tmp_path / "out", "/bin/true").progress.read_text() == ""


def test_outputs_that_may_not_be_replaced_are_told_before(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "sharpened_map.ccp4").touch()
    with pytest.raises(OutputError, match="exists; expected a new file"):
        submitted(half_files, folder, "/bin/true", "overwrite=False")
    assert [path.name for path in folder.iterdir()] == ["sharpened_map.ccp4"]


def test_the_memory_of_this_machine_does_not_count(
    half_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert available_bytes() is not None
    monkeypatch.setattr(inputs, "available_bytes", lambda: 1000)
    with pytest.raises(MapSharpeningError, match="of memory"):
        plan_run(words(half_files, tmp_path))
    assert submitted(half_files, tmp_path, "/bin/true").script.is_file()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("no_such_qsub -q a", ClusterError, r"no_such_qsub can't be started: No such file"),
        ("/etc/passwd", ClusterError, r"/etc/passwd can't be started: Permission denied"),
        ("it's", ParameterError, "in which a quotation mark has no partner"),
        ('""', ParameterError, "queue_run_command is empty"),
    ],
)
def test_a_command_that_cannot_be_is_refused(
    half_files: tuple[Path, Path],
    tmp_path: Path,
    given: str,
    error: type[MapSharpeningError],
    message: str,
) -> None:
    plan = plan_run({"half_map": half_files, "resolution": RESOLUTION} | _queue(given, tmp_path))
    with pytest.raises(error, match=message):
        submit(plan)


def _queue(given: str, folder: Path) -> dict[str, str]:
    escaped = given.replace('"', r"\"")
    return {"queue_run_command": f'"{escaped}"', "output_directory": str(folder)}


def test_a_queue_that_refuses_is_quoted_and_the_script_stays(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    qsub = command(tmp_path / "qsub", REFUSING)
    with pytest.raises(ClusterError, match=r"status 188: qsub: unknown queue; fix it, or submit"):
        submitted(half_files, tmp_path / "out", str(qsub))
    assert os.access(tmp_path / "out" / "queued_run.sh", os.X_OK)


def test_a_command_that_says_nothing_is_named(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    assert submitted(half_files, tmp_path / "out", "true").answer == "by true, which said nothing"


def test_the_command_line_tells_the_answer_and_ends(
    half_files: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    echo = "queue_run_command=echo queued as"
    assert cli.main(words(half_files, out, echo)) == 0
    said = capsys.readouterr()
    assert f"Submitted    queued as {out}/queued_run.sh" in said.out
    assert said.err == ""
    assert not (out / "sharpened_map.ccp4").exists()


@pytest.mark.slow
def test_the_command_line_waits_and_relays_the_progress(
    half_files: tuple[Path, Path],
    tmp_path: Path,
    queue: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    more = [f"queue_run_command={queue}", "wait_for_job=True", "--progress", "json"]
    assert cli.main(words(half_files, tmp_path / "out", *more)) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"sharpen", "write"} <= {record.get("stage") for record in records}
    assert (tmp_path / "out" / "sharpened_map.ccp4").is_file()


def test_a_failed_job_is_a_failed_command(
    half_files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '#!/bin/sh\necho \'{"exit":1}\' >> "${1%.sh}.progress"\necho Bus error > "${1%.sh}.log"'
    qsub = command(tmp_path / "qsub", text)
    more = [f"queue_run_command={qsub}", "wait_for_job=True"]
    assert cli.main(words(half_files, tmp_path / "out", *more)) == 2
    assert "exit status 1: Bus error" in capsys.readouterr().err


def test_a_run_from_python_is_not_submitted(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="queue_run_command is qsub, but this function runs"):
        run(words(half_files, tmp_path, "queue_run_command=qsub"))


def test_progress_that_is_being_written_is_read_when_whole(tmp_path: Path) -> None:
    job = job_of(tmp_path, '{"stage":"sharpen","done":1,"to')

    def go_on() -> None:
        time.sleep(0.2)
        with job.progress.open("a") as stream:
            stream.write('tal":2,"msg":""}\n{"exit":0}\n')

    writer = threading.Thread(target=go_on)
    writer.start()
    heard = Heard()
    wait_for(job, heard)
    writer.join()
    assert heard.stages == ["sharpen 1/2"]


def test_missing_values_of_a_curve_are_nan(tmp_path: Path) -> None:
    heard = Heard()
    wait_for(job_of(tmp_path, '{"curve":"fsc","x":[0],"y":[null]}\n{"exit":0}\n'), heard)
    ((value,),) = (heard.curves["fsc"][1],)
    assert value != value


@pytest.mark.parametrize("line", ["hello", "[1]"])
def test_anything_else_in_the_progress_file_is_quoted(tmp_path: Path, line: str) -> None:
    with pytest.raises(ClusterError, match="expected a JSON object a line"):
        wait_for(job_of(tmp_path, f"{line}\n"), SilentProgress())


def test_a_progress_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="No such file or directory; the job continues"):
        list(progress_records(tmp_path / "queued_run.progress"))


def test_the_last_line_is_the_last_that_says_something(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("one\ntwo\n\n")
    assert last_line(tmp_path / "log") == "two"
