"""Sharpening by two half maps."""
