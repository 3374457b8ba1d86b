// Python names for filters.hpp.
#include "map_sharpening/filters.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kApplyDoc = R"(Multiply coefficients by scale factors, in one pass.

Parameters
----------
s_max : float
    1/Å; terms beyond become 0.

Returns
-------
(ndarray, float)
    The scaled coefficients, F(000) = 0, and the variance of their map.
)";

constexpr const char* kRandomiseDoc = R"(Replace the phases beyond a resolution by random ones.

Amplitudes and Friedel's law are kept; the same seed gives the same phases on any machine.

Parameters
----------
s_max, s_from : float
    1/Å; terms beyond s_max become 0, those from s_from on get random phases.
)";

using FactorState = py::typing::Tuple<double, std::vector<float>, std::vector<float>,
                                      SymmetricTensor, SymmetricTensor>;

template <class Real>
py::typing::Tuple<Array<std::complex<Real>>, double> apply(
    const Array<std::complex<Real>>& coefficients, const Shape& shape,
    const CellParameters& cell, double s_max, const ScaleFactors& factors, int threads) {
  const auto in = readable(coefficients, "coefficients");
  auto result = empty3<std::complex<Real>>(in.shape);
  const auto out = writable(result, "out");
  const double variance = without_gil([&] {
    const Grid grid(shape, to_cell(cell));
    return apply_scale_factors<Real>(in, {}, out, grid, Columns::within(grid, s_max), s_max,
                                     factors, threads);
  });
  return py::make_tuple(result, variance);
}

template <class Real>
Array<std::complex<Real>> randomise(const Array<std::complex<Real>>& coefficients,
                                    const Shape& shape, const CellParameters& cell,
                                    double s_max, double s_from, std::uint64_t seed,
                                    int threads) {
  const auto in = readable(coefficients, "coefficients");
  auto result = empty3<std::complex<Real>>(in.shape);
  const auto out = writable(result, "out");
  without_gil([&] {
    const Grid grid(shape, to_cell(cell));
    randomise_phases<Real>(in, out, grid, Columns::within(grid, s_max), s_max, s_from, seed,
                           threads);
  });
  return result;
}

template <class Real>
void def_filters(py::module_& m) {
  m.def("apply_scale_factors", &apply<Real>, "coefficients"_a.noconvert(), "shape"_a, "cell"_a,
        "s_max"_a, "factors"_a, "threads"_a = 0, told_once<Real>(kApplyDoc));
  m.def("randomise_phases", &randomise<Real>, "coefficients"_a.noconvert(), "shape"_a,
        "cell"_a, "s_max"_a, "s_from"_a, "seed"_a, "threads"_a = 0,
        told_once<Real>(kRandomiseDoc));
}

}  // namespace

void bind_filters(py::module_& m) {
  py::class_<ScaleFactors>(
      m, "ScaleFactors",
      "m(s) = gain exp(-s B_gain s / 4) / (1 + ratio exp(-s B_ratio s / 2)).")
      .def(py::init([](double step, std::vector<float> gain, std::vector<float> ratio,
                       const SymmetricTensor& gain_b, const SymmetricTensor& ratio_b) {
             return ScaleFactors{step, std::move(gain), std::move(ratio), gain_b, ratio_b};
           }),
           "step"_a, "gain"_a, "ratio"_a = std::vector<float>{},
           "gain_b"_a = SymmetricTensor{}, "ratio_b"_a = SymmetricTensor{})
      .def_readonly("step", &ScaleFactors::step, "1/Å between the tables' values.")
      .def_readonly("gain", &ScaleFactors::gain)
      .def_readonly("ratio", &ScaleFactors::ratio)
      .def_readonly("gain_b", &ScaleFactors::gain_b, "Å².")
      .def_readonly("ratio_b", &ScaleFactors::ratio_b, "Å².")
      .def("at", &ScaleFactors::at, "s"_a, "Factor of a Cartesian vector s (1/Å).")
      .def("radial_mean", &ScaleFactors::radial_mean, "s"_a, "Mean over directions.")
      .def(py::pickle(
          [](const ScaleFactors& f) {
            return FactorState(py::make_tuple(f.step, f.gain, f.ratio, f.gain_b, f.ratio_b));
          },
          [](const FactorState& state) {
            return ScaleFactors{state[0].cast<double>(), state[1].cast<std::vector<float>>(),
                                state[2].cast<std::vector<float>>(),
                                state[3].cast<SymmetricTensor>(),
                                state[4].cast<SymmetricTensor>()};
          }));
  def_filters<float>(m);
  def_filters<double>(m);
}

}  // namespace map_sharpening::python
