"""The PHIL engine on a small master: grammar, types, words."""

from __future__ import annotations

import pytest
from small_master import from_file, message, read

from map_sharpening.phil import (
    AUTO,
    ParameterText,
)

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
        ("count = 1\ninclude file other.eff", 2, "give the file that it names"),
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
        ("run.count=5;quick=yes", "a separate word"),
        ("run.count=5{", 'unexpected "{"'),
        ("title='abc", "never closed"),
        ("file=a\x07", "is not text"),
        ("run{", "never closed"),
    ],
)
def test_unreadable_word_is_refused(word: str, problem: str) -> None:
    assert problem in message(word)
