"""Where a parameter has an effect, according to its attributes in master.phil.

============  ==============================================================================
.runs         kinds of run that look at it, such as ``shells model``; None: no run does.
              Without it every kind does.
.elsewhere    ``refused``: changing it in another kind of run is a mistake that stops the
              program. Without it such a change is warned about.
.effect       conditions on other parameters that give it an effect in these runs: words, of
              which one must hold, in groups separated by ``&``, all of which must. A word is
              ``name`` (it is given, or True), ``name=value|value`` (it has one of these
              values, or, where it takes several, holds one of them), ``name!=value`` (it has
              another), ``name~=value|value`` (it has none of these) or ``@name``, one of
              `NAMED`. A value may be followed by ``@name``: it counts only where that holds
              too. Without this attribute a parameter always has an effect.
.unset        what None means for a parameter that is on or off; without it, off.
.limits       what else bounds the value: the map, or another parameter; for the manual.
============  ==============================================================================

A scope's attributes hold for all inside it that has none of the name itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from typing import Any, Literal, get_args

from map_sharpening.parameters.reading import master
from map_sharpening.phil import Definition

#: Shells by the agreement of two half maps, shells by that with a model, or a B factor.
Kind = Literal["shells", "model", "b-factor"]

NAME_OF_KIND: Mapping[Kind, str] = {
    "shells": "shell sharpening",
    "model": "shell sharpening by a model",
    "b-factor": "B-factor sharpening",
}

#: Not suggested for giving another parameter an effect, if there is another way: they
#: change the kind of run or its input, or have the same effect as others.
_NOT_ADVISED = (
    "input_files.mtz_in",
    "crystal_info.resolution",
    "b_factor_sharpening_crystal_info.resolution",
    "sharpening.sharpening_method",
    "b_factor_sharpening.map_modification.local_sharpening",
    "b_factor_sharpening.map_modification.region_weight_method",
)
#: Ways to give a parameter an effect that are named at most.
_MOST_WAYS = 3

#: Above this, in Å, a single map is by default sharpened by the fall-off of its signal alone.
COARSE = 10
_OTHER_WAYS = (
    "pseudo_likelihood=False residual_target!=None|skewness "
    "sharpening_target!=None|skewness optimize_d_cut=True optimize_b_blur_hires=True "
    "k_sharpen!=10 b_blur_hires!=200 input_d_cut wrapping=True is_crystal=True mtz_in "
    "region_weight_method=b_iso@taken auto_sharpen_methods=resolution_dependent|model_sharpening"
    "|half_map_sharpening|external_map_sharpening|target_b_iso_to_d_cut "
    "b_iso b_sharpen resolution_dependent_b auto_sharpen=False"
)
#: Where nothing is done beyond d_cut, all of them.
_UNCUT = (
    "auto_sharpen_methods~=b_iso_to_d_cut",
    "local_sharpen=None|False",
    "local_sharpening=None|False",
)
_SCAN = "auto_sharpen_methods=b_iso|b_iso_to_d_cut & region_weight_method!=b_iso@taken"


@dataclass(frozen=True)
class NamedCondition:
    """Conditions that many parameters share."""

    words: str  #: for the manual
    text: str  #: as in .effect


#: By the names that .effect uses after an @.
NAMED: Mapping[str, NamedCondition] = {
    "local": NamedCondition(
        "`local_sharpen` of a B factor",
        "local_sharpen=True local_sharpening=True & resolution_dependent_b=None & b_iso b_sharpen "
        "auto_sharpen=False region_weight_method=b_iso@taken "
        "auto_sharpen_methods=no_sharpening|b_iso|b_iso_to_d_cut|target_b_iso_to_d_cut "
        "auto_sharpen_methods=resolution_dependent@may_be_left "
        "auto_sharpen_methods=half_map_sharpening|model_sharpening@scale_may_be_left "
        "auto_sharpen_methods=external_map_sharpening@may_be_discarded",
    ),
    "may_be_left": NamedCondition(
        "where the map may be left as it was", "require_improvement!=False discard_if_worse=True"
    ),
    "scale_may_be_left": NamedCondition(
        "where the map may be left as it was",
        "require_improvement!=False discard_if_worse=True & "
        "sharpening_target=None|skewness discard_if_worse=True",
    ),
    "may_be_discarded": NamedCondition("with `discard_if_worse`", "discard_if_worse=True"),
    "search": NamedCondition(
        "a search (no B given)",
        "auto_sharpen=True & b_iso=None & b_sharpen=None & resolution_dependent_b=None",
    ),
    "taken": NamedCondition(
        "in a search not by kurtosis, without a weight of regions",
        "@search & region_weight=None & adjust_region_weight=True & residual_target!=kurtosis",
    ),
    "weightless": NamedCondition(
        "without a weight of regions", "region_weight=None & adjust_region_weight=True"
    ),
    "weighing": NamedCondition(
        "where their weight is found by trials",
        "@scored & @search & @weightless & region_weight_method!=b_iso",
    ),
    "weight_found": NamedCondition(
        "the score `adjusted_sa`, its weight being found by trials",
        "residual_target=adjusted_sa@weighing sharpening_target=adjusted_sa@weighing",
    ),
    "trials_to_d_cut": NamedCondition(
        "scored by `adjusted_sa`, its weight found by trials", "@regions & @weighing"
    ),
    "unchecked": NamedCondition(
        "with another score than the skewness", "sharpening_target!=None|skewness"
    ),
    "unplaced": NamedCondition(
        "without `box_center`",
        "box_center=None & auto_sharpen=True & @search allow_box_if_b_iso_set=True",
    ),
    "scan": NamedCondition("a search of `b_iso` or `b_iso_to_d_cut`", f"@search & {_SCAN}"),
    "detailed": NamedCondition(
        f"a resolution of at most {COARSE} Å",
        f"crystal_info.resolution<={COARSE} {_OTHER_WAYS} & "
        f"b_factor_sharpening_crystal_info.resolution<={COARSE} {_OTHER_WAYS}",
    ),
    "by_score": NamedCondition(
        "a search of `b_iso` or `b_iso_to_d_cut` by a score", "@scan & @detailed"
    ),
    "scored": NamedCondition(
        "a choice by score",
        "@search discard_if_worse=True & auto_sharpen_methods!=no_sharpening"
        "|external_map_sharpening discard_if_worse=True & @detailed",
    ),
    "regions": NamedCondition(
        "the score `adjusted_sa`", "residual_target=adjusted_sa sharpening_target=adjusted_sa"
    ),
    "solvent": NamedCondition(
        "a score other than `kurtosis`", "residual_target!=kurtosis sharpening_target!=kurtosis"
    ),
    "local_to_d_cut": NamedCondition(
        "`local_sharpen` of a B factor, unless one is given to the method `b_iso`",
        "@local & auto_sharpen_methods~=b_iso discard_if_worse=True b_iso=None & "
        "auto_sharpen_methods~=b_iso discard_if_worse=True b_sharpen=None",
    ),
    "to_d_cut": NamedCondition(
        "a method `*_to_d_cut`",
        "auto_sharpen_methods=b_iso_to_d_cut|target_b_iso_to_d_cut "
        "region_weight_method=b_iso@taken @local_to_d_cut "
        "auto_sharpen_methods=resolution_dependent|half_map_sharpening|model_sharpening"
        "|external_map_sharpening@trials_to_d_cut & resolution_dependent_b=None & "
        "auto_sharpen=True b_iso b_sharpen @local",
    ),
    "by_half_maps": NamedCondition(
        "`half_map_sharpening`",
        "@search & auto_sharpen_methods=half_map_sharpening & region_weight_method!=b_iso@taken",
    ),
    "by_model": NamedCondition(
        "`model_sharpening` or `model_sharpen`",
        "sharpening_method=shells @search & "
        "sharpening_method=shells auto_sharpen_methods=model_sharpening & "
        "sharpening_method=shells region_weight_method!=b_iso@taken",
    ),
    "by_external_map": NamedCondition(
        "`external_map_sharpening`",
        "@search & auto_sharpen_methods=external_map_sharpening & "
        "region_weight_method!=b_iso@taken",
    ),
    "box": NamedCondition(
        "a box", "@search allow_box_if_b_iso_set=True & auto_sharpen=True & @scored"
    ),
    "by_function": NamedCondition(
        "a B factor or a curve, found or given",
        "auto_sharpen=True b_iso b_sharpen resolution_dependent_b & "
        "b_iso b_sharpen resolution_dependent_b region_weight_method=b_iso@taken "
        "auto_sharpen_methods=b_iso|b_iso_to_d_cut|target_b_iso_to_d_cut "
        "auto_sharpen_methods=resolution_dependent",
    ),
    "sharpening": NamedCondition(
        "any method but `no_sharpening`",
        "auto_sharpen=True b_iso b_sharpen resolution_dependent_b & "
        "b_iso b_sharpen resolution_dependent_b region_weight_method=b_iso@taken "
        "auto_sharpen_methods=b_iso|b_iso_to_d_cut|resolution_dependent|model_sharpening"
        "|half_map_sharpening|target_b_iso_to_d_cut|external_map_sharpening",
    ),
    "by_signal": NamedCondition(
        "a search for B with `pseudo_likelihood`",
        "@scan & pseudo_likelihood!=False & pseudo_likelihood=True "
        "residual_target=None|skewness & pseudo_likelihood=True sharpening_target=None|skewness "
        "& pseudo_likelihood=True mtz_in=None & pseudo_likelihood=True wrapping!=True "
        "& pseudo_likelihood=True is_crystal!=True & "
        "pseudo_likelihood=True auto_sharpen_methods~=resolution_dependent"
        "|external_map_sharpening|target_b_iso_to_d_cut & "
        + "".join(
            f"pseudo_likelihood=True {without} {usual} & "
            for usual in ("k_sharpen=10", "b_blur_hires=200", "input_d_cut=None")
            for without in _UNCUT
        )
        + "pseudo_likelihood=True optimize_d_cut=None|False & "
        "pseudo_likelihood=True optimize_b_blur_hires=False",
    ),
    "given": NamedCondition("with `resolution_dependent_b`", "resolution_dependent_b"),
    "curve": NamedCondition(
        "`resolution_dependent`",
        "@search resolution_dependent_b & "
        "auto_sharpen_methods=resolution_dependent resolution_dependent_b & "
        "resolution_dependent_b region_weight_method!=b_iso@taken",
    ),
}


@dataclass(frozen=True)
class Condition:
    """The value that another parameter must have for one to have an effect."""

    path: str
    values: tuple[str, ...] = ()  #: as a user writes them; empty: anything but None and False
    is_negated: bool = False  #: none of the values
    is_bound: bool = False  #: the value is a number, and the parameter at most this
    is_without: bool = False  #: of several values that it may have, it has none of these
    where: tuple[tuple[Condition, ...], ...] = ()  #: also needed for the value to count
    where_in_words: str = ""  #: the same for the manual

    def is_met(self, values: Mapping[str, Any]) -> bool:
        """Whether parameters, by path, meet it."""
        value = values[self.path]
        if not self.values:
            return value is not None and value is not False and value != ()
        if self.is_bound:
            return not isinstance(value, float) or value <= float(self.values[0])
        counts = not _unmet(self.where, values)
        parts = (value or (None,)) if isinstance(value, tuple) else (value,)
        if self.is_without:
            return not any(_as_written(part) in self.values for part in parts)
        return any(
            (counts and _as_written(part) in self.values) is not self.is_negated for part in parts
        )

    def is_advised(self, values: Mapping[str, Any]) -> bool:
        """Whether to suggest it beside these parameters, by path, if there is another way."""
        is_idle = self.is_without or self.path in _NOT_ADVISED or bool(_unmet(self.where, values))
        return self.is_negated or not is_idle

    @property
    def name(self) -> str:
        """The parameter's name without its scopes."""
        return self.path.rpartition(".")[2]

    @property
    def remedy(self) -> str:
        """What to give to meet it."""
        return self._in_words("")

    def __str__(self) -> str:
        text = self._in_words("`")
        if self.is_bound or self.is_negated or self.is_without:
            return text
        if self.values == ("None",):
            return f"no `{self.name}`"
        return f"{text} ({self.where_in_words})" if self.where_in_words else text

    def _in_words(self, quote: str) -> str:
        """Return the condition with quotes round the parameter."""
        # Values except None, spellings of one value once.
        spelt = {value.lower(): value for value in self.values[::-1] if value != "None"}
        named = " or ".join([*spelt.values()][::-1])
        if self.is_bound:
            return f"{quote}{self.name}{quote} of at most {named}"
        if self.is_negated or self.is_without:
            but = "other than" if self.is_negated else "without"
            return f"{quote}{self.name}{quote} {but} {named}"
        return f"{quote}{self.name}={named}{quote}" if named else f"{quote}{self.name}{quote}"


