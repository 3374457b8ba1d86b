"""Our PHIL engine against freephil, an independent implementation."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from map_sharpening.parameters.reading import USE_ATTRIBUTES
from map_sharpening.parameters.reading import master as program_master
from map_sharpening.phil import AUTO, Master, ParameterText, diff, fetch, show, write_all
from map_sharpening.phil.parse import parse
from map_sharpening.phil.tokens import as_word

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import freephil
except ImportError as error:
    pytest.skip(
        f"freephil, which judges our PHIL, can't be imported: {error}", allow_module_level=True
    )

pytestmark = pytest.mark.filterwarnings("ignore")  # those of freephil's own code

#: Values without what freephil means by "$" (variables) or refuses.
TEXT = st.text("abcXYZ019._-/+,:=#;{}()*!'\"\\ é", min_size=1, max_size=12)
PLAIN = st.text("abcXYZ019._-/", min_size=1, max_size=12).filter(
    lambda text: text.lower() not in ("none", "auto")
)
FLOATS = st.floats(-1e9, 1e9).map(repr)
BOOLS = st.sampled_from(["True", "false", "YES", "no", "On", "off", "1", "0"])
ALTERNATIVES = ("first", "second", "third-one")


def numbers(count: int) -> st.SearchStrategy[str]:
    return st.tuples(
        st.lists(st.integers(-99, 99).map(str), min_size=count, max_size=count),
        st.sampled_from([" ", ",", ", "]),
        st.sampled_from(["{}", "({})", "[{}]"]),
    ).map(lambda drawn: drawn[2].format(drawn[1].join(drawn[0])))


#: Type, default and accepted texts of each kind of parameter.
KINDS: dict[str, tuple[str, str, st.SearchStrategy[str]]] = {
    "whole": (
        "int",
        "3",
        st.integers(-999, 999).map(str) | st.sampled_from(["2*3", "None", "4.0"]),
    ),
    "bounded": ("int(value_min=1)", "None", st.integers(1, 999).map(str)),
    "real": ("float", "0.5", FLOATS | st.sampled_from(["1/3", "2 * 4", "none"])),
    "automatic": ("int", "Auto", st.sampled_from(["Auto", "auto", "7", "None"])),
    "truth": ("bool", "False", BOOLS),
    "text": ("str", "None", TEXT.map(as_word) | PLAIN | st.tuples(PLAIN, PLAIN).map(" ".join)),
    "texts": ("strings", "a 'b c'", st.lists(TEXT.map(as_word), min_size=1).map(" ".join)),
    "file": ("path", "default", TEXT.map(as_word) | PLAIN),
    "three": ("ints(size=3)", "30 30 30", numbers(3)),
    "some": ("floats(size_min=1, size_max=3)", "None", st.integers(1, 3).flatmap(numbers)),
    "one": (
        "choice",
        "*first second third-one",
        st.sampled_from([*ALTERNATIVES, "*SECOND", "first *second third-one", "None"]),
    ),
    "many": (
        "choice(multi=True)",
        "first *second third-one",
        st.lists(st.sampled_from(ALTERNATIVES), min_size=1, unique=True).map("+".join)
        | st.sampled_from(["*first", "*first second *third-one", "None"]),
    ),
}


@st.composite
def masters(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """Draw a master text, and the kind of each of its parameters by path."""
    kinds: dict[str, str] = {}
    lines: list[str] = []
    for scope in ("", "a", "b", "b.c"):
        *_, name = scope.split(".")
        lines.append(f"{name} {{" if name else "")
        for number, kind in enumerate(draw(st.lists(st.sampled_from(sorted(KINDS)), max_size=4))):
            type_name, default, _ = KINDS[kind]
            path = f"{kind}_{number}"
            lines.append(f"{path} = {default}\n  .type = {type_name}")
            kinds[f"{scope}.{path}" if scope else path] = kind
        lines.append("repeat = None\n  .type = path\n  .multiple = True")
        kinds[f"{scope}.repeat" if scope else "repeat"] = "repeat"
        lines.append("}" if scope == "a" else "")
    return "\n".join(lines) + "\n}\n}\n", kinds


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Draw a master text and texts of two users' files."""
    master, kinds = draw(masters())
    users: list[str] = []
    for start in ("x", "y"):  # freephil drops equal repeats, so that all differ here
        lines: list[str] = []
        for number, path in enumerate(draw(st.lists(st.sampled_from(sorted(kinds)), max_size=8))):
            kind = kinds[path]
            value = f"{start}{number}" if kind == "repeat" else draw(KINDS[kind][2])
            *scopes, name = path.split(".")
            line = f"{path} = {value}"
            if draw(st.booleans()):
                line = " { ".join([*scopes, f"{name} = {value}"]) + " }" * len(scopes)
            lines.append(draw(st.sampled_from(["", "!", ""])) + line)
        separator = draw(st.sampled_from(["\n", " ; ", " # note\n"]))
        # freephil takes no ";" after a closing brace.
        ends = ["\n" if line.endswith("}") else separator for line in lines]
        users.append("".join(line + end for line, end in zip(lines, ends, strict=True)))
    return master, users


