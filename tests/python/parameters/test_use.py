"""Where a parameter counts: what master.phil says of it."""

from __future__ import annotations

from typing import Any

import pytest

from map_sharpening.parameters import use
from map_sharpening.parameters.manual import parameters_markdown
from map_sharpening.parameters.reading import USE_ATTRIBUTES, master, read_words
from map_sharpening.parameters.use import Condition, Kind, uses
from map_sharpening.phil import Master, ParameterText

MODEL_AND_B_FACTOR: set[Kind] = {"model", "b-factor"}


def test_every_parameter_has_its_use() -> None:
    assert uses().keys() == master().definitions.keys()


@pytest.mark.parametrize(
    ("path", "runs"),
    [
        ("crystal_info.resolution", {"shells", "model", "b-factor"}),
        ("b_factor_sharpening.map_modification.k_sharpen", {"b-factor"}),
        ("b_factor_sharpening.map_modification.rmsd", MODEL_AND_B_FACTOR),
        ("sharpening.guinier_d_low", {"shells"}),
        ("input_files.mtz_in", MODEL_AND_B_FACTOR),
        ("output.serial", set()),
    ],
)
def test_runs_are_those_of_the_parameter_or_of_a_scope_round_it(
    path: str, runs: set[Kind]
) -> None:
    assert uses()[path].runs == runs


@pytest.mark.parametrize(
    ("condition", "words", "is_met"),
    [
        (Condition("input_files.mtz_in"), [], False),
        (Condition("input_files.mtz_in"), ["mtz_in=a.mtz"], True),
        (Condition("input_files.map_model.half_map"), [], False),
        (Condition("sharpening.local_sharpen"), ["local_sharpen=False"], False),
        (Condition("sharpening.local_sharpen", ("True",)), ["local_sharpen=True"], True),
        (Condition("control.multiprocessing", ("sge", "slurm")), [], False),
        (Condition("control.multiprocessing", ("sge", "slurm")), ["multiprocessing=slurm"], True),
        (Condition("crystal_info.resolution", ("10",), is_bound=True), [], True),
        (Condition("crystal_info.resolution", ("10",), is_bound=True), ["resolution=10"], True),
        (Condition("crystal_info.resolution", ("10",), is_bound=True), ["resolution=11"], False),
        (
            Condition(
                "b_factor_sharpening.map_modification.auto_sharpen_methods", ("no_sharpening",)
            ),
            ["auto_sharpen_methods=b_iso+no_sharpening"],
            True,
        ),
    ],
)
def test_condition_is_met_by_values(condition: Condition, words: list[str], is_met: bool) -> None:
    assert condition.is_met(read_words(words).values) is is_met


@pytest.mark.parametrize(
    ("kind", "word", "has_effect"),
    [
        ("shells", "local_sharpen=True", True),
        ("shells", "local_sharpen=False", False),
        ("b-factor", "local_sharpen=True", False),
    ],
)
def test_effect_depends_on_run_and_values(kind: Kind, word: str, has_effect: bool) -> None:
    values = read_words([word]).values
    assert uses()["sharpening.n_boxes"].has_effect(kind, values) is has_effect


def test_values_of_conditions_are_values_of_their_parameters() -> None:
    conditions = {one for use in uses().values() for clause in use.effect for one in clause}
    assert conditions
    for path, value in {(one.path, value) for one in conditions for value in one.values}:
        assert read_words([f"{path}={value}"]).explicitly_set == {path}


@pytest.mark.parametrize(
    ("attribute", "problem"),
    [
        (".runs = shells fish", r"x: \.runs is shells fish; expected some of"),
        (".elsewhere = maybe", r"x: \.elsewhere is maybe; expected refused"),
        (".effect = y", r"x: \.effect names y, which does not exist"),
    ],
)
def test_attribute_that_cannot_be_understood_is_refused(
    attribute: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = ParameterText(f"x = 1\n  .type = int\n  {attribute}\n")
    monkeypatch.setattr(use, "master", lambda: Master(text, None, USE_ATTRIBUTES))
    with pytest.raises(ValueError, match=problem):
        use.uses.__wrapped__()["x"]


def row_of(name: str) -> Any:
    return next(row for row in parameters_markdown().splitlines() if row.startswith(f"| `{name}`"))


def test_manual_says_where_a_parameter_counts() -> None:
    assert row_of("guinier_d_low").endswith("*Only in shell sharpening.* |")
    assert row_of("wait_for_job").endswith("*Takes effect with* `queue_run_command`. |")
    assert row_of("serial").endswith("*Ignored.* |")