def _as_written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


#: Conditions one of which must be met.
AnyOf = tuple[Condition, ...]


def _unmet(clauses: Iterable[AnyOf], values: Mapping[str, Any]) -> tuple[AnyOf, ...]:
    """Return the clauses that values, by path, do not meet."""
    return tuple(
        clause for clause in clauses if not any(condition.is_met(values) for condition in clause)
    )


@dataclass(frozen=True)
class Use:
    """Where a parameter has an effect."""

    path: str  #: of the parameter
    runs: frozenset[Kind]  #: that look at it; empty: none does
    is_refused_elsewhere: bool
    effect: tuple[AnyOf, ...]  #: of each one must be met; empty: it always has an effect
    effect_in_words: str = ""  #: the same for the manual

    @property
    def is_ignored(self) -> bool:
        """Whether no run looks at it."""
        return not self.runs

    def has_effect(self, kind: Kind, values: Mapping[str, Any]) -> bool:
        """Whether it has an effect in a run of this kind with these values, by path."""
        return kind in self.runs and not self.lacking(values)

    def lacking(self, values: Mapping[str, Any]) -> tuple[AnyOf, ...]:
        """Return the conditions that values, by path, do not meet."""
        return _unmet(self.effect, values)

    def ways(self, values: Mapping[str, Any]) -> list[AnyOf]:
        """Return the simplest sets of conditions that would give it an effect, if met too."""
        ways: list[AnyOf] = [()]
        for clause in self.lacking(values):
            # Another value of its own would not make the one given count.
            others = [c for c in clause if c.path != self.path] or clause
            advised = [c for c in others if c.is_advised(values)] or others
            # A way that already meets this clause needs nothing more.
            ways = _shortest(
                way if set(way) & set(clause) else (*way, condition)
                for way in ways
                for condition in advised
            )
        return [way for way in ways if len(way) == min(map(len, ways))][:_MOST_WAYS]

    def remedy(self, values: Mapping[str, Any]) -> str:
        """Return what would give it an effect, in words; empty where it has one."""
        return _joined(_advice(way) for way in self.ways(values))


