"""Where the map is scored: solvent content and the part of the map that counts."""
