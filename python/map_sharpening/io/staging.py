"""Outputs that appear whole and together, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType

from map_sharpening.errors import MapSharpeningWarning, OutputError
from map_sharpening.io.temporary.folders import (
    flush_folder,
    nearest_folder,
    require_space,
    resolved_folder,
    shown_name,
)
from map_sharpening.io.temporary.left_over import LONGEST_STEM, TEMPORARY_FILE
from map_sharpening.io.temporary.owner import owner

_LONGEST_SUFFIX = 8  #: characters, such as ".ccp4"; writers know no longer one
_NO_SPACE = {errno.ENOSPC, errno.EFBIG, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else [])}

#: What an interrupt says that comes after the outputs were put in place.
WRITTEN = "the outputs had been written"

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class _Staged:
    destination: Path
    temporary: Path
    set_aside: Path  #: second name of the file replaced, until all are in place


class StagedOutputs:
    """Files written under temporary names in their folders and renamed together at the end.

    Use as a context manager: a clean exit commits, any exception (KeyboardInterrupt too)
    removes the temporary files and leaves what was there before.

    >>> with StagedOutputs(inputs=["half1.mrc"], overwrite=True) as outputs:  # doctest: +SKIP
    ...     outputs.reserve({"out/sharpened_map.ccp4": 4_001_024})
    ...     write_map(outputs.temporary_path("out/sharpened_map.ccp4"), sharpened)

    Parameters
    ----------
    inputs : iterable of path-like
        Files that no output may replace, even with `overwrite`.
    overwrite : bool
        Whether files that exist may be replaced.
    make_folders : bool
        Whether folders that don't exist are made (and removed again after a failure).
    is_trial : bool
        Whether `reserve` only looks, so that nothing on the disk changes.
    """

    def __init__(
        self,
        *,
        inputs: Iterable[PathLike] = (),
        overwrite: bool = False,
        make_folders: bool = True,
        is_trial: bool = False,
    ) -> None:
        self._inputs = [Path(path) for path in inputs]
        self._overwrite = overwrite
        self._make_folders = make_folders
        self._is_trial = is_trial
        self._staged: list[_Staged] = []
        self._folders_made: list[Path] = []
        self._flushed: set[Path] = set()
        self._is_in_place = False

    def __enter__(self) -> StagedOutputs:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.discard()

    def reserve(
        self,
        sizes: Mapping[Path, int] | Mapping[str, int],
        work_files: Mapping[Path, int] | None = None,
    ) -> None:
        """Check, before any work, that these outputs can be written.

        Parameters
        ----------
        sizes : mapping of Path or str to int
            The outputs and how many bytes each will have at most.
        work_files : mapping of Path to int, optional
            Folders and how many bytes there are in each while work is done; they are free again
            when the outputs are written.

        Raises
        ------
        OutputError
            If a folder is missing or not writable, its disk is too full for all outputs
            together or for the files of the work, or an output exists, is an input, or is given
            twice.
        """
        destinations = {_place_of(path): size for path, size in sizes.items()}
        if len(destinations) < len(sizes):
            names = ", ".join(str(path) for path in sizes)
            raise OutputError(
                f"two outputs are one file among {names}; expected different files; rename one"
            )
        needed: dict[int, int] = {}
        ready: dict[Path, Path] = {}  # each is tried once, for a network disk takes its time
        folder_on: dict[int, Path] = {}
        for destination, size in destinations.items():
            self._check_destination(destination)
            if destination.parent not in ready:
                ready[destination.parent] = self._ready_folder(destination.parent)
            folder = ready[destination.parent]
            device = folder.stat().st_dev
            needed[device] = needed.get(device, 0) + size
            folder_on.setdefault(device, folder)
        for device, folder in folder_on.items():
            require_space(folder, needed[device], "the outputs")
        for folder, size in (work_files or {}).items():
            require_space(self._ready_folder(resolved_folder(folder)), size, "the work files")

    def temporary_path(self, path: PathLike) -> Path:
        """Return the name under which to write an output until all are done.

        The same path gives the same name. It is in the folder of the output, so that renaming
        is one step, has its suffix, and can't be guessed by whoever else may write there. Where a
        symbolic link lies at the output's name, it is the link that is replaced, never what it
        points to.

        Raises
        ------
        OutputError
            As `reserve`, without its check of the space.
        """
        destination = _place_of(path)
        for staged in self._staged:
            if staged.destination == destination:
                return staged.temporary
        self._check_destination(destination)
        folder = self._ready_folder(destination.parent)
        token = _token()
        suffix = destination.suffix if len(destination.suffix) <= _LONGEST_SUFFIX else ""
        stem = destination.name.removesuffix(suffix)
        stem = os.fsdecode(os.fsencode(stem)[:LONGEST_STEM])
        staged = _Staged(
            destination,
            folder / f".{stem}.{token}.part{suffix}",
            folder / f".{stem}.{token}.old{suffix}",
        )
        self._staged.append(staged)
        return staged.temporary

    def flush(self, temporary: Path) -> None:
        """Flush an output to disk that nothing more is written to, while others are still made.

        Raises
        ------
        OutputError
            If it was not written, or can't be flushed.
        """
        for staged in self._staged:
            if staged.temporary == temporary:
                _require_written(staged)
                _flush_to_disk(staged)
                self._flushed.add(temporary)

    def commit(self) -> list[Path]:
        """Flush temporary files to disk and rename them; return the outputs' paths.

        If one can't be renamed, those already renamed are taken back.

        Raises
        ------
        OutputError
            If an output was not written, or can't be put in place.
        KeyboardInterrupt
            With the text `WRITTEN` if it came after they were put in place, where they stay.

        Warns
        -----
        MapSharpeningWarning
            If files that were replaced can't be removed, or a folder can't be flushed; the
            outputs are in place.
        """
        try:
            for staged in self._staged:
                _require_written(staged)
                if staged.temporary not in self._flushed:
                    _flush_to_disk(staged)
            self._put_in_place()
            written = self._end()
        except KeyboardInterrupt as interrupt:
            if not self._is_in_place:
                self.discard()
                raise
            self._end()
            raise KeyboardInterrupt(WRITTEN) from interrupt
        except BaseException:
            self.discard()
            raise
        self._staged.clear()
        self._flushed.clear()
        self._folders_made.clear()
        self._is_in_place = False
        return written

    def discard(self) -> None:
        """Remove all temporary files, and folders made for them that are empty."""
        self._is_in_place = False
        for staged in self._staged:
            staged.temporary.unlink(missing_ok=True)
        self._staged.clear()
        self._flushed.clear()
        for folder in reversed(self._folders_made):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        self._folders_made.clear()

    @cached_property
    def _places_of_inputs(self) -> dict[Path, tuple[Path, Path]]:
        """Where each input lies, and where an output of its name would go."""
        return {given: (_resolved(given), _place_of(given)) for given in self._inputs}

    def _check_destination(self, destination: Path) -> None:
        is_there = _is_there(destination)  # first, as it explains names that the system refuses
        for given, places in self._places_of_inputs.items():
            is_same = destination.exists() and given.exists() and given.samefile(destination)
            if is_same or destination in places:
                raise OutputError(
                    f"{destination} is to be written but is also an input ({given}); expected"
                    " another file; give the output another name or folder"
                )
        if not is_there:
            return
        is_link = destination.is_symlink()
        if not is_link and not destination.is_file():
            raise OutputError(
                f"{destination} is to be written but is a folder or device; expected a file name;"
                " give another one"
            )
        if not self._overwrite:
            what = f"is a link to {destination.readlink()}" if is_link else "exists"
            raise OutputError(
                f"{destination} {what}; expected a new file; give overwrite=True (--overwrite),"
                " another name or another folder"
            )
        if not _may_be_replaced(destination):
            raise OutputError(
                f"{destination} belongs to another user, and {destination.parent} lets only the "
                "owner of a file replace it; give another name or another folder"
            )

    def _ready_folder(self, folder: Path) -> Path:
        if self._is_trial:
            return nearest_folder(folder)
        if not folder.is_dir():
            self._make_folder(folder)
        # access rights don't show read-only disks, so try
        trial = folder / f".{_token()}.part"
        try:
            trial.touch(exist_ok=False)
        except OSError as error:
            raise OutputError(
                f"{folder} can't be written to: {_reason(error)}; expected a folder for outputs;"
                " allow writing or give another folder"
            ) from error
        finally:
            trial.unlink(missing_ok=True)
        return folder

    def _make_folder(self, folder: Path) -> None:
        if not self._make_folders:
            raise OutputError(
                f"{folder} does not exist; expected a folder for outputs; make it or give another"
            )
        missing = [part for part in (folder, *folder.parents) if not part.exists()]
        for part in reversed(missing):
            try:
                part.mkdir(exist_ok=True)
            except OSError as error:
                raise OutputError(
                    f"{folder} can't be made: {_reason(error)}; expected a folder for outputs;"
                    " give another one"
                ) from error
            self._folders_made.append(part)
        if not folder.is_dir():
            raise OutputError(
                f"{folder} is not a folder; expected a folder for outputs; give another one"
            )

    def _put_in_place(self) -> None:
        begun: list[_Staged] = []
        try:
            for staged in self._staged:
                self._check_destination(staged.destination)
                begun.append(staged)
                _replace(staged)
            self._is_in_place = True
        except BaseException:
            self._is_in_place = False
            for staged in reversed(begun):
                _take_back(staged)
            raise

    def _end(self) -> list[Path]:
        """Remove what was replaced; return the outputs' paths. Once begun it can be repeated."""
        left: dict[Path, OSError] = {}
        for staged in self._staged:
            try:
                staged.set_aside.unlink(missing_ok=True)
            except OSError as error:
                left[staged.set_aside] = error
        written = [staged.destination for staged in self._staged]
        for folder in {destination.parent for destination in written}:
            try:
                flush_folder(folder)
            except OSError as error:
                text = (
                    f"the outputs were written to {folder}, but the system can't confirm that "
                    f"they are on its disk ({_reason(error)}): a power cut might lose them; check "
                    "that they are there, and check the disk"
                )
                warnings.warn(text, MapSharpeningWarning, stacklevel=3)
        if left:
            reasons = ", ".join(sorted({_reason(error) for error in left.values()}))
            text = (
                f"the outputs were written, but what they replaced can't be removed ({reasons}); "
                f"remove {', '.join(map(str, left))}"
            )
            warnings.warn(text, MapSharpeningWarning, stacklevel=3)
        return written


