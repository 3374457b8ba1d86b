// Python names for ideal_amplitude.hpp.
#include "map_sharpening/ideal_amplitude.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kIdealAmplitudeDoc = R"(Rms amplitude of an ideal map (B = 0), 1 at 4 Å.

Parameters
----------
curve : str
    protein, nucleic_acid or beta_galactosidase.
s : ndarray, shape (n,), float64
    1/Å.

Returns
-------
ndarray, shape (n,)
)";

}  // namespace

void bind_ideal_amplitude(py::module_& m) {
  py::enum_<IdealCurve>(m, "IdealCurve", "Which kind of molecule a curve describes.")
      .value("protein", IdealCurve::protein)
      .value("nucleic_acid", IdealCurve::nucleic_acid)
      .value("beta_galactosidase", IdealCurve::beta_galactosidase);
  m.def("ideal_curve_named", &ideal_curve_named, "name"_a, "The curve of a name.");
  m.def(
      "ideal_amplitude",
      [](const std::string& curve, const Array<double>& s) {
        const IdealCurve which = ideal_curve_named(curve);
        std::vector<double> values;
        for (const double at : values_of(s, "s")) values.push_back(ideal_amplitude(which, at));
        return to_numpy(std::move(values));
      },
      "curve"_a, "s"_a, kIdealAmplitudeDoc);
}

}  // namespace map_sharpening::python
