// What a window holds: its signal and noise against those of the whole map.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "map_sharpening/local_filter.hpp"
#include "windows.hpp"

namespace map_sharpening {

/// By interpolation of the logarithm between the shells' middles, clamped.
double interpolated(const std::vector<double>& values, const Shells& shells, double s);

/// What the fit of a window gives.
struct WindowFit {
  double ln_k = 0;               ///< signal / global signal = k exp(-c s²)
  double c = 0;                  ///< Å²
  double noise_scale = 1;        ///< noise / global noise
  std::vector<double> smooth;    ///< q, by shell: the fit alone
  std::vector<float> signal;     ///< q, by shell: shrunk towards the fit
  std::vector<float> whitening;  ///< exp(c s² / 2), by shell
};

/// Sums over the terms of a window's transforms, weighted so that a window like the whole map
/// gives 1.
struct WindowSums {
  std::vector<double> signal;  ///< by shell
  double noise = 0;
};

/// Everything about a window's terms that does not depend on the window.
class WindowTerms {
 public:
  using Complex = std::complex<float>;

  /// @param n_map_points  of the map whose coefficients `expected` speaks of.
  WindowTerms(const Grid& window, const SineTaper& taper, const SharpenedPower& expected,
              std::size_t n_map_points, const LocalOptions& options);

  /// Put the sums over two half maps' transforms into `sums`.
  void measure(const Complex* half_1, const Complex* half_2, WindowSums& sums) const;
  /// Fit what was measured into `fit`.
  void fit(const WindowSums& sums, WindowFit& fit) const;
  /// The factor of every term of the window's transform.
  /// @param least_ratio  R is taken to be no less.
  void factors(const WindowFit& fit, float* factor, float least_ratio = 0) const;
  /// Å: where the fitted FSC of the halves falls to 0.143, or d_min; at most the spacing of
  /// the first shell.
  double resolution(const WindowFit& fit) const;
  /// rms of the filtered window over that of the window.
  double gain(const Complex* terms, const float* factor) const;

  std::size_t size() const { return ratio_.size(); }
  /// Memory of the right size, so that windows need allocate none.
  WindowSums empty_sums() const;
  WindowFit empty_fit() const;

  /// A term whose power is measured.
  struct Measured {
    std::uint32_t place, shell;
    float signal_weight, noise_weight;
  };
  const std::vector<Measured>& measured() const { return measured_; }
  /// A shell of measured terms: means of s and s² (1/Å) and of R, and how many terms of it
  /// are independent.
  struct LocalShell {
    double s, s_squared, ratio, n_independent;
  };
  const std::vector<LocalShell>& shells() const { return shells_; }

 private:
  LocalPriors priors_;
  double d_min_;
  std::vector<Measured> measured_;
  std::vector<LocalShell> shells_;
  double n_noise_terms_ = 0;
  // For every term: R, and its place between two shells.
  std::vector<float> ratio_, between_, friedel_;
  std::vector<std::uint32_t> below_;
};

}  // namespace map_sharpening
