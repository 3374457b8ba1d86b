"""What the tutorial shows of the demo's output is what the demo prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from map_sharpening.cli import main

TUTORIAL = Path(__file__).parents[3] / "docs" / "tutorial.md"


@pytest.mark.slow
def test_the_demo_prints_what_the_tutorial_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--progress", "none"]) == 0
    printed = capsys.readouterr().out
    text = TUTORIAL.read_text(encoding="utf-8")
    shown = [
        block
        for block in re.findall(r"^```text\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        if not block.startswith("open ")  # which is typed in ChimeraX
    ]
    assert len(shown) == 2
    for block in shown:
        assert block in printed
