"""Folders that outputs go to: whether they can take them, and keeping what is in them."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from map_sharpening.errors import OutputError

#: Characters of a name that a message has whole, and of a longer one.
_LONGEST_SHOWN, _SHORTENED = 200, 120


def shown_name(path: Path) -> str:
    """Return a path for a message, shortened if it is longer than any that is of use."""
    name = str(path)
    if len(name) <= _LONGEST_SHOWN:
        return name
    return f"{name[:_SHORTENED]}... ({len(name)} characters)"


def resolved_folder(folder: Path) -> Path:
    """Return where outputs of a folder go: links to folders are followed.

    Raises
    ------
    OutputError
        If there is a link where nothing is. Whoever made it would choose where a folder is made.
        Or if no folder can have the name.
    """
    for part in (folder, *folder.parents):
        try:
            leads_nowhere = part.is_symlink() and not part.exists()
        except OSError as error:
            raise OutputError(
                f"{shown_name(folder)} can't be a folder: {error.strerror}; expected a folder for "
                "outputs; give another name"
            ) from error
        if leads_nowhere:
            raise OutputError(
                f"{part} is a link to {part.readlink()}, which does not exist; expected a folder "
                "for outputs; make that folder, or give another one"
            )
    return Path(os.path.realpath(folder))


def nearest_folder(folder: Path) -> Path:
    """Return a folder that can be written to, or the one in which it can be made.

    Raises
    ------
    OutputError
        If there is none.
    """
    found = next(part for part in (folder, *folder.parents) if os.path.lexists(part))
    if not (is_folder := found.is_dir()) or not os.access(found, os.W_OK | os.X_OK):
        why = "can't be written to" if is_folder else "is not a folder"
        raise OutputError(f"{found} {why}; expected a folder for outputs; give another one")
    return found


def require_space(folder: Path, needed: int, what: str) -> None:
    """Check the room for some bytes on the disk of a folder that exists; `what` needs it.

    Raises
    ------
    OutputError
        If there is less.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OutputError(
            f"{folder} has {free:,} bytes free, but {what} need {needed:,}; free space there or"
            " write to another folder"
        )


def flush_folder(folder: Path) -> None:
    """Make renames survive a power cut, if folders can be flushed.

    Raises
    ------
    OSError
        If the system tried and failed.
    """
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network disks refuse it
            raise
    finally:
        os.close(descriptor)
