"""Sharpening by a model: signal and noise by its agreement with the map."""
