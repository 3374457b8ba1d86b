"""The figures in README.md and docs/background/accuracy.md are those of the stored results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TOP = Path(__file__).parents[3]
RESULTS = TOP / "bench" / "quality" / "results"
ACCURACY = "docs/background/accuracy.md"

MEAN = "mean of the half maps"
RELION = "RELION 3.1 postprocess, our mask"
RELION_LOCAL = "RELION 3.1, local resolution filter, mask from the true atoms"
BEST_LOCAL = "best local filter that knows the truth"
BEST_RADIAL = "best radial filter near atoms that knows the truth"
OCCUPY = "OccuPy 0.1.13 on RELION's map"
MODIFIED = "map_sharpening, `local_sharpen=True density_modification=True`"
LOCAL = "map_sharpening, `local_sharpen=True`"
ISOTROPIC = "map_sharpening, `anisotropic_sharpen=False`"
UNMASKED = "map_sharpening, `mask=False`"
ONE_MAP = "map_sharpening, one map (the mean), default"
_TARGETS = "residual_target=adjusted_sa sharpening_target=adjusted_sa"

THREE = ("near_atoms", "near_atoms_band", "box")


@dataclass(frozen=True)
class Table:
    """A table of means over the first cases of stored results."""

    text_file: str
    begin: str  #: of the table, or of its section
    results: str
    n_cases: int
    keys: tuple[str, ...]  #: of its columns
    programs: dict[str, str]  #: by the title of the row


SCORES = {
    "README": Table(
        "README.md",
        "| half maps | correlation |",
        "local_results",
        7,
        ("near_atoms",),
        {
            "map_sharpening, local, and density modification": "ours_modified",
            "map_sharpening, local": "ours_local",
            "map_sharpening": "ours",
            RELION: "relion",
            "cctbx 2025.11, anisotropic": "peer",
            MEAN: "mean",
        },
    ),
    "half maps": Table(
        ACCURACY,
        "## Half maps",
        "results",
        7,
        THREE,
        {
            BEST_LOCAL: "best_local",
            "map_sharpening": "ours",
            BEST_RADIAL: "best_radial_near",
            ISOTROPIC: "ours_isotropic",
            RELION: "relion",
            UNMASKED: "ours_unmasked",
            "cctbx 2025.11, anisotropic": "peer",
            "cctbx 2025.11, isotropic": "peer_isotropic",
            "Servalcat nemap, our mask": "servalcat",
            MEAN: "mean",
        },
    ),
    "local": Table(
        ACCURACY,
        "## Local sharpening of half maps",
        "local_results",
        10,
        THREE,
        {
            MODIFIED: "ours_modified",
            LOCAL: "ours_local",
            "the same, `anisotropic_sharpen=False`": "ours_local_isotropic",
            f"{BEST_LOCAL}, windows of 24 voxels": "best_local",
            "map_sharpening, global": "ours",
            "cctbx 2025.11, local, default boxes": "peer_local",
            OCCUPY: "occupy",
            RELION_LOCAL: "relion_local",
            "EMDA 1.1.6, around each term, our mask": "emda_anisotropic",
            "cctbx 2025.11, local, 27 boxes": "peer_local_27",
            MEAN: "mean",
        },
    ),
    "reconstructed": Table(
        ACCURACY,
        "## Reconstructed half maps",
        "reconstructed_results",
        10,
        THREE,
        {
            MODIFIED: "ours_modified",
            LOCAL: "ours_local",
            BEST_RADIAL: "best_radial_near",
            ONE_MAP: "ours_b_factor",
            ISOTROPIC: "ours_isotropic",
            "map_sharpening, global": "ours",
            f"{BEST_LOCAL}, windows of 24 voxels": "best_local",
            "best B that knows the truth": "best_b",
            "EMDA 1.1.6, by shells, our mask": "emda",
            OCCUPY: "occupy",
            RELION: "relion",
            MEAN: "mean",
            "Servalcat nemap, our mask": "servalcat",
            RELION_LOCAL: "relion_local",
            UNMASKED: "ours_unmasked",
            "cctbx 2025.11, isotropic": "peer_isotropic",
        },
    ),
    "coarse": Table(
        ACCURACY,
        "## Coarse half maps",
        "coarse_results",
        21,
        ("near_atoms",),
        {
            BEST_RADIAL: "best_radial_near",
            "map_sharpening": "ours",
            LOCAL: "ours_local",
            ONE_MAP: "ours_b_factor",
            RELION: "relion",
            MEAN: "mean",
        },
    ),
    "one map": Table(
        ACCURACY,
        "## One map",
        "b_factor_results",
        7,
        ("near_atoms",),
        {
            "map_sharpening, default": "ours_b_factor",
            "best B that knows the truth": "best_b",
            "RELION 3.1 postprocess, from the two half maps, our mask": "relion",
            f"map_sharpening, `{_TARGETS}`": "ours_adjusted_sa",
            "map_sharpening, `kurtosis` likewise": "ours_kurtosis",
            "cctbx 2025.11 `auto_sharpen`, default": "peer_b_factor",
            "map_sharpening, `auto_sharpen_methods=target_b_iso_to_d_cut`": "ours_target_b_iso",
            MEAN: "mean",
        },
    ),
}

#: Row of the table of measures: keys, decimals
MEASURES = {
    "map-model FSC at the resolution, box / mask": (
        ("fsc_box_at_resolution", "fsc_mask_at_resolution"),
        3,
    ),
    "its mean up to the resolution, box / mask": (
        ("fsc_box_integrated", "fsc_mask_integrated"),
        3,
    ),
    "Q-score (0.4 Å)": (("q_0.4",), 3),
    "Q-score (0.6 Å), backbone / side chains": (("q_0.6_backbone", "q_0.6_side_chains"), 3),
    "Q-score, fifth of the atoms with the highest B": (("q_0.6_weakest",), 3),
    "breaks of the main chain per 100 residues": (("breaks_per_100",), 1),
    "side chains enclosed by the contour": (("side_chains_enclosed",), 3),
    "pieces off the model at that contour": (("blobs_off_model",), 0),
    "volume off the model at that contour": (("volume_off_model",), 3),
}
MEASURED = ("ours_local", "ours", "peer_isotropic", "relion", "servalcat", "emda")


@cache
def stored(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
    return found


def rows_of(text_file: str, begin: str) -> list[list[str]]:
    """Return the rows of the first table from there on, without its head."""
    text = (TOP / text_file).read_text("utf-8")
    table = text[text.index(begin) :].partition("|---")[2].partition("\n\n")[0]
    lines = table.splitlines()[1:]
    return [[cell.strip().replace("**", "") for cell in line.split("|")[1:-1]] for line in lines]


def mean_score(table: Table, program: str, key: str) -> float:
    cases = list(stored(table.results).values())[: table.n_cases]
    return float(np.mean([case["maps"][program]["correlations"][key] for case in cases]))


@pytest.mark.parametrize("name", list(SCORES))
def test_correlations_are_those_of_the_stored_results(name: str) -> None:
    table = SCORES[name]
    rows = rows_of(table.text_file, table.begin)
    assert {row[0]: row[1 : 1 + len(table.keys)] for row in rows} == {
        title: [f"{mean_score(table, program, key):.3f}" for key in table.keys]
        for title, program in table.programs.items()
    }


def test_measures_are_those_of_the_stored_measures() -> None:
    cases = stored("measures/reconstructed_measures").values()
    told = {row[0]: row[1:] for row in rows_of(ACCURACY, "| mean of the ten |")}
    assert told == {
        title: [
            " / ".join(
                f"{np.mean([case[program][key] for case in cases]):.{decimals}f}" for key in keys
            )
            for program in MEASURED
        ]
        for title, (keys, decimals) in MEASURES.items()
    }


#: Row of the table of density modification: key of the measures
MODIFIED_MEASURES = {
    "correlation near the atoms": "correlation_near",
    "the same, fifth of the atoms with the highest B": "correlation_near_weakest",
    "map-model FSC at the resolution, in the mask": "fsc_mask_at_resolution",
    "its mean up to the resolution": "fsc_mask_integrated",
    "Q-score (0.4 Å)": "q_0.4",
    "Q-score (0.6 Å)": "q_0.6",
    "side chains enclosed by the contour": "side_chains_enclosed",
}


@pytest.mark.parametrize(("row", "key"), list(MODIFIED_MEASURES.items()))
def test_gains_of_density_modification_are_those_of_the_stored_measures(
    row: str, key: str
) -> None:
    (told,) = (cells for cells in rows_of(ACCURACY, "## Density modification") if cells[0] == row)
    gains = []
    for column, name in enumerate(("local_measures", "reconstructed_measures"), start=1):
        cases = stored(f"measures/{name}").values()
        before, after = (
            np.array([case[program][key] for case in cases], dtype=float)
            for program in ("ours_local", "ours_modified")
        )
        gains += list(after - before)
        assert told[column] == f"{before.mean():.3f} → {after.mean():.3f}"
    least = float(told[3].replace("−", "-"))
    decimals = len(told[3].partition(".")[2])
    assert least == pytest.approx(min(gains), abs=0.5001 * 10**-decimals)


def all_rows(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def test_the_figures_of_symmetry_are_those_measured() -> None:
    measured = all_rows((RESULTS / "symmetry.md").read_text(encoding="utf-8"))
    text = (TOP / ACCURACY).read_text(encoding="utf-8")
    section = all_rows(text.split("\n## Symmetry\n")[1].split("\n## ")[0])
    kinds = ("sharpened", "modified", "with symmetry")
    told = [[float(cell) for cell in row[1:]] for row in section if row[0] in kinds]
    of_cases = [row[2:] for row in measured if row[1] in kinds and len(row) == 6]
    *point_groups, filament = np.reshape(of_cases, (11, 3, 4)).astype(float)
    np.testing.assert_allclose(told[:3], np.mean(point_groups, axis=0), atol=6e-4)
    assert f"{filament[2, 0]:.3f} instead of {filament[1, 0]:.3f}" in text
    errors = np.array([row[3] for row in measured if row[0].startswith("one_")], dtype=float)
    np.testing.assert_allclose(told[3:], errors.reshape(3, 3).T, atol=6e-4)
