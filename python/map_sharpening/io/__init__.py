"""Files: maps, reflections, models, curves, scripts; the only room that opens any."""
