"""report.pdf and fsc.png are made of the files of a run, and of nothing else."""

from __future__ import annotations

import json
import shutil
import sys
import types
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from half_map_results import make_map, make_result
from model_results import make_model_result
from PIL import Image

from map_sharpening import MapSharpeningError
from map_sharpening.cli import main
from map_sharpening.report import RunFacts, results_text
from map_sharpening.report.html import html_report


def folder_of(result, place: Path) -> Path:
    facts = RunFacts(version="0.1", outputs=("report.html", "sharpened_map.ccp4"))
    page = html_report(
        result, facts, before=make_map(noise=1.0), parameters_text="a = 1", versions={}
    )
    (place / "report.html").write_text(page, encoding="utf-8")
    (place / "results.json").write_text(results_text(result, facts), encoding="utf-8")
    (place / "sharpened_map.ccp4").write_bytes(b"map")
    return place


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(make_result(), tmp_path_factory.mktemp("finished"))


@pytest.fixture
def results(finished: Path, tmp_path: Path) -> Path:
    """A copy of the files, which a test may change."""
    return shutil.copytree(finished, tmp_path, dirs_exist_ok=True)


def lines_of(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def require_pdf_library() -> Any:
    try:
        return pytest.importorskip("weasyprint", reason="needs the extra [pdf]")
    except OSError as error:
        pytest.skip(f"needs the library Pango: {error}")


def without_pdf_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)


def test_the_fsc_is_drawn_from_the_results(results, monkeypatch, capsys) -> None:
    without_pdf_library(monkeypatch)
    assert main(["report", str(results), "--png"]) == 0
    assert capsys.readouterr().out == f"Wrote {results / 'fsc.png'}\n"
    picture = Image.open(results / "fsc.png").convert("RGB")
    assert picture.size == (1680, 1170)
    colours = np.asarray(picture).reshape(-1, 3)
    for curve in ((0x00, 0x72, 0xB2), (0xE6, 0x9F, 0x00), (0x00, 0x9E, 0x73), (0xD5, 0x5E, 0x00)):
        assert (colours == curve).all(axis=1).sum() > 100


def test_the_fsc_of_other_results_is_another_picture(results, monkeypatch) -> None:
    without_pdf_library(monkeypatch)
    assert main(["report", str(results), "--png"]) == 0
    first = (results / "fsc.png").read_bytes()
    values = json.loads((results / "results.json").read_text("utf-8"))
    values["result"]["shells"]["fsc_corrected"] = [
        value and value / 2 for value in values["result"]["shells"]["fsc_corrected"]
    ]
    (results / "results.json").write_text(json.dumps(values), encoding="utf-8")
    assert main(["report", str(results), "--png", "--overwrite"]) == 0
    assert (results / "fsc.png").read_bytes() != first


def test_a_link_at_the_name_is_replaced_and_not_followed(results, tmp_path, capsys) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    picture = results / "fsc.png"
    picture.symlink_to(victim)
    assert main(["report", str(results), "--png"]) == 2
    assert f"{picture} is a link to {victim}" in lines_of(capsys)
    assert main(["report", str(results), "--png", "--overwrite"]) == 0
    assert not picture.is_symlink()
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert victim.read_text() == "mine"


def test_without_the_library_the_message_has_the_command_and_nothing_is_written(
    results, monkeypatch, capsys
) -> None:
    without_pdf_library(monkeypatch)
    assert main(["report", str(results)]) == 2
    told = lines_of(capsys)
    assert "pip install 'map-sharpening[pdf]'" in told
    assert "--png" in told
    assert not (results / "fsc.png").exists()


def test_without_pango_the_message_says_so(results, monkeypatch, capsys) -> None:
    def no_pango(name: str) -> None:
        raise OSError("cannot load library 'libpango-1.0-0'")

    broken = types.ModuleType("weasyprint")
    broken.__getattr__ = no_pango  # type: ignore[method-assign]
    monkeypatch.setitem(sys.modules, "weasyprint", broken)
    assert main(["report", str(results), "--pdf"]) == 2
    assert "needs the library Pango of the system" in lines_of(capsys)


