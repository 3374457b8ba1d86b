// Smooth signal and noise power of a pair of half maps, and the factors that follow.
#pragma once

#include <optional>
#include <vector>

#include "map_sharpening/anisotropy.hpp"       // TensorFit
#include "map_sharpening/errors.hpp"           // UnusableDataError
#include "map_sharpening/filters.hpp"          // ScaleFactors
#include "map_sharpening/ideal_amplitude.hpp"  // IdealCurve
#include "map_sharpening/shells.hpp"           // PowerSums

namespace map_sharpening {

/// Correlation of the mean of two half maps with the true map, sqrt(2 FSC / (1 + FSC)); 0 for
/// an FSC below 0 (Rosenthal & Henderson 2003).  NaN of NaN.
double c_ref(double fsc);

/// Spacing (Å) at which a falling curve, 1 at s = 0, first crosses `level`, by straight lines
/// between the shells' middles; NaN is skipped.  Empty: nowhere.
/// @throws std::invalid_argument if shells have no width, or are fewer than the values.
std::optional<double> resolution_at(const std::vector<double>& curve, const Shells& shells,
                                    double level);

/// A smooth positive curve through noisy means.
struct SmoothCurve {
  std::vector<double> value;
  std::vector<double> relative_error;  ///< standard error of ln(value)
};

/// How single terms scatter about a curve: variance v² + (v + excess)² over 2, v the curve's
/// value and `excess` given by place.  With excess 0 that is v², as of |F|² of complex
/// Gaussian terms; with excess = 2N it is the variance of Re(F1 conj F2).
struct TermScatter {
  std::vector<double> excess;

