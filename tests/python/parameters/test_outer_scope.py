"""A parameter file may have everything in the scope map_sharpening, as Phenix writes it."""

from __future__ import annotations

import pytest

from map_sharpening.errors import ParameterError
from map_sharpening.parameters.reading import read_words
from map_sharpening.phil.text import ParameterText

INNER = """
input_files { map_model { half_map = a.mrc
half_map = b.mrc } }
crystal_info { resolution = 3.2 }
output { sharpened_map_file = out.ccp4 }
"""


def test_it_says_the_same_as_without_the_scope() -> None:
    plain, wrapped = (
        read_words(files=[ParameterText(text, "run.eff")])
        for text in (INNER, f"map_sharpening {{ {INNER} }}")
    )
    assert wrapped.values == plain.values
    assert wrapped.explicitly_set == plain.explicitly_set
    assert wrapped.extract().input_files.map_model.half_map == ("a.mrc", "b.mrc")


def test_words_may_have_it_too() -> None:
    assert read_words(["map_sharpening.crystal_info.resolution=3.2"]).values == (
        read_words(["crystal_info.resolution=3.2"]).values
    )


def test_an_unknown_name_inside_is_refused_with_its_line() -> None:
    text = ParameterText("map_sharpening {\n  colour = red\n}\n", "run.eff")
    with pytest.raises(ParameterError, match=r"run\.eff, line 2"):
        read_words(files=[text])


def test_other_scopes_round_everything_are_refused() -> None:
    with pytest.raises(ParameterError):
        read_words(files=[ParameterText(f"auto_map {{ {INNER} }}", "run.eff")])
