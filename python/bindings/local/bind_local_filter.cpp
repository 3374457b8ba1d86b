// Python names for local_filter.hpp.
#include <optional>
#include <tuple>

#include "map_sharpening/local_filter.hpp"
#include "numpy_views.hpp"
#include "struct_fields.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kFilterDoc =
    R"(Filter two sharpened half maps, or a map, by what each window holds; see local_filter.hpp.

Layers of windows along z can be filtered by different calls, with outputs that are not
inputs: together they give the bytes that one call gives.

Parameters
----------
half_1, half_2 : ndarray, shape (nz, ny, nx), float32
    Sharpened half maps; rows may be padded.
full : ndarray or None
    Map to filter; None: the mean of the halves.
sharpened : ndarray, shape (nz, ny, nx), float32
    Out.
sharpened_half_1, sharpened_half_2 : ndarray or None
    Out; None: not wanted.
expected : SharpenedPower
    What the maps hold on average.
resolution : float
    Å.
first_layer, end_layer : int
    Layers of windows, to before the last.

Returns
-------
LocalFilter
    Windows of other layers are said to be as the whole map is.
)";

constexpr const char* kModelDoc =
    R"(Filter a sharpened map, in place, by what its model finds in each window.

Parameters
----------
map : ndarray, shape (nz, ny, nx), float32, C order
    Sharpened map; filtered in place.
model : ndarray, shape (nz, ny, nx), float32, C order
    The model's map; its coefficients have the map's expected signal power.
region : ndarray, shape (nz, ny, nx), float32, C order
    0 to 1: how much of the filter is applied.
half_1, half_2 : ndarray or None
    Sharpened half maps, filtered like the map, in place.
expected : SharpenedPower
    What the map holds on average.
explained : list of float
    By shell: slope of the whole map on its model, above 0.
resolution : float
    Å.
)";

using PowerState = py::typing::Tuple<double, std::vector<double>, ScaleFactors, double>;

SharpenedPower sharpened_power(double shell_width, std::vector<double> ideal,
                               const ScaleFactors& factors, double s_max) {
  const Shells shells{shell_width, ideal.size()};
  return {shells, std::move(ideal), factors, s_max};
}

// Values of each window, in an array of the lattice's shape.
auto on_lattice(std::vector<double> LocalFilter::* member) {
  return [member](const LocalFilter& self) {
    const Shape& n = self.lattice.count;
    return Array<double>(
        to_numpy(std::vector<double>(self.*member)).reshape({n[0], n[1], n[2]}));
  };
}

std::tuple<Array<double>, Array<double>, Array<double>> centres(const LocalFilter& filter) {
  const auto along = [&](std::size_t axis) {
    std::vector<double> middles;
    for (std::size_t i = 0; i < filter.lattice.count[axis]; ++i)
      middles.push_back(filter.lattice.centre(axis, i));
    return to_numpy(std::move(middles));
  };
  return {along(0), along(1), along(2)};
}

using OptionalMap = std::optional<PaddedArray<float>>;

LocalFilter filter(const PaddedArray<float>& half_1, const PaddedArray<float>& half_2,
                   const OptionalMap& full, PaddedArray<float>& sharpened,
                   OptionalMap sharpened_half_1, OptionalMap sharpened_half_2,
                   const CellParameters& cell, const SharpenedPower& expected,
                   double resolution, const LocalOptions& options, std::size_t first_layer,
                   std::size_t end_layer, int threads) {
  LocalMaps maps;
  maps.half_1 = readable_padded(half_1, "half_1");
  maps.half_2 = readable_padded(half_2, "half_2");
  if (full) maps.full = readable_padded(*full, "full");
  maps.sharpened = writable_padded(sharpened, "sharpened");
  if (sharpened_half_1)
    maps.sharpened_half_1 = writable_padded(*sharpened_half_1, "sharpened_half_1");
  if (sharpened_half_2)
    maps.sharpened_half_2 = writable_padded(*sharpened_half_2, "sharpened_half_2");
  py::gil_scoped_release unlock;
  return filter_locally(maps, Grid(maps.half_1.shape, to_cell(cell)), expected, resolution,
                        options, threads, {first_layer, end_layer});
}

