// Python names for tiles.hpp and local_b_factor.hpp.
#include <algorithm>

#include "map_part.hpp"
#include "map_sharpening/local_b_factor.hpp"
#include "numpy_views.hpp"
#include "struct_fields.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kCentresDoc = R"(Middles of the tiles.

Returns
-------
ndarray, shape (n, 3), float64
    Cartesian x, y, z in Å from the map's first point.
)";

constexpr const char* kLocalDoc =
    R"(Find a B factor for each place and make the map that is sharpened by it.

Parameters
----------
trials : sequence of LocalTrial
    With increasing b_sharpen.
molecule : ndarray, shape (nz, ny, nx), float32, C order, optional
    Above 0.5 inside; all of the map by default.
make_trial : callable, optional
    Called as ``make_trial(trial)`` with the place of a trial, twice for most: its map, float32.
    By default `make_trial_map`.

Returns
-------
ndarray, shape (nz, ny, nx), float32
    The map, mean 0 and standard deviation 1.
ndarray, shape (nz, ny, nx), float32
    b_sharpen at each voxel, Å².
LocalBFactor

Raises
------
UnusableDataError
    If the map is constant or not finite.
)";

constexpr const char* kAnisotropyDoc = R"(Take anisotropy off place by place.

Parameters
----------
molecule
    As in `sharpen_locally`.
factors_of_whole : ScaleFactors
    What the whole map is sharpened by: anisotropy is measured in that map.
options : LocalBFactorOptions
    tiles, smoothing_radius and threads count.

Returns
-------
ndarray, shape (nz, ny, nx // 2 + 1), complex64

Raises
------
UnusableDataError
    If the map is constant.
)";

using Coefficients = Array<std::complex<float>>;

Array<double> centres_of(const Tiles& tiles, const CellParameters& cell) {
  const auto centres = tile_centres(tiles, to_cell(cell));
  Array<double> result({centres.size(), std::size_t{3}});
  auto out = result.mutable_unchecked<2>();
  for (std::size_t tile = 0; tile < centres.size(); ++tile)
    for (std::size_t i = 0; i < 3; ++i)
      out(static_cast<py::ssize_t>(tile), static_cast<py::ssize_t>(i)) = centres[tile][i];
  return result;
}

MakeTrial made_by_caller(const py::object& make_trial) {
  if (make_trial.is_none()) return {};
  return [&make_trial](std::size_t trial, View3<float> map) {
    const py::gil_scoped_acquire lock;
    const auto made = make_trial(trial).cast<Array<float>>();
    const auto values = readable(made, "trial map");
    if (values.shape != map.shape)
      throw py::value_error("trial map has another shape than the map; expected the same");
    std::copy_n(values.data, values.size(), map.data);
  };
}

using MapsAndTiles = py::typing::Tuple<Array<float>, Array<float>, LocalBFactor>;

MapsAndTiles locally(const Coefficients& coefficients, const Shape& shape,
                     const CellParameters& cell, double d_min,
                     const std::vector<LocalTrial>& trials, LocalBFactorOptions options,
                     const OptionalMask& molecule, const py::object& make_trial) {
  const auto in = readable(coefficients, "coefficients");
  const Grid grid(shape, to_cell(cell));
  require_coefficients_of(shape, in.shape, "coefficients");
  options.molecule = mask_view(molecule, "molecule");
  options.make_trial = made_by_caller(make_trial);
  auto map = empty3<float>(shape), b_map = empty3<float>(shape);
  const auto out = writable(map, "map"), b_out = writable(b_map, "b_map");
  LocalBFactor found = without_gil(
      [&] { return sharpen_locally(in, grid, d_min, trials, options, b_out, out); });
  return py::make_tuple(map, b_map, std::move(found));
}

Coefficients without_anisotropy(const Coefficients& coefficients, const Shape& shape,
                                const CellParameters& cell, double d_min,
                                const ScaleFactors& factors_of_whole,
                                LocalBFactorOptions options, const OptionalMask& molecule) {
  const auto in = readable(coefficients, "coefficients");
  const Grid grid(shape, to_cell(cell));
  require_coefficients_of(shape, in.shape, "coefficients");
  options.molecule = mask_view(molecule, "molecule");
  auto result = empty3<std::complex<float>>(in.shape);
  const auto out = writable(result, "result");
  without_gil([&] {
    std::copy_n(in.data, in.size(), out.data);
    remove_local_anisotropy(out, grid, d_min, factors_of_whole, options);
  });
  return result;
}

void bind_local_b_factor_options(py::module_& m) {
  options_class<TileOptions>(m, "TileOptions",
                             "How a map is covered with tiles; see tiles.hpp.");
  options_class<LocalBFactorOptions>(m, "LocalBFactorOptions",
                                     "How local B factors are found; see local_b_factor.hpp.");
}

}  // namespace

void bind_local_b_factor(py::module_& m) {
  bind_local_b_factor_options(m);
  py::class_<Tiles>(m, "Tiles", "Equal tiles on a regular lattice that covers a map.")
      .def("__len__", &Tiles::size)
      .def_property_readonly("counts", &Tiles::counts, "Tiles along z, y, x.")
      .def("first", &Tiles::first, "tile"_a, "First point (z, y, x) of a tile.")
      .def("centres", &centres_of, "cell"_a, kCentresDoc);
  m.def("make_tiles", &make_tiles, "map_shape"_a, "options"_a,
        "Cover a map with overlapping tiles on a regular lattice.");
  py::class_<LocalTrial>(m, "LocalTrial", "A map that local maps are blended from.")
      .def(py::init([](double b_sharpen, const ScaleFactors& factors) {
             return LocalTrial{b_sharpen, factors};
           }),
           "b_sharpen"_a, "factors"_a)
      .def_readonly("b_sharpen", &LocalTrial::b_sharpen, "Å²; positive sharpens.")
      .def_readonly("factors", &LocalTrial::factors);
  py::class_<LocalBFactor>(m, "LocalBFactor", "A B factor for each tile.")
      .def_readonly("b_sharpen", &LocalBFactor::b_sharpen, "Å², by tile.")
      .def_readonly("smoothing_radius", &LocalBFactor::smoothing_radius, "Å.");
  m.def("sharpen_locally", &locally, "coefficients"_a.noconvert(), "shape"_a, "cell"_a,
        "d_min"_a, "trials"_a, "options"_a, "molecule"_a.noconvert() = py::none(),
        "make_trial"_a = py::none(), kLocalDoc);
  m.def("remove_local_anisotropy", &without_anisotropy, "coefficients"_a.noconvert(),
        "shape"_a, "cell"_a, "d_min"_a, "factors_of_whole"_a, "options"_a,
        "molecule"_a.noconvert() = py::none(), kAnisotropyDoc);
}

}  // namespace map_sharpening::python
