"""RELION's External jobs: its arguments in, its marks and nodes out."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import starfile
from blob_maps import RESOLUTION, STEP, blob_halves
from examples import of_fast_suite
from half_map_files import write_mrc

import map_sharpening
from map_sharpening.cli import main
from map_sharpening.cli.relion import relion_external
from map_sharpening.errors import MapFileError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
QUICK = ["--report", "False", "--local_resolution_map", "False"]
JOB = "External/job001/"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of RELION with a refinement, which is the working folder."""
    refined = tmp_path / "Refine3D" / "job007"
    refined.mkdir(parents=True)
    halves = blob_halves()
    for i, values in enumerate(halves, 1):
        write_mrc(refined / f"run_half{i}_class001_unfil.mrc", values, (STEP,) * 3)
    write_mrc(refined / "run_class001.mrc", (halves[0] + halves[1]) / 2, (STEP,) * 3)
    (tmp_path / JOB).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def marks(project: Path) -> set[str]:
    return {path.name.rpartition("_")[2] for path in (project / JOB).glob("RELION_JOB_EXIT_*")}


@pytest.mark.parametrize(
    "name",
    of_fast_suite(
        ["run_half1_class001_unfil.mrc", "run_class001.mrc"], "run_half1_class001_unfil.mrc"
    ),
)
def test_a_half_map_or_the_refined_map_is_sharpened(name: str, project: Path) -> None:
    given = ["--in_3dref", f"Refine3D/job007/{name}", "--resolution", f"{RESOLUTION:g}"]
    (project / JOB / "RELION_JOB_EXIT_FAILURE").touch()
    assert main(["relion-external", "--o", JOB, *given, "--j", "1", *QUICK]) == 0
    assert marks(project) == {"SUCCESS"}
    nodes = starfile.read(project / JOB / "RELION_OUTPUT_NODES.star")
    assert list(nodes["rlnPipeLineNodeName"]) == [
        f"{JOB}sharpened_map.mrc",
        f"{JOB}mask.mrc",
        f"{JOB}postprocess.star",
    ]
    assert list(nodes["rlnPipeLineNodeType"]) == [11, 7, 14]
    for path in nodes["rlnPipeLineNodeName"]:
        assert (project / path).is_file()
    made = map_sharpening.read_map(project / JOB / "sharpened_map.mrc")[0]
    halves = [project / "Refine3D" / "job007" / f"run_half{i}_class001_unfil.mrc" for i in (1, 2)]
    expected = map_sharpening.sharpen_half_maps(*halves, resolution=RESOLUTION)
    assert (made.values == expected.sharpened.values).all()


@pytest.mark.slow
def test_the_resolution_is_found_and_a_mask_used(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = "Refine3D/job007/run_half1_class001_unfil.mrc"
    main(["relion-external", "--o", JOB, "--in_3Dref", half, *QUICK])
    assert marks(project) == {"SUCCESS"}
    (project / JOB / "mask.mrc").rename(project / "given.mrc")
    assert main(["relion-external", "--o", JOB, "--in_3dref", half, "--in_mask", "given.mrc"]) == 0
    printed = capsys.readouterr().out
    assert "resolution=Auto" in printed
    assert "given.mrc" in printed


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--in_parts", "particles.star"], "--in_parts is particles.star, which is not used"),
        (["--in_movies", "m.star"], "--in_movies is m.star, which is not used"),
        (["--in_3dref", "nowhere.mrc"], "nowhere.mrc"),
        (
            ["--in_3dref", "Refine3D/job007/run_class001.mrc", "--no_such_thing", "3"],
            "no_such_thing",
        ),
    ],
)
def test_a_job_that_fails_is_marked_so(
    words: list[str], told: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / JOB / "RELION_JOB_EXIT_SUCCESS").touch()
    assert main(["relion-external", "--o", JOB, *words]) == 2
    assert told in capsys.readouterr().err
    assert marks(project) == {"FAILURE"}
    assert not (project / JOB / "RELION_OUTPUT_NODES.star").exists()


def test_a_mark_that_cannot_be_removed_is_named_and_the_job_marked_as_failed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / JOB / "RELION_JOB_EXIT_SUCCESS").mkdir()
    half = "Refine3D/job007/run_half1_class001_unfil.mrc"
    assert main(["relion-external", "--o", JOB, "--in_3dref", half]) == 2
    told = capsys.readouterr().err
    assert f"{JOB}RELION_JOB_EXIT_SUCCESS can't be removed: it is a folder; expected " in told
    assert "nor can" not in told
    assert marks(project) == {"SUCCESS", "FAILURE"}
    assert not list((project / JOB).glob("*.mrc"))


