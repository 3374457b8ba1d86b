"""Sharpen cryo-EM and crystallographic maps."""
