// Signal in a window, from its model.
#pragma once

#include <vector>

#include "local/local_power.hpp"

namespace map_sharpening {

/// Sums over the terms of a window's map and model, by shell, in units of the signal power
/// that is expected.
struct ModelSums {
  std::vector<double> cross;  ///< Re(map conj model)
  std::vector<double> model;  ///< |model|²
  std::vector<double> map;    ///< |map|²
  std::vector<double> slope;  ///< u, and its weight; filled by `WindowModel::fit`
  std::vector<double> weight;
};

/// Those sums of `kWindows` windows: [shell * kWindows + k].
struct WindowsModelSums {
  std::vector<double> cross, model, map;
};

/// Least noise over signal in a window with a model.  Without any, everything that falls off
/// would be restored; with it, terms are amplified up to 3.6 times.
inline constexpr float kLeastRatioByModel = 0.02f;

/// How the windows of a map are compared with those of its model.
class WindowModel {
 public:
  /// @param explained  slope of the whole map on its model, by shell of `expected`.
  WindowModel(const WindowTerms& terms, const SharpenedPower& expected,
              const std::vector<double>& explained, const LocalPriors& priors);

  /// Memory of the right size, so that windows need allocate none.
  ModelSums empty_sums() const;
  WindowsModelSums empty_sums_of_windows() const;
  /// Put the sums over the transforms of map and model into `sums`.
  void measure(const float* map, const float* model, WindowsModelSums& sums) const;
  /// Take those of window k out of the sums of all.
  static void take(const WindowsModelSums& of_windows, std::size_t k, ModelSums& sums);
  /// Fit what was measured into `fit`.
  void fit(ModelSums& sums, WindowFit& fit) const;

 private:
  double slope(const WindowFit& fit, std::size_t i) const;
  double variance(const ModelSums& sums, std::size_t i, double u) const;
  bool counts(const ModelSums& sums, std::size_t i) const;
  double misfit(const ModelSums& sums, double ln_k, double c) const;
  void fit_curve(ModelSums& sums, WindowFit& fit) const;
  void fit_shells(const ModelSums& sums, WindowFit& fit) const;
  void add_unmodelled(const ModelSums& sums, WindowFit& fit) const;

  const WindowTerms& terms_;
  LocalPriors priors_;
  FitPriors prior_;
  std::vector<double> explained_;  // by shell of the windows
};

}  // namespace map_sharpening
