"""What a default means is what the documentation says, or the help says why it isn't."""

from __future__ import annotations

import re
from typing import Any

import pytest

from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.parameters.kind_of_run import kind_of_run, settle
from map_sharpening.parameters.reading import master, read_words

MAP_MODIFICATION = "b_factor_sharpening.map_modification"
SAMPLE = "b_factor_sharpening_crystal_info"
OPTIONS = BFactorOptions(resolution=4.0)
DIFFERS = re.compile(r"\(Differs from [^)]*because [^)]*\)|\(Differs from the documented [^)]*: ")

#: The documented default, and the one here where no parameter is given.
DEFAULTS: list[tuple[str, Any, Any]] = [
    ("control.nproc", 1, None),
    (f"{MAP_MODIFICATION}.density_select_in_auto_sharpen", True, False),
    (f"{MAP_MODIFICATION}.scale_using_last", 3, OPTIONS.shells.scale_using_last),
    (f"{MAP_MODIFICATION}.search_b_min", -100, OPTIONS.search.b_range[0]),
    (f"{MAP_MODIFICATION}.search_b_max", 300, OPTIONS.search.b_range[1]),
    (f"{MAP_MODIFICATION}.search_b_n", 21, OPTIONS.search.search_b_n),
    (f"{MAP_MODIFICATION}.residual_target", "adjusted_sa", OPTIONS.score.residual_target),
    (f"{MAP_MODIFICATION}.sharpening_target", "adjusted_sa", OPTIONS.score.sharpening_target),
    (f"{MAP_MODIFICATION}.require_improvement", True, OPTIONS.search.require_improvement),
    (f"{MAP_MODIFICATION}.sa_percent", 30, OPTIONS.score.sa_percent),
    (f"{MAP_MODIFICATION}.fraction_occupied", 0.2, OPTIONS.score.fraction_occupied),
    (f"{MAP_MODIFICATION}.max_regions_to_test", 30, OPTIONS.score.max_regions_to_test),
    (f"{MAP_MODIFICATION}.n_bins", 20, OPTIONS.shells.n_bins),
    (
        f"{MAP_MODIFICATION}.density_select_threshold_in_auto_sharpen",
        0.05,
        OPTIONS.volume.density_select_threshold_in_auto_sharpen,
    ),
    (
        f"{MAP_MODIFICATION}.local_aniso_in_local_sharpening",
        True,
        OPTIONS.local.local_aniso_in_local_sharpening,
    ),
    (f"{MAP_MODIFICATION}.rmsd_resolution_factor", 0.25, OPTIONS.shells.rmsd_resolution_factor),
    (f"{MAP_MODIFICATION}.input_d_cut", None, OPTIONS.applied.d_cut),
    (f"{MAP_MODIFICATION}.discard_if_worse", False, OPTIONS.search.discard_if_worse),
    (f"{MAP_MODIFICATION}.optimize_d_cut", False, OPTIONS.search.optimize_d_cut),
    (f"{SAMPLE}.wang_radius", "1.5 resolution", "density, or 1.5 resolution"),
    (f"{SAMPLE}.buffer_radius", "resolution", "the automatic mask"),
    (f"{SAMPLE}.solvent_content_iterations", 3, OPTIONS.sample.solvent_content_iterations),
    (f"{SAMPLE}.pseudo_likelihood", "of half maps", "of one map"),
    ("sharpening.local_sharpen", "model's region alone", "the rest as a whole"),
    ("sharpening.n_bins", 200, HalfMapOptions(resolution=4.0).n_bins),
    (f"{MAP_MODIFICATION}.mask_atoms_atom_radius", "3 Å", "3 Å and the resolution"),
    (f"{MAP_MODIFICATION}.b_blur_hires", "a step at d_cut", "from d_cut on"),
    (f"{MAP_MODIFICATION}.resolution_dependent_b", "log10", "ln"),
]

#: Runs by their inputs, and the documented kind and method.
RUNS: list[tuple[list[str], str, tuple[str, ...] | None]] = [
    (["half_map=a.mrc", "half_map=b.mrc"], "shells", None),
    (["full_map=a.mrc", "model=a.pdb"], "model", None),
    (["full_map=a.mrc"], "b-factor", ("b_iso_to_d_cut",)),
    (["mtz_in=a.mtz"], "b-factor", ("b_iso_to_d_cut",)),
    (["full_map=a.mrc", "b_iso=20"], "b-factor", ("b_iso_to_d_cut",)),
    (["full_map=a.mrc", "b_sharpen=20"], "b-factor", ("b_iso_to_d_cut",)),
]


def test_where_a_default_is_not_the_documented_one_the_help_says_why_and_nowhere_else() -> None:
    helps = {path: definition.help for path, definition in master().definitions.items()}
    others = {path for path, documented, here in DEFAULTS if documented != here}
    assert {path for path in others if not DIFFERS.search(helps[path])} == set()
    explained = {path for path in helps if "(Differs from" in helps[path]}
    assert explained == {*others, f"{MAP_MODIFICATION}.auto_sharpen_methods"}


@pytest.mark.parametrize(("words", "kind", "methods"), RUNS, ids=[" ".join(r[0]) for r in RUNS])
def test_inputs_alone_choose_the_documented_method(
    words: list[str], kind: str, methods: tuple[str, ...] | None
) -> None:
    settled, _ = settle(read_words(words))
    assert kind_of_run(settled) == kind
    if methods is not None:
        assert settled.values[f"{MAP_MODIFICATION}.auto_sharpen_methods"] == methods


@pytest.mark.parametrize(
    ("more", "method"),
    [
        (["half_map=a.mrc", "half_map=b.mrc"], "half_map_sharpening"),
        (["full_map=a.mrc", "model=a.pdb"], "model_sharpening"),
        (["full_map=a.mrc", "external_map_file=b.mrc"], "external_map_sharpening"),
    ],
)
def test_b_factor_run_takes_another_method_by_its_inputs_as_its_help_says(
    more: list[str], method: str
) -> None:
    settled, _ = settle(read_words([*more, "sharpening_method=b-factor"]))
    path = f"{MAP_MODIFICATION}.auto_sharpen_methods"
    assert settled.values[path] == (method,)
    assert "Differs from the documented b_iso_to_d_cut" in master().definitions[path].help
