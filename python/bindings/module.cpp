// Table of contents of the extension module.
#include "map_sharpening/errors.hpp"
#include "map_sharpening/version.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {
void bind_anisotropy(py::module_& m);
void bind_b_factor(py::module_& m);
void bind_density_modification(py::module_& m);
void bind_filters(py::module_& m);
void bind_fourier(py::module_& m);
void bind_half_maps(py::module_& m);
void bind_ideal_amplitude(py::module_& m);
void bind_local_b_factor(py::module_& m);
void bind_local_filter(py::module_& m);
void bind_local_resolution(py::module_& m);
void bind_map_statistics(py::module_& m);
void bind_masks(py::module_& m);
void bind_reflections(py::module_& m);
void bind_regions(py::module_& m);
void bind_shells(py::module_& m);
void bind_surface_by_level(py::module_& m);
}  // namespace map_sharpening::python

PYBIND11_MODULE(_core, m) {
  using namespace map_sharpening::python;
  m.doc() = "The C++ core of map_sharpening: numerical loops over maps and coefficients.";
  m.attr("__version__") = MAP_SHARPENING_VERSION;
  py::register_exception<map_sharpening::UnusableDataError>(m, "UnusableDataError",
                                                            PyExc_ValueError);
  bind_fourier(m);
  bind_shells(m);
  bind_anisotropy(m);
  bind_ideal_amplitude(m);
  bind_filters(m);
  bind_map_statistics(m);
  bind_masks(m);
  bind_reflections(m);
  bind_local_filter(m);
  bind_half_maps(m);
  bind_density_modification(m);
  bind_regions(m);
  bind_surface_by_level(m);
  bind_b_factor(m);
  bind_local_b_factor(m);
  bind_local_resolution(m);
}
