"""Snakemake itself runs the wrapper."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import mrcfile
import numpy as np
import pytest
from half_map_files import RESOLUTION
from host_command import command_on_path
from host_python import HostPython

from map_sharpening import sharpen_half_maps
from map_sharpening.simulation.simulate import SimulatedHalfMaps

WRAPPER = Path(__file__).parents[3] / "packaging" / "snakemake"
HOST = HostPython("snakemake", "snakemake", "MAP_SHARPENING_SNAKEMAKE_PYTHON")

pytestmark = [pytest.mark.peer, pytest.mark.slow, HOST.needed]


def rule_of_readme() -> str:
    """Return the rule of the README, for this folder and these maps."""
    text = (WRAPPER / "README.md").read_text(encoding="utf-8")
    (rule,) = re.findall(r"^    rule .*?(?=^\S)", text, flags=re.MULTILINE | re.DOTALL)
    rule = rule.replace("/path/to/packaging/snakemake", str(WRAPPER))
    return rule.replace("resolution=3.1,", f"resolution={RESOLUTION},")


def run(
    folder: Path, rule: str, halves: tuple[Path, Path], *options: str
) -> subprocess.CompletedProcess[str]:
    lines = rule.splitlines()
    (folder / "Snakefile").write_text("\n".join(line[4:] for line in lines) + "\n")
    for path in halves:
        if not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    path = os.pathsep.join([str(command_on_path(folder)), os.environ["PATH"]])
    return subprocess.run(
        [HOST.path, "-m", "snakemake", "--cores", "2", *options],
        cwd=folder,
        env={**os.environ, "PATH": path, "XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_rule_of_the_readme_runs(
    half_files: tuple[Path, Path], simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    done = run(tmp_path, rule_of_readme(), half_files)
    assert done.returncode == 0, done.stderr
    expected = sharpen_half_maps(simulated.half_1, simulated.half_2, resolution=RESOLUTION)
    found = mrcfile.read(tmp_path / "sharpened" / "sharpened_map.ccp4")
    np.testing.assert_allclose(found, expected.sharpened.values, atol=1e-4)
    used = (tmp_path / "sharpened" / "used_parameters.eff").read_text(encoding="utf-8")
    assert re.search(r"nproc = 2\b", used)  # of 8 wanted, there are 2

    again = run(tmp_path, rule_of_readme(), half_files, "--forceall")
    assert again.returncode == 0, again.stderr  # over what is there
    assert "rule sharpen" in again.stderr


def test_a_refused_run_is_an_error_of_the_rule(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    rule = rule_of_readme().replace(f"resolution={RESOLUTION}", "resolution=-1")
    done = run(tmp_path, rule, half_files)
    assert done.returncode != 0
    assert "resolution" in (tmp_path / "sharpened.log").read_text(encoding="utf-8")
    assert not (tmp_path / "sharpened" / "sharpened_map.ccp4").exists()


def test_outputs_of_two_folders_are_refused(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    rule = rule_of_readme().replace("sharpened/results.json", "other/results.json")
    done = run(tmp_path, rule, half_files)
    assert done.returncode != 0
    assert "the outputs lie in other, sharpened; expected files of one folder" in done.stderr


def test_params_may_be_paths_lists_and_none(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    more = "sharpening_method='b-factor', resolution_dependent_b=[0, 1, 2], mask=None, "
    more += "job_title=Path('a-b'),"
    rule = rule_of_readme().replace("params:", f"params:\n            {more}")
    done = run(tmp_path, "    from pathlib import Path\n" + rule, half_files)
    assert done.returncode == 0, done.stderr
    used = (tmp_path / "sharpened" / "used_parameters.eff").read_text(encoding="utf-8")
    assert re.search(r"^ *resolution_dependent_b = 0 1 2$", used, flags=re.MULTILINE), used
    assert re.search(r"^job_title = a-b$", used, flags=re.MULTILINE), used


@pytest.mark.parametrize(
    ("directive", "entry"), [("input", "'half1.mrc',"), ("params", "'b_iso',")]
)
def test_what_has_no_name_is_refused(
    directive: str, entry: str, half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    rule = rule_of_readme().replace(f"{directive}:", f"{directive}:\n            {entry}")
    done = run(tmp_path, rule, half_files)
    assert done.returncode != 0
    value = entry.strip("',")
    assert f"{directive}: {value} has no name; expected that of one of" in done.stderr
