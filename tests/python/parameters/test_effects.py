"""A parameter that changes nothing in a run is warned of, with what would make it count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from map_sharpening.methods.b_factor.options import COARSE_RESOLUTION
from map_sharpening.parameters.kind_of_run import kind_of_run, require_available, settle
from map_sharpening.parameters.reading import master, read_words
from map_sharpening.parameters.use import Condition, uses
from map_sharpening.phil import Fetched

ONE_MAP = ("full_map=a.mrc",)
RUNS = {
    "one map": ONE_MAP,
    "one map, coarse": (*ONE_MAP, "resolution=12"),
    "one map, no search": (*ONE_MAP, "b_iso=20"),
    "one map, curve": (*ONE_MAP, "resolution_dependent_b=1 0 -1"),
    "one map, nothing": (*ONE_MAP, "auto_sharpen_methods=no_sharpening"),
    "one map, local": (*ONE_MAP, "local_sharpening=True"),
    "one map, regions": (*ONE_MAP, "residual_target=adjusted_sa"),
    "one map, kurtosis": (*ONE_MAP, "residual_target=kurtosis", "sharpening_target=kurtosis"),
    "one map, target of B": (*ONE_MAP, "region_weight_method=b_iso"),
    "half maps, b-factor": ("half_map=a.mrc", "half_map=b.mrc", "sharpening_method=b-factor"),
    "model, b-factor": (*ONE_MAP, "model=a.pdb", "sharpening_method=b-factor"),
    "model": (*ONE_MAP, "model=a.pdb"),
    "half maps": ("half_map=a.mrc", "half_map=b.mrc"),
    "half maps, local": ("half_map=a.mrc", "half_map=b.mrc", "local_sharpen=True"),
}
WITH_EFFECT = [path for path, use in uses().items() if use.effect]
#: Whose own value is a condition too.
OF_THEMSELVES = (
    "auto_sharpen_methods", "region_weight_method", "residual_target", "sharpening_target",
)  # fmt: skip


def settled(words: Sequence[str]) -> Fetched:
    return settle(read_words(words))[0]


def warnings_of(path: str, fetched: Fetched) -> list[str]:
    return [text for text in require_available(fetched) if text.startswith(f"{path} = ")]


def changed(path: str, fetched: Fetched) -> Fetched:
    """Give a parameter a value of its type that is not its default."""
    default = master().definitions[path].default
    other: Any = not default if isinstance(default, bool) else "something else"
    return fetched.with_values({path: other})


def met(condition: Condition, fetched: Fetched) -> Fetched:
    values = [value for value in condition.values if value != "None"]
    if condition.is_negated or not condition.values:
        is_text = condition.path.startswith("input_files") or "command" in condition.path
        is_three = condition.name in ("resolution_dependent_b", "box_center")
        value = "some.file" if is_text else "3 2 1" if is_three else "3"
        choices = {"auto_sharpen_methods": "b_iso", "region_weight_method": "delta_ratio"}
        value = choices.get(condition.name, value)
    else:
        value = values[0] if values else "None"
    wanted = read_words([f"{condition.path}={value}"]).values[condition.path]
    return fetched.with_values({condition.path: wanted})


def choices_of(run: Fetched) -> list[str]:
    """Return parameters that a run's kind looks at and that are no part of what makes the run."""
    kind = kind_of_run(run)
    return [
        path
        for path in WITH_EFFECT
        if run.values[path] == master().definitions[path].default
        and kind in uses()[path].runs
        and not path.endswith(OF_THEMSELVES)
    ]


@pytest.mark.parametrize("words", RUNS.values(), ids=RUNS)
def test_parameters_are_warned_of_where_and_only_where_they_have_no_effect(
    words: Sequence[str],
) -> None:
    fetched = settled(words)
    paths = choices_of(fetched)
    assert len(paths) > 10
    for path in paths:
        use = uses()[path]
        warnings = warnings_of(path, changed(path, fetched))
        has_effect = use.has_effect(kind_of_run(fetched), fetched.values)
        assert len(warnings) == (0 if has_effect else 1), path
        for way in use.ways(fetched.values):
            helped = fetched
            for condition in way:
                assert not warnings or condition.name in warnings[0], path
                helped = met(condition, helped)
            assert warnings_of(path, changed(path, helped)) == [], path


