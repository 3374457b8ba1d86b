"""Errors planted in the numerical code, and how many of them the tests find."""
