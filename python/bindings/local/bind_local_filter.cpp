// Python names for local_filter.hpp.
#include <optional>

#include "local/local_filter_values.hpp"
#include "map_sharpening/local_filter.hpp"
#include "numpy_views.hpp"

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
cell : six floats
    Å and degrees of the cell that the grid fills.
shell_width, ideal, factors, s_max
    What the maps hold on average, see SharpenedPower.
resolution : float
    Å.
core_points, n_windows, n_shells, wraps
    As in LocalOptions; n_shells=0: 20.
first_layer, end_layer : int
    Layers of windows; end_layer=0: to the last.
threads : int
    Number of threads; 0 means all. The result does not depend on it.

Returns
-------
dict
    By the names of LocalFilter; arrays of the lattice's shape. Windows of other layers are
    said to be as the whole map is.

Raises
------
ValueError
    If shapes do not match or an option is out of range.
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
cell : six floats
    Å and degrees of the cell that the grid fills.
shell_width, ideal, factors, s_max
    What the map holds on average, see SharpenedPower.
explained : list of float
    By shell: slope of the whole map on its model, above 0.
resolution : float
    Å.
core_points, n_windows, n_shells, wraps
    As in LocalOptions; n_shells=0: 20.
threads : int
    Number of threads; 0 means all. The result does not depend on it.

Returns
-------
dict
    By the names of LocalFilter; arrays of the lattice's shape.

Raises
------
ValueError
    If shapes do not match or an option is out of range.
)";

LocalOptions options_of(std::size_t core_points, std::size_t n_windows, std::size_t n_shells,
                        bool wraps) {
  LocalOptions options;
  options.core_points = core_points;
  options.n_windows = n_windows;
  if (n_shells > 0) options.n_shells = n_shells;
  options.wraps = wraps;
  return options;
}

using OptionalMap = std::optional<PaddedArray<float>>;

NamedValues filter(const PaddedArray<float>& half_1, const PaddedArray<float>& half_2,
                   const OptionalMap& full, PaddedArray<float>& sharpened,
                   OptionalMap sharpened_half_1, OptionalMap sharpened_half_2,
                   const CellParameters& cell, double shell_width,
                   const std::vector<double>& ideal, const ScaleFactors& factors, double s_max,
                   double resolution, std::size_t core_points, std::size_t n_windows,
                   std::size_t n_shells, bool wraps, std::size_t first_layer,
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
  LayerRange layers;
  layers.first = first_layer;
  if (end_layer > 0) layers.end = end_layer;
  LocalFilter found;
  {
    py::gil_scoped_release unlock;
    const SharpenedPower expected{{shell_width, ideal.size()}, ideal, factors, s_max};
    found =
        filter_locally(maps, Grid(maps.half_1.shape, to_cell(cell)), expected, resolution,
                       options_of(core_points, n_windows, n_shells, wraps), threads, layers);
  }
  return named_local_filter(std::move(found));
}

NamedValues filter_by_model(Array<float>& map, const Array<float>& model,
                            const Array<float>& region, std::optional<Array<float>> half_1,
                            std::optional<Array<float>> half_2, const CellParameters& cell,
                            double shell_width, const std::vector<double>& ideal,
                            const ScaleFactors& factors, double s_max,
                            const std::vector<double>& explained, double resolution,
                            std::size_t core_points, std::size_t n_windows,
                            std::size_t n_shells, bool wraps, int threads) {
  ModelledMaps maps;
  maps.sharpened = writable(map, "map");
  maps.map = maps.sharpened;
  maps.model = readable(model, "model");
  maps.region = readable(region, "region");
  if (half_1) maps.sharpened_half_1 = writable(*half_1, "half_1");
  if (half_2) maps.sharpened_half_2 = writable(*half_2, "half_2");
  maps.half_1 = maps.sharpened_half_1;
  maps.half_2 = maps.sharpened_half_2;
  LocalFilter found;
  {
    py::gil_scoped_release unlock;
    const SharpenedPower expected{{shell_width, ideal.size()}, ideal, factors, s_max};
    found = filter_locally_by_model(
        maps, Grid(maps.map.shape, to_cell(cell)), expected, explained, resolution,
        options_of(core_points, n_windows, n_shells, wraps), threads);
  }
  return named_local_filter(std::move(found));
}

}  // namespace

void bind_local_filter(py::module_& m) {
  m.def(
      "window_lattice",
      [](const Shape& shape, const CellParameters& cell, double resolution,
         std::size_t core_points, std::size_t n_windows) {
        const WindowLattice lattice =
            window_lattice(Grid(shape, to_cell(cell)), resolution,
                           options_of(core_points, n_windows, 0, false));
        return std::pair{lattice.core, lattice.count};
      },
      "shape"_a, "cell"_a, "resolution"_a, "core_points"_a = 0, "n_windows"_a = 0,
      "Grid points of a window's core, and number of windows, each along z, y, x; see\n"
      "window_lattice in local_filter.hpp.");
  m.def("filter_windows", &filter, "half_1"_a.noconvert(), "half_2"_a.noconvert(),
        "full"_a.noconvert(), "sharpened"_a.noconvert(), "sharpened_half_1"_a.noconvert(),
        "sharpened_half_2"_a.noconvert(), "cell"_a, "shell_width"_a, "ideal"_a, "factors"_a,
        "s_max"_a, "resolution"_a, "core_points"_a = 0, "n_windows"_a = 0, "n_shells"_a = 0,
        "wraps"_a = false, "first_layer"_a = 0, "end_layer"_a = 0, "threads"_a = 0,
        kFilterDoc);
  m.def("filter_windows_by_model", &filter_by_model, "map"_a.noconvert(),
        "model"_a.noconvert(), "region"_a.noconvert(), "half_1"_a.noconvert(),
        "half_2"_a.noconvert(), "cell"_a, "shell_width"_a, "ideal"_a, "factors"_a, "s_max"_a,
        "explained"_a, "resolution"_a, "core_points"_a = 0, "n_windows"_a = 0,
        "n_shells"_a = 0, "wraps"_a = false, "threads"_a = 0, kModelDoc);
}

}  // namespace map_sharpening::python
