"""Results and Quick look."""
