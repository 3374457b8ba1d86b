"""Sharpening of one map by a B factor, for the whole map or for each place."""
