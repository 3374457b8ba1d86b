"""resolution=Auto."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from half_map_files import write_mrc
from half_map_run import words
from model_files import write_model
from random_maps import CUBIC, random_pair
from reflection_files import D_MIN, write_fwt

from map_sharpening.errors import MemoryLimitError, ParameterError
from map_sharpening.run import plan_run, run
from map_sharpening.runs import inputs


def test_auto_takes_what_the_half_maps_agree_to_and_says_so(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    given = [word for word in words(half_files, tmp_path / "out") if "resolution" not in word]
    outcome = run([*given, "resolution=Auto", "local_resolution_map=False"])
    found = outcome.result.resolution
    assert found == pytest.approx(outcome.result.resolution_0143, rel=0.015)
    told = f"resolution is Auto: {found:.2f} Å was chosen, where the half maps' FSC falls"
    assert told in " ".join(outcome.log.split())
    # A repeat is the same without a search.
    used = (tmp_path / "out" / "used_parameters.eff").read_text()
    assert f"resolution = {found:g}" in used


@pytest.mark.slow
def test_a_resolution_that_was_found_is_not_said_to_be_given(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    more = ("resolution=Auto", "mask=False", "local_resolution_map=False", "report=True")
    outcome = run(words(half_files, tmp_path / "auto", *more))
    why = "where the half maps' FSC falls to 0.143"
    said = f"Resolution found {outcome.result.resolution:.2f} Å ({why})"
    assert said in " ".join(outcome.summary.split())
    report = (tmp_path / "auto" / "report.html").read_text(encoding="utf-8")
    assert "Resolution found" in report
    assert f"resolution found, {outcome.result.resolution:.2f} Å" in report
    for text in (outcome.log, outcome.summary, report):
        assert "resolution given" not in text.lower()
    found = json.loads((tmp_path / "auto" / "results.json").read_text(encoding="utf-8"))
    assert found["result"]["resolution_how"] == why

    again = plan_run(words(half_files, tmp_path / "again"))
    assert again.resolution_how == "given"


def test_auto_is_the_same_in_runs_by_a_b_factor_and_with_a_model(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    halves = [f"half_map={half}" for half in half_files]
    found = plan_run([*halves, "resolution=Auto"]).resolution
    model = write_model(tmp_path / "model.pdb")
    for more in (["sharpening_method=b-factor"], [f"model={model}", "model_sharpen=True"]):
        plan = plan_run([*halves, *more, "resolution=Auto"])
        assert plan.resolution == found
        (told,) = (note for note in plan.notes if "resolution is Auto" in note)
        assert told.startswith(
            f"resolution is Auto: {found:.2f} Å was chosen, where the half maps"
        )
        assert plan.params.crystal_info.resolution == found
        assert plan.resolution_how == "where the half maps' FSC falls to 0.143"


@pytest.mark.parametrize("more", [[], ["sharpening_method=b-factor"]])
def test_a_search_that_does_not_fit_into_memory_is_not_begun(
    half_files: tuple[Path, Path], more: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "available_bytes", lambda: inputs.BASE_BYTES)
    halves = [f"half_map={half}" for half in half_files]
    with pytest.raises(MemoryLimitError, match="GB are available") as caught:
        plan_run([*halves, *more, "resolution=Auto"])
    assert ("give scratch_directory" in str(caught.value)) is (not more)


def test_one_map_has_no_fsc_to_find_a_resolution_from(half_files: tuple[Path, Path]) -> None:
    with pytest.raises(ParameterError, match=r"crystal_info\.resolution is Auto; only a run on"):
        plan_run([f"full_map={half_files[0]}", "resolution=Auto"])


def test_an_fsc_that_never_falls_is_not_said_to_fall(tmp_path: Path) -> None:
    pair = random_pair(CUBIC, 1, noise=1e-3)
    halves = [
        write_mrc(tmp_path / f"half{n}.mrc", half.values, (1.5, 1.5, 1.5))
        for n, half in enumerate((pair.half_1, pair.half_2), 1)
    ]
    plan = plan_run([*(f"half_map={half}" for half in halves), "resolution=Auto", "mask=False"])
    (told,) = (note for note in plan.notes if "resolution is Auto" in note)
    assert told.endswith(
        "Å was chosen, the Nyquist limit, as the half maps' FSC doesn't fall to 0.143"
    )


def test_map_coefficients_have_a_resolution_of_their_own(tmp_path: Path) -> None:
    plan = plan_run([f"mtz_in={write_fwt(tmp_path / 'a.mtz')}", "resolution=Auto"])
    assert plan.options.resolution == pytest.approx(D_MIN, rel=0.05)
    assert plan.resolution_how == "where the coefficients end"
