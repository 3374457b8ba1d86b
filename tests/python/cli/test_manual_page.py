"""The manual page is that of this version, and man can show it."""

from __future__ import annotations

import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from map_sharpening.cli.arguments import COMMANDS, OPTIONS
from map_sharpening.cli.completion import keywords

DOCS = Path(__file__).parents[3] / "docs"
PAGE = DOCS / "map_sharpening.1"


def test_the_page_is_up_to_date() -> None:
    manual_page = runpy.run_path(str(DOCS / "scripts" / "manual_page.py"))["manual_page"]
    assert PAGE.read_text(encoding="ascii") == manual_page(), (
        "made anew by: python docs/scripts/manual_page.py > docs/map_sharpening.1"
    )


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_page_is_shown_with_all_it_names() -> None:
    shown = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-cbou", "-rLL=100n", str(PAGE)],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert shown.stderr == ""
    words = {word.partition("=")[0] for word in shown.stdout.split()}
    assert {keyword.name for keyword in keywords()} <= words
    assert {names[0].partition("[")[0] for names in OPTIONS} <= words
    assert set(COMMANDS) <= words
    assert "map_sharpening - sharpen cryo-EM" in shown.stdout
