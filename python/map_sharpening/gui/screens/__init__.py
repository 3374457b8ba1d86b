"""Screens: each a function that fills the element that is open."""
