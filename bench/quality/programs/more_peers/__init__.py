"""Programs that have packages of their own on PyPI, and what their interpreters run."""
