"""Files: maps, reflections, models, curves, scripts; the only package that opens any."""
