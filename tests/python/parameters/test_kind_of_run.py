"""What parameters ask for: the method settled, what is unused told."""

from __future__ import annotations

import re

import pytest

from map_sharpening.errors import ParameterError
from map_sharpening.parameters.kind_of_run import (
    FUNCTIONS,
    kind_of_run,
    require_available,
    settle,
)
from map_sharpening.parameters.reading import read_words
from map_sharpening.phil import ParameterText, write_all

HALVES = ["half_map=a.mrc", "half_map=b.mrc"]
B_FACTOR = "sharpening_method=b-factor"
BY_MODEL = ["model=a.pdb", "model_sharpen=True"]


# Empty texts


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("residual_target=''", "residual_target is empty"),
        ("mask=' '", 'sharpening.mask is empty (""); expected Auto, False, or the name of a map'),
        ("model=''", "model is empty"),
        ("half_map=''", "half_map is empty"),
        ("extra_directives=''", "extra_directives is empty"),
        ("map_coeff_labels='' FC,PHIC", "map_coeff_labels is empty"),
        ("output.output_directory=''", "output_directory is empty"),
        ("local_resolution_map_file=''", "expected a file name, default or None"),
    ],
)
def test_empty_texts_are_said_to_be_empty(word: str, expected: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(expected)):
        settle(read_words([*HALVES, word]))


@pytest.mark.parametrize("word", ["job_title=''", "file_name=''", "gui.output_dir=''"])
def test_empty_texts_that_change_nothing_are_taken(word: str) -> None:
    assert kind_of_run(settle(read_words([*HALVES, word]))[0]) == "shells"


# Which method


@pytest.mark.parametrize("word", ["full_map=a.mrc", "mtz_in=a.mtz"])
def test_single_map_is_sharpened_by_a_b_factor(word: str) -> None:
    settled, notes = settle(read_words([word]))
    assert (kind_of_run(settled), len(notes)) == ("b-factor", 1)


def test_two_half_maps_are_sharpened_by_shells() -> None:
    settled, notes = settle(read_words(HALVES))
    assert (kind_of_run(settled), notes) == ("shells", [])


def test_shells_asked_for_by_name_need_half_maps() -> None:
    with pytest.raises(ParameterError, match=r"shells, which needs two half maps, but a\.mrc"):
        settle(read_words(["full_map=a.mrc", "sharpening_method=shells"]))


@pytest.mark.parametrize("maps", [["full_map=a.mrc"], HALVES, ["mtz_in=a.mtz"]])
def test_model_sharpen_means_shells_with_the_model(maps: list[str]) -> None:
    settled, notes = settle(read_words([*maps, *BY_MODEL]))
    assert (kind_of_run(settled), notes) == ("model", [])


def test_b_factor_asked_for_by_name_wins_over_model_sharpen() -> None:
    settled, _ = settle(read_words(["full_map=a.mrc", *BY_MODEL, B_FACTOR]))
    assert kind_of_run(settled) == "b-factor"


@pytest.mark.parametrize("word", ["full_map=a.mrc", "mtz_in=a.mtz"])
def test_single_map_with_a_model_is_sharpened_by_the_model(word: str) -> None:
    settled, (note,) = settle(read_words([word, "model=a.pdb"]))
    assert kind_of_run(settled) == "model"
    assert "model_sharpen=True" in note
    assert "sharpening_method=b-factor" in note


@pytest.mark.parametrize(
    "word", ["model_sharpen=False", "b_iso=20", "auto_sharpen_methods=model_sharpening", B_FACTOR]
)
def test_single_map_with_a_model_is_sharpened_by_a_b_factor_where_that_is_meant(word: str) -> None:
    settled, _ = settle(read_words(["full_map=a.mrc", "model=a.pdb", word]))
    assert kind_of_run(settled) == "b-factor"


