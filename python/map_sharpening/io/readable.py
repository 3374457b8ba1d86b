"""Files read by other libraries: packed ones too, and with our own error messages."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import shutil
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from map_sharpening.errors import OutputError, ParameterError
from map_sharpening.io.staging import writing

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: Bytes unpacked at a time.
_PIECE = 1 << 18

#: What unpackers raise about damaged data; and about the system: see `is_of_system`.
UNPACKING_ERRORS = (EOFError, zlib.error, lzma.LZMAError, OSError)
#: gemmi and the unpackers report a damaged file by any of these
_DAMAGES = (RuntimeError, ValueError, IndexError, MemoryError, *UNPACKING_ERRORS)
#: How a file is opened: without waiting for the other end of a pipe.
_AT_ONCE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_MAGICS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz"}


def file_path(given: Any, expected: str, name: str = "path") -> Path:
    """Return what a caller gave as a path.

    Parameters
    ----------
    expected : str
        What it should lead to, such as "a map".
    name : str
        The argument's name.

    Raises
    ------
    ParameterError
        If it is no path.
    """
    if isinstance(given, (str, bytes, os.PathLike)) and os.fsdecode(given):
        text = os.fsdecode(given)
        if "\0" not in text:
            return Path(text)
        raise ParameterError(
            f"{name} is {text!r:.60}, with a null character, which no file's name has; check it"
        )
    is_array = hasattr(given, "__array__")
    what = "an array or a map" if is_array else f"{given!r:.60}"
    raise ParameterError(
        f"{name} is {what} of type {type(given).__name__}; expected the path of {expected}: text "
        "or a pathlib.Path"
    )


def why_no_file(path: Path) -> str:
    """Return what is wrong with a path that leads to no file, and what to do."""
    if path.exists():
        return "is a folder, pipe or device; expected a file; save it to a file"
    return "not found; check its name and folder"


@contextmanager
def readable(file: Path, error_type: type[Exception], what: str, remedy: str) -> Iterator[None]:
    """Read a file within this context: one line says if it is missing or damaged.

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
            raise error_type(f"{file} {why_no_file(file)}")
        yield
    except _DAMAGES as error:
        reason = " ".join([*what.split(), f"({' '.join(str(error).split())})"])
        raise error_type(f"{file} can't be read {reason}; {remedy}") from error


@contextmanager
def names_in_text(file: Path, error_type: type[Exception]) -> Iterator[None]:
    """Use names from a file that gemmi has read; bytes that aren't text are reported."""
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


def packing_of(file: Path) -> str | None:
    """Return how a file is compressed, according to its first bytes: gzip, bzip2 or xz."""
    with file.open("rb") as stream:
        start = stream.read(6)
    return next((name for magic, name in _MAGICS.items() if start.startswith(magic)), None)


def require_plain_or_gzip(file: Path, error_type: type[Exception]) -> None:
    """Refuse a file of a kind that gemmi reads itself, if gemmi can't read its compression.

    Raises
    ------
    Exception
        Of the type given.
    """
    packing = packing_of(file)
    if packing in ("bzip2", "xz"):
        raise error_type(
            f"{file.name} is compressed by {packing}, as files of this kind can't be; unpack it "
            "first, or compress it by gzip"
        )


def is_of_system(error: Exception) -> bool:
    """Whether an error met while unpacking is of the system, not about the data."""
    return isinstance(error, OSError) and error.errno is not None


def opened_unpacked(file: Path) -> BinaryIO:
    """Open a file, through gzip, bzip2 and xz."""
    packing = packing_of(file)
    if packing == "gzip":
        return cast(BinaryIO, gzip.open(file))
    if packing == "bzip2":
        return cast(BinaryIO, bz2.open(file))
    return cast(BinaryIO, lzma.open(file)) if packing == "xz" else file.open("rb")


class UnpackedStreams(io.RawIOBase):
    """What bzip2 or xz packed, stream after stream; what follows the last one is counted.

    The standard library's own readers pass over what follows in silence.

    Parameters
    ----------
    packed : BinaryIO
        At the start of the first stream.
    magic : bytes
        How each stream begins.
    new_unpacker : callable
        Makes what unpacks one stream.
    """

    def __init__(
        self,
        packed: BinaryIO,
        magic: bytes,
        new_unpacker: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor],
    ) -> None:
        self._packed = packed
        self._magic = magic
        self._new_unpacker = new_unpacker
        self._unpacker = new_unpacker()
        self._next = b""  # read, but not yet unpacked
        self.n_ignored = 0  #: bytes after the last stream, known once all is unpacked

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Unpack one piece into a buffer and return its size; 0: the end.

        Raises
        ------
        EOFError
            If the last stream is cut off.
        OSError, LZMAError
            If a stream is damaged.
        """
        room = memoryview(buffer).cast("B")
        while not self.n_ignored:
            if self._unpacker.eof and not self._begin_next_stream():
                break
            piece, self._next = self._next, b""
            if not piece and self._unpacker.needs_input:
                piece = self._packed.read(_PIECE)
                if not piece:
                    raise EOFError("the compressed data are cut off")
            data = self._unpacker.decompress(piece, len(room))
            if data:
                room[: len(data)] = data
                return len(data)
        return 0

    def _begin_next_stream(self) -> bool:
        """Go on to the next stream; if there is none, count what follows, except padding."""
        rest = self._unpacker.unused_data.lstrip(b"\0")
        while len(rest) < len(self._magic):
            piece = self._packed.read(_PIECE)
            if not piece:
                break
            rest = (rest + piece).lstrip(b"\0")
        if not rest.startswith(self._magic):
            while rest:
                self.n_ignored += len(rest)
                rest = self._packed.read(_PIECE)
            return False
        self._unpacker, self._next = self._new_unpacker(), rest
        return True


def open_file(path: Path, *, follow_links: bool = True) -> BinaryIO:
    """Open a file to be read that somebody else may have put there: nothing is waited for.

    Raises
    ------
    OSError
        If there is none that can be read, or it is a pipe, device or folder.
    """
    flags = _AT_ONCE if follow_links else _AT_ONCE | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is a pipe, device or folder", str(path))
    return open(descriptor, "rb")  # noqa: PTH123 (no path)


def text_of_file(path: Path) -> str:
    """Return the text of a file that `open_file` opens; what is no UTF-8 is replaced."""
    with open_file(path) as stream:
        return stream.read().decode("utf-8", errors="replace")


def copy_file(source: Path, path: Path) -> None:
    """Copy a file byte for byte; a link is not followed, and nothing but a file is read.

    Raises
    ------
    OutputError
        If the source can't be read or is no file, or the copy can't be written.
    """
    try:
        stream = open_file(source, follow_links=False)
    except OSError as error:
        raise OutputError(
            f"{source} can't be copied: {error.strerror}; expected a file that can be read and "
            "isn't a link"
        ) from error
    with stream, writing(path), path.open("wb") as copy:
        shutil.copyfileobj(stream, copy, 1 << 20)
