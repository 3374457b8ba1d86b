"""What a user can choose for sharpening by a model."""

from __future__ import annotations

import math
from dataclasses import dataclass

from map_sharpening.errors import ParameterError
from map_sharpening.methods.shared.windows import require_window_choices


@dataclass(frozen=True)
class ModelOptions:
    """Choices of `sharpen_by_model`, by the names of the program's parameters.

    Raises
    ------
    ParameterError
        If a value is out of range.
    """

    resolution: float  #: Å, nominal
    anisotropic: bool = True
    n_bins: int | None = None  #: shells up to d_min; None: one lattice spacing each, 20 locally
    rmsd: float | None = None  #: Å, error of the model; None: factor times resolution
    rmsd_resolution_factor: float = 0.25
    fraction_complete: float | None = None  #: share of the molecule; None: estimated
    mask_atoms_atom_radius: float = 3.0  #: Å, beside the resolution
    k_sol: float | None = None  #: Å⁻²; None: fitted when it helps
    b_sol: float = 50.0  #: Å², with a given k_sol
    sharpen_half_maps: bool = True
    local_sharpen: bool = False  #: filter window by window in the region of the model
    n_boxes: int | None = None  #: about as many cores of windows in the map
    box_size_grid_units: int | None = None  #: edge of a window's core; None: 3 resolutions
    wrapping: bool = False  #: the map fills a crystal's unit cell
    output_scale_factor: float = 1.0  #: standard deviation of the sharpened map
    threads: int = 0  #: 0: all

    def __post_init__(self) -> None:
        """Check each value by itself."""

        def require(holds: bool, name: str, expected: str) -> None:
            if not holds:
                raise ParameterError(f"{name} is {getattr(self, name)}; expected {expected}")

        def is_at_least_0(name: str, expected: str) -> None:
            value = getattr(self, name)
            require(value is None or (math.isfinite(value) and value >= 0), name, expected)

        require(
            math.isfinite(self.resolution) and self.resolution > 0,
            "resolution",
            "the map's nominal resolution in Å, above 0, such as resolution=3.1",
        )
        require(
            self.n_bins is None or self.n_bins >= 4,
            "n_bins",
            "at least 4 shells, or None to choose them from the map's size",
        )
        is_at_least_0("rmsd", "an error in Å, 0 or more, or None")
        is_at_least_0("rmsd_resolution_factor", "a share of the resolution, 0 or more")
        is_at_least_0("mask_atoms_atom_radius", "a radius in Å, 0 or more")
        is_at_least_0("k_sol", "a density in 1/Å², 0 or more, or None to fit it")
        is_at_least_0("b_sol", "a B factor in Å², 0 or more")
        require(
            self.fraction_complete is None or 0 < self.fraction_complete <= 1,
            "fraction_complete",
            "a share above 0, up to 1, or None to estimate it",
        )
        require(
            math.isfinite(self.output_scale_factor) and self.output_scale_factor > 0,
            "output_scale_factor",
            "a number above 0",
        )
        require_window_choices(self.local_sharpen, self.n_boxes, self.box_size_grid_units)
        require(self.threads >= 0, "threads", "the number of threads, or 0 for all")
