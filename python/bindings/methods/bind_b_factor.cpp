// Python names for b_factor.hpp.
#include <type_traits>

#include "map_part.hpp"
#include "map_sharpening/b_factor.hpp"
#include "numpy_views.hpp"
#include "struct_fields.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kIsoDoc = R"(Factors exp(t b_sharpen), t = s² / 4, for all data.

Parameters
----------
b_sharpen : float
    Å²; positive sharpens.
)";

constexpr const char* kCutDoc = R"(Factors that sharpen to d_cut and blur beyond.

exp(t b_sharpen - max(0, t - t_cut) b_blur_hires (1 - w)), t = s² / 4, or
exp(t w b_sharpen) without b_blur_hires, where w(d) = 1 / (1 + exp(k_sharpen (d_cut - d))).
)";

constexpr const char* kDependentDoc = R"(Factors whose logarithm is made of lines in s².

Parameters
----------
b : (float, float, float)
    ln of the factor is b[0] at d = sqrt(2) resolution, b[1] at the resolution and
    b[1] + b[2] at d_min_ratio times the resolution.
resolution, d_min : float
    Å; nominal, and of the finest term.
)";

constexpr const char* kMapDoc = R"(The map of coefficients times factors.

Returns
-------
ndarray, shape (nz, ny, nx), float32
    Mean 0, standard deviation 1.

Raises
------
ValueError
    If shapes do not match or no density is left.
)";

constexpr const char* kTrialDoc = R"(The map of coefficients times factors, on their own scale.

Unlike those of `make_sharpened_map`, maps by different factors agree at low resolution.

Returns
-------
ndarray, shape (nz, ny, nx), float32

Raises
------
UnusableDataError
    If no density is left.
)";

constexpr const char* kCoarseDoc = R"(Factors times 1 - exp(-ln 2 (d s)²).

Parameters
----------
d : float
    Å; terms of this spacing are halved, coarser ones hardly left.
d_min : float
    Å; finest term, to which the result is tabulated.
)";

constexpr const char* kScanDoc = R"(Score the map that each trial makes.

One inverse transform a trial, in one buffer besides the coefficients.

Parameters
----------
options : ScoreOptions
    A box in them is cut out of each sharpened whole map.
mask : ndarray, shape (nz, ny, nx), float32, C order, optional
    Only voxels with a value above 0.5 are scored.
progress : callable, optional
    Called after each trial with the number done and the total.
molecule : ndarray, shape (nz, ny, nx), float32, C order, optional
    Where its values are above 0.5, within the options' box, the skewness is taken.
)";

// make: make_sharpened_map or make_trial_map.
template <auto make>
Array<float> made_map(const Array<std::complex<float>>& coefficients, const Shape& shape,
                      const CellParameters& cell, double d_min, const ScaleFactors& factors,
                      int threads) {
  const auto in = readable(coefficients, "coefficients");
  const Grid grid(shape, to_cell(cell));
  require_coefficients_of(shape, in.shape, "coefficients");
  auto result = empty3<float>(shape);
  const auto out = writable(result, "map");
  without_gil([&] { return make(in, grid, d_min, factors, out, threads); });
  return result;
}

std::vector<MapScore> scan(const Array<std::complex<float>>& coefficients, const Shape& shape,
                           const CellParameters& cell, double d_min,
                           const std::vector<ScaleFactors>& trials, ScoreOptions options,
                           const OptionalMask& mask, int threads, const py::object& progress,
                           const OptionalMask& molecule) {
  const auto in = readable(coefficients, "coefficients");
  options.part.mask = mask_view(mask);
  options.molecule = mask_view(molecule, "molecule");
  const auto report = told_to<std::size_t, std::size_t>(progress);
  py::gil_scoped_release unlock;
  return scan_scale_factors(in, Grid(shape, to_cell(cell)), d_min, trials, options, threads,
                            report);
}

}  // namespace

void bind_b_factor(py::module_& m) {
  options_class<BFactorTrial>(m, "BFactorTrial",
                              "A B factor up to d_cut, another one beyond; see b_factor.hpp.");
  MapScore::visit([&](const char* name, auto member) {
    if constexpr (std::is_same_v<decltype(member), ScoreTarget>)
      if (member == kDefaultScoreTarget) m.attr("DEFAULT_SCORE_TARGET") = name;
  });
  m.def("b_iso_factors", &b_iso_factors, "b_sharpen"_a, "anisotropy"_a = SymmetricTensor{},
        kIsoDoc);
  m.def("b_iso_to_d_cut_factors", &b_iso_to_d_cut_factors, "trial"_a, "d_min"_a,
        "anisotropy"_a = SymmetricTensor{}, kCutDoc);
  m.def("resolution_dependent_factors", &resolution_dependent_factors, "b"_a, "resolution"_a,
        "d_min"_a, "d_min_ratio"_a = 0.833, "anisotropy"_a = SymmetricTensor{}, kDependentDoc);
  m.attr("COARSE_TERMS") = kCoarseTerms;
  m.def("without_coarse_terms", &without_coarse_terms, "factors"_a, "d"_a, "d_min"_a,
        kCoarseDoc);
  m.def("make_sharpened_map", &made_map<make_sharpened_map>, "coefficients"_a.noconvert(),
        "shape"_a, "cell"_a, "d_min"_a, "factors"_a, "threads"_a = 0, kMapDoc);
  m.def("make_trial_map", &made_map<make_trial_map>, "coefficients"_a.noconvert(), "shape"_a,
        "cell"_a, "d_min"_a, "factors"_a, "threads"_a = 0, kTrialDoc);
  m.def("scan_scale_factors", &scan, "coefficients"_a.noconvert(), "shape"_a, "cell"_a,
        "d_min"_a, "trials"_a, "options"_a, "mask"_a.noconvert() = py::none(), "threads"_a = 0,
        "progress"_a = py::none(), "molecule"_a.noconvert() = py::none(), kScanDoc);
}

}  // namespace map_sharpening::python
