"""A scan and local sharpening by the C++ library alone give what the Python package gives."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from b_factor_maps import RESOLUTION, FloatMap, made, reference, scanned

from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.shared.solvent import solvent_by_density_or_variation

SOLVENT, REGION_WEIGHT, TILE = 0.95, 40.0, 16
SCAN: dict[str, Any] = {
    "solvent_content": SOLVENT,
    "region_weight": REGION_WEIGHT,
    "search_b_min": -100.0,
    "search_b_max": 200.0,
    "search_b_n": 7,
    "density_select_in_auto_sharpen": False,
}


@pytest.fixture(scope="module")
def program() -> Path:
    build = os.environ.get("MAP_SHARPENING_BUILD")
    if not build:
        pytest.skip("MAP_SHARPENING_BUILD names no folder of a build")
    (found,) = Path(build).resolve().rglob("b_factor_of_files")
    return found


@pytest.fixture(scope="module")
def in_python() -> BFactorResult:
    return made(**SCAN)


@pytest.fixture(scope="module")
def locally_in_python() -> BFactorResult:
    return made(local_sharpening=True, box_size=(TILE, TILE, TILE), target_n_overlap=10, **SCAN)


@dataclass(frozen=True)
class Found:
    b_iso: float
    best: int
    trials: np.ndarray  #: b_sharpen, adjusted surface area, kurtosis, skewness
    smoothing_radius: float
    sharpened: FloatMap
    local: FloatMap
    local_b: FloatMap


@pytest.fixture(scope="module")
def in_cpp(
    program: Path, locally_in_python: BFactorResult, tmp_path_factory: pytest.TempPathFactory
) -> Found:
    folder = tmp_path_factory.mktemp("in_cpp")
    source = reference()
    n = source.values.shape[0]
    solvent = solvent_by_density_or_variation(source, RESOLUTION, threads=1)
    source.values.tofile(folder / "map")
    (~solvent.is_solvent).astype(np.float32).tofile(folder / "molecule")
    b_iso = np.linspace(-100.0, 200.0, 7)
    centre = locally_in_python.chosen.b_sharpen
    wanted = sorted({*(locally_in_python.b_iso_before - b_iso).tolist(), centre})
    numbers = [n, source.box.a, RESOLUTION, SOLVENT, REGION_WEIGHT, len(b_iso), *b_iso.tolist()]
    numbers += [TILE, centre, len(wanted), *wanted]
    done = subprocess.run(
        [program, folder],
        input=" ".join(map(repr, numbers)),
        capture_output=True,
        text=True,
        check=True,
    )
    first, *rows, last = (line.split() for line in done.stdout.splitlines())
    maps = [
        np.fromfile(folder / name, np.float32).reshape(n, n, n)
        for name in ("best", "local", "local_b")
    ]
    trials = np.array(rows, float)
    return Found(float(first[0]), int(first[1]), trials, float(last[1]), *maps)


def test_the_b_of_the_map_is_the_same(in_cpp: Found, in_python: BFactorResult) -> None:
    assert in_cpp.b_iso == pytest.approx(in_python.b_iso_before, rel=1e-9)


def test_trials_and_their_scores_are_the_same(in_cpp: Found, in_python: BFactorResult) -> None:
    by_b = {round(trial.b_sharpen, 6): trial.scores for trial in scanned(in_python)}
    for b_sharpen, adjusted_sa, kurtosis, _ in in_cpp.trials:
        scores = by_b[round(float(b_sharpen), 6)]
        assert adjusted_sa == pytest.approx(scores.adjusted_sa, rel=1e-9)
        assert kurtosis == pytest.approx(scores.kurtosis, rel=1e-9)


def test_the_map_of_the_best_trial_is_that_of_a_run_with_its_b(in_cpp: Found) -> None:
    b_sharpen = float(in_cpp.trials[in_cpp.best, 0])
    expected = made(b_sharpen=b_sharpen).sharpened.values
    np.testing.assert_allclose(in_cpp.sharpened, expected, atol=1e-5)


def test_the_best_trial_scores_highest(in_cpp: Found) -> None:
    assert in_cpp.best == int(np.argmax(in_cpp.trials[:, 1]))


def test_the_local_map_is_the_same(in_cpp: Found, locally_in_python: BFactorResult) -> None:
    local = locally_in_python.local
    assert local is not None
    assert in_cpp.smoothing_radius == pytest.approx(local.smoothing_radius, rel=1e-9)
    np.testing.assert_allclose(in_cpp.local_b, local.b_sharpen.values, atol=1e-3)
    np.testing.assert_allclose(in_cpp.local, locally_in_python.sharpened.values, atol=1e-4)
