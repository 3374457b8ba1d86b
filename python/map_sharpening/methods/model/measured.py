"""From the measurements on a map and its model to the result for users and the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from map_sharpening import _core
from map_sharpening.maps.arrays import Coefficients, FloatArray
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.model.bulk_solvent import BulkSolvent
from map_sharpening.methods.model.options import ModelOptions
from map_sharpening.methods.model.power import (
    POOR_CORRELATION,
    ModelFactors,
    ModelPower,
    ModelSums,
)
from map_sharpening.methods.model.result import ModelResult, ModelShellTable
from map_sharpening.methods.shared.contour import Contour
from map_sharpening.methods.shared.direction import (
    AnisotropySummary,
    anisotropy_summary,
    directional_scale,
    tensor_of_factors,
)
from map_sharpening.methods.shared.windows import LocalFilter
from map_sharpening.molecule.atoms import Atoms

#: Share of atoms outside the box above which there is a warning.
_FEW_OUTSIDE = 0.02
#: Share of the signal round a model that it explains if it isn't a small part of the molecule.
_MUCH_OF_SIGNAL = 0.6
#: Resolution of the agreement over that given from which on the model is in doubt.
_FAR_FROM_RESOLUTION = 2.0
#: Coarse end of the straight line in the Guinier plot: Å, or times the resolution.
_FALL_OFF_FROM, _FALL_OFF_FROM_IN_RESOLUTIONS = 10.0, 2.5
_FEWEST_SHELLS_OF_FALL_OFF = 3


@dataclass(frozen=True)
class Measured:
    """The statistics of the masked map and the model."""

    sums: ModelSums
    ideal_sums: ModelSums
    power: ModelPower
    solvent: BulkSolvent
    ideal: Coefficients  #: of the model with B = 0
    factors: ModelFactors
    mean_square_mask: float
    rmsd: float
    overall_b: _core.TensorFit  #: Wilson fit of the masked map
    signal_share_of_box: float  #: signal power of the whole box over that in the mask; 1: global


def model_result(
    source: MapData,
    sharpened: tuple[FloatMap, ...],
    mask: FloatMap | None,
    measured: Measured,
    to_output: float,
    contour: Contour,
    *,
    options: ModelOptions,
    d_min: float,
    model: Atoms,
    n_atoms_in_box: int,
    local_filter: LocalFilter | None,
) -> ModelResult:
    """Return the result of a run; `seconds` is left empty.

    Parameters
    ----------
    mask : ndarray or None
        Of the statistics; None: the whole box.
    to_output : float
        What the sharpened maps were multiplied by.
    d_min : float
        Å, finest term kept.
    """
    power = measured.power
    shells = _shell_table(measured, to_output)
    mask_fraction = 1.0 if mask is None else float(mask.mean(dtype=np.float64))
    directional = directional_scale(measured.factors.applied, shells.s, len(shells.s))
    agreement = _crossing(shells.s, shells.smooth_correlation, 0.5)
    whole, *halves = sharpened
    half_1, half_2 = (_half(source, halves, number) for number in (1, 2))
    return ModelResult(
        sharpened=source.with_values(whole, "sharpened map"),
        sharpened_half_1=half_1,
        sharpened_half_2=half_2,
        source_name=source.name,
        mask=None if mask is None else source.with_values(mask, "mask"),
        mask_fraction=mask_fraction,
        shells=shells,
        resolution=options.resolution,
        d_min=d_min,
        resolution_05=agreement,
        b_sharpen=_fall_off(shells, options.resolution),
        rmsd=measured.rmsd,
        fraction_complete=power.fraction_complete,
        k_sol=measured.solvent.k_sol,
        b_sol=measured.solvent.b_sol,
        n_atoms=len(model) + model.n_left_out,
        n_atoms_in_box=n_atoms_in_box,
        signal_b=power.signal_b if options.anisotropic else None,
        noise_b=power.noise_b if options.anisotropic else None,
        directional_scale=replace(directional, scale=directional.scale * to_output),
        contour_level=contour.level,
        options=options,
        warnings=(
            *_warnings(source, model, n_atoms_in_box, measured, agreement, options),
            *contour.warnings("the region round the model"),
        ),
        seconds={},
        local_filter=local_filter,
        anisotropy=_anisotropy(measured, shells, d_min) if options.anisotropic else None,
    )


def _half(source: MapData, halves: list[FloatMap], number: int) -> MapData | None:
    if not halves:
        return None
    return source.with_values(halves[number - 1], f"sharpened half map {number}")


def _shell_table(measured: Measured, to_output: float) -> ModelShellTable:
    sums, power = measured.sums, measured.power
    empty = sums.n_terms == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ideal = np.sqrt(measured.ideal_sums.power_2 / sums.n_terms)
        rms = np.sqrt(sums.power_1 / sums.n_terms / measured.mean_square_mask)

    def known(values: FloatArray) -> FloatArray:
        return np.where(empty, np.nan, values)

    scale = np.array([measured.factors.applied.radial_mean(s) for s in sums.s]) * to_output
    return ModelShellTable(
        s=sums.s,
        d=1 / sums.s,
        n_terms=np.round(sums.n_terms).astype(np.int64),
        correlation=known(sums.correlation),
        smooth_correlation=known(power.smooth_correlation),
        expected_correlation=power.expected_correlation,
        accuracy=known(power.accuracy),
        rms_amplitude=known(rms),
        signal_power=known(power.signal / measured.mean_square_mask),
        noise_power=known(power.noise / measured.mean_square_mask),
        ideal=known(ideal),
        scale=known(scale),
    )


def _crossing(s: FloatArray, curve: FloatArray, level: float) -> float | None:
    """Return d (Å) where a curve falls below a level after it was above."""
    begun = np.maximum.accumulate(curve >= level)
    return _core.resolution_at(np.where(begun, curve, np.nan), 2 * float(s[0]), level)


def _fall_off(shells: ModelShellTable, resolution: float) -> float | None:
    """Return B (Å²) of the signal's amplitudes, exp(-B s² / 4), from 10 Å to the resolution."""
    coarse = max(_FALL_OFF_FROM, _FALL_OFF_FROM_IN_RESOLUTIONS * resolution)
    fitted = (shells.s > 1 / coarse) & (shells.s < 1 / resolution) & (shells.signal_power > 0)
    if np.count_nonzero(fitted) < _FEWEST_SHELLS_OF_FALL_OFF:
        return None
    ln_amplitude = 0.5 * np.log(shells.signal_power[fitted])
    return -4 * float(np.polyfit(shells.s[fitted] ** 2, ln_amplitude, 1)[0])


