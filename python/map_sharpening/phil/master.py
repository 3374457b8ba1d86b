"""Master: the scopes and typed parameters that exist, with defaults and help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from map_sharpening.errors import ParameterError
from map_sharpening.phil.parse import Entry, parse
from map_sharpening.phil.text import ParameterText, quoted
from map_sharpening.phil.tokens import Word, joined
from map_sharpening.phil.types import (
    AUTO,
    ChoiceType,
    NumbersType,
    NumberType,
    UnsuitableValueError,
    ValueType,
    advice_on_number,
    type_from_text,
)

#: How the help of a parameter begins that the program has and the documented one doesn't.
ADDITION = "Addition of this program. "
SCOPE_ATTRIBUTES = (
    "help",
    "short_caption",
    "caption",
    "style",
    "expert_level",
    "multiple",
    "alias",
)
DEFINITION_ATTRIBUTES = (
    "help",
    "short_caption",
    "caption",
    "type",
    "optional",
    "multiple",
    "style",
    "expert_level",
    "alias",
)


@dataclass(frozen=True)
class Described:
    """What scopes and parameters have in common."""

    path: str
    expert_level: int = 0  #: own, or that of the scope round it if higher
    help: str = ""
    short_caption: str = ""
    style: str = ""
    aliases: tuple[str, ...] = ()  #: other names, full paths
    #: as written in the master, with those inherited from the scopes round it
    attributes: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """Return the last component of the path."""
        return self.path.rpartition(".")[2]

    @property
    def summary(self) -> str:
        """Return the first sentence of the help that says what this is."""
        first, stop, _ = self.help.removeprefix(ADDITION).partition(". ")
        return first + stop.rstrip()


class Scope(Described):
    """A named group of parameters."""


@dataclass(frozen=True, kw_only=True)
class Definition(Described):
    """One parameter."""

    type: ValueType
    default: Any
    is_multiple: bool = False  #: repeats collect into a tuple, which is empty by default
    is_optional: bool = True  #: None may be given
    caption: str = ""  #: what a user may give, where the type's own words don't say it

    @property
    def allows_auto(self) -> bool:
        """Whether Auto may be given: only if the program has a use for it."""
        return self.default is AUTO or self.attributes.get("auto", "").lower() == "true"

    def description(self) -> str:
        """Return what a user may give."""
        return self.caption or self._or_keywords(self.type.description())

    def read(self, words: Sequence[Word], where: str) -> Any:
        """Return the value of words; for a `.multiple` parameter, of one repeat.

        Raises
        ------
        ParameterError
            If the words are not a value of this parameter; `where` begins the message.
        """
        try:
            value = self._read(words)
        except UnsuitableValueError as problem:
            raise ParameterError(
                f"{where}: {self.path} is {quoted(joined(words))}; expected {problem}"
                f"{self._advice(joined(words))}"
            ) from None
        if value is None and not self.is_optional:
            raise ParameterError(
                f"{where}: {self.path} is {quoted(joined(words))}; expected {self.description()}"
            )
        return value

    def _advice(self, text: str) -> str:
        is_number = isinstance(self.type, (NumberType, NumbersType))
        return advice_on_number(text) if is_number else ""

    def write(self, value: Any) -> str:
        """Return PHIL text of a value; for a `.multiple` parameter, of one repeat."""
        if value is AUTO:
            return "Auto"
        if value is None and not isinstance(self.type, ChoiceType):
            return "None"
        return self.type.write(value)

    def _read(self, words: Sequence[Word]) -> Any:
        if len(words) == 1 and words[0].is_plain("none"):
            return () if isinstance(self.type, ChoiceType) and self.type.is_multiple else None
        if len(words) == 1 and words[0].is_plain("auto") and not self._has_alternative("auto"):
            if self.allows_auto:
                return AUTO
            raise UnsuitableValueError(self.description())
        try:
            return self.type.read(words)
        except UnsuitableValueError as problem:
            raise UnsuitableValueError(self._or_keywords(str(problem))) from None

    def _has_alternative(self, word: str) -> bool:
        return isinstance(self.type, ChoiceType) and word in map(str.lower, self.type.alternatives)

    def _or_keywords(self, expected: str) -> str:
        keywords = ["None"] * self.is_optional + ["Auto"] * self.allows_auto
        return ", or ".join([expected, *keywords])


class Master:
    """All scopes and parameters of a program, from its master text.

    Parameters
    ----------
    source : ParameterText
        PHIL text whose definitions all carry `.type`.
    aliases : mapping of str to str
        Other names, full path to full path of a parameter or a scope, besides those that the
        text gives by `.alias`.
    inherited : sequence of str
        The program's own attributes, besides those of PHIL. A scope's hold for all inside it
        that has none of the name itself; they are never shown.
    called_elsewhere : mapping of str to str
        Names that other programs use, to full paths of parameters. They are never taken, but
        where one is given, its parameter is proposed.

    Raises
    ------
    ParameterError
        If the text is not PHIL.
    ValueError
        If an attribute, type or default can't be used, a name is declared twice, or an alias
        leads nowhere.
    """

    def __init__(
        self,
        source: ParameterText,
        aliases: Mapping[str, str] | None = None,
        inherited: Sequence[str] = (),
        called_elsewhere: Mapping[str, str] | None = None,
    ) -> None:
        self._inherited = tuple(inherited)
        self._scopes: dict[str, Scope] = {"": Scope("")}
        self._definitions: dict[str, Definition] = {}
        self._children: dict[str, list[str]] = {"": []}
        self._aliases: dict[str, str] = {}
        for entry in parse(source):
            if entry.is_disabled:
                continue
            self._add_scopes(entry.path.rpartition(".")[0])
            try:
                if entry.words is None:
                    own = _texts(entry, SCOPE_ATTRIBUTES + self._inherited)
                    self._add_scope(entry.path, own)
                else:
                    self._add_definition(entry, entry.words)
            except ValueError as error:
                raise ValueError(f"{source.name}, line {entry.line}: {error}") from None
        for item in (*self._scopes.values(), *self._definitions.values()):
            self._aliases.update(dict.fromkeys(item.aliases, item.path))
        self._aliases.update(aliases or {})
        for alias, path in self._aliases.items():
            if path not in self._definitions and path not in self._scopes:
                raise ValueError(f"alias {alias!r} leads to {path!r}, which does not exist")
        self._called_elsewhere = {
            name: self._definitions[path] for name, path in (called_elsewhere or {}).items()
        }
        self._in_order = MappingProxyType(
            {item.path: item for item in self.walk() if isinstance(item, Definition)}
        )

    @property
    def definitions(self) -> Mapping[str, Definition]:
        """Return all parameters by path, scope by scope."""
        return self._in_order

    def children(self, path: str = "") -> list[Scope | Definition]:
        """Return the members of a scope in their order."""
        return [
            self._definitions[child] if child in self._definitions else self._scopes[child]
            for child in self._children[path]
        ]

    def walk(self, path: str = "") -> Iterator[Scope | Definition]:
        """Yield the members of a scope, each scope followed by its own members."""
        for child in self.children(path):
            yield child
            if isinstance(child, Scope):
                yield from self.walk(child.path)

    def groups(self) -> Iterator[tuple[Scope, list[Definition]]]:
        """Yield scopes with their own parameters, those without any left out."""
        for scope in (
            self._scopes[""],
            *(item for item in self.walk() if isinstance(item, Scope)),
        ):
            inside = [item for item in self.children(scope.path) if isinstance(item, Definition)]
            if inside:
                yield scope, inside

    def find(self, path: str) -> Definition | None:
        """Return the parameter of exactly this path, or None."""
        return self._definitions.get(path)

    def find_alias(self, path: str) -> Definition | None:
        """Return the parameter that has `path` as another name, its own or a scope's."""
        head, tail = path, ""
        while head:
            target = self._aliases.get(head)
            if target is not None:
                found = self.find(f"{target}.{tail}" if tail else target)
                if found is not None:
                    return found
            head, _, last = head.rpartition(".")
            tail = f"{last}.{tail}" if tail else last
        return None

    def find_called_elsewhere(self, name: str) -> Definition | None:
        """Return the parameter that other programs call so, or None; case doesn't count."""
        return self._called_elsewhere.get(name.lower().replace("-", "_"))

    def _add_scopes(self, path: str) -> None:
        """Add scopes that exist only as part of a dotted name."""
        if path not in self._scopes:
            self._add_scopes(path.rpartition(".")[0])
            self._add_scope(path, {})

    def _add_scope(self, path: str, own: Mapping[str, str]) -> None:
        scope = self._described(path, own)
        if scope.attributes.get("multiple", "False").lower() not in ("none", "false"):
            raise ValueError(f"scope {path} is .multiple, which is not supported")
        self._add_child(path)
        self._children[path] = []
        self._scopes[path] = scope

    def _add_child(self, path: str) -> None:
        if path in self._scopes or path in self._definitions:
            raise ValueError(f"{path} is declared twice")
        self._children[path.rpartition(".")[0]].append(path)

    def _add_definition(self, entry: Entry, words: tuple[Word, ...]) -> None:
        own = _texts(entry, DEFINITION_ATTRIBUTES + self._inherited)
        described = self._described(entry.path, own)
        attributes = described.attributes
        if "type" not in attributes:
            raise ValueError(f"{entry.path} has no .type")
        self._add_child(entry.path)
        is_multiple = _is_true(attributes, "multiple", default=False)
        is_auto = len(words) == 1 and words[0].is_plain("auto")
        definition = Definition(
            **vars(described),
            type=type_from_text(attributes["type"], words),
            default=AUTO if is_auto else None,
            is_multiple=is_multiple,
            is_optional=_is_true(attributes, "optional", default=True),
            caption=attributes.get("caption", ""),
        )
        default: Any = AUTO
        if not is_auto:
            try:
                default = definition._read(words)
            except UnsuitableValueError as problem:
                raise ValueError(f"the default of {entry.path} is not {problem}") from None
        if is_multiple:
            if default is not None:
                raise ValueError(f"{entry.path} is .multiple; its default must be None")
            default = ()
        self._definitions[entry.path] = replace(definition, default=default)

    def _described(self, path: str, own: Mapping[str, str]) -> Scope:
        """Return what scopes and parameters have in common, with what the scopes round it say."""
        around = self._scopes[path.rpartition(".")[0]]
        inherited = {n: text for n, text in around.attributes.items() if n in self._inherited}
        attributes = inherited | dict(own)
        return Scope(
            path,
            max(int(attributes.get("expert_level", "0")), around.expert_level),
            attributes.get("help", ""),
            attributes.get("short_caption", ""),
            attributes.get("style", ""),
            tuple(attributes.get("alias", "").split()),
            attributes,
        )


def _texts(entry: Entry, known: tuple[str, ...]) -> dict[str, str]:
    unknown = [name for name in entry.attributes if name not in known]
    if unknown:
        raise ValueError(f"{entry.path} has an unknown attribute .{unknown[0]}")
    # Help is written over several lines; the breaks don't belong to it.
    return {name: " ".join(joined(words).split()) for name, words in entry.attributes.items()}


def _is_true(attributes: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = attributes.get(name, "none").lower()
    return default if text == "none" else text == "true"
