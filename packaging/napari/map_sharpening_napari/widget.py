"""The widget that sharpens two layers."""

from typing import Annotated

from napari.layers import Image
from napari.qt.threading import FunctionWorker, thread_worker
from napari.types import LayerDataTuple
from napari.utils.notifications import show_warning

from map_sharpening import resolution_of_half_maps, sharpen_half_maps
from map_sharpening_napari.files import layer_of, map_of

Resolution = Annotated[
    float, {"label": "resolution (Å), 0: find it", "min": 0.0, "max": 100.0, "step": 0.1}
]


def sharpen(
    half_map_1: Image, half_map_2: Image, resolution: Resolution = 0.0
) -> FunctionWorker[list[LayerDataTuple]]:
    """Sharpen two half maps while napari goes on: the sharpened map and the mask are new layers.

    Parameters
    ----------
    half_map_1, half_map_2 : napari.layers.Image
        Unfiltered, unmasked and unsharpened.
    resolution : float
        Å; 0: where the corrected FSC falls to 0.143.
    """
    halves = [map_of(*layer.as_layer_data_tuple()[:2]) for layer in (half_map_1, half_map_2)]

    @thread_worker(start_thread=True)
    def work() -> list[LayerDataTuple]:
        found = None if resolution else resolution_of_half_maps(*halves)
        wanted = resolution if found is None else found.resolution
        result = sharpen_half_maps(*halves, resolution=wanted)
        for text in (*(found.warnings if found else ()), *result.warnings):
            show_warning(text)
        surface = {"rendering": "iso", "iso_threshold": result.contour_level}
        layers = [layer_of(result.sharpened, name=f"sharpened, {wanted:.2f} Å", **surface)]
        if result.mask is not None:
            layers.append(layer_of(result.mask, name="mask", visible=False))
        return layers

    return work()
