"""Parameters of a run: master.phil, how it is read, what kind of run it asks for."""
