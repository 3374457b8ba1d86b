"""Outputs, links and files replaced: nothing else is written, changed or lost."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from map_sharpening.errors import MapSharpeningWarning, OutputError
from map_sharpening.io import staging
from map_sharpening.io.staging import StagedOutputs, write_text_file
from map_sharpening.io.temporary.folders import resolved_folder


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "elsewhere" / "victim"
    path.parent.mkdir()
    path.write_text("precious")
    path.chmod(0o640)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


def is_untouched(victim: Path) -> bool:
    names = {path.name for path in victim.parent.iterdir()}
    mode = stat.S_IMODE(victim.stat().st_mode)
    return names == {"victim"} and mode == 0o640 and victim.read_text() == "precious"


def chain(output: Path, victim: Path) -> None:
    (output.parent / "between").symlink_to(victim)
    output.symlink_to("between")


PLANTED: dict[str, Callable[[Path, Path], None]] = {
    "link": lambda output, victim: output.symlink_to(victim),
    "relative link": lambda output, victim: output.symlink_to(
        os.path.relpath(victim, output.parent)
    ),
    "chain of links": chain,
    "link to itself": lambda output, _: output.symlink_to(output.name),
    "dangling link": lambda output, victim: output.symlink_to(victim.with_name("none")),
    "link to a folder": lambda output, victim: output.symlink_to(victim.parent),
    "hard link": lambda output, victim: os.link(victim, output),
}


@pytest.mark.parametrize("when", ["before", "between check and writing", "before the end"])
@pytest.mark.parametrize("kind", PLANTED)
def test_what_lies_at_the_name_is_replaced_itself(
    folder: Path, victim: Path, kind: str, when: str
) -> None:
    output = folder / "map.ccp4"
    if when == "before":
        PLANTED[kind](output, victim)
    with StagedOutputs(overwrite=True) as staged:
        staged.reserve({output: 3})
        if when == "between check and writing":
            PLANTED[kind](output, victim)
        staged.temporary_path(output).write_text("new")
        if when == "before the end":
            PLANTED[kind](output, victim)
    assert not output.is_symlink()
    assert output.read_text() == "new"
    assert is_untouched(victim)
    assert {path.name for path in folder.iterdir()} <= {"map.ccp4", "between"}


@pytest.mark.parametrize("kind", PLANTED)
def test_it_stays_where_nothing_may_be_replaced(folder: Path, victim: Path, kind: str) -> None:
    output = folder / "map.ccp4"
    refused = pytest.raises(OutputError, match=r"map\.ccp4 (exists|is a link)")
    with refused, StagedOutputs() as staged:
        staged.temporary_path(output).write_text("new")
        PLANTED[kind](output, victim)
    assert os.path.lexists(output)
    assert is_untouched(victim)


@pytest.mark.parametrize("kind", ["link", "link to a folder", "dangling link"])
def test_a_temporary_file_that_was_exchanged_for_a_link_is_no_output(
    folder: Path, victim: Path, kind: str
) -> None:
    output = folder / "map.ccp4"
    refused = pytest.raises(OutputError, match="has been replaced by something that is not a file")
    with refused, StagedOutputs() as staged:
        temporary = staged.temporary_path(output)
        temporary.write_text("new")
        temporary.unlink()
        PLANTED[kind](temporary, victim)
    assert list(folder.iterdir()) == []
    assert is_untouched(victim)


def test_names_of_temporary_files_cannot_be_guessed(folder: Path) -> None:
    tokens = {StagedOutputs().temporary_path(folder / "a.mrc").name.split(".")[3] for _ in "12"}
    assert len(tokens) == 2
    assert all(len(bytes.fromhex(token)) == 8 for token in tokens)


def test_a_script_is_made_executable_while_it_is_written(folder: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_text_file(folder / "run.sh", "true\n", is_executable=True)
        write_text_file(folder / "notes", "none\n")
    finally:
        os.umask(mask)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"run.sh": 0o750, "notes": 0o640}


@pytest.mark.parametrize(
    ("name", "reason"), [("x" * 300, "File name too long"), ("a\0b", "embedded null")]
)
def test_a_name_that_the_system_refuses_is_refused_before_any_work(
    folder: Path, name: str, reason: str
) -> None:
    with pytest.raises(OutputError, match=f"can't be an output: {reason}") as refused:
        StagedOutputs().reserve({folder / name: 1})
    assert len(str(refused.value)) < 300
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["x" * 255, ".".join(["x" * 120, "y" * 120]), "é" * 127])
def test_every_name_that_the_system_takes_can_be_written(folder: Path, name: str) -> None:
    with StagedOutputs() as staged:
        staged.temporary_path(folder / name).write_text("new")
    assert {path.name for path in folder.iterdir()} == {name}


def test_files_replaced_that_can_not_be_removed_are_named_and_the_outputs_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "b").write_text("old")
    (tmp_path / "c").write_text("old")
    unlink = Path.unlink

    def refused(path: Path, missing_ok: bool = False) -> None:
        if path.name.startswith((".a.", ".c.")):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        unlink(path, missing_ok=missing_ok)

    outputs = StagedOutputs(overwrite=True)
    for name in "abc":
        outputs.temporary_path(tmp_path / name).write_text("new")
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.warns(MapSharpeningWarning, match="the outputs were written, but what") as told:
        written = outputs.commit()
    assert written == [tmp_path / name for name in "abc"]
    assert {path.read_text() for path in written} == {"new"}
    left = {path.name for path in tmp_path.iterdir()} - {"a", "b", "c"}
    assert sorted(name[:3] for name in left) == [".a.", ".c."]
    (text,) = (str(warning.message) for warning in told)
    assert all(str(tmp_path / name) in text for name in left)
    assert os.strerror(errno.EACCES) in text


@pytest.mark.skipif(os.name != "posix", reason="only there folders are flushed")
def test_outputs_used_again_after_a_failure_at_the_end_can_be_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(folder: Path) -> None:
        raise OutputError(f"{folder} can't be flushed")

    def interrupt(staged: object) -> None:
        raise KeyboardInterrupt

    outputs = StagedOutputs(overwrite=True)
    outputs.temporary_path(tmp_path / "a").write_text("new")
    with monkeypatch.context() as patch:
        patch.setattr(staging, "flush_folder", failing)
        with pytest.raises(OutputError, match="can't be flushed"):
            outputs.commit()
    outputs.temporary_path(tmp_path / "b").write_text("new")
    monkeypatch.setattr(staging, "_flush_to_disk", interrupt)
    with pytest.raises(KeyboardInterrupt) as stopped:
        outputs.commit()
    assert str(stopped.value) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_name_that_is_too_long_is_refused_before_its_folder_is_made(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("of the folder above")
    outputs = StagedOutputs()
    with pytest.raises(OutputError, match="can't be an output: File name too long"):
        outputs.reserve({tmp_path / "new" / ("x" * 300): 1})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    with StagedOutputs() as staged:
        staged.temporary_path(tmp_path / "new" / "a").write_text("new")
    assert (tmp_path / "new" / "a").read_text() == "new"
    assert (tmp_path / "a").read_text() == "of the folder above"


def test_a_name_that_is_too_long_is_explained_beside_inputs(tmp_path: Path) -> None:
    (tmp_path / "in.mrc").write_bytes(b"1")
    outputs = StagedOutputs(inputs=[tmp_path / "in.mrc"])
    with pytest.raises(OutputError, match="can't be an output: File name too long"):
        outputs.reserve({tmp_path / ("x" * 300): 1})


@pytest.mark.skipif(os.name != "posix", reason="only there folders protect files so")
def test_a_file_of_another_user_in_a_shared_folder_is_refused_before_any_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "map.ccp4").write_text("another user's")
    other = os.geteuid() + 12345
    folder.chmod(0o777)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: other)
        StagedOutputs(overwrite=True).reserve({folder / "map.ccp4": 1})
        folder.chmod(0o1777)
        with pytest.raises(OutputError, match=r"map\.ccp4 belongs to another user"):
            StagedOutputs(overwrite=True).reserve({folder / "map.ccp4": 1})
        StagedOutputs(overwrite=True).reserve({folder / "new.ccp4": 1})
    StagedOutputs(overwrite=True).reserve({folder / "map.ccp4": 1})


@pytest.mark.parametrize("inside", ["map.mrc", "new/map.mrc", "new/../map.mrc"])
@pytest.mark.parametrize("target", ["elsewhere/none", "elsewhere/none/deeper", "link"])
def test_no_folder_is_made_where_a_link_points(
    tmp_path: Path, victim: Path, inside: str, target: str
) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / target)
    output = link / inside
    for begin in (
        lambda staged: staged.reserve({output: 1}),
        lambda staged: staged.reserve({tmp_path / "a.mrc": 1}, {output.parent: 1}),
        lambda staged: staged.temporary_path(output),
    ):
        refused = pytest.raises(
            OutputError, match=r"is a link to .*, which does not exist; expected"
        )
        with refused, StagedOutputs(overwrite=True) as staged:
            begin(staged)
    assert link.is_symlink()
    assert is_untouched(victim)


def test_outputs_go_where_a_link_to_a_folder_points(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    write_text_file(tmp_path / "link" / "a.txt", "a")
    with StagedOutputs() as staged:
        staged.temporary_path(tmp_path / "link" / "new" / "b.txt").write_text("b")
    assert (folder / "a.txt").read_text() == "a"
    assert (folder / "new" / "b.txt").read_text() == "b"


def test_a_name_that_no_folder_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        OutputError, match=r"\.\.\. \(\d+ characters\) can't be a folder: .*; give another"
    ):
        resolved_folder(tmp_path / ("x" * 5000))
    with pytest.raises(OutputError, match=r"can't be a folder: .*; give another name"):
        resolved_folder(tmp_path / ("x" * 300))
