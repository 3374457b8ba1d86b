"""What killed runs left goes with the next run; what may be of another run stays."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from map_sharpening.io.staging import StagedOutputs, final_name
from map_sharpening.io.temporary import owner as owner_module
from map_sharpening.io.temporary.left_over import WORK_FOLDER, clear_left_over
from map_sharpening.io.temporary.owner import OWNER, owner, state_of
from map_sharpening.io.work_arrays import work_folder

TOKEN = "0123456789abcdef"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are asked the POSIX way")

_KILLED = """
import os, signal, sys
from pathlib import Path
from map_sharpening.io.staging import StagedOutputs
from map_sharpening.io.work_arrays import work_folder
folder = Path(sys.argv[1])
outputs = StagedOutputs(overwrite=True)
outputs.temporary_path(folder / "map.mrc").write_text("half of it")
with work_folder(folder) as work:
    (work / "half_1.npy").write_text("half of it")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def gone() -> str:
    """Return the owner of a process that has ended."""
    text = "from map_sharpening.io.temporary.owner import owner; print(owner())"
    return subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_what_a_killed_process_left_is_removed_and_said(tmp_path: Path) -> None:
    (tmp_path / "map.mrc").write_text("old")
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -9
    assert len(names(tmp_path)) == 3
    (told,) = clear_left_over([tmp_path, tmp_path / "." / ""])
    assert names(tmp_path) == {"map.mrc"}
    assert (tmp_path / "map.mrc").read_text() == "old"
    assert re.fullmatch(
        rf"{re.escape(str(tmp_path))} held 2 hidden files \(\.map\..*\.part\.mrc, \.work_.*\), "
        "left by a run that was killed: removed",
        told,
    )


def test_files_of_a_process_that_runs_stay(tmp_path: Path) -> None:
    outputs = StagedOutputs()
    outputs.temporary_path(tmp_path / "a.mrc").write_text("a")
    with work_folder(tmp_path) as work:
        assert clear_left_over([tmp_path]) == []
        assert work.is_dir()
    outputs.commit()
    assert names(tmp_path) == {"a.mrc"}


@pytest.mark.parametrize(
    "name",
    [
        f".a.{{}}.{TOKEN}.part.mrc",
        f".a.{{}}.{TOKEN}.part",
        f".{{}}.{TOKEN}.part",
        f"{WORK_FOLDER}{{}}_abcd_e12",
    ],
)
def test_each_kind_goes_if_its_process_is_gone_and_is_told_if_that_is_unknown(
    tmp_path: Path, gone: str, name: str
) -> None:
    (tmp_path / name.format(gone)).touch()
    (told,) = clear_left_over([tmp_path])
    assert "removed" in told
    assert names(tmp_path) == set()
    machine, rest = gone.split("-", 1)
    elsewhere = name.format(f"{int(machine, 16) ^ 1:08x}-{rest}")
    (tmp_path / elsewhere).touch()
    (told,) = clear_left_over([tmp_path])
    assert told.startswith(f"{tmp_path} holds 1 hidden file ({elsewhere}), of a run that goes on ")
    assert names(tmp_path) == {elsewhere}


def test_files_of_others_are_not_looked_at(tmp_path: Path, gone: str) -> None:
    kept = {".a.part", ".profile", "a.old", f"a.{gone}.{TOKEN}.part", f".a.{gone}.part", ".work"}
    # Without an owner they may be of any program.
    kept |= {".work_notebook", ".work_settings", f".a.{TOKEN}.part.mrc", f".{TOKEN}.old"}
    for name in kept:
        (tmp_path / name).touch()
    assert clear_left_over([tmp_path, tmp_path / "not there"]) == []
    assert names(tmp_path) == kept


def test_what_was_replaced_goes_only_if_something_lies_in_its_place(
    tmp_path: Path, gone: str
) -> None:
    for name in ("a", "b"):
        (tmp_path / f".{name}.{gone}.{TOKEN}.old.mrc").write_text("old")
    (tmp_path / "a.mrc").write_text("new")
    removed, only_copy = clear_left_over([tmp_path])
    assert "(.a." in removed
    assert "(.b." in only_copy
    assert "rename it" in only_copy
    assert names(tmp_path) == {"a.mrc", f".b.{gone}.{TOKEN}.old.mrc"}


def test_a_link_goes_and_its_target_stays(tmp_path: Path, gone: str) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "precious").touch()
    out = tmp_path / "out"
    out.mkdir()
    (out / f"{WORK_FOLDER}{gone}_abcd_e12").symlink_to(target)
    (out / f".a.{gone}.{TOKEN}.part.mrc").symlink_to(target / "precious")
    clear_left_over([out])
    assert names(out) == set()
    assert names(target) == {"precious"}


def test_a_number_given_to_another_process_does_not_count_as_running() -> None:
    machine, number, start = owner().split("-")
    assert state_of(owner()) == "running"
    if int(start, 16) == 0:
        pytest.skip("this system doesn't say when a process started")
    assert state_of(f"{machine}-{number}-{int(start, 16) + 1:x}") == "gone"
    assert state_of(f"{machine}-{number}-0") == "running"  # not known when it started
    assert state_of(f"{machine}-ffffffff-{start}") in {"gone", "unknown"}


def test_processes_as_numbered_by_another_system_are_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after `unshare -pf`: /proc is still that of the system around, where this process has
    # another number, and its own number is that of a process that started at tick 26.
    machine, number, _ = owner().split("-")
    pid = os.getpid()
    for name, told in (("self", pid + 1), (str(pid), pid)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "stat").write_text(f"{told} (a) b) S {'0 ' * 18}26 0 0\n")
    monkeypatch.setattr(owner_module, "_PROCESSES", tmp_path)
    assert owner() == f"{machine}-{number}-0"
    assert state_of(f"{machine}-{number}-1b") == "running"
    (tmp_path / "self" / "stat").write_text(f"{pid} (a) S {'0 ' * 18}26 0 0\n")
    assert owner() == f"{machine}-{number}-1a"
    assert state_of(f"{machine}-{number}-1b") == "gone"


def test_a_process_of_another_user_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert state_of(owner()) == "running"


def test_the_owner_is_part_of_temporary_names_and_not_of_final_ones(tmp_path: Path) -> None:
    temporary = StagedOutputs().temporary_path(tmp_path / ("x" * 240 + ".mrc"))
    assert re.search(OWNER, temporary.name)
    assert len(temporary.name) < 255
    assert final_name(temporary) == "x" * 170 + ".mrc"
