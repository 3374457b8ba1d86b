#include "methods/symmetry/spline.hpp"

#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"

namespace map_sharpening {
namespace {

// Terms of the geometric series that starts the recursion: |pole|^16 is below 1e-9.
constexpr std::size_t kTermsOfStart = 16;

// Filter `count` neighbouring lines of n points each, `step` elements apart along a line.
void filter_lines(float* first, std::size_t n, std::size_t step, std::size_t count) {
  if (n < 2) return;
  const double pole = std::sqrt(3.0) - 2;
  for (std::size_t line = 0; line < count; ++line) {
    float* at = first + line;
    double sum = 0, power = 1;
    for (std::size_t k = 0; k < kTermsOfStart; ++k) {
      const std::size_t period = 2 * (n - 1), place = k % period;
      sum += power * at[(place < n ? place : period - place) * step];
      power *= pole;
    }
    at[0] = static_cast<float>(6 * sum);
  }
  for (std::size_t i = 1; i < n; ++i) {
    float* at = first + i * step;
    const float* before = at - step;
    for (std::size_t line = 0; line < count; ++line)
      at[line] = static_cast<float>(6 * at[line] + pole * before[line]);
  }
  float* last = first + (n - 1) * step;
  const double end = pole / (pole * pole - 1);
  for (std::size_t line = 0; line < count; ++line)
    last[line] = static_cast<float>(end * (last[line] + pole * (last - step)[line]));
  for (std::size_t i = n - 1; i-- > 0;) {
    float* at = first + i * step;
    const float* after = at + step;
    for (std::size_t line = 0; line < count; ++line)
      at[line] = static_cast<float>(pole * (after[line] - at[line]));
  }
}

}  // namespace

void to_spline_coefficients(View3<float> map, int threads) {
  const auto [nz, ny, nx] = map.shape;
  for_each_index(nz, threads, [&, ny = ny, nx = nx](std::size_t z) {
    for (std::size_t y = 0; y < ny; ++y) filter_lines(map.row(z, y), nx, 1, 1);
    filter_lines(map.plane(z), ny, map.row_stride, nx);
  });
  const std::size_t plane = map.shape[1] * map.row_stride;
  for_each_index(ny, threads, [&, nz = nz, nx = nx](std::size_t y) {
    filter_lines(map.row(0, y), nz, plane, nx);
  });
}

SplinePlace::Axis SplinePlace::axis(double at, std::size_t n) {
  const auto last = static_cast<long>(n) - 1;
  const long start = std::clamp(static_cast<long>(std::floor(at)), 0L, std::max(last - 1, 0L));
  const double t = at - static_cast<double>(start), u = 1 - t;
  Axis axis{};
  axis.weight = {u * u * u / 6, 2.0 / 3 - t * t * (2 - t) / 2, 2.0 / 3 - u * u * (2 - u) / 2,
                 t * t * t / 6};
  for (long k = 0; k < 4; ++k) {
    long place = std::abs(start - 1 + k);
    if (place > last) place = std::max(2 * last - place, 0L);
    axis.index[static_cast<std::size_t>(k)] = static_cast<std::size_t>(place);
  }
  // An axis of one point isn't filtered.
  if (n == 1) axis.weight = {0, 1, 0, 0};
  return axis;
}

SplinePlace::SplinePlace(const std::array<double, 3>& point, const Shape& shape)
    : x_(axis(point[0], shape[2])),
      y_(axis(point[1], shape[1])),
      z_(axis(point[2], shape[0])) {}

double SplinePlace::value(View3<const float> coefficients) const {
  double sum = 0;
  for (std::size_t k = 0; k < 4; ++k)
    for (std::size_t j = 0; j < 4; ++j) {
      const float* row = coefficients.row(z_.index[k], y_.index[j]);
      double along = 0;
      for (std::size_t i = 0; i < 4; ++i) along += x_.weight[i] * row[x_.index[i]];
      sum += z_.weight[k] * y_.weight[j] * along;
    }
  return sum;
}

}  // namespace map_sharpening
