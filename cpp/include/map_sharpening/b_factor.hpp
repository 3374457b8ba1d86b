// Sharpening by B factors: amplitude functions, and scans that score a map for each of many.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "map_sharpening/anisotropy.hpp"  // SymmetricTensor, TensorFit
#include "map_sharpening/array_view.hpp"  // View3
#include "map_sharpening/errors.hpp"      // UnusableDataError
#include "map_sharpening/filters.hpp"     // ScaleFactors
#include "map_sharpening/map_score.hpp"   // MapScore, ScoreOptions
#include "map_sharpening/unit_cell.hpp"   // Grid, UnitCell

namespace map_sharpening {

// Amplitude functions.  t = s² / 4.  Each also takes off the anisotropy of a B tensor: a
// multiplication by exp((s B s - b_iso s²) / 4), which leaves the mean fall-off as it is.  No
// tensor (zero) leaves the directions alone.

/// exp(t b_sharpen) for all data.
/// @throws std::invalid_argument if a number is not finite.
ScaleFactors b_iso_factors(double b_sharpen, const SymmetricTensor& anisotropy = {});

/// A B factor up to d_cut, and another one beyond.
struct BFactorTrial {
  double b_sharpen = 0;  ///< Å², positive sharpens
  double d_cut = 0;      ///< Å; 0: no cut, all data are treated alike
  /// Å²: blur of the data beyond d_cut.  None: those are left as they are when sharpening,
  /// and blurred like all others when b_sharpen is negative.
  std::optional<double> b_blur_hires = 200;
  double k_sharpen = 10;  ///< 1/Å: steepness of the change; 0: no cut, all data alike

  /// Calls each(name, member) for what other languages may set.
  template <class Each>
  static void visit(Each&& each) {
    using T = BFactorTrial;
    each("b_sharpen", &T::b_sharpen);
    each("d_cut", &T::d_cut);
    each("b_blur_hires", &T::b_blur_hires);
    each("k_sharpen", &T::k_sharpen);
  }
};

/// exp(t b_sharpen - max(0, t - t_cut) b_blur_hires (1 - w)), or exp(t w b_sharpen) without
/// b_blur_hires, where w(d) = 1 / (1 + exp(k_sharpen (d_cut - d))), from 1 at low resolution
/// to 0 beyond d_cut.
///
/// The blur starts at d_cut itself, so that the factor has no step there.  The exponent of w
/// is limited to -20 ... 20.
/// @param d_min  Å: finest term; the function is tabulated up to there.
/// @throws std::invalid_argument if a value is out of range.
ScaleFactors b_iso_to_d_cut_factors(const BFactorTrial& trial, double d_min,
                                    const SymmetricTensor& anisotropy = {});

/// exp of a line in t through 0 at t = 0, b[0] at t_R / 2, b[1] at t_R and b[1] + b[2] at d =
/// d_min_ratio * resolution, t_R that of the resolution; the last piece continues beyond.
/// @param d_min  Å: finest term; the function is tabulated up to there.
/// @throws std::invalid_argument if a value is out of range.
ScaleFactors resolution_dependent_factors(const std::array<double, 3>& b, double resolution,
                                          double d_min, double d_min_ratio = 0.833,
                                          const SymmetricTensor& anisotropy = {});

/// The factors times 1 - exp(-ln 2 (d s)²): half at 1 / d, nothing of the coarsest terms.
///
/// For scores: terms much coarser than the molecule's detail say nothing about sharpening, but
/// may decide the skewness of blurred maps.
/// @param d      Å.
/// @param d_min  Å: finest term; the function is tabulated up to there.
/// @throws std::invalid_argument if a length is not above 0, or the table would not end.
ScaleFactors without_coarse_terms(const ScaleFactors& factors, double d, double d_min);

/// Usual d of the above, times the resolution.
inline constexpr double kCoarseTerms = 4;

/// The map of coefficients times factors, terms finer than d_min left out; mean 0, standard
/// deviation 1.
///
/// @param map  (nz, ny, nx), overwritten; rows may be padded.
/// @throws std::invalid_argument if shapes do not match.
/// @throws UnusableDataError if no term is left, or the factors leave none above 0.
void make_sharpened_map(View3<const std::complex<float>> coefficients, const Grid& grid,
                        double d_min, const ScaleFactors& factors, View3<float> map,
                        int threads = 0);

/// The same on the scale of the coefficients: trial maps agree at low resolution, so that a
/// blend of them has no steps.
void make_trial_map(View3<const std::complex<float>> coefficients, const Grid& grid,
                    double d_min, const ScaleFactors& factors, View3<float> map,
                    int threads = 0);

/// Called after each trial: how many are done, and of how many.
using ScanProgress = std::function<void(std::size_t done, std::size_t total)>;

/// Score of the map that each trial's factors make.
///
/// One inverse transform per trial, in one buffer besides the coefficients, which are kept.
/// The same for any number of threads.
/// @param coefficients  of the whole map, (nz, ny, nx / 2 + 1).
/// @param d_min         Å: finest term.
/// @throws std::invalid_argument if a shape does not match or an option is out of range.
/// @throws UnusableDataError if the coefficients hold nothing to score.
std::vector<MapScore> scan_scale_factors(View3<const std::complex<float>> coefficients,
                                         const Grid& grid, double d_min,
                                         const std::vector<ScaleFactors>& trials,
                                         const ScoreOptions& options, int threads = 0,
                                         const ScanProgress& progress = {});

/// The number to maximise, such as &MapScore::kurtosis.  The skewness needs
/// ScoreOptions::molecule, the adjusted surface area ScoreOptions::solvent_fraction.
using ScoreTarget = double MapScore::*;

inline constexpr ScoreTarget kDefaultScoreTarget = &MapScore::skewness;

/// The first trial with the highest score; none if no trial has one.
/// @throws std::invalid_argument if the target is null.
std::optional<std::size_t> best_trial(const std::vector<MapScore>& scores, ScoreTarget target);

/// Scan of a map from beginning to end.
struct BFactorScanOptions {
  double resolution = 0;       ///< Å, nominal; required.  Also d_cut
  std::vector<double> b_iso;   ///< Å²: fall-off that the map gets, one trial each; required
  double d_min_ratio = 0.833;  ///< data to this share of the resolution
  bool remove_anisotropy = true;
  std::optional<double> b_blur_hires = 200;  ///< see BFactorTrial
  double k_sharpen = 10;
  ScoreOptions score;  ///< including what the target needs
  /// Maps are scored without_coarse_terms of so many times the resolution; 0: with all.
  /// kCoarseTerms is for coarse maps whose skewness keeps rising as they are blurred.
  double coarse_terms = 0;
  ScoreTarget target = kDefaultScoreTarget;
  int threads = 0;
  ScanProgress progress;
};

struct BFactorScan {
  TensorFit wilson;                  ///< of the map, terms up to the resolution
  double b_iso = 0;                  ///< Å²: isotropic part of it
  std::vector<BFactorTrial> trials;  ///< b_sharpen is the map's b_iso minus the trial's
  std::vector<MapScore> scores;
  std::optional<std::size_t> best;
  ScaleFactors best_factors;  ///< of the best trial, for make_sharpened_map
};

/// Fit the map's B factor, bring it to each b_iso of a list, and score the maps.
///
/// @throws std::invalid_argument if an option is out of range, or the target needs one that is
///     not given.
/// @throws UnusableDataError if the map does not determine a B factor, is constant or holds
/// values that are not finite.
BFactorScan scan_b_factors(View3<const float> map, const UnitCell& cell,
                           const BFactorScanOptions& options);

}  // namespace map_sharpening
