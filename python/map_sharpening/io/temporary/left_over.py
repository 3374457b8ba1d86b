"""Hidden files and folders that runs left which were killed."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Collection, Iterable
from pathlib import Path

from map_sharpening.io.temporary.owner import OWNER, state_of

#: Bytes of an output's name that its temporary names hold; most file systems allow 255 in all.
LONGEST_STEM = 170
#: ".name.owner.0123456789abcdef.part.suffix", or .old
TEMPORARY_FILE = re.compile(
    rf"^\.(?:(?P<stem>.*)\.)?(?P<owner>{OWNER})\.[0-9a-f]{{16}}\.(?P<kind>part|old)"
    r"(?P<suffix>(?:\.[^.]*)?)$",
    re.DOTALL,
)
WORK_FOLDER = ".work_"
_WORK_FOLDER = re.compile(rf"^{re.escape(WORK_FOLDER)}(?P<owner>{OWNER})_[a-z0-9_]{{8}}$")
_SHOWN = 3  #: names in a message


def clear_left_over(folders: Iterable[Path], kept: Iterable[Path] = ()) -> list[str]:
    """Remove what killed runs of this machine left in some folders; return what to tell.

    Removed are only files and folders of this user whose names say that they are temporary ones
    of a process that certainly runs no more. A file that an output had replaced stays unless what
    lies at that output's name is what the killed run itself put there.

    Parameters
    ----------
    folders : iterable of Path
        Where outputs and work files go; those that aren't there hold nothing.
    kept : iterable of Path, optional
        Files that are needed, such as inputs: neither they nor folders that hold them are
        removed or named.

    Returns
    -------
    list of str
        What was removed, and what may be left over but was not, for each folder.
    """
    needed = set()
    for path in kept:
        for place in (Path(os.path.realpath(path)), _resolved_above(path)):
            needed |= {place, *place.parents}
    messages = []
    for folder in dict.fromkeys(Path(os.path.realpath(path)) for path in folders):
        found = _Found()
        found.clear(folder, needed)
        messages += found.words(folder)
    return messages


class _Found:
    """What lies in a folder of runs that don't go on here."""

    def __init__(self) -> None:
        self.removed: list[str] = []
        self.only_copies: list[str] = []  #: of what outputs had replaced
        self.unsure: list[str] = []

    def clear(self, folder: Path, needed: Collection[Path]) -> None:
        """Look through a folder and remove what certainly is of no use."""
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 (names are all that is asked for)
        except OSError:
            return  # whether it can be used is for others to say
        for name in names:
            match = TEMPORARY_FILE.match(name) or _WORK_FOLDER.match(name)
            if match is None or folder / name in needed:
                continue
            state = state_of(match["owner"])
            if state == "running":
                continue
            if state == "gone" and _may_be_only_copy(folder, name, match):
                self.only_copies.append(name)
            elif state == "gone" and _removed(folder / name):
                self.removed.append(name)
            elif os.path.lexists(folder / name):
                self.unsure.append(name)

    def words(self, folder: Path) -> list[str]:
        """Return what to tell, a line for each kind."""
        messages = []
        if self.removed:
            messages.append(
                f"{folder} held {_named(self.removed)}, left by a run that was killed: removed"
            )
        if self.only_copies:
            messages.append(
                f"{folder} holds {_named(self.only_copies)}, where a run that was killed had put "
                "aside what an output was to replace, perhaps the only copy; rename it to have it "
                "back, or delete it"
            )
        if self.unsure:
            messages.append(
                f"{folder} holds {_named(self.unsure)}, of a run that is still going elsewhere "
                "or was killed, on another machine, before a restart or by another user; delete "
                "them if no such run is still going"
            )
        return messages


def _resolved_above(path: Path) -> Path:
    """Return where a path is itself, were it a link, in its folder's true place."""
    return Path(os.path.realpath(path.absolute().parent)) / path.name


def _may_be_only_copy(folder: Path, name: str, match: re.Match[str]) -> bool:
    """Whether a hidden file, which an output was to replace, may exist nowhere else."""
    parts = match.groupdict()
    if parts.get("kind") != "old":
        return False
    stem = parts["stem"] or ""
    if len(os.fsencode(stem)) >= LONGEST_STEM:
        return True  # the output's name was longer, and isn't known
    try:
        old = (folder / name).lstat()
        output = (folder / f"{stem}{parts['suffix']}").lstat()
    except OSError:
        return True
    if (old.st_dev, old.st_ino) == (output.st_dev, output.st_ino):
        return False  # two names of one file: nothing was replaced yet
    # The step that puts a new file in place is the last that changes either, both at once; what
    # was put or changed there afterwards, by a later run or by somebody else, is younger.
    return not stat.S_ISREG(output.st_mode) or output.st_ctime_ns > old.st_ctime_ns


def _removed(path: Path) -> bool:
    """Remove a file or a folder of this user; return whether it could be."""
    try:
        status = path.lstat()
        if status.st_uid != os.geteuid():
            return False
        if stat.S_ISDIR(status.st_mode):
            shutil.rmtree(path)
        elif stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
            path.unlink()
        else:
            return False
    except OSError:
        return False
    return True


def _named(names: list[str]) -> str:
    """Return how many files there are, and the names of the first."""
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return f"{len(names)} hidden {'file' if len(names) == 1 else 'files'} ({shown})"
