"""The title of a run, and what was settled for it, stand in log, report and results."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path

import map_sharpening


def test_title_and_notes_are_in_all_three(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    out, title = tmp_path / "out", "second try, <tight> mask"
    # A single map is sharpened by a B factor, which is a note.
    words = [f"full_map={half_files[0]}", "b_sharpen=20", "resolution=3.2", f"output_dir={out}"]
    outcome = map_sharpening.run([*words, f'job_title="{title}"'])
    log = (out / "log.txt").read_text("utf-8")
    page = unescape((out / "report.html").read_text("utf-8")).split("Parameters used")[0]
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["title"] == title
    assert f"Title        {title}\n" in log
    assert f"<h1>{title}</h1>" in page
    assert "B-factor sharpening of one map" in page
    assert log == outcome.log
    assert any("a single map" in note for note in results["notes"])
    for note in results["notes"]:
        assert note in log
        assert note in page
