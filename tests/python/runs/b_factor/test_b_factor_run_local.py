"""A B-factor run with a B for each place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gemmi
import numpy as np
import pytest
from b_factor_run import words
from half_map_files import RESOLUTION
from written import names, values_of

from map_sharpening.errors import (
    MapSharpeningError,
    ParameterError,
)
from map_sharpening.run import RunOutcome, plan_run, run

# Local sharpening


@dataclass(frozen=True)
class LocalRun:
    folder: Path
    outcome: RunOutcome
    words: list[str]


@pytest.fixture(scope="module")
def local(full_file: Path, tmp_path_factory: pytest.TempPathFactory) -> LocalRun:
    folder = tmp_path_factory.mktemp("local") / "out"
    given = [
        f"full_map={full_file}",
        f"resolution={RESOLUTION}",
        "local_sharpening=True",
        *words(folder),
    ]
    return LocalRun(folder, run([*given, "write_sharpened_maps=True"]), given)


def test_local_run_writes_the_map_of_b_and_the_centres(local: LocalRun) -> None:
    assert {"local_b_sharpen.mrc", "sharpening_centers.pdb"} <= names(local.folder)


def test_map_of_b_is_that_of_the_result(local: LocalRun) -> None:
    assert local.outcome.result.local is not None
    written = values_of(local.folder / "local_b_sharpen.mrc")
    np.testing.assert_array_equal(written, local.outcome.result.local.b_sharpen.values)


def test_a_centre_is_written_for_each_tile(local: LocalRun) -> None:
    centres = gemmi.read_pdb(str(local.folder / "sharpening_centers.pdb"))
    assert centres[0].count_atom_sites() == len(local.outcome.result.local.centres)


def test_trial_maps_are_written_by_number(local: LocalRun) -> None:
    found = sorted(name for name in names(local.folder) if name.startswith("local_trial"))
    assert found[:2] == ["local_trial_01.mrc", "local_trial_02.mrc"]
    assert len(found) in (6, 7)  # the values searched, and the one chosen between them


def test_trial_maps_that_are_read_give_the_same_map(local: LocalRun) -> None:
    before = (local.folder / "sharpened_map.ccp4").read_bytes()
    run([*local.words, "read_sharpened_maps=True"])
    assert (local.folder / "sharpened_map.ccp4").read_bytes() == before


@pytest.mark.slow
def test_maps_of_local_sharpening_go_by_the_names_given(full_file: Path, tmp_path: Path) -> None:
    given = [
        f"full_map={full_file}",
        f"resolution={RESOLUTION}",
        "local_sharpening=True",
        "local_b_map_file=where/b here.mrc",
        "local_trial_map_file=trial.try.ccp4",
        *words(tmp_path),
    ]
    run([*given, "write_sharpened_maps=True"])
    found = names(tmp_path)
    assert {"trial.try_01.ccp4", "trial.try_02.ccp4"} <= found
    assert not {name for name in found if name.startswith("local_")}
    assert (tmp_path / "where" / "b here.mrc").stat().st_size > 1024
    assert "'where/b here.mrc'" in (tmp_path / "open_in_pymol.pml").read_text(encoding="utf-8")
    run([*given, "read_sharpened_maps=True"])


def test_trial_maps_of_another_run_are_refused(local: LocalRun) -> None:
    told = r"write_sharpened_maps|write the trial maps anew"
    with pytest.raises(MapSharpeningError, match=told):
        run([*local.words, "read_sharpened_maps=True", "search_b_min=-90"])


def test_one_trial_map_can_be_selected(local: LocalRun, tmp_path: Path) -> None:
    given = [word for word in local.words if not word.startswith("output_directory")]
    outcome = run([*given, f"output_directory={tmp_path}", "select_sharpened_map=2"])
    assert outcome.result.local is not None
    assert np.ptp(outcome.result.local.b_sharpen.values) == 0


def test_trial_map_that_does_not_exist_cannot_be_selected(local: LocalRun, tmp_path: Path) -> None:
    given = [word for word in local.words if not word.startswith("output_directory")]
    with pytest.raises(ParameterError, match="select_sharpened_map is 99"):
        run([*given, f"output_directory={tmp_path}", "select_sharpened_map=99"])


def test_main_scope_switches_local_sharpening_on_too(full_file: Path) -> None:
    plan = plan_run([f"full_map={full_file}", "resolution=4", "local_sharpen=True"])
    assert plan.options.local.local_sharpening is True  # type: ignore[union-attr]


def test_trial_maps_are_either_written_or_read(full_file: Path) -> None:
    given = [f"full_map={full_file}", "resolution=4", "local_sharpening=True"]
    with pytest.raises(ParameterError, match="both True"):
        plan_run([*given, "write_sharpened_maps=True", "read_sharpened_maps=True"])


def test_scale_without_a_b_factor_is_the_same_everywhere(full_file: Path, tmp_path: Path) -> None:
    given = [f"full_map={full_file}", f"resolution={RESOLUTION}", "local_sharpening=True"]
    outcome = run([*given, *words(tmp_path, "resolution_dependent_b=0.1 0.1 -0.5")])
    assert outcome.result.local is None
    assert any("local_sharpening needs b_iso" in text for text in outcome.result.warnings)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["auto_sharpen=False"], True),
        (["residual_target=kurtosis", "search_b_min=280", "search_b_n=1"], True),
        (
            [
                "residual_target=kurtosis", "search_b_min=280", "search_b_n=2",
                "overall_before_local=False",
            ],
            False,
        ),
    ],
)  # fmt: skip
def test_no_map_that_is_sharpened_locally_is_said_to_be_left_unsharpened(
    full_file: Path, tmp_path: Path, more: list[str], told: bool
) -> None:
    given = [f"full_map={full_file}", f"resolution={RESOLUTION}", "local_sharpening=True"]
    result = run([*given, *words(tmp_path), *more]).result
    assert result.local is not None
    text = "\n".join(result.warnings)
    assert "left unsharpened" not in text
    assert ("local B factors are sought around 0" in text) is told
