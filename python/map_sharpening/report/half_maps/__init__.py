"""Log and report of a run on half maps."""
