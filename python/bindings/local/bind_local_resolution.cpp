// Python names for local_resolution.hpp.
#include <optional>
#include <utility>

#include "map_part.hpp"
#include "map_sharpening/local_resolution.hpp"
#include "struct_fields.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kSpheresDoc =
    R"(Signal and noise of two half maps in soft spheres; see local_resolution.hpp.

Parameters
----------
mask
    Spheres far from where it is 0.5 are left out. None: everything is inside.
begin, end : int
    Spheres from `begin` to before `end`, of those that `count_spheres` counts.

Returns
-------
(ndarray, ndarray)
    Signal-to-noise ratios (float32, sphere by shell) and the mask's share of each sphere
    (float64; 0: not measured). A sphere's values do not depend on `begin` and `end`.
)";

constexpr const char* kResolutionDoc =
    R"(Local resolution from the spectra of all spheres.

Parameters
----------
signal_to_noise, mask_share : ndarray, float32, sphere by shell; ndarray, float64, by sphere
    What `measure_spheres` returned, all parts in order.
mask, cell, options
    As of `measure_spheres`; where the mask is below 0.5 the map is d_max.
map : ndarray, float32, shape (nz, ny, nx), C order
    Out: local resolution in Å.
)";

std::pair<Array<float>, Array<double>> spheres(
    const Array<float>& half_1, const Array<float>& half_2, const OptionalMask& mask,
    const CellParameters& cell, LocalResolutionOptions options, std::size_t begin,
    std::size_t end, const py::object& progress) {
  const auto first = readable(half_1, "half_1"), second = readable(half_2, "half_2");
  const auto inside = mask_view(mask);
  options.progress = told_to<const std::string&, double>(progress);
  const SphereSpectra found = without_gil([&] {
    return measure_spheres(first, second, inside, Grid(first.shape, to_cell(cell)), options,
                           begin, end);
  });
  Array<float> ratios({found.mask_share.size(), found.n_shells});
  std::copy(found.signal_to_noise.begin(), found.signal_to_noise.end(), ratios.mutable_data());
  Array<double> shares(static_cast<py::ssize_t>(found.mask_share.size()));
  std::copy(found.mask_share.begin(), found.mask_share.end(), shares.mutable_data());
  return {ratios, shares};
}

LocalResolution resolution(const Array<float>& signal_to_noise,
                           const Array<double>& mask_share, const OptionalMask& mask,
                           Array<float>& map, const CellParameters& cell,
                           const LocalResolutionOptions& options) {
  if (signal_to_noise.ndim() != 2 || mask_share.ndim() != 1)
    throw std::invalid_argument(
        "signal_to_noise and mask_share must have 2 dimensions and 1: sphere by shell, and "
        "sphere");
  SphereSpectra spectra;
  spectra.n_shells = static_cast<std::size_t>(signal_to_noise.shape(1));
  spectra.signal_to_noise = values_of(signal_to_noise, "signal_to_noise");
  spectra.mask_share = values_of(mask_share, "mask_share");
  const auto inside = mask_view(mask);
  const auto out = writable(map, "map");
  py::gil_scoped_release unlock;
  return resolution_of_spheres(spectra, inside, Grid(out.shape, to_cell(cell)), options, out);
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
  options_class<LocalResolutionOptions>(
      m, "LocalResolutionOptions",
      "Soft spheres and what is found in them; see local_resolution.hpp.");
  py::class_<LocalResolution>(m, "LocalResolution",
                              "Local resolution on the spheres' lattice.")
      .def_property_readonly(
          "lattice",
          [](const LocalResolution& found) {
            auto lattice = empty3<float>(found.lattice_shape);
            std::copy(found.lattice.begin(), found.lattice.end(), lattice.mutable_data());
            return lattice;
          },
          "Å, z y x; 0: not measured.")
      .def_property_readonly(
          "first", [](const LocalResolution& found) { return std::tuple_cat(found.first); },
          "Grid points, z y x.")
      .def_property_readonly(
          "spacing",
          [](const LocalResolution& found) { return std::tuple_cat(found.spacing); },
          "Grid points, z y x.")
      .def_readonly("n_windows", &LocalResolution::n_windows, "Spheres that were measured.")
      .def_readonly("d_min", &LocalResolution::d_min, "Å, finest value.")
      .def_readonly("d_max", &LocalResolution::d_max, "Å, coarsest value.");
  m.def(
      "count_spheres",
      [](const Shape& shape, const CellParameters& cell,
         const LocalResolutionOptions& options) {
        return count_spheres(Grid(shape, to_cell(cell)), options);
      },
      "shape"_a, "cell"_a, "options"_a,
      "Number of soft spheres, measured or not, for a map of this shape (nz, ny, nx).");
  m.def("measure_spheres", &spheres, "half_1"_a.noconvert(), "half_2"_a.noconvert(),
        "mask"_a.noconvert(), "cell"_a, "options"_a, "begin"_a, "end"_a,
        "progress"_a = py::none(), kSpheresDoc);
  m.def("resolution_of_spheres", &resolution, "signal_to_noise"_a.noconvert(),
        "mask_share"_a.noconvert(), "mask"_a.noconvert(), "map"_a.noconvert(), "cell"_a,
        "options"_a, kResolutionDoc);
}

}  // namespace map_sharpening::python