def test_an_old_library_is_told_by_its_version(results, monkeypatch, capsys) -> None:
    old, urls = types.ModuleType("weasyprint"), types.ModuleType("weasyprint.urls")
    old.HTML = None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "weasyprint", old)
    monkeypatch.setitem(sys.modules, "weasyprint.urls", urls)
    monkeypatch.setattr(metadata, "version", {"weasyprint": "66.0"}.__getitem__)
    assert main(["report", str(results), "--pdf"]) == 2
    told = lines_of(capsys)
    assert (
        "needs weasyprint 68 or newer, and 66.0 is installed (cannot import name 'URLFetcher'"
        in told
    )
    assert "; pip install --upgrade 'map-sharpening[pdf]'" in told


def test_what_is_there_is_kept_unless_it_may_go(results, monkeypatch, capsys) -> None:
    without_pdf_library(monkeypatch)
    (results / "fsc.png").write_bytes(b"mine")
    assert main(["report", str(results), "--png"]) == 2
    assert (results / "fsc.png").read_bytes() == b"mine"
    assert "fsc.png" in lines_of(capsys)


def test_a_run_without_an_fsc_has_no_picture_of_one(tmp_path, capsys) -> None:
    folder = folder_of(make_model_result(), tmp_path)
    assert main(["report", str(folder), "--png"]) == 2
    assert "no FSC of half maps" in lines_of(capsys)


@pytest.mark.parametrize("spoiled", ["shells", "fsc_masked", "lengths"])
def test_damaged_results_are_named(results, capsys, spoiled) -> None:
    values = json.loads((results / "results.json").read_text("utf-8"))
    if spoiled == "shells":
        del values["result"]["shells"]
    elif spoiled == "fsc_masked":
        values["result"]["shells"]["fsc_masked"] = ["?"]
    else:
        values["result"]["shells"]["fsc_masked"].pop()
    (results / "results.json").write_text(json.dumps(values), encoding="utf-8")
    assert main(["report", str(results), "--png"]) == 2
    assert "results.json has no FSC that can be drawn" in lines_of(capsys)


def test_a_run_without_a_report_can_have_none_printed(results, capsys) -> None:
    (results / "report.html").unlink()
    assert main(["report", str(results), "--pdf"]) == 2
    assert "has no report.html; run it again with report=True" in lines_of(capsys)


def test_a_report_named_as_a_pdf_is_never_something_else(tmp_path, monkeypatch) -> None:
    without_pdf_library(monkeypatch)
    told = r"^mine\.PDF needs weasyprint, .*map-sharpening\[pdf\]', or give a name .* \.html"
    with pytest.raises(MapSharpeningError, match=told):
        make_result().report(tmp_path / "mine.PDF")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_report_is_a_pdf_if_its_name_says_so(tmp_path) -> None:
    require_pdf_library()
    written = make_result().report(tmp_path / "mine.pdf")
    assert written.read_bytes().startswith(b"%PDF-")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.pdf"]


@pytest.mark.slow
def test_the_pdf_has_the_report_and_opens_no_other_file(results, monkeypatch, caplog) -> None:
    weasyprint = require_pdf_library()
    page = (results / "report.html").read_text("utf-8")
    secret = results / "secret.png"
    Image.new("RGB", (8, 8), "red").save(secret)
    spied = f'<img src="{secret.as_uri()}"><img src="http://localhost:9/x.png"></main>'
    (results / "report.html").write_text(page.replace("</main>", spied), encoding="utf-8")
    drawn = []
    write_pdf = weasyprint.HTML.write_pdf

    def kept(self, *args, **named):
        drawn.append(self.render())
        return write_pdf(self, *args, **named)

    monkeypatch.setattr(weasyprint.HTML, "write_pdf", kept)
    assert main(["report", str(results), "--pdf"]) == 0
    pdf = (results / "report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert 3 <= len(drawn[0].pages) <= 9
    refused = [
        record.getMessage()
        for record in caplog.records
        if "Failed to load image" in record.getMessage()
    ]
    assert sum("secret.png" in text for text in refused) >= 1
    assert sum("localhost" in text for text in refused) >= 1
    assert main(["report", str(results)]) == 2  # report.pdf is there
    assert not (results / "fsc.png").exists()
