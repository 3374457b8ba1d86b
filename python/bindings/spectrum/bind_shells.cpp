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
shell_width : float
    1/Å; shell i holds i * width <= s < (i + 1) * width.
by_direction : bool
    Also give sums by shell and direction (see `directions`), shape (n_shells, 48).
)";

constexpr const char* kDirectionsDoc = R"(Directions of by-direction sums.

Returns
-------
(unit, share, moments) : ndarrays of shape (48, 3), (48,), (48, 6)
    Unit vectors, shares of the sphere, means of u_i u_j in the order XX YY ZZ XY XZ YZ.
)";

// Sums as arrays, of shape (shell,) or (shell, direction).
struct SumArrays {
  Array<double> n_terms, cross, auto_1, auto_2;
};

struct PowerSumArrays : SumArrays {
  double width;
  Array<double> s, fsc;
  std::optional<SumArrays> by_direction;
};

template <class Real>
PowerSumArrays sums(const Array<std::complex<Real>>& a, const Array<std::complex<Real>>& b,
                    const Shape& shape, const CellParameters& cell, double shell_width,
                    std::size_t n_shells, bool by_direction, int threads) {
  const auto view_a = readable(a, "a"), view_b = readable(b, "b");
  PowerSums found = without_gil([&] {
    const Grid grid(shape, to_cell(cell));
    return power_sums<Real>(view_a, view_b, grid, Columns::all(grid), {shell_width, n_shells},
                            by_direction, threads);
  });
  std::vector<double> s, fsc = found.fsc();
  for (std::size_t shell = 0; shell < n_shells; ++shell)
    s.push_back(found.shells.middle(shell));
  PowerSumArrays out{{to_numpy(std::move(found.n_terms)), to_numpy(std::move(found.cross)),
                      to_numpy(std::move(found.auto_1)), to_numpy(std::move(found.auto_2))},
                     shell_width,
                     to_numpy(std::move(s)),
                     to_numpy(std::move(fsc)),
                     std::nullopt};
  if (by_direction) {
    const auto table = [&](std::vector<double>& values) {
      return Array<double>(
          to_numpy(std::move(values)).reshape({n_shells, directions().size()}));
    };
    out.by_direction =
        SumArrays{table(found.directional_n_terms), table(found.directional_cross),
                  table(found.directional_auto_1), table(found.directional_auto_2)};
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
  py::class_<SumArrays>(m, "DirectionalSums",
                        "By shell and direction: n_terms (Friedel mates counted once), cross\n"
                        "(sum of Re(F1 conj F2)), auto_1, auto_2 (sums of |F|²).")
      .def_readonly("n_terms", &SumArrays::n_terms)
      .def_readonly("cross", &SumArrays::cross)
      .def_readonly("auto_1", &SumArrays::auto_1)
      .def_readonly("auto_2", &SumArrays::auto_2);
  py::class_<PowerSumArrays, SumArrays>(
      m, "PowerSums",
      "The same by shell; width and s (middle) in 1/Å, and by\n"
      "direction if that was asked for.")
      .def_readonly("width", &PowerSumArrays::width)
      .def_readonly("s", &PowerSumArrays::s)
      .def_readonly("fsc", &PowerSumArrays::fsc)
      .def_readonly("by_direction", &PowerSumArrays::by_direction);
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
