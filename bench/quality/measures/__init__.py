"""Measures that practitioners trust: a map against the true atomic model.

`python -m bench.quality.measures MAP MODEL RESOLUTION` prints them as JSON.
"""
