"""The molecule: atoms, crystal and NCS symmetry, composition, and the density of a model."""