@pytest.mark.parametrize(
    ("words", "name", "remedy"),
    [
        (
            ["region_weight=0"],
            "region_weight",
            "give residual_target=adjusted_sa or sharpening_target=adjusted_sa",
        ),
        (["fraction_occupied=0.3"], "fraction_occupied", "residual_target=adjusted_sa"),
        (["rmsd=1"], "rmsd", "give auto_sharpen_methods=model_sharpening"),
        (["ncs_copies=4"], "ncs_copies", "give seq_file or box_in_auto_sharpen=True"),
        (["box_center=1 2 3"], "box_center", "give box_in_auto_sharpen=True"),
        (["write_sharpened_maps=True"], "write_sharpened_maps", "give local_sharpen=True"),
        (["b_sharpen=30", "search_b_n=9"], "search_b_n", "leave b_sharpen out"),
        (
            ["b_iso=20", "external_map_file=b.mrc"],
            "external_map_file",
            "give auto_sharpen_methods=external_map_sharpening and leave b_iso out",
        ),
        (["b_iso=2", "auto_sharpen_methods=no_sharpening"], "auto_sharpen_methods", "b_iso out"),
        (["auto_sharpen_methods=b_iso", "input_d_cut=4"], "input_d_cut", "b_iso_to_d_cut"),
        (["auto_sharpen_methods=b_iso", "k_sharpen=4"], "k_sharpen", "b_iso_to_d_cut"),
        (["region_weight_method=initial_ratio"], "region_weight_method", "adjusted_sa"),
        (["k_sharpen=0", "b_blur_hires=9"], "b_blur_hires", "give k_sharpen other than 0"),
        (
            ["box_in_auto_sharpen=True", "density_select_in_auto_sharpen=True"],
            "density_select_in_auto_sharpen",
            "give box_in_auto_sharpen=False",
        ),
        (["b_sharpen=30", "auto_sharpen=False"], "auto_sharpen", "leave b_sharpen out"),
        (
            ["resolution_dependent_b=1 0 0", "auto_sharpen=True"],
            "auto_sharpen",
            "leave resolution_dependent_b out",
        ),
        # Given, though it is the default.
        (["region_weight_factor=1"], "region_weight_factor", "adjusted_sa"),
    ],
)
def test_warning_tells_what_would_make_a_parameter_count(
    words: list[str], name: str, remedy: str
) -> None:
    warnings = require_available(settled([*ONE_MAP, *words]))
    (warning,) = (text for text in warnings if f".{name} = " in text.split(" has no effect")[0])
    assert "has no effect in this run; to make it count, " in warning
    assert remedy in warning


@pytest.mark.parametrize("mask", [[], ["mask=Auto"], ["mask=False"]])
def test_a_place_of_the_mask_counts_with_a_mask_alone(mask: list[str]) -> None:
    halves = ["half_map=a_half1.mrc", "half_map=a_half2.mrc", "mask_at_map=True"]
    (warning,) = require_available(settled([*halves, *mask]))
    assert "mask_at_map = True has no effect in this run" in warning
    assert warning.endswith("give mask other than Auto or True or False")
    assert require_available(settled([*halves, "mask=mask.mrc"])) == []


@pytest.mark.parametrize(
    "words",
    [
        [*RUNS["half maps, b-factor"], "require_improvement=False", "local_sharpen=True"],
        [*RUNS["model, b-factor"], "require_improvement=False", "local_sharpening=True"],
        [*ONE_MAP, "resolution_dependent_b=1 0 -1", "local_sharpening=True"],
        [*ONE_MAP, "external_map_file=b.mrc", "local_sharpen=True"],
        [
            *ONE_MAP,
            "auto_sharpen_methods=resolution_dependent",
            "require_improvement=False",
            "local_sharpen=True",
        ],
    ],
)
@pytest.mark.parametrize(
    "given", ["smoothing_radius=3", "target_n_overlap=2", "local_b_map_file=x.mrc"]
)
def test_parts_of_local_sharpening_are_warned_of_where_no_b_factor_can_vary(
    words: list[str], given: str
) -> None:
    name = given.partition("=")[0]
    (warning,) = (w for w in require_available(settled([*words, given])) if f".{name} = " in w)
    assert "has no effect in this run" in warning
    searched = [*ONE_MAP, "local_sharpen=True", given]
    for more in ([], ["b_sharpen=30"], ["auto_sharpen_methods=no_sharpening"]):
        assert require_available(settled([*searched, *more])) == []


def test_what_sets_the_contour_level_counts_whatever_the_score() -> None:
    score = ["residual_target=kurtosis", "sharpening_target=kurtosis"]
    for given in ("solvent_content=0.3", "molecular_mass=9000", "seq_file=a.fasta"):
        assert require_available(settled([*ONE_MAP, *score, given])) == []
    (warning,) = require_available(settled([*ONE_MAP, *score, "wang_radius=9"]))
    assert "give residual_target other than kurtosis" in warning


