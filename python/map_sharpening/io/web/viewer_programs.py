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
from map_sharpening.io.web.run_folder import FoundFile

#: Text in a zip for viewers that names what isn't in it.
LEFT_OUT = "not_in_this_zip.txt"
#: A program that can't start says so at once; Coot and ChimeraX take seconds to open a window.
_SECONDS_TO_FAIL = 5.0
#: Large maps take a while to open.
_SECONDS_TO_ANSWER = 120.0
_LONGEST_ANSWER = 10_000_000
#: ChimeraX is asked to say it after the script: it does nothing more after an error, which it
#: says as any other text.
_DONE = "map_sharpening: opened"
_LONGEST_SAID = 300
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


def start_viewer(
    program: ViewerProgram, script: Path, seconds_to_fail: float = _SECONDS_TO_FAIL
) -> None:
    """Start a program with a script; it continues when this one ends.

    One that runs for `seconds_to_fail` has started.

    Raises
    ------
    ResultsError
        If it can't be started, or ends at once.
    """
    reason = why_not_startable(program)
    command = program.installed()
    if reason is not None or command is None:
        raise ResultsError(f"{program.name} can't be started: {reason}")
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                [command, *program.options, str(script)],
                cwd=script.parent,
                env=_environment(os.environ, Path(command)),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise ResultsError(f"{command} can't be started ({error.strerror})") from error
        try:
            code = process.wait(seconds_to_fail)
        except subprocess.TimeoutExpired:
            # Whenever it ends, its entry in the table of processes goes too.
            threading.Thread(target=process.wait, daemon=True).start()
            return
        if code != 0:
            said.seek(0)
            lines = said.read(_LONGEST_ANSWER).decode("utf-8", "replace").split("\n")
            last = next((line for line in reversed(lines) if line.strip()), "no message")
            raise ResultsError(
                f"{command} ended at once with {code}: {last.strip()[:_LONGEST_SAID]}"
            )


def _environment(variables: Mapping[str, str], program: Path) -> dict[str, str]:
    """Return an environment without this program's own Python: viewers have another.

    On PATH, the folder of the viewer itself comes first: a script such as Debian's pymol starts
    the python3 that it finds there, and the one it was installed with lies beside it.
    """
    kept = {name: value for name, value in variables.items() if name not in _OF_PYTHON}
    folders = variables.get("PATH", "").split(os.pathsep)
    if sys.prefix != sys.base_prefix:
        own = Path(sys.prefix) / ("Scripts" if sys.platform == "win32" else "bin")
        folders = [each for each in folders if Path(each) != own]
    beside = str(program.resolve().parent)
    kept["PATH"] = os.pathsep.join([beside, *(each for each in folders if each != beside)])
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
    commands = [f"open {chimerax_path(str(script))}", f"echo {_DONE}"]
    query = urllib.parse.urlencode([("command", command) for command in commands])
    where = f"ChimeraX at 127.0.0.1:{port}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS_TO_ANSWER)
    try:
        connection.request("GET", f"/run?{query}")
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
    text = body.decode("utf-8", "replace")
    problem = _problem(text) if status == http.client.OK else f"status {status}"
    if problem:
        raise ResultsError(f"{where} did not open the script: {problem}")


def _problem(answer: str) -> str:
    """Return the error in an answer of ChimeraX, "" if there is none.

    After "remotecontrol rest start json true" an answer is an object with an "error", else text.
    """
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    if isinstance(found, dict) and "error" in found:
        error = found["error"]
        if not error:
            return ""
        message = error.get("message") if isinstance(error, dict) else error
        return str(message or error)[:_LONGEST_SAID]
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    if _DONE in lines:
        return ""
    errors = [line for line in lines if re.match(r"\w*Error\b", line)]
    return (errors or lines or ["it gave no reason"])[-1][:_LONGEST_SAID]


def left_out_of_zip(
    files: Iterable[FoundFile], root: Path, folder: Path
) -> list[tuple[str, str, str]]:
    """Return of each file that `write_viewer_zip` leaves out its name, why, and its place.

    The place is where the scripts of the run's folder look for it, as seen from there.
    """
    found = []
    for file in dict.fromkeys(files):
        if file.is_there and file.place is not None:
            continue
        given = root / file.name
        place = os.path.relpath(given.parent.resolve() / given.name, folder)
        reason = file.problem or f"{file.name} lies outside {root}, the folder that is served"
        found.append((file.name, reason, Path(place).as_posix()))
    return found


def write_viewer_zip(
    files: Iterable[FoundFile], root: Path, folder: Path, place: BinaryIO
) -> None:
    """Write files of a run as a zip in which they lie where its scripts look for them.

    Files that can't be in it are named, with their places, in a text of the zip.

    Parameters
    ----------
    root : Path
        The folder that is served, the zip's root.

    Raises
    ------
    ResultsError
        If one can't be read.
    """
    files = list(dict.fromkeys(files))
    with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
        written = set()
        for file in files:
            if not file.is_there or file.place is None or file.place in written:
                continue
            written.add(file.place)
            try:
                archive.write(file.path, file.place.relative_to(root))
            except OSError as error:
                raise ResultsError(f"{file.path} can't be read ({error.strerror})") from error
        missing = left_out_of_zip(files, root, folder)
        if missing:
            lines = [
                f"{name}: {reason}\nThe scripts look for it at {where}, from their own folder.\n"
                for name, reason, where in missing
            ]
            within = folder.relative_to(root) / LEFT_OUT
            archive.writestr(within.as_posix(), "Not in this zip:\n\n" + "\n".join(lines))


def zip_name(run: str, what: str) -> str:
    """Return what the zip of a run is called, of letters that each system takes."""
    return f"{re.sub(r'[^A-Za-z0-9.+-]+', '_', run).strip('_.') or 'run'}_{what}.zip"
