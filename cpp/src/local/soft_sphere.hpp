// A soft-edged sphere on a small grid, the window of local statistics.
#pragma once

#include <vector>

#include "map_sharpening/unit_cell.hpp"

namespace map_sharpening {

/// Weights 1 to a quarter of the radius, then a raised cosine to 0 at the radius.
///
/// Flat in the middle, it holds a third more independent terms than a cosine over the whole
/// radius and smears the spectrum no more; flatter ones have heavier tails along s.
class SoftSphere {
 public:
  /// @param grid      of the whole map; gives spacing and angles
  /// @param diameter  Å
  /// @throws std::invalid_argument if the sphere does not fit into the map, or has more than
  /// 2^27 grid points.
  SoftSphere(const Grid& grid, double diameter);

  /// Å: of the largest sphere that fits.
  static double largest_diameter(const Grid& grid);

  double diameter() const { return diameter_; }
  /// The piece of the map's grid that holds the sphere; its middle is at shape / 2.
  const Grid& grid() const { return grid_; }
  const std::vector<float>& weights() const { return weights_; }  ///< z, y, x

  /// Standard deviation, along any direction, of |transform of the weights|² (1/Å).
  double spectral_deviation() const;
  /// Standard deviation, along any direction, of the weights² (Å).
  double spatial_deviation() const;
  /// Å³: independent terms per volume of reciprocal space, Friedel mates counted twice.
  double effective_volume() const;

 private:
  double diameter_;
  Grid grid_;
  std::vector<float> weights_;
};

}  // namespace map_sharpening