def test_a_worse_map_is_discarded_anyway_where_a_search_has_to_improve_it() -> None:
    given = [*ONE_MAP, "discard_if_worse=True"]
    (warning,) = require_available(settled(given))
    assert "discard_if_worse = True has no effect in this run" in warning
    assert "require_improvement=False" in warning
    for counts in (
        ["require_improvement=False"],
        ["b_iso=20"],
        ["b_sharpen=20", "auto_sharpen_methods=b_iso"],
        ["resolution_dependent_b=1 0 -1"],
        ["region_weight_method=b_iso"],
        ["external_map_file=b.mrc"],
    ):
        assert require_available(settled([*given, *counts])) == []


TARGET = (*ONE_MAP, "region_weight_method=b_iso")


@pytest.mark.parametrize(
    "given",
    [
        "search_b_n=5",
        "search_b_min=-20",
        "optimize_d_cut=True",
        "sharpening_target=skewness",
        "residual_target=skewness",
        "require_improvement=False",
        "auto_sharpen_methods=b_iso",
    ],
)
def test_a_target_of_b_takes_the_place_of_a_search_where_no_weight_is_given(given: str) -> None:
    (warning,) = require_available(settled([*TARGET, given]))
    assert warning.partition(" = ")[0].endswith(given.partition("=")[0])
    assert "region_weight_method other than b_iso" in warning
    for searched in ("region_weight=5", "adjust_region_weight=False", "residual_target=kurtosis"):
        if not given.startswith("residual_target"):
            told = require_available(settled([*TARGET, given, searched]))
            assert not any(f".{given.partition('=')[0]} = " in text for text in told)


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["half_map=a.mrc", "half_map=b.mrc", "sharpening_method=b-factor"], "cc_cut=0.5"),
        (["half_map=a.mrc", "half_map=b.mrc", "sharpening_method=b-factor"], "buffer_radius=3"),
        ([*ONE_MAP, "model=a.pdb", "sharpening_method=b-factor"], "rmsd=1"),
        ([*ONE_MAP, "auto_sharpen_methods=resolution_dependent"], "eps=0.3"),
        ([*ONE_MAP, "external_map_file=b.mrc"], "map_modification.n_bins=9"),
    ],
)
def test_other_functions_are_not_tried_beside_a_target_of_b(words: list[str], given: str) -> None:
    assert require_available(settled([*words, given])) == []
    told = require_available(settled([*words, given, "region_weight_method=b_iso"]))
    of_given = [text for text in told if f"{given.partition('=')[0]} = " in text]
    assert len(of_given) == 1
    assert "region_weight_method other than b_iso" in of_given[0]


@pytest.mark.parametrize("more", ["region_weight=5", "adjust_region_weight=False"])
def test_a_target_of_b_is_not_taken_where_the_weight_is_given(more: str) -> None:
    told = require_available(settled([*TARGET, "target_b_iso_ratio=4", more]))
    assert any("target_b_iso_ratio = 4.0 has no effect" in text for text in told)
    assert any("region_weight_method = b_iso has no effect" in text for text in told)
    assert not require_available(settled([*TARGET, "target_b_iso_ratio=4"]))


def test_a_target_of_b_is_not_taken_in_a_search_by_the_kurtosis() -> None:
    (warning,) = require_available(settled([*TARGET, "residual_target=kurtosis"]))
    assert "region_weight_method = b_iso has no effect in this run" in warning
    scores = ["residual_target=kurtosis", "sharpening_target=adjusted_sa"]
    assert require_available(settled([*TARGET, *scores])) == []


def test_what_bounds_trials_counts_where_they_give_the_weight_of_regions() -> None:
    other = ["external_map_file=b.mrc", "discard_if_worse=True"]
    given = [*ONE_MAP, *other, "input_d_cut=7"]
    assert len(require_available(settled(given))) == 1
    assert require_available(settled([*given, "sharpening_target=adjusted_sa"])) == []
    regions = [*TARGET, "residual_target=adjusted_sa", "search_b_max=200"]
    told = require_available(settled(regions))
    assert any("search_b_max = 200.0 has no effect" in text for text in told)


def test_what_is_done_beyond_d_cut_is_idle_in_local_maps_of_one_b_factor() -> None:
    local = [*ONE_MAP, "auto_sharpen_methods=b_iso", "local_sharpen=True", "input_d_cut=7"]
    for given in ("b_iso=30", "b_sharpen=30"):
        (warning,) = require_available(settled([*local, given]))
        assert "input_d_cut = 7.0 has no effect in this run" in warning
        assert f"leave {given.partition('=')[0]} out" in warning
        assert require_available(settled([*local, given, "discard_if_worse=True"])) == []
    assert require_available(settled(local)) == []


