"""Coot, ChimeraX and PyMOL: found, started with a run's script, or given its files as a zip."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from map_sharpening.errors import ResultsError
from map_sharpening.io.viewers import chimerax_path

#: A program that can't start says so at once; Coot and ChimeraX take seconds to open a window.
_SECONDS_TO_FAIL = 5.0
#: Large maps take a while to open.
_SECONDS_TO_ANSWER = 120.0
_LONGEST_ANSWER = 100_000
_MOST_TOLD = 300
#: What a Python environment sets for itself, and other Pythons stumble over.
_OF_PYTHON = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")


@dataclass(frozen=True)
class ViewerProgram:
    """A program that shows maps."""

    name: str  #: as users know it
    commands: tuple[str, ...]  #: names that it may have on PATH
    options: tuple[str, ...] = ()  #: before the script

    def command(self, script: str) -> str:
        """Return what to type at a shell."""
        return shlex.join([self.commands[0], *self.options, script])

    def installed(self) -> str | None:
        """Return the full name of the program on this machine; None: it isn't on PATH."""
        found = (shutil.which(command) for command in self.commands)
        return next((path for path in found if path is not None), None)


PROGRAMS = (
    ViewerProgram("Coot", ("coot", "coot-1"), ("--script",)),
    ViewerProgram("ChimeraX", ("chimerax", "ChimeraX", "ucsf-chimerax")),
    ViewerProgram("PyMOL", ("pymol",)),
)


def why_not_startable(program: ViewerProgram) -> str | None:
    """Return why a program can't be started on this machine; None: it can."""
    if program.installed() is None:
        return f"{program.commands[0]} is not on PATH on this machine"
    has_windows = sys.platform in ("darwin", "win32")
    if not has_windows and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "this machine has no display (DISPLAY is not set)"
    return None


def start_viewer(program: ViewerProgram, script: Path) -> None:
    """Start a program with a script; it goes on when this one ends.

    Raises
    ------
    ResultsError
        If it can't be started, or ends at once.
    """
    reason = why_not_startable(program)
    command = program.installed()
    if reason is not None or command is None:
        raise ResultsError(f"{program.name} can't be started: {reason}")
    with tempfile.TemporaryFile() as told:
        try:
            process = subprocess.Popen(
                [command, *program.options, str(script)],
                cwd=script.parent,
                env=_environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise ResultsError(f"{command} can't be started ({error.strerror})") from error
        try:
            code = process.wait(_SECONDS_TO_FAIL)
        except subprocess.TimeoutExpired:
            # Whenever it ends, its entry in the table of processes goes too.
            threading.Thread(target=process.wait, daemon=True).start()
            return
        if code != 0:
            told.seek(0)
            lines = told.read(_LONGEST_ANSWER).decode("utf-8", "replace").split("\n")
            last = next((line for line in reversed(lines) if line.strip()), "no message")
            raise ResultsError(f"{command} ended at once with {code}: {last.strip()[:_MOST_TOLD]}")


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without this program's own Python: viewers have another."""
    own = Path(sys.prefix) / ("Scripts" if sys.platform == "win32" else "bin")
    kept = {name: value for name, value in variables.items() if name not in _OF_PYTHON}
    if sys.prefix != sys.base_prefix:
        folders = variables.get("PATH", "").split(os.pathsep)
        kept["PATH"] = os.pathsep.join(each for each in folders if Path(each) != own)
    return kept


def rest_port(text: str) -> int:
    """Return the port of a ChimeraX on this machine, of "60958" or "http://127.0.0.1:60958".

    Raises
    ------
    ResultsError
        If it names another machine, or no port.
    """
    match = re.fullmatch(r"\s*(?:http://)?(?:([^:/\s]+):)?(\d{1,5})/?\s*", text)
    if match is None or not 0 < int(match[2]) < 65536:
        raise ResultsError(
            f"the port of ChimeraX is {text.strip()!r}; expected the number that "
            '"remotecontrol rest start" shows in its log, such as 60958'
        )
    if match[1] not in (None, "127.0.0.1", "localhost"):
        raise ResultsError(
            f"ChimeraX is to be on {match[1]}; expected 127.0.0.1, the machine of this server: "
            "give the port alone"
        )
    return int(match[2])


def open_in_chimerax(port: int, script: Path) -> None:
    """Let a running ChimeraX open a script, through its REST port on this machine.

    Raises
    ------
    ResultsError
        If there is none, or it doesn't open the script.
    """
    command = f"open {chimerax_path(str(script))}"
    where = f"ChimeraX at 127.0.0.1:{port}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS_TO_ANSWER)
    try:
        connection.request("GET", f"/run?{urllib.parse.urlencode({'command': command})}")
        answer = connection.getresponse()
        status, body = answer.status, answer.read(_LONGEST_ANSWER)
    except TimeoutError as error:
        raise ResultsError(
            f"{where} has not answered in {_SECONDS_TO_ANSWER:.0f} s; it may still open the maps"
        ) from error
    except ConnectionRefusedError as error:
        raise ResultsError(
            f'{where} does not answer; type "remotecontrol rest start port {port}" in ChimeraX'
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise ResultsError(f"{where} can't be asked ({error or type(error).__name__})") from error
    finally:
        connection.close()
    problem = _problem(body.decode("utf-8", "replace"))
    if status != http.client.OK or problem:
        raise ResultsError(f"{where} did not open the script: {problem or f'status {status}'}")


def _problem(answer: str) -> str:
    """Return the error that an answer of ChimeraX tells, "" if none."""
    try:
        found = json.loads(answer)
    except ValueError:
        lines = [
            line for line in answer.split("\n") if re.match(r"\s*\w*Error\b|\s*Traceback", line)
        ]
        return lines[-1].strip()[:_MOST_TOLD] if lines else ""
    error = found.get("error") if isinstance(found, dict) else None
    if not error:
        return ""
    return str(error.get("message", error) if isinstance(error, dict) else error)[:_MOST_TOLD]


def write_viewer_zip(files: Iterable[Path], root: Path, place: BinaryIO) -> None:
    """Write files as a zip in which they lie as they do below a folder, each once.

    Raises
    ------
    ResultsError
        If one can't be read.
    """
    with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
        for path in dict.fromkeys(files):
            try:
                archive.write(path, path.relative_to(root))
            except OSError as error:
                raise ResultsError(f"{path} can't be read ({error.strerror})") from error
