"""By how much to sharpen a map that was filtered, masked or sharpened before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from map_sharpening.maps.map_data import FloatMap
from map_sharpening.methods.b_factor.search.closeness import Closeness
from map_sharpening.methods.b_factor.search.values import LESS_BY

#: Shares of the best skewness, where it is of a sharper and of a blurred map, within which a map
#: that was treated before is left nearer to what it is. Of 0.5 to 5 %, over 55 maps that three
#: programs made of 20 pairs of half maps.
_ALIKE_SHARPER, _ALIKE_BLURRED = 0.01, 0.02
#: Best skewness of all trials up to which a map is mostly noise, as where all terms were brought
#: to one power, and from which on it isn't: .03 to .15 in eleven maps made so of five pairs, six
#: of them worse for it, by up to .05; .27 to 2 in most others.
_MOSTLY_NOISE = (0.15, 0.25)
#: B in squared resolutions that hardly sharpens, and the skewness from which on a map has so
#: little noise beyond its resolution that it isn't worth cutting.
_HARDLY, _LITTLE_NOISE = 0.6, 0.5
#: The same of a blur: up to 1.03 in six maps that lost .002 to .006, and in many that gained.
_HARDLY_BLURRED = 1.1
#: Skewness from which on a map has so little noise that a blur of up to so much (B in squared
#: resolutions) is as doubtful if it raises it by less than the third: of some 20 such maps of four
#: pairs five lost .002 to .011, and the others gained as much.
_NEXT_TO_NO_NOISE, _MODERATE, _RAISED = 0.94, 1.75, 1.08
#: Skewness from which on values below a level were set to one, or the highest of several maps
#: were taken: blurs, though they raised it, made eight of nine such maps worse, by up to .019.
#: The second is that times the resolution in Å: 3.7 at most in maps that were only filtered.
_BY_VALUE, _BY_VALUE_TIMES_RESOLUTION = 1.75, 5.6
#: Times the B of the fall-off from which on a score that asks for more may be that of noise, in
#: maps finer than the second (Å): 1.3 to 6 in ten masked maps, which the best of all B made better
#: by .011 at most, and the score's worse by up to .036. Coarser ones have an outline to score.
_MORE_THAN_FALL_OFF, _COARSE = 1.25, 6.0
#: Skewness with all terms, over that to d_min, below which those beyond are noise: .82 or less in
#: 20 masked maps that came out better without them, by .003 to .85; .96 or more in 59 others, of
#: which two did, and most lost, by up to .33.
NOISE_BEYOND = 0.8
#: Share of points that have the lowest value if those below it were cut off.
_CUT_OFF_BELOW = 0.01
_TREATED = "the map seems to have been filtered, masked or sharpened before, and"
#: Why a map is left as it is.
CONTRADICTED = f"{_TREATED} its fall-off contradicts the best score"
LOST = f"{_TREATED} by its signal and noise it would lose"


@dataclass(frozen=True)
class Treatment:
    """What is known of a map that seems to have been treated before.

    Attributes
    ----------
    b_of_fall_off : float or None
        Å², what would bring its fall-off to an ideal one.
    closeness : Closeness or None
        None: its noise isn't known.
    unscorable : str
        Why no score can choose a B for it; else empty.
    is_cut_off_below : bool
        Many points have its lowest value.
    """

    b_of_fall_off: float | None = None
    closeness: Closeness | None = None
    unscorable: str = ""
    is_cut_off_below: bool = False


@dataclass(frozen=True)
class ScanOfTreated:
    """A scan of a map that was treated before.

    Attributes
    ----------
    best : float
        Å², B of the trial that scores highest.
    value : float
        Its score.
    own : float
        Score of the map as it is.
    b_sharpen, values : list of float
        Å² and scores, of all trials.
    resolution : float
        Å.
    is_end_best : bool
        The best is at an end of the scan that could be widened no further.
    is_weak : bool
        Scores hardly rise above their scatter.
    """

    best: float
    value: float
    own: float
    b_sharpen: list[float]
    values: list[float]
    resolution: float
    is_end_best: bool = False
    is_weak: bool = False


@dataclass(frozen=True)
class LeastChange:
    """The B (Å²) to sharpen a map by that was treated before, or why by none."""

    b_sharpen: float = 0.0
    is_only_cut: bool = False  #: at its resolution, if it scores higher so
    why_none: str = ""


def is_cut_off_below(values: FloatMap) -> bool:
    """Whether many points of a map have its lowest value."""
    return bool(np.count_nonzero(values == values.min()) > _CUT_OFF_BELOW * values.size)


def least_change(scan: ScanOfTreated, treatment: Treatment) -> LeastChange:
    """Return the least change among those about as good as the best.

    Whoever treated the map may have known more than its skewness shows, which local
    filters raise.
    """
    if treatment.unscorable:
        return LeastChange(why_none=f"{treatment.unscorable}, so no score can choose a B")
    if scan.is_end_best:
        return LeastChange(why_none=f"{_TREATED} its scores rise to the end of the search")
    if scan.is_weak:
        return LeastChange(why_none=f"{_TREATED} its scores hardly rise above their scatter")
    alike = share_alike(scan.best)
    enough = (1 - alike) * scan.value
    if not enough > max(scan.own, 0):
        return LeastChange(why_none=f"{_TREATED} no trial scores {alike:.0%} higher than it does")
    b_sharpen = least_b(scan.b_sharpen, scan.values, scan.best, enough)
    fall_off = treatment.b_of_fall_off
    if fall_off is not None:
        if scan.best * fall_off <= 0:
            may_be_zero = abs(fall_off - scan.best) <= LESS_BY[0] * scan.resolution**2
            return (
                LeastChange(is_only_cut=True)
                if may_be_zero
                else LeastChange(why_none=CONTRADICTED)
            )
        is_noise_known = treatment.closeness is not None
        if not is_noise_known and may_be_score_of_noise(scan.best, fall_off, scan.resolution):
            more = "its score asks for more than its fall-off, as may be for its noise"
            return LeastChange(why_none=f"{_TREATED} {more}, which isn't known")
        b_sharpen = min(b_sharpen, most_b(scan.best, fall_off, scan.value), key=abs)
    if is_in_vain(b_sharpen, scan.own, scan.resolution):
        return LeastChange(why_none=f"{_TREATED} a B of {b_sharpen:.0f} Å² would hardly help")
    return LeastChange(b_sharpen)


def share_alike(best: float) -> float:
    """Return the share of the best skewness that counts as nothing, for its B (Å²)."""
    return _ALIKE_SHARPER if best > 0 else _ALIKE_BLURRED


def least_b(
    b_sharpen: Sequence[float], values: Sequence[float], best: float, enough: float
) -> float:
    """Return the B nearest to 0, on the way to the best, that scores enough (all in Å²)."""
    way = sorted(
        (b / best, value) for b, value in zip(b_sharpen, values, strict=True) if 0 <= b / best <= 1
    )
    shares, on_way = np.array(way).T
    first = int(np.argmax(on_way >= enough))
    if first == 0:
        return float(shares[0] * best)
    before = slice(first - 1, first + 1)
    return float(np.interp(enough, on_way[before], shares[before]) * best)


def most_b(best: float, fall_off: float, skewness: float) -> float:
    """Return the B that the best score and the fall-off, of one sign, allow at most (Å²).

    Of a coarse map the score asks for too much, and the fall-off for too little. Of a map that is
    mostly noise, by its best skewness, both ask for too much, the score most. Either may ask for
    too much blur: for matter without detail, or for noise.
    """
    if fall_off < 0:
        return fall_off
    share = 0.5
    if best > fall_off:
        share = float(np.interp(skewness, _MOSTLY_NOISE, (-1.0, 0.5)))
    return math.exp(share * math.log(best) + (1 - share) * math.log(fall_off))


def may_be_score_of_noise(best: float, fall_off: float, resolution: float) -> bool:
    """Whether a score may ask for so much (B, Å²) as noise that can't be measured is sharpened."""
    return resolution < _COARSE and best > _MORE_THAN_FALL_OFF * fall_off > 0


