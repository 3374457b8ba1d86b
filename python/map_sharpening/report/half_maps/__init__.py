"""What is said of a run on half maps."""
