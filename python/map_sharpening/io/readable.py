"""Errors of other libraries about a file, told as ours."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: gemmi and the unpackers report a damaged file by any of these
_DAMAGES = (RuntimeError, ValueError, IndexError, OSError, EOFError, MemoryError, zlib.error)


@contextmanager
def readable(file: Path, error_type: type[Exception], what: str, remedy: str) -> Iterator[None]:
    """Read a file within: that it is missing or damaged is told in one line.

    Parameters
    ----------
    file : Path
        The file, which must exist.
    error_type : type of Exception
        What is raised then.
    what : str
        How the file is read, such as "as a model"; or nothing.
    remedy : str
        What to do if it can't be read.
    """
    try:
        if not file.is_file():
            raise error_type(f"{file} not found; check its name and folder")
        yield
    except _DAMAGES as error:
        reason = " ".join([*what.split(), f"({' '.join(str(error).split())})"])
        raise error_type(f"{file} can't be read {reason}; {remedy}") from error


@contextmanager
def names_in_text(file: Path, error_type: type[Exception]) -> Iterator[None]:
    """Look at the names in a file that gemmi has read within: bytes that are no text are told."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise error_type(
            f"{file} has a name of an atom, residue or chain with the byte "
            f"0x{error.object[error.start]:02x}, which is not UTF-8 text; save it again as UTF-8, "
            "or download it again if it is damaged"
        ) from error


def name_for_gemmi(file: Path) -> str:
    """Return a file's path as gemmi takes it.

    Raises
    ------
    ValueError
        If the path has bytes that are no UTF-8.
    """
    path = str(file)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise ValueError("its name or folder is not UTF-8: rename it") from error
    return path
