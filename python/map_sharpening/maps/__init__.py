"""Maps and grids in memory: values with their cell and position, and the places of their terms."""
