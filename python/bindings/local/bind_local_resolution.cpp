// Python names for local_resolution.hpp.
#include <optional>
#include <utility>

#include "map_part.hpp"
#include "map_sharpening/local_resolution.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kSpheresDoc =
    R"(Signal and noise of two half maps in soft spheres; see local_resolution.hpp.

Parameters
----------
half_1, half_2 : ndarray, shape (nz, ny, nx), float32, C order
    Half maps; not changed.
mask : ndarray, shape (nz, ny, nx), float32, C order, or None
    0 to 1; spheres far from where it is 0.5 are left out. None: everything is inside.
cell : six floats
    Å and degrees of the cell that the grid fills.
window, step, d_min, wrapping
    As in LocalResolutionOptions.
begin, end : int
    Spheres from `begin` to before `end`, of those that `count_spheres` counts.
threads : int
    Number of threads; 0 means all. The result does not depend on it.
progress : callable or None
    Called as progress(stage, done), done from 0 to below 1. An exception that it raises ends
    the run.

Returns
-------
(ndarray, ndarray)
    Signal-to-noise ratios (float32, sphere by shell) and the mask's share of each sphere
    (float64; 0: not measured). A sphere's values do not depend on `begin` and `end`.

Raises
------
ValueError
    If shapes do not match, an option is out of range, the window does not fit, or the spheres
    are not there.
)";

constexpr const char* kResolutionDoc =
    R"(Local resolution from the spectra of all spheres.

Parameters
----------
signal_to_noise : ndarray, float32, sphere by shell, C order
mask_share : ndarray, float64, by sphere
    What `measure_spheres` returned, all parts in order.
mask, cell, window, step, d_min, wrapping, threads
    As of `measure_spheres`; where the mask is below 0.5 the map is d_max.
map : ndarray, float32, shape (nz, ny, nx), C order
    Out: local resolution in Å.
threshold : float
    Of the local FSC.

Returns
-------
dict
    lattice (float32, z y x, Å; 0: not measured), first and
    spacing (grid points, z y x), n_windows, window, d_min and d_max (Å).

Raises
------
ValueError
    If shapes do not match, an option is out of range, or there are not as many spectra as
    spheres.
)";

LocalResolutionOptions options_of(double window, double step, double d_min, bool wrapping,
                                  int threads) {
  LocalResolutionOptions options;
  options.window = window;
  options.step = step;
  options.d_min = d_min;
  options.wrapping = wrapping;
  options.threads = threads;
  return options;
}

std::pair<Array<float>, Array<double>> spheres(
    const Array<float>& half_1, const Array<float>& half_2, const OptionalMask& mask,
    const CellParameters& cell, double window, std::size_t begin, std::size_t end, double step,
    double d_min, bool wrapping, int threads, const py::object& progress) {
  const auto first = readable(half_1, "half_1"), second = readable(half_2, "half_2");
  const auto inside = mask_view(mask);
  auto options = options_of(window, step, d_min, wrapping, threads);
  if (!progress.is_none())
    options.progress = [&progress](const std::string& stage, double done) {
      const py::gil_scoped_acquire lock;
      progress(stage, done);
    };
  SphereSpectra found;
  {
    py::gil_scoped_release unlock;
    found = measure_spheres(first, second, inside, Grid(first.shape, to_cell(cell)), options,
                            begin, end);
  }
  Array<float> ratios({found.mask_share.size(), found.n_shells});
  std::copy(found.signal_to_noise.begin(), found.signal_to_noise.end(), ratios.mutable_data());
  Array<double> shares(static_cast<py::ssize_t>(found.mask_share.size()));
  std::copy(found.mask_share.begin(), found.mask_share.end(), shares.mutable_data());
  return {ratios, shares};
}

NamedValues resolution(const Array<float>& signal_to_noise, const Array<double>& mask_share,
                       const OptionalMask& mask, Array<float>& map, const CellParameters& cell,
                       double window, double step, double threshold, double d_min,
                       bool wrapping, int threads) {
  if (signal_to_noise.ndim() != 2 || mask_share.ndim() != 1)
    throw std::invalid_argument(
        "signal_to_noise and mask_share must have 2 dimensions and 1: sphere by shell, and "
        "sphere");
  SphereSpectra spectra;
  spectra.n_shells = static_cast<std::size_t>(signal_to_noise.shape(1));
  spectra.signal_to_noise.assign(signal_to_noise.data(),
                                 signal_to_noise.data() + signal_to_noise.size());
  spectra.mask_share.assign(mask_share.data(), mask_share.data() + mask_share.size());
  const auto inside = mask_view(mask);
  const auto out = writable(map, "map");
  auto options = options_of(window, step, d_min, wrapping, threads);
  options.threshold = threshold;
  LocalResolution result;
  {
    py::gil_scoped_release unlock;
    result =
        resolution_of_spheres(spectra, inside, Grid(out.shape, to_cell(cell)), options, out);
  }
  auto lattice = empty3<float>(result.lattice_shape);
  std::copy(result.lattice.begin(), result.lattice.end(), lattice.mutable_data());
  NamedValues named;
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
  m.def(
      "count_spheres",
      [](const Shape& shape, const CellParameters& cell, double window, double step,
         double d_min, bool wrapping) {
        return count_spheres(Grid(shape, to_cell(cell)),
                             options_of(window, step, d_min, wrapping, 0));
      },
      "shape"_a, "cell"_a, "window"_a, "step"_a = 0.0, "d_min"_a = 0.0, "wrapping"_a = false,
      "Number of soft spheres, measured or not, for a map of this shape (nz, ny, nx).");
  m.def("measure_spheres", &spheres, "half_1"_a.noconvert(), "half_2"_a.noconvert(),
        "mask"_a.noconvert(), "cell"_a, "window"_a, "begin"_a, "end"_a, "step"_a = 0.0,
        "d_min"_a = 0.0, "wrapping"_a = false, "threads"_a = 0, "progress"_a = py::none(),
        kSpheresDoc);
  m.def("resolution_of_spheres", &resolution, "signal_to_noise"_a.noconvert(),
        "mask_share"_a.noconvert(), "mask"_a.noconvert(), "map"_a.noconvert(), "cell"_a,
        "window"_a, "step"_a = 0.0, "threshold"_a = LocalResolutionOptions{}.threshold,
        "d_min"_a = 0.0, "wrapping"_a = false, "threads"_a = 0, kResolutionDoc);
}

}  // namespace map_sharpening::python
