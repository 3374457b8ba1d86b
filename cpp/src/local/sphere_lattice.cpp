#include "local/sphere_lattice.hpp"

#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"

namespace map_sharpening {
namespace {

// The four lattice points around a grid point, and their shares.
struct Neighbours {
  std::array<std::size_t, 4> index;
  std::array<float, 4> share;
};

Neighbours neighbours_of(const LatticeAxis& axis, std::size_t point) {
  const auto count = static_cast<std::ptrdiff_t>(axis.count());
  double place = (static_cast<double>(point) - axis.first) / axis.spacing;
  if (!axis.is_periodic) place = std::clamp(place, 0.0, static_cast<double>(count - 1));
  const double low = std::floor(place), t = place - low, u = 1 - t;
  const double shares[4] = {u * u * u / 6, (4 - 3 * t * t * (2 - t)) / 6,
                            (4 - 3 * u * u * (2 - u)) / 6, t * t * t / 6};
  Neighbours found{};
  for (std::size_t i = 0; i < 4; ++i) {
    std::ptrdiff_t at = static_cast<std::ptrdiff_t>(low) + static_cast<std::ptrdiff_t>(i) - 1;
    if (axis.is_periodic) at = (at % count + count) % count;
    const bool exists = at >= 0 && at < count;
    found.index[i] = exists ? static_cast<std::size_t>(at) : 0;
    found.share[i] = exists ? static_cast<float>(shares[i]) : 0.0f;
  }
  return found;
}

std::vector<Neighbours> all_neighbours(const LatticeAxis& axis) {
  std::vector<Neighbours> all;
  for (std::size_t i = 0; i < axis.points; ++i) all.push_back(neighbours_of(axis, i));
  return all;
}

}  // namespace

std::array<std::ptrdiff_t, 2> LatticeAxis::surroundings(std::size_t i) const {
  const double middle = first + spacing * static_cast<double>(i);
  auto begin = static_cast<std::ptrdiff_t>(std::floor(middle - spacing));
  auto end = static_cast<std::ptrdiff_t>(std::ceil(middle + spacing)) + 1;
  const auto n = static_cast<std::ptrdiff_t>(points);
  if (is_periodic) return {begin, std::min(end, begin + n)};
  if (i == 0) begin = 0;
  if (i + 1 == count()) end = n;
  return {std::max<std::ptrdiff_t>(begin, 0), std::min(end, n)};
}

LatticeAxis make_lattice_axis(std::size_t points, std::size_t window, double step,
                              bool is_periodic) {
  LatticeAxis axis;
  axis.points = points;
  axis.is_periodic = is_periodic;
  const auto range = static_cast<double>(is_periodic ? points : points - window);
  const auto intervals = static_cast<std::size_t>(std::max(std::ceil(range / step), 1.0));
  const std::size_t count = is_periodic ? intervals : range > 0 ? intervals + 1 : 1;
  axis.spacing = range > 0 ? range / static_cast<double>(intervals) : 1.0;
  const auto middle = static_cast<std::ptrdiff_t>(window / 2);
  axis.first = is_periodic ? 0.0 : static_cast<double>(middle);
  for (std::size_t i = 0; i < count; ++i)
    axis.starts.push_back(
        static_cast<std::ptrdiff_t>(std::lround(axis.spacing * static_cast<double>(i))) -
        (is_periodic ? middle : 0));
  return axis;
}

void interpolate_lattice(const SphereLattice& lattice, View3<const float> values,
                         View3<const float> weights, View3<const float> inside,
                         float inside_from, float lowest, float highest, float elsewhere,
                         View3<float> out, int threads) {
  const auto by_z = all_neighbours(lattice[0]);
  const auto by_y = all_neighbours(lattice[1]);
  const auto by_x = all_neighbours(lattice[2]);
  for_each_index(out.shape[0], threads, [&](std::size_t z) {
    std::vector<float> value(values.shape[2]), weight(values.shape[2]);
    for (std::size_t y = 0; y < out.shape[1]; ++y) {
      std::fill(value.begin(), value.end(), 0.0f);
      std::fill(weight.begin(), weight.end(), 0.0f);
      for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j) {
          const float share = by_z[z].share[i] * by_y[y].share[j];
          const std::size_t at_z = by_z[z].index[i], at_y = by_y[y].index[j];
          const float *row = values.row(at_z, at_y), *row_weights = weights.row(at_z, at_y);
          for (std::size_t x = 0; x < value.size(); ++x) {
            value[x] += share * row_weights[x] * row[x];
            weight[x] += share * row_weights[x];
          }
        }
      float* to = out.row(z, y);
      const float* within = inside.empty() ? nullptr : inside.row(z, y);
      for (std::size_t x = 0; x < out.shape[2]; ++x) {
        to[x] = elsewhere;
        if (within && !(within[x] >= inside_from)) continue;
        float sum = 0, total = 0;
        for (std::size_t k = 0; k < 4; ++k) {
          sum += by_x[x].share[k] * value[by_x[x].index[k]];
          total += by_x[x].share[k] * weight[by_x[x].index[k]];
        }
        if (total > 0) to[x] = std::clamp(sum / total, lowest, highest);
      }
    }
  });
}

}  // namespace map_sharpening
