"""Runs that are refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from written import names

from map_sharpening.errors import MapSharpeningError
from map_sharpening.run import run


@dataclass(frozen=True)
class Refused:
    words: list[str]
    error: type[MapSharpeningError]
    message: str


def require_refusal(refused: Refused, folder: Path, common: list[str], output: Path) -> None:
    """Run in a folder; the message has one line, and neither inputs nor outputs are touched."""
    before = names(folder)
    words = [*common, *refused.words, f"output_directory={output}", "report=False"]
    with pytest.raises(refused.error, match=refused.message) as told:
        run(words)
    assert "\n" not in str(told.value)
    assert (names(folder), output.exists()) == (before, False)