@pytest.mark.parametrize(
    ("words", "functions"),
    [
        (["full_map=a.mrc"], ("b_iso_to_d_cut",)),
        (HALVES, ("half_map_sharpening",)),
        (["full_map=a.mrc", "model=a.pdb"], ("model_sharpening",)),
        ([*HALVES, "model=a.pdb"], ("half_map_sharpening",)),
        (["full_map=a.mrc", "external_map_file=b.mrc"], ("external_map_sharpening",)),
        (["full_map=a.mrc", "resolution_dependent_b=0 0 0"], ("resolution_dependent",)),
        ([*HALVES, "b_sharpen=80"], ("b_iso_to_d_cut",)),
        (["full_map=a.mrc", "external_map_file=b.mrc", "b_iso=2"], ("b_iso_to_d_cut",)),
        (["full_map=a.mrc", "auto_sharpen_methods=None"], ("no_sharpening",)),
        ([*HALVES, "auto_sharpen_methods=None", "b_iso=2"], ("b_iso_to_d_cut",)),
        ([*HALVES, "auto_sharpen_methods=b_iso_to_d_cut"], ("b_iso_to_d_cut",)),
    ],
)
def test_functions_follow_from_the_inputs(words: list[str], functions: tuple[str, ...]) -> None:
    settled, _ = settle(read_words([*words, B_FACTOR]))
    assert settled.values[FUNCTIONS] == functions


@pytest.mark.parametrize("words", [["full_map=a.mrc"], [*HALVES, B_FACTOR], [*HALVES]])
def test_settled_parameters_stay_as_they_are(words: list[str]) -> None:
    settled, _ = settle(read_words(words))
    again, notes = settle(read_words(files=[ParameterText(write_all(settled))]))
    assert (dict(again.values), notes) == (dict(settled.values), [])


# What has no use


@pytest.mark.parametrize("word", ["n_bins=30", "mask=False", "sharpen_all_maps=False"])
def test_parameter_of_shells_is_told_to_have_no_effect_with_a_b_factor(word: str) -> None:
    (warning,) = require_available(read_words([word, B_FACTOR]))
    assert "has no effect in B-factor sharpening" in warning


@pytest.mark.parametrize("word", ["k_sharpen=5", "seq_file=a.fasta", "solvent_content=0.5"])
def test_parameter_of_b_factors_is_told_to_have_no_effect_in_shells(word: str) -> None:
    (warning,) = require_available(read_words([word]))
    assert warning.endswith("has no effect in shell sharpening, only in B-factor sharpening")


@pytest.mark.parametrize(
    "word", ["b_iso=20", "b_sharpen=50", "local_sharpening=True", "mtz_in=a.mtz"]
)
def test_what_needs_a_b_factor_is_refused_in_shells(word: str) -> None:
    with pytest.raises(ParameterError, match="give sharpening_method=b-factor too"):
        require_available(read_words([word]))


def test_model_beside_half_maps_is_for_viewers() -> None:
    settled, (note,) = settle(read_words([*HALVES, "model=a.pdb"]))
    assert (kind_of_run(settled), require_available(settled)) == ("shells", [])
    assert "a.pdb is loaded by the viewers' scripts" in note
    assert "model_sharpen=True" in note


@pytest.mark.parametrize(
    "word", ["b_iso=20", "external_map_file=b.mrc", "auto_sharpen_methods=b_iso"]
)
def test_model_beside_a_b_factor_found_without_it_is_for_viewers(word: str) -> None:
    words = ["mtz_in=a.mtz", "model=a.pdb", B_FACTOR]
    _, (note,) = settle(read_words([*words, word]))
    assert "a.pdb is loaded by the viewers' scripts and changes no map" in note
    assert settle(read_words(words))[1] == []


@pytest.mark.parametrize("word", ["b_iso=20", "external_map_file=b.mrc"])
def test_what_needs_a_b_factor_is_refused_with_a_model_too(word: str) -> None:
    with pytest.raises(ParameterError, match="can't be used in shell sharpening by a model"):
        require_available(read_words([*BY_MODEL, word]))


