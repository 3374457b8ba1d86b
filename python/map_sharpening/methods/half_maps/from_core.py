"""From the core's findings on half maps to the result for users and the report."""

from __future__ import annotations

import numpy as np

from map_sharpening import _core
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import FloatMap, MapData, NewArray
from map_sharpening.methods.half_maps.cautions import FEW_GUINIER_SHELLS, cautions
from map_sharpening.methods.half_maps.options import HalfMapOptions, name_of_curve
from map_sharpening.methods.half_maps.result import GuinierFit, HalfMapResult, ShellTable
from map_sharpening.methods.shared.contour import recommended_contour, region_of_halves, says_where
from map_sharpening.methods.shared.contrast import INVERTED, has_inverted_contrast
from map_sharpening.methods.shared.direction import (
    AnisotropySummary,
    Tensor,
    anisotropy_summary,
    directional_scale,
    tensor_of_factors,
)
from map_sharpening.methods.shared.windows import local_filter_of

#: Correlation below which a straight line doesn't describe the Guinier plot.
_POOR_GUINIER = 0.9
#: Name of the region of the statistics in messages.
_NAME_OF_REGION = {
    _core.MaskChoice.automatic: "the automatic mask",
    _core.MaskChoice.given: "the mask",
    _core.MaskChoice.whole_box: "the region where the half maps agree",
}


def half_map_result(
    first: MapData,
    second: MapData,
    options: HalfMapOptions,
    choice: _core.MaskChoice,
    weights: FloatMap,
    made: _core.SharpenedHalfMaps,
    seconds: dict[str, float],
    new_array: NewArray | None = None,
) -> HalfMapResult:
    """Return the result of a run on two half maps, whose maps lie where the first does.

    `weights` is the mask in which statistics were taken, `seconds` the time of each stage.
    """
    found = made.found
    shells = _shell_table(found)
    guinier = _guinier_fit(found.guinier, shells)
    sharpened = first.with_values(made.sharpened, "sharpened map")
    is_inverted = has_inverted_contrast(
        sharpened, options.resolution, weights, threads=options.threads
    )
    upright = -sharpened.values if is_inverted else sharpened.values
    region, region_is = _region_to_contour(first, second, options, choice, weights, new_array)
    contour = recommended_contour(upright, region, options.resolution, options.threads)
    if is_inverted:
        contour = contour.from_below()
    mask_is_used = choice != _core.MaskChoice.whole_box
    return HalfMapResult(
        sharpened=sharpened,
        sharpened_half_1=_like(first, made.half_1, "sharpened half map 1"),
        sharpened_half_2=_like(first, made.half_2, "sharpened half map 2"),
        mask=first.with_values(weights, "mask") if mask_is_used else None,
        mask_fraction=found.mask_moments.mean,
        shells=shells,
        resolution=options.resolution,
        d_min=found.d_min,
        resolution_0143=found.resolution_0143,
        resolution_05=found.resolution_05,
        randomised_from=found.randomised_from,
        anisotropy=_anisotropy(found, shells) if found.has_tensors else None,
        guinier=guinier,
        ideal_curve=name_of_curve(found.ideal_curve),
        b_applied=found.fall_off.b,
        b_applied_error=found.fall_off.standard_error,
        half_2_scale=found.half_2_scale,
        data_end=found.data_end,
        flattening=found.flattening,
        directional_scale=directional_scale(found.factors, shells.s, len(found.model.signal)),
        contour_level=contour.level,
        warnings=(
            *([INVERTED] if is_inverted else []),
            *cautions((first.name, second.name), options, choice, found, shells, guinier),
            *contour.warnings(region_is),
        ),
        seconds=seconds,
        local_filter=local_filter_of(found.local) if options.local_sharpen else None,
    )


def _region_to_contour(
    first: MapData,
    second: MapData,
    options: HalfMapOptions,
    choice: _core.MaskChoice,
    weights: FloatMap,
    new_array: NewArray | None,
) -> tuple[FloatMap, str]:
    """Return where the molecule is, and what that is called in messages."""
    if choice == _core.MaskChoice.automatic or says_where(weights):
        return weights, _NAME_OF_REGION[choice]
    region = region_of_halves(
        weights,
        first,
        second,
        options.resolution,
        new_array=new_array,
        threads=options.threads,
    )
    return region, _NAME_OF_REGION[_core.MaskChoice.whole_box]


def _like(first: MapData, values: FloatMap | None, name: str) -> MapData | None:
    return None if values is None else first.with_values(values, name)


def _shell_table(found: _core.HalfMapFindings) -> ShellTable:
    # FSC curves reach the Nyquist limit; values that belong to factors end at d_min.
    n_all = len(found.fsc_unmasked)
    s: FloatArray = (np.arange(n_all, dtype=np.float64) + 0.5) * found.shell_width

    def extended(values: FloatArray, beyond: float) -> FloatArray:
        longer = np.full(n_all, beyond)
        longer[: len(values)] = values
        return longer

    scale = np.array([found.factors.radial_mean(of_shell) for of_shell in s[: len(found.ideal)]])
    corrected = found.fsc_corrected
    return ShellTable(
        s=s,
        d=1 / s,
        n_terms=np.round(found.n_terms).astype(np.int64),
        fsc_unmasked=found.fsc_unmasked,
        fsc_masked=found.fsc_masked,
        fsc_randomised=found.fsc_randomised,
        fsc_corrected=corrected,
        c_ref=_core.c_ref(corrected),
        rms_amplitude=found.rms_amplitude,
        signal_power=extended(found.model.signal, np.nan),
        noise_power=extended(found.model.noise, np.nan),
        ideal=extended(found.ideal, np.nan),
        scale=extended(scale, 0.0),
    )


def _anisotropy(found: _core.HalfMapFindings, shells: ShellTable) -> AnisotropySummary:
    n = len(found.model.signal)
    signal_share = found.model.signal / (found.model.signal + found.model.noise)
    factors = tensor_of_factors(
        found.factors, shells.s[:n], shells.scale[:n], shells.n_terms[:n] * signal_share
    )
    return anisotropy_summary(
        found.overall_b,
        (found.fall_off.b, found.fall_off.standard_error),
        Tensor.of(found.model.signal_b.b, found.model.signal_b.standard_error),
        Tensor.of(found.model.noise_b.b, found.model.noise_b.standard_error),
        factors,
        found.d_min,
    )


def _guinier_fit(line: _core.GuinierLine, shells: ShellTable) -> GuinierFit:
    with np.errstate(divide="ignore", invalid="ignore"):
        original = np.log(shells.rms_amplitude)
        weighted = original + np.log(shells.c_ref)
        sharpened = original + np.log(shells.scale)
    few = line.n_shells < FEW_GUINIER_SHELLS
    return GuinierFit(
        b_sharpen=-4 * line.slope,
        slope=line.slope,
        intercept=line.intercept,
        correlation=line.correlation,
        d_low=line.d_low,
        d_high=line.d_high,
        is_poor=bool(few or line.correlation < _POOR_GUINIER),
        s_squared=shells.s**2,
        ln_original=original,
        ln_weighted=weighted,
        ln_sharpened=sharpened,
    )
