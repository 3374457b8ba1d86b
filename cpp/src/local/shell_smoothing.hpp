// Smoothing along the shells of a small window, where each holds few terms.
#pragma once

#include <cstddef>
#include <vector>

#include "local/soft_sphere.hpp"
#include "map_sharpening/shells.hpp"

namespace map_sharpening {

/// Straight lines through neighbouring shells, weighted by terms and by closeness.
class ShellSmoothing {
 public:
  /// @throws std::invalid_argument if the sphere is so small that no terms are near a shell.
  ShellSmoothing(const SoftSphere& sphere, const Shells& shells);

  /// Smoothed means at the shells' middles of what has the given sums over their terms.
  std::vector<double> operator()(const std::vector<double>& sums) const;

  /// 1/Å: standard deviation, along s, of sphere and smoothing together, at each shell.
  const std::vector<double>& smear() const { return smear_; }

 private:
  struct Row {
    std::size_t first;
    std::vector<double> weights;  // of the shells' sums
  };
  void add_row(double s, double half_width, const std::vector<double>& terms,
               const std::vector<double>& mean_s);

  std::vector<Row> rows_;
  std::vector<double> smear_;
};

}  // namespace map_sharpening
