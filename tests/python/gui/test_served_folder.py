"""Nothing outside the folder is listed, opened or written."""

from __future__ import annotations

import asyncio
import errno

import pytest

from map_sharpening.errors import OutputError, ParameterError
from map_sharpening.io.web.served_folder import ServedFolder


@pytest.fixture
def served(tmp_path):
    root = tmp_path / "root"
    (root / "inner").mkdir(parents=True)
    (root / "a.mrc").write_text("a")
    (root / ".hidden").write_text("h")
    (root / "inside.mrc").symlink_to(root / "a.mrc")
    (tmp_path / "secret.mrc").write_text("s")
    (root / "leak.mrc").symlink_to(tmp_path / "secret.mrc")
    (root / "above").symlink_to(tmp_path)
    (root / "circle").symlink_to(root / "circle")
    (root / "nowhere").symlink_to(root / "missing")
    return ServedFolder(root)


@pytest.mark.parametrize(
    "name",
    ["../secret.mrc", "inner/../../secret.mrc", "leak.mrc", "above/secret.mrc", "/etc/passwd"],
)
def test_what_lies_outside_is_refused(served, name):
    with pytest.raises(ParameterError, match="lies outside"):
        served.resolve(name)


@pytest.mark.parametrize("name", ["", "a\0b", "circle", "nowhere", "missing", "x" * 5000])
def test_what_is_no_file_is_refused(served, name):
    with pytest.raises(ParameterError):
        served.resolve(name)


def test_what_lies_inside_is_found_by_either_name(served):
    path = served.root / "a.mrc"
    assert served.resolve("a.mrc") == served.resolve(str(path)) == path
    assert served.resolve("inside.mrc") == path
    assert served.name_of(path) == "a.mrc"


def test_only_what_can_be_chosen_is_listed(served):
    assert [entry.name for entry in served.entries()] == ["inner", "a.mrc", "inside.mrc"]


def send(served, name, content=b"map", limit=100):
    async def chunks():
        yield content[: len(content) // 2]
        yield content[len(content) // 2 :]

    return asyncio.run(served.store(name, chunks(), limit))


def test_a_file_that_is_sent_replaces_nothing(served):
    assert send(served, "a.mrc") == served.root / "a_2.mrc"
    assert (served.root / "a.mrc").read_text() == "a"
    assert (served.root / "a_2.mrc").read_bytes() == b"map"


@pytest.mark.parametrize(
    ("name", "instead"), [("leak.mrc", "leak_2.mrc"), ("nowhere", "nowhere_2")]
)
def test_a_file_that_is_sent_follows_no_link(served, name, instead):
    assert send(served, name) == served.root / instead
    assert (served.root.parent / "secret.mrc").read_text() == "s"
    assert not (served.root / "missing").exists()


@pytest.mark.parametrize("name", ["../x.mrc", "/etc/x.mrc", "C:\\data\\x.mrc", "  x.mrc "])
def test_a_file_that_is_sent_comes_into_the_folder_itself(served, name):
    assert send(served, name) == served.root / "x.mrc"


@pytest.mark.parametrize("name", ["", "..", ".bashrc", "a/", "a\nb.mrc", "x" * 201, "\u202ea.mrc"])
def test_names_that_are_none_are_refused(served, name):
    with pytest.raises(ParameterError):
        send(served, name)


def test_a_file_that_is_too_large_leaves_nothing(served):
    before = sorted(served.root.iterdir())
    with pytest.raises(ParameterError, match="GB"):
        send(served, "big.mrc", b"x" * 101)
    assert sorted(served.root.iterdir()) == before


def test_a_full_disk_is_told_with_what_to_do_and_leaves_nothing(served):
    before = sorted(served.root.iterdir())

    async def chunks():
        yield b"map"
        raise OSError(errno.ENOSPC, "No space left on device")

    message = rf"big.mrc can't be written: No space left on device; the disk of {served.root}"
    with pytest.raises(OutputError, match=message):
        asyncio.run(served.store("big.mrc", chunks(), 100))
    assert sorted(served.root.iterdir()) == before