def test_what_finds_the_solvent_counts_where_a_box_is_placed_by_it() -> None:
    score = ["residual_target=kurtosis", "sharpening_target=kurtosis"]
    box = [*ONE_MAP, *score, "box_in_auto_sharpen=True", "wang_radius=9"]
    assert require_available(settled(box)) == []
    (warning,) = require_available(settled([*box, "box_center=1 2 3"]))
    assert "wang_radius = 9.0 has no effect in this run" in warning


def test_radius_of_atoms_counts_in_shells_without_a_mask_too() -> None:
    given = [*ONE_MAP, "model=a.pdb", "mask_atoms=False", "mask_atoms_atom_radius=5"]
    assert require_available(settled(given)) == []
    (warning,) = require_available(settled([*given, "sharpening_method=b-factor"]))
    assert "mask_atoms_atom_radius = 5.0 has no effect" in warning


@pytest.mark.parametrize(
    "words",
    [
        ["half_map=a.mrc", "half_map=b.mrc", "sharpening_method=b-factor"],
        [*ONE_MAP, "model=a.pdb", "sharpening_method=b-factor"],
    ],
)
def test_scales_that_lower_the_skewness_are_discarded_anyway(words: list[str]) -> None:
    given = [*words, "discard_if_worse=True"]
    (warning,) = require_available(settled(given))
    assert "discard_if_worse = True has no effect in this run" in warning
    for counts in ("sharpening_target=kurtosis", "require_improvement=False"):
        assert require_available(settled([*given, counts])) == []


@pytest.mark.parametrize("scope", ["", "b_factor_sharpening_crystal_info."])
@pytest.mark.parametrize(
    "given",
    [
        "search_b_n=5",
        "search_b_max=90",
        "signal_min=9",
        "require_improvement=False",
        "sharpening_target=skewness",
        "box_in_auto_sharpen=True",
    ],
)
def test_what_belongs_to_scores_is_warned_of_where_none_decides(scope: str, given: str) -> None:
    words = [*ONE_MAP, given, f"{scope}resolution={COARSE_RESOLUTION + 0.1}"]
    (warning,) = require_available(settled(words))
    assert f"{given.partition('=')[0]} = " in warning
    assert "give pseudo_likelihood=False or residual_target other than skewness" in warning
    fine = [*ONE_MAP, given, f"{scope}resolution={COARSE_RESOLUTION}"]
    assert require_available(settled(fine)) == []
    for more in ("pseudo_likelihood=False", "optimize_d_cut=True", "input_d_cut=14"):
        assert require_available(settled([*words, more])) == []


def test_the_ideal_fall_off_counts_where_a_search_looks_at_the_signal() -> None:
    given = [*ONE_MAP, "ideal_curve=nucleic_acid"]
    kurtosis = "residual_target=kurtosis"
    assert require_available(settled(given)) == []
    assert require_available(settled([*given, kurtosis, "pseudo_likelihood=True"])) == []
    for words, remedy in (
        (["b_iso=20"], "leave b_iso out"),
        ([kurtosis], "pseudo_likelihood=True or residual_target=skewness"),
        (["pseudo_likelihood=False"], "pseudo_likelihood other than False"),
        (["is_crystal=True"], "pseudo_likelihood=True"),
    ):
        (warning,) = require_available(settled([*given, *words]))
        assert "ideal_curve = nucleic_acid has no effect in this run" in warning
        assert remedy in warning
    (warning,) = require_available(settled(["mtz_in=a.mtz", "ideal_curve=nucleic_acid"]))
    assert "pseudo_likelihood=True" in warning
    assert "mtz_in" not in warning


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (["auto_sharpen_methods=b_iso+resolution_dependent"], "pseudo_likelihood=True"),
        (["k_sharpen=2"], "k_sharpen=10"),
        (["b_blur_hires=100"], "b_blur_hires=200"),
        (["input_d_cut=7"], "leave input_d_cut out"),
        (["k_sharpen=2", "auto_sharpen_methods=b_iso", "local_sharpening=True"], "k_sharpen=10"),
        (["optimize_d_cut=True"], "optimize_d_cut=False"),
        (["optimize_b_blur_hires=True"], "optimize_b_blur_hires=False"),
    ],
)
def test_the_ideal_fall_off_counts_not_where_terms_are_not_weighted(
    words: list[str], remedy: str
) -> None:
    given = [*ONE_MAP, "ideal_curve=nucleic_acid", *words]
    (warning,) = require_available(settled(given))
    assert "ideal_curve = nucleic_acid has no effect in this run" in warning
    assert remedy in warning
    assert "pseudo_likelihood=True" in warning
    assert require_available(settled([*given, "pseudo_likelihood=True"])) == []


