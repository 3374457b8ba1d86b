"""Scripts that a Python with cctbx runs."""
