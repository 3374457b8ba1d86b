"""Merge parameter files and command-line words with a master; later ones win."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from map_sharpening.errors import ParameterError
from map_sharpening.phil.master import Definition, Master
from map_sharpening.phil.names import Match, find_full_name, find_short_name
from map_sharpening.phil.parse import parse
from map_sharpening.phil.text import ParameterText, one_line, quoted, require_text
from map_sharpening.phil.tokens import Scanner, Word
from map_sharpening.phil.types import StringType
from map_sharpening.phil.values import Values

#: A parameter file's text, or one word ``name=value`` of a command line.
Source = str | ParameterText

#: Called with a parameter, its value, and the folder of the file that gave it.
Locate = Callable[[Definition, Any, str], Any]


@dataclass(frozen=True)
class ForeignEntry:
    """A parameter in a scope of another program, as a text gave it."""

    path: str
    words: tuple[str, ...]
    where: str  #: file and line
    folder: str  #: of the file


@dataclass(frozen=True)
class Fetched:
    """A master with a user's values."""

    master: Master
    values: Mapping[str, Any]  #: by path, for every parameter
    explicitly_set: frozenset[str]  #: paths that a source named, even with the default value
    set_by_words: frozenset[str]  #: those of them that a command-line word named
    notes: tuple[str, ...] = ()  #: older names, and parts of names, that were used
    warnings: tuple[str, ...] = ()  #: short names that could have meant something else
    #: values after which a word, or a text after a text, gives another one
    replaced: tuple[str, ...] = ()
    foreign: tuple[ForeignEntry, ...] = ()  #: of `other_scopes`

    def extract(self) -> Values:
        """Return the typed values by name."""
        return self._extracted

    @cached_property
    def _extracted(self) -> Values:
        return Values(self.values)

    def changed(self) -> dict[str, Any]:
        """Return the values that differ from their defaults, by path."""
        defaults = self.master.definitions
        return {
            path: value for path, value in self.values.items() if value != defaults[path].default
        }

    def with_values(self, values: Mapping[str, Any]) -> Fetched:
        """Return the parameters with some set anew.

        Parameters
        ----------
        values : mapping of str to value
            By path; values of the parameters' types, for a `.multiple` one all of them.

        Raises
        ------
        KeyError
            If there is no parameter of a path.
        """
        for path in values:
            self.master.definitions[path]
        return replace(
            self,
            values=MappingProxyType({**self.values, **values}),
            explicitly_set=self.explicitly_set | values.keys(),
        )


def fetch(
    master: Master,
    sources: Sequence[Source],
    *,
    outer_scope: str | None = None,
    other_scopes: Collection[str] = (),
    locate: Locate | None = None,
    words_from: str = "command line",
) -> Fetched:
    """Merge sources in their order with the master's defaults.

    A later value replaces an earlier one. Repeats of a `.multiple` parameter collect, over all
    sources; None empties what was collected before it. Attributes in a user's text are
    ignored, and so is everything switched off by "!". Names in a text must be full (or older)
    names; a word may give any part of a name that is clear.

    Parameters
    ----------
    sources : sequence of str or ParameterText
        ``name=value`` words and texts. A word may also be PHIL with braces.
    outer_scope : str, optional
        Scope that texts and words may put round all that the master has.
    other_scopes : collection of str, optional
        Outermost scopes that the master has nothing of. What a text gives in them is kept as
        `Fetched.foreign`.
    locate : callable, optional
        Returns the value to take for one that a text gives, such as a file's name as seen from
        here.
    words_from : str
        Where messages say that words come from.

    Raises
    ------
    ParameterError
        If a source can't be read, or names an unknown parameter or an unsuitable value.
    """
    merging = _Merging(master, outer_scope, other_scopes, locate)
    for source in sources:
        if isinstance(source, ParameterText):
            merging.take_text(source)
        else:
            merging.take_word(source, words_from)
    return merging.result()