def is_in_vain(b_sharpen: float, skewness: float, resolution: float) -> bool:
    """Whether little would happen but a loss of what lies beyond the resolution, or of detail."""
    is_hardly_sharpened = 0 < b_sharpen < _HARDLY * resolution**2 and skewness >= _LITTLE_NOISE
    return is_hardly_sharpened or is_blur_of_cut_off(b_sharpen, skewness, resolution)


def is_blur_of_cut_off(b_sharpen: float, skewness: float, resolution: float) -> bool:
    """Whether a B (Å²) blurs a map whose values were cut off below, or the highest of several."""
    least = max(_BY_VALUE, _BY_VALUE_TIMES_RESOLUTION / resolution)
    return b_sharpen < 0 and skewness >= least


def is_hardly_blurred(b_sharpen: float, skewness: float, before: float, resolution: float) -> bool:
    """Whether a blur may cost as much as it gains, by the skewness with it and before."""
    if b_sharpen >= 0:
        return False
    b = b_sharpen / resolution**2
    is_flat = b > -_MODERATE and before >= _NEXT_TO_NO_NOISE and skewness < _RAISED * before
    return is_flat or (b > -_HARDLY_BLURRED and before >= _LITTLE_NOISE)


def hardly_changed(b_sharpen: float) -> str:
    """Return a caution about a map that is blurred by so little (Å²)."""
    blurred = f"is blurred by {-b_sharpen:.0f} Å² only"
    done = blurred if b_sharpen < 0 else "only loses what lies beyond its resolution"
    return (
        f"{_TREATED} {done}, which may well make it no better: compare it with the map given, and "
        "prefer that in case of doubt"
    )
