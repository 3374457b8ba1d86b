"""map_sharpening in napari: files and a widget."""
