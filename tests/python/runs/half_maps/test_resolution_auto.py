"""resolution=Auto."""

from __future__ import annotations

from pathlib import Path

import pytest
from half_map_run import words

from map_sharpening.errors import ParameterError
from map_sharpening.run import plan_run, run


def test_auto_takes_what_the_half_maps_agree_to_and_says_so(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    given = [word for word in words(half_files, tmp_path / "out") if "resolution" not in word]
    outcome = run([*given, "resolution=Auto", "local_resolution_map=False"])
    found = outcome.result.resolution
    assert found == pytest.approx(outcome.result.resolution_0143, rel=0.015)
    assert f"resolution is Auto: {found:.2f} Å was chosen" in outcome.log
    # A repeat is the same without a search.
    used = (tmp_path / "out" / "used_parameters.eff").read_text()
    assert f"resolution = {found:g}" in used


def test_one_map_has_no_fsc_to_find_a_resolution_from(half_files: tuple[Path, Path]) -> None:
    with pytest.raises(ParameterError, match=r"crystal_info\.resolution is Auto; only a run on"):
        plan_run([f"full_map={half_files[0]}", "resolution=Auto"])
