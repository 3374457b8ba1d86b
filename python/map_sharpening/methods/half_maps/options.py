"""What a user can choose for the half-map method."""

from __future__ import annotations

import math
from dataclasses import dataclass

from map_sharpening.errors import ParameterError
from map_sharpening.methods.shared.windows import require_window_choices

IDEAL_CURVES = ("protein", "nucleic_acid", "beta_galactosidase")
#: So that the square of the highest peak still is a 32-bit number: viewers sum those.
_LARGEST_SCALE = 1e12


@dataclass(frozen=True)
class HalfMapOptions:
    """What a user can choose for the half-map method.

    Raises
    ------
    ParameterError
        If a value is out of range.
    """

    resolution: float  #: Å, nominal
    anisotropic: bool = True
    n_bins: int | None = None  #: shells up to d_min; None: one lattice spacing each, 20 locally
    ideal_curve: str = "protein"  #: protein, nucleic_acid or beta_galactosidase
    randomise_phases_beyond: float | None = None  #: Å; None: unmasked FSC first below 0.8
    wrapping: bool = False  #: the map fills a crystal's unit cell: no taper at its faces
    output_scale_factor: float = 1.0  #: standard deviation of the sharpened map
    guinier_d_low: float | None = None  #: Å; None: 10, or 2.5 times a coarser resolution
    sharpen_all_maps: bool = True
    local_sharpen: bool = False  #: filter window by window after the global filter
    n_boxes: int | None = None  #: about as many cores of windows in the map
    box_size_grid_units: int | None = None  #: edge of a window's core; None: 3 resolutions
    threads: int = 0  #: 0: all

    def __post_init__(self) -> None:
        """Check each value by itself."""

        def require(holds: bool, name: str, expected: str) -> None:
            if not holds:
                raise ParameterError(f"{name} is {getattr(self, name)}; expected {expected}")

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
        require(
            self.ideal_curve in IDEAL_CURVES, "ideal_curve", "one of " + ", ".join(IDEAL_CURVES)
        )
        require(
            self.randomise_phases_beyond is None or self.randomise_phases_beyond > 0,
            "randomise_phases_beyond",
            "a resolution in Å, above 0, or None",
        )
        require(
            0 < self.output_scale_factor <= _LARGEST_SCALE,
            "output_scale_factor",
            f"a number above 0, at most {_LARGEST_SCALE:g}",
        )
        require(
            self.guinier_d_low is None
            or (math.isfinite(self.guinier_d_low) and self.guinier_d_low > self.resolution),
            "guinier_d_low",
            f"a resolution in Å coarser than {self.resolution:g}, or None",
        )
        require_window_choices(self.local_sharpen, self.n_boxes, self.box_size_grid_units)
        require(self.threads >= 0, "threads", "the number of threads, or 0 for all")
