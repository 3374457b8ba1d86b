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

namespace map_sharpening::python {

static void bind_build_info(py::module_& m) {
  py::class_<BuildInfo>(m, "BuildInfo", "How the core was built, and what of it runs here.")
      .def_readonly("commit", &BuildInfo::commit, "Of git; empty if it isn't known.")
      .def_readonly("build_type", &BuildInfo::build_type)
      .def_readonly("compiler", &BuildInfo::compiler)
      .def_readonly("simd", &BuildInfo::simd, "Instruction set: baseline or avx2.")
      .def_readonly("openmp", &BuildInfo::openmp,
                    "Year and month of OpenMP's specification; 0: one thread alone.")
      .def_readonly("threads", &BuildInfo::threads, "Of a call that isn't given a number.")
      .def_readonly("fft", &BuildInfo::fft, "Library of the Fourier transforms.");
  m.def("build_info", &build_info,
        "How the core was built, and what of it runs on this processor.");
}

}  // namespace map_sharpening::python

PYBIND11_MODULE(_core, m) {
  using namespace map_sharpening::python;
  m.doc() = "The C++ core of map_sharpening: numerical loops over maps and coefficients.";
  m.attr("__version__") = MAP_SHARPENING_VERSION;
  bind_build_info(m);
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
