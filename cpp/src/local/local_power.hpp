// Signal and noise of a window, relative to those of the whole map.
#pragma once

#include <vector>

#include "fourier/simd/window_kernels.hpp"
#include "local/windows.hpp"
#include "map_sharpening/local_filter.hpp"

namespace map_sharpening {

/// By interpolation of the logarithm between the shells' middles, clamped.
double interpolated(const std::vector<double>& values, const Shells& shells, double s);

/// The fit of a window.
struct WindowFit {
  double ln_k = 0;               ///< signal / global signal = k exp(-c s²)
  double c = 0;                  ///< Å²
  double noise_scale = 1;        ///< noise / global noise
  std::vector<double> smooth;    ///< q, by shell: the fit alone
  std::vector<float> signal;     ///< q, by shell: shrunk towards the fit
  std::vector<float> whitening;  ///< exp(c s² / 2), by shell
};

/// Sums over the terms of the transforms of `kWindows` windows, weighted so that a window like
/// the whole map gives 1.
struct WindowSums {
  std::vector<double> signal;  ///< [shell * kWindows + k]
  double noise[kWindows] = {};
};

/// The fits of `kWindows` windows, side by side as kernels read them.
struct WindowFits {
  WindowFit fit[kWindows];
  std::vector<float> signal, whitening;  ///< [shell * kWindows + k]; filled by `factors`
};

/// Everything about a window's terms that does not depend on the window.
class WindowTerms {
 public:
  /// @param n_map_points  of the map whose coefficients `expected` speaks of.
  WindowTerms(const Grid& window, const SineTaper& taper, const SharpenedPower& expected,
              std::size_t n_map_points, const LocalOptions& options);

  /// Put the sums over two half maps' transforms into `sums`.
  void measure(const float* half_1, const float* half_2, WindowSums& sums) const;
  /// Fit what was measured in window k into `fit`.
  void fit(const WindowSums& sums, std::size_t k, WindowFit& fit) const;
  /// The factors of all terms of the windows' transforms.
  /// @param least_ratio  R is taken to be no less.
  void factors(WindowFits& fits, float* factor, float least_ratio = 0) const;
  /// Multiply the windows' transforms; gain[k] gets the rms of the filtered window over that
  /// of the window.
  void multiply(float* terms, const float* factor, double* gain) const;
  /// Å: where the fitted FSC of the halves falls to 0.143, or d_min; at most the spacing of
  /// the first shell.
  double resolution(const WindowFit& fit) const;

  /// Terms of a window.
  std::size_t size() const { return places_.size(); }
  /// Memory of the right size, so that windows need allocate none.
  WindowSums empty_sums() const;
  WindowFit empty_fit() const;
  WindowFits empty_fits() const;

  /// The terms whose power is measured, with their shells and weights.
  const std::vector<MeasuredTerm>& measured() const { return measured_; }
  /// A shell of measured terms: means of s and s² (1/Å) and of R, and how many terms of it
  /// are independent.
  struct LocalShell {
    double s, s_squared, ratio, n_independent;
  };
  const std::vector<LocalShell>& shells() const { return shells_; }

 private:
  LocalPriors priors_;
  double d_min_;
  std::vector<MeasuredTerm> measured_;
  std::vector<LocalShell> shells_;
  double n_noise_terms_ = 0;
  std::vector<ShellPlace> places_;  // of every term
};

}  // namespace map_sharpening
