// A map between its grid points, by cubic B-splines.
#pragma once

#include <array>
#include <cstddef>

#include "map_sharpening/array_view.hpp"

namespace map_sharpening {

/// Overwrite a map by the coefficients of the cubic B-splines that go through its points,
/// mirrored at its faces (Briand & Monasse 2018, Image Process. On Line 8, 99).  Axes of one
/// point are left as they are.
void to_spline_coefficients(View3<float> map, int threads);

/// A place between grid points: which coefficients count there, and how much.
class SplinePlace {
 public:
  /// @param point  x, y, z in grid points, each from 0 to the last of its axis.
  SplinePlace(const std::array<double, 3>& point, const Shape& shape);

  double value(View3<const float> coefficients) const;

 private:
  struct Axis {
    std::array<std::size_t, 4> index;
    std::array<double, 4> weight;
  };
  static Axis axis(double at, std::size_t n);

  Axis x_, y_, z_;
};

}  // namespace map_sharpening
