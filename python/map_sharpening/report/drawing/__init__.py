"""Plots as SVG, drawn by ourselves: to load matplotlib alone would take as long as a small run."""

from map_sharpening.report.drawing.axes import Axes, SvgAxes
from map_sharpening.report.drawing.figure import SvgFigure

__all__ = ["Axes", "SvgAxes", "SvgFigure"]