def test_a_failure_that_cannot_be_marked_is_told_too(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(options: object) -> None:
        (project / JOB / "RELION_JOB_EXIT_FAILURE").mkdir()
        raise MapFileError("half.mrc is damaged")

    monkeypatch.setattr("map_sharpening.cli.command.follow", fail)
    half = "Refine3D/job007/run_half1_class001_unfil.mrc"
    assert main(["relion-external", "--o", JOB, "--in_3dref", half]) == 2
    told = capsys.readouterr().err
    assert "half.mrc is damaged; nor can the job be marked so: " in told
    assert "RELION_JOB_EXIT_FAILURE is to be written but is a folder" in told


@pytest.mark.parametrize(
    ("failure", "mark"),
    [
        (KeyboardInterrupt("stopped"), "ABORTED"),
        (BrokenPipeError(32, "Broken pipe"), "FAILURE"),
        (SystemExit(3), "FAILURE"),
        (ZeroDivisionError("a fault"), "FAILURE"),
    ],
)
def test_what_ends_a_job_stays_what_it_is_if_it_cannot_be_marked(
    failure: BaseException,
    mark: str,
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(options: object) -> None:
        (project / JOB / f"RELION_JOB_EXIT_{mark}").mkdir()
        raise failure

    monkeypatch.setattr("map_sharpening.cli.command.follow", fail)
    with pytest.raises(type(failure)) as caught:
        relion_external(["--o", JOB, "--in_3dref", "Refine3D/job007/run_class001.mrc"])
    assert caught.value is failure
    told = capsys.readouterr().err
    assert "map_sharpening: the job can't be marked as ended: " in told
    assert f"RELION_JOB_EXIT_{mark} is to be written but is a folder" in told


def test_a_file_in_place_of_the_folder_of_the_job_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "file").write_text("kept")
    assert main(["relion-external", "--o", "file", "--in_3dref", "map.mrc"]) == 2
    assert "file is not a folder; expected the folder of the job" in capsys.readouterr().err
    assert (project / "file").read_text() == "kept"


def test_a_job_that_is_aborted_is_marked_so(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("map_sharpening.cli.command.follow", interrupt)
    half = "Refine3D/job007/run_half1_class001_unfil.mrc"
    assert main(["relion-external", "--o", JOB, "--in_3dref", half]) == 130
    assert marks(project) == {"ABORTED"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--in_3dref", "map.mrc"], "--o is not given"),
        (["map.mrc", "--o", "x"], "map.mrc follows no option"),
        (["--o", "x", "--o", "y"], "--o is given twice"),
    ],
)
def test_arguments_that_relion_never_gives_are_refused(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["relion-external", *words]) == 2
    assert told in capsys.readouterr().err


JOB_STAR = """
# version 30001

data_job

_rlnJobType                            99
_rlnJobIsContinue                       0

# version 30001

data_joboptions_values

loop_
_rlnJobOptionVariable #1
_rlnJobOptionValue #2
  do_queue         No
    fn_exe         "{command}"
  in_3dref         Refine3D/job007/run_class001.mrc
 in_coords         ""
   in_mask         ""
    in_mic         ""
    in_mov         ""
   in_part         ""
nr_threads          2
other_args         ""
param1_label         resolution
param1_value         4
param2_label         report
param2_value         False
param3_label         local_resolution_map
param3_value         False
"""


@pytest.mark.peer
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("relion_pipeliner") is None, reason="RELION is not installed")
def test_relion_runs_the_job_and_takes_its_nodes(project: Path) -> None:
    command = f"{sys.executable} -m map_sharpening relion-external"
    (project / "job.star").write_text(JOB_STAR.format(command=command))
    (project / "default_pipeline.star").write_text(
        "\n# version 30001\n\ndata_pipeline_general\n\n_rlnPipeLineJobCounter 1\n\n"
    )
    shutil.rmtree(project / "External")
    for words in (
        ["--addJobFromStar", "job.star"],
        ["--RunJobs", JOB, "--schedule", "once", "--sec_wait_after", "1"],
    ):
        subprocess.run(
            ["relion_pipeliner", *words], cwd=project, check=True, timeout=300, capture_output=True
        )
    told = (project / JOB / "run.err").read_text() + (project / JOB / "run.out").read_text()
    assert marks(project) == {"SUCCESS"}, told
    pipeline = starfile.read(project / "default_pipeline.star")
    nodes = {
        name: int(kind)
        for name, kind in zip(
            pipeline["pipeline_nodes"]["rlnPipeLineNodeName"],
            pipeline["pipeline_nodes"]["rlnPipeLineNodeType"],
            strict=True,
        )
    }
    assert nodes[f"{JOB}sharpened_map.mrc"] == 11
    assert nodes[f"{JOB}mask.mrc"] == 7
    assert nodes[f"{JOB}postprocess.star"] == 14
    processes = pipeline["pipeline_processes"]
    assert int(processes["rlnPipeLineProcessStatus"].iloc[0]) == 2  # finished
