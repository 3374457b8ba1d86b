"""One file per kind of run: parameters to a checked plan, a result to the files it makes."""
