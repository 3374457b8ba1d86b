"""RELION's own programs run on a results folder: its mask, its half maps, its FSC table."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import gemmi
import mrcfile
import numpy as np
import pytest

import map_sharpening
from map_sharpening.io.maps import write_map
from map_sharpening.simulation.demo import demo_half_maps

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("relion_ctf_refine") is None or shutil.which("relion_postprocess") is None,
        reason="RELION is not on PATH (Debian: apt install relion)",
    ),
]

N, VOXEL = 64, 1.8
_PARTICLES = """
# version 30001

data_optics

loop_
_rlnOpticsGroup #1
_rlnOpticsGroupName #2
_rlnAmplitudeContrast #3
_rlnSphericalAberration #4
_rlnVoltage #5
_rlnImagePixelSize #6
_rlnImageSize #7
_rlnImageDimensionality #8
1 first 0.1 2.7 300 {voxel} {n} 2


# version 30001

data_particles

loop_
_rlnImageName #1
_rlnMicrographName #2
_rlnOpticsGroup #3
_rlnRandomSubset #4
_rlnAngleRot #5
_rlnAngleTilt #6
_rlnAnglePsi #7
_rlnOriginXAngst #8
_rlnOriginYAngst #9
_rlnDefocusU #10
_rlnDefocusV #11
_rlnDefocusAngle #12
_rlnCoordinateX #13
_rlnCoordinateY #14
{rows}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return a results folder, moved after the run, with its half maps and four particles."""
    made = tmp_path_factory.mktemp("relion") / "before"
    made.mkdir()
    pair = demo_half_maps(shape=(N, N, N), voxel_size=VOXEL, resolution=5.0)
    halves = [made / "half1.mrc", made / "half2.mrc"]
    for path, half in zip(halves, (pair.half_1, pair.half_2), strict=True):
        write_map(path, half)
    words = [f"half_map={path}" for path in halves]
    map_sharpening.run([*words, "resolution=5", f"output_directory={made}"])
    moved = made.with_name("after")
    made.rename(moved)
    image = pair.truth.values.sum(axis=0)
    noise = np.random.default_rng(0).normal(0, image.std(), (4, N, N))
    with mrcfile.new(moved / "parts.mrcs") as stack:
        stack.set_data((image + noise).astype(np.float32))
        stack.voxel_size = VOXEL
    rows = "\n".join(
        f"{i + 1:06d}@parts.mrcs mic.mrc 1 {i % 2 + 1} 0 0 0 0 0 10000 10000 0 100 100"
        for i in range(4)
    )
    text = _PARTICLES.format(voxel=VOXEL, n=N, rows=rows)
    (moved / "parts.star").write_text(text, encoding="utf-8")
    return moved


def run_in(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=600
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told[-2000:]
    return told


def value_in(folder: Path, label: str) -> str:
    block = gemmi.cif.read(str(folder / "postprocess.star"))["general"]
    return gemmi.cif.as_string(block.find_value(f"_rln{label}"))


def refinement(folder: Path, output: str) -> tuple[str, ...]:
    (folder / output).mkdir()
    halves = (value_in(folder, "UnfilteredMapHalf1"), value_in(folder, "UnfilteredMapHalf2"))
    return (
        *("relion_ctf_refine", "--i", "parts.star", "--f", "postprocess.star", "--o", output),
        *("--m1", halves[0], "--m2", halves[1], "--fit_defocus", "--kmin_defocus", "20"),
    )


def test_postprocess_reads_the_mask_and_the_half_maps(folder: Path) -> None:
    (folder / "post").mkdir()
    half_1, mask = value_in(folder, "UnfilteredMapHalf1"), value_in(folder, "MaskName")
    run_in(
        *(folder, "relion_postprocess", "--i", half_1, "--i2"),
        *(value_in(folder, "UnfilteredMapHalf2"), "--mask", mask, "--o", "post/theirs"),
        *("--angpix", str(VOXEL)),
    )
    theirs = gemmi.cif.read(str(folder / "post/theirs.star"))["fsc"]
    ours = gemmi.cif.read(str(folder / "postprocess.star"))["fsc"]
    column = "_rlnFourierShellCorrelationUnmaskedMaps"
    curves = [
        np.array([float(value) for value in block.find_values(column)]) for block in (theirs, ours)
    ]
    assert len(curves[0]) == len(curves[1]) == N // 2 + 1
    # RELION's shells are cubes' terms rounded to whole numbers, ours have edges.
    assert np.abs(curves[0] - curves[1])[1:20].max() < 0.1


def test_ctf_refinement_runs_on_the_folder(folder: Path) -> None:
    run_in(folder, *refinement(folder, "ctf/"))
    refined = gemmi.cif.read(str(folder / "ctf/particles_ctf_refine.star"))
    defocus = refined["particles"].find_values("_rlnDefocusU")
    assert len(list(defocus)) == 4


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not on PATH")
def test_ctf_refinement_reads_nothing_past_the_fsc_table(folder: Path) -> None:
    told = run_in(
        folder, "valgrind", "--error-limit=no", *refinement(folder, "ctf_valgrind/"), "--j", "1"
    )
    assert "Memcheck" in told
    at_fault = [line for line in told.splitlines() if "ReferenceMap" in line]
    assert not at_fault, told[-4000:]
