"""B-factor sharpening of every real map and every file of coefficients there is."""

from __future__ import annotations

from pathlib import Path

import mrcfile
import numpy as np
import pytest
from real_data import DATA, needs_data

from map_sharpening.errors import MapSharpeningError
from map_sharpening.run import run

pytestmark = [pytest.mark.slow, needs_data]

#: What each file is sharpened with.
SHARPENED = {
    "em/emd_3488.mrc": "resolution=3.2",
    "em/emd_21457_seg.mrc": "resolution=3.2",
    "em/emd_21457_seg_nstart.mrc": "resolution=3.2",
    "em/emd_21457_seg_orig0.mrc": "resolution=3.2",
    "em/emd_11007_fcrop144.map.gz": "resolution=2.9",
    "em/3j9sA.mrc": "resolution=2.6",
    "em/emd_1461.mrc.gz": "resolution=3.8",
    "em/betaGal.mrc": "resolution=9",
    "em/localResolution.mrc.gz": "resolution=9",  # nothing in it says that it is no density
    "odd/EMD-3001.map": "resolution=1.4",
    "odd/EMD-3197.map": "resolution=25",
    "odd/3ek3-2fofc.map.gz": "resolution=1.7",
    "odd/3pqr.ccp4.gz": "resolution=2.85",
    "odd/3pqr-mode0.ccp4": "resolution=2.85",
    "odd/1mru.map": "resolution=3",
    "odd/1mru_m0.map": "resolution=3",
    "odd/1jzv.ccp4.gz": "resolution=3",
    "odd/Ubi-4.5.mrc.gz": "resolution=4.5",
    "odd/crop_map.mrc": "resolution=3",
    "odd/mini.mrc": "resolution=8",  # a simulated map with much of 0
    "odd/spike-vol.mrc": "resolution=17",  # images, read as a volume with a warning
    "odd/clean70SRibosome_vol_65p.mrc.gz": "resolution=12 crystal_info.voxel_size=4",
    "xtal/1cbs_map.mtz": "",
    "xtal/5a3h_sigmaa.mtz": "",
    "xtal/5wkd_phases.mtz.gz": "",
    "xtal/moorhen-tutorial-map-number-1.mtz": "",
    "xtal/moorhen-tutorial-map-number-4.mtz": "",
    "xtal/rnasa-1.8-all_refmac1.mtz": "",
}
#: What each other file is refused with, and what the message says.
REFUSED = {
    "odd/5i55_tiny.ccp4": ("resolution=3", "coarser than"),
    "odd/iota_yzx.ccp4.gz": ("resolution=60", "iota_yzx"),
    "em/emd_3488_contour_mask.mrc.gz": ("resolution=3.2", "has the values of a mask"),
    "odd/corrupt.mrc": ("resolution=3", "50 bytes, but the header alone has 1024"),
    "odd/groel_5w0s_scattering_potential.mrc": ("resolution=3", "Git LFS pointer"),
    "odd/invalid_axes.mrc": ("resolution=3", "axis order 10 11 12"),
    "xtal/5e5z.mtz": ("", "no column with a phase"),
}
#: A small share of the work: given solvent, few trials.
QUICK = ("solvent_content=0.8", "search_b_n=5", "report=False")


def words_for(file: str, more: str, folder: Path) -> list[str]:
    path = DATA / file
    kind = "mtz_in" if ".mtz" in path.name else "full_map"
    return [f"{kind}={path}", *more.split(), *QUICK, f"output_directory={folder}"]


def test_table_has_every_map_and_every_file_of_coefficients() -> None:
    kinds = (".mrc", ".map", ".ccp4", ".mtz")
    there = {
        f"{folder}/{path.name}"
        for folder in ("em", "odd", "xtal")
        for path in (DATA / folder).iterdir()
        if path.name.removesuffix(".gz").endswith(kinds)
    }
    assert there == SHARPENED.keys() | REFUSED.keys()


@pytest.mark.parametrize("file", SHARPENED)
def test_map_is_sharpened_where_it_lies(file: str, tmp_path: Path) -> None:
    outcome = run(words_for(file, SHARPENED[file], tmp_path))
    with mrcfile.open(tmp_path / "sharpened_map.ccp4") as opened:
        written = np.array(opened.data)
    assert np.isfinite(written).all()
    assert (abs(float(written.mean())), float(written.std())) == pytest.approx((0, 1), abs=1e-3)
    assert outcome.result.sharpened.position.start == plan_start(outcome.result.sharpened)


def plan_start(sharpened: object) -> tuple[int, int, int]:
    start: tuple[int, int, int] = sharpened.position.start  # type: ignore[attr-defined]
    return start


@pytest.mark.parametrize("file", REFUSED)
def test_file_is_refused_in_one_line(file: str, tmp_path: Path) -> None:
    more, message = REFUSED[file]
    with pytest.raises(MapSharpeningError, match=message) as told:
        run(words_for(file, more, tmp_path / "out"))
    assert "\n" not in str(told.value)
    assert not (tmp_path / "out").exists()
