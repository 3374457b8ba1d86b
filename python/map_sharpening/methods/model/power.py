"""Signal and noise of a map, estimated with a model, and the factors that follow."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.maps.arrays import Coefficients, FloatArray
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.methods.shared.direction import Tensor
from map_sharpening.methods.shared.shell_scaling import LEAST_FRACTION_COMPLETE, effective_b
from map_sharpening.methods.shared.smoothing import (
    NO_POWER,
    mean_fall_off,
    smooth_correlation,
    whittaker_smoothed,
)

NO_TENSOR = Tensor((0.0,) * 6, (0.0,) * 6)

#: Correlation, and standard errors of it, that count when the completeness is estimated.
_CLEAR_CORRELATION = 0.3
_CLEAR_IN_ERRORS = 4.0
_LEAST_ACCURACY = 1e-3
#: Mean correlation to the resolution below which map and model are said to agree poorly.
POOR_CORRELATION = 0.3
#: Tensors are fitted where a molecule's shape no longer shows, and where there is signal.
_TENSORS_FROM = 0.1  #: 1/Å
_LEAST_ACCURACY_OF_TENSORS = 0.2
_LEAST_NOISE_OF_TENSORS = 0.05  #: share of the power
_FEWEST_SHELLS_OF_ERROR = 4
#: Limits of how much features of a model's power are amplified, and of how deep a dip gets.
_LEAST_AGREEMENT = 0.1
_LEAST_OF_POWER = 0.3
_STEPS_PER_SHELL = 4


@dataclass(frozen=True)
class ModelSums:
    """Sums over the terms of a map (1) and of a model (2) by shell, and by direction."""

    width: float  #: 1/Å
    s: FloatArray  #: 1/Å, middle of the shell
    n_terms: FloatArray
    n_independent: FloatArray  #: fewer than terms under a mask; 0 where the map was cut off
    cross: FloatArray
    power_1: FloatArray
    power_2: FloatArray
    by_direction: _core.DirectionalSums | None  #: None if isotropic

    @property
    def correlation(self) -> FloatArray:
        """Return the correlation of map and model; 0 where either has no power."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.nan_to_num(self.cross / np.sqrt(self.power_1 * self.power_2))

    def mean_correlation(self, resolution: float) -> float:
        """Return the mean correlation over shells to a resolution in Å."""
        return float(np.mean(self.correlation[(self.s < 1 / resolution) & (self.n_terms > 0)]))


@dataclass(frozen=True)
class ModelPower:
    """What a model shows about a map, one value per shell."""

    smooth_correlation: FloatArray
    expected_correlation: FloatArray  #: of a perfect map: sqrt(completeness) exp(-b_eff s²/4)
    accuracy: FloatArray  #: correlation with the noise-free map, 0 to 1
    signal: FloatArray  #: power per term
    noise: FloatArray
    fraction_complete: float
    signal_b: Tensor  #: traceless B of the signal's amplitudes, exp(-s B s / 4)
    noise_b: Tensor


def model_sums(
    observed: Coefficients,
    model: Coefficients,
    grid: FourierGrid,
    n_shells: int,
    independent_share: float,
    by_direction: bool,
) -> ModelSums:
    """Sum over shells of equal width up to d_min.

    Parameters
    ----------
    observed, model : ndarray, shape (nz, ny, nx // 2 + 1), complex64
        Coefficients of the masked map, and of the model.
    n_shells : int
        Number of shells; those without terms are left out.
    independent_share : float
        Independent terms per term of the masked map.
    by_direction : bool
        Also sum by direction.

    Raises
    ------
    MapValueError
        If the map or the model has no power.
    """
    width = (1 + 1e-6) / grid.d_min / n_shells
    sums = grid.power_sums(observed, model, width, n_shells, by_direction)
    if not (sums.auto_1.any() and sums.auto_2.any()):
        raise MapValueError(
            f"there is no density near the atoms in terms to {grid.d_min:.2f} Å; check the "
            "map and the model"
        )
    n_terms = sums.n_terms
    rms = np.sqrt(sums.auto_1 / np.maximum(n_terms, 1))
    has_data = rms > NO_POWER * rms.max()
    return ModelSums(
        width,
        sums.s,
        n_terms,
        np.where(has_data, n_terms * independent_share, 0.0),
        sums.cross,
        sums.auto_1,
        sums.auto_2,
        sums.by_direction,
    )


