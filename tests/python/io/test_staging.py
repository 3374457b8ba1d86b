"""Outputs appear whole and together, or not at all."""

from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from map_sharpening.errors import OutputError
from map_sharpening.io import staging
from map_sharpening.io.staging import WRITTEN, StagedOutputs, explain_write_error, final_name


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def write(outputs: StagedOutputs, *paths: Path) -> None:
    for path in paths:
        outputs.temporary_path(path).write_text("new")


# Success


def test_outputs_appear_together_at_the_end(tmp_path: Path) -> None:
    with StagedOutputs() as outputs:
        outputs.temporary_path(tmp_path / "a.mrc").write_text("a")
        outputs.temporary_path(tmp_path / "b.png").write_text("b")
        assert not names(tmp_path) & {"a.mrc", "b.png"}
    assert names(tmp_path) == {"a.mrc", "b.png"}
    assert (tmp_path / "a.mrc").read_text() == "a"


def test_commit_tells_what_was_written(tmp_path: Path) -> None:
    outputs = StagedOutputs()
    outputs.temporary_path(tmp_path / "a.mrc").write_text("a")
    assert outputs.commit() == [tmp_path / "a.mrc"]


def test_temporary_name_is_in_the_folder_hidden_and_keeps_the_suffix(tmp_path: Path) -> None:
    temporary = StagedOutputs().temporary_path(tmp_path / "plot.fsc.png")
    assert temporary.parent == tmp_path
    assert temporary.name.startswith(".plot.fsc.")
    assert temporary.suffix == ".png"


def test_one_output_has_one_temporary_name(tmp_path: Path) -> None:
    outputs = StagedOutputs()
    assert outputs.temporary_path(tmp_path / "a") == outputs.temporary_path(tmp_path / "." / "a")


@pytest.mark.parametrize("name", ["a.mrc", "a", "a.b.c.mrc", ".hidden", "x" * 250 + ".mrc"])
def test_any_name_can_be_written(tmp_path: Path, name: str) -> None:
    with StagedOutputs() as outputs:
        outputs.temporary_path(tmp_path / name).write_text("a")
    assert names(tmp_path) == {name}


@pytest.mark.parametrize("name", ["a.mrc", "a", "a.b.c.mrc"])
def test_final_name_is_read_off_the_temporary_one(tmp_path: Path, name: str) -> None:
    assert final_name(StagedOutputs().temporary_path(tmp_path / name)) == name
    assert final_name(tmp_path / name) == name


def test_overwrite_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with StagedOutputs(overwrite=True) as outputs:
        outputs.temporary_path(tmp_path / "a").write_text("new")
    assert (tmp_path / "a").read_text() == "new"
    assert names(tmp_path) == {"a"}


def test_overwrite_works_where_links_do_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    test_overwrite_replaces_and_leaves_nothing_else(tmp_path)


@pytest.mark.parametrize("victim", ["a file", "nothing", "a folder"])
def test_a_link_at_the_name_is_replaced_and_its_target_is_not_touched(
    tmp_path: Path, victim: str
) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "out"
    elsewhere.mkdir()
    folder.mkdir()
    target = elsewhere / "b"
    if victim == "a file":
        target.write_text("precious")
    elif victim == "a folder":
        target.mkdir()
    (folder / "a").symlink_to(target)
    with StagedOutputs(overwrite=True) as outputs:
        outputs.reserve({folder / "a": 1})
        outputs.temporary_path(folder / "a").write_text("new")
    assert not (folder / "a").is_symlink()
    assert (folder / "a").read_text() == "new"
    assert names(folder) == {"a"}
    assert names(elsewhere) == ({"b"} if victim != "nothing" else set())
    if victim == "a file":
        assert target.read_text() == "precious"
    elif victim == "a folder":
        assert names(target) == set()


