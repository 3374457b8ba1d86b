"""The weight of the number of regions against their surface, from three trials."""

from __future__ import annotations

import math

from map_sharpening import _core
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import RegionWeight
from map_sharpening.methods.b_factor.search.trials import TrialMaps
from map_sharpening.methods.b_factor.spectrum import Spectrum

#: If there is no search (from the software of Terwilliger et al. 2018).
DEFAULT_REGION_WEIGHT = 40.0
#: If three trials can't determine it.
UNKNOWN_REGION_WEIGHT = 30.0
#: Share of the way from the sharpest to the most blurred trial at which the third one lies.
_MIDDLE_TRIAL = 0.375
_RULES = {
    "delta_ratio": _core.RegionWeightRule.by_difference,
    "initial_ratio": _core.RegionWeightRule.by_ratio,
}


def region_weight(
    spectrum: Spectrum, maps: TrialMaps, options: BFactorOptions
) -> tuple[RegionWeight, tuple[str, ...]]:
    """Return the weight of regions and warnings.

    A weight given is used. Otherwise it is such that over the range of the search surface and
    number of regions change alike; without a search it is a fixed one.
    """
    if options.score.region_weight is not None:
        return _fixed(options.score.region_weight, "given"), ()
    if not (options.is_search and options.is_choice):
        return _fixed(DEFAULT_REGION_WEIGHT, "fixed: there is no search"), ()
    if not options.score.adjust_region_weight:
        return _fixed(DEFAULT_REGION_WEIGHT, "fixed: adjust_region_weight is False"), ()
    if options.score.region_weight_method == "b_iso":
        return _fixed(UNKNOWN_REGION_WEIGHT, "fixed: region_weight_method is b_iso"), ()
    return _from_trials(spectrum, maps, options)


def search_range(spectrum: Spectrum, options: BFactorOptions) -> tuple[float, float]:
    """Return the lowest and highest b_iso (Å²) that are tried, the map's own among them."""
    low, high = options.search.b_range
    return min(spectrum.b_iso, low), max(spectrum.b_iso, high)


def _fixed(value: float, how: str) -> RegionWeight:
    return RegionWeight(value, how, math.nan, math.nan)


def _from_trials(
    spectrum: Spectrum, maps: TrialMaps, options: BFactorOptions
) -> tuple[RegionWeight, tuple[str, ...]]:
    low, high = search_range(spectrum, options)
    middle = low + _MIDDLE_TRIAL * (high - low)
    method = "b_iso" if options.methods_to_try == ("b_iso",) else "b_iso_to_d_cut"
    sharp, intermediate, blurred = maps.of(
        [maps.new_trial(method, spectrum.b_iso - b) for b in (low, middle, high)]
    )
    found = _core.fit_region_weight(
        sharp,
        intermediate,
        blurred,
        _RULES[options.score.region_weight_method],
        options.score.region_weight_factor,
        options.score.region_weight_buffer,
    )
    bounds = (found.lower_bound, found.upper_bound)
    if not found.is_usable:
        warning = (
            "surface and number of regions do not fall from sharp to blurred: the weight of "
            f"regions is taken as {UNKNOWN_REGION_WEIGHT:g}; check the solvent content"
        )
        how = "fixed: can't be found from three trials"
        return RegionWeight(UNKNOWN_REGION_WEIGHT, how, *bounds), (warning,)
    warnings: tuple[str, ...] = ()
    if found.lower_bound >= found.upper_bound:
        warnings = (
            "the bounds of the weight of regions cross, a sign of a wrong solvent content or "
            "of a map without signal; target_b_iso_to_d_cut does not need it",
        )
    elif found.is_bounded:
        warnings = ("the weight of regions had to be kept within its bounds; check the scores",)
    return RegionWeight(found.weight, options.score.region_weight_method, *bounds), warnings
