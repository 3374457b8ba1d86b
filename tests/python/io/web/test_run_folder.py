"""Files of a run are found where it wrote them, wherever the folder is now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from map_sharpening.io.web.run_folder import RunFolder, read_run_folder

SCHEMA = "of tests"


def write_run(top: Path, folder: str, text: str, report: str = "") -> None:
    """Write what a run started in `top` leaves in a folder."""
    report = report or f"{folder}/report.html"
    names = {"outputs": [report, f"{folder}/results.json"], "inputs": ["half1.mrc"]}
    for name in (*names["outputs"], *names["inputs"]):
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_text(text)
    values = {"schema": SCHEMA, "kind": "half maps", **names}
    (top / folder / "results.json").write_text(json.dumps(values))


def read(folder: str) -> RunFolder:
    return read_run_folder(Path(folder), SCHEMA, Path)


def text_of_report(run: RunFolder) -> str:
    file = run.output("report.html")
    assert file is not None
    return file.path.read_text()


def test_a_folder_that_was_renamed_keeps_its_files_though_another_run_took_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path, "sharpened", "first")
    (tmp_path / "sharpened").rename("old")
    write_run(tmp_path, "sharpened", "second")
    assert text_of_report(read("old")) == "first"
    assert text_of_report(read("sharpened")) == "second"
    # Nor is another run's taken for one that is gone.
    (tmp_path / "old" / "report.html").unlink()
    assert read("old").output("report.html") is None


@pytest.mark.parametrize("report", ["", "reports/report.html", "report.html"])
def test_all_is_found_from_within_the_folder(
    report: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(tmp_path, "sharpened", "first", report)
    monkeypatch.chdir(tmp_path / "sharpened")
    run = read(".")
    assert text_of_report(run) == "first"
    assert [file.is_there for file in run.inputs] == [True]


def test_files_that_were_taken_elsewhere_one_by_one_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(tmp_path, "sharpened", "first", "reports/report.html")
    taken = tmp_path / "taken"
    taken.mkdir()
    for name in ("reports/report.html", "sharpened/results.json"):
        (tmp_path / name).rename(taken / Path(name).name)
    monkeypatch.chdir(taken)
    assert text_of_report(read(".")) == "first"
