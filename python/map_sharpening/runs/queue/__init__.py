"""Runs and parts of runs as jobs of a queueing system."""
