"""What has no effect in a run is warned of once, by the plan or by the run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import map_sharpening
from map_sharpening.methods.b_factor.sharpen import sharpen_by_b_factor


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["iterate=True", "b_sharpen=20"],
        ["iterate=True", "solvent_content=0.6"],
        ["iterate=True", "residual_target=kurtosis", "sharpening_target=kurtosis"],
        ["iterate=True", "auto_sharpen_methods=no_sharpening"],
        ["iterate=True", "auto_sharpen=False"],
        ["auto_sharpen=False", "search_b_n=5"],
        ["local_sharpening=True", "resolution_dependent_b=0.1 0 -0.1"],
        ["auto_sharpen_methods=no_sharpening", "local_sharpening=True", "search_b_n=5"],
        ["auto_sharpen_methods=*b_iso *half_map_sharpening", "search_b_n=5"],
        ["box_in_auto_sharpen=True", "b_sharpen=20", "box_size=9 9 9"],
    ],
)
def test_no_keyword_is_warned_of_twice(
    half_files: tuple[Path, Path], tmp_path: Path, words: list[str]
) -> None:
    given = [f"full_map={half_files[0]}", "resolution=4", f"output_directory={tmp_path}"]
    given.append("report=False")
    warnings = map_sharpening.run([*given, *words]).result.warnings
    names = {word.partition("=")[0] for word in words}
    without_effect = Counter(
        name
        for name in names
        for warning in warnings
        if name in warning.partition(" no effect")[0] and " no effect" in warning
    )
    assert max(without_effect.values(), default=0) <= 1
    assert len(set(warnings)) == len(warnings)


def test_iterate_without_effect_is_warned_of_in_python(half_files: tuple[Path, Path]) -> None:
    half, _ = map_sharpening.read_map(half_files[0])
    result = sharpen_by_b_factor(half, resolution=4, b_sharpen=20, iterate=True, threads=1)
    assert sum("iterate has no effect" in warning for warning in result.warnings) == 1
