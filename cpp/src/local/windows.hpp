// Cutting windows out of a map and putting them together again, slab by slab.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <vector>

#include "base/numbers.hpp"
#include "base/parallel.hpp"
#include "fourier/simd/window_kernels.hpp"
#include "map_sharpening/local_filter.hpp"

namespace map_sharpening {

/// Where a point beyond the faces gets its value: from the other side, or from its mirror
/// image.
inline std::size_t point_in_box(std::ptrdiff_t point, std::size_t n, bool periodic) {
  const std::size_t inside = wrapped(point, periodic ? n : 2 * n);
  return inside < n ? inside : 2 * n - 1 - inside;
}

/// A sine along each axis; its squares over overlapping windows sum to 1.
struct SineTaper {
  std::vector<float> z, y, x;

  explicit SineTaper(const Shape& edge)
      : z(sine(edge[0])), y(sine(edge[1])), x(sine(edge[2])) {}

 private:
  static std::vector<float> sine(std::size_t edge) {
    std::vector<float> values;
    const double step = kPi / static_cast<double>(edge);
    for (std::size_t i = 0; i < edge; ++i)
      values.push_back(static_cast<float>(std::sin(step * (static_cast<double>(i) + 0.5))));
    return values;
  }
};

/// Windows side by side along x that are handled together.
struct WindowRow {
  Shape first;
  std::size_t count;                        ///< at most kWindows
  std::array<bool, kWindows> is_used = {};  ///< of the first `count`; others are left alone

  /// Place of window k on the lattice.
  Shape window(std::size_t k) const { return {first[0], first[1], first[2] + k}; }
};

/// A map that is read window by window, layer after layer, while planes that no later layer
/// needs may already be overwritten.
class WindowSource {
 public:
  WindowSource(View3<const float> map, const WindowLattice& lattice, bool periodic)
      : map_(map), lattice_(lattice), periodic_(periodic) {
    // What lies beyond the last plane comes from planes that are overwritten by then.
    const auto end = static_cast<std::size_t>(lattice.start(0, lattice.count[0] + 1));
    const std::size_t plane = map.shape[1] * map.shape[2];
    beyond_.resize((end - map.shape[0]) * plane);
    for (std::size_t z = map.shape[0]; z < end; ++z) {
      const std::size_t from =
          point_in_box(static_cast<std::ptrdiff_t>(z), map.shape[0], periodic);
      for (std::size_t y = 0; y < map.shape[1]; ++y)
        std::memcpy(beyond_.data() + (z - map.shape[0]) * plane + y * map.shape[2],
                    map.row(from, y), map.shape[2] * sizeof(float));
    }
  }

  /// Copy windows, multiplied by the taper; the last one stands for those that are not there.
  /// @param columns  memory for kWindows * edge numbers.
  void cut(const WindowRow& windows, const SineTaper& taper, std::size_t* columns,
           float* out) const {
    const Shape edge = lattice_.edge();
    for (std::size_t x = 0; x < edge[2]; ++x)
      for (std::size_t k = 0; k < kWindows; ++k) {
        const std::size_t window = windows.first[2] + std::min(k, windows.count - 1);
        columns[x * kWindows + k] =
            point_in_box(lattice_.start(2, window) + static_cast<std::ptrdiff_t>(x),
                         map_.shape[2], periodic_);
      }
    for (std::size_t z = 0; z < edge[0]; ++z) {
      const std::ptrdiff_t plane =
          lattice_.start(0, windows.first[0]) + static_cast<std::ptrdiff_t>(z);
      for (std::size_t y = 0; y < edge[1]; ++y, out += edge[2] * kWindows) {
        const std::ptrdiff_t line =
            lattice_.start(1, windows.first[1]) + static_cast<std::ptrdiff_t>(y);
        const float* row = row_of(plane, point_in_box(line, map_.shape[1], periodic_));
        const float weight = taper.z[z] * taper.y[y];
        for (std::size_t x = 0; x < edge[2]; ++x) {
          const float weight_x = weight * taper.x[x];
          for (std::size_t k = 0; k < kWindows; ++k)
            out[x * kWindows + k] = row[columns[x * kWindows + k]] * weight_x;
        }
      }
    }
  }

