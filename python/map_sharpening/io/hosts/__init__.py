"""Files that programs which start this one expect of it."""
