"""Log and report of a run with a model."""
