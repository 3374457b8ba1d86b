"""Runs by shells with a model on real maps: nearer to the model, and in the right place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import mrcfile
import numpy as np
import numpy.typing as npt
import pytest
from real_data import DATA, needs_data

from map_sharpening import _core
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.methods.shared.soft_masks import atom_mask
from map_sharpening.molecule.model_map import model_coefficients
from map_sharpening.run import run

pytestmark = [pytest.mark.slow, needs_data]
RESOLUTION = 3.2
MODELS = ("5me2.pdb", "5ni1_updated.cif")
#: One density under three headers, and the domain's model in the frame of each.
VARIANTS = {
    "origin": ("emd_21457_seg.mrc", "6vyb_Ndom.pdb"),
    "nstart": ("emd_21457_seg_nstart.mrc", "6vyb_Ndom.pdb"),
    "at 0": ("emd_21457_seg_orig0.mrc", "6vyb_Ndom_shifted.pdb"),
}
LOCAL = ("local_sharpen=True",)
FloatMap = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sharpened:
    """What a run wrote and found."""

    before: MapData
    after: MapData
    result: ModelResult
    truth: FloatMap  #: the model at rest, to the finest term kept
    near: npt.NDArray[np.bool_]  #: its atoms

    def correlation(self, source: MapData) -> float:
        return float(np.corrcoef(source.values[self.near], self.truth[self.near])[0, 1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("real")


@lru_cache
def sharpened(folder: Path, map_name: str, model_name: str, *more: str) -> Sharpened:
    source, model = DATA / "em" / map_name, DATA / "em" / model_name
    out = folder / "-".join([map_name, model_name, *more])
    words = [f"full_map={source}", f"model={model}", "model_sharpen=True", "report=False"]
    result = run([*words, f"resolution={RESOLUTION}", f"output_directory={out}", *more]).result
    assert isinstance(result, ModelResult)
    before, after = read_map(source)[0], read_map(out / "sharpened_map.ccp4")[0]
    atoms = read_atoms(model)
    coefficients = model_coefficients(before, atoms, b_iso=0.0, d_min=result.d_min)
    truth = _core.inverse_transform(coefficients, before.values.shape[2])
    near = atom_mask(before, atoms, 3.0, 0.0) > 0.5
    return Sharpened(before, after, result, truth, near)


@pytest.mark.parametrize("model", MODELS)
def test_deposited_map_comes_nearer_to_its_model(folder: Path, model: str) -> None:
    found = sharpened(folder, "emd_3488.mrc", model)
    assert found.correlation(found.after) > found.correlation(found.before) + 0.01


@pytest.mark.parametrize("model", MODELS)
def test_isotropic_run_comes_nearer_too(folder: Path, model: str) -> None:
    found = sharpened(folder, "emd_3488.mrc", model, "anisotropic_sharpen=False")
    assert found.correlation(found.after) > found.correlation(found.before) + 0.01


@pytest.mark.parametrize("model", MODELS)
def test_local_run_comes_nearer_than_the_global_one(folder: Path, model: str) -> None:
    one, other = (sharpened(folder, "emd_3488.mrc", model, *more) for more in ((), LOCAL))
    assert other.correlation(other.after) > one.correlation(one.after) + 0.003
    assert other.result.local_filter is not None
    assert other.result.warnings == one.result.warnings


@pytest.mark.parametrize("more", [(), LOCAL])
def test_better_model_agrees_better(folder: Path, more: tuple[str, ...]) -> None:
    worse, better = (sharpened(folder, "emd_3488.mrc", model, *more) for model in MODELS)
    assert better.correlation(better.after) > worse.correlation(worse.after)
    assert better.result.resolution_05 is not None
    assert worse.result.resolution_05 is not None
    assert better.result.resolution_05 < worse.result.resolution_05


def test_models_of_one_map_make_nearly_the_same_map(folder: Path) -> None:
    one, other = (sharpened(folder, "emd_3488.mrc", model).after for model in MODELS)
    assert np.corrcoef(one.values.ravel(), other.values.ravel())[0, 1] > 0.98


@pytest.mark.parametrize("more", [(), LOCAL])
@pytest.mark.parametrize("variant", VARIANTS)
def test_crop_comes_nearer_to_its_model_in_its_place(
    folder: Path, variant: str, more: tuple[str, ...]
) -> None:
    found = sharpened(folder, *VARIANTS[variant], *more)
    assert found.correlation(found.after) > found.correlation(found.before)
    assert found.after.position.first_point == pytest.approx(found.before.position.first_point)


@pytest.mark.parametrize("more", [(), LOCAL])
@pytest.mark.parametrize("variant", ["nstart", "at 0"])
def test_header_variants_give_the_same_density(
    folder: Path, variant: str, more: tuple[str, ...]
) -> None:
    first, other = (sharpened(folder, *VARIANTS[name], *more) for name in ("origin", variant))
    np.testing.assert_allclose(other.after.values, first.after.values, atol=0.02)


@pytest.mark.parametrize("variant", VARIANTS)
def test_header_words_stay_as_they_are(folder: Path, variant: str) -> None:
    sharpened(folder, *VARIANTS[variant])
    map_name, model_name = VARIANTS[variant]
    written = folder / f"{map_name}-{model_name}" / "sharpened_map.ccp4"
    with mrcfile.open(DATA / "em" / map_name) as one, mrcfile.open(written) as other:
        for word in ("nxstart", "nystart", "nzstart", "mx", "my", "mz", "cella"):
            assert one.header[word] == other.header[word]
        for axis in "xyz":
            assert float(one.header.origin[axis]) == float(other.header.origin[axis])


def test_crystal_is_sharpened_with_all_atoms_of_its_cell(folder: Path) -> None:
    map_file, model_file = DATA / "xtal" / "1cbs_map.mtz", DATA / "xtal" / "1cbs.cif.gz"
    words = [f"mtz_in={map_file}", f"model={model_file}", "model_sharpen=True", "rmsd=0.2"]
    result = run([*words, "report=False", f"output_directory={folder / 'cell'}"]).result
    assert isinstance(result, ModelResult)
    assert result.n_atoms == 4 * len(read_atoms(model_file))
    assert result.warnings == ()
    shells = result.shells
    # Coarser terms are those of the solvent too.
    inner = (shells.s > 1 / 7) & (shells.s < 0.95 / result.resolution)
    assert float(np.mean(shells.correlation[inner])) > 0.8
