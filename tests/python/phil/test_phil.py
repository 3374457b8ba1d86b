"""The PHIL engine on small masters: grammar, types, names, merging, writing, hostile input."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from map_sharpening.errors import ParameterError
from map_sharpening.phil import (
    AUTO,
    Fetched,
    Master,
    ParameterText,
    Source,
    Values,
    decode,
    diff,
    fetch,
    show,
    write_all,
)
from map_sharpening.phil.names import score
from map_sharpening.phil.parse import parse
from map_sharpening.phil.text import MAX_CHARACTERS, MAX_DEPTH
from map_sharpening.phil.tokens import as_word

MASTER_TEXT = """\
title = None
  .type = str
  .help = "Title of" \\
          "the job"
run {
  count = 3
    .type = int(value_min=1, value_max=100)
    .help = "How many"
    .short_caption = Count
  scale = 0.5
    .type = float
  level = None
    .type = float(value_min=0)
  threads = Auto
    .type = int(value_min=1)
  quick = False
    .type = bool
  method = *shells b-factor none_of_them
    .type = choice
    .optional = False
  perhaps = first second
    .type = choice
  several = *one two three
    .type = choice(multi=True)
  size = 30 30 30
    .type = ints(size=3)
  steps = None
    .type = floats(size_min=1, size_max=3, value_min=0)
  labels = None
    .type = strings
  !switched_off = 1
    .type = int
  files
  {
    file = None
      .type = path
      .multiple = True
    name = default
      .type = path
  }
}
extra
  .expert_level = 1
{
  count = 7
    .type = int
  inner.level = 2
    .type = float
}
"""
MASTER = Master(ParameterText(MASTER_TEXT, "master"), {"old_title": "title", "files": "run.files"})


def read(*sources: Source, home_scope: str | None = None) -> Fetched:
    return fetch(MASTER, sources, home_scope=home_scope)


def from_file(text: str) -> Values:
    return read(ParameterText(text, "run.eff")).extract()


def message(*sources: Source, home_scope: str | None = None) -> str:
    with pytest.raises(ParameterError) as caught:
        read(*sources, home_scope=home_scope)
    return str(caught.value)


# Grammar


@pytest.mark.parametrize(
    "text",
    [
        "run { count = 5 }",
        "run{count=5}",
        "run\n{\ncount=5\n}",
        "run.count=5",
        "  run.count = 9 ; run.count = 5",
        "run { quick = True; count = 5 }",
        "run.count = 5 # a comment",
        "# first\nrun.count = 5",
        "run.count = \\\n 5",
        'run.count = "5"',
        "run.count = '5'",
        'run.count = """5"""',
        "run { count = 5\n  .type = str\n  .help = x\n}",
        "run\n  .help = y\n{ count = 5 }",
        "run.count = 5\r\n",
        "run.count = 4\r!run.count = 9\rrun.count = 5",
        "run.count = 5;;\n;",
        "run { count = 5 }\n!run { count = 9 }",
        "extra { inner { level = 3 } } run.count = 5",
    ],
)
def test_spelling_sets_count_to_five(text: str) -> None:
    assert from_file(text).run.count == 5


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("a", "a"),
        ("a b   c", "a b c"),
        ('"a  b"', "a  b"),
        ("'it' \"is\"", "it is"),
        ('"a\nb"', "a\nb"),
        ('"a\\\n b"', "a b"),
        ('"a"\n  "b"', "a b"),
        (r'"say \"yes\" \\ \n"', r'say "yes" \ \n'),
        (r"C:\maps\a.mrc", r"C:\maps\a.mrc"),
        ("a#b", "a#b"),
        ("a=b", "a=b"),
        ("'a;b{c}#d'", "a;b{c}#d"),
        ('"None"', "None"),
        ("None at all", "None at all"),
        ('""', ""),
        ("'''it's'''", "it's"),
        ("Ångström", "Ångström"),
    ],
)
def test_text_value_is_read_as(written: str, value: str) -> None:
    assert from_file(f"title = {written}\n").title == value


@pytest.mark.parametrize("word", ["None", "none", "NONE"])
def test_bare_none_is_none_in_any_case(word: str) -> None:
    assert from_file(f"run.level = {word}").run.level is None


@pytest.mark.parametrize("word", ["Auto", "auto", "AUTO"])
def test_bare_auto_is_auto_in_any_case(word: str) -> None:
    assert from_file(f"run.threads = 4; run.threads = {word}").run.threads is AUTO


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("run {\n count = 5\n", 1, "never closed"),
        ("title = a\n}", 2, "closes nothing"),
        ("title = 'abc\n\n", 1, "never closed"),
        ("\ntitle =\n", 2, "no value"),
        ("title = a { b", 1, 'unexpected "{"'),
        ("{ }", 1, "follows no name"),
        (".help = x", 1, "follows no parameter"),
        ("run { }\n.help = x", 2, "follows no parameter"),
        ("title = a\n.help x", 2, 'expected "="'),
        ("Dear reader", 1, 'found "r"'),
        ("title", 1, 'expected "="'),
        ("a-b = 3", 1, "can't be the name"),
        ("a..b = 3", 1, "can't be the name"),
        ("3a = 3", 1, "can't be the name"),
        ("é = 3", 1, "can't be the name"),
        ("title = a\nsubject = b", 2, "no parameter"),
        ("title = a\x00", 1, "is not text"),
        ("title = a\n\x1b", 2, "is not text"),
        ("title = \udcff", 1, "is not text"),
    ],
)
def test_mistake_in_a_file_is_named_with_its_line(text: str, line: int, problem: str) -> None:
    found = message(ParameterText(text, "run.eff"))
    assert found.startswith(f"run.eff, line {line}: ")
    assert problem in found


# Types


@pytest.mark.parametrize(
    ("path", "written", "value"),
    [
        ("run.count", "7", 7),
        ("run.count", "+7", 7),
        ("run.count", "7.0", 7),
        ("run.count", "1e2", 100),
        ("run.count", "4*2", 8),
        ("run.count", "8 / 2", 4),
        ("run.scale", "1/4", 0.25),
        ("run.scale", "-3*-2", 6.0),
        ("run.scale", ".5", 0.5),
        ("run.scale", "5.", 5.0),
        ("run.scale", "-1E-3", -0.001),
        ("run.quick", "yes", True),
        ("run.quick", "ON", True),
        ("run.quick", "1", True),
        ("run.quick", "true", True),
        ("run.quick", "no", False),
        ("run.quick", "Off", False),
        ("run.quick", "0", False),
        ("run.quick", "FALSE", False),
        ("run.method", "b-factor", "b-factor"),
        ("run.method", "*B-Factor", "b-factor"),
        ("run.method", "shells *b-factor none_of_them", "b-factor"),
        ("run.perhaps", "second", "second"),
        ("run.perhaps", "None", None),
        ("run.perhaps", "first second", None),
        ("run.several", "two", ("two",)),
        ("run.several", "one+three", ("one", "three")),
        ("run.several", "*three *two", ("two", "three")),
        ("run.several", "one *two three", ("two",)),
        ("run.several", "None", ()),
        ("run.size", "1 2 3", (1, 2, 3)),
        ("run.size", "1,2, 3", (1, 2, 3)),
        ("run.size", "(1 2 3)", (1, 2, 3)),
        ("run.size", "[1, 2 ,3]", (1, 2, 3)),
        ("run.steps", "1/2 3", (0.5, 3.0)),
        ("run.steps", "None", None),
        ("run.labels", "FP,SIGFP PHIB 'a b'", ("FP,SIGFP", "PHIB", "a b")),
    ],
)
def test_value_is_read_as(path: str, written: str, value: object) -> None:
    found = from_file(f"{path} = {written}")[path]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("path", "written", "expected"),
    [
        ("run.count", "2.5", "a whole number from 1 to 100"),
        ("run.count", "5/2", "a whole number from 1 to 100"),
        ("run.count", "0", "a whole number from 1 to 100"),
        ("run.count", "101", "a whole number from 1 to 100"),
        ("run.count", "3 4", "a whole number"),
        ("run.count", "__import__('os')", "a whole number"),
        ("run.count", "2**70", "a whole number"),
        ("run.count", "٣", "a whole number"),
        ("run.count", "Auto", "a whole number"),
        ("extra.count", "1e300", "a whole number"),
        ("run.scale", "1/0", "a number"),
        ("run.scale", "nan", "a number"),
        ("run.scale", "inf", "a number"),
        ("run.scale", "1e999", "a number"),
        ("run.scale", "1,5", "a number"),
        ("run.level", "-1", "a number of at least 0, or None"),
        ("run.threads", "many", "a whole number of at least 1, or None, or Auto"),
        ("run.quick", "2", "True or False"),
        ("run.method", "wilson", "one of shells, b-factor, none_of_them"),
        ("run.method", "None", "one of shells, b-factor, none_of_them"),
        ("run.method", "shells b-factor none_of_them", "one of shells"),
        ("run.method", "shells+b-factor", "one of shells"),
        ("run.method", "*shells *b-factor", "one of shells"),
        ("run.several", "one two", "marked by a *"),
        ("run.several", "one+four", "one or more of one, two, three"),
        ("run.size", "1 2", "3 whole numbers"),
        ("run.size", "1 2 3.5", "3 whole numbers"),
        ("run.size", "(1 2 3", "3 whole numbers"),
        ("run.steps", "1,,2", "1 to 3 numbers of at least 0"),
        ("run.steps", "()", "1 to 3 numbers"),
        ("run.steps", "1 2 3 4", "1 to 3 numbers"),
        ("run.steps", "1 -2", "1 to 3 numbers of at least 0"),
    ],
)
def test_unsuitable_value_is_refused_and_the_expected_told(
    path: str, written: str, expected: str
) -> None:
    found = message(ParameterText(f"\n{path} = {written}", "run.eff"))
    assert found.startswith(f"run.eff, line 2: {path} is ")
    assert expected in found


def test_type_in_a_user_file_is_never_run() -> None:
    text = "run.count = 5\n  .type = int(value_min=__import__('os').abort())\n"
    assert from_file(text).run.count == 5


# Words


def test_word_takes_a_file_name_as_the_shell_gave_it() -> None:
    name = "/my  maps/a;b{1}#2 'x'.mrc"
    assert read(f"file={name}").values["run.files.file"] == (name,)


def test_word_may_quote_its_value() -> None:
    assert read('title="None"').values["title"] == "None"


def test_word_may_be_phil_with_braces() -> None:
    assert read("run { count=5; quick=yes }").changed() == {"run.count": 5, "run.quick": True}


def test_message_about_a_word_begins_with_the_word() -> None:
    assert message("run.count=abc").startswith('command line, "run.count=abc": run.count is "abc"')


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("quick", "write name=value"),
        ("", "write name=value"),
        ("=5", "write name=value"),
        ("a b=5", "write name=value"),
        ("run.count=", "no value"),
        ("title= ", "no value"),
        ("run.count=5;quick=yes", "a word of its own"),
        ("run.count=5{", 'unexpected "{"'),
        ("title='abc", "never closed"),
        ("file=a\x07", "is not text"),
        ("run{", "never closed"),
    ],
)
def test_unreadable_word_is_refused(word: str, problem: str) -> None:
    assert problem in message(word)


# Names


@pytest.mark.parametrize(
    ("path", "typed", "home_scope", "expected"),
    [
        ("a.b.c", "a.b.c", None, 8),
        ("a.b.c", "a.b.c", "a", 8),
        ("a.b.c", "b.c", "a", 7),
        ("a.b.c", "c", "a", 6),
        ("a.b.cc", "c", "a", 5),
        ("a.b.c", "c", None, 4),
        ("a.b.c", "b.c", "x", 4),
        ("a.b.cc", "c", None, 3),
        ("a.b.cd", "c", "a", 2),
        ("a.b.cd", "c", None, 1),
        ("a.b.c", "d", "a", 0),
    ],
)
def test_score(path: str, typed: str, home_scope: str | None, expected: int) -> None:
    assert score(path, typed, home_scope) == expected


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("run.count", "run.count"),
        ("scale", "run.scale"),
        ("files.file", "run.files.file"),
        ("meth", "run.method"),
        ("inner.level", "extra.inner.level"),
        ("name", "run.files.name"),
    ],
)
def test_short_name_means(typed: str, path: str) -> None:
    value = "1" if "level" in typed or "count" in typed else "shells" if typed == "meth" else "2"
    assert read(f"{typed}={value}").explicitly_set == {path}


def test_tie_goes_to_the_lower_expert_level() -> None:
    assert read("count=9").changed() == {"run.count": 9}


def test_tie_between_expert_levels_warns_and_names_both() -> None:
    (warning,) = read("count=9").warnings
    assert "run.count" in warning
    assert "extra.count" in warning


def test_inherited_expert_level_settles_a_tie() -> None:
    assert read("level=9").explicitly_set == {"run.level"}


def test_full_name_gives_no_warning() -> None:
    assert read("extra.count=9").warnings == ()


def test_tie_within_one_level_lists_the_candidates() -> None:
    assert '"s" could be' in message("s=1")


def test_home_scope_comes_first() -> None:
    assert read("count=9", home_scope="extra").changed() == {"extra.count": 9}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("run.cuont", "run.count"), ("metod", "run.method"), ("titel", "title")],
)
def test_unknown_name_asks_did_you_mean(typed: str, meant: str) -> None:
    assert re.search(rf"did you mean {re.escape(meant)}\b", message(f"{typed}=1"))


def test_name_like_no_other_points_to_the_list() -> None:
    assert "--show-defaults" in message("qqqqqq=1")


def test_short_name_in_a_file_is_refused_with_the_full_one() -> None:
    found = message(ParameterText("scale = 2", "run.eff"))
    assert found == 'run.eff, line 1: there is no parameter "scale"; did you mean run.scale?'


def test_older_name_is_taken() -> None:
    assert read("old_title=x").values["title"] == "x"


def test_older_name_is_noted() -> None:
    (note,) = read("old_title=x").notes
    assert "old_title is an older name of title" in note


def test_older_name_of_a_scope_is_taken_in_a_file() -> None:
    assert from_file("files { name = x }").run.files.name == "x"


# Merging


def test_later_source_wins() -> None:
    assert read(ParameterText("run.count = 5"), "run.count=6").values["run.count"] == 6


def test_later_line_wins() -> None:
    assert from_file("run.count = 5\nrun.count = 6").run.count == 6


def test_repeats_collect_in_order_over_sources() -> None:
    found = read(ParameterText("run.files { file = b; file = a }"), "file=b")
    assert found.values["run.files.file"] == ("b", "a", "b")


def test_none_empties_repeats() -> None:
    assert read("file=a", "file=None", "file=b").values["run.files.file"] == ("b",)


def test_repeated_parameter_is_empty_by_default() -> None:
    assert read().values["run.files.file"] == ()


def test_setting_the_default_is_explicit_but_no_change() -> None:
    found = read("run.count=3")
    assert (set(found.explicitly_set), len(found.changed())) == ({"run.count"}, 0)


def test_only_words_are_set_by_words() -> None:
    found = read(ParameterText("run.count = 5"), "quick=yes")
    assert found.set_by_words == {"run.quick"}


def test_switched_off_definition_of_the_master_does_not_exist() -> None:
    assert "no parameter" in message("run.switched_off=2")


# Values


def test_values_can_not_be_set() -> None:
    with pytest.raises(AttributeError, match="read only"):
        read().extract().title = "x"


def test_unknown_member_is_named() -> None:
    with pytest.raises(AttributeError, match="run has no member 'cuont'"):
        _ = read().extract().run.cuont


def test_values_pickle() -> None:
    values = read("title=x").extract()
    assert pickle.loads(pickle.dumps(values)) == values


def test_values_by_dotted_name() -> None:
    assert read().extract()["run.files.name"] == "default"


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


@settings(max_examples=100, deadline=None)
@given(ASSIGNMENTS, st.booleans())
def test_all_parameters_written_and_read_again_are_the_same(
    assignments: list[tuple[str, str]], with_braces: bool
) -> None:
    found = read(ParameterText(text_of(assignments, with_braces)))
    assert read(ParameterText(write_all(found))).values == found.values


@settings(max_examples=100, deadline=None)
@given(ASSIGNMENTS)
def test_changed_parameters_written_and_read_again_are_the_same(
    assignments: list[tuple[str, str]],
) -> None:
    found = read(ParameterText(text_of(assignments, True)))
    assert read(ParameterText(diff(found))).values == found.values


@settings(max_examples=100, deadline=None)
@given(TEXT)
@example("none")
@example("a\\")
@example('"')
def test_any_text_written_as_a_word_is_read_as_the_same_text(text: str) -> None:
    assert from_file(f"title = {as_word(text)}").title == text


# Hostile input


PIECES = st.sampled_from(
    [*"{}=;#!.'\"\\*\n (),", "run", "count", "run.count=", "title", '"""', "None", "Auto", "5/0"]
) | st.text(max_size=3)


