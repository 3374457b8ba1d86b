"""Every number at both ends of its range and beyond, in every kind of run."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest
from half_map_files import SHAPE, VOXEL_SIZE
from kinds_of_run import Runs, runs_to_try

from map_sharpening.errors import ParameterError
from map_sharpening.methods.shared.windows import LEAST_BOX_SIZE
from map_sharpening.parameters.reading import master
from map_sharpening.parameters.use import uses
from map_sharpening.phil.types import NumberType
from map_sharpening.run import plan_run

NUMBERS = [
    path
    for path, definition in master().definitions.items()
    if isinstance(definition.type, NumberType) and not path.startswith("gui")
]
BEYOND = 1e-7


@pytest.mark.parametrize("path", NUMBERS)
def test_number_may_be_either_end_of_its_range(path: str, planned_runs: Runs) -> None:
    kind_of_number = master().definitions[path].type
    assert isinstance(kind_of_number, NumberType)
    ends = [kind_of_number.bounds.value_min, kind_of_number.bounds.value_max]
    if "limits" in master().definitions[path].attributes:  # which the next tests try
        ends = []
    more = [] if path.endswith("resolution") else ["resolution=4"]
    for words, end in itertools.product(runs_to_try(planned_runs, uses()[path].runs), ends):
        if end is not None:
            plan_run([*words, f"{path}={end:.10g}", *more])


def test_maps_have_no_resolution_but_what_is_given(planned_runs: Runs) -> None:
    paths = [path for path in NUMBERS if path.endswith("resolution")]
    for path, (name, (kind, words)) in itertools.product(paths, planned_runs.items()):
        given = [*words, f"{path}=None", "voxel_size=1.5"]
        if kind in uses()[path].runs and not name.startswith("coefficients"):
            with pytest.raises(ParameterError, match="resolution is missing"):
                plan_run(given)
    plan_run([*planned_runs["coefficients"][1], "crystal_info.resolution=None"])


#: Values that a run takes, and such that it refuses; where .limits says what else counts.
VOXEL = VOXEL_SIZE[0]
COARSEST = min(SHAPE) * VOXEL / 4
MOST_BOXES = math.prod(SHAPE) // LEAST_BOX_SIZE**3
ON_THE_MAP: dict[str, tuple[str, tuple[float, ...], tuple[float, ...]]] = {
    "crystal_info.resolution": (
        "half maps",
        (2 * VOXEL, COARSEST),
        (1.99 * VOXEL, 1.01 * COARSEST),
    ),
    "sharpening.n_boxes": ("half maps, local", (1, MOST_BOXES), (MOST_BOXES + 1,)),
    # 48 is the most in any map.
    "sharpening.box_size_grid_units": ("half maps, local", (LEAST_BOX_SIZE, 48), (49,)),
    "sharpening.guinier_d_low": ("half maps", (4.01,), (4, 3.9)),
    "map_modification.d_min_ratio": ("one map", (0.01, 1), ()),
    "map_modification.input_d_cut": (
        "one map",
        (2 * VOXEL, 100),
        (1.99 * VOXEL, 100.1),
    ),
    "map_modification.target_n_overlap": ("one map, local", (0, 24), (25,)),
    "map_modification.smoothing_radius": ("one map, local", (0.001, 1000), ()),
}


def test_the_manual_limits_what_is_tried_here() -> None:
    limited = {path for path in NUMBERS if "limits" in master().definitions[path].attributes}
    tried = {path for path in NUMBERS if path.endswith(tuple(ON_THE_MAP))}
    others = ("crystal_info.voxel_size", "b_factor_sharpening_crystal_info.resolution")
    assert {path for path in limited - tried if not path.endswith(others)} == set()
    assert tried <= limited


@pytest.mark.parametrize("name", ON_THE_MAP)
def test_what_the_map_allows_is_taken_and_no_more(name: str, planned_runs: Runs) -> None:
    run, taken, refused = ON_THE_MAP[name]
    words = planned_runs[run][1]
    if not name.endswith(".resolution"):
        words = [*words, "resolution=4"]
    for value in taken:
        plan_run([*words, f"{name}={value}"])
    for value in refused:
        with pytest.raises(ParameterError, match=rf"(d_cut|{name.rpartition('.')[2]}) is "):
            plan_run([*words, f"{name}={value}"])


def test_numbers_beyond_their_range_are_refused_by_name() -> None:
    for path in NUMBERS:
        kind_of_number = master().definitions[path].type
        assert isinstance(kind_of_number, NumberType)
        low, high = kind_of_number.bounds.value_min, kind_of_number.bounds.value_max
        is_whole = master().definitions[path].description().startswith("a whole")
        ends = ([] if low is None else [(low, -1)]) + ([] if high is None else [(high, 1)])
        for end, sign in ends:
            beyond = end + sign * (1 if is_whole else BEYOND * max(1, end))
            with pytest.raises(ParameterError, match=path):
                plan_run([f"{path}={beyond!r}"])


@pytest.mark.parametrize("local", ["local_sharpen=True", "local_sharpen=False"])
def test_more_boxes_than_a_map_holds_are_refused_where_boxes_count(
    local: str, half_files: tuple[Path, Path]
) -> None:
    words = [f"half_map={path}" for path in half_files]
    words += ["resolution=4", "n_boxes=20000", local]
    if local.endswith("True"):
        with pytest.raises(ParameterError, match="n_boxes is 20000; expected at most"):
            plan_run(words)
    else:
        (warning,) = plan_run(words).warnings
        assert "n_boxes = 20000 has no effect" in warning


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("input_d_cut=1", "d_cut is 1"),
        ("auto_sharpen_methods=half_map_sharpening", "half_map_sharpening needs half_maps"),
        ("residual_target=bad", "residual_target is bad"),
        ("value_outside_atoms=bad", "value_outside_atoms is bad"),
        ("search_b_min=400", "search_b_min is 400"),
    ],
)
def test_bad_option_is_found_before_the_run(
    word: str, expected: str, half_files: tuple[Path, Path]
) -> None:
    with pytest.raises(ParameterError, match=expected):
        plan_run([f"full_map={half_files[0]}", "resolution=4", word])


@pytest.mark.parametrize("centre", ["500 500 500", "-1 10 10"])
def test_centre_of_a_box_outside_the_map_is_refused(
    centre: str, half_files: tuple[Path, Path]
) -> None:
    words = [f"full_map={half_files[0]}", "resolution=4", "box_in_auto_sharpen=True"]
    plan_run([*words, "box_center=20 20 20"])
    with pytest.raises(ParameterError, match=r"box_center is .* outside half1\.mrc"):
        plan_run([*words, f"box_center={centre}"])
