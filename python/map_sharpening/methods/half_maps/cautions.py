"""Warnings about two half maps: causes, and what to do."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.arrays import FloatArray, median, running_median
from map_sharpening.methods.half_maps.options import HalfMapOptions, name_of_curve
from map_sharpening.methods.half_maps.result import GuinierFit, ShellTable
from map_sharpening.methods.shared.pair_checks import caution_of_scale

#: Shells in a Guinier fit below which its line means little.
FEW_GUINIER_SHELLS = 8
#: Terms that a shell needs, and shells, to compare the amplitudes of the halves by.
_ENOUGH_TERMS, _FEWEST_SHELLS = 200, 6
#: By which they may differ; and by which those of a mean may from what noise makes them.
_UNEQUAL, _OF_MEAN = 2.0, 0.15
#: Change of the logarithm of their ratio that is told if it is that of a B, and what that may
#: leave of it, absolute or as a part of the change. Good half maps change by 0.06 at most.
_BLURRED, _LEFT, _PART_LEFT = 0.2, 0.04, 0.05
#: Å, from which on this isn't asked: subtomograms are few, and halves of 20 that are of unequal
#: worth (70S, by tomograms) change by 0.3 to 0.63.
_OF_FEW = 10.0
#: Å: where directions can't be distinguished if data end coarser, see half_maps.hpp.
COARSEST_FOR_DIRECTIONS = 5.5
_COARSEST_SHELLS = 3
#: Å: where the molecule's outline is regarded if data end coarser, see fall_off.cpp; and
#: the B, in squares of d_min, that it brought into doubt in simulated rings and shells.
_OUTLINE_FROM, _OUTLINE_DOUBT = 20.0, (1.0, 10.0)
#: The kinds of molecule that can be taken for each other, and the ratio of standard errors below
#: which the other fits better: 1.09 to 5.2 for nucleic acid in 33 pairs of protein.
_OTHER_KIND = {"protein": "nucleic_acid", "nucleic_acid": "protein"}
_FITS_BETTER = 0.8
#: Phase-randomised FSC at the resolution above which a mask carries correlation (RELION).
_TIGHT_MASK_FSC = 0.1


def cautions(
    names: tuple[str, str],
    options: HalfMapOptions,
    choice: _core.MaskChoice,
    found: _core.HalfMapFindings,
    shells: ShellTable,
    guinier: GuinierFit,
) -> Iterator[str]:
    """Return doubts and decisions, for a run's warnings."""
    yield from caution_of_scale(names, found.half_2_scale)
    yield from _about_pair(names, options, found, shells)
    yield from _about_spectrum(found, guinier)
    yield from _about_resolution(options, found, shells)
    # That coarse maps have none is said among the results: nothing is amiss with them.
    if options.anisotropic and not found.has_tensors and found.d_min <= COARSEST_FOR_DIRECTIONS:
        yield (
            "no anisotropy is measured: fewer than 3 shells lie beyond 10 Å, and before it can't "
            "be distinguished from the molecule's shape; all directions are treated alike"
        )
    least, most = (squares * found.d_min**2 for squares in _OUTLINE_DOUBT)
    if found.d_min > _OUTLINE_FROM and least < found.fall_off.b < most:
        yield (
            f"a B of {found.fall_off.b:.0f} Å² was applied, but the data end at "
            f"{found.d_min:.1f} Å, where the outline of a hollow molecule, such as a ring or a "
            "shell, can make amplitudes fall off as much by itself; compare with the mean of the "
            "half maps, and if the sharpened map is worse, give that mean as one map with a "
            "smaller b_sharpen"
        )
    if choice == _core.MaskChoice.automatic and not found.molecular_mask.is_trustworthy:
        yield (
            "the automatic mask does not separate molecule and solvent clearly; check it, and "
            "give a mask file or mask=False if it is wrong"
        )
    if found.randomised_from is not None:
        at = int(np.searchsorted(shells.s, 1 / (found.resolution_0143 or options.resolution)))
        leaked = shells.fsc_randomised[min(at, len(shells.s) - 1)]
        if leaked > _TIGHT_MASK_FSC:
            yield (
                f"the FSC of phase-randomised half maps is {leaked:.2f} at the resolution: "
                "the mask is too tight or too sharp; use a wider, softer one"
            )


