// Unit cell, grid, and the reciprocal-space vector of a Fourier term.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "map_sharpening/array_view.hpp"  // Shape

namespace map_sharpening {

/// A vector in Cartesian axes: X along a, Y in the plane of a and b.
using Vector = std::array<double, 3>;

/// Shape of a map's half-complex coefficients.
inline Shape half_complex_shape(const Shape& map) { return {map[0], map[1], map[2] / 2 + 1}; }

/// Edges in Å and angles in degrees.  Not checked until a Grid is made of it: a volume or axis
/// of an impossible cell is NaN or infinite.
struct UnitCell {
  double a = 0, b = 0, c = 0;
  double alpha = 90, beta = 90, gamma = 90;

  /// Å³.
  double volume() const;
  /// Cartesian axes a, b, c in Å.
  std::array<Vector, 3> axes() const;
};

/// A map's grid: the shape (z, y, x) and the cell that it fills.
///
/// As its constructor makes it: functions that take a grid do not check what was changed
/// since.
struct Grid {
  Shape shape{0, 0, 0};
  UnitCell cell;

  /// @throws std::invalid_argument if an edge or angle is impossible or the grid is empty.
  Grid(const Shape& shape, const UnitCell& cell);

  Shape half_complex_shape() const { return map_sharpening::half_complex_shape(shape); }
  std::size_t size() const { return shape[0] * shape[1] * shape[2]; }
  /// Grid spacing along x, y, z in Å.
  std::array<double, 3> spacing() const;
  /// Finest resolution in Å that the coarsest axis can hold.
  double nyquist() const;
};

/// Signed Miller index of array position `i` on an axis of `n` points: 0, 1, ... , -2, -1.
/// The Nyquist term of even `n` is n / 2.  That i < n is not checked.
inline long miller_index(std::size_t i, std::size_t n) {
  return i <= n / 2 ? static_cast<long>(i) : static_cast<long>(i) - static_cast<long>(n);
}

/// Members of the whole transform that a half-complex term stands for: 1 or 2.  That x is one
/// of the nx / 2 + 1 columns is not checked.
inline int friedel_weight(std::size_t x, std::size_t nx) {
  return x == 0 || 2 * x == nx ? 1 : 2;
}

/// s = 1/d of a term h k l, for any cell that a Grid accepts.
///
/// Nothing is checked: NaN, infinity or an impossible cell gives NaN or infinity.
class ReciprocalMetric {
 public:
  explicit ReciprocalMetric(const UnitCell& cell);

  /// Cartesian vector s in 1/Å.
  Vector s_vector(double h, double k, double l) const {
    return {h * x_, h * yx_ + k * yy_, h * zx_ + k * zy_ + l * zz_};
  }
  double s_squared(double h, double k, double l) const {
    const Vector v = s_vector(h, k, l);
    return v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
  }
  double s(double h, double k, double l) const;

  /// Smallest s² that h can have with any (also fractional) k and l.
  double least_s_squared(double h) const { return h * h * least_h_; }
  /// Smallest s² that h and k can have with any l.
  double least_s_squared(double h, double k) const {
    return h * h * least_hh_ + 2 * h * k * least_hk_ + k * k * least_kk_;
  }

 private:
  double x_, yx_, yy_, zx_, zy_, zz_;
  double least_h_, least_hh_, least_hk_, least_kk_;
};

/// Columns of a half-complex array that hold terms with s <= s_max: how far x goes.
///
/// A transform need not visit the others, which for usual maps is a third to a half of
/// the work along z.
struct Columns {
  std::size_t most = 0;             ///< largest of `of_row`
  std::vector<std::size_t> of_row;  ///< per y: columns 0 <= x < of_row[y] are used

  /// All columns.
  static Columns all(const Grid& grid);
  /// Those with terms up to `s_max` (1/Å).
  /// @throws std::invalid_argument if that is below 0 or NaN.
  static Columns within(const Grid& grid, double s_max);
};

}  // namespace map_sharpening
