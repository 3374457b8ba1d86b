"""Options in groups: keywords sorted into them, values checked, unknown names refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from map_sharpening import BFactorOptions, sharpen_by_b_factor
from map_sharpening.errors import ParameterError
from map_sharpening.methods.b_factor.options import AppliedFunction, Scoring
from map_sharpening.methods.b_factor.options_of_map import Sample
from map_sharpening.methods.shared.option_groups import all_options, may_be_none


def test_keywords_are_sorted_into_their_groups() -> None:
    keywords = BFactorOptions.from_keywords(
        resolution=3.0, b_sharpen=40.0, k_sharpen=None, sa_percent=20.0, ncs_copies=4, threads=2
    )
    assert keywords == BFactorOptions(
        resolution=3.0,
        applied=AppliedFunction(b_sharpen=40.0, k_sharpen=None),
        score=Scoring(sa_percent=20.0),
        sample=Sample(ncs_copies=4),
        threads=2,
    )


def test_names_of_options_are_unique() -> None:
    names = [of_option.name for _, of_option in all_options(BFactorOptions)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "similar"),
    [
        ("b_isso", "b_iso"),
        ("treads", "threads"),
        ("nproc", "threads"),
        ("apix", "voxel_size"),
        ("bfactor", "b_sharpen"),
        ("blur", "b_blur_hires"),
    ],
)
def test_unknown_option_is_refused_with_similar_ones(name: str, similar: str) -> None:
    with pytest.raises(ParameterError, match=rf"no option {name}; similar ones are .*{similar}"):
        BFactorOptions.from_keywords(resolution=3.0, **{name: 1.0})


def test_unknown_option_unlike_any_other_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"no option zzz$"):
        BFactorOptions.from_keywords(resolution=3.0, zzz=1)


def test_missing_resolution_is_named() -> None:
    with pytest.raises(ParameterError, match="resolution is missing"):
        BFactorOptions.from_keywords(b_iso=1.0)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("search_b_n", None),
        ("search_b_n", 2.5),
        ("d_min_ratio", 1.2),
        ("k_sharpen", -1.0),
        ("box_size", (30, 30)),
        ("value_outside_atoms", "air"),
        ("threads", -1),
        ("methods", ()),
    ],
)
def test_value_that_is_not_accepted_is_named(name: str, wrong: Any) -> None:
    with pytest.raises(ParameterError, match=rf"^{name} is .*; expected "):
        BFactorOptions.from_keywords(resolution=3.0, **{name: wrong})


def test_a_group_is_checked_when_it_is_made() -> None:
    with pytest.raises(ParameterError, match="sa_percent is 101"):
        replace(Scoring(), sa_percent=101.0)


def test_only_types_with_none_take_it() -> None:
    assert may_be_none(AppliedFunction, "k_sharpen")
    assert not may_be_none(AppliedFunction, "d_min_ratio")


def test_options_whole_do_what_keywords_do() -> None:
    values = np.random.default_rng(5).normal(size=(24, 24, 24)).astype(np.float32)
    keywords: dict[str, Any] = {"resolution": 4.0, "b_sharpen": 30.0, "threads": 1}
    whole = BFactorOptions.from_keywords(**keywords)
    by_options = sharpen_by_b_factor(values, whole, voxel_size=1.3)
    by_keywords = sharpen_by_b_factor(values, voxel_size=1.3, **keywords)
    assert np.array_equal(by_options.sharpened.values, by_keywords.sharpened.values)
    assert (
        by_options.options
        == by_keywords.options
        == replace(whole, methods=by_options.options.methods)
    )


def test_options_whole_and_keywords_are_not_mixed() -> None:
    with pytest.raises(ParameterError, match="given together with b_iso"):
        sharpen_by_b_factor(
            np.arange(512).reshape(8, 8, 8),
            BFactorOptions(resolution=3.0),
            voxel_size=1.0,
            b_iso=3.0,
        )
