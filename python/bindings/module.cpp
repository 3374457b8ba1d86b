// Table of contents of the extension module.
#include "map_sharpening/errors.hpp"
#include "map_sharpening/version.hpp"
#include "numpy_views.hpp"

#ifdef __GLIBC__  // known once a standard header is read
#include <malloc.h>
#endif

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

static void bind_build_info(py::module_& m) {
  py::class_<BuildInfo>(m, "BuildInfo", "How the core was built, and what of it runs here.")
      .def_readonly(
          "commit", &BuildInfo::commit,
          "Of git, with -dirty if files were changed since; empty if it isn't known.")
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

/// Give the system back freed memory that glibc keeps; other libraries do it themselves.
static void give_back_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

constexpr const char* kModuleDoc =
    R"(The C++ core of map_sharpening: numerical loops over maps and coefficients.

Arrays are in C order. Unless a function says otherwise, it changes none, and these words mean:

map : shape (nz, ny, nx), float32 (float64 where there are both)
    Density.
coefficients : shape (nz, ny, nx // 2 + 1), complex64 (complex128 where there are both)
    Half-complex coefficients of a map.
shape, cell
    Shape (nz, ny, nx) of the map; a, b, c in Å and alpha, beta, gamma in degrees of the cell
    that its grid fills.
half_1, half_2, mask : shape (nz, ny, nx), float32
    Half maps; 0 to 1, how much of a point counts.
d_min
    Å; finer terms are left out.
anisotropy
    B tensor (Å²) whose anisotropy is taken off; zero: none.
threads
    Their number; 0 means all. No result depends on it.
new_array : callable or None
    Called as new_array(shape, dtype) for every array of the maps' size that is returned or
    worked in; returns a writable array of that shape (a tuple) and dtype in C order. None: they
    are allocated.
progress : callable or None
    Called as progress(stage, done), done from 0 to 1. An exception that it raises ends the run.

ValueError is raised if shapes don't match or a value is out of range.
)";

}  // namespace map_sharpening::python

PYBIND11_MODULE(_core, m) {
  using namespace map_sharpening::python;
  m.doc() = kModuleDoc;
  m.attr("__version__") = MAP_SHARPENING_VERSION;
  bind_build_info(m);
  m.def("give_back_memory", &give_back_memory,
        "Give the system back memory that was freed; no result depends on it.");
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
