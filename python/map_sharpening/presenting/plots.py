"""Plots of results on matplotlib axes, drawn as in the report."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib
from matplotlib.axes import Axes

from map_sharpening.errors import ResultsError
from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.report.b_factor.pictures import draw_scores, wilson_plot
from map_sharpening.report.half_maps.pictures import fsc_plot, guinier_plot
from map_sharpening.report.model.pictures import correlation_plot, fall_off_plot
from map_sharpening.report.parts.figures import FIGURE_SIZE, PLOT_STYLE
from map_sharpening.report.parts.shell_plots import ScaledResult, power_plot, scale_plot


class _ScaledPlots:
    """Plots of factors by shell."""

    _result: ScaledResult
    _measured: str  #: the map whose power was measured

    def scale_factors(self, ax: Axes | None = None) -> Axes:
        """Draw the factors applied, along single directions and on average."""
        return _drawn(scale_plot(self._result).draw, ax)

    def signal_and_noise(self, ax: Axes | None = None) -> Axes:
        """Draw the power of signal and noise by shell."""
        return _drawn(power_plot(self._result, self._measured).draw, ax)


class HalfMapPlots(_ScaledPlots):
    """Plots of a `HalfMapResult`; each method takes axes to draw in, or makes some."""

    _measured = "mean of the half maps"

    def __init__(self, result: HalfMapResult) -> None:
        self._result: HalfMapResult = result

    def fsc(self, ax: Axes | None = None) -> Axes:
        """Draw the Fourier shell correlation of the half maps."""
        return _drawn(fsc_plot(self._result).draw, ax)

    def guinier(self, ax: Axes | None = None) -> Axes:
        """Draw ln amplitude against 1/d², with the line whose slope is an isotropic B."""
        return _drawn(guinier_plot(self._result).draw, ax)


class ModelPlots(_ScaledPlots):
    """Plots of a `ModelResult`; each method takes axes to draw in, or makes some."""

    _measured = "the map given"

    def __init__(self, result: ModelResult) -> None:
        self._result: ModelResult = result

    def correlation(self, ax: Axes | None = None) -> Axes:
        """Draw the correlation of map and model by shell."""
        return _drawn(correlation_plot(self._result).draw, ax)

    def fall_off(self, ax: Axes | None = None) -> Axes:
        """Draw ln amplitude against 1/d² of the map before and after, and of the model."""
        return _drawn(fall_off_plot(self._result).draw, ax)


class BFactorPlots:
    """Plots of a `BFactorResult`; each method takes axes to draw in, or makes some."""

    def __init__(self, result: BFactorResult) -> None:
        self._result = result

    def wilson(self, ax: Axes | None = None) -> Axes:
        """Draw ln mean squared amplitude against 1/d², before and after.

        Raises
        ------
        ResultsError
            If there are no values.
        """
        plot = wilson_plot(self._result)
        if plot is None:
            raise ResultsError("there is no Wilson plot: no shell has amplitudes before and after")
        return _drawn(plot.draw, ax)

    def score(self, ax: Axes | None = None) -> Axes:
        """Draw the scores of the trials against b_iso.

        Raises
        ------
        ResultsError
            If no values of b_iso were tried.
        """

        def draw(axes: Axes) -> None:
            if not draw_scores(axes, self._result):
                raise ResultsError("there are no scores to draw: no values of b_iso were tried")

        return _drawn(draw, ax)


def plots_of(result: object) -> HalfMapPlots | ModelPlots | BFactorPlots:
    """Return the plots of a result.

    Raises
    ------
    ResultsError
        If its kind has no plots.
    """
    if isinstance(result, HalfMapResult):
        return HalfMapPlots(result)
    if isinstance(result, ModelResult):
        return ModelPlots(result)
    if isinstance(result, BFactorResult):
        return BFactorPlots(result)
    raise ResultsError(
        f"an object of type {type(result).__name__} has no plots; look at its values and its map"
    )


def _drawn(draw: Callable[[Axes], None], ax: Axes | None) -> Axes:
    """Draw into axes, or into new ones of pyplot, which notebooks show."""
    with matplotlib.rc_context(PLOT_STYLE):
        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.subplots(figsize=FIGURE_SIZE, layout="constrained")[1]
        draw(ax)
        ax.legend(fontsize="small")
    return ax
