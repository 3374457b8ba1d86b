"""What is said of local sharpening and local resolution."""