def _shortest(ways: Iterable[AnyOf]) -> list[AnyOf]:
    """Return each of some sets of conditions once, without those that hold another."""
    sets = {frozenset(way): way for way in ways}
    kept: set[frozenset[Condition]] = set()
    for found in sorted(sets, key=len):  # so that what it may hold is known
        if not any(other < found for other in kept):
            kept.add(found)
    return [way for found, way in sets.items() if found in kept]


def _advice(conditions: AnyOf) -> str:
    """Return what to do for all of some conditions."""
    given = [c.remedy for c in conditions if c.values != ("None",)]
    left_out = [c.name for c in conditions if c.values == ("None",)]
    parts = [f"give {' and '.join(given)}"] if given else []
    if left_out:
        parts.append(f"leave {' and '.join(left_out)} out")
    return " and ".join(parts)


def _joined(ways: Iterable[str]) -> str:
    """Return alternatives, with a verb that all begin with written once."""
    first, *others = ways
    if all(way.startswith("give ") for way in (first, *others)):
        others = [way.removeprefix("give ") for way in others]
    return (", or " if " and " in first else " or ").join([first, *others])


@lru_cache(maxsize=1)
def uses() -> Mapping[str, Use]:
    """Return where each parameter has an effect, by path.

    To ask for a parameter raises ValueError if its attributes in master.phil can't be understood.
    """
    return _Uses(master().definitions)


