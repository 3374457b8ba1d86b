"""Plausible results of B-factor sharpening, made with numpy alone, for tests of reports."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from half_map_results import RESOLUTION, make_map

from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import (
    BFactorResult,
    LocalBFactor,
    RegionWeight,
    Scores,
    Trial,
    WilsonPlot,
    WorkingVolume,
)
from map_sharpening.methods.shared.shell_scaling import ShellScale

B_ISO = 96.4
REGION_WEIGHT = 21.5
NOTHING = Scores(
    adjusted_sa=math.nan,
    kurtosis=math.nan,
    skewness=math.nan,
    sa_ratio=math.nan,
    normalized_regions=math.nan,
    n_regions=0,
    level=math.nan,
    level_in_sd=math.nan,
)


def make_scores(b_iso: float, *, more: float = 0.0) -> Scores:
    """Return scores of a map with this fall-off: the best is near 40 Å²."""
    surface = 2.6 - 0.004 * b_iso + more
    regions = 0.24 * math.exp(-(b_iso + 100) / 40)
    level = 2.7 + 0.004 * b_iso
    return Scores(
        adjusted_sa=surface - REGION_WEIGHT * regions,
        kurtosis=30 - ((b_iso - 40) / 40) ** 2,
        skewness=2 - ((b_iso - 40) / 300) ** 2,
        sa_ratio=surface,
        normalized_regions=regions,
        n_regions=round(5000 * regions),
        level=level,
        level_in_sd=level + 0.001,
    )


def make_trial(method: str, b_iso: float, *, more: float = 0.0) -> Trial:
    """Return a trial of a method that has a single B factor."""
    return Trial(
        method=method,
        b_sharpen=B_ISO - b_iso,
        b_iso=b_iso,
        scores=make_scores(b_iso, more=more),
        d_cut=RESOLUTION if method.endswith("d_cut") else None,
        b_blur_hires=200.0 if method.endswith("d_cut") else None,
    )


def make_shell_scale(n_shells: int = 40) -> ShellScale:
    """Return a scale from a model; shell 3 has no terms."""
    s = (np.arange(n_shells) + 0.5) / n_shells / 2.67
    correlation = 1 / (1 + np.exp((s - 0.3) / 0.02))
    weight = np.sqrt(correlation)
    rms, reference = np.exp(-20 * s**2), np.exp(-5 * s**2)
    scale = weight * reference / rms
    scale /= scale.max()
    n_terms = (1e5 * s**2).astype(np.int64)
    n_terms[3] = 0
    for values in (correlation, weight, rms, reference, scale):
        values[3] = np.nan
    return ShellScale(
        s=s,
        n_terms=n_terms,
        correlation=correlation,
        weight=weight,
        rms=rms,
        rms_reference=reference,
        scale=scale,
        rmsd=0.83,
        fraction_complete=0.91,
    )


def make_wilson_plot(n_shells: int = 60) -> WilsonPlot:
    """Return the curves of a map sharpened by 50 Å²; the first shell has no terms."""
    s_squared = ((np.arange(n_shells) + 0.5) / n_shells / 2.67) ** 2
    before = 9.0 - B_ISO * s_squared / 2
    before[0] = np.nan
    return WilsonPlot(s_squared=s_squared, ln_before=before, ln_after=before + 25 * s_squared + 3)


def make_scan_result() -> BFactorResult:
    """Return a result of several methods, two of them scanned, with one warning."""
    scanned = [
        make_trial(method, b_iso, more=more)
        for method, more in (("b_iso", 0.0), ("b_iso_to_d_cut", 0.05))
        for b_iso in np.linspace(-100.0, 300.0, 21).tolist()
    ]
    curve = Trial(
        method="resolution_dependent",
        b_sharpen=math.nan,
        b_iso=math.nan,
        scores=make_scores(80.0),
        resolution_dependent_b=(0.25, -1.0, -0.5),
    )
    trials = (
        make_trial("no_sharpening", B_ISO),
        *scanned,
        curve,
        make_trial("target_b_iso_to_d_cut", 60.4),
    )
    chosen = max(trials, key=lambda trial: trial.scores.adjusted_sa)
    options = BFactorOptions(
        resolution=RESOLUTION,
        methods=(
            "no_sharpening",
            "b_iso",
            "b_iso_to_d_cut",
            "resolution_dependent",
            "target_b_iso_to_d_cut",
        ),
    )
    return BFactorResult(
        sharpened=make_map(),
        chosen=chosen,
        trials=trials,
        unsharpened=trials[0].scores,
        b_iso_before=B_ISO,
        b_cart=(91.2, 96.4, 101.6, -3.0, 0.5, -0.04),
        b_iso_nominal=chosen.b_iso,
        b_iso_measured=chosen.b_iso + 3.7,
        d_cut=RESOLUTION,
        d_min=2.67,
        resolution=RESOLUTION,
        solvent_fraction=0.847,
        solvent_how="from a molecular mass of <62> kDa",
        region_weight=RegionWeight(
            value=REGION_WEIGHT, how="delta_ratio", lower_bound=12.3, upper_bound=98.7
        ),
        signal_to_noise=17.3,
        contour_level=3.14159,
        wilson_plot=make_wilson_plot(),
        options=options,
        volume=WorkingVolume(
            kind="density box",
            first=(4, 5, 6),
            last=(40, 41, 42),
            share=0.458,
            how="the box of the strong density",
        ),
        local=None,
        warnings=("the scores of <b_iso> hardly rise above their scatter & more",),
        seconds={"transform": 0.21, "search": 1.43, "sharpen": 0.12},
    )


def make_given_result() -> BFactorResult:
    """Return a result of a given B: no scan, the solvent not found, nothing to warn of."""
    trials = tuple(
        replace(trial, scores=NOTHING)
        for trial in (make_trial("no_sharpening", B_ISO), make_trial("b_iso", 40.0))
    )
    return replace(
        make_scan_result(),
        chosen=trials[1],
        trials=trials,
        unsharpened=NOTHING,
        b_iso_nominal=40.0,
        b_iso_measured=40.0,
        solvent_fraction=None,
        solvent_how="not found: the map has no solvent",
        region_weight=None,
        signal_to_noise=math.nan,
        options=BFactorOptions.from_keywords(resolution=RESOLUTION, b_iso=40.0),
        volume=WorkingVolume(
            kind="whole map", first=(0, 0, 0), last=(47, 47, 47), share=1.0, how="by default"
        ),
        warnings=(),
    )


def make_kurtosis_result() -> BFactorResult:
    """Return a result of the kurtosis as target: no regions were looked at."""

    def without_regions(trial: Trial) -> Trial:
        return replace(trial, scores=replace(NOTHING, kurtosis=trial.scores.kurtosis))

    scan = make_scan_result()
    trials = tuple(
        without_regions(trial)
        for trial in scan.trials
        if trial.method in {"no_sharpening", "b_iso_to_d_cut"}
    )
    chosen = max(trials, key=lambda trial: trial.scores.kurtosis)
    return replace(
        scan,
        chosen=chosen,
        trials=trials,
        unsharpened=trials[0].scores,
        b_iso_nominal=chosen.b_iso,
        b_iso_measured=chosen.b_iso,
        solvent_fraction=None,
        solvent_how="not needed: the score is the kurtosis",
        region_weight=None,
        options=BFactorOptions.from_keywords(
            resolution=RESOLUTION, residual_target="kurtosis", sharpening_target="kurtosis"
        ),
        warnings=(),
    )


def make_shell_result() -> BFactorResult:
    """Return a result in which a model, shell by shell, scored highest."""
    scan = make_scan_result()
    chosen = Trial(
        method="model_sharpening",
        b_sharpen=math.nan,
        b_iso=math.nan,
        scores=make_scores(40.0, more=0.2),
        shell_scale=make_shell_scale(),
    )
    return replace(
        scan, chosen=chosen, trials=(*scan.trials, chosen), b_iso_nominal=math.nan, d_cut=3.6
    )


def make_local_result(*, flat: bool = False) -> BFactorResult:
    """Return a result with a B for each place, from 20 to 80 Å², or with 50 Å² everywhere."""
    scan = make_scan_result()
    b = np.full(scan.sharpened.values.shape, 50.0, dtype=np.float32)
    if not flat:
        b += np.linspace(-30.0, 30.0, b.shape[2], dtype=np.float32)
    local = LocalBFactor(
        b_sharpen=scan.sharpened.with_values(b, "local b_sharpen"),
        centres=np.zeros((27, 3)),
        b_sharpen_of_tiles=np.linspace(20.0, 80.0, 27),
        smoothing_radius=14.5,
    )
    return replace(scan, local=local)


def make_unknown_result() -> BFactorResult:
    """Return a result in which all that can be missing is."""
    nothing = np.full(60, np.nan)
    given = make_given_result()
    chosen = replace(given.chosen, b_sharpen=math.nan, b_iso=math.nan)
    return replace(
        given,
        chosen=chosen,
        trials=(given.trials[0], chosen),
        b_iso_before=math.nan,
        b_cart=(math.nan,) * 6,
        b_iso_nominal=math.nan,
        b_iso_measured=math.nan,
        wilson_plot=WilsonPlot(s_squared=nothing, ln_before=nothing, ln_after=nothing),
        seconds={},
    )
