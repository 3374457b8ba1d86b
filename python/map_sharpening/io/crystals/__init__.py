"""What files of reflections must hold for a map of their crystal to be made."""
