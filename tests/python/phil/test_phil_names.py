"""PHIL: short and older names, merging of sources, values."""

from __future__ import annotations

import pickle
import re

import pytest
from small_master import from_file, message, read

from map_sharpening.phil import (
    ParameterText,
)
from map_sharpening.phil.names import score
from map_sharpening.phil.parse import parse

# Names


@pytest.mark.parametrize(
    ("path", "typed", "expected"),
    [
        ("a.b.c", "a.b.c", 5),
        ("a.b.c", "b.c", 4),
        ("a.b.c", "c", 4),
        ("a.b.e_c", "c", 3),
        ("a.b.cd", "c", 2),
        ("cd", "c", 2),
        ("a.e_cd", "c", 2),
        ("a.b.cc", "b.cc", 4),
        ("a.b.dc", "c", 1),
        ("a.b.c", "d", 0),
    ],
)
def test_score(path: str, typed: str, expected: int) -> None:
    assert score(path, typed) == expected


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


def test_a_whole_short_name_needs_no_note() -> None:
    assert read("scale=2").notes == ()


def test_a_part_of_a_name_is_told() -> None:
    (note,) = read("meth=shells").notes
    assert note.endswith("meth is taken as run.method")


def test_a_name_in_capitals_asks_did_you_mean() -> None:
    assert "did you mean run.scale?" in message("SCALE=2")


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


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("3,1", "; write 3.1, with a point"),
        ("15,000", "; write 15.000, with a point, or 15000 if the comma parts thousands"),
        ("3.1A", "; leave out the unit: 3.1"),
        ("3,1 Å", "; leave out the unit: 3.1"),
        ("3.1 angstroms", "; leave out the unit: 3.1"),
        ("0.31nm", "; write it in Å, without the unit: 3.1"),
        ("15kDa", "; leave out kDa and give the number in the unit of the parameter"),
        ("\u22123.1", "; write -3.1, with the signs of the keyboard"),
        ("\u201c3.1\u201d", "; write 3.1, with the signs of the keyboard"),
        ("\u2013many", "or None"),
        ("many", "or None"),
        ("-2", "or None"),
        ("nan", "or None"),
    ],
)
def test_what_is_almost_a_number_gets_advice(value: str, advice: str) -> None:
    assert message(f"level={value}").endswith(advice)


# Merging


def test_later_source_wins() -> None:
    assert read(ParameterText("run.count = 5"), "run.count=6").values["run.count"] == 6


def test_a_later_word_of_another_value_is_told() -> None:
    (warning,) = read("run.count=5", "run.count=6").replaced
    assert warning.endswith("run.count was 5 in a word before; the last one counts")


def test_a_later_line_of_another_value_is_told() -> None:
    one = ParameterText("run.count = 5\nrun.count = 6", "a.eff")
    (warning,) = read(one).replaced
    assert warning == "a.eff, line 2: run.count was 5 in a.eff, line 1; the last one counts"
    (*_, warning) = read(one, ParameterText("run.count = 7", "b.eff")).replaced
    assert warning == "b.eff, line 1: run.count was 6 in a.eff, line 2; the last one counts"


@pytest.mark.parametrize(
    "sources",
    [
        ("run.count=5", "run.count=5"),
        (ParameterText("run.count = 5\nrun.count = 5"), ParameterText("run.count = 5")),
        (ParameterText("run.count = 5"), "run.count=6"),
        ("file=a", "file=b"),
    ],
)
def test_no_word_was_replaced(sources: tuple[str | ParameterText, ...]) -> None:
    assert read(*sources).replaced == ()


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
