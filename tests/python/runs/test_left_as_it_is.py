"""A map that isn't sharpened is left as it is."""

from __future__ import annotations

from pathlib import Path

import mrcfile
import numpy as np
import pytest
from half_map_files import write_mrc

from map_sharpening.io.reflections import write_map_coefficients
from map_sharpening.run import run
from map_sharpening.simulation.simulate import SimulatedHalfMaps


@pytest.mark.parametrize(
    "words",
    [
        ["auto_sharpen_methods=no_sharpening"],
        ["auto_sharpen_methods=None"],
        ["auto_sharpen=False"],
        ["b_sharpen=2000", "discard_if_worse=True"],
    ],
)
def test_map_left_unsharpened_is_the_map_that_was_given(
    words: list[str], simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    # Anisotropic, with data to the corners of the transform.
    given = simulated.half_1.values
    given = given + 0.5 * np.roll(given, 1, axis=2)
    path = write_mrc(tmp_path / "a.mrc", given.astype(np.float32))
    run([f"full_map={path}", "resolution=4", f"output_directory={tmp_path}/o", *words])
    with mrcfile.open(tmp_path / "o" / "sharpened_map.ccp4") as opened:
        written = np.array(opened.data)
        labels = " ".join(str(label) for label in opened.get_labels())
    expected = (given - given.mean(dtype=np.float64)) / given.std(dtype=np.float64)
    np.testing.assert_allclose(written, expected, atol=1e-4)
    assert "map_is_sharpened" not in labels
    assert "d_cut" not in labels
    log = (tmp_path / "o" / "log.txt").read_text("utf-8")
    assert "all data, as they were" in log
    assert "The differences between directions were left in." in log


@pytest.mark.parametrize(
    ("b_sharpen", "ratio", "n_told"),
    [("50", 0.5, 1), ("50", 0.9, 1), ("50", 0.833, 0), ("None", 0.5, 0)],
)
def test_that_the_grid_ends_early_is_told_if_finer_terms_were_asked_for(
    b_sharpen: str, ratio: float, n_told: int, simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    path = write_mrc(tmp_path / "a.mrc", simulated.half_1.values)
    nyquist = simulated.half_1.nyquist
    words = [f"full_map={path}", f"resolution={1.05 * nyquist}", f"output_directory={tmp_path}/o"]
    words += ["auto_sharpen_methods=None", f"b_sharpen={b_sharpen}", "report=False"]
    warnings = run([*words, f"d_min_ratio={ratio}"]).result.warnings
    assert sum("the grid holds terms to" in text for text in warnings) == n_told
    log = (tmp_path / "o" / "log.txt").read_text("utf-8")
    assert ("where they end" in log) == (b_sharpen != "None")


@pytest.mark.slow
@pytest.mark.parametrize(("ratio", "n_told"), [(0.7, 1), (0.95, 1), (1, 0), (0.833, 0)])
def test_that_coefficients_end_early_is_told_if_finer_terms_were_asked_for(
    ratio: float, n_told: int, simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    write_map_coefficients(tmp_path / "a.mtz", simulated.half_1, 4.0)
    words = [f"mtz_in={tmp_path}/a.mtz", "resolution=4.01", f"output_directory={tmp_path}/o"]
    words += ["b_sharpen=50", "report=False", f"d_min_ratio={ratio}"]
    warnings = run(words).result.warnings
    told = [text for text in warnings if "the data hold terms to 4.00 Å only" in text]
    assert len(told) == n_told
    assert all(f"not to {ratio * 4.01:.2f} Å (d_min_ratio times" in text for text in told)
