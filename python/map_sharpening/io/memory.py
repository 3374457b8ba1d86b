"""How much memory this process may still take."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

#: A version 1 group without a limit reports a number near 2**63.
_NO_LIMIT = 2**60


def available_bytes(root: Path = Path("/")) -> int | None:
    """Return how many bytes can still be allocated, or None if the system does not say.

    The smallest of: memory that the machine can free (MemAvailable), what is left of the
    limits of this process' control groups (versions 1 and 2), of its address space and of its
    data.

    Parameters
    ----------
    root : Path
        Where `proc` and `sys` are found; other than "/" only to read a recorded machine.
    """
    candidates = [_machine_bytes(root), *_control_group_bytes(root), *_limited_bytes(root)]
    known = [number for number in candidates if number is not None]
    return max(min(known), 0) if known else None


def _text(path: Path) -> str | None:
    """Return a file's text, or None: which of these files exist depends on the kernel."""
    try:
        return path.read_text()
    except OSError:
        return None


def _number(path: Path) -> int | None:
    text = (_text(path) or "").strip()
    return int(text) if text.isdigit() else None


def _named_number(path: Path, key: str) -> int | None:
    for line in (_text(path) or "").splitlines():
        words = line.replace(":", " ").split()
        if len(words) >= 2 and words[0] == key and words[1].isdigit():
            return int(words[1])
    return None


def _machine_bytes(root: Path) -> int | None:
    kibibytes = _named_number(root / "proc/meminfo", "MemAvailable")
    if kibibytes is not None:
        return kibibytes * 1024
    if sys.platform == "win32":
        return None
    # elsewhere free memory isn't known; all of the memory is the only sure bound
    pages, size = (_sysconf(key) for key in ("SC_PHYS_PAGES", "SC_PAGE_SIZE"))
    return pages * size if pages and size else None


def _sysconf(key: str) -> int | None:
    try:
        return os.sysconf(key)
    except (ValueError, OSError):
        return None


def _control_group_bytes(root: Path) -> Iterator[int]:
    """Yield what is left of each memory limit that this process is under."""
    for line in (_text(root / "proc/self/cgroup") or "").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if number == "0" and not controllers:
            mount = root / "sys/fs/cgroup"
            names = ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            mount = root / "sys/fs/cgroup/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        for folder in _with_parents(mount, group):
            left = _left_in_group(folder, *names)
            if left is not None:
                yield left


def _with_parents(mount: Path, group: str) -> Iterator[Path]:
    """Yield a group's folder and those above it; in a container only the mount may exist."""
    inner = [part for part in group.split("/") if part not in ("", "..")]
    for depth in range(len(inner), -1, -1):
        yield mount.joinpath(*inner[:depth])


def _left_in_group(
    folder: Path, limit_name: str, usage_name: str, reclaimable_key: str
) -> int | None:
    limit, usage = _number(folder / limit_name), _number(folder / usage_name)
    if limit is None or usage is None or limit >= _NO_LIMIT:
        return None
    # cached file pages count as used but are given back when asked for
    reclaimable = _named_number(folder / "memory.stat", reclaimable_key) or 0
    return limit - max(usage - reclaimable, 0)


def _limited_bytes(root: Path) -> Iterator[int]:
    """Yield what is left of the address space and, as `ulimit -d` sets it, of the data."""
    if sys.platform == "win32":
        return
    import resource

    for kind, key in ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData")):
        limit, _ = resource.getrlimit(kind)
        if limit != resource.RLIM_INFINITY:
            yield limit - 1024 * (_named_number(root / "proc/self/status", key) or 0)
