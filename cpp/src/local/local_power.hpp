// Signal and noise of a window, relative to those of the whole map.
#pragma once

#include <utility>
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

/// What the priors of ln k and c tell of each: 1 / variance.
struct FitPriors {
  explicit FitPriors(const LocalPriors& priors);

  double k, c;
};

/// Normal equations of a step towards the most likely ln k and c.
class FitEquations {
 public:
  FitEquations(const FitPriors& priors, const WindowFit& fit)
      : h_kk_(priors.k),
        h_cc_(priors.c),
        g_k_(-priors.k * fit.ln_k),
        g_c_(-priors.c * fit.c) {}

  /// Add a shell's gradient and information of ln k; those of c follow.
  void add(double gradient, double information, double s_squared) {
    g_k_ += gradient;
    g_c_ -= gradient * s_squared;
    h_kk_ += information;
    h_kc_ -= information * s_squared;
    h_cc_ += information * s_squared * s_squared;
  }

  /// The steps of ln k and c.
  std::pair<double, double> solution() const {
    const double determinant = h_kk_ * h_cc_ - h_kc_ * h_kc_;
    return {(h_cc_ * g_k_ - h_kc_ * g_c_) / determinant,
            (h_kk_ * g_c_ - h_kc_ * g_k_) / determinant};
  }

 private:
  double h_kk_, h_kc_ = 0, h_cc_, g_k_, g_c_;
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
  struct MeasuredSums;  // over terms, while they are listed

  void list_terms(const Grid& window, const SharpenedPower& expected,
                  const std::vector<double>& signal, const std::vector<double>& noise,
                  MeasuredSums& sums);
  void set_shells(double width, const MeasuredSums& sums);
  void place_terms(const std::vector<double>& s_of_term);
  double variance(double q, double noise_scale, const LocalShell& shell) const;
  void fit_curve(const WindowSums& sums, std::size_t k, WindowFit& fit) const;

  LocalPriors priors_;
  double d_min_;
  std::vector<MeasuredTerm> measured_;
  std::vector<LocalShell> shells_;
  double n_noise_terms_ = 0;
  std::vector<ShellPlace> places_;  // of every term
};

}  // namespace map_sharpening
