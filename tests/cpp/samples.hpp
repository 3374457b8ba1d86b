// What the test programs work on: odd cells, random maps, transforms by definition.
#pragma once

#include <algorithm>
#include <complex>
#include <cstring>
#include <random>
#include <vector>

#include "map_sharpening/array_view.hpp"
#include "map_sharpening/half_maps.hpp"
#include "map_sharpening/unit_cell.hpp"

namespace map_sharpening::test {

inline const UnitCell kTriclinic{41.3, 52.9, 37.1, 77, 104, 96.5};
inline const UnitCell kOrthogonal{40.5, 37.2, 44.1, 90, 90, 90};
constexpr int kThreadCounts[] = {1, 2, 3, 7};

/// A contiguous array that owns its elements.
template <class T>
struct Array3 {
  Shape shape;
  std::vector<T> values;

  explicit Array3(const Shape& shape_, T value = T())
      : shape(shape_), values(shape_[0] * shape_[1] * shape_[2], value) {}
  View3<T> view() { return {values.data(), shape}; }
  View3<const T> view() const { return {values.data(), shape}; }
  bool same_bytes(const Array3& other) const {
    return values.size() == other.values.size() &&
           std::memcmp(values.data(), other.values.data(), values.size() * sizeof(T)) == 0;
  }
};

inline Shape half_complex(const Shape& shape) {
  return {shape[0], shape[1], shape[2] / 2 + 1};
}

template <class Real>
Array3<Real> random_map(const Shape& shape, unsigned seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  Array3<Real> map(shape);
  for (Real& value : map.values) value = static_cast<Real>(normal(generator));
  return map;
}

/// All members of a map's transform, each sum written out along one axis after the other.
template <class Real>
Array3<std::complex<double>> full_transform(const Array3<Real>& map) {
  Array3<std::complex<double>> f(map.shape);
  std::copy(map.values.begin(), map.values.end(), f.values.begin());
  const auto& n = map.shape;
  const std::size_t strides[3] = {n[1] * n[2], n[2], 1};
  const double two_pi = 2 * std::acos(-1.0);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    Array3<std::complex<double>> next(map.shape);
    for (std::size_t i = 0; i < f.values.size(); ++i) {
      const std::size_t h = i / strides[axis] % n[axis];
      const std::size_t start = i - h * strides[axis];
      for (std::size_t x = 0; x < n[axis]; ++x)
        next.values[i] += f.values[start + x * strides[axis]] *
                          std::polar(1.0, -two_pi * static_cast<double>(h * x % n[axis]) /
                                              static_cast<double>(n[axis]));
    }
    f = std::move(next);
  }
  return f;
}

/// The half of a full transform that half-complex arrays hold.
template <class Real>
Array3<std::complex<Real>> half_of(const Array3<std::complex<double>>& full) {
  Array3<std::complex<Real>> half(half_complex(full.shape));
  for (std::size_t z = 0; z < half.shape[0]; ++z)
    for (std::size_t y = 0; y < half.shape[1]; ++y)
      for (std::size_t x = 0; x < half.shape[2]; ++x)
        half.view()(z, y, x) = std::complex<Real>(full.view()(z, y, x));
  return half;
}

/// s of a term of a transform of `grid`.
inline Vector vector_of_term(const Grid& grid, std::size_t z, std::size_t y, std::size_t x) {
  return ReciprocalMetric(grid.cell).s_vector(
      static_cast<double>(miller_index(x, grid.shape[2])),
      static_cast<double>(miller_index(y, grid.shape[1])),
      static_cast<double>(miller_index(z, grid.shape[0])));
}

inline double length_of(const Vector& v) { return std::hypot(v[0], v[1], v[2]); }

inline double s_of_term(const Grid& grid, std::size_t z, std::size_t y, std::size_t x) {
  return length_of(vector_of_term(grid, z, y, x));
}

/// A blob of Gaussian atoms with noise of its own in each half.
struct Pair {
  Array3<float> half_1, half_2, truth;
};

inline Pair make_pair_of_halves(const Shape& shape, double noise, unsigned seed) {
  Pair pair{random_map<float>(shape, seed), random_map<float>(shape, seed + 1),
            Array3<float>(shape)};
  std::mt19937_64 generator(seed + 2);
  std::normal_distribution<double> normal;
  for (int atom = 0; atom < 60; ++atom) {
    double centre[3];
    for (std::size_t i = 0; i < 3; ++i)
      centre[i] = static_cast<double>(shape[i]) * (0.5 + 0.1 * normal(generator));
    for (std::size_t z = 0; z < shape[0]; ++z)
      for (std::size_t y = 0; y < shape[1]; ++y)
        for (std::size_t x = 0; x < shape[2]; ++x) {
          const double dz = static_cast<double>(z) - centre[0];
          const double dy = static_cast<double>(y) - centre[1];
          const double dx = static_cast<double>(x) - centre[2];
          pair.truth.view()(z, y, x) +=
              static_cast<float>(std::exp(-(dz * dz + dy * dy + dx * dx) / 2));
        }
  }
  for (std::size_t i = 0; i < pair.truth.values.size(); ++i) {
    const float signal = pair.truth.values[i];
    pair.half_1.values[i] = signal + static_cast<float>(noise) * pair.half_1.values[i];
    pair.half_2.values[i] = signal + static_cast<float>(noise) * pair.half_2.values[i];
  }
  return pair;
}

/// All that sharpen_half_maps writes.
struct Outputs {
  Array3<float> mask, sharpened, half_1, half_2;
  HalfMapFindings found;

  bool same_bytes(const Outputs& other) const {
    return mask.same_bytes(other.mask) && sharpened.same_bytes(other.sharpened) &&
           half_1.same_bytes(other.half_1) && half_2.same_bytes(other.half_2);
  }
};

/// What a run on a pair reads and writes.
inline HalfMaps views_of(const Pair& pair, Outputs& out) {
  HalfMaps maps;
  maps.half_1 = pair.half_1.view();
  maps.half_2 = pair.half_2.view();
  maps.mask = out.mask.view();
  maps.sharpened = out.sharpened.view();
  maps.sharpened_half_1 = out.half_1.view();
  maps.sharpened_half_2 = out.half_2.view();
  return maps;
}

inline Outputs sharpen(const Pair& pair, const UnitCell& cell, const HalfMapOptions& options) {
  const Shape& shape = pair.half_1.shape;
  Outputs out{Array3<float>(shape, 1),
              Array3<float>(shape),
              Array3<float>(shape),
              Array3<float>(shape),
              {}};
  out.found = sharpen_half_maps(views_of(pair, out), cell, options);
  return out;
}

}  // namespace map_sharpening::test
