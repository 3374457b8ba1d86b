// Turns and shifts of rigid bodies.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "base/numbers.hpp"
#include "map_sharpening/unit_cell.hpp"

namespace map_sharpening {

using Matrix = std::array<Vector, 3>;  ///< by row

inline Vector times(const Matrix& m, const Vector& v) {
  Vector out{};
  for (std::size_t i = 0; i < 3; ++i)
    out[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
  return out;
}

inline Matrix transposed(const Matrix& m) {
  Matrix out{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) out[i][j] = m[j][i];
  return out;
}

inline Matrix times(const Matrix& a, const Matrix& b) {
  const Matrix columns = transposed(b);
  Matrix out{};
  for (std::size_t i = 0; i < 3; ++i) out[i] = times(columns, a[i]);
  return out;
}

inline Vector sum(const Vector& a, const Vector& b) {
  return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}
inline Vector difference(const Vector& a, const Vector& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
inline double dot(const Vector& a, const Vector& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
inline Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

/// x -> rotation x + shift, in Å.
struct Motion {
  Matrix rotation{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  Vector shift{};

  Vector operator()(const Vector& x) const { return sum(times(rotation, x), shift); }
  /// This motion after another one.
  Motion after(const Motion& first) const {
    return {times(rotation, first.rotation), (*this)(first.shift)};
  }
  Motion inverse() const {
    const Matrix back = transposed(rotation);
    return {back, times(back, Vector{-shift[0], -shift[1], -shift[2]})};
  }
};

/// A turn about an axis through `centre` by the axis' length in radians (Rodrigues), and a
/// shift.
inline Motion motion_about(const Vector& centre, const Vector& axis, const Vector& shift) {
  const double angle = std::sqrt(dot(axis, axis));
  Motion motion;
  if (angle > 0) {
    const double s = std::sin(angle), c = std::cos(angle);
    for (std::size_t j = 0; j < 3; ++j) {
      Vector unit{};
      unit[j] = 1;
      const Vector turned = cross(axis, unit);
      for (std::size_t i = 0; i < 3; ++i)
        motion.rotation[i][j] = c * unit[i] + s * turned[i] / angle +
                                (1 - c) * axis[i] * axis[j] / (angle * angle);
    }
  }
  motion.shift = sum(difference(centre, times(motion.rotation, centre)), shift);
  return motion;
}

/// Angle of a rotation in degrees.
inline double angle_of(const Matrix& rotation) {
  const double trace = rotation[0][0] + rotation[1][1] + rotation[2][2];
  return std::acos(std::clamp((trace - 1) / 2, -1.0, 1.0)) * 180 / kPi;
}

}  // namespace map_sharpening