def test_a_link_at_the_name_is_named_with_its_target_where_nothing_may_be_replaced(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    with pytest.raises(OutputError, match=rf"a is a link to {re.escape(str(tmp_path / 'b'))}; "):
        StagedOutputs().reserve({tmp_path / "a": 1})
    assert names(tmp_path) == {"a"}


def test_a_link_is_back_after_a_failure(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("precious")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    with pytest.raises(OutputError), StagedOutputs(overwrite=True) as outputs:  # noqa: PT012
        outputs.temporary_path(tmp_path / "a").write_text("new")
        late = outputs.temporary_path(tmp_path / "z")
        late.write_text("new")
        (tmp_path / "z").mkdir()
    assert (tmp_path / "a").readlink() == tmp_path / "b"
    assert (tmp_path / "b").read_text() == "precious"
    assert names(tmp_path) == {"a", "b", "z"}


def test_a_link_planted_before_the_end_is_replaced_too(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("precious")
    with StagedOutputs(overwrite=True) as outputs:
        outputs.temporary_path(tmp_path / "a").write_text("new")
        (tmp_path / "a").symlink_to(tmp_path / "b")
    assert (tmp_path / "a").read_text() == "new"
    assert (tmp_path / "b").read_text() == "precious"


def test_folders_above_may_be_links(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    with StagedOutputs() as outputs:
        outputs.temporary_path(tmp_path / "out" / "a").write_text("new")
    assert names(tmp_path / "disk") == {"a"}


def test_missing_folders_are_made(tmp_path: Path) -> None:
    with StagedOutputs() as outputs:
        outputs.temporary_path(tmp_path / "x" / "y" / "a").write_text("a")
    assert (tmp_path / "x" / "y" / "a").read_text() == "a"


# Failure


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit, OSError])
def test_an_exception_leaves_everything_as_it_was(
    tmp_path: Path, kind: type[BaseException]
) -> None:
    (tmp_path / "a").write_text("old")

    def write_and_stop() -> None:
        with StagedOutputs(overwrite=True) as outputs:
            write(outputs, tmp_path / "a", tmp_path / "x" / "b")
            raise kind("stop")

    with pytest.raises(kind):
        write_and_stop()
    assert names(tmp_path) == {"a"}
    assert (tmp_path / "a").read_text() == "old"


@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_failure_between_renames_takes_all_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[BaseException], failing: int
) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "c").write_text("old")
    replace, calls = Path.replace, []

    def failing_replace(source: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == failing:
            raise kind("stop")
        return replace(source, target)

    outputs = StagedOutputs(overwrite=True)
    write(outputs, *(tmp_path / name for name in "abc"))
    monkeypatch.setattr(Path, "replace", failing_replace)
    with pytest.raises((OutputError, kind)):
        outputs.commit()
    assert names(tmp_path) == {"a", "c"}
    assert {(tmp_path / name).read_text() for name in "ac"} == {"old"}


# Between open and with, Python itself can't close a file.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_an_interrupt_at_any_line_leaves_all_old_or_all_new(tmp_path: Path) -> None:
    endings = set()
    for number in itertools.count(1):  # before the first, no line guards anything yet
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "a").write_text("old")
        (folder / "c").write_text("old")
        outputs = StagedOutputs(overwrite=True)
        write(outputs, *(folder / name for name in "abc"))
        text = None
        sys.settrace(interrupt_at_line(number))
        try:
            outputs.commit()
        except KeyboardInterrupt as interrupt:
            text = str(interrupt)
        finally:
            sys.settrace(None)
        contents = {path.name: path.read_text() for path in folder.iterdir()}
        is_new = contents == {"a": "new", "b": "new", "c": "new"}
        assert is_new or contents == {"a": "old", "c": "old"}, f"line {number}: {contents}"
        # The very last lines are those of a commit that is over.
        assert text in ({WRITTEN, None, ""} if is_new else {""})
        endings.add((is_new, text))
        if text is None:
            break
    assert {(False, ""), (True, WRITTEN), (True, None)} <= endings


def interrupt_at_line(number: int) -> Callable[[FrameType, str, object], object]:
    """Return a tracer that stops the module at its n-th line from now on, once."""
    lines = itertools.count()

    def trace(frame: FrameType, event: str, argument: object) -> object:
        if frame.f_code.co_filename != staging.__file__:
            return None
        if event == "line" and next(lines) == number:
            raise KeyboardInterrupt
        return trace

    return trace


def test_an_output_not_written_is_an_error_and_keeps_the_others_back(tmp_path: Path) -> None:
    outputs = StagedOutputs()
    write(outputs, tmp_path / "a")
    outputs.temporary_path(tmp_path / "b")
    with pytest.raises(OutputError, match="announced as an output but not written"):
        outputs.commit()
    assert names(tmp_path) == set()


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    outputs = StagedOutputs()
    write(outputs, tmp_path / "a")
    (tmp_path / "a").write_text("theirs")
    with pytest.raises(OutputError, match="exists"):
        outputs.commit()
    assert (tmp_path / "a").read_text() == "theirs"
    assert names(tmp_path) == {"a"}


