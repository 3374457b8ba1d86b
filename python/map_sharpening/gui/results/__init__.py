"""What a run found, to look at: numbers, maps in 3-D, plots, slices, files; two runs compared."""
