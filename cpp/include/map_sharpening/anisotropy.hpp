// Anisotropic B tensors: Wilson fit, fit to a shell-by-direction quantity, power tensors.
#pragma once

#include <array>
#include <complex>
#include <vector>

#include "map_sharpening/array_view.hpp"  // View3
#include "map_sharpening/shells.hpp"      // Shells, PowerSums
#include "map_sharpening/unit_cell.hpp"   // Grid, Vector

namespace map_sharpening {

/// Six numbers in the order XX, YY, ZZ, XY, XZ, YZ, Cartesian axes, Å².
///
/// A B tensor means the fall-off exp(-s B s / 4) of amplitudes; U = B / (8 pi²).
using SymmetricTensor = std::array<double, 6>;

// The next three calculate with what they are given: of NaN comes NaN.

/// s B s, off-diagonal elements counted twice.
double quadratic_form(const SymmetricTensor& b, const Vector& s);
/// A third of the trace.
double isotropic_part(const SymmetricTensor& b);
/// The tensor less its isotropic part.
SymmetricTensor traceless_part(SymmetricTensor b);

struct TensorFit {
  SymmetricTensor b{};
  SymmetricTensor standard_error{};
  double ln_scale = 0;      ///< of the quantity at s = 0
  bool determined = false;  ///< false: too few data; b is 0
};

/// Expected intensity of a protein's Fourier terms per residue, by s² (1/Å²).
///
/// X-ray form factors (Waasmaier & Kirfel 1995) of an average residue times the empirical
/// protein curve of Zwart & Lamzin (2004, Acta Cryst. D60, 220).  Tabulated between 0.008
/// and 0.690; NaN outside.
double wilson_expected_intensity(double s_squared);

/// Maximum-likelihood Wilson fit of an overall anisotropic B and a scale.
///
/// Minimises the sum of -ln k + k² |F|² / Sigma over terms with d >= d_min and
/// 0.008 < s² < 0.690, ln k = s B s / 4 - p, all terms acentric.  The function is convex.
/// Newton's method with the exact gradient; the second derivatives, which only steer it, are
/// taken from by-direction sums.  (Popov & Bourenkov 2003; Zwart & Lamzin 2004.)
/// @param a, b  the fit is to (a + b) / 2; `b` may be empty: to `a`.
/// @throws std::invalid_argument if a shape does not match or d_min is not above 0.
template <class Real>
TensorFit fit_wilson_b(View3<const std::complex<Real>> a, View3<const std::complex<Real>> b,
                       const Grid& grid, double d_min, int threads = 0);

/// The same if the by-direction sums over `a` and `b` are already known.
/// @param columns  those that the transforms were made for.
/// @throws std::invalid_argument also if the by-direction sums have other sizes than their
/// shells.
template <class Real>
TensorFit fit_wilson_b(View3<const std::complex<Real>> a, View3<const std::complex<Real>> b,
                       const Grid& grid, const Columns& columns, const PowerSums& sums,
                       double d_min, int threads = 0);

/// Weighted least squares of ln(value) on (1, -s B s / 4), seven unknowns.
///
/// @param values   shape (shell, direction), above 0 where weight is.
/// @param weights  1 / variance of ln(value); 0 leaves a value out.
/// @throws std::invalid_argument if sizes do not match, or there are no shells.
TensorFit fit_anisotropic_b(const std::vector<double>& values,
                            const std::vector<double>& weights, const Shells& shells);

/// A traceless tensor for a power that falls off as power(s) exp(-s B s / 2).
///
/// Weighted non-linear least squares of by-direction means against a known radial mean: no
/// logarithm, so that means below 0 (of a signal near 0) are harmless.
/// @param means     shape (shell, direction): measured mean power.
/// @param variance  of each mean; 0 or less leaves it out.
/// @param radial    smooth radial power by shell.
/// @throws std::invalid_argument if sizes do not match, or there are no shells.
TensorFit fit_power_tensor(const std::vector<double>& means,
                           const std::vector<double>& variance,
                           const std::vector<double>& radial, const Shells& shells);

/// Mean over all directions of exp(-s B s / 2) at each shell's middle.
/// @throws std::invalid_argument if there are no shells.
std::vector<double> mean_fall_off(const SymmetricTensor& b, const Shells& shells);

}  // namespace map_sharpening