def _about_pair(
    names: tuple[str, str],
    options: HalfMapOptions,
    found: _core.HalfMapFindings,
    shells: ShellTable,
) -> Iterator[str]:
    """Tell of halves whose amplitudes differ: halves of one reconstruction have the same."""
    known = (shells.n_terms >= _ENOUGH_TERMS) & np.isfinite(found.half_2_amplitude)
    ratio, s = found.half_2_amplitude[known], shells.s[known]
    if len(ratio) < _FEWEST_SHELLS:
        return
    outer = s > s[-1] - (s[-1] - s[0]) / 4
    agreement, above = median(shells.fsc_unmasked[known][outer]), median(ratio[outer])
    # The mean holds half of the noise of each half, and none other.
    if abs(agreement - math.sqrt(0.5)) < 0.07:
        for other, whole, expected in ((0, 1, math.sqrt(0.5)), (1, 0, math.sqrt(2))):
            if abs(above / ratio[~outer][0] / expected - 1) < _OF_MEAN:
                yield (
                    f"{names[whole]} may be the mean of the half maps, of which {names[other]} is "
                    "one: even where noise is all there is, their correlation is "
                    f"{agreement:.2f}; give the two halves"
                )
                return
    smooth = running_median(ratio)
    end = max(options.resolution / 1.1, found.data_end or 0)
    smooth = smooth[s < 1 / end]
    if len(smooth) == 0:
        return
    b, n = None, len(smooth)
    if options.resolution < _OF_FEW:
        b = _b_between(ratio[:n], s[:n], shells.n_terms[known][:n])
    smooth /= median(smooth)
    at = int(np.argmax(np.abs(np.log(smooth))))
    if b is not None or max(smooth[at], 1 / smooth[at]) > _UNEQUAL:
        # Told relative to the coarsest shells, which filters leave.
        smooth /= median(smooth[:_COARSEST_SHELLS])
        at = int(np.argmax(np.abs(np.log(smooth))))
        change = "fall to less than 1 %" if smooth[at] < 0.01 else f"change {smooth[at]:.3g}-fold"
        cause = "" if b is None else f", as by a B of {b:.0f} Å²"
        yield (
            f"relative to {names[0]} the amplitudes of {names[1]} {change} at {1 / s[at]:.1f} Å"
            f"{cause}: one of the two was filtered, masked or sharpened, or made of far fewer "
            "particles; give both halves as they were reconstructed"
        )


def _b_between(ratio: FloatArray, s: FloatArray, n_terms: npt.NDArray[np.int64]) -> float | None:
    """Return the B that makes amplitudes differ by `ratio`; None if little or not as a B does."""
    if len(ratio) < _FEWEST_SHELLS or not ratio.min() > 0:
        return None
    # By sums: for the first call of linear algebra OpenBLAS takes memory as of a map.
    squares, ln_ratio = s**2, np.log(ratio)
    x = squares - np.average(squares, weights=n_terms)
    y = ln_ratio - np.average(ln_ratio, weights=n_terms)
    slope = float(np.sum(n_terms * x * y) / np.sum(n_terms * x**2))
    change = abs(slope) * float(np.ptp(squares))
    rest = math.sqrt(float(np.average((y - slope * x) ** 2, weights=n_terms)))
    is_b = change > _BLURRED and rest < max(_LEFT, _PART_LEFT * change)
    return -4 * slope if is_b else None


