"""Runs that the graphical interface starts: a record in each output folder, found again later.

Besides the outputs, each folder of a run holds ``run.json`` (command, title, notes, when),
``run.progress`` (JSON lines as `JsonLinesProgress` writes them, then ``{"exit": status}``),
``run.log`` (warnings and errors), and ``run.lock``, which the run's processes hold locked as
long as one of them lives: whether a run goes on needs no process id that another may have got.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

from map_sharpening.errors import OutputError
from map_sharpening.io.readable import open_file, text_of_file
from map_sharpening.io.staging import StagedOutputs, write_text_file
from map_sharpening.own_command import own_command

#: What the interface writes into a run's folder, which the program itself doesn't.
RECORD, PROGRESS, LOG, LOCK = "run.json", "run.progress", "run.log", "run.lock"
RESULTS = "results.json"  #: what the program writes at the end, at the shell too

#: Ended: it was done without the interface, which keeps title and notes alone.
Stage = Literal["waiting", "started", "cancelled", "ended"]

#: The shell outlives a SIGTERM to its group, which ends the run, to write how it ended.  What it
#: would say of that itself does not belong into the log, which is its standard error.
_SCRIPT = """\
trap : TERM INT HUP
exec 3>&2 2>/dev/null
"$@" 2>&3 3>&-
printf '{"exit":%d}\\n' "$?"
"""
#: By no link, and without waiting for the other end of a pipe.
_AS_IT_IS = os.O_NOFOLLOW | os.O_NONBLOCK
#: Processes that this one has started; they are polled so that no zombies remain.
_children: list[subprocess.Popen[bytes]] = []
#: Held while a run is asked about: another thread would find its lock held, and call it alive.
_asking = threading.Lock()


@dataclass(frozen=True)
class RunRecord:
    """What was requested, and its state as far as the interface decides it."""

    words: tuple[str, ...]  #: of the command line, as typed after the program's name
    stage: Stage = "waiting"
    title: str = ""
    notes: str = ""
    made: str = ""  #: when it was asked for, ISO 8601
    group: int = 0  #: process group, once started


def read_record(folder: Path) -> RunRecord | None:
    """Return the record of a run's folder, or None where there is none that can be used."""
    try:
        found = json.loads(text_of_file(folder / RECORD))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    words = found.get("words")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    stage, group = found.get("stage"), found.get("group")
    texts = {name: str(found.get(name, "")) for name in ("title", "notes", "made")}
    return RunRecord(
        tuple(words),
        stage if stage in ("waiting", "started", "cancelled", "ended") else "started",
        group=group if isinstance(group, int) else 0,
        **texts,
    )


