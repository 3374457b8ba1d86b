"""What a user can choose for local resolution."""

from __future__ import annotations

from dataclasses import dataclass

from map_sharpening.methods.shared.option_groups import (
    THREADS,
    Accepted,
    OptionGroup,
    above_zero,
    option,
)


@dataclass(frozen=True)
class LocalResolutionOptions(OptionGroup):
    """Choices of `local_resolution`.

    Attributes
    ----------
    resolution : float, optional
        Nominal resolution in Å, for the size of the window; by default what
        `resolution_of_half_maps` finds in the mask.
    threshold : float
        Of the local FSC.
    window : float, optional
        Å, diameter of the soft spheres: weight 1 to half the radius, then a raised cosine.
        By default 15 times the resolution, or as much as the box holds.
    step : float, optional
        Å, largest distance between spheres; by default a quarter of the window.
    finest : float, optional
        Å, where the half maps' data end: no value is finer; by default the Nyquist limit.
    wrapping : bool
        The maps fill a crystal's unit cell: spheres go on across its faces. Otherwise they
        lie wholly inside the box, and values are held from the outermost to the faces.
    threads : int
        0 means all. The result does not depend on it.

    Raises
    ------
    ParameterError
        If a value is out of range.
    """

    resolution: float | None = option(
        None, above_zero("a resolution in Å above 0, or None to find it from the half maps")
    )
    threshold: float = option(
        0.143,
        Accepted(lambda value: 0 < value < 1, "a correlation between 0 and 1, such as 0.143"),
    )
    window: float | None = option(
        None, above_zero("a diameter in Å above 0, or None for 15 times the resolution")
    )
    step: float | None = option(
        None, above_zero("a distance in Å above 0, or None for a quarter of the window")
    )
    finest: float | None = option(
        None, above_zero("a spacing in Å above 0, or None for the Nyquist limit")
    )
    wrapping: bool = False
    threads: int = option(0, THREADS)
