"""PHIL: masters, and that what is written is read again the same."""

from __future__ import annotations

import re

import pytest
from examples import examples
from hypothesis import example, given
from hypothesis import strategies as st
from small_master import MASTER, from_file, read

from map_sharpening.phil import (
    Master,
    ParameterText,
    diff,
    fetch,
    show,
    write_all,
)
from map_sharpening.phil.tokens import as_word

# Masters


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = 1", "has no .type"),
        ("a = 1\n.type = number", "not a type"),
        ("a = x\n.type = int", "default of a"),
        ("a = 1\n.type = int\na = 2\n.type = int", "twice"),
        ("a = 1\n.type = int\n.colour = red", "unknown attribute .colour"),
        ("a = 1\n.type = int(value=3)", "no argument value"),
        ("a\n.multiple = True\n{ }", "not supported"),
        ("a = 1\n.type = int\n.multiple = True", "must be None"),
    ],
)
def test_mistake_in_a_master_is_told(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        Master(ParameterText(text, "master"))


def test_alias_that_leads_nowhere_is_told() -> None:
    with pytest.raises(ValueError, match="leads to 'b'"):
        Master(ParameterText("a = 1\n.type = int"), {"c": "b"})


def test_alias_attribute_names_the_parameter() -> None:
    master = Master(ParameterText("a = 1\n.type = int\n.alias = b x.y"))
    assert fetch(master, ["x.y=2"]).values == {"a": 2}


# Writing


def test_show_without_attributes_keeps_scopes_and_order() -> None:
    assert show(MASTER, level=0).startswith("title = None\nrun {\n  count = 3\n  scale = 0.5\n")


def test_show_leaves_out_higher_expert_levels() -> None:
    assert "extra" not in show(MASTER, level=0)


def test_show_with_all_set_attributes_makes_the_same_master() -> None:
    text = show(MASTER, attributes=2)
    assert show(Master(ParameterText(text)), attributes=2) == text


def test_show_with_help_only_has_no_type() -> None:
    text = show(MASTER, attributes=1)
    assert ('.help = "How many"' in text, ".type" in text) == (True, False)


def test_show_with_all_attributes_lists_those_not_set() -> None:
    assert "    .expert_level = None\n" in show(MASTER, attributes=3)


def test_diff_holds_only_what_changed() -> None:
    assert diff(read("scale=2", "run.count=3", "file=a b")) == (
        'run {\n  scale = 2\n  files {\n    file = "a b"\n  }\n}\n'
    )


def test_diff_of_nothing_is_empty() -> None:
    assert diff(read()) == ""


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\\\"';{}#= "),
    max_size=30,
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


#: Texts of values, by path, that the types accept.
WRITTEN: dict[str, st.SearchStrategy[str]] = {
    "title": TEXT.map(as_word) | st.just("None"),
    "run.count": st.integers(1, 100).map(str) | st.sampled_from(["2*3", "9/3", "None"]),
    "run.scale": FLOATS.map(repr)
    | st.tuples(FLOATS, st.integers(1, 9)).map("{0[0]}/{0[1]}".format),
    "run.level": st.floats(0, 1e30).map(repr) | st.just("None"),
    "run.threads": st.integers(1, 99).map(str) | st.just("auto"),
    "run.quick": st.sampled_from(["True", "yes", "ON", "1", "false", "No", "off", "0"]),
    "run.method": st.sampled_from(["shells", "*b-factor", "B-FACTOR", "shells *b-factor"]),
    "run.perhaps": st.sampled_from(["first", "SECOND", "None", "first *second", "first second"]),
    "run.several": st.sampled_from(["one", "one+three", "*two", "None", "*one two *three"]),
    "run.size": st.sampled_from(["1 2 3", "(1,2,3)", "[4 5 6]", "7, 8, 9"]),
    "run.steps": st.lists(st.floats(0, 1e9), min_size=1, max_size=3).map(
        lambda numbers: " ".join(map(repr, numbers))
    ),
    "run.labels": st.lists(TEXT.map(as_word), min_size=1, max_size=3).map(" ".join),
    "run.files.file": TEXT.map(as_word),
    "run.files.name": TEXT.map(as_word),
    "extra.count": st.integers(-(10**17), 10**17).map(str),
    "extra.inner.level": FLOATS.map(repr),
}
ASSIGNMENTS = st.lists(
    st.sampled_from(sorted(WRITTEN)).flatmap(lambda path: st.tuples(st.just(path), WRITTEN[path])),
    max_size=12,
)


def text_of(assignments: list[tuple[str, str]], with_braces: bool) -> str:
    lines = []
    for path, value in assignments:
        *scopes, name = path.split(".")
        if with_braces:
            lines.append(" { ".join([*scopes, f"{name} = {value}"]) + " }" * len(scopes))
        else:
            lines.append(f"{path} = {value}")
    # A quoted word at the start of a line would continue the line before; names never are.
    return "\n".join(lines)


@examples(100)
@given(ASSIGNMENTS, st.booleans())
def test_all_parameters_written_and_read_again_are_the_same(
    assignments: list[tuple[str, str]], with_braces: bool
) -> None:
    found = read(ParameterText(text_of(assignments, with_braces)))
    assert read(ParameterText(write_all(found))).values == found.values


@examples(100)
@given(ASSIGNMENTS)
def test_changed_parameters_written_and_read_again_are_the_same(
    assignments: list[tuple[str, str]],
) -> None:
    found = read(ParameterText(text_of(assignments, True)))
    assert read(ParameterText(diff(found))).values == found.values


@examples(100)
@given(TEXT)
@example("none")
@example("a\\")
@example('"')
def test_any_text_written_as_a_word_is_read_as_the_same_text(text: str) -> None:
    assert from_file(f"title = {as_word(text)}").title == text