def write_record(folder: Path, record: RunRecord) -> None:
    """Write a record, whole or not at all.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    text = json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n"
    with StagedOutputs(inputs=[], overwrite=True) as staged:
        write_text_file(staged.temporary_path(folder / RECORD), text)


def new_run(root: Path, stem: str, record: Callable[[Path], RunRecord]) -> Path:
    """Make a folder with the record of a run, or nothing at all; its name begins with the stem.

    Raises
    ------
    OutputError
        If they can't be written.
    """
    folder = new_run_folder(root, stem)
    try:
        write_record(folder, record(folder))
    except OutputError:
        with suppress(OSError):  # whatever else somebody has put there stays
            folder.rmdir()
        raise
    return folder


def new_run_folder(root: Path, stem: str) -> Path:
    """Make a folder of a name that is free: the stem and a number.

    Raises
    ------
    OutputError
        If it can't be made.
    """
    for number in range(1, 10_000):
        folder = root / f"{stem}_{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise OutputError(
                f"{folder} can't be made: {error.strerror}; free space or allow writing there, or "
                "start the interface in another folder"
            ) from error
        return folder
    raise OutputError(f"{root} has ten thousand folders {stem}_...; tidy up there")


def run_folders(root: Path) -> list[Path]:
    """Return the folders below a root that look like those of runs, the newest last."""
    found = {}
    for name in (RESULTS, RECORD):
        for file in root.glob(f"*/{name}"):
            with suppress(OSError):  # it has just gone
                if not file.parent.is_symlink():
                    found[file.parent] = file.stat().st_mtime_ns
    return sorted(found, key=lambda folder: (found[folder], folder))


def is_alive(folder: Path) -> bool:
    """Whether a process of the run is alive."""
    with _asking:
        for child in list(_children):
            if child.poll() is not None:
                _children.remove(child)
        with _locked(folder) as lock:
            return lock is None


def start(folder: Path, root: Path) -> bool:
    """Start a waiting run as its own process group, which outlives this program.

    Parameters
    ----------
    root : Path
        Where its command is given.

    Returns
    -------
    bool
        False if it doesn't wait any more: another server has started it.

    Raises
    ------
    OutputError
        If it can't be started.
    """
    with _locked(folder) as lock:
        record = read_record(folder)
        if lock is None or record is None or record.stage != "waiting":
            return False
        if lock < 0:
            raise OutputError(
                f"the run can't be started: {folder / LOCK} is a link or can't be written; "
                "remove it, or give a folder that no other user may write to"
            )
        command = [*own_command(), *record.words, "--progress", "json"]
        try:
            with _new_file(folder / PROGRESS) as progress, _new_file(folder / LOG) as log:
                process = subprocess.Popen(
                    ["/bin/sh", "-c", _SCRIPT, "sh", *command],
                    cwd=root,
                    stdin=subprocess.DEVNULL,
                    stdout=progress,
                    stderr=log,
                    start_new_session=True,
                    pass_fds=(lock,),
                )
        except OSError as error:
            raise OutputError(f"the run can't be started: {error.strerror}") from error
        _children.append(process)
        write_record(folder, replace(record, stage="started", group=process.pid))
    return True


def cancel(folder: Path, *, at_once: bool = False) -> None:
    """End a run's process group, or take a run that waits from the queue.

    Parameters
    ----------
    at_once : bool
        Without letting it tidy up: for one that doesn't answer.

    Raises
    ------
    OutputError
        If the record can't be written.
    """
    record = read_record(folder)
    if record is None:
        return
    if record.stage == "waiting":
        write_record(folder, replace(record, stage="cancelled"))
        return
    # As long as the lock is held a member of the group lives, and the number is its own.
    if record.group > 1 and is_alive(folder):
        write_record(folder, replace(record, stage="cancelled"))
        with suppress(ProcessLookupError):
            os.killpg(record.group, signal.SIGKILL if at_once else signal.SIGTERM)


def progress_so_far(folder: Path) -> list[dict[str, Any]]:
    """Return the progress of a run so far, in order, without a line still being written."""
    try:
        with open_file(folder / PROGRESS) as stream:
            raw = stream.read()
    except OSError:
        return []
    records = []
    for line in raw.splitlines(keepends=True):
        try:
            record = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:  # the disk was full, or the machine went down
            record = None
        if isinstance(record, dict):
            records.append(record)
    return records


def text_so_far(path: Path, longest: int = 200_000) -> str:
    """Return the end of a text file that grows; of one that isn't there, nothing."""
    try:
        with open_file(path) as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - longest))
            return stream.read(longest).decode(errors="replace")
    except OSError:
        return ""


def _new_file(path: Path) -> BinaryIO:
    """Open an empty file to append to; what lies at its name, such as a link, is replaced."""
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return open(os.open(path, flags, 0o666), "ab")  # noqa: PTH123 (no path; the caller's)


@contextmanager
def _locked(folder: Path) -> Iterator[int | None]:
    """Hold the lock of a run's folder, as a file's number; None if another process does."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | _AS_IT_IS, 0o600)
    except OSError:
        try:  # in a folder that is only to be read nobody starts anything, but it may go on
            lock = os.open(folder / LOCK, os.O_RDONLY | _AS_IT_IS)
        except OSError:
            yield -1
            return
    # The shell that a run is started by has the numbers below 10 for itself.
    low, lock = lock, fcntl.fcntl(lock, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(low)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield lock
    finally:
        os.close(lock)  # no unlocking: what was started meanwhile keeps it
