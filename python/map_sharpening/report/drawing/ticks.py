"""Where an axis has its ticks, and what they are called."""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_DECADES = 8
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
#: Numbers from here on are written with a power of ten beside the axis.
_LARGE, _SMALL = 1e5, 1e-4


@dataclass(frozen=True)
class Ticks:
    """Ticks of an axis in ascending order."""

    places: tuple[float, ...]
    labels: tuple[str, ...]
    factor: str = ""  #: what labels are to be multiplied by, such as ×10⁶
    minor: tuple[float, ...] = ()


def power_of_ten(exponent: int) -> str:
    """Return 10 with an exponent, in plain letters."""
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def number_or_power(value: float) -> str:
    """Return a power of ten as such, and other numbers as they are."""
    exponent = round(math.log10(value)) if value > 0 else None
    if exponent is None or not math.isclose(value, 10.0**exponent, rel_tol=1e-6):
        return f"{value:g}"
    return power_of_ten(exponent)


def linear_ticks(low: float, high: float, most: int) -> Ticks:
    """Return ticks at round numbers from `low` to `high`, `most` steps or fewer."""
    step = _round_step((high - low) / most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    places = tuple(index * step for index in range(first, last + 1))
    largest = max((abs(place) for place in places), default=0.0)
    exponent = 0
    if largest >= _LARGE or 0 < largest < _SMALL:
        exponent = math.floor(math.log10(largest))
    unit = 10.0**exponent
    decimals = _decimals(step / unit)
    numbers = (f"{place / unit + 0.0:.{decimals}f}" for place in places)
    labels = tuple(number.replace("-", "−") for number in numbers)
    return Ticks(places, labels, f"×{power_of_ten(exponent)}" if exponent else "")


def logarithmic_ticks(low: float, high: float) -> Ticks:
    """Return ticks at powers of ten, or at 1, 2 and 5 times them where there are few."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(1, math.ceil((last - first) / _MOST_DECADES))
    decades = range(first - 1, last + 1)
    minor = tuple(m * 10.0**e for e in decades for m in range(2, 10) if low <= m * 10.0**e <= high)
    if last - first >= 1:
        places = tuple(10.0**exponent for exponent in range(first, last + 1, every))
        return Ticks(
            places, tuple(map(number_or_power, places)), minor=minor if every == 1 else ()
        )
    places = tuple(m * 10.0**e for e in decades for m in (1, 2, 5) if low <= m * 10.0**e <= high)
    return Ticks(places, tuple(map(number_or_power, places)), minor=minor)


def _round_step(least: float) -> float:
    """Return the smallest round number that is `least` or more."""
    unit = 10.0 ** math.floor(math.log10(least))
    return unit * next((step for step in _STEPS if step * unit >= least * (1 - 1e-9)), 10.0)


def _decimals(step: float) -> int:
    """Return how many decimals tell multiples of a step apart."""
    for decimals in range(12):
        if math.isclose(round(step, decimals), step, rel_tol=1e-6):
            return decimals
    return 12
