"""Names that other programs use: proposed, never taken."""

from __future__ import annotations

import pytest

from map_sharpening.cli.arguments import require_known_options
from map_sharpening.errors import ParameterError
from map_sharpening.parameters.other_programs import CALLED_ELSEWHERE
from map_sharpening.parameters.reading import master, read_words

#: Parts of our own names, and an older one, which are taken.
TAKEN = ("half", "mtz", "lab", "np", "output_dir")


def refusal(word: str) -> str:
    with pytest.raises(ParameterError) as refused:
        read_words([word])
    return str(refused.value)


def test_each_leads_to_its_parameter_and_to_no_other() -> None:
    for name, path in CALLED_ELSEWHERE.items():
        assert master().find(name) is None, name
        if name in TAKEN:
            assert read_words([f"{name}=1"]).explicitly_set == {path}, name
        else:
            assert f"did you mean {path}?" in refusal(f"{name}=1"), name


@pytest.mark.parametrize("typed", ["apix", "APIX", "pixel-size"])
def test_what_is_meant_is_told_in_words(typed: str) -> None:
    assert "did you mean crystal_info.voxel_size? (Grid spacing in Å" in refusal(f"{typed}=1.1")


def test_the_sign_of_a_b_factor_is_told_where_other_programs_have_the_other() -> None:
    assert refusal("adhoc_bfac=-50").endswith("b_sharpen? (B in Å² to apply; positive sharpens.)")
    with pytest.raises(ParameterError, match=r"b_sharpen=-50 \(B in .* positive sharpens\.\);"):
        require_known_options(["--adhoc_bfac=-50"])


def test_a_name_that_only_begins_another_is_not_taken_for_that() -> None:
    assert "did you mean crystal_info.resolution?" in refusal("d_min=3")  # d_min_ratio
    assert "map_modification.b_sharpen?" in refusal("b=50")  # resolution_dependent_b
