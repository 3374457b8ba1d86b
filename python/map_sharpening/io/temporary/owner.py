"""Which process a temporary file is of, as its name says, and whether that process is gone."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import uuid
from functools import cache
from pathlib import Path
from typing import Literal

State = Literal["running", "gone", "unknown"]

#: Of an owner in a name: machine, number of the process, when it started.
OWNER = r"[0-9a-f]{8}-[0-9a-f]{1,8}-[0-9a-f]{1,16}"

_PROCESSES = Path("/proc")  #: where the system tells of them
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NUMBERS = Path("/proc/self/ns/pid")
_START = 19  #: of the fields that follow a process' name, in clock ticks since the boot


def owner(processes: Path = _PROCESSES) -> str:
    """Return this process in words for a file's name, such as 1a2b3c4d-1f40-5e6f7."""
    return f"{_machine()}-{os.getpid():x}-{_start(os.getpid(), processes) or 0:x}"


def state_of(name: str, processes: Path = _PROCESSES) -> State:
    """Return whether a process, as named by `owner`, still runs.

    "unknown" where that can't be known: for a process of another machine, of another container
    or before a restart, and where the system can't be asked.
    """
    if re.fullmatch(OWNER, name) is None or os.name != "posix":
        return "unknown"
    machine, number, start = name.split("-")
    if machine != _machine():
        return "unknown"
    pid = int(number, 16)
    try:
        os.kill(pid, 0)  # no signal, only whether it is there
    except ProcessLookupError:
        return "gone"
    except PermissionError:
        pass
    except OverflowError:
        return "unknown"  # not a process' number
    now = _start(pid, processes)
    # Its number may have been given to another process.
    return "gone" if now is not None and now != int(start, 16) != 0 else "running"


@cache
def _machine() -> str:
    """Return what tells machines, containers and boots apart: all that number processes anew."""
    marks = [platform.node()]
    try:
        marks += [_BOOT.read_text(), str(_NUMBERS.readlink())]
    except OSError:
        marks.append(f"{uuid.getnode():x}")
    return hashlib.sha256("\n".join(marks).encode(errors="surrogateescape")).hexdigest()[:8]


def _start(pid: int, processes: Path) -> int | None:
    """Return when a process started, None where the system doesn't say."""
    try:
        own = (processes / "self" / "stat").read_text(errors="replace")
        if int(own.split()[0]) != os.getpid():
            return None  # of a system that numbers processes otherwise, as around a container
        status = (processes / str(pid) / "stat").read_text(errors="replace")
        # A process' name, in brackets, may hold anything.
        return int(status.rpartition(")")[2].split()[_START])
    except (OSError, ValueError, IndexError):
        return None
