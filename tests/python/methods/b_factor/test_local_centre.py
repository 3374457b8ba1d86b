"""The B about which local ones are sought, and what a run says of it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from b_factor_maps import RESOLUTION, made
from examples import of_fast_suite

from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.report import log_text

RANGE = (-40.0, 90.0)  #: Å², lower than the B at which the reference is best


@cache
def local(**named: Any) -> BFactorResult:
    options: dict[str, Any] = {
        "local_sharpening": True,
        "box_size": (20, 20, 20),
        "target_n_overlap": 4,
        "search_b_min": RANGE[0],
        "search_b_max": RANGE[1],
        "search_b_n": 5,
    }
    return made(**options | named)


@pytest.mark.parametrize(
    "target", of_fast_suite(["skewness", "adjusted_sa", "kurtosis"], "adjusted_sa")
)
def test_without_overall_sharpening_the_best_trial_by_the_target_is_the_centre(
    target: str,
) -> None:
    result = local(overall_before_local=False, target=target)
    trials = result.trials[-5:]
    scores = [getattr(trial.scores, target) for trial in trials]
    assert result.chosen is trials[scores.index(max(scores))]
    assert len({trial.b_sharpen for trial in trials}) == 5
    assert result.b_iso_nominal == result.chosen.b_iso


@pytest.mark.slow
def test_overall_and_local_differ_in_their_order_only() -> None:
    before, after = local(), local(overall_before_local=False)
    step = (RANGE[1] - RANGE[0]) / 4
    assert after.chosen.b_sharpen == pytest.approx(before.chosen.b_sharpen, abs=step)
    together = np.corrcoef(before.sharpened.values.ravel(), after.sharpened.values.ravel())
    assert together[0, 1] > 0.99


def test_a_given_b_stays_the_centre() -> None:
    result = local(overall_before_local=False, b_sharpen=25.0)
    assert result.chosen.b_sharpen == 25


def test_selected_trial_map_is_what_was_applied() -> None:
    result = local(select_sharpened_map=1)
    assert result.local is not None
    assert result.local.b_sharpen.values.max() == pytest.approx(result.chosen.b_sharpen)
    assert result.b_iso_nominal == pytest.approx(result.b_iso_measured, abs=0.5)
    assert "everywhere" in log_text(result)


def test_what_was_applied_is_told_by_its_range() -> None:
    result = local()
    assert result.local is not None
    low, high = result.local.b_sharpen.values.min(), result.local.b_sharpen.values.max()
    assert f"{low:.1f} to {high:.1f}" in log_text(result)
    assert "without local differences" in log_text(result)
    assert result.resolution == RESOLUTION
