"""By how much to sharpen a map that was filtered, masked or sharpened before."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

#: Best skewness of all trials up to which a map is mostly noise, as where all terms were brought
#: to one power, and from which on it isn't: .03 to .15 in eleven maps made so of five pairs, six
#: of them worse for it, by up to .05; .27 to 2 in most others.
_MOSTLY_NOISE = (0.15, 0.25)
#: B in squared resolutions that hardly sharpens, and the skewness from which on a map has so
#: little noise beyond its resolution that it isn't worth cutting.
_HARDLY, _LITTLE_NOISE = 0.6, 0.5


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


def is_hardly_sharpened(b_sharpen: float, skewness: float, resolution: float) -> bool:
    """Whether little would happen but the loss of what lies beyond the resolution."""
    return 0 < b_sharpen < _HARDLY * resolution**2 and skewness >= _LITTLE_NOISE