FULL_DISK = """
import resource, sys
import numpy as np
from map_sharpening.errors import MapSharpeningWarning, OutputError
from map_sharpening.io.maps import write_map
from map_sharpening.io.reflections import write_map_coefficients
from map_sharpening.io.staging import StagedOutputs
from map_sharpening.maps.map_data import MapData

values = np.random.default_rng(0).normal(size=(40, 40, 40))
folder, writer, limit = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
try:
    with StagedOutputs(overwrite=True) as outputs:
        path = outputs.temporary_path(folder + "/out")
        map_data = MapData.from_array(values, 1.0)
        if writer == "map":
            write_map(path, map_data)
        else:
            write_map_coefficients(path, map_data, 2.5)
except OutputError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="file sizes can't be limited on Windows")
@pytest.mark.parametrize("writer", ["map", "coefficients"])
@pytest.mark.parametrize("limit", ["1", "1000", "100000", "almost"])
def test_no_room_for_an_output_leaves_the_old_one(tmp_path: Path, writer: str, limit: str) -> None:
    if limit == "almost":
        limit = str(full_size(tmp_path, writer) - 1)
    (tmp_path / "out").write_text("old")
    result = run_with_limit(tmp_path, writer, limit)
    assert result.startswith("out can't be written")
    assert (tmp_path / "out").read_text() == "old"
    assert names(tmp_path) == {"out"}


def full_size(folder: Path, writer: str) -> int:
    assert run_with_limit(folder, writer, str(1 << 30)) == ""
    return (folder / "out").stat().st_size


def run_with_limit(folder: Path, writer: str, limit: str) -> str:
    command = [sys.executable, "-c", FULL_DISK, str(folder), writer, limit]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


# Checks before any work


def test_reserve_writes_nothing(tmp_path: Path) -> None:
    outputs = StagedOutputs()
    outputs.reserve({tmp_path / "a": 10, tmp_path / "b": 20})
    assert names(tmp_path) == set()


def test_folders_made_for_nothing_are_removed(tmp_path: Path) -> None:
    outputs = StagedOutputs()
    outputs.reserve({tmp_path / "x" / "y" / "a": 10})
    assert (tmp_path / "x" / "y").is_dir()
    outputs.discard()
    assert names(tmp_path) == set()


def test_too_little_space_names_folder_need_and_room(tmp_path: Path) -> None:
    message = rf"{tmp_path} has [\d,]+ bytes free, but the outputs need {3 << 60:,}; free space"
    with pytest.raises(OutputError, match=message):
        StagedOutputs().reserve({tmp_path / "a": 1 << 60, tmp_path / "b": 2 << 60})


def test_work_files_need_room_while_there_are_no_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = shutil.disk_usage(tmp_path)._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: room)
    StagedOutputs().reserve({tmp_path / "a": 90}, {tmp_path: 90})
    with pytest.raises(OutputError, match="has 100 bytes free, but the work files need 110; fr"):
        StagedOutputs().reserve({tmp_path / "a": 90}, {tmp_path: 110})


def test_missing_folder_is_refused_if_none_may_be_made(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="x does not exist; expected a folder"):
        StagedOutputs(make_folders=False).reserve({tmp_path / "x" / "a": 1})


@pytest.mark.parametrize("inner", ["file/a", "file/x/a"])
def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path, inner: str) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(OutputError, match="expected a folder for outputs"):
        StagedOutputs().reserve({tmp_path / inner: 1})


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere"
)
def test_a_folder_without_write_access_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="can't be written to: Permission denied"):
            StagedOutputs().reserve({tmp_path / "a": 1})
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_may_not_be_entered_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lstat = Path.lstat

    def denied(path: Path) -> os.stat_result:
        if path.name == "a":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return lstat(path)

    monkeypatch.setattr(Path, "lstat", denied)
    with pytest.raises(
        OutputError, match=r"can't be an output: Permission denied; allow entering"
    ):
        StagedOutputs().reserve({tmp_path / "a": 1})


def test_a_read_only_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "touch", read_only)
    with pytest.raises(OutputError, match=f"{tmp_path} can't be written to: Read-only file"):
        StagedOutputs().reserve({tmp_path / "a": 1})


def test_an_existing_file_is_refused_without_overwrite(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(OutputError, match=r"a exists; .* give overwrite=True"):
        StagedOutputs().reserve({tmp_path / "a": 1})


def test_a_folder_is_no_output(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OutputError, match="is a folder or device"):
        StagedOutputs(overwrite=True).reserve({tmp_path / "a": 1})


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="this system has no /dev/null")
def test_a_device_is_no_output() -> None:
    with pytest.raises(OutputError, match="is a folder or device"):
        StagedOutputs(overwrite=True).reserve({"/dev/null": 1})


@pytest.mark.parametrize("way", ["same", "dots", "symbolic link", "hard link"])
def test_an_input_is_never_replaced(tmp_path: Path, way: str) -> None:
    given = tmp_path / "half1.mrc"
    given.write_text("input")
    output = tmp_path / "out.mrc"
    if way == "same":
        output = given
    elif way == "dots":
        output = tmp_path / ".." / tmp_path.name / "half1.mrc"
    elif way == "symbolic link":
        output.symlink_to(given)
    else:
        os.link(given, output)
    with pytest.raises(OutputError, match="is also an input"):
        StagedOutputs(inputs=[given], overwrite=True).reserve({output: 1})


def test_two_outputs_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="two outputs are one file"):
        StagedOutputs().reserve(
            {tmp_path / "a": 1, tmp_path / "." / ".." / tmp_path.name / "a": 1}
        )


# Explanations


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG])
def test_a_full_disk_is_explained(tmp_path: Path, number: int) -> None:
    path = StagedOutputs().temporary_path(tmp_path / "a.mrc")
    message = str(explain_write_error(path, OSError(number, os.strerror(number))))
    assert message.startswith(f"a.mrc can't be written: {os.strerror(number)}")
    assert "free space there or write to another folder" in message
    assert str(tmp_path) in message
