"""The zip of a run for viewers on another machine: its files where the scripts look for them."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from map_sharpening.errors import ResultsError
from map_sharpening.io.web.run_folder import FoundFile, read_run_folder
from map_sharpening.io.web.served_folder import ServedFolder
from map_sharpening.io.web.viewer_programs import (
    LEFT_OUT,
    left_out_of_zip,
    write_viewer_zip,
    zip_name,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a run in it, and inputs here and there."""
    root = (tmp_path / "root").resolve()
    (root / "data").mkdir(parents=True)
    (root / "run").mkdir()
    (tmp_path / "elsewhere").mkdir()
    for name in ("data/half1.mrc", "run/out.ccp4", "half2.mrc", "../elsewhere/far.mrc"):
        (root / name).write_text(name)
    return root


def zipped(root: Path, *inputs: str) -> dict[str, str]:
    """The names and contents of the zip of a run with inputs."""
    told = {"schema": "s", "kind": "model", "inputs": inputs, "outputs": ["out.ccp4"]}
    (root / "run" / "results.json").write_text(json.dumps(told))
    run = read_run_folder(root / "run", "s", ServedFolder(root).resolve)
    place = io.BytesIO()
    write_viewer_zip([*run.outputs, *run.inputs], root, root / "run", place)
    with zipfile.ZipFile(place) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_files_lie_as_they_do_in_the_folder_each_once(root: Path) -> None:
    assert zipped(root, "data/half1.mrc", "half2.mrc", "half2.mrc") == {
        "run/out.ccp4": "run/out.ccp4",
        "data/half1.mrc": "data/half1.mrc",
        "half2.mrc": "half2.mrc",
    }


def test_a_link_has_the_name_by_which_the_scripts_know_it(root: Path) -> None:
    (root / "one.mrc").symlink_to("data/half1.mrc")
    (root / "linked").symlink_to("data")
    found = zipped(root, "one.mrc", "linked/half1.mrc")
    # A link that is the file itself has its own name, others are followed, as in the scripts.
    assert found["one.mrc"] == "data/half1.mrc"
    assert set(found) == {"run/out.ccp4", "one.mrc", "data/half1.mrc"}


def test_what_is_not_in_it_is_named_with_its_place(root: Path, tmp_path: Path) -> None:
    found = zipped(root, "gone.mrc", str(tmp_path / "elsewhere" / "far.mrc"), "half2.mrc")
    text = found.pop(f"run/{LEFT_OUT}")
    assert set(found) == {"run/out.ccp4", "half2.mrc"}
    assert "gone.mrc can't be opened" in text
    assert "looks for it at ../gone.mrc" in text.replace("scripts look", "script looks")
    assert "far.mrc lies outside" in text
    assert "at ../../elsewhere/far.mrc" in text


def test_a_link_that_lies_elsewhere_has_no_place_in_it(root: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.mrc"
    link.symlink_to(root / "half2.mrc")
    found = zipped(root, str(link))
    assert set(found) == {"run/out.ccp4", f"run/{LEFT_OUT}"}
    assert "link.mrc lies outside" in found[f"run/{LEFT_OUT}"]


def test_a_file_that_goes_away_meanwhile_is_told(root: Path) -> None:
    gone = root / "gone.mrc"
    file = FoundFile("gone.mrc", gone, 3, place=gone)
    assert left_out_of_zip([file], root, root / "run") == []
    with pytest.raises(ResultsError, match=r"gone\.mrc can't be read"):
        write_viewer_zip([file], root, root / "run", io.BytesIO())


def test_a_file_older_than_zip_knows_is_packed(root: Path) -> None:
    os.utime(root / "half2.mrc", (0, 0))
    assert zipped(root, "half2.mrc")["half2.mrc"] == "half2.mrc"


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("sharpened_2", "sharpened_2_viewers.zip"),
        ("a/run '1'", "a_run_1_viewers.zip"),
        ('x"; rm -rf ~/\r\n', "x_rm_-rf_viewers.zip"),
        ("../..", "run_viewers.zip"),
        ("größe", "gr_e_viewers.zip"),
    ],
)
def test_it_is_named_after_the_run(run: str, expected: str) -> None:
    assert zip_name(run, "viewers") == expected
