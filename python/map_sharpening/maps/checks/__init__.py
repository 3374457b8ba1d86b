"""Whether maps can be what they are given as."""
