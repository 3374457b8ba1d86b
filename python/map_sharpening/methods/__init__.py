"""Methods: maps in, a result object out; no files, no printing."""
