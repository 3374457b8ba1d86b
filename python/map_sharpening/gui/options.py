"""Options of ``map_sharpening gui``, and how its page is reached."""

from __future__ import annotations

import argparse
import getpass
import os
import socket
import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from map_sharpening.errors import ParameterError

_DESCRIPTION = """\
The graphical interface, in a browser: choose files, set parameters, run, look at results.

  map_sharpening gui                          for the files of this folder
  map_sharpening gui half1.mrc half2.mrc      with these files chosen
  map_sharpening gui ~/project                for another folder
"""
_EPILOGUE = """\
Only those who know the whole address get in, and nothing outside the folder is shown. Runs
continue when the browser or this program ends, and are found again.
"""


@dataclass(frozen=True)
class Options:
    """How the interface is served."""

    root: Path
    files: tuple[Path, ...] = ()
    host: str = "127.0.0.1"
    port: int = 0  #: 0: one that is free
    certificate: Path | None = None
    key: Path | None = None
    opens_browser: bool = True

    @property
    def is_local(self) -> bool:
        """Whether this machine alone can reach it."""
        return self.host in {"127.0.0.1", "::1", "localhost"}


def read_options(words: Sequence[str]) -> Options:
    """Return the options of a command line."""
    parser = argparse.ArgumentParser(
        prog="map_sharpening gui",
        description=_DESCRIPTION,
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        type=Path,
        metavar="FILE|FOLDER",
        help="files to begin with, or the folder to show",
    )
    add("--port", type=int, default=0, help="default: the first free one from 8765")
    add("--no-browser", action="store_true", help="print the address and open nothing")
    add(
        "--host",
        default="127.0.0.1",
        help="address to listen at for others; needs --tls-cert and --tls-key, or --i-know",
    )
    add("--tls-cert", type=Path, metavar="FILE", help="certificate for https, PEM")
    add("--tls-key", type=Path, metavar="FILE", help="its private key, PEM")
    add(
        "--i-know",
        action="store_true",
        help="serve other machines without encryption: whoever can read the network gets in",
    )
    given = parser.parse_args(list(words))
    if (given.tls_cert is None) != (given.tls_key is None):
        raise ParameterError("--tls-cert and --tls-key belong together; give both")
    if not 0 <= given.port <= 65535:
        raise ParameterError(f"--port is {given.port}; expected 1 to 65535")
    root, files = _root_and_files(given.paths)
    options = Options(
        root, files, given.host, given.port, given.tls_cert, given.tls_key, not given.no_browser
    )
    if not options.is_local and options.certificate is None and not given.i_know:
        raise ParameterError(
            f"--host {given.host} lets other machines in, unencrypted; give --tls-cert and "
            "--tls-key, or leave it out and use an ssh tunnel, or say --i-know"
        )
    return options


def _root_and_files(paths: Sequence[Path]) -> tuple[Path, tuple[Path, ...]]:
    """Return the folder to serve and the files to begin with."""
    for path in paths:
        if not path.exists():
            raise ParameterError(f"{path} not found; check its name")
    folders = [path for path in paths if path.is_dir()]
    files = [path for path in paths if not path.is_dir()]
    if len(folders) > 1:
        names = ", ".join(map(str, folders))
        raise ParameterError(f"{len(folders)} folders were given ({names}); expected one")
    root = (folders[0] if folders else Path()).resolve()
    outside = [path for path in files if not path.resolve().is_relative_to(root)]
    if outside and not folders:
        # Files elsewhere, and no folder: the folder that holds all of them is meant.
        root = Path(os.path.commonpath([path.resolve().parent for path in files]))
    elif outside:
        raise ParameterError(
            f"{outside[0]} lies outside {root}, the folder that is served; give one above both"
        )
    return root, tuple(path.resolve() for path in files)


def has_display() -> bool:
    """Whether a browser can be opened here."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def tunnel_command(port: int) -> str:
    """Return what to type on another machine to reach the page there."""
    return f"ssh -N -L {port}:127.0.0.1:{port} {getpass.getuser()}@{socket.getfqdn()}"