  /// `place` is not checked: it must be one of `excess`.
  double variance(double value, std::size_t place) const;
  /// Quasi-likelihood deviance of a mean of one term from a fitted value: 2 times the
  /// integral of (mean - t) / variance(t) from the value to the mean.
  double deviance(double mean, double value, std::size_t place) const;
};

/// Weighted fit of a smooth positive curve to means, some of which may be below 0.
///
/// ln(curve) is a cubic B-spline with a penalty on its curvature, fitted by quasi-likelihood;
/// the weight of the penalty minimises the generalised cross-validation score of the deviance
/// (Eilers & Marx 1996, Stat. Sci. 11, 89; McCullagh & Nelder 1989).
/// @param position  abscissae, increasing.
/// @param mean      values; NaN leaves one out.
/// @param n_terms   independent terms behind each; 0 leaves it out.
/// @throws std::invalid_argument if sizes differ, positions don't increase, or a number is out
/// of range.
/// @throws UnusableDataError if no mean is above 0.
SmoothCurve fit_smooth_curve(const std::vector<double>& position,
                             const std::vector<double>& mean,
                             const std::vector<double>& n_terms, const TermScatter& scatter);

/// Signal power S and noise power N of the mean of two half maps.
///
/// Radial curves at the shells' middles; S falls off with direction as
/// exp(-s B_S s / 2) about its radial mean, N likewise.
struct PowerModel {
  Shells shells;
  std::vector<double> signal, noise;
  std::vector<double> signal_error, noise_error;  ///< relative standard errors
  TensorFit signal_b, noise_b;                    ///< traceless; zero when isotropic
};

/// Fit of S and N to the sums over two half maps F1, F2 = F + noise_1, F + noise_2.
///
/// S from Re(F1 conj F2), N from |F1 - F2|² / 4; tensors by weighted least squares of the
/// by-direction means.
/// @param sums      with by-direction sums if anisotropic.
/// @param leak      by shell: mean power that masking carried into `cross`; subtracted.
/// @param mean_square_weight  of the mask: powers are divided by it.
/// @param independent_fraction  independent terms / terms, below 1 under a mask.
/// @param tensors_from  1/Å: the tensors are fitted to terms beyond, where a molecule's
///                  shape no longer shows.
/// @param ideal     S is drawn to the fall-off of this curve with the B of fit_fall_off, by as
///                  much as the data leave open: ln(S) is expected to depart from it by 0.15
///                  (standard deviation; alike over 0.03 / Å), besides the error of B.  From
///                  d_min = 4.5 Å on less so, from 5.5 Å on not at all.  At any d_min, where
///                  the standard error of ln(S) is above 1, S goes on from the shells before
///                  as that curve does, give or take 0.3 over 0.03 / Å.  Empty: neither.  The
///                  standard error stays that of the data alone.
/// @throws std::invalid_argument if sizes do not match, a weight or fraction is not above 0,
/// or tensors_from is NaN.
/// @throws UnusableDataError if no shell holds signal.
PowerModel fit_power_model(const PowerSums& sums, const std::vector<double>& leak,
                           double mean_square_weight, double independent_fraction,
                           bool anisotropic, double tensors_from,
                           std::optional<IdealCurve> ideal = std::nullopt);

/// Fall-off of the signal against an ideal curve: ln(sqrt(S) / ideal) = ln_scale - B s² / 4.
struct FallOff {
  double b = 0;               ///< Å²
  double standard_error = 0;  ///< Å²
  double ln_scale = 0;
  double middle = 0;  ///< 1/Å²: s² of its weighted middle, about which an error of B turns it
  std::size_t n_shells = 0;  ///< 0: too few, the line is not fitted
};

/// Straight line through ln(rms amplitude) against s².
struct GuinierLine {
  double slope = 0, intercept = 0, correlation = 0;
  double d_low = 0, d_high = 0;                    ///< Å, range of the fit
  std::size_t n_shells = 0;                        ///< 0: not fitted
  double b_sharpen() const { return -4 * slope; }  ///< Å², positive sharpens
};

/// 1/Å: from here on a map's amplitudes are compared with ideal ones: 10 Å, or 2.5 times the
/// resolution if that is coarser, so that there is something to compare.
/// @throws std::invalid_argument if there are no shells.
double ideal_from(const Shells& shells);

/// Robust straight line through ln(sqrt(S) / ideal) against s², from `ideal_from` to where
/// signal is lost in noise.  Shells that lie far off it, such as those beyond the edge of an
/// earlier filter, do not count (Sen 1968; Beaton & Tukey 1974).  B is 0 if fewer than three
/// shells lie there.  Where the data end coarser than 20 Å, the outline of the molecule makes
/// amplitudes fall off as well: then the B of the line is lowered, with f = 20 Å / d_min; one
/// above 0 to the smaller of f B and B - 12 (1 - f) d_min², or to 0 if that is below 0; one
/// below 0, of amplitudes that rise, is multiplied by f.
/// @throws std::invalid_argument if the model has other sizes than its shells.
/// @throws UnusableDataError if the signal is not finite.
FallOff fit_fall_off(const PowerModel& model, IdealCurve curve);

/// Standard error of the line of `other`, over that of `given`: below 1, the signal falls off
/// as that kind of molecule does.  Empty where amplitudes don't tell: at a resolution coarser
/// than 7.5 Å, with fewer than 12 shells, as few fit a line by chance, or if the line of
/// `other` has an error above 0.2 resolution².
std::optional<double> fit_as_other_kind(const PowerModel& model, double resolution,
                                        IdealCurve given, IdealCurve other);

/// Whether the signal clearly falls off as that of nucleic acid does, and not as protein's:
/// the ratio of errors is below 0.6.  It was 0.12 to 0.51 for ten pairs of half maps of RNA up
/// to 4.4 Å, and 1.09 and more for 33 of protein.
bool falls_off_as_nucleic_acid(const PowerModel& model, double resolution);

/// Factors that make the expected correlation with the ideal map highest.
///
/// m = ideal sqrt(S) / (S + N), which is ideal / sqrt(S) times 1 / (1 + E²), E² = N / S the
/// normalised expected error of the averaged map (the rule of the Phenix documentation).
/// ideal / sqrt(S) is taken as the straight line of fit_fall_off, exp(+B s² / 4): a tabulated
/// curve says how steep the ideal is, while the molecule keeps its own features and, below
/// 10 Å, its own shape.  On simulated maps this comes nearer to the truth than imposing the
/// table, also when the table is that of another kind of molecule.
///
/// A mask is wider than its molecule, and S its mean over the mask.  `concentration`, how many
/// times stronger the signal is where the molecule is, makes E² that of the molecule.
struct IdealFactors {
  ScaleFactors factors;
  std::vector<double> ideal;  ///< by shell: the ideal rms amplitude, scale of sqrt(S)'s
  FallOff fall_off;
};
/// @throws std::invalid_argument if the concentration is below 1.
IdealFactors ideal_factors(const PowerModel& model, IdealCurve curve,
                           double concentration = 1);

}  // namespace map_sharpening
