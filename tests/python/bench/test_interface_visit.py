"""The benchmark of the interface: what is told of a server that doesn't start."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import MagicMock

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))  # bench/ is not part of the package

from bench.interface.steps import NoPageError, Visit


def interpreter(path: Path, script: str) -> str:
    """Write what is run in place of Python."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_server_that_ends_before_its_page_is_told_with_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", interpreter(tmp_path / "ends", "echo busy; exit 3"))
    browser = MagicMock()
    with pytest.raises(NoPageError, match="ended with exit status 3 before"):
        Visit.of(browser, tmp_path).__enter__()
    browser.new_context.return_value.close.assert_called_once_with()


def test_the_page_that_a_server_tells_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "echo Ready; echo Page http://localhost:1/ is open; exec sleep 600"
    monkeypatch.setattr(sys, "executable", interpreter(tmp_path / "serves", told))
    page = MagicMock()
    browser = MagicMock()
    browser.new_context.return_value.new_page.return_value = page
    with Visit.of(browser, tmp_path) as visit:
        page.goto.assert_called_once_with("http://localhost:1/")
        assert visit.process.poll() is None
    assert visit.process.poll() is not None