def _about_spectrum(found: _core.HalfMapFindings, guinier: GuinierFit) -> Iterator[str]:
    if found.data_end is not None:
        yield (
            f"the half maps hold nothing beyond {found.data_end:.2f} Å: they were low-pass "
            "filtered, and what is measured and sharpened ends there; give the half maps as "
            "they were reconstructed"
        )
    elif found.guinier.n_shells >= FEW_GUINIER_SHELLS and guinier.b_sharpen < 0:
        yield (
            f"from {guinier.d_low:g} to {guinier.d_high:.3g} Å the amplitudes rise, which would "
            f"need a B of {guinier.b_sharpen:.0f} Å²: the half maps were sharpened before; the "
            "sharpened map is the same, but half maps are best given as they were reconstructed"
        )
    elif found.flattening is not None:
        yield (
            "the half maps were sharpened, filtered or cut out before, or hold strong noise in "
            "the corners of the Fourier grid: their amplitudes are so uneven that they were "
            "evened out for masking, so that strong terms don't spill into weak ones; half maps "
            "are best given as they were reconstructed"
        )


def _about_resolution(
    options: HalfMapOptions, found: _core.HalfMapFindings, shells: ShellTable
) -> Iterator[str]:
    crossing = found.resolution_0143
    if crossing is None:
        known = np.flatnonzero(np.isfinite(shells.fsc_corrected))
        if len(known) == 0:
            return
        end = 1 / shells.s[known[-1]]
        still = f"{shells.fsc_corrected[known[-1]]:.2f}"
        if end < 0.8 * options.resolution:
            yield (
                f"the half maps agree to the end of the grid (an FSC of {still} at {end:.2f} Å), "
                f"but the resolution is {options.resolution:g} Å; check it and the voxel size, "
                "and whether the half maps are independent and were not masked"
            )
            return
        yield (
            f"the corrected FSC is still {still} at {end:.2f} Å, in the last shell before the "
            "Nyquist limit: the voxel size limits the resolution; if a finer grid shows the "
            "same, the half maps are not independent, or were masked together"
        )
    elif found.data_end is None and not 0.8 < crossing / options.resolution < 1.25:
        yield (
            f"the half maps agree to {crossing:.2f} Å (FSC 0.143), but the resolution is "
            f"{options.resolution:g} Å; check it and the voxel size"
        )


def cautions_of_kind(
    options: HalfMapOptions, found: _core.HalfMapFindings, *, share_noise: bool
) -> Iterator[str]:
    """Tell which kind of molecule the amplitudes are of, if it isn't the one expected.

    Those of half maps that share noise tell of no molecule, unless a curve was chosen by them.
    """
    used_curve = name_of_curve(found.ideal_curve)
    other = _OTHER_KIND.get(used_curve)
    if other is None or found.data_end is not None:
        return
    model, width = found.model, found.shell_width
    of_other = _core.ideal_curve_named(other)
    line = _core.fit_fall_off(model.signal, model.noise, width, of_other)
    used = f"B {found.fall_off.b:.0f} ± {found.fall_off.standard_error:.1f} Å²"
    unused = f"{line.b:.0f} ± {line.standard_error:.1f} Å²"
    if options.ideal_curve == "Auto" and other == "protein":
        doubt = "; that may be due to the noise which the half maps share" if share_noise else ""
        yield (
            f"the amplitudes fall off as those of nucleic acid do ({used}), rather than those of "
            f"protein ({unused}), so the ideal curve is that of nucleic acid; if the molecule is "
            f"mostly protein, give ideal_curve=protein{doubt}"
        )
        return
    if share_noise:
        return
    ratio = _core.fit_as_other_kind(
        model.signal, model.noise, width, options.resolution, found.ideal_curve, of_other
    )
    if ratio is not None and ratio < _FITS_BETTER:
        yield (
            f"the amplitudes fall off as those of {_said(other)} do (B {unused}), rather than "
            f"those of {_said(used_curve)} ({used}, which was applied); if the molecule is mostly "
            f"{_said(other)}, ideal_curve={other} comes nearer to it"
        )


def _said(kind: str) -> str:
    return kind.replace("_", " ")
