"""Every keyword at None, alone and all at once, in every kind of run."""

from __future__ import annotations

from pathlib import Path

import gemmi
import pytest
from kinds_of_run import NAMES, Runs, runs_of_all_kinds, runs_to_try

import map_sharpening
from map_sharpening.errors import ParameterError
from map_sharpening.parameters.reading import master
from map_sharpening.parameters.use import uses
from map_sharpening.phil import Definition
from map_sharpening.run import plan_run
from map_sharpening.simulation.simulate import SimulatedHalfMaps

RESOLUTION = "crystal_info.resolution=4"
#: What makes a run, so that it is another one without.
OF_RUNS = ("input_files", "sharpening.sharpening_method", "sharpening.model_sharpen")
NOT_ALONE = ("local_sharpening", "local_sharpen", "b_sharpen", "resolution_dependent_b")
PATHS = [
    path for path in master().definitions if not path.startswith((*OF_RUNS, "gui", "job_title"))
]


@pytest.fixture(scope="module")
def whole(
    half_files: tuple[Path, Path],
    simulated: SimulatedHalfMaps,
    tmp_path_factory: pytest.TempPathFactory,
) -> Runs:
    return runs_of_all_kinds(tmp_path_factory.mktemp("whole"), half_files, simulated)


def may_be_none(definition: Definition) -> bool:
    """Whether the manual says that None is one of its values, or it is repeatable."""
    return "None" in definition.description() or definition.is_multiple


@pytest.mark.parametrize("path", PATHS)
def test_none_is_taken_or_refused_by_name_as_the_manual_says(
    path: str, planned_runs: Runs
) -> None:
    definition = master().definitions[path]
    if path.endswith("resolution") or not may_be_none(definition):
        return
    for words in runs_to_try(planned_runs, uses()[path].runs):
        plan_run([*words, RESOLUTION, f"{path}=None"])


@pytest.mark.parametrize(
    "path", [path for path in PATHS if not may_be_none(master().definitions[path])]
)
def test_none_that_is_no_value_is_refused_by_name(path: str) -> None:
    with pytest.raises(ParameterError, match=path):
        plan_run([f"{path}=None"])


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_all_keywords_at_none_make_a_run(name: str, whole: Runs, tmp_path: Path) -> None:
    kind, words = whole[name]
    given = {word.partition("=")[0] for word in words}
    none = [
        f"{path}=None"
        for path in PATHS
        if may_be_none(master().definitions[path])
        and kind in uses()[path].runs
        and not path.endswith(("resolution", "output_directory", *given))
    ]
    outcome = map_sharpening.run(
        [*words, *none, RESOLUTION, f"output.output_directory={tmp_path}"]
    )
    written = gemmi.read_ccp4_map(str(tmp_path / "sharpened_map.ccp4")).grid.array
    assert written.std() == pytest.approx(1, abs=0.01)
    assert outcome.result.warnings is not None
