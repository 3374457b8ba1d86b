"""What the graphical interface reads and keeps: the folder it serves, and records of runs."""
