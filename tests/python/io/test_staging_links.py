"""Outputs and links: nothing outside the folder of an output is written or changed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from map_sharpening.errors import OutputError
from map_sharpening.io.staging import StagedOutputs, write_text_file


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
    refused = pytest.raises(OutputError, match="has been replaced by something else")
    with refused, StagedOutputs() as staged:
        temporary = staged.temporary_path(output)
        temporary.write_text("new")
        temporary.unlink()
        PLANTED[kind](temporary, victim)
    assert list(folder.iterdir()) == []
    assert is_untouched(victim)


def test_names_of_temporary_files_cannot_be_guessed(folder: Path) -> None:
    tokens = {StagedOutputs().temporary_path(folder / "a.mrc").name.split(".")[2] for _ in "12"}
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
