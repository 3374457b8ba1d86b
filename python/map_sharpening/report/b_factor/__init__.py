"""Log and report of a B-factor run."""
