"""Log and report of local sharpening and local resolution."""
