"""What a user can choose for sharpening by a model."""

from __future__ import annotations

from dataclasses import dataclass, field

from map_sharpening.methods.shared.option_groups import (
    ENOUGH_SHELLS,
    NOMINAL_RESOLUTION,
    OUTPUT_SCALE,
    SHARE_UP_TO_ONE,
    THREADS,
    Accepted,
    option,
    up_to,
    zero_or_more,
)
from map_sharpening.methods.shared.shell_scaling import (
    LARGEST_RMSD,
    LARGEST_RMSD_RESOLUTION_FACTOR,
)
from map_sharpening.methods.shared.windows import WindowedOptions

_CHANGES = "b_factor_sharpening.map_modification."


@dataclass(frozen=True)
class ModelOptions(WindowedOptions):
    """Choices of `sharpen_by_model`, by the names of the program's parameters.

    Attributes
    ----------
    resolution : float
        Nominal resolution in Å. Terms finer than 0.833 of it (or the Nyquist limit) are
        left out of the result.
    anisotropic : bool
        Let signal, noise and factors depend on direction.
    n_bins : int, optional
        Number of resolution shells; by default one reciprocal-lattice spacing each, and 20
        in the windows of local sharpening.
    rmsd : float, optional
        Å, error of the atoms' positions in three dimensions; by default from the half
        maps, and without them `rmsd_resolution_factor` times the resolution.
    rmsd_resolution_factor : float
        See `rmsd`.
    fraction_complete : float, optional
        Share of the molecule in the mask that the model explains; by default from the
        highest correlation.
    mask_atoms_atom_radius : float
        Å; the mask reaches this far beyond the atoms, and the resolution farther, with an
        edge that is smooth over the resolution.
    k_sol, b_sol : float, optional
        Density (Å⁻², in scattering lengths; water has 0.10) and B factor (Å²) of the bulk
        solvent with which map and model are compared. By default both are fitted, and left
        out unless they help. The ideal is the molecule alone.
    sharpen_half_maps : bool
        Sharpen the half maps, if there are any, by the same factors.
    local_sharpen : bool
        Sharpen locally after the global factors, in the region of the model.
    n_boxes : int, optional
        About how many cores of windows the map is divided into; more where they would be
        longer than 48 grid points.
    box_size_grid_units : int, optional
        Edge of a window's core in grid points, 4 to 48; by default 3 times the resolution, at
        least 6.
    wrapping : bool
        The map fills a crystal's unit cell: atoms count wherever they are.
    output_scale_factor : float
        Standard deviation of the sharpened map; its mean is 0.
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
    rmsd: float | None = option(
        None,
        up_to(LARGEST_RMSD, f"an error in Å, 0 to {LARGEST_RMSD:g}, or None"),
        parameter=_CHANGES + "rmsd",
    )
    rmsd_resolution_factor: float = option(
        0.25,
        up_to(
            LARGEST_RMSD_RESOLUTION_FACTOR,
            f"a share of the resolution, 0 to {LARGEST_RMSD_RESOLUTION_FACTOR:g}",
        ),
        parameter=_CHANGES + "rmsd_resolution_factor",
    )
    fraction_complete: float | None = option(
        None,
        Accepted(SHARE_UP_TO_ONE.holds, "a share above 0, up to 1, or None to estimate it"),
        parameter=_CHANGES + "fraction_complete",
    )
    mask_atoms_atom_radius: float = option(
        3.0,
        zero_or_more("a radius in Å, 0 or more"),
        parameter=_CHANGES + "mask_atoms_atom_radius",
    )
    k_sol: float | None = option(
        None, zero_or_more("a density in 1/Å², 0 or more, or None to fit it")
    )
    b_sol: float = option(50.0, zero_or_more("a B factor in Å², 0 or more"))
    sharpen_half_maps: bool = option(True, parameter="sharpening.sharpen_all_maps")
    local_sharpen: bool = False
    n_boxes: int | None = None
    box_size_grid_units: int | None = None
    wrapping: bool = False
    output_scale_factor: float = option(1.0, OUTPUT_SCALE, parameter="output.output_scale_factor")
    threads: int = option(0, THREADS)
