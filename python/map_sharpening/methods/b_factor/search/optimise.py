"""Searches over several numbers, by steps along each that are halved.

The score is constant over small steps, so that derivatives are of no use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import Trial
from map_sharpening.methods.b_factor.search.region_weight import search_range
from map_sharpening.methods.b_factor.search.trials import new_curve_trial
from map_sharpening.methods.b_factor.spectrum import Spectrum

Score = Callable[[Trial], Trial]  #: returns the trial with its scores
Value = Callable[[Trial], float]  #: what is maximised

# Resolution-dependent factors
_FIRST_CURVE_STEP = 1.0
_CURVE_HALVINGS = 2

# b_blur_hires, d_cut and b_iso
_CYCLES = 5
_BLUR_STEP, _BLUR_RANGE = 100.0, (0.0, 500.0)  #: Å²
_FIRST_BLUR = 200.0  #: Å², where there was none
_D_CUT_STEP = 0.25  #: Å
_D_CUT_RANGE = (0.833, 1.3)  #: times the resolution


def best_curve(score: Score, value: Value, eps: float | None) -> Trial:
    """Return the resolution-dependent trial that no small step improves.

    The curve may only fall off towards high resolution.
    """
    best = score(new_curve_trial((0.0, 0.0, 0.0)))
    first_step = _FIRST_CURVE_STEP if eps is None else eps
    step = first_step
    while step >= first_step / 2**_CURVE_HALVINGS:
        improved = False
        for place in range(3):
            for change in (step, -step):
                assert best.resolution_dependent_b is not None
                curve = list(best.resolution_dependent_b)
                curve[place] += change
                if curve[1] > curve[0] or curve[2] > 0:
                    continue
                trial = score(new_curve_trial((curve[0], curve[1], curve[2])))
                if value(trial) > value(best):
                    best, improved = trial, True
        if not improved:
            step /= 2
    return best


@dataclass(frozen=True)
class _Parameter:
    name: str  #: of the field of a trial
    step: float
    lowest: float
    highest: float


def refined(
    start: Trial, score: Score, value: Value, spectrum: Spectrum, options: BFactorOptions
) -> Trial:
    """Return the best trial on the way along b_blur_hires, d_cut and b_iso in turn.

    Each is moved in its step while the score rises; then all steps are halved. A trial of
    method b_iso has nothing but b_iso to move.
    """
    parameters = _parameters(start, spectrum, options)
    best = start
    if (
        options.search.optimize_b_blur_hires
        and start.d_cut is not None
        and start.b_blur_hires is None
    ):
        best = score(replace(start, b_blur_hires=_FIRST_BLUR))
    for _ in range(_CYCLES):
        for parameter in parameters:
            best = _moved_along(parameter, best, score, value, spectrum.b_iso)
        parameters = [replace(parameter, step=parameter.step / 2) for parameter in parameters]
    return best if value(best) > value(start) else start


def _parameters(start: Trial, spectrum: Spectrum, options: BFactorOptions) -> list[_Parameter]:
    parameters = []
    if start.d_cut is not None and options.search.optimize_b_blur_hires:
        parameters.append(_Parameter("b_blur_hires", _BLUR_STEP, *_BLUR_RANGE))
    if start.d_cut is not None and options.search.optimize_d_cut:
        low, high = (share * options.resolution for share in _D_CUT_RANGE)
        parameters.append(_Parameter("d_cut", _D_CUT_STEP, low, high))
    low, high = search_range(spectrum, options)
    step = (high - low) / max(1, options.search.search_b_n - 1)
    parameters.append(_Parameter("b_iso", step, low, high))
    return parameters


def _moved_along(
    parameter: _Parameter, start: Trial, score: Score, value: Value, b_iso_of_map: float
) -> Trial:
    best = start
    for sense in (1, -1):
        while True:
            here = getattr(best, parameter.name)
            there = min(max(here + sense * parameter.step, parameter.lowest), parameter.highest)
            if there == here:
                break
            trial = replace(best, **{parameter.name: there})
            trial = score(replace(trial, b_sharpen=b_iso_of_map - trial.b_iso))
            if not value(trial) > value(best):
                break
            best = trial
        if best is not start:
            break  # it rose in this direction: no need to try the other
    return best
