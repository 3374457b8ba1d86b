"""How fast and how lean map_sharpening is, beside other programs."""
