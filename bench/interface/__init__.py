"""How quick the graphical interface is, in a browser."""
