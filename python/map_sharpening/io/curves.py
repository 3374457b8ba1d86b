"""Text of the curve files: postprocess.star, fsc.xml, fsc.csv, shells.csv, scores.csv."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from map_sharpening.errors import OutputError
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.methods.half_maps.result import HalfMapResult, ShellTable

if TYPE_CHECKING:
    from map_sharpening.methods.b_factor.result import BFactorResult
    from map_sharpening.methods.model.result import ModelResult

_MISSING_LOGARITHM = -99.0
_ZERO_SHELL_DISTANCE = 999.0

# Share of the volume inside a molecular envelope that the molecule itself fills; RELION's f
# (its rlnParticleBoxFractionSolventMask) is this number over the mask's share of the box.
_ENVELOPE_FILLING = 0.476


def postprocess_star(
    result: HalfMapResult, *, half_1: str, half_2: str, sharpened: str, mask: str | None = None
) -> str:
    """Return the text of a RELION-style postprocess.star.

    RELION's programs take row i of the FSC table as the shell at s = i / (box edge), and read
    as many rows as the box has shells, half its points and one. So the curves are interpolated
    linearly to those s; empty shells are thereby filled from their neighbours, and a curve empty
    everywhere is left out. Beyond the shells that were measured they are 0. Shell 0 has the
    resolution 1/999 Å⁻¹. The B factor has RELION's sign: negative sharpens. Guinier values that
    don't exist are -99; lines of a fit that doesn't exist (NaN) are left out. If the FSC never
    falls below 0.143 the final resolution is that of the finest shell.

    Parameters
    ----------
    half_1, half_2, sharpened, mask : str or None
        File names to record; None leaves the line out.

    Raises
    ------
    OutputError
        If a file name can't be written as one STAR value.
    """
    fit = result.guinier
    finest = float(np.nanmin(result.shells.d[_has_terms(result.shells)]))
    resolution = finest if result.resolution_0143 is None else result.resolution_0143
    general: list[tuple[str, str]] = [
        ("FinalResolution", f"{resolution:.6f}"),
        *_known_lines([("BfactorUsedForSharpening", 0.0 - fit.b_sharpen)]),
        ("UnfilteredMapHalf1", _star_value(half_1)),
        ("UnfilteredMapHalf2", _star_value(half_2)),
        ("PostprocessedMap", _star_value(sharpened)),
    ]
    if mask is not None:
        general.append(("MaskName", _star_value(mask)))
    if result.mask is not None and result.mask_fraction > 0:
        general.append(("ParticleBoxFractionSolventMask", f"{_relion_fraction(result):.6f}"))
    if result.randomised_from is not None:
        general.append(("RandomiseFrom", f"{result.randomised_from:.6f}"))
    general += _known_lines(
        [
            ("FittedSlopeGuinierPlot", fit.slope),
            ("FittedInterceptGuinierPlot", fit.intercept),
            ("CorrelationFitGuinierPlot", fit.correlation),
        ]
    )
    width = max(len(label) for label, _ in general) + 5
    lines = ["", "# version 30001", "", "data_general", ""]
    lines += [f"{'_rln' + label:<{width}} {value:>16}" for label, value in general]
    lines += ["", "", "# version 30001", "", "data_fsc", ""]
    lines += _loop(_fsc_columns(result))
    lines += ["", "", "# version 30001", "", "data_guinier", ""]
    lines += _loop(_guinier_columns(result))
    return "\n".join([*lines, "", ""])


def fsc_xml(result: HalfMapResult) -> str:
    """Return the corrected FSC as the XML that EMDB takes; empty shells are left out.

    x is s = 1/d in Å⁻¹, y the correlation coefficient. The EMDB takes -1 to 1, which the
    correction leaves where a mask correlates more than the maps in it.
    """
    title = "Masked-corrected FSC" if result.mask is not None else "Unmasked FSC"
    lines = [f'<fsc title="{title}" xaxis="Resolution (A-1)" yaxis="Correlation Coefficient">']
    for s, fsc in zip(result.shells.s, result.shells.fsc_corrected, strict=True):
        if np.isfinite(s) and np.isfinite(fsc):
            lines += [
                "  <coordinate>",
                f"    <x>{s:.6g}</x>",
                f"    <y>{min(max(fsc, -1.0), 1.0):.6f}</y>",
                "  </coordinate>",
            ]
    return "\n".join([*lines, "</fsc>", ""])


def shells_csv(result: HalfMapResult | ModelResult) -> str:
    """Return all columns of the shell table as comma-separated text.

    The first line holds the column names: the fields of `ShellTable` or `ModelShellTable`, with
    s in 1/Å and d in Å. A value that an empty shell doesn't have is an empty field.
    """
    names = [field.name for field in fields(result.shells)]
    columns = [np.asarray(getattr(result.shells, name)) for name in names]
    lines = [",".join(names)]
    lines += [",".join(_csv_value(value) for value in row) for row in zip(*columns, strict=True)]
    return "\n".join([*lines, ""])


_TRIAL_COLUMNS = ("b_iso", "b_sharpen", "d_cut", "b_blur_hires")


def scores_csv(result: BFactorResult) -> str:
    """Return all trials of a B-factor run with their scores as comma-separated text.

    The first line holds the column names: the fields of `Trial` and `Scores`,
    B in Å² and d in Å. A value that a trial doesn't have is an empty field.
    """
    # Loaded only for results of their kind.
    from map_sharpening.methods.b_factor.scores import Scores

    scores = [field.name for field in fields(Scores)]
    lines = [",".join(["method", *_TRIAL_COLUMNS, *scores, "chosen"])]
    for trial in result.trials:
        values = [getattr(trial, name) for name in _TRIAL_COLUMNS]
        values += [getattr(trial.scores, name) for name in scores]
        numbers = ["" if value is None else _csv_value(np.float64(value)) for value in values]
        lines.append(",".join([trial.method, *numbers, str(int(trial is result.chosen_trial))]))
    return "\n".join([*lines, ""])


def _known_lines(lines: list[tuple[str, float]]) -> list[tuple[str, str]]:
    return [(label, f"{value:.6f}") for label, value in lines if np.isfinite(value)]


def _csv_value(value: np.generic) -> str:
    if isinstance(value, np.integer):
        return str(int(value))
    number = float(value)
    return f"{number:.9g}" if np.isfinite(number) else ""


def _has_terms(shells: ShellTable) -> npt.NDArray[np.bool_]:
    has_terms = np.isfinite(shells.fsc_corrected) & np.isfinite(shells.d)
    if not has_terms.any():
        raise OutputError(
            "the shell table holds no FSC value at all, so postprocess.star can't be written; "
            "check the resolution and the half maps"
        )
    return has_terms


def _relion_fraction(result: HalfMapResult) -> float:
    return _ENVELOPE_FILLING / result.mask_fraction


def _fsc_columns(result: HalfMapResult) -> list[tuple[str, list[str]]]:
    shells, box = result.shells, result.sharpened.box
    edges = dict(zip((box.c, box.b, box.a), result.sharpened.values.shape, strict=True))
    edge = max(edges)
    index = np.arange(edges[edge] // 2 + 1)
    s = index / edge
    _has_terms(shells)

    corrected = _interpolate(s, shells, shells.fsc_corrected)
    unmasked = _interpolate(s, shells, shells.fsc_unmasked)
    particle: FloatArray | None = None
    if result.mask is not None and result.mask_fraction > 0 and unmasked is not None:
        # Sindelar & Grigorieff (2012) J. Struct. Biol. 180, 26: the FSC of the molecule alone;
        # a negative FSC means no signal, and the formula has a pole there.
        f, signal = _relion_fraction(result), np.maximum(unmasked, 0.0)
        particle = f * signal / (1.0 + (f - 1.0) * signal)
    curves = [
        ("FourierShellCorrelationCorrected", corrected),
        ("FourierShellCorrelationParticleMaskFraction", particle),
        ("FourierShellCorrelationUnmaskedMaps", unmasked),
        ("FourierShellCorrelationMaskedMaps", _interpolate(s, shells, shells.fsc_masked)),
        (
            "CorrectedFourierShellCorrelationPhaseRandomizedMaskedMaps",
            _interpolate(s, shells, shells.fsc_randomised),
        ),
    ]
    s_printed = np.concatenate([[1.0 / _ZERO_SHELL_DISTANCE], s[1:]])
    columns = [
        ("SpectralIndex", [str(i) for i in index]),
        ("Resolution", [f"{value:.6f}" for value in s_printed]),
        ("AngstromResolution", [f"{1.0 / value:.6f}" for value in s_printed]),
    ]
    for label, curve in curves:
        if curve is not None:
            columns.append((label, ["1.000000", *(f"{value:.6f}" for value in curve[1:])]))
    return columns


def _interpolate(s: FloatArray, shells: ShellTable, curve: FloatArray) -> FloatArray | None:
    finite = np.isfinite(curve)
    if not finite.any():
        return None
    measured = shells.s[finite]
    within = 0.5 * float(shells.s[1] - shells.s[0]) if len(shells.s) > 1 else 0.0
    return np.where(s <= measured[-1] + within, np.interp(s, measured, curve[finite]), 0.0)


def _guinier_columns(result: HalfMapResult) -> list[tuple[str, list[str]]]:
    fit = result.guinier
    intercept = np.full(fit.s_squared.shape, fit.intercept)
    columns = [("ResolutionSquared", [f"{value:.6e}" for value in fit.s_squared])]
    for label, values in (
        ("LogAmplitudesOriginal", fit.ln_original),
        ("LogAmplitudesWeighted", fit.ln_weighted),
        ("LogAmplitudesSharpened", fit.ln_sharpened),
        ("LogAmplitudesIntercept", intercept),
    ):
        known = np.where(np.isfinite(values), values, _MISSING_LOGARITHM)
        columns.append((label, [f"{value:.6f}" for value in known]))
    return columns


def _loop(columns: list[tuple[str, list[str]]]) -> list[str]:
    lines = ["loop_"]
    lines += [f"_rln{label} #{number}" for number, (label, _) in enumerate(columns, start=1)]
    lines += [
        " ".join(f"{value:>12}" for value in row)
        for row in zip(*(values for _, values in columns), strict=True)
    ]
    return lines


def _star_value(name: str) -> str:
    """Return `name` as one STAR value, quoted where needed."""
    special = re.match(r"[_#$;\[\]]|(data|loop|save|stop|global)_|[.?]$", name, re.IGNORECASE)
    if name.isascii() and name and not re.search(r"[\s'\"\\]", name) and not special:
        return name
    # Readers that take a backslash for an escape do so outside of single quotes.
    quotes = "'" if "\\" in name else "'\""
    if len(name.splitlines()) < 2 and name[-1:].strip():
        for quote in quotes:
            if quote not in name:
                return f"{quote}{name}{quote}"
    raise OutputError(
        f"the file name {name!r} can't be written in a STAR file; expected a name without line "
        "breaks, and without both kinds of quotes, or a single quote and a backslash: rename "
        "the file"
    )
