"""Figures of other programs that tests compare with, made once and stored."""
