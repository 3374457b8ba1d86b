"""Sharpening with a model: signal and noise from its agreement with the map."""