class _Uses(Mapping[str, Use]):
    """Uses that are found when they are asked for: a run asks for those of a few parameters."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions
        self._found: dict[str, Use] = {}

    def __getitem__(self, path: str) -> Use:
        if path not in self._found:
            self._found[path] = _use(path, self._definitions[path].attributes)
        return self._found[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)


def _use(path: str, attributes: Mapping[str, str]) -> Use:
    kinds = get_args(Kind)
    words = attributes.get("runs", " ".join(kinds)).split()
    runs = frozenset(kind for kind in kinds if kind in words)
    elsewhere = attributes.get("elsewhere")
    if words != ["None"] and len(runs) != len(words):
        raise ValueError(f"{path}: .runs is {' '.join(words)}; expected some of {kinds}, or None")
    if elsewhere not in (None, "refused"):
        raise ValueError(f"{path}: .elsewhere is {elsewhere}; expected refused")
    effect = attributes.get("effect", "")
    try:
        return Use(path, runs, elsewhere is not None, _clauses(effect), _in_words(effect))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


@cache
def _clauses(effect: str) -> tuple[AnyOf, ...]:
    """Return conditions as parts all of which must hold."""
    found: list[AnyOf] = []
    for group in effect.split("&") if effect else ():
        alternatives = [
            _clauses(NAMED[word[1:]].text) if word.startswith("@") else ((_condition(word),),)
            for word in group.split()
        ]
        # (a and b) or c is (a or c) and (b or c).
        for parts in product(*alternatives):
            found.append(tuple(dict.fromkeys(c for part in parts for c in part)))
    # What meets one clause meets all that hold it.
    return tuple(_shortest(found))


@lru_cache(maxsize=1)
def _paths_of_names() -> Mapping[str, tuple[str, ...]]:
    """Return the parameters that a name may mean: its own path, or the last part of several."""
    found: dict[str, tuple[str, ...]] = {}
    for path in master().definitions:
        for name in {path, path.rpartition(".")[2]}:
            found[name] = (*found.get(name, ()), path)
    return found


def _condition(word: str) -> Condition:
    word, _, where = word.partition("@")
    name, _, values = word.partition("=")
    is_negated, is_bound, is_without = (name.endswith(sign) for sign in "!<~")
    name = name.rstrip("!<~")
    matches = _paths_of_names().get(name, ())
    if len(matches) != 1:
        problem = "does not exist" if not matches else "is several parameters"
        raise ValueError(f".effect names {name}, which {problem}")
    return Condition(
        matches[0],
        tuple(values.split("|")) if values else (),
        is_negated,
        is_bound,
        is_without,
        _clauses(NAMED[where].text) if where else (),
        NAMED[where].words if where else "",
    )


def _in_words(effect: str) -> str:
    groups = []
    for group in effect.split("&") if effect else ():
        words = [
            NAMED[word[1:]].words if word.startswith("@") else str(_condition(word))
            for word in group.split()
            if not word.startswith("sharpening_method=")
        ]
        groups.append(" or ".join(words))
    return ", and ".join(groups)
