"""Ending a job that was submitted, by what the queueing system answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from map_sharpening.errors import ClusterError
from map_sharpening.runs.queue.ending import (
    JOB_FILE,
    JOB_PROGRESS,
    Job,
    end_job,
    exit_of_job,
    job_of,
)


@pytest.mark.parametrize(
    ("submit", "answer", "expected"),
    [
        ("sbatch", "Submitted batch job 71", ["scancel", "71"]),
        ("sbatch", "Submitted batch job 71 on cluster big", ["scancel", "-M", "big", "71"]),
        ("sbatch", "71;big", ["scancel", "-M", "big", "71"]),
        ("/opt/slurm/bin/sbatch", "71", ["/opt/slurm/bin/scancel", "71"]),
        ("qsub", "1284.head.example.org", ["qdel", "1284.head.example.org"]),
        ("qsub", 'Your job 33 ("queued_run.sh") has been submitted', ["qdel", "33"]),
        ("bsub", "Job <5> is submitted to queue <short>.", ["bkill", "5"]),
        ("sbatch", "by sbatch, which said nothing", None),
        ("my_submit", "Submitted batch job 71", None),
    ],
)
def test_the_command_that_ends_a_job_follows_from_the_one_that_submitted_it(
    submit: str, answer: str, expected: list[str] | None
) -> None:
    assert Job((submit, "-p", "short"), answer).ending() == expected


def fake(folder: Path, text: str) -> Job:
    """Write a qdel, and a job of the qsub beside it into the folder."""
    script = folder / "qdel"
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o755)
    job = Job((str(folder / "qsub"),), "8.head")
    (folder / JOB_FILE).write_text(job.text())
    return job


def test_a_job_that_goes_on_is_ended_and_one_that_has_ended_is_left(tmp_path: Path) -> None:
    job = fake(tmp_path, f'echo "$1" >> {tmp_path}/ended')
    assert job_of(tmp_path) == job
    end_job(tmp_path)
    assert (tmp_path / "ended").read_text() == "8.head\n"
    (tmp_path / JOB_PROGRESS).write_text('{"stage":"write","done":1,"total":4,"msg":""}\n')
    assert exit_of_job(tmp_path) is None
    (tmp_path / JOB_PROGRESS).write_text('{"exit":0}\n')
    assert exit_of_job(tmp_path) == 0
    end_job(tmp_path)
    assert (tmp_path / "ended").read_text() == "8.head\n"


def test_a_folder_without_a_job_has_nothing_to_end(tmp_path: Path) -> None:
    end_job(tmp_path)
    for text in ("", "{", "[]", '{"command": [], "answer": "1"}', '{"command": ["qsub"]}'):
        (tmp_path / JOB_FILE).write_text(text)
        assert job_of(tmp_path) is None


def test_what_the_queueing_system_refuses_is_told(tmp_path: Path) -> None:
    fake(tmp_path, "echo not yours >&2; exit 3")
    with pytest.raises(ClusterError, match=r"qdel 8\.head failed .* 3: not yours"):
        end_job(tmp_path)
    (tmp_path / "qdel").unlink()
    with pytest.raises(ClusterError, match=r"end job 8\.head yourself"):
        end_job(tmp_path)
    (tmp_path / JOB_FILE).write_text(Job(("my_submit",), "8").text())
    with pytest.raises(ClusterError, match="my_submit answered '8'"):
        end_job(tmp_path)


def test_a_job_that_is_being_submitted_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / JOB_FILE).write_text(Job(("sbatch",), "").text())
    assert job_of(tmp_path) == Job(("sbatch",), "")
    with pytest.raises(ClusterError, match=r"sbatch has not answered yet; cancel again"):
        end_job(tmp_path)


def test_files_of_a_job_that_can_not_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / JOB_PROGRESS).mkdir()
    assert exit_of_job(tmp_path) is None
    (tmp_path / JOB_FILE).mkdir()
    with pytest.raises(ClusterError, match=r"queued_run\.job can't be read: .*; it says which"):
        end_job(tmp_path)


def test_a_command_that_can_not_be_started_is_told(tmp_path: Path) -> None:
    fake(tmp_path, "")
    (tmp_path / "qdel").write_bytes(b"\x7fELF")
    with pytest.raises(ClusterError, match=r"can't be started: .*; end job 8\.head yourself"):
        end_job(tmp_path)
    fake(tmp_path, "printf '\\351' >&2; exit 1")
    with pytest.raises(ClusterError, match="failed with exit status 1: \ufffd"):
        end_job(tmp_path)
