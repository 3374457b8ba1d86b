"""The program's own parameters: complete, documented, resolved, refused where not built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import map_sharpening
from map_sharpening.errors import ParameterError
from map_sharpening.parameters.manual import parameters_markdown
from map_sharpening.parameters.reading import (
    OLD_NAMES,
    b_factor_output_names,
    mask_choice,
    master,
    nominal_resolution,
    output_names,
    read_words,
    thread_count,
    voxel_size,
    word_for_file,
)
from map_sharpening.phil import AUTO, ParameterText, Scope, diff, show, write_all
from map_sharpening.phil.master import ADDITION

#: Every keyword of the program's documentation with its default there.
DOCUMENTED = """\
job_title = None
input_files.seq_file = None
input_files.ncs_file = None
input_files.external_map_file = None
input_files.mtz_in = None
input_files.mtz_in_virtual = None
input_files.map_coeff_labels = None
input_files.map_model.full_map = None
input_files.map_model.half_map = None
input_files.map_model.model = None
output.sharpened_map_file = default
output.sharpened_map_coeffs_file = default
output.sharpened_map_file_1 = default
output.sharpened_map_file_2 = default
output.local_resolution_map_file = default
output.overwrite = True
output.file_name = None
output.filename = None
output.serial = None
output.output_scale_factor = None
sharpening.sharpening_method = *shells b-factor
sharpening.local_sharpen = False
sharpening.anisotropic_sharpen = True
sharpening.model_sharpen = False
sharpening.n_bins = None
sharpening.n_boxes = None
sharpening.box_size_grid_units = None
sharpening.sharpen_all_maps = True
sharpening.local_resolution_map = True
b_factor_sharpening.map_modification.b_iso = None
b_factor_sharpening.map_modification.b_sharpen = None
b_factor_sharpening.map_modification.b_blur_hires = 200
b_factor_sharpening.map_modification.resolution_dependent_b = None
b_factor_sharpening.map_modification.normalize_amplitudes_in_resdep = False
b_factor_sharpening.map_modification.d_min_ratio = 0.833
b_factor_sharpening.map_modification.scale_max = 100000
b_factor_sharpening.map_modification.input_d_cut = None
b_factor_sharpening.map_modification.rmsd = None
b_factor_sharpening.map_modification.rmsd_resolution_factor = 0.25
b_factor_sharpening.map_modification.fraction_complete = None
b_factor_sharpening.map_modification.auto_sharpen = True
b_factor_sharpening.map_modification.auto_sharpen_methods = no_sharpening b_iso \
*b_iso_to_d_cut resolution_dependent model_sharpening half_map_sharpening \
target_b_iso_to_d_cut external_map_sharpening None
b_factor_sharpening.map_modification.box_in_auto_sharpen = False
b_factor_sharpening.map_modification.density_select_threshold_in_auto_sharpen = None
b_factor_sharpening.map_modification.allow_box_if_b_iso_set = False
b_factor_sharpening.map_modification.soft_mask = True
b_factor_sharpening.map_modification.use_weak_density = False
b_factor_sharpening.map_modification.discard_if_worse = None
b_factor_sharpening.map_modification.local_sharpening = None
b_factor_sharpening.map_modification.local_aniso_in_local_sharpening = None
b_factor_sharpening.map_modification.overall_before_local = True
b_factor_sharpening.map_modification.select_sharpened_map = None
b_factor_sharpening.map_modification.read_sharpened_maps = None
b_factor_sharpening.map_modification.write_sharpened_maps = None
b_factor_sharpening.map_modification.smoothing_radius = None
b_factor_sharpening.map_modification.box_center = None
b_factor_sharpening.map_modification.box_size = 30 30 30
b_factor_sharpening.map_modification.target_n_overlap = 10
b_factor_sharpening.map_modification.restrict_map_size = None
b_factor_sharpening.map_modification.remove_aniso = True
b_factor_sharpening.map_modification.max_box_fraction = 0.5
b_factor_sharpening.map_modification.density_select_max_box_fraction = 0.95
b_factor_sharpening.map_modification.cc_cut = 0.2
b_factor_sharpening.map_modification.max_cc_for_rescale = 0.2
b_factor_sharpening.map_modification.mask_atoms = True
b_factor_sharpening.map_modification.mask_atoms_atom_radius = 3
b_factor_sharpening.map_modification.value_outside_atoms = None
b_factor_sharpening.map_modification.k_sharpen = 10
b_factor_sharpening.map_modification.iterate = False
b_factor_sharpening.map_modification.optimize_b_blur_hires = False
b_factor_sharpening.map_modification.optimize_d_cut = None
b_factor_sharpening.map_modification.adjust_region_weight = True
b_factor_sharpening.map_modification.region_weight_method = initial_ratio *delta_ratio b_iso
b_factor_sharpening.map_modification.region_weight_factor = 1.0
b_factor_sharpening.map_modification.region_weight_buffer = 0.1
b_factor_sharpening.map_modification.target_b_iso_ratio = 5.9
b_factor_sharpening.map_modification.target_b_iso_model_scale = 0.
b_factor_sharpening.map_modification.signal_min = 3.0
b_factor_sharpening.map_modification.search_b_min = None
b_factor_sharpening.map_modification.search_b_max = None
b_factor_sharpening.map_modification.search_b_n = None
b_factor_sharpening.map_modification.residual_target = None
b_factor_sharpening.map_modification.sharpening_target = None
b_factor_sharpening.map_modification.require_improvement = None
b_factor_sharpening.map_modification.region_weight = None
b_factor_sharpening.map_modification.sa_percent = None
b_factor_sharpening.map_modification.fraction_occupied = None
b_factor_sharpening.map_modification.n_bins = None
b_factor_sharpening.map_modification.regions_to_keep = None
b_factor_sharpening.map_modification.max_regions_to_test = None
b_factor_sharpening.map_modification.eps = None
b_factor_sharpening.map_modification.k_sol = 0.35
b_factor_sharpening.map_modification.b_sol = 50
b_factor_sharpening_output_files.shifted_map_file = shifted_map.ccp4
b_factor_sharpening_output_files.sharpened_map_file = None
b_factor_sharpening_output_files.shifted_sharpened_map_file = None
b_factor_sharpening_output_files.sharpened_map_coeffs_file = None
b_factor_sharpening_output_files.output_directory = None
b_factor_sharpening_crystal_info.is_crystal = None
b_factor_sharpening_crystal_info.resolution = None
b_factor_sharpening_crystal_info.solvent_content = None
b_factor_sharpening_crystal_info.solvent_content_iterations = 3
b_factor_sharpening_crystal_info.molecular_mass = None
b_factor_sharpening_crystal_info.ncs_copies = None
b_factor_sharpening_crystal_info.wang_radius = None
b_factor_sharpening_crystal_info.buffer_radius = None
b_factor_sharpening_crystal_info.pseudo_likelihood = None
crystal_info.resolution = None
crystal_info.wrapping = None
control.multiprocessing = *multiprocessing sge lsf pbs condor pbspro slurm
control.queue_run_command = None
control.ignore_symmetry_conflicts = False
control.verbose = False
"""
DOCUMENTED_PATHS = [line.partition(" = ")[0] for line in DOCUMENTED.splitlines()]
#: Keywords whose default differs from the documented one, as their help says.
OTHER_DEFAULTS = [
    "control.nproc",
    "b_factor_sharpening.map_modification.density_select_in_auto_sharpen",
    "b_factor_sharpening.map_modification.scale_using_last",
]
ADDED_PATHS = [
    "output.prefix",
    "output.suffix",
    "output.modification_support_map_file",
    "output.modified_map_file",
    "output.modified_minus_sharpened_map_file",
    "output.mask_file",
    "output.local_b_map_file",
    "output.local_trial_map_file",
    "output.output_directory",
    "output.report",
    "sharpening.density_modification",
    "sharpening.mask",
    "sharpening.mask_at_map",
    "sharpening.ideal_curve",
    "sharpening.randomise_phases_beyond",
    "sharpening.guinier_d_low",
    "sharpening.local_resolution_threshold",
    "crystal_info.voxel_size",
    "crystal_info.map_origin",
    "control.ignore_map_labels",
    "control.wait_for_job",
    "control.n_jobs",
    "control.queue",
    "control.walltime",
    "control.memory",
    "control.extra_directives",
    "control.network_interface",
    "control.scratch_directory",
]


def test_documented_defaults_are_the_defaults() -> None:
    assert diff(read_words(files=[ParameterText(DOCUMENTED)])) == ""


@pytest.mark.parametrize("path", OTHER_DEFAULTS)
def test_other_default_is_explained(path: str) -> None:
    assert "(Differs from the documented " in master().definitions[path].help


def test_nproc_is_documented_and_its_default_is_all() -> None:
    assert thread_count(read_words().extract()) == 0


def test_nproc_may_be_the_documented_default() -> None:
    assert thread_count(read_words(["nproc=1"]).extract()) == 1


def test_no_parameter_is_neither_documented_nor_an_addition() -> None:
    known = {*DOCUMENTED_PATHS, *ADDED_PATHS, *OTHER_DEFAULTS, "gui.output_dir"}
    assert set(master().definitions) == known


def test_additions_say_that_they_are() -> None:
    helps = {path: master().definitions[path].help for path in ADDED_PATHS}
    assert [p for p in helps if not helps[p].startswith(ADDITION)] == []


def test_every_parameter_and_scope_has_help() -> None:
    helps = {path: definition.help for path, definition in master().definitions.items()}
    assert [path for path in helps if not helps[path].endswith((".", ")"))] == []
    assert [s for s in master().walk() if isinstance(s, Scope) and not s.help] == []


def test_full_names_are_found() -> None:
    for path in DOCUMENTED_PATHS:
        definition = master().definitions[path]
        value = definition.write(None if definition.is_multiple else definition.default)
        assert read_words([f"{path}={value}"]).explicitly_set == {path}


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("input_files.map_model.half_map=a.mrc", "input_files.map_model.half_map"),
        ("half_map=b.mrc", "input_files.map_model.half_map"),
        ("full_map=b.mrc", "input_files.map_model.full_map"),
        ("model=b.pdb", "input_files.map_model.model"),
        ("crystal_info.resolution=3.1", "crystal_info.resolution"),
        ("resolution=3.1", "crystal_info.resolution"),
        ("n_bins=50", "sharpening.n_bins"),
        ("sharpening.n_bins=50", "sharpening.n_bins"),
        ("map_modification.n_bins=50", "b_factor_sharpening.map_modification.n_bins"),
        ("sharpening_method=b-factor", "sharpening.sharpening_method"),
        ("sharpen_all_maps=True", "sharpening.sharpen_all_maps"),
        ("nproc=8", "control.nproc"),
        ("mask=a.mrc", "sharpening.mask"),
        ("b_iso=20", "b_factor_sharpening.map_modification.b_iso"),
        ("sharpened_map_file=x.mrc", "output.sharpened_map_file"),
        ("output_directory=x", "output.output_directory"),
        ("voxel_size=1.1", "crystal_info.voxel_size"),
        ("verbose=True", "control.verbose"),
        ("report=False", "output.report"),
    ],
)
def test_name_on_the_command_line_means(word: str, path: str) -> None:
    assert read_words([word]).explicitly_set == {path}


@pytest.mark.parametrize("word", ["resolution=3.1", "n_bins=50"])
def test_name_that_exists_twice_warns(word: str) -> None:
    assert len(read_words([word]).warnings) == 1


def test_words_win_over_files() -> None:
    found = read_words(["nproc=8"], files=[ParameterText("control.nproc = 2", "run.eff")])
    assert thread_count(found.extract()) == 8


@pytest.mark.parametrize(
    ("old", "path"),
    [
        ("map_file", "input_files.map_model.full_map"),
        ("half_map_file", "input_files.map_model.half_map"),
        ("map_coeffs_file", "input_files.mtz_in"),
        ("pdb_file", "input_files.map_model.model"),
        ("input_files.map_file", "input_files.map_model.full_map"),
        ("input_files.half_map_file", "input_files.map_model.half_map"),
        ("map_modification.b_sharpen", "b_factor_sharpening.map_modification.b_sharpen"),
        ("crystal_info.ncs_copies", "b_factor_sharpening_crystal_info.ncs_copies"),
        ("output_files.sharpened_map_file", "output.sharpened_map_file"),
        ("output_files.shifted_map_file", "b_factor_sharpening_output_files.shifted_map_file"),
    ],
)
def test_older_name_is_taken_and_noted_in_files_and_words(old: str, path: str) -> None:
    by_file = read_words(files=[ParameterText(f"{old} = 1", "old.eff")])
    by_word = read_words([f"{old}=1"])
    for found in (by_file, by_word):
        assert (set(found.explicitly_set), len(found.notes)) == ({path}, 1)


def test_older_names_hide_no_parameter() -> None:
    assert OLD_NAMES.keys() & master().definitions.keys() == set()


@pytest.mark.parametrize("name", ["a b.mrc", "'q'.mrc", 'a"b', "None", "auto", "x;y{z}#.mrc"])
def test_word_for_file_keeps_the_name(name: str) -> None:
    found = read_words([word_for_file("input_files.map_model.half_map", name)])
    assert found.extract().input_files.map_model.half_map == (name,)


def test_complete_parameter_file_gives_the_same_values() -> None:
    found = read_words(["resolution=3.1", "half_map=a b", "half_map=b", "mask=x", "nproc=3"])
    again = read_words(files=[ParameterText(write_all(found))])
    assert again.extract() == found.extract()


# Values with a meaning of their own


def test_standard_output_names() -> None:
    names = output_names(read_words().extract())
    assert [
        names.sharpened_map,
        names.sharpened_map_coeffs,
        names.sharpened_map_1,
        names.sharpened_map_2,
        names.local_resolution_map,
        names.mask,
    ] == [
        Path("sharpened_map.ccp4"),
        Path("sharpened_map_coeffs.mtz"),
        Path("sharpened_map_1.ccp4"),
        Path("sharpened_map_2.ccp4"),
        Path("local_resolution_map.mrc"),
        Path("mask.mrc"),
    ]


def test_outputs_lie_in_the_output_folder() -> None:
    names = output_names(read_words(["output_directory=a/b", "mask_file=m.mrc"]).extract())
    assert names.mask == Path("a/b/m.mrc")


def test_b_factor_outputs_lie_in_the_folder_of_their_own_scope() -> None:
    words = ["b_factor_sharpening_output_files.output_directory=a"]
    names = b_factor_output_names(read_words(words).extract())
    assert names.shifted_map == Path("a/shifted_map.ccp4")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([], "sharpened_map.ccp4"),
        (["b_factor_sharpening_output_files.sharpened_map_file=b.mrc"], "b.mrc"),
        (
            [
                "b_factor_sharpening_output_files.sharpened_map_file=b.mrc",
                "output.sharpened_map_file=a.mrc",
            ],
            "a.mrc",
        ),
    ],
)
def test_main_scope_names_b_factor_outputs_first(words: list[str], name: str) -> None:
    assert b_factor_output_names(read_words(words).extract()).sharpened_map == Path(name)


@pytest.mark.parametrize(("words", "wanted"), [([], False), (["shifted_map_file=x.mrc"], True)])
def test_shifted_map_is_wanted_if_it_was_named(words: list[str], wanted: bool) -> None:
    names = b_factor_output_names(read_words(words).extract())
    assert names.is_shifted_map_wanted is wanted


def test_shifted_sharpened_map_is_made_if_it_was_named() -> None:
    names = b_factor_output_names(read_words(["shifted_sharpened_map_file=x.mrc"]).extract())
    assert names.shifted_sharpened_map == Path("x.mrc")


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ([], None),
        (["resolution=3"], 3.0),
        (["b_factor_sharpening_crystal_info.resolution=4"], 4.0),
        (["resolution=3", "b_factor_sharpening_crystal_info.resolution=3"], 3.0),
    ],
)
def test_resolution_may_be_given_in_either_scope(words: list[str], value: float | None) -> None:
    assert nominal_resolution(read_words(words).extract()) == value


def test_two_different_resolutions_are_refused() -> None:
    words = ["resolution=3", "b_factor_sharpening_crystal_info.resolution=4"]
    with pytest.raises(ParameterError, match=r"is 3 and .*resolution 4; give one"):
        nominal_resolution(read_words(words).extract())


def test_full_path_of_an_output_stays() -> None:
    words = ["output_directory=a", "sharpened_map_file=/x/y.mrc"]
    assert output_names(read_words(words).extract()).sharpened_map == Path("/x/y.mrc")


def test_none_means_the_standard_name() -> None:
    names = output_names(read_words(["output.sharpened_map_file=None"]).extract())
    assert names.sharpened_map == Path("sharpened_map.ccp4")


@pytest.mark.parametrize("value", ["x/", '""', ".."])
def test_folder_or_nothing_as_an_output_name_is_refused(value: str) -> None:
    with pytest.raises(ParameterError, match=r"output\.mask_file is .*the name of a file"):
        output_names(read_words([f"mask_file={value}"]).extract())


@pytest.mark.parametrize(
    ("value", "choice"),
    [
        ("auto", AUTO),
        ("True", AUTO),
        ("False", False),
        ("false", False),
        ("./False", "./False"),
        ("a.mrc", "a.mrc"),
    ],
)
def test_mask_choice(value: str, choice: object) -> None:
    assert mask_choice(read_words([f"mask={value}"]).extract()) == choice


def test_mask_none_is_refused_with_what_may_be_given() -> None:
    with pytest.raises(ParameterError, match="expected Auto, False, or the name of a map file"):
        read_words(["mask=None"])


@pytest.mark.parametrize(
    ("value", "size"),
    [("None", None), ("1.5", (1.5, 1.5, 1.5)), ("1,2,3", (1.0, 2.0, 3.0))],
)
def test_voxel_size(value: str, size: object) -> None:
    assert voxel_size(read_words([f"voxel_size={value}"]).extract()) == size


def test_two_voxel_sizes_are_refused() -> None:
    with pytest.raises(ParameterError, match="has 2 numbers"):
        voxel_size(read_words(["voxel_size=1 2"]).extract())


@pytest.mark.parametrize("value", ["0", "-1", "nan", "three", "inf"])
def test_impossible_resolution_is_refused(value: str) -> None:
    with pytest.raises(ParameterError, match=r"crystal_info\.resolution is .*at least 0\.1"):
        read_words([f"resolution={value}"])


# The manual


def test_reference_page_is_up_to_date() -> None:
    page = Path(__file__).parents[3] / "docs" / "parameters.md"
    assert page.read_text("utf-8") == parameters_markdown()


def test_reference_page_has_every_parameter() -> None:
    page = parameters_markdown()
    names = [path.rpartition(".")[2] for path in master().definitions]
    assert [name for name in names if f"| `{name}` |" not in page] == []


def test_level_0_shows_the_main_resolution_only() -> None:
    assert show(master(), level=0).count("resolution = None") == 1


@pytest.mark.parametrize("given", [{"n_binns": 3}, ["n_binns=3"]], ids=["names", "words"])
def test_a_mistake_in_a_call_is_not_one_of_the_command_line(given: Any) -> None:
    expected = r'^parameters, "n_binns=3": there is no parameter "n_binns"; did you mean'
    with pytest.raises(ParameterError, match=expected):
        map_sharpening.run(given)


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(tmp_path)
    words = ["output_directory=~/run", "half_map=~/a.mrc", "half_map=b.mrc", "mask=~/m.mrc"]
    values = read_words([*words, "job_title=~/run"]).values
    assert Path(values["output.output_directory"]) == home / "run"
    assert [*map(Path, values["input_files.map_model.half_map"])] == [
        home / "a.mrc",
        Path("b.mrc"),
    ]
    assert Path(values["sharpening.mask"]) == home / "m.mrc"
    assert values["job_title"] == "~/run"
    text = ParameterText("output { output_directory = ~/other }", "run.eff")
    other = read_words(files=[text]).values["output.output_directory"]
    assert Path(other) == home / "other"
    (tmp_path / "~").mkdir()
    (tmp_path / "~" / "run").mkdir()
    assert read_words(words).values["output.output_directory"] == "~/run"
