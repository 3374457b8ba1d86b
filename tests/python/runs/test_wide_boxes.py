"""Boxes of local sharpening that are too wide to gain anything are warned of."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_files import write_model

from map_sharpening.run import plan_run


@pytest.mark.parametrize("by_model", [False, True])
@pytest.mark.parametrize(
    ("word", "resolution", "is_told"),
    [
        ("n_boxes=1", 4, True),
        ("n_boxes=500", 4, False),
        ("box_size_grid_units=40", 4, True),
        ("box_size_grid_units=6", 4, False),
        ("n_boxes=None", 4, False),
        # Coarse boxes reach into the solvent sooner: these are 5.6 and 5.25 resolutions wide.
        ("box_size_grid_units=14", 3.75, False),
        ("box_size_grid_units=14", 4, True),
    ],
)
def test_boxes_wider_than_a_few_resolutions_are_told(
    word: str,
    resolution: float,
    is_told: bool,
    by_model: bool,
    half_files: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    words = [f"half_map={path}" for path in half_files]
    if by_model:
        words = [
            f"full_map={half_files[0]}",
            f"model={write_model(tmp_path / 'a.cif', every=100)}",
        ]
    plan = plan_run([*words, f"resolution={resolution}", "local_sharpen=True", word])
    name, _, value = word.partition("=")
    told = [text for text in plan.warnings if f"{name} = {value} makes boxes of" in text]
    assert len(told) == (1 if is_told else 0)
    assert all("leave it out" in text for text in told)
