"""Exceptions that a caller may catch; each message is one line and says what to do."""

from __future__ import annotations


class MapSharpeningError(Exception):
    """Base of all errors caused by the input or the machine, not by a bug."""


class MapSharpeningWarning(UserWarning):
    """A doubt about an input that is read outside a run."""


class ParameterError(MapSharpeningError):
    """A parameter is missing, unknown, ambiguous or out of range."""


class ArrayError(MapSharpeningError, ValueError):
    """An array, or the size of its voxels, can't be that of a map."""


class MapFileError(MapSharpeningError):
    """A map file can't be read as a map, or holds values that can't be used."""


class ModelFileError(MapSharpeningError):
    """A model file can't be read, or holds no atoms that can be used."""


class SequenceFileError(MapSharpeningError):
    """A sequence file can't be read, or holds no sequences."""


class NcsFileError(MapSharpeningError):
    """A file with non-crystallographic symmetry can't be read, or describes none."""


class MapValueError(MapSharpeningError):
    """A map's values can't be used: not finite, constant, or not independent."""


class GridMismatchError(MapSharpeningError):
    """Two maps that must share one grid differ in shape, cell or position."""


class OutputError(MapSharpeningError):
    """An output can't be written, or would replace an input."""


class ResultsError(MapSharpeningError):
    """Files of an earlier run are missing, damaged, or of another version."""


class MemoryLimitError(MapSharpeningError):
    """The run needs more memory than the machine has."""


class ClusterError(MapSharpeningError):
    """A queueing system or its workers can't be reached, or the workers keep dying."""
