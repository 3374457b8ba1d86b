"""Parameters of a B-factor run, and the method's options."""

from __future__ import annotations

from pathlib import Path

from half_map_files import RESOLUTION

from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.shared.option_groups import all_options
from map_sharpening.parameters.use import uses
from map_sharpening.run import plan_run
from map_sharpening.runs.b_factor import BFactorPlan

# Parameters

#: Read by the run itself, or told by what it reads.
HANDLED_BY_THE_RUN = {
    "b_factor_sharpening.map_modification.is_crystal",
    "b_factor_sharpening.map_modification.read_sharpened_maps",
    "b_factor_sharpening.map_modification.scale_max",
    "b_factor_sharpening.map_modification.write_sharpened_maps",
    "b_factor_sharpening_crystal_info.is_crystal",
    "b_factor_sharpening_crystal_info.resolution",
}
OPTIONS = [of_option for _, of_option in all_options(BFactorOptions)]


def test_every_parameter_of_the_method_reaches_it() -> None:
    scopes = "b_factor_sharpening.map_modification.", "b_factor_sharpening_crystal_info."
    paths = [
        path for path, use in uses().items() if path.startswith(scopes) and not use.is_ignored
    ]
    reached = {of_option.metadata.get("parameter") or of_option.name for of_option in OPTIONS}
    missing = {path for path in paths if not reached & {path, path.rpartition(".")[2]}}
    assert missing <= set(HANDLED_BY_THE_RUN)
    assert paths


def test_options_named_by_a_parameter_of_another_name_have_one() -> None:
    named = [of_option.metadata.get("parameter") for of_option in OPTIONS]
    assert all(path in uses() for path in named if path)


def test_a_run_without_parameters_has_the_defaults_of_the_method(full_file: Path) -> None:
    plan = plan_run([f"full_map={full_file}", "resolution=4", "nproc=1"])
    assert isinstance(plan, BFactorPlan)
    assert plan.options == BFactorOptions.from_keywords(
        resolution=4.0, methods=plan.options.methods, threads=1
    )


def test_half_map_that_was_found_by_name_is_among_the_used_parameters(
    half_files: tuple[Path, Path],
) -> None:
    given = [f"half_map={half_files[0]}", f"resolution={RESOLUTION}"]
    plan = plan_run([*given, "sharpening_method=b-factor"])
    assert plan.params.input_files.map_model.half_map == tuple(map(str, half_files))
