"""Tables of a suite's results."""
