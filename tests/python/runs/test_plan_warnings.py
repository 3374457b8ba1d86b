"""A warning of the plan counts as one of the run: in its end, log, report and results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import map_sharpening


@pytest.mark.parametrize("kind", ["half maps", "b-factor"])
def test_keyword_without_effect_is_counted_everywhere(
    half_files: tuple[Path, Path], tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "out"
    if kind == "half maps":
        inputs = [f"half_map={path}" for path in half_files]
        name = "k_sharpen"
    else:
        inputs = [f"full_map={half_files[0]}", "b_sharpen=20"]
        name = "search_b_n"
    outcome = map_sharpening.run([*inputs, "resolution=3.2", f"{name}=9", f"output_dir={out}"])
    (warning,) = (text for text in outcome.result.warnings if f"{name} = 9" in text)
    count = len(outcome.result.warnings)
    assert f"Warnings {count}" in " ".join(outcome.summary.split())
    assert f"Warnings {count}" in " ".join((out / "log.txt").read_text("utf-8").split())
    assert f"{name} = 9" in (out / "report.html").read_text("utf-8").split("Parameters used")[0]
    assert json.loads((out / "results.json").read_text("utf-8"))["warnings"].count(warning) == 1
