"""What is said of a run by a model."""