LocalFilter filter_by_model(Array<float>& map, const Array<float>& model,
                            const Array<float>& region, std::optional<Array<float>> half_1,
                            std::optional<Array<float>> half_2, const CellParameters& cell,
                            const SharpenedPower& expected,
                            const std::vector<double>& explained, double resolution,
                            const LocalOptions& options, int threads) {
  ModelledMaps maps;
  maps.sharpened = writable(map, "map");
  maps.map = maps.sharpened;
  maps.model = readable(model, "model");
  maps.region = readable(region, "region");
  if (half_1) maps.sharpened_half_1 = writable(*half_1, "half_1");
  if (half_2) maps.sharpened_half_2 = writable(*half_2, "half_2");
  maps.half_1 = maps.sharpened_half_1;
  maps.half_2 = maps.sharpened_half_2;
  py::gil_scoped_release unlock;
  return filter_locally_by_model(maps, Grid(maps.map.shape, to_cell(cell)), expected,
                                 explained, resolution, options, threads);
}

}  // namespace

void bind_local_filter(py::module_& m) {
  options_class<LocalOptions>(m, "LocalOptions",
                              "Windows of local sharpening; see local_filter.hpp.")
      .def(pickled_fields<LocalOptions>());
  py::class_<SharpenedPower>(m, "SharpenedPower", "What a sharpened map holds on average.")
      .def(py::init(&sharpened_power), "shell_width"_a, "ideal"_a, "factors"_a, "s_max"_a)
      .def_property_readonly("ideal", array_of(&SharpenedPower::ideal))
      .def_readonly("s_max", &SharpenedPower::s_max, "1/Å.")
      .def(py::pickle(
          [](const SharpenedPower& p) {
            return PowerState(py::make_tuple(p.shells.width, p.ideal, p.factors, p.s_max));
          },
          [](const PowerState& state) {
            return sharpened_power(state[0].cast<double>(),
                                   state[1].cast<std::vector<double>>(),
                                   state[2].cast<ScaleFactors>(), state[3].cast<double>());
          }));
  py::class_<LocalFilter>(m, "LocalFilter", "What was found in each window, z y x.")
      .def_property_readonly(
          "core", [](const LocalFilter& f) { return f.lattice.core; },
          "Grid points between neighbouring windows: half an edge.")
      .def_property_readonly("centres", &centres, "Grid points along z, y, x.")
      .def_property_readonly("signal_scale", on_lattice(&LocalFilter::signal_scale),
                             "Signal power over that of the whole map.")
      .def_property_readonly("excess_b", on_lattice(&LocalFilter::excess_b), "Å².")
      .def_property_readonly("noise_scale", on_lattice(&LocalFilter::noise_scale),
                             "Noise power over that of the whole map.")
      .def_property_readonly("gain", on_lattice(&LocalFilter::gain), "Rms after over before.")
      .def_property_readonly("resolution", on_lattice(&LocalFilter::resolution),
                             "Å, where the fitted FSC falls to 0.143.");
  m.def(
      "window_lattice",
      [](const Shape& shape, const CellParameters& cell, double resolution,
         const LocalOptions& options) {
        const WindowLattice lattice =
            window_lattice(Grid(shape, to_cell(cell)), resolution, options);
        return std::pair{lattice.core, lattice.count};
      },
      "shape"_a, "cell"_a, "resolution"_a, "options"_a,
      "Grid points of a window's core, and number of windows, each along z, y, x; see\n"
      "window_lattice in local_filter.hpp.");
  m.def("filter_windows", &filter, "half_1"_a.noconvert(), "half_2"_a.noconvert(),
        "full"_a.noconvert(), "sharpened"_a.noconvert(), "sharpened_half_1"_a.noconvert(),
        "sharpened_half_2"_a.noconvert(), "cell"_a, "expected"_a, "resolution"_a, "options"_a,
        "first_layer"_a, "end_layer"_a, "threads"_a = 0, kFilterDoc);
  m.def("filter_windows_by_model", &filter_by_model, "map"_a.noconvert(),
        "model"_a.noconvert(), "region"_a.noconvert(), "half_1"_a.noconvert(),
        "half_2"_a.noconvert(), "cell"_a, "expected"_a, "explained"_a, "resolution"_a,
        "options"_a, "threads"_a = 0, kModelDoc);
}

}  // namespace map_sharpening::python
