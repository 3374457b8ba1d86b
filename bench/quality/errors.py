"""Why a program of the comparison has no map, or why stored results can't be added to."""


class ProgramMissingError(Exception):
    """A program of the comparison isn't installed on this machine."""


class ProgramFailedError(Exception):
    """A program of the comparison stopped with an error or wrote no map."""


class StoredResultsError(Exception):
    """The stored results can't be added to: they are missing, or of other cases."""