def test_the_ideal_fall_off_counts_where_nothing_is_done_beyond_d_cut() -> None:
    given = [*ONE_MAP, "ideal_curve=nucleic_acid", "auto_sharpen_methods=b_iso", "k_sharpen=2"]
    assert not any("ideal_curve" in text for text in require_available(settled(given)))


def test_the_solvent_counts_where_terms_of_a_given_b_are_weighted_by_its_noise() -> None:
    weighted = [*ONE_MAP, "b_sharpen=30", "pseudo_likelihood=True"]
    for given in ("wang_radius=9", "solvent_content_iterations=9"):
        assert require_available(settled([*weighted, given])) == []
        assert len(require_available(settled([*weighted[:2], given]))) == 1


def test_what_places_a_box_counts_where_it_is_not_placed() -> None:
    box = [*ONE_MAP, "box_in_auto_sharpen=True"]
    given_b = [*box, "b_sharpen=30", "allow_box_if_b_iso_set=True"]
    for given in ("fraction_occupied=0.4", "ncs_copies=3"):
        assert require_available(settled([*box, given])) == []
        (warning,) = require_available(settled([*box, "box_center=1 2 3", given]))
        assert f"{given.partition('=')[0]} = " in warning
    assert not any(
        "wang_radius" in w for w in require_available(settled([*given_b, "wang_radius=9"]))
    )


def test_rounds_of_the_solvent_count_where_a_given_b_is_scored() -> None:
    given = [*ONE_MAP, "b_sharpen=40", "solvent_content_iterations=9"]
    assert len(require_available(settled(given))) == 1
    assert require_available(settled([*given, "discard_if_worse=True"])) == []


@pytest.mark.parametrize(
    ("words", "left", "kept"),
    [
        (RUNS["half maps, b-factor"], [], ["require_improvement=False"]),
        (RUNS["half maps, b-factor"], ["discard_if_worse=True"], ["sharpening_target=kurtosis"]),
        (RUNS["model, b-factor"], [], ["require_improvement=False"]),
        (
            (*ONE_MAP, "auto_sharpen_methods=resolution_dependent"),
            ["sharpening_target=kurtosis"],
            ["require_improvement=False"],
        ),
        ((*ONE_MAP, "external_map_file=b.mrc"), ["discard_if_worse=True"], []),
    ],
)
def test_local_sharpening_counts_where_the_map_may_be_left_as_it_was(
    words: tuple[str, ...], left: list[str], kept: list[str]
) -> None:
    for given in ("search_b_n=5", "smoothing_radius=9", "overall_before_local=False"):
        local = [*words, "local_sharpening=True", given]
        name = f".{given.partition('=')[0]} = "
        assert not any(name in text for text in require_available(settled([*local, *left])))
        (warning,) = (text for text in require_available(settled([*local, *kept])) if name in text)
        assert "has no effect in this run" in warning


def test_of_two_that_refine_b_alone_one_is_told() -> None:
    both = ["optimize_d_cut=True", "optimize_b_blur_hires=True"]
    plain = [*ONE_MAP, "auto_sharpen_methods=b_iso"]
    (warning,) = require_available(settled([*plain, *both]))
    assert "optimize_d_cut = True has no effect in this run" in warning
    assert "auto_sharpen_methods=b_iso_to_d_cut or optimize_b_blur_hires=False" in warning
    for words in ([*plain, both[0]], [*plain, both[1]], [*ONE_MAP, *both]):
        assert require_available(settled(words)) == []


def test_off_is_warned_of_where_none_stands_for_on() -> None:
    words = [*ONE_MAP, "b_iso=20"]
    (warning,) = require_available(settled([*words, "require_improvement=False"]))
    assert "require_improvement = False has no effect in this run" in warning
    (warning,) = require_available(settled([*words, "restrict_map_size=False"]))
    assert "restrict_map_size = False has no effect in this run" in warning
    assert require_available(settled([*words, "optimize_d_cut=False"])) == []


def test_parameter_of_another_kind_of_run_names_its_counterpart() -> None:
    (warning,) = require_available(settled([*ONE_MAP, "sharpening.n_bins=7"]))
    assert warning.endswith("did you mean b_factor_sharpening.map_modification.n_bins?")


@pytest.mark.parametrize("run", RUNS)
def test_what_makes_a_run_counts_in_it(run: str) -> None:
    assert require_available(settled(RUNS[run])) == []