@pytest.mark.parametrize(
    "word",
    [
        "rmsd=0.5",
        "rmsd_resolution_factor=0.3",
        "map_modification.fraction_complete=0.5",
        "mask_atoms=False",
        "mask_atoms_atom_radius=4",
        "mask=False",
        "n_bins=40",
        "anisotropic_sharpen=False",
        "sharpen_all_maps=False",
        "ignore_symmetry_conflicts=True",
        "is_crystal=True",
        "mtz_in=a.mtz",
    ],
)
def test_parameter_of_a_run_by_a_model_passes_without_a_warning(word: str) -> None:
    assert require_available(read_words([*HALVES, *BY_MODEL, word])) == []


@pytest.mark.parametrize(
    "word", ["ideal_curve=nucleic_acid", "guinier_d_low=12", "k_sharpen=5", "seq_file=a.fasta"]
)
def test_parameter_without_use_in_a_run_by_a_model_is_told_so(word: str) -> None:
    (warning,) = require_available(read_words([*BY_MODEL, word]))
    assert "has no effect in shell sharpening by a model, only in " in warning


def test_model_sharpen_is_told_to_have_no_effect_with_a_b_factor() -> None:
    (warning,) = require_available(read_words([*BY_MODEL, B_FACTOR]))
    assert warning.startswith(
        "sharpening.model_sharpen = True has no effect in B-factor sharpening"
    )


@pytest.mark.parametrize("more", [[], BY_MODEL, [B_FACTOR]], ids=["shells", "model", "b-factor"])
def test_resolution_of_either_scope_counts_in_every_run(more: list[str]) -> None:
    words = ["b_factor_sharpening_crystal_info.resolution=3", *more]
    assert require_available(read_words(words)) == []


# What has a use, and what has none


@pytest.mark.parametrize(
    "word",
    [
        "full_map=a.mrc",
        "half_map=a.mrc",
        "sharpening_method=shells",
        "anisotropic_sharpen=False",
        "n_bins=50",
        "sharpen_all_maps=False",
        "mask=False",
        "ideal_curve=nucleic_acid",
        "resolution=3",
        "wrapping=True",
        "voxel_size=1 1 2",
        "nproc=2",
        "verbose=True",
        "job_title=x",
        "overwrite=False",
        "output_scale_factor=10",
        "report=False",
        "queue_run_command=qsub",
        "multiprocessing=slurm",
        "output_directory=x",
        "local_resolution_map=False",
        "local_resolution_map=True",
        "local_resolution_map_file=x.mrc",
        "local_sharpen=False",
        "local_sharpening=False",
        "auto_sharpen_methods=None",
        "pseudo_likelihood=False",
        "pseudo_likelihood=None",
        "b_iso=None",
    ],
)
def test_what_suits_half_maps_passes_without_a_warning(word: str) -> None:
    assert require_available(read_words([*HALVES, word])) == []


@pytest.mark.parametrize("word", ["multiprocessing=slurm", "n_jobs=2", "scratch_directory=/tmp"])
def test_what_a_run_by_a_model_has_no_use_for_is_warned_about(word: str) -> None:
    (warning,) = require_available(read_words(["model_sharpen=True", word]))
    assert "has no effect in shell sharpening by a model" in warning


def test_local_resolution_is_not_measured_beside_a_model() -> None:
    by_model = [*HALVES, *BY_MODEL]
    (warning,) = require_available(read_words([*by_model, "local_resolution_map=True"]))
    assert warning.startswith("sharpening.local_resolution_map = True has no effect in shell")
    assert require_available(read_words(by_model)) == []


def test_windows_are_for_runs_by_a_model_too() -> None:
    words = ["model_sharpen=True", "local_sharpen=True", "n_boxes=30"]
    assert require_available(read_words(words)) == []


@pytest.mark.parametrize(
    "word",
    ["file_name=x", "filename=x", "serial=1", "mtz_in_virtual=x", "k_sol=0.4", "gui.output_dir=x"],
)
def test_parameter_without_use_is_warned_about(word: str) -> None:
    (warning,) = require_available(read_words([word]))
    assert "is ignored" in warning


def test_complete_parameter_file_is_available() -> None:
    text = write_all(read_words(["resolution=3", "half_map=a", "half_map=b"]))
    assert require_available(read_words(files=[ParameterText(text)])) == []
