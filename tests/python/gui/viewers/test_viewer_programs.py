"""Viewers are started with a script, or asked by ChimeraX' port; what fails is told in words."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from map_sharpening.errors import ResultsError
from map_sharpening.io.web.viewer_programs import (
    PROGRAMS,
    rest_port,
    start_viewer,
    why_not_startable,
)

COOT, CHIMERAX, PYMOL = PROGRAMS
# It notes its arguments, folder and environment, then does as the rest says.
FAKE = """#!{python}
import json, os, sys
seen = {{"words": sys.argv[1:], "folder": os.getcwd(), "path": os.environ.get("PATH")}}
seen["virtual"] = os.environ.get("VIRTUAL_ENV")
with open({seen!r} + ".new", "w") as file:
    json.dump(seen, file)
os.rename({seen!r} + ".new", {seen!r})
{rest}
"""


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    return tmp_path / "seen.json"


@pytest.fixture
def install(tmp_path: Path, seen: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that puts a program on PATH, on a machine with a display."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DISPLAY", ":77")

    def make(name: str, rest: str = "") -> None:
        text = FAKE.format(python=sys.executable, seen=str(seen), rest=rest)
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)

    return make


def script_in(folder: Path) -> Path:
    place = folder / "run '1' ö"
    place.mkdir()
    return place / "open it.py"


@pytest.mark.parametrize(
    ("program", "command", "options"),
    [(COOT, "coot-1", ["--script"]), (CHIMERAX, "ChimeraX", []), (PYMOL, "pymol", [])],
)
def test_a_program_gets_its_script(
    program, command, options, tmp_path, install, seen, monkeypatch
):
    monkeypatch.setenv("VIRTUAL_ENV", "/an/environment")
    install(command)
    script = script_in(tmp_path)
    start_viewer(program, script)
    found = json.loads(seen.read_text(encoding="utf-8"))
    assert found["words"] == [*options, str(script)]
    assert found["folder"] == str(script.parent)
    assert found["virtual"] is None


def test_its_path_is_without_this_python_environment(tmp_path, install, seen, monkeypatch):
    install("pymol")
    own = tmp_path / "environment"
    monkeypatch.setattr(sys, "prefix", str(own))
    programs = tmp_path / "programs"
    monkeypatch.setenv("PATH", f"{own / 'bin'}:{programs}")
    start_viewer(PYMOL, script_in(tmp_path))
    assert json.loads(seen.read_text(encoding="utf-8"))["path"] == str(programs)


@pytest.mark.parametrize("is_link", [False, True])
def test_a_program_finds_the_python_that_was_installed_with_it(
    is_link, tmp_path, install, seen, monkeypatch
):
    """Debian's pymol starts the python3 on PATH, where another one may come first."""
    install("python3")
    programs, linked, other = (tmp_path / name for name in ("programs", "linked", "other"))
    for folder in (linked, other):
        folder.mkdir()
    for name in ("python3", "pymol"):
        place = (other if name == "python3" else programs) / name
        is_viewer = name == "pymol"
        text = 'exec python3 "$@"' if is_viewer else "echo No module named pymol; exit 1"
        place.write_text(f"#!/bin/sh\n{text}\n")
        place.chmod(0o755)
    (linked / "pymol").symlink_to(programs / "pymol")
    monkeypatch.setenv("PATH", f"{other}:{linked if is_link else programs}")
    start_viewer(PYMOL, script := script_in(tmp_path))
    assert json.loads(seen.read_text(encoding="utf-8"))["words"] == [str(script)]


def test_a_program_that_goes_on_is_not_waited_for(tmp_path, install, seen):
    goes_on = tmp_path / "goes_on"
    goes_on.touch()
    install("pymol", f"import time\nwhile os.path.exists({str(goes_on)!r}): time.sleep(0.05)")
    start_viewer(PYMOL, script_in(tmp_path), seconds_to_fail=0.1)
    goes_on.unlink()
    while not seen.exists():
        time.sleep(0.02)


def test_one_that_fails_at_once_says_why(tmp_path, install):
    install("coot", "sys.exit('cannot open display: :77')")
    with pytest.raises(ResultsError, match="ended at once with 1: cannot open display: :77"):
        start_viewer(COOT, script_in(tmp_path))


def test_one_that_is_no_program_is_told(tmp_path, install):
    install("pymol")
    (tmp_path / "programs" / "pymol").write_text("#!/no/such/python\n")
    with pytest.raises(ResultsError, match="can't be started"):
        start_viewer(PYMOL, script_in(tmp_path))


def test_what_is_missing_is_named(tmp_path, install, monkeypatch):
    assert why_not_startable(COOT) == "coot is not on PATH on this machine"
    with pytest.raises(ResultsError, match="Coot can't be started: coot is not on PATH"):
        start_viewer(COOT, script_in(tmp_path))
    install("coot")
    assert why_not_startable(COOT) is None
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert "no display" in str(why_not_startable(COOT))


@pytest.mark.parametrize(
    "text", ["60958", " 60958 ", "127.0.0.1:60958", "localhost:60958", "http://127.0.0.1:60958/"]
)
def test_a_port_of_this_machine_is_taken(text):
    assert rest_port(text) == 60958


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("example.org:80", "expected 127.0.0.1"),
        ("http://10.0.0.1:60958", "ChimeraX is to be on 10.0.0.1"),
        ("127.0.0.1.example.org:80", "expected 127.0.0.1"),
        ("0", "remotecontrol rest start"),
        ("70000", "remotecontrol rest start"),
        ("http://127.0.0.1:80/run", "remotecontrol rest start"),
        ("eighty", "remotecontrol rest start"),
        ("80@example.org:81", "expected 127.0.0.1"),
    ],
)
def test_other_machines_and_no_ports_are_refused(text, message):
    with pytest.raises(ResultsError, match=message):
        rest_port(text)


def test_commands_quote_their_script():
    assert COOT.command("a run/open_in_coot.py") == "coot --script 'a run/open_in_coot.py'"
    assert PYMOL.command("run/x.pml") == "pymol run/x.pml"