def final_name(path: PathLike) -> str:
    """Return the name that an output will have, given its temporary path or its own."""
    name = Path(path).name
    match = TEMPORARY_FILE.match(name)
    return (match["stem"] or "") + match["suffix"] if match else name


def _token() -> str:
    """Return what makes a name that says whose it is, and that nobody can guess."""
    return f"{owner()}.{secrets.token_hex(8)}"


def explain_write_error(path: PathLike, error: OSError) -> OutputError:
    """Return the error to raise for a failure of the system while writing an output."""
    folder = Path(path).parent
    if error.errno in _NO_SPACE:
        remedy = f"the disk of {folder.absolute()} or a limit is full; free space there or write"
        return OutputError(
            f"{final_name(path)} can't be written: {_reason(error)}; {remedy} to another folder"
        )
    return OutputError(
        f"{final_name(path)} can't be written to {folder.absolute()}: {_reason(error)}; check the"
        " folder or give another one"
    )


@contextmanager
def writing(path: PathLike) -> Iterator[None]:
    """Write an output within this context: what the system refuses is an OutputError."""
    try:
        yield
    except OSError as error:
        raise explain_write_error(path, error) from error


def write_text_file(path: Path, text: str, *, is_executable: bool = False) -> None:
    """Write a text file.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    with writing(path):
        # By its name a file could be made executable that has meanwhile taken its place.
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o777 if is_executable else 0o666
        )
        with open(descriptor, "w", encoding="utf-8") as stream:  # noqa: PTH123 (no path)
            stream.write(text)


def write_binary_file(path: Path, data: bytes) -> None:
    """Write a file of bytes; errors are those of `write_text_file`."""
    with writing(path):
        path.write_bytes(data)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno is not None else str(error)


def _resolved(path: PathLike) -> Path:
    return Path(os.path.realpath(path))


def _place_of(path: PathLike) -> Path:
    """Return where an output goes: a link at its own name is not followed, those above it are.

    Whoever may write to the folder could otherwise choose, by a link, which file is lost.
    """
    given = Path(path)
    if given.name in {"", ".."}:
        return _resolved(given)
    return resolved_folder(given.parent) / given.name


def _is_there(destination: Path) -> bool:
    """Whether a file, a folder or a link lies at an output's name, which the system may refuse."""
    try:
        # Where the folder is still to be made, the name is tried in the one above.
        folder = next(part for part in destination.parents if part.is_dir())
        (folder / destination.name).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        reason = _reason(error) if isinstance(error, OSError) else str(error)
        remedy = "expected a name that the system accepts; give another one"
        if isinstance(error, PermissionError):
            remedy = "allow entering its folder (chmod +x), or give another one"
        raise OutputError(
            f"{shown_name(destination)!r} can't be an output: {reason}; {remedy}"
        ) from error
    return folder == destination.parent


