"""What a user can choose about the map: the part that is scored, local sharpening, the sample."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

from map_sharpening.methods.shared.option_groups import (
    SHARE_BELOW_ONE,
    SHARE_UP_TO_ONE,
    Accepted,
    OptionGroup,
    above_zero,
    at_least,
    option,
    three_numbers,
)
from map_sharpening.molecule.composition import solvent_fraction_given

LENGTH = above_zero("a length in Å, above 0, or None")
COUNT = at_least(1, "a whole number, 1 or more")
_GRID_POINTS = Accepted(
    lambda size: len(size) == 3 and all(isinstance(n, Integral) and int(n) >= 1 for n in size),
    "three whole numbers of grid points, 1 or more",
)


@dataclass(frozen=True)
class ScoredVolume(OptionGroup):
    """The part of the map that trials are scored in.

    Attributes
    ----------
    density_select_in_auto_sharpen : bool
        Score only a box where the density is high: `density_box` with
        `density_select_threshold_in_auto_sharpen`; the whole map if the box would hold more
        than `density_select_max_box_fraction` of it.
    box_in_auto_sharpen : bool
        Score only a box of `box_size` (grid points x, y, z) round `box_center` (Å, in the
        frame of a model) or a representative region of density, a smaller one with
        `use_weak_density`; widened by a margin for `soft_mask`; kept inside the map with
        `restrict_map_size` (default: unless wrapping); the whole map if it would hold more
        than `max_box_fraction`. The solvent content is that of the box. `soft_mask` also
        gives masks of half maps (otherwise none) and atoms (otherwise sharp) a soft edge.
    allow_box_if_b_iso_set : bool
        Keep the box where a B factor is given.
    """

    density_select_in_auto_sharpen: bool = False
    density_select_threshold_in_auto_sharpen: float = option(0.05, SHARE_BELOW_ONE)
    density_select_max_box_fraction: float = option(0.95, SHARE_UP_TO_ONE)
    box_in_auto_sharpen: bool = False
    box_center: tuple[float, float, float] | None = option(None, three_numbers("x y z in Å"))
    box_size: tuple[int, int, int] = option((30, 30, 30), _GRID_POINTS)
    use_weak_density: bool = False
    soft_mask: bool = True
    restrict_map_size: bool | None = None
    max_box_fraction: float = option(0.5, SHARE_UP_TO_ONE)
    allow_box_if_b_iso_set: bool = False

    @property
    def is_box_asked_for(self) -> bool:
        """Whether a box of either kind is wanted."""
        return self.density_select_in_auto_sharpen or self.box_in_auto_sharpen


@dataclass(frozen=True)
class LocalSharpening(OptionGroup):
    """Whether and how B varies from place to place.

    Attributes
    ----------
    local_sharpening : bool
        Sharpen each place by its own B factor, from overlapping tiles of `box_size` that
        share `target_n_overlap` grid points; see `tiles.sharpen_locally`. Local B
        factors are sought about that of the whole map with `overall_before_local` or where a B
        is given, else about that of the trial map that scores highest by `residual_target`;
        they vary over `smoothing_radius` (Å; by default two thirds of the distance between
        tiles).
    local_aniso_in_local_sharpening : bool
        Take anisotropy off place by place too.
    select_sharpened_map : int, optional
        Use one trial map alone, by its number from 1.
    """

    local_sharpening: bool = False
    local_aniso_in_local_sharpening: bool = False
    overall_before_local: bool = True
    target_n_overlap: int = 10
    smoothing_radius: float | None = None
    select_sharpened_map: int | None = None


@dataclass(frozen=True)
class Sample(OptionGroup):
    """What is in the map.

    Attributes
    ----------
    solvent_content : float, optional
        Share of the map without molecule (percent if 10 or more); by default from
        `molecular_mass` (Da), else from the chains with `ncs_copies` and `asymmetric_units`
        (see `composition_of`), else from the map by `solvent_content_iterations` and
        `wang_radius` (Å; see `solvent_fraction_from_map`).
    buffer_radius : float, optional
        Å, by which the mask of half maps is widened; see `half_map_mask`.
    pseudo_likelihood : bool, optional
        Weight terms by the share of signal in the power of the molecule, as the noise of the
        solvent tells it, on top of what a B factor or a curve does; see `signal_share`. By
        default where a B factor is searched for by the skewness, and the noise is that of a
        map that no filter, mask or sharpening changed.
    """

    solvent_content: float | None = None
    molecular_mass: float | None = None
    ncs_copies: int | None = None
    asymmetric_units: int = 1
    solvent_content_iterations: int = option(3, COUNT)
    wang_radius: float | None = option(None, LENGTH)
    buffer_radius: float | None = option(None, LENGTH)
    pseudo_likelihood: bool | None = None

    def check_together(self) -> None:
        """Check the solvent content, which may be a percentage."""
        if self.solvent_content is not None:
            solvent_fraction_given(self.solvent_content)
