"""Warnings of a scan of trials, and of the one that is applied to a map."""

from __future__ import annotations

import math
from collections.abc import Sequence

from map_sharpening.methods.b_factor.options import BFactorOptions, Search
from map_sharpening.methods.b_factor.result import Trial
from map_sharpening.methods.b_factor.spectrum import Spectrum

_COARSER = 1.3  #: times the resolution: d_cut up to which a search goes


def cautions_of_choice(chosen: Trial, spectrum: Spectrum, options: BFactorOptions) -> list[str]:
    """Return warnings of a B or a d_cut that does what may not be wanted."""
    return [*_caution_of_blur(chosen, spectrum), *_caution_of_d_cut(chosen, options)]


def _caution_of_blur(chosen: Trial, spectrum: Spectrum) -> list[str]:
    """Return a warning of a B that leaves next to nothing of a map."""
    left = math.sqrt(max(0.0, -chosen.b_sharpen) / (4 * math.log(1000)))  # a thousandth, Å
    longest = max(spectrum.grid.cell[:3])
    if not left > longest:  # NaN is no single B
        return []
    return [
        f"b_sharpen is {chosen.b_sharpen:g} Å², a blur that leaves nothing finer than "
        f"{left:.0f} Å of a map of {longest:.0f} Å; give b_sharpen or b_iso nearer to the "
        f"map's own ({spectrum.b_iso:.0f} Å²)"
    ]


def _caution_of_d_cut(chosen: Trial, options: BFactorOptions) -> list[str]:
    """Return a warning of a given d_cut that lets b_blur_hires change what b_sharpen does."""
    d_cut, resolution = options.applied.d_cut, options.resolution
    is_used = chosen.d_cut is not None and options.applied.k_sharpen
    if d_cut is None or not is_used or d_cut <= _COARSER * resolution:
        return []
    return [
        f"d_cut is {d_cut:g} Å, coarser than resolution={resolution:g}: terms finer than it "
        "are changed by b_sharpen and b_blur_hires together, so what was done to them is the "
        "b_iso that is measured, not the nominal one"
    ]


def cautions_of_bounds_passed(trials: Sequence[Trial], search: Search) -> list[str]:
    """Return warnings of a scan (lowest b_iso first) that goes past a bound that was given."""
    low, high = search.search_b_min, search.search_b_max
    ends = (
        (trials[0], "search_b_min", low, low is not None and trials[0].b_iso < low - 0.5),
        (trials[-1], "search_b_max", high, high is not None and trials[-1].b_iso > high + 0.5),
    )
    return [
        f"the search goes to a b_iso of {end.b_iso:.0f} Å², past {name}={bound:g}, "
        "as it always contains the map's own; give b_iso to have another one"
        for end, name, bound, is_passed in ends
        if is_passed
    ]
