"""Maps of one run lie by one rule, whichever of NSTART and ORIGIN each file has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from half_map_files import RESOLUTION, write_mrc
from model_files import write_model

from map_sharpening.errors import GridMismatchError
from map_sharpening.io.maps import read_map
from map_sharpening.maps.grids import require_same_grid
from map_sharpening.run import run
from map_sharpening.simulation.simulate import SimulatedHalfMaps

START = (4, -6, 8)
ORIGIN = (6.0, -9.0, 12.0)  #: at voxels of 1.5 Å
BY_START: Mapping[str, Any] = {"start": START}
BY_ORIGIN: Mapping[str, Any] = {"origin": ORIGIN}
BOTH: Mapping[str, Any] = {"start": START, "origin": ORIGIN}
AT_ZERO: Mapping[str, Any] = {}
#: As files of which one program wrote NSTART and another ORIGIN only.
ELSEWHERE: Mapping[str, Any] = {"start": (1, 1, 1), "origin": ORIGIN}


@pytest.mark.slow
@pytest.mark.parametrize("first", [BY_START, BY_ORIGIN, BOTH])
@pytest.mark.parametrize("second", [BY_START, BY_ORIGIN, BOTH])
def test_half_maps_full_map_and_mask_are_at_one_place(
    tmp_path: Path,
    simulated: SimulatedHalfMaps,
    first: Mapping[str, Any],
    second: Mapping[str, Any],
) -> None:
    full = 0.5 * (simulated.half_1.values + simulated.half_2.values)
    mask = (simulated.near_atoms).astype(np.float32)
    words = [
        f"half_map={write_mrc(tmp_path / 'h1.mrc', simulated.half_1.values, **first)}",
        f"half_map={write_mrc(tmp_path / 'h2.mrc', simulated.half_2.values, **second)}",
        f"full_map={write_mrc(tmp_path / 'full.mrc', full, **second)}",
        f"mask={write_mrc(tmp_path / 'mask.mrc', mask, **second)}",
    ]
    out = tmp_path / "out"
    fixed = [f"resolution={RESOLUTION}", "report=False", "local_resolution_map=False"]
    outcome = run([*words, *fixed, f"output_directory={out}"])
    assert not any("NSTART" in warning for warning in outcome.result.warnings)
    written, _ = read_map(out / "sharpened_map.ccp4")
    assert written.position.first_point == pytest.approx(ORIGIN, abs=1e-3)


def grid_error(folder: Path, *places: Mapping[str, Any], rule: Any = "auto") -> str | None:
    values = np.random.default_rng(1).normal(size=(8, 9, 10)).astype(np.float32)
    maps = [
        read_map(write_mrc(folder / f"{i}.mrc", values, **place), placed_by=rule)[0]
        for i, place in enumerate(places)
    ]
    try:
        require_same_grid(*maps)
    except GridMismatchError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        ("origin", ELSEWHERE, BY_ORIGIN),
        ("origin", ELSEWHERE, BOTH),
        ("nstart", BOTH, {"start": START, "origin": (1.0, 2.0, 3.0)}),
        ("nstart", BY_ORIGIN, AT_ZERO),
    ],
)
def test_the_keyword_is_the_rule_for_all_and_is_named_where_it_helps(
    tmp_path: Path, rule: str, first: Mapping[str, Any], second: Mapping[str, Any]
) -> None:
    assert grid_error(tmp_path, first, second, rule=rule) is None
    told = grid_error(tmp_path, first, second)
    if (rule, second.get("start")) == ("nstart", START):
        assert told is None  # the rule without the keyword is the same
    else:
        assert told is not None
        assert f"give map_origin={rule} if it is right" in told


def test_places_that_differ_by_both_have_no_such_way_out(tmp_path: Path) -> None:
    told = grid_error(tmp_path, BOTH, AT_ZERO)
    assert told is not None
    assert "1.mrc lies at (0, 0, 0) Å (ORIGIN (0, 0, 0)), but 0.mrc at (6, -9, 12) Å" in told
    assert "map_origin" not in told


def test_a_mask_lies_where_the_model_put_its_map(
    tmp_path: Path, simulated: SimulatedHalfMaps
) -> None:
    place = {"start": (1, 1, 1), "origin": ORIGIN}
    full = 0.5 * (simulated.half_1.values + simulated.half_2.values)
    mask = (simulated.near_atoms).astype(np.float32)
    words = [
        f"full_map={write_mrc(tmp_path / 'full.mrc', full, **place)}",
        f"mask={write_mrc(tmp_path / 'mask.mrc', mask, **BY_ORIGIN)}",
        f"model={write_model(tmp_path / 'model.cif', shift=ORIGIN)}",
        f"resolution={RESOLUTION}",
        "report=False",
    ]
    outcome = run([*words, f"output_directory={tmp_path / 'out'}"])
    (told,) = (warning for warning in outcome.result.warnings if "NSTART" in warning)
    assert "by ORIGIN, which is used" in told
