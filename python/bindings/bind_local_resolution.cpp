// Python names for local_resolution.hpp.
#include <optional>

#include "map_part.hpp"
#include "map_sharpening/local_resolution.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kDoc =
    R"(Local resolution of two half maps by FSC in soft spheres; see local_resolution.hpp.

Parameters
----------
half_1, half_2 : ndarray, shape (nz, ny, nx), float32, C order
    Half maps; not changed.
mask : ndarray, shape (nz, ny, nx), float32, C order, or None
    0 to 1; where it is below 0.5 the result is d_max. None: everything is inside.
cell : six floats
    Å and degrees of the cell that the grid fills.
window, step, threshold, d_min, wrapping
    As in LocalResolutionOptions.
threads : int
    Number of threads; 0 means all. The result does not depend on it.
progress : callable or None
    Called as progress(stage, done), done from 0 to 1. An exception that it raises ends the
    run.

Returns
-------
dict
    map (shape (nz, ny, nx), Å), lattice (float32, z y x, Å; 0: not measured), first and
    spacing (grid points, z y x), n_windows, window, d_min and d_max (Å).

Raises
------
ValueError
    If shapes do not match, an option is out of range, or the window does not fit.
)";

NamedValues measure(const Array<float>& half_1, const Array<float>& half_2,
                    const OptionalMask& mask, const CellParameters& cell, double window,
                    double step, double threshold, double d_min, bool wrapping, int threads,
                    const py::object& progress) {
  const auto first = readable(half_1, "half_1"), second = readable(half_2, "half_2");
  const auto inside = mask_view(mask);
  auto values = empty3<float>(first.shape);
  const auto out = writable(values, "map");
  LocalResolutionOptions options;
  options.window = window;
  options.step = step;
  options.threshold = threshold;
  options.d_min = d_min;
  options.wrapping = wrapping;
  options.threads = threads;
  if (!progress.is_none())
    options.progress = [&progress](const std::string& stage, double done) {
      const py::gil_scoped_acquire lock;
      progress(stage, done);
    };
  LocalResolution result;
  {
    py::gil_scoped_release unlock;
    result = measure_local_resolution(first, second, inside, Grid(first.shape, to_cell(cell)),
                                      options, out);
  }
  auto lattice = empty3<float>(result.lattice_shape);
  std::copy(result.lattice.begin(), result.lattice.end(), lattice.mutable_data());
  NamedValues named;
  named["map"] = values;
  named["lattice"] = lattice;
  named["first"] = result.first;
  named["spacing"] = result.spacing;
  named["n_windows"] = result.n_windows;
  named["window"] = result.window;
  named["d_min"] = result.d_min;
  named["d_max"] = result.d_max;
  return named;
}

}  // namespace

void bind_local_resolution(py::module_& m) {
  m.def(
      "largest_window",
      [](const Shape& shape, const CellParameters& cell) {
        return largest_window(Grid(shape, to_cell(cell)));
      },
      "shape"_a, "cell"_a,
      "Diameter (Å) of the largest sphere that fits into a map of this shape (nz, ny, nx).");
  m.def("local_resolution", &measure, "half_1"_a.noconvert(), "half_2"_a.noconvert(),
        "mask"_a.noconvert(), "cell"_a, "window"_a, "step"_a = 0.0,
        "threshold"_a = LocalResolutionOptions{}.threshold, "d_min"_a = 0.0,
        "wrapping"_a = false, "threads"_a = 0, "progress"_a = py::none(), kDoc);
}

}  // namespace map_sharpening::python
