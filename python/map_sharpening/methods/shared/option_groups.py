"""Options as dataclasses whose fields say what they accept, and keywords sorted into them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from functools import lru_cache
from numbers import Integral
from typing import Any, TypeVar, get_args, get_type_hints

import numpy as np

from map_sharpening.errors import ParameterError
from map_sharpening.parameters.other_programs import CALLED_ELSEWHERE

T = TypeVar("T")
#: Options by the names of the parameters of a run that mean the same.
_NAMES_IN_RUNS = {"nproc": "threads"}
#: What the functions take besides options.
_BESIDE_OPTIONS = ("voxel_size",)


@dataclass(frozen=True)
class Accepted:
    """Which values an option takes; None too, if its type says so."""

    holds: Callable[[Any], bool]
    expected: str  #: in words, after "expected"


def above_zero(expected: str = "a number above 0") -> Accepted:
    """Accept finite numbers above 0."""
    return Accepted(lambda value: _is_finite(value) and value > 0, expected)


def zero_or_more(expected: str = "0 or more") -> Accepted:
    """Accept finite numbers from 0 on."""
    return Accepted(lambda value: _is_finite(value) and value >= 0, expected)


def _is_finite(value: Any) -> bool:
    return not _is_truth(value) and math.isfinite(value)


def _is_truth(value: Any) -> bool:
    """Whether a value is True or False, which Python takes for 1 and 0."""
    return isinstance(value, (bool, np.bool_))


def at_least(least: int, expected: str) -> Accepted:
    """Accept whole numbers from `least` on."""
    return Accepted(lambda value: _is_whole(value) and int(value) >= least, expected)


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not _is_truth(value)


def whole_number(least: int, most: int, expected: str | None = None) -> Accepted:
    """Accept whole numbers from `least` to `most`."""
    return Accepted(
        lambda value: _is_whole(value) and least <= int(value) <= most,
        expected or f"{least} to {most}",
    )


def one_of(names: Sequence[str], expected: str | None = None) -> Accepted:
    """Accept the names listed."""
    return Accepted(lambda value: value in names, expected or " or ".join(names))


def three_numbers(expected: str) -> Accepted:
    """Accept three finite numbers."""
    return Accepted(lambda value: len(value) == 3 and all(map(math.isfinite, value)), expected)


def up_to(largest: float, expected: str) -> Accepted:
    """Accept numbers from 0 on."""
    return Accepted(lambda value: 0 <= value <= largest, expected)


SHARE_UP_TO_ONE = Accepted(lambda value: 0 < value <= 1, "a share above 0, up to 1")
SHARE_BELOW_ONE = Accepted(lambda value: 0 < value < 1, "a share between 0 and 1")
NOMINAL_RESOLUTION = above_zero(
    "the map's nominal resolution in Å, above 0, such as resolution=3.1"
)
#: How a result's resolution came about: the user said it, and nothing had to be found.
GIVEN = "given"
#: Finest term kept over the resolution given, unless something else is said or found.
D_MIN_RATIO = 0.833
ENOUGH_SHELLS = whole_number(
    4, 1000, "4 to 1000 shells, or None to choose them from the map's size"
)
#: At most so large that the square of the highest peak is still a 32-bit number, as viewers
#: sum those.
OUTPUT_SCALE = Accepted(lambda value: 0 < value <= 1e12, "a number above 0, at most 1e+12")
THREADS = whole_number(0, 1024, "the number of threads, at most 1024, or 0 for all")


def option(default: Any, accepted: Accepted | None = None, *, parameter: str = "") -> Any:
    """Return a field of a group.

    Parameters
    ----------
    accepted : Accepted, optional
        By default any value.
    parameter : str
        Full name of the program's parameter, where the field's own isn't found there.
    """
    return field(default=default, metadata={"accepted": accepted, "parameter": parameter})


class OptionGroup:
    """Base of frozen dataclasses of options.

    Raises
    ------
    ParameterError
        If a value is not accepted, or two contradict each other.
    """

    def __post_init__(self) -> None:
        """Check each value, and those that belong together."""
        for of_option in fields(self):  # type: ignore[arg-type]  # each subclass is a dataclass
            accepted: Accepted | None = of_option.metadata.get("accepted")
            value = getattr(self, of_option.name)
            if value is None and may_be_none(type(self), of_option.name):
                continue
            if is_switch(type(self), of_option.name):
                self.require(is_yes_or_no(value), of_option.name, "True or False")
            if accepted is not None:
                try:
                    holds = value is not None and accepted.holds(value)
                except (TypeError, ValueError) as error:  # a value of another kind
                    raise ParameterError(
                        f"{of_option.name} is {value!r}; expected {accepted.expected}"
                    ) from error
                self.require(holds, of_option.name, accepted.expected)
        self.check_together()

    def check_together(self) -> None:
        """Check values that belong together; each of them is accepted by itself."""

    def require(self, holds: bool, name: str, expected: str) -> None:
        """Raise ParameterError that names an option and its value unless something holds."""
        if not holds:
            raise ParameterError(f"{name} is {getattr(self, name)!s:.60}; expected {expected}")


def is_yes_or_no(value: object) -> bool:
    """Whether a value is True or False, NumPy's or 1 and 0 included."""
    return isinstance(value, (bool, np.bool_)) or (isinstance(value, int) and value in (0, 1))


