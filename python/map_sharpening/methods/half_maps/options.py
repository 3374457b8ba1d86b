"""What a user can choose for the half-map method."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from map_sharpening import _core
from map_sharpening.methods.shared.option_groups import (
    ENOUGH_SHELLS,
    NOMINAL_RESOLUTION,
    OUTPUT_SCALE,
    THREADS,
    Accepted,
    one_of,
    option,
)
from map_sharpening.methods.shared.windows import WindowedOptions

IDEAL_CURVES = ("Auto", "protein", "nucleic_acid", "beta_galactosidase")


def name_of_curve(curve: _core.IdealCurve) -> str:
    """Return the name of an ideal curve, as in `IDEAL_CURVES`."""
    return next(name for name in IDEAL_CURVES[1:] if _core.ideal_curve_named(name) == curve)


@dataclass(frozen=True)
class HalfMapOptions(WindowedOptions):
    """Choices of `sharpen_half_maps`, by the names of the program's parameters.

    Attributes
    ----------
    resolution : float
        Nominal resolution in Å. Terms finer than 0.833 of it (or the Nyquist limit) are
        left out of the result. Local sharpening goes further where the half maps agree to a
        finer resolution: to 0.833 of that, but at most of 0.8 times the one given.
    anisotropic : bool
        Let signal, noise and factors depend on direction.
    n_bins : int, optional
        Number of resolution shells to 0.833 of the resolution; by default one
        reciprocal-lattice spacing each, and 20 in the windows of local sharpening.
    ideal_curve : str
        protein, nucleic_acid or beta_galactosidase; Auto: nucleic_acid where the signal clearly
        falls off as that does, and protein elsewhere.
    randomise_phases_beyond : float, optional
        Å; by default where the unmasked FSC first falls below 0.8.
    wrapping : bool
        The maps fill a crystal's unit cell: their faces are not tapered.
    output_scale_factor : float
        Standard deviation of the sharpened map; its mean is 0.
    guinier_d_low : float, optional
        Å; coarse end of the Guinier fit. By default 10, or 2.5 times the resolution where
        that is coarser.
    sharpen_all_maps : bool
        Sharpen both half maps as well, by the same factors.
    local_sharpen : bool
        Sharpen locally after the global filter.
    density_modification : bool
        Also make a map to which is added what its positive part predicts.
    n_boxes : int, optional
        About how many cores of windows the map is divided into; more where they would be
        longer than 48 grid points. Not together with `box_size_grid_units`.
    box_size_grid_units : int, optional
        Edge of a window's core in grid points; windows are twice as wide and overlap by
        half. From 4 to 48; by default twice the resolution, at least 6. Not together with
        `n_boxes`.
    threads : int
        0 means all. The result does not depend on it.

    Raises
    ------
    ParameterError
        If a value is out of range.
    """

    resolution: float = field(metadata={"accepted": NOMINAL_RESOLUTION})
    anisotropic: bool = option(True, parameter="sharpening.anisotropic_sharpen")
    n_bins: int | None = option(None, ENOUGH_SHELLS)
    ideal_curve: str = option("Auto", one_of(IDEAL_CURVES, "one of " + ", ".join(IDEAL_CURVES)))
    randomise_phases_beyond: float | None = option(
        None, Accepted(lambda value: value > 0, "a resolution in Å, above 0, or None")
    )
    wrapping: bool = False
    output_scale_factor: float = option(1.0, OUTPUT_SCALE, parameter="output.output_scale_factor")
    guinier_d_low: float | None = None
    sharpen_all_maps: bool = True
    local_sharpen: bool = False
    density_modification: bool = False
    n_boxes: int | None = None
    box_size_grid_units: int | None = None
    threads: int = option(0, THREADS)

    def check_together(self) -> None:
        """Check values that belong together."""
        d_low = self.guinier_d_low
        self.require(
            d_low is None or (math.isfinite(d_low) and d_low > self.resolution),
            "guinier_d_low",
            f"a resolution in Å coarser than {self.resolution:g}, or None",
        )
        super().check_together()

    def for_core(self, mask: _core.MaskChoice) -> _core.HalfMapOptions:
        """Return the core's options."""
        options = _core.HalfMapOptions()
        options.resolution = self.resolution
        options.anisotropic = self.anisotropic
        options.n_shells = self.n_bins
        if self.ideal_curve != "Auto":
            options.ideal = _core.ideal_curve_named(self.ideal_curve)
        options.mask = mask
        options.randomise_beyond = self.randomise_phases_beyond
        options.periodic = self.wrapping
        options.output_scale = self.output_scale_factor
        options.guinier_d_low = self.guinier_d_low
        options.local = self.local_sharpen
        options.windows = self.windows_for_core()
        options.threads = self.threads
        return options