def judged(master: str, *users: str) -> dict[str, Any]:
    """Return freephil's values by path, in our types."""
    sources = [freephil.parse(text) for text in users]
    return flat(freephil.parse(master).fetch(sources=sources).extract())


def flat(scope: Any, prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in vars(scope).items():
        if name.startswith("__"):
            continue
        if isinstance(value, freephil.scope_extract):
            found.update(flat(value, f"{prefix}{name}."))
        elif value is freephil.Auto:
            found[prefix + name] = AUTO
        else:
            found[prefix + name] = tuple(value) if isinstance(value, list) else value
    return found


def ours(master: str, *users: str) -> Mapping[str, Any]:
    return fetch(Master(ParameterText(master)), [ParameterText(text) for text in users]).values


@examples(100)
@given(cases())
def test_values_agree(case: tuple[str, list[str]]) -> None:
    master, users = case
    assert dict(ours(master, *users)) == judged(master, *users)


@examples(60)
@given(cases())
def test_freephil_reads_what_we_write(case: tuple[str, list[str]]) -> None:
    master, users = case
    found = fetch(Master(ParameterText(master)), [ParameterText(text) for text in users])
    assert judged(master, write_all(found)) == dict(found.values)


@examples(60)
@given(cases())
def test_we_read_what_freephil_writes(case: tuple[str, list[str]]) -> None:
    master, users = case
    sources = [freephil.parse(text) for text in users]
    written = freephil.parse(master).fetch(sources=sources).as_str()
    assert dict(ours(master, written)) == judged(master, *users)


@examples(60)
@given(cases())
def test_changed_parameters_agree(case: tuple[str, list[str]]) -> None:
    master, users = case
    found = fetch(Master(ParameterText(master)), [ParameterText(text) for text in users])
    sources = [freephil.parse(text) for text in users]
    theirs = freephil.parse(master).fetch_diff(sources=sources).as_str()
    assert definitions_in(diff(found)) == definitions_in(theirs)


def definitions_in(text: str) -> set[str]:
    entries = parse(ParameterText(text))
    return {entry.path for entry in entries if entry.words is not None}


@examples(60)
@given(masters())
def test_shown_defaults_agree(case: tuple[str, dict[str, str]]) -> None:
    master, _ = case
    theirs = freephil.parse(master).as_str()
    # freephil breaks long lines and drops no empty scope.
    unbroken = re.sub(r"\s*\\\n\s*", " ", theirs).replace("'b c'", '"b c"')
    assert show(Master(ParameterText(master))) == unbroken


def program_text() -> str:
    """Return the program's master without the attributes of its own, which freephil refuses."""
    text = resources.files("map_sharpening.parameters").joinpath("master.phil").read_text("utf-8")
    names = "|".join(USE_ATTRIBUTES)
    return re.sub(rf"^ *\.(?:{names}) = (?:.*\\\n)*.*\n", "", text, flags=re.MULTILINE)


def test_defaults_of_the_program_agree() -> None:
    assert judged(program_text()) == {
        path: item.default for path, item in program_master().definitions.items()
    }


def test_changed_parameters_of_the_program_agree() -> None:
    user = "crystal_info.resolution = 3.1\nsharpening { n_bins = 50; mask = a.mrc }"
    found = fetch(program_master(), [ParameterText(user)])
    theirs = freephil.parse(program_text()).fetch_diff(source=freephil.parse(user)).as_str()
    assert diff(found) == theirs