class _Merging:
    """Values collected so far."""

    def __init__(
        self,
        master: Master,
        outer_scope: str | None,
        other_scopes: Collection[str],
        locate: Locate | None,
    ) -> None:
        self._master = master
        self._others = tuple(f"{scope}." for scope in other_scopes)
        self._locate = locate
        self._foreign: list[ForeignEntry] = []
        self._outer = "" if outer_scope is None else f"{outer_scope}."
        self._values = {path: item.default for path, item in master.definitions.items()}
        self._repeats: dict[str, list[Any]] = {}
        self._explicit: set[str] = set()
        self._by_words: set[str] = set()
        self._given_at: dict[str, str] = {}  #: text and line, by path
        self._notes: dict[str, None] = {}
        self._warnings: dict[str, None] = {}
        self._replaced: dict[str, None] = {}

    def take_text(self, source: ParameterText, *, is_word: bool = False) -> None:
        for entry in parse(source):
            if entry.is_disabled or entry.words is None:
                continue
            where = f"{one_line(source.name)}, line {entry.line}"
            name = entry.path.removeprefix(self._outer)
            if name.startswith(self._others):
                words = tuple(word.text for word in entry.words)
                self._foreign.append(ForeignEntry(name, words, where, source.folder))
                continue
            match = find_full_name(self._master, name, where)
            self._set(match, entry.words, where, is_word=is_word, folder=source.folder)

    def take_word(self, word: str, words_from: str) -> None:
        where = f"{words_from}, {quoted(word)}"
        require_text(word, f"a word of the {words_from}")
        name, equals, value = word.partition("=")
        if "{" in name:
            self.take_text(ParameterText(word, words_from), is_word=True)
            return
        if not equals:
            raise ParameterError(f"{where}: not a parameter; write name=value")
        match = find_short_name(self._master, name.strip().removeprefix(self._outer), where)
        self._set(match, _words_of_value(match.definition, value, where), where, is_word=True)

    def _set(
        self, match: Match, words: Sequence[Word], where: str, *, is_word: bool, folder: str = ""
    ) -> None:
        definition = match.definition
        value = definition.read(words, where)
        if self._locate is not None and folder:
            value = self._locate(definition, value, folder)
        path = definition.path
        if not definition.is_multiple:
            before = self._values[path]
            earlier = self._given_at.get(path)
            if is_word and path in self._by_words:
                earlier = "a word before"
            elif is_word:
                earlier = None  # words are there to change what a text gives
            if earlier is not None and value != before:
                self._replaced[
                    f"{where}: {path} was {definition.write(before)} in {earlier}; the last "
                    "one counts"
                ] = None
            self._values[path] = value
            self._given_at[path] = where
        elif value is None:
            self._repeats[path] = []
        else:
            self._repeats.setdefault(path, []).append(value)
        self._explicit.add(path)
        if is_word:
            self._by_words.add(path)
        if match.note is not None:
            self._notes[f"{where}: {match.note}"] = None
        if match.warning is not None:
            self._warnings[f"{where}: {match.warning}"] = None

    def result(self) -> Fetched:
        repeats = {path: tuple(values) for path, values in self._repeats.items()}
        return Fetched(
            self._master,
            MappingProxyType(self._values | repeats),
            frozenset(self._explicit),
            frozenset(self._by_words),
            tuple(self._notes),
            tuple(self._warnings),
            tuple(self._replaced),
            tuple(self._foreign),
        )


def _words_of_value(definition: Definition, value: str, where: str) -> tuple[Word, ...]:
    text = value.strip()
    if not text:
        raise ParameterError(f"{where}: {definition.path} has no value; give one, or None")
    if isinstance(definition.type, StringType) and text[0] not in "\"'":
        # The shell has already split and unquoted: a file name is taken unchanged, with
        # its blanks, semicolons and braces.
        return (Word(text),)
    scanner = Scanner(ParameterText(text, where))
    words = scanner.read_words()
    if not words or scanner.position < len(scanner.text):
        raise ParameterError(
            f"{where}: expected one value of {definition.path}; give each parameter as a "
            "separate word"
        )
    return words