def _may_be_replaced(destination: Path) -> bool:
    """Whether the folder lets this user replace what is there, as /tmp lets only its owner."""
    folder = destination.parent.stat()
    owners = {destination.lstat().st_uid, folder.st_uid, 0}
    return not (os.name == "posix" and folder.st_mode & stat.S_ISVTX) or os.geteuid() in owners


def _require_written(staged: _Staged) -> None:
    if not os.path.lexists(staged.temporary):
        raise OutputError(
            f"{staged.destination} was announced as an output but not written; no output is kept;"
            " this is a fault of the program, please report it"
        )
    if staged.temporary.is_symlink() or not staged.temporary.is_file():
        raise OutputError(
            f"{staged.temporary}, written for {staged.destination.name}, has been replaced by"
            " something that is not a file; no output is kept; write to a folder that no other"
            " user may write to"
        )


def _flush_to_disk(staged: _Staged) -> None:
    with writing(staged.temporary), staged.temporary.open("rb+") as stream:
        os.fsync(stream.fileno())


def _replace(staged: _Staged) -> None:
    with writing(staged.temporary):
        if os.path.lexists(staged.destination):
            _set_aside(staged)
        staged.temporary.replace(staged.destination)


def _set_aside(staged: _Staged) -> None:
    """Give the file to be replaced a second name; without hard links, rename it."""
    try:
        os.link(staged.destination, staged.set_aside, follow_symlinks=False)
    except (OSError, NotImplementedError):
        # A disk has no hard links, or the system (Windows) can't link to a symbolic link itself.
        staged.destination.replace(staged.set_aside)


def _take_back(staged: _Staged) -> None:
    if os.path.lexists(staged.set_aside):
        staged.set_aside.replace(staged.destination)
        # renaming between two links to one file does nothing, so the second name may remain
        staged.set_aside.unlink(missing_ok=True)
    elif not staged.temporary.exists():
        staged.destination.unlink(missing_ok=True)