def _anisotropy(
    measured: Measured, shells: ModelShellTable, d_min: float
) -> AnisotropySummary | None:
    """Return the tensors that the documentation prints; None: too few shells determine them."""
    power = measured.power
    with np.errstate(divide="ignore", invalid="ignore"):
        ln_ratio = np.log(np.sqrt(shells.signal_power) / shells.ideal)
    weights = np.nan_to_num(shells.n_terms * shells.accuracy**2)
    is_used = (shells.s > 1 / _FALL_OFF_FROM) & np.isfinite(ln_ratio) & (weights > 0)
    if np.count_nonzero(is_used) <= _FEWEST_SHELLS_OF_FALL_OFF:
        return None
    line, covariance = np.polyfit(
        shells.s[is_used] ** 2, ln_ratio[is_used], 1, w=np.sqrt(weights[is_used]), cov=True
    )
    applied = measured.factors.applied
    radial = np.array([applied.radial_mean(s) for s in shells.s])
    factors = tensor_of_factors(applied, shells.s, radial, weights)
    return anisotropy_summary(
        measured.overall_b,
        (-4 * float(line[0]), 4 * float(np.sqrt(covariance[0, 0]))),
        power.signal_b,
        power.noise_b,
        factors,
        d_min,
    )


def _warnings(
    source: MapData,
    model: Atoms,
    n_atoms_in_box: int,
    measured: Measured,
    agreement: float | None,
    options: ModelOptions,
) -> Iterator[str]:
    outside = len(model) - n_atoms_in_box
    if outside > _FEW_OUTSIDE * len(model):
        yield (
            f"{outside} of the {len(model)} atoms of {model.name} are outside {source.name}; "
            "check that the model is placed in the map"
        )
    mean = measured.sums.mean_correlation(options.resolution)
    complete = measured.power.fraction_complete
    if mean < POOR_CORRELATION:
        yield (
            f"map and model agree poorly (mean correlation {mean:.2f} to {options.resolution:g} "
            "Å); check the model's place and the resolution"
        )
    elif options.fraction_complete is None and complete < _MUCH_OF_SIGNAL:
        yield (
            f"{model.name} explains {complete:.0%} of the signal round it in "
            f"{source.name}: it may lack much of the molecule, or lie beside its density; give a "
            "whole model that was refined against the map, or sharpen without the model"
        )
    elif agreement is not None and agreement > _FAR_FROM_RESOLUTION * options.resolution:
        yield (
            f"{model.name} and {source.name} agree to {agreement:.3g} Å only (correlation 0.5), "
            f"but the resolution is {options.resolution:g} Å: what is finer is hardly shown; "
            "check model and resolution, or sharpen without the model"
        )
