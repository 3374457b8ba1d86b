"""The folder that the graphical interface serves: nothing outside it is listed or opened."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from map_sharpening.errors import OutputError, ParameterError
from map_sharpening.io.staging import explain_write_error

_LONGEST_NAME = 200


@dataclass(frozen=True)
class Entry:
    """A file or folder to choose."""

    name: str
    path: str  #: from the root, with slashes
    is_folder: bool
    size: int  #: bytes; 0 of a folder


class ServedFolder:
    """A folder, and the only way from a name that a browser sends to a file.

    Parameters
    ----------
    root : Path
        An existing folder; symbolic links in its own path are followed once, here.
    """

    def __init__(self, root: Path) -> None:
        try:
            self.root = root.resolve(strict=True)
        except OSError as error:
            raise ParameterError(
                f"{root} can't be opened as a folder: {error.strerror}"
            ) from error
        if not self.root.is_dir():
            raise ParameterError(f"{root} is not a folder; give the folder to work in")

    def resolve(self, name: str) -> Path:
        """Return the file or folder of a name given from the root, or in full.

        Raises
        ------
        ParameterError
            If it isn't there, or lies outside the root, be it by a symbolic link.
        """
        if not name or "\0" in name:
            raise ParameterError(f"{name!r} can't be a file's name; give one below {self.root}")
        try:
            path = (self.root / name).resolve(strict=True)
        except (OSError, RuntimeError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "its links go in a circle"
            raise ParameterError(f"{name} can't be opened: {reason}") from error
        if not path.is_relative_to(self.root):
            raise ParameterError(
                f"{name} lies outside {self.root}, the folder that is served; start the program "
                "in a folder above it, or put the file here"
            )
        return path

    def name_of(self, path: Path) -> str:
        """Return a path from the root, with slashes; of one elsewhere, the whole path."""
        try:
            return path.relative_to(self.root).as_posix() or "."
        except ValueError:
            return str(path)

    def entries(self, name: str = ".") -> list[Entry]:
        """Return what a folder holds: folders first; hidden files and what can't be read not.

        Raises
        ------
        ParameterError
            As `resolve`, or if it can't be listed.
        """
        folder = self.resolve(name)
        found = []
        try:
            with os.scandir(folder) as items:
                for item in items:
                    entry = self._entry(item)
                    if entry is not None:
                        found.append(entry)
        except OSError as error:
            raise ParameterError(f"{name} can't be listed: {error.strerror}") from error
        return sorted(found, key=lambda entry: (not entry.is_folder, entry.name.lower()))

    def _entry(self, item: os.DirEntry[str]) -> Entry | None:
        if item.name.startswith("."):
            return None
        try:
            path = self.resolve(item.path)
            is_folder = path.is_dir()
            size = 0 if is_folder else path.stat().st_size
        except (ParameterError, OSError):  # leads outside, or nowhere: can't be chosen
            return None
        if not is_folder and not path.is_file():
            return None
        return Entry(item.name, self.name_of(Path(item.path)), is_folder, size)

    async def store(self, name: str, chunks: AsyncIterator[bytes], limit: int) -> Path:
        """Write a file that was sent, under a name of its own: nothing is replaced.

        Raises
        ------
        ParameterError
            If the name is none, or the file has more than `limit` bytes.
        OutputError
            If it can't be written.
        """
        plain = name.replace("\\", "/").rpartition("/")[2].strip()
        if not plain or plain.startswith(".") or not plain.isprintable():
            raise ParameterError(
                f"{name!r} can't be a file's name here; rename it and send it again"
            )
        if len(plain.encode()) > _LONGEST_NAME:
            raise ParameterError(f"{plain[:40]}... has too long a name; rename it")
        path: Path | None = None
        try:
            path, stream = self._new_file(plain)
            with stream:
                size = 0
                async for chunk in chunks:
                    size += len(chunk)
                    if size > limit:
                        raise ParameterError(
                            f"{plain} has more than {limit / 1e9:.3g} GB; copy it into "
                            f"{self.root} by other means and choose it there"
                        )
                    stream.write(chunk)
        except BaseException as error:
            if path is not None:
                path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise explain_write_error(self.root / plain, error) from error
            raise
        return path

    def _new_file(self, plain: str) -> tuple[Path, BinaryIO]:
        stem, dot, suffix = plain.partition(".")
        for number in range(1, 1000):
            name = plain if number == 1 else f"{stem}_{number}{dot}{suffix}"
            try:
                return self.root / name, (self.root / name).open("xb")
            except FileExistsError:
                continue
        raise OutputError(f"{plain} exists a thousand times in {self.root}; rename it")