def _require_same_sign(correlation: FloatArray, n_independent: FloatArray) -> None:
    errors = 1 / np.sqrt(np.maximum(n_independent, 1))
    clear = np.abs(correlation) > np.maximum(_CLEAR_CORRELATION, _CLEAR_IN_ERRORS * errors)
    # Bulk solvent may turn the sign of coarse shells, which hold few terms.
    mean = float(np.average(correlation[clear], weights=n_independent[clear])) if any(clear) else 0
    if mean < 0:
        raise MapValueError(
            f"map and model have opposite signs (mean correlation {mean:.2f} where they "
            "correlate): the contrast of the map is inverted; multiply the map by -1"
        )


def model_power(
    sums: ModelSums,
    rmsd: float,
    fraction_complete: float | None,
    highest_accuracy: FloatArray | None = None,
) -> ModelPower:
    """Estimate signal and noise of a map from its correlation with a model.

    Parameters
    ----------
    sums : ModelSums
        Of the map and the model with its own B factors.
    rmsd : float
        Å, error of the model.
    fraction_complete : float, optional
        Share of the molecule in the model; by default estimated.
    highest_accuracy : ndarray, optional
        By shell, from half maps. The model can't make it higher.

    Raises
    ------
    MapValueError
        If the correlation is that of noise.
    """
    correlation = smooth_correlation(sums.correlation, sums.n_independent)
    fall_off = np.exp(-np.minimum(20.0, effective_b(rmsd) * sums.s**2 / 4))
    _require_same_sign(correlation, sums.n_independent)
    found = _fraction_complete(correlation, fall_off, sums.n_independent)
    if found < LEAST_FRACTION_COMPLETE:
        raise MapValueError(
            "the model does not fit the map: their correlation by shells, "
            f"{np.median(correlation):.2f} in the median and {correlation.max():.2f} in the best "
            "shell, is no more than noise makes; check its place, the cell and the resolution"
        )
    complete = found if fraction_complete is None else fraction_complete
    expected = math.sqrt(complete) * fall_off
    accuracy = np.clip(correlation / expected, _LEAST_ACCURACY, 1)
    if highest_accuracy is not None:
        accuracy = np.clip(
            accuracy, _LEAST_ACCURACY, np.maximum(highest_accuracy, _LEAST_ACCURACY)
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.nan_to_num(sums.power_1 / sums.n_terms)
    signal = accuracy**2 * power
    power_found = ModelPower(
        correlation, expected, accuracy, signal, power - signal, complete, NO_TENSOR, NO_TENSOR
    )
    if sums.by_direction is None:
        return power_found
    return _with_tensors(sums, sums.by_direction, power_found)


def model_error_from_halves(sums: ModelSums, accuracy: FloatArray) -> float | None:
    """Return the rms error (Å) of a model whose map's accuracy is known by shell.

    ``correlation / accuracy`` falls off as ``exp(-b_eff s² / 4)``, a straight line in s²; None
    if fewer than four shells determine it.
    """
    correlation = sums.correlation
    clear = (
        (sums.s > _TENSORS_FROM)
        & (sums.n_independent > 0)
        & (np.minimum(correlation, accuracy) > _CLEAR_CORRELATION)
    )
    if np.count_nonzero(clear) < _FEWEST_SHELLS_OF_ERROR:
        return None
    ratio = np.log(correlation[clear] / accuracy[clear])
    certainty = correlation[clear] * np.sqrt(sums.n_independent[clear])
    slope, _ = np.polyfit(sums.s[clear] ** 2, ratio, 1, w=certainty)
    return math.sqrt(max(0.0, -4 * float(slope)) * 3 / 8) / math.pi


@dataclass(frozen=True)
class ModelFactors:
    """Factors for every term, and the amplitudes that they bring the map to."""

    applied: _core.ScaleFactors
    ideal_scale: float  #: of the sharpened map, by the model's own scale

    def of_box(self, signal_share: float) -> _core.ScaleFactors:
        """Return the factors that suit all of the box, which has a share of the power S."""
        factors = self.applied
        return _core.ScaleFactors(
            factors.step,
            factors.gain,
            [value / signal_share for value in factors.ratio],
            gain_b=factors.gain_b,
            ratio_b=factors.ratio_b,
        )


def factors_of(
    power: ModelPower,
    sums: ModelSums,
    ideal_sums: ModelSums,
    d_min: float,
    coherence: FloatArray | None = None,
) -> ModelFactors:
    """Return ideal sqrt(S) / (S + N) as factors for every term, the last of them 1.

    Atoms with unequal B factors are not seen in the proportions that they have in the ideal:
    even without noise, the factor that correlates best is lower by the correlation g of both.
    It is applied as sqrt(g), for B factors of models are uncertain.

    Parameters
    ----------
    power : ModelPower
        S, N and their tensors.
    sums, ideal_sums : ModelSums
        Of the map with the model as it is, and with the model as the result should be.
    d_min : float
        Å, finest term.
    coherence : ndarray, optional
        By shell: g, correlation of the model with its own B factors and with B = 0. None: 1.
    """
    filled = (sums.n_independent > 0) & (ideal_sums.power_2 > 0)
    s = sums.s[filled]
    # Shape and packing of the molecule show in both powers alike: their ratio is smooth.
    ln_ratio = 0.5 * np.log(ideal_sums.power_2[filled] / sums.power_1[filled])
    ln_ratio = whittaker_smoothed(ln_ratio, sums.n_independent[filled])
    accuracy = power.accuracy[filled]
    table_s = np.linspace(0, 1 / d_min, _STEPS_PER_SHELL * len(sums.s) + 1)
    at_accuracy = np.interp(table_s, s, accuracy)
    gain = np.exp(np.interp(table_s**2, s**2, ln_ratio)) / at_accuracy
    if coherence is not None:
        gain *= np.sqrt(np.interp(table_s, s, coherence[filled]))
    ratio = 1 / at_accuracy**2 - 1
    signal_b, noise_b = (np.array(b.values) for b in (power.signal_b, power.noise_b))
    # The radial powers are means over the directions.
    signal_norm, noise_norm = (mean_fall_off(b, table_s) for b in (signal_b, noise_b))
    gain *= np.sqrt(signal_norm)
    ratio *= signal_norm / noise_norm
    applied = _core.ScaleFactors(
        float(table_s[1]),
        [float(v) for v in gain / gain[-1]],
        [float(v) for v in ratio],
        gain_b=[float(v) for v in -signal_b],
        ratio_b=[float(v) for v in noise_b - signal_b],
    )
    return ModelFactors(applied, 1 / float(gain[-1]))


def with_power_of_molecule(
    ideal_sums: ModelSums, power: ModelPower, without_structure: FloatArray
) -> ModelSums:
    """Return the sums with the power of the molecule in place of that of the faulty model.

    Atoms displaced at random keep a share D² of what the power of a shell has beyond that of
    atoms anywhere: helices and strands show less in it than in the molecule. D is the
    correlation of model and molecule, that of model and map over the map's accuracy.

    Parameters
    ----------
    ideal_sums : ModelSums
        Of the model with B = 0.
    without_structure : ndarray
        By shell: power of terms of atoms anywhere.
    """
    known = ideal_sums.n_terms > 0
    of_model = ideal_sums.power_2[known] / ideal_sums.n_terms[known]
    agreement = (power.smooth_correlation / power.accuracy) ** 2 / power.fraction_complete
    agreement = np.clip(agreement[known], _LEAST_AGREEMENT, 1)
    of_molecule = of_model + (of_model - without_structure[known]) * (1 / agreement - 1)
    of_molecule = np.maximum(of_molecule, _LEAST_OF_POWER * of_model)
    power_2 = ideal_sums.power_2.copy()
    power_2[known] = of_molecule * ideal_sums.n_terms[known]
    return replace(ideal_sums, power_2=power_2)


def signal_share_of_box(
    power: ModelPower, sums: ModelSums, box_power: FloatArray, mask_share: float
) -> float:
    """Return the signal power that terms of the whole box have over that inside the mask.

    The rest of the power of the box is noise as in the mask; shells with little signal show it.

    Parameters
    ----------
    power : ModelPower
        S and N inside the mask, per unit mask power.
    sums : ModelSums
        Of the masked map.
    box_power : ndarray
        By shell: power of the terms of the whole map.
    mask_share : float
        Mean square of the mask: the share if there is signal in the mask alone.
    """
    known = (
        (sums.n_independent > 0) & (power.signal > 0) & (box_power > 0) & (sums.s > _TENSORS_FROM)
    )
    if not known.any():
        return mask_share
    signal, total = power.signal[known], box_power[known]
    weights = sums.n_terms[known] * (signal / total) ** 2
    share = float(np.average((total - power.noise[known]) / signal, weights=weights))
    return min(max(share, mask_share), 1.0)


def _fraction_complete(
    correlation: FloatArray, fall_off: FloatArray, n_independent: FloatArray
) -> float:
    scatter = 1 / np.sqrt(np.maximum(2 * n_independent, 1))
    clear = correlation > np.maximum(_CLEAR_CORRELATION, _CLEAR_IN_ERRORS * scatter)
    if not clear.any():
        return 0.0
    return float(np.max(np.clip(correlation[clear] / fall_off[clear], 0, 1))) ** 2


def _with_tensors(sums: ModelSums, by: _core.DirectionalSums, power: ModelPower) -> ModelPower:
    share = np.divide(
        sums.n_independent, sums.n_terms, out=np.zeros_like(sums.s), where=sums.n_terms > 0
    )
    n = by.n_terms
    with_data = (sums.s > _TENSORS_FROM) & (sums.n_independent > 0)
    sound = (n > 0) & (by.auto_2 > 0) & with_data[:, None]
    n_safe, model_safe = np.where(sound, n, 1.0), np.where(sound, by.auto_2, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.nan_to_num(sums.cross / sums.power_2)
        model_mean = np.nan_to_num(sums.power_2 / sums.n_terms)
    total = power.signal + power.noise

    # The map's amplitude per model's: its error is that of a regression line.
    slopes = by.cross / model_safe
    spread = total[:, None] / (2 * model_safe * np.maximum(share, 1e-6)[:, None])
    clear = (power.accuracy > _LEAST_ACCURACY_OF_TENSORS) & (slope > 0)
    signal = _core.fit_power_tensor(
        np.where(sound, slopes, 0.0),
        np.where(sound & clear[:, None], spread, 0.0),
        slope,
        sums.width,
    )
    explained = slopes**2 * (by.auto_2 / n_safe)
    expected = np.maximum(power.expected_correlation, 1e-6)
    # So that the mean over directions is the shell's signal.
    with np.errstate(divide="ignore", invalid="ignore"):
        to_signal = np.nan_to_num(power.signal / (slope**2 * model_mean))
    to_signal = np.minimum(to_signal, 1 / expected**2)
    rest = by.auto_1 / n_safe - to_signal[:, None] * explained
    noisy = power.noise > _LEAST_NOISE_OF_TENSORS * total
    noise = _core.fit_power_tensor(
        np.where(sound, rest, 0.0),
        np.where(
            sound & noisy[:, None],
            total[:, None] ** 2 / (n_safe * np.maximum(share, 1e-6)[:, None]),
            0.0,
        ),
        power.noise,
        sums.width,
    )
    # Slopes are amplitudes, exp(-s B s / 4); the fit is to powers, exp(-s B s / 2).
    return replace(
        power,
        signal_b=Tensor.of(2 * np.array(signal.b), 2 * np.array(signal.standard_error)),
        noise_b=Tensor.of(noise.b, noise.standard_error),
    )
