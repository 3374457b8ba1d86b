"""Why a program of the comparison has no map."""


class ProgramMissingError(Exception):
    """A program of the comparison isn't installed on this machine."""


class ProgramFailedError(Exception):
    """A program of the comparison stopped with an error or wrote no map."""
