"""What is said of a B-factor run."""
