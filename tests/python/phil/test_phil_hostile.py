"""PHIL: random, damaged and hostile input is read or refused in one line."""

from __future__ import annotations

from typing import Any

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from small_master import MASTER, from_file, message, read

from map_sharpening.errors import ParameterError
from map_sharpening.phil import (
    ParameterText,
    Source,
    decode,
    show,
)
from map_sharpening.phil.text import MAX_CHARACTERS, MAX_DEPTH

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


@examples(150)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_random_file_is_read_or_refused_in_one_line(text: str) -> None:
    found = fetches_or_refuses(ParameterText(text, "run.eff"))
    assert found is None or (found.isprintable() and found.startswith("run.eff, line "))


@examples(150)
@given(st.lists(PIECES, max_size=20).map("".join))
def test_random_word_is_read_or_refused_in_one_line(word: str) -> None:
    found = fetches_or_refuses(word)
    assert found is None or found.isprintable()


@examples(100)
@given(st.binary(max_size=60))
def test_random_bytes_are_read_or_refused_in_one_line(raw: bytes) -> None:
    try:
        source = decode(raw, "run.eff")
    except ParameterError as error:
        found: str | None = str(error)
    else:
        found = fetches_or_refuses(source)
    assert found is None or found.isprintable()


@examples(100)
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


@pytest.mark.slow
def test_many_repeats_are_all_kept() -> None:
    text = "run.files.file = a\n" * 20_000
    assert len(from_file(text).run.files.file) == 20_000


@pytest.mark.slow
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


def test_utf_16_is_named() -> None:
    with pytest.raises(ParameterError, match=r"run.eff is UTF-16 text; expected UTF-8"):
        decode("title = a".encode("utf-16"), "run.eff")