 private:
  const float* row_of(std::ptrdiff_t plane, std::size_t y) const {
    const auto n = static_cast<std::ptrdiff_t>(map_.shape[0]);
    if (plane >= n)
      return beyond_.data() +
             (static_cast<std::size_t>(plane - n) * map_.shape[1] + y) * map_.shape[2];
    return map_.row(point_in_box(plane, map_.shape[0], periodic_), y);
  }

  View3<const float> map_;
  const WindowLattice& lattice_;
  bool periodic_;
  std::vector<float> beyond_;
};

/// How much of what windows sum up to is written: unfiltered + share (sum - unfiltered).
struct Blend {
  View3<const float> unfiltered;
  View3<const float> share;  ///< 0 to 1; empty: 1 everywhere
};

/// Sums the windows of two layers at a time and writes the planes that are complete.
class WindowSink {
 public:
  WindowSink(View3<float> map, const WindowLattice& lattice, const Blend& blend = {})
      : map_(map),
        lattice_(lattice),
        blend_(blend),
        slab_(2 * lattice.core[0] * map.shape[1] * map.shape[2], 0.0f) {}

  /// Add windows of the present layer, multiplied by the taper.  Windows that do not overlap
  /// may be added at once.
  void add(const WindowRow& windows, const SineTaper& taper, const float* values) {
    const Shape edge = lattice_.edge();
    const Range in_y = inside(1, windows.first[1]);
    for (std::size_t z = 0; z < edge[0]; ++z)
      for (std::size_t y = in_y.from; y < in_y.to; ++y) {
        const float* from = values + (z * edge[1] + y) * edge[2] * kWindows;
        const float weight = taper.z[z] * taper.y[y];
        float* row = slab_.data() + (z * map_.shape[1] + in_y.place(y)) * map_.shape[2];
        for (std::size_t k = 0; k < windows.count; ++k) {
          if (!windows.is_used[k]) continue;
          const Range in_x = inside(2, windows.first[2] + k);
          float* to = row + in_x.place(in_x.from);
          for (std::size_t x = in_x.from; x < in_x.to; ++x)
            to[x - in_x.from] += from[x * kWindows + k] * (weight * taper.x[x]);
        }
      }
  }

  /// Go to the next layer; if asked to, write the planes that it does not add to.
  void finish_layer(std::size_t layer, bool is_written, int threads) {
    const std::size_t core = lattice_.core[0];
    const std::size_t plane = map_.shape[1] * map_.shape[2];
    for_each_index(core, threads, [&](std::size_t i) {
      const std::ptrdiff_t z = lattice_.start(0, layer) + static_cast<std::ptrdiff_t>(i);
      if (is_written && z >= 0 && z < static_cast<std::ptrdiff_t>(map_.shape[0]))
        for (std::size_t y = 0; y < map_.shape[1]; ++y)
          write_row(static_cast<std::size_t>(z), y,
                    slab_.data() + i * plane + y * map_.shape[2]);
      std::memcpy(slab_.data() + i * plane, slab_.data() + (core + i) * plane,
                  plane * sizeof(float));
      std::memset(slab_.data() + (core + i) * plane, 0, plane * sizeof(float));
    });
  }

 private:
  // Points of a window that lie in the box.
  struct Range {
    std::size_t from, to;
    std::ptrdiff_t start;
    std::size_t place(std::size_t i) const {
      return static_cast<std::size_t>(start + static_cast<std::ptrdiff_t>(i));
    }
  };
  Range inside(std::size_t axis, std::size_t window) const {
    const std::ptrdiff_t start = lattice_.start(axis, window);
    const auto edge = static_cast<std::ptrdiff_t>(2 * lattice_.core[axis]);
    const auto n = static_cast<std::ptrdiff_t>(map_.shape[axis]);
    return {static_cast<std::size_t>(start < 0 ? -start : 0),
            static_cast<std::size_t>(start + edge > n ? n - start : edge), start};
  }

  void write_row(std::size_t z, std::size_t y, const float* sum) {
    float* to = map_.row(z, y);
    if (blend_.share.empty()) {
      std::memcpy(to, sum, map_.shape[2] * sizeof(float));
      return;
    }
    const float* from = blend_.unfiltered.row(z, y);
    const float* share = blend_.share.row(z, y);
    for (std::size_t x = 0; x < map_.shape[2]; ++x)
      to[x] = from[x] + share[x] * (sum[x] - from[x]);
  }

  View3<float> map_;
  const WindowLattice& lattice_;
  Blend blend_;
  std::vector<float> slab_;
};

}  // namespace map_sharpening
