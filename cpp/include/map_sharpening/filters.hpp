// Scale Fourier coefficients by smooth, direction-dependent factors.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "map_sharpening/anisotropy.hpp"  // SymmetricTensor
#include "map_sharpening/array_view.hpp"  // View3
#include "map_sharpening/unit_cell.hpp"   // Grid, Columns

namespace map_sharpening {

/// m(s) = gain(s) exp(-s B_gain s / 4) / (1 + ratio(s) exp(-s B_ratio s / 2)).
///
/// Tables at s = i * step, read by linear interpolation and clamped at both ends, never
/// extrapolated.  An empty `ratio` means 0: then it is a radial table times the exponential
/// of a tensor.
struct ScaleFactors {
  double step = 0;  ///< 1/Å
  std::vector<float> gain;
  std::vector<float> ratio;
  SymmetricTensor gain_b{};
  SymmetricTensor ratio_b{};

  /// At a place that is NaN it is NaN.  All three throw std::invalid_argument where
  /// apply_scale_factors does, of the tables.
  double at(const Vector& s) const;
  /// ratio(s) exp(-s B_ratio s / 2), which is noise over signal for factors of a power model.
  double noise_to_signal(const Vector& s) const;
  /// Mean over directions at s = |s|.
  double radial_mean(double s) const;
};

/// out = factor * a, or factor * (a + b) / 2 if `b` is not empty, in one pass.
///
/// Terms beyond `s_max`, those outside `columns` and F(000) become 0.
/// @param out  may be `a` or `b`.
/// @returns    the variance of the map that `out` is the transform of.
/// @throws std::invalid_argument if shapes do not match, a table has fewer than 2 values, step
/// or tensors are not finite, or s_max is below 0 or NaN.
template <class Real>
double apply_scale_factors(View3<const std::complex<Real>> a,
                           View3<const std::complex<Real>> b, View3<std::complex<Real>> out,
                           const Grid& grid, const Columns& columns, double s_max,
                           const ScaleFactors& factors, int threads = 0);

/// out = a, with random phases beyond `s_from`; Friedel's law and amplitudes are kept.
///
/// The same seed gives the same phases on any machine and number of threads.  Terms beyond
/// `s_max` become 0.  (Chen et al. 2013, Ultramicroscopy 135, 24.)
/// @throws std::invalid_argument if shapes do not match, or s_max or s_from is below 0 or NaN.
template <class Real>
void randomise_phases(View3<const std::complex<Real>> a, View3<std::complex<Real>> out,
                      const Grid& grid, const Columns& columns, double s_max, double s_from,
                      std::uint64_t seed, int threads = 0);

}  // namespace map_sharpening
