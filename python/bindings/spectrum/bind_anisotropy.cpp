// Python names for anisotropy.hpp.
#include "map_sharpening/anisotropy.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kWilsonDoc = R"(Maximum-likelihood Wilson fit of an anisotropic B.

Parameters
----------
d_min : float
    Å; terms with d >= d_min and 0.008 < s² < 0.690 count.

Notes
-----
Expected intensities: X-ray form factors of an average residue times the protein curve of
Zwart & Lamzin (2004), Acta Cryst. D60, 220.
)";

constexpr const char* kFitDoc = R"(Least-squares fit of an anisotropic B to a quantity.

ln(value) is fitted by ln(scale) - s B s / 4, with the given weights.

Parameters
----------
values, weights : ndarray, shape (n_shells, 48), float64, C order
    By shell and direction (see `directions`); weights are 1 / variance of ln(value), and
    0 leaves a value out.
shell_width : float
    1/Å.
)";

constexpr const char* kPowerTensorDoc = R"(Fit a traceless B tensor to a power by direction.

The power falls off as radial(s) exp(-s B s / 2) about its mean over directions.

Parameters
----------
means, variance : ndarray, shape (n_shells, 48), float64, C order
    Mean power and the variance of that mean; a variance of 0 leaves a value out.
radial : ndarray, shape (n_shells,), float64
    Smooth mean over directions.
shell_width : float
    1/Å.
)";

template <class Real>
TensorFit wilson(const Array<std::complex<Real>>& coefficients, const Shape& shape,
                 const CellParameters& cell, double d_min, int threads) {
  const auto view = readable(coefficients, "coefficients");
  py::gil_scoped_release unlock;
  return fit_wilson_b<Real>(view, {}, Grid(shape, to_cell(cell)), d_min, threads);
}

TensorFit fit(const Array<double>& values, const Array<double>& weights, double shell_width) {
  const auto v = values_of(values, "values"), w = values_of(weights, "weights");
  py::gil_scoped_release unlock;
  return fit_anisotropic_b(v, w, {shell_width, v.size() / directions().size()});
}

TensorFit power_tensor(const Array<double>& means, const Array<double>& variance,
                       const Array<double>& radial, double shell_width) {
  const auto m = values_of(means, "means"), v = values_of(variance, "variance"),
             r = values_of(radial, "radial");
  py::gil_scoped_release unlock;
  return fit_power_tensor(m, v, r, {shell_width, r.size()});
}

template <class Real>
void def_wilson(py::module_& m) {
  m.def("fit_wilson_b", &wilson<Real>, "coefficients"_a.noconvert(), "shape"_a, "cell"_a,
        "d_min"_a, "threads"_a = 0, told_once<Real>(kWilsonDoc));
}

}  // namespace

void bind_anisotropy(py::module_& m) {
  py::class_<TensorFit>(m, "TensorFit", "A fitted B tensor in Å²: XX, YY, ZZ, XY, XZ, YZ.")
      .def_readonly("b", &TensorFit::b, "The tensor.")
      .def_readonly("standard_error", &TensorFit::standard_error, "Its standard errors.")
      .def_readonly("ln_scale", &TensorFit::ln_scale,
                    "ln of the scale that was fitted with it.")
      .def_readonly("determined", &TensorFit::determined,
                    "False if there were too few data; the tensor is 0 then.");
  def_wilson<float>(m);
  def_wilson<double>(m);
  m.def("fit_anisotropic_b", &fit, "values"_a.noconvert(), "weights"_a.noconvert(),
        "shell_width"_a, kFitDoc);
  m.def("fit_power_tensor", &power_tensor, "means"_a.noconvert(), "variance"_a.noconvert(),
        "radial"_a.noconvert(), "shell_width"_a, kPowerTensorDoc);
  m.def(
      "wilson_expected_intensity", &wilson_expected_intensity, "s_squared"_a,
      "Expected intensity of a protein's terms per residue; NaN outside 0.008 to 0.690 1/Å².");
}

}  // namespace map_sharpening::python
