"""What killed runs left goes with the next run; what may be of another run stays."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from map_sharpening.io.staging import StagedOutputs, final_name
from map_sharpening.io.temporary.left_over import LONGEST_STEM, WORK_FOLDER, clear_left_over
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
    assert told.startswith(
        f"{tmp_path} holds 1 hidden file ({elsewhere}), of a run that is still "
    )
    assert names(tmp_path) == {elsewhere}


def test_files_of_others_are_not_looked_at(tmp_path: Path, gone: str) -> None:
    kept = {".a.part", ".profile", "a.old", f"a.{gone}.{TOKEN}.part", f".a.{gone}.part", ".work"}
    # Without an owner they may be of any program.
    kept |= {".work_notebook", ".work_settings", f".a.{TOKEN}.part.mrc", f".{TOKEN}.old"}
    for name in kept:
        (tmp_path / name).touch()
    assert clear_left_over([tmp_path, tmp_path / "not there"]) == []
    assert names(tmp_path) == kept


_KILLED_WHILE_REPLACING = """
import os, signal, sys
from pathlib import Path
from map_sharpening.io import staging
step, has_links, folder = sys.argv[1], sys.argv[2] == "True", Path(sys.argv[3])
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
def refuse(*_, **__):
    raise PermissionError("a disk without hard links")
if not has_links:
    os.link = refuse
if step == "set aside":
    set_aside = staging._set_aside
    staging._set_aside = lambda staged: (set_aside(staged), die())
else:
    staging.StagedOutputs._end = die
outputs = staging.StagedOutputs(overwrite=True)
outputs.temporary_path(folder / "a.mrc").write_text("new")
outputs.commit()
"""


def old_of(folder: Path, step: str, *, has_links: bool = True) -> Path:
    """Kill a process while it replaces a.mrc; return what it had put aside."""
    (folder / "a.mrc").write_text("old")
    words = [sys.executable, "-c", _KILLED_WHILE_REPLACING, step, str(has_links), str(folder)]
    assert subprocess.run(words, check=False).returncode == -9
    (old,) = folder.glob(".a.*.old.mrc")
    assert old.read_text() == "old"
    # The system's clock for files moves in steps.
    probe = folder.parent / f"{folder.name}_probe"
    probe.touch()
    while probe.stat().st_ctime_ns <= old.stat().st_ctime_ns:
        probe.touch()
    probe.unlink()
    return old


@pytest.mark.parametrize(("step", "content"), [("set aside", "old"), ("in place", "new")])
def test_what_a_killed_run_itself_replaced_goes(tmp_path: Path, step: str, content: str) -> None:
    old_of(tmp_path, step)
    (told,) = clear_left_over([tmp_path])
    assert told.endswith("removed")
    assert names(tmp_path) == {"a.mrc"}
    assert (tmp_path / "a.mrc").read_text() == content


def test_the_only_copy_stays_whatever_comes_into_its_place(tmp_path: Path) -> None:
    folder, other = tmp_path / "out", tmp_path / "other.mrc"
    folder.mkdir()
    old = old_of(folder, "set aside", has_links=False)
    assert not (folder / "a.mrc").exists()
    told = clear_left_over([folder])
    assert "removed" in told[0]  # the new file, not in place
    assert f"{folder} holds 1 hidden file ({old.name}), where a run" in told[1]
    assert "rename it" in told[1]
    # The next run writes that output.
    with StagedOutputs(overwrite=True) as outputs:
        outputs.temporary_path(folder / "a.mrc").write_text("newer")
    assert clear_left_over([folder]) == told[1:]
    # Somebody puts an older file there.
    other.write_text("other")
    os.utime(other, (1, 1))
    other.replace(folder / "a.mrc")
    assert clear_left_over([folder]) == told[1:]
    (folder / "a.mrc").unlink()
    (folder / "a.mrc").mkdir()
    assert clear_left_over([folder]) == told[1:]
    assert old.read_text() == "old"


def test_what_was_replaced_stays_if_its_output_was_moved_or_its_name_was_cut(
    tmp_path: Path, gone: str
) -> None:
    old = old_of(tmp_path, "in place")
    (tmp_path / "a.mrc").rename(tmp_path / "b.mrc")
    (tmp_path / "a.mrc").write_text("of somebody")
    stem = "x" * LONGEST_STEM
    cut = tmp_path / f".{stem}.{gone}.{TOKEN}.old.mrc"
    cut.write_text("old")
    os.link(cut, tmp_path / f"{stem}.mrc")
    (told,) = clear_left_over([tmp_path])
    assert "holds 2 hidden files" in told
    assert "rename it" in told
    assert {old.name, cut.name} <= names(tmp_path)


def test_what_is_needed_stays(tmp_path: Path, gone: str) -> None:
    work = tmp_path / f"{WORK_FOLDER}{gone}_abcd_e12"
    work.mkdir()
    (work / "half.mrc").touch()
    part = tmp_path / f".a.{gone}.{TOKEN}.part.mrc"
    part.touch()
    link = tmp_path / f".b.{gone}.{TOKEN}.part.mrc"
    link.symlink_to(tmp_path / "elsewhere.mrc")
    alias = tmp_path / "alias"
    alias.symlink_to(tmp_path)
    kept = [alias / work.name / "half.mrc", alias / part.name, alias / link.name]
    before = names(tmp_path)
    assert clear_left_over([tmp_path], kept) == []
    assert names(tmp_path) == before
    assert (work / "half.mrc").exists()
    assert "held 3 hidden files" in clear_left_over([tmp_path])[0]


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


def test_processes_as_numbered_by_another_system_are_not_asked(tmp_path: Path) -> None:
    # As after `unshare -pf`: /proc is still that of the system around, where this process has
    # another number, and its own number is that of a process that started at tick 26.
    machine, number, _ = owner().split("-")
    pid = os.getpid()
    for name, told in (("self", pid + 1), (str(pid), pid)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "stat").write_text(f"{told} (a) b) S {'0 ' * 18}26 0 0\n")
    assert owner(tmp_path) == f"{machine}-{number}-0"
    assert state_of(f"{machine}-{number}-1b", tmp_path) == "running"
    (tmp_path / "self" / "stat").write_text(f"{pid} (a) S {'0 ' * 18}26 0 0\n")
    assert owner(tmp_path) == f"{machine}-{number}-1a"
    assert state_of(f"{machine}-{number}-1b", tmp_path) == "gone"


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
