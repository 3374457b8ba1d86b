// Python names for shells.hpp, and what a correlation by shell says.
#include "map_sharpening/power_model.hpp"
#include "map_sharpening/shells.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kPowerSumsDoc = R"(Sums over two transforms by resolution shell.

Parameters
----------
a, b : ndarray, shape (nz, ny, nx // 2 + 1), complex64 or complex128, C order
    Half-complex coefficients of two maps on one grid.
shape : (int, int, int)
    Shape (nz, ny, nx) of the maps.
cell : (float, float, float, float, float, float)
    a, b, c in Å and alpha, beta, gamma in degrees of the cell that the grid fills.
shell_width : float
    1/Å; shell i holds i * width <= s < (i + 1) * width.
n_shells : int
    Number of shells.
by_direction : bool
    Also give sums by shell and direction (see `directions`), shape (n_shells, 48).
threads : int
    Number of threads; 0 means all. The result does not depend on it.

Returns
-------
dict of str to ndarray
    n_terms (Friedel mates counted once), cross (sum of Re(F1 conj F2)), auto_1, auto_2
    (sums of |F|²), fsc, each of shape (n_shells,), and directional_* if asked for.

Raises
------
ValueError
    If a shape does not match, or the shells have no width.
)";

constexpr const char* kDirectionsDoc = R"(Directions of by-direction sums.

Returns
-------
(unit, share, moments) : ndarrays of shape (48, 3), (48,), (48, 6)
    Unit vectors, shares of the sphere, means of u_i u_j in the order XX YY ZZ XY XZ YZ.
)";

template <class Real>
NamedValues sums(const Array<std::complex<Real>>& a, const Array<std::complex<Real>>& b,
                 const Shape& shape, const CellParameters& cell, double shell_width,
                 std::size_t n_shells, bool by_direction, int threads) {
  const auto view_a = readable(a, "a");
  const auto view_b = readable(b, "b");
  PowerSums result;
  std::vector<double> fsc;
  {
    py::gil_scoped_release unlock;
    const Grid grid(shape, to_cell(cell));
    result = power_sums<Real>(view_a, view_b, grid, Columns::all(grid),
                              {shell_width, n_shells}, by_direction, threads);
    fsc = result.fsc();
  }
  NamedValues out;
  out["n_terms"] = to_numpy(std::move(result.n_terms));
  out["cross"] = to_numpy(std::move(result.cross));
  out["auto_1"] = to_numpy(std::move(result.auto_1));
  out["auto_2"] = to_numpy(std::move(result.auto_2));
  out["fsc"] = to_numpy(std::move(fsc));
  if (by_direction) {
    const py::tuple by = py::make_tuple(n_shells, directions().size());
    out["directional_n_terms"] =
        to_numpy(std::move(result.directional_n_terms)).attr("reshape")(by);
    out["directional_cross"] =
        to_numpy(std::move(result.directional_cross)).attr("reshape")(by);
    out["directional_auto_1"] =
        to_numpy(std::move(result.directional_auto_1)).attr("reshape")(by);
    out["directional_auto_2"] =
        to_numpy(std::move(result.directional_auto_2)).attr("reshape")(by);
  }
  return out;
}

py::typing::Tuple<Array<double>, Array<double>, Array<double>> all_directions() {
  const auto n = static_cast<py::ssize_t>(directions().size());
  Array<double> unit({n, py::ssize_t{3}}), share(n), moments({n, py::ssize_t{6}});
  for (py::ssize_t d = 0; d < n; ++d) {
    const Direction& direction = directions()[static_cast<std::size_t>(d)];
    for (py::ssize_t i = 0; i < 3; ++i)
      unit.mutable_at(d, i) = direction.unit[static_cast<std::size_t>(i)];
    for (py::ssize_t i = 0; i < 6; ++i)
      moments.mutable_at(d, i) = direction.moments[static_cast<std::size_t>(i)];
    share.mutable_at(d) = direction.share;
  }
  return py::make_tuple(unit, share, moments);
}

template <class Real>
void def_power_sums(py::module_& m) {
  m.def("power_sums", &sums<Real>, "a"_a.noconvert(), "b"_a.noconvert(), "shape"_a, "cell"_a,
        "shell_width"_a, "n_shells"_a, "by_direction"_a = false, "threads"_a = 0,
        told_once<Real>(kPowerSumsDoc));
}

}  // namespace

void bind_shells(py::module_& m) {
  def_power_sums<float>(m);
  def_power_sums<double>(m);
  m.def("directions", &all_directions, kDirectionsDoc);
  m.def(
      "c_ref",
      [](const py::array_t<double, py::array::forcecast>& fsc) {
        require_aligned(fsc, "fsc");
        return py::vectorize(c_ref)(fsc);
      },
      "fsc"_a,
      "Correlation of the mean of two half maps with the truth, sqrt(2 FSC / (1 + FSC)).");
  m.def(
      "resolution_at",
      [](const Array<double>& curve, double shell_width, double level) {
        const auto values = values_of(curve, "curve");
        return resolution_at(values, {shell_width, values.size()}, level);
      },
      "curve"_a, "shell_width"_a, "level"_a,
      "Spacing (Å) where a curve by shell first falls below a level; NaN is passed over, "
      "None:\n"
      "nowhere.");
}

}  // namespace map_sharpening::python