def fetches_or_refuses(source: Source) -> str | None:
    """Return the message if the source is refused; anything but a ParameterError is a bug."""
    try:
        read(source)
    except ParameterError as error:
        return str(error)
    return None


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_random_file_is_read_or_refused_in_one_line(text: str) -> None:
    found = fetches_or_refuses(ParameterText(text, "run.eff"))
    assert found is None or (found.isprintable() and found.startswith("run.eff, line "))


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=20).map("".join))
def test_random_word_is_read_or_refused_in_one_line(word: str) -> None:
    found = fetches_or_refuses(word)
    assert found is None or found.isprintable()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_random_bytes_are_read_or_refused_in_one_line(raw: bytes) -> None:
    try:
        source = decode(raw, "run.eff")
    except ParameterError as error:
        found: str | None = str(error)
    else:
        found = fetches_or_refuses(source)
    assert found is None or found.isprintable()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_file_is_read_or_refused_in_one_line(data: Any) -> None:
    text = show(MASTER, attributes=2)
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 5))
    damaged = text[:start] + data.draw(st.text(max_size=3)) + text[start + length :]
    found = fetches_or_refuses(ParameterText(damaged, "run.eff"))
    assert found is None or found.isprintable()


LONG = MAX_CHARACTERS // 2


@pytest.mark.parametrize(
    "text",
    [
        "a{" * LONG,
        "a{" * 1000 + "}" * 1000,
        "a." * LONG + "b = 1",
        "a" * LONG + " = 1",
        "}" * LONG,
        "title = '" + "x" * LONG,
        "title = '" + "\\'" * (LONG // 2),
        "run.count = " + "9" * LONG,
        "run.count = 1" + " " * LONG + "x",
        "run.count = '" + " " * LONG + "x'",
        "run.size = '" + " " * LONG + "x'",
        "run.size = " + "1," * (LONG // 2),
        "run.size = " + "(" * LONG,
        "run.several = " + "one+" * (LONG // 4),
        'title = ""' + "\n" * LONG + "x",
        "x" * (MAX_CHARACTERS + 1),
        ("x" * 150 + "{") * (MAX_DEPTH - 1),
    ],
    ids=lambda text: text[:14],
)
def test_hostile_text_is_refused_in_a_short_line(text: str) -> None:
    found = message(ParameterText(text, "run.eff"))
    assert len(found) < 400


def test_many_repeats_are_all_kept() -> None:
    text = "run.files.file = a\n" * 20_000
    assert len(from_file(text).run.files.file) == 20_000


def test_many_quoted_words_are_joined() -> None:
    assert from_file("title = " + "'x' " * 50_000).title == " ".join("x" * 50_000)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31m"])
def test_file_name_can_not_break_the_message_line(name: str) -> None:
    assert message(ParameterText("}", name)).isprintable()


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"\x89PNG\r\n\x1a\n\xff", "not UTF-8"),
        (b"x" * (MAX_CHARACTERS + 1), "too long"),
    ],
)
def test_bytes_that_are_no_parameter_file_are_refused(raw: bytes, problem: str) -> None:
    with pytest.raises(ParameterError, match=problem):
        decode(raw, "run.eff")


def test_byte_order_mark_is_skipped() -> None:
    assert decode(b"\xef\xbb\xbftitle = a", "run.eff").text == "title = a"


def test_positions_of_entries_are_their_lines() -> None:
    entries = parse(ParameterText("a = 1\n\n# x\nb {\n c = 'p\nq'; d = 2\n}\ne = 3"))
    assert [(entry.path, entry.line) for entry in entries] == [
        ("a", 1),
        ("b", 4),
        ("b.c", 5),
        ("b.d", 6),
        ("e", 8),
    ]


def test_values_set_anew_are_explicit_and_leave_the_rest() -> None:
    before = read("quick=True")
    after = before.with_values({"run.count": 7})
    assert dict(after.values) == {**before.values, "run.count": 7}
    assert after.explicitly_set == before.explicitly_set | {"run.count"}


def test_value_of_a_parameter_that_does_not_exist_cannot_be_set() -> None:
    with pytest.raises(KeyError, match="nothing"):
        read("quick=True").with_values({"run.nothing": 7})