def all_of_kind(name: str, given: Any, kind: type[T]) -> tuple[T, ...]:
    """Return what was given as a sequence of one class.

    Raises
    ------
    ParameterError
        If it is none, or something in it is of another class.
    """
    items = tuple(given) if isinstance(given, Iterable) else (given,)
    for item in items:
        if not isinstance(item, kind) or item is given:
            raise ParameterError(
                f"{name} holds {item!r:.60} of type {type(item).__name__}; expected a sequence of "
                f"{kind.__name__}"
            )
    return items


@lru_cache
def _types(group: type) -> dict[str, Any]:
    return get_type_hints(group)


def is_switch(group: type, name: str) -> bool:
    """Whether an option is True or False, as its type says."""
    return _types(group)[name] is bool


def may_be_none(group: type, name: str) -> bool:
    """Whether None is a value of an option, as its type says."""
    return type(None) in get_args(_types(group)[name])


def all_options(options: type) -> Iterator[tuple[type, Field[Any]]]:
    """Return each option of a dataclass and of the groups in it, with the class it is in."""
    for of_option in fields(options):
        kind = of_option.default_factory
        if isinstance(kind, type) and issubclass(kind, OptionGroup):
            yield from all_options(kind)
        else:
            yield options, of_option


def from_keywords(options: type[T], keywords: Mapping[str, Any]) -> T:
    """Return a dataclass of options and groups, each keyword where it belongs.

    Raises
    ------
    ParameterError
        If a keyword is no option, one is missing, or its value is not accepted.
    """
    known = {of_option.name: of_option for _, of_option in all_options(options)}
    for name in keywords:
        if name not in known:
            called = CALLED_ELSEWHERE.get(name.lower(), name).rpartition(".")[2]
            same = _NAMES_IN_RUNS.get(called, called)
            similar = (
                [same]
                if same in (*known, *_BESIDE_OPTIONS)
                else get_close_matches(name, known, cutoff=0.6)
            )
            similar = similar or [of_option for of_option in known if name in of_option]
            hint = f"; similar ones are {', '.join(similar)}" if similar else ""
            raise ParameterError(f"there is no option {name}{hint}")
    for name, of_option in known.items():
        if of_option.default is of_option.default_factory is MISSING and name not in keywords:
            how = " in Å, such as resolution=3.1" if name == "resolution" else ""
            raise ParameterError(f"{name} is missing; give {name}{how}")
    return _made(options, keywords)


def given_options(kind: type[T], options: T | None, keywords: Mapping[str, Any]) -> T:
    """Return options that were given whole, or make them of keywords.

    Raises
    ------
    ParameterError
        If both are given, or the keywords don't make options.
    """
    if options is None:
        return from_keywords(kind, keywords)
    if keywords:
        raise ParameterError(f"options are given together with {', '.join(keywords)}; give either")
    if not isinstance(options, kind):
        raise ParameterError(
            f"options is {options!r:.60}; expected {kind.__name__}, or its fields as keywords"
        )
    return options


def _made(options: type[T], keywords: Mapping[str, Any]) -> T:
    values: dict[str, Any] = {}
    for of_option in fields(options):  # type: ignore[arg-type]  # a dataclass, as its caller says
        kind = of_option.default_factory
        if isinstance(kind, type) and issubclass(kind, OptionGroup):
            values[of_option.name] = _made(kind, keywords)
        elif of_option.name in keywords:
            values[of_option.name] = keywords[of_option.name]
    return options(**values)
