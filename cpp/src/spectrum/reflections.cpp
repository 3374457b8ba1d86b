#include "map_sharpening/reflections.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/check.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"

namespace map_sharpening {
namespace {

// Largest index whose sign is defined.
long last_index(std::size_t n) { return static_cast<long>((n - 1) / 2); }

// The number farthest from `from`, towards `end`, of those that hold from there on.
template <class Holds>
long farthest(long from, long end, const Holds& holds) {
  if (holds(end)) return end;
  while (std::abs(end - from) > 1) {
    const long between = from + (end - from) / 2;
    (holds(between) ? from : end) = between;
  }
  return from;
}

// Calls visit(k, first, last) for the chosen terms of one h, in order: l from first to last.
template <class Visit>
void for_each_row(const Grid& grid, const ReciprocalMetric& metric, double d_min, long h,
                  const Visit& visit) {
  const double limit = (1 + 1e-6) / (d_min * d_min);
  const long k_last = last_index(grid.shape[1]), l_last = last_index(grid.shape[0]);
  const double step = metric.s_vector(0, 0, 1)[2];
  for (long k = -k_last; k <= k_last; ++k) {
    const auto hd = static_cast<double>(h), kd = static_cast<double>(k);
    if (metric.least_s_squared(hd, kd) > limit) continue;
    const bool takes_l0 = h > 0 || (h == 0 && k > 0);
    const long l_first = takes_l0 ? 0 : 1;
    if (l_first > l_last) continue;
    const auto is_within = [&](long l) {
      return metric.s_squared(hd, kd, static_cast<double>(l)) <= limit;
    };
    // s grows on either side of its smallest value: no term between the ends need be looked
    // at.
    const double smallest = -metric.s_vector(hd, kd, 0)[2] / step;
    const long middle = smallest > static_cast<double>(l_first)
                            ? std::lround(std::min(smallest, static_cast<double>(l_last)))
                            : l_first;
    if (!is_within(middle)) continue;
    visit(k, farthest(middle, l_first, is_within), farthest(middle, l_last, is_within));
  }
}

// Number of terms of each h from -last to last.
std::vector<std::size_t> count_by_h(const Grid& grid, double d_min, int threads) {
  require_positive("d_min", d_min, " Å");
  const ReciprocalMetric metric(grid.cell);
  const long h_last = last_index(grid.shape[2]);
  std::vector<std::size_t> counts(static_cast<std::size_t>(2 * h_last + 1), 0);
  for_each_index(counts.size(), threads, [&](std::size_t i) {
    std::size_t count = 0;
    for_each_row(grid, metric, d_min, static_cast<long>(i) - h_last,
                 [&](long, long first, long last) {
                   count += static_cast<std::size_t>(last - first + 1);
                 });
    counts[i] = count;
  });
  return counts;
}

}  // namespace

std::size_t count_reflections(const Grid& grid, double d_min, int threads) {
  std::size_t total = 0;
  for (std::size_t count : count_by_h(grid, d_min, threads)) total += count;
  return total;
}

std::vector<float> list_reflections(View3<const std::complex<float>> f, const Grid& grid,
                                    double d_min, int threads) {
  require_array("coefficients", f, grid.half_complex_shape());
  const auto counts = count_by_h(grid, d_min, threads);
  std::vector<std::size_t> first(counts.size() + 1, 0);
  for (std::size_t i = 0; i < counts.size(); ++i) first[i + 1] = first[i] + counts[i];
  std::vector<float> rows(first.back() * kReflectionColumns);
  const ReciprocalMetric metric(grid.cell);
  const long h_last = last_index(grid.shape[2]);
  const auto scale = static_cast<float>(grid.cell.volume() / static_cast<double>(grid.size()));
  constexpr float degrees = 57.29577951308232f;
  for_each_index(counts.size(), threads, [&](std::size_t i) {
    const long h = static_cast<long>(i) - h_last;
    // A term with h < 0 is stored as its mate; ours are conjugate to the stored ones.
    const long sense = h < 0 ? -1 : 1;
    float* row = rows.data() + first[i] * kReflectionColumns;
    for_each_row(grid, metric, d_min, h, [&](long k, long l_first, long l_last) {
      for (long l = l_first; l <= l_last; ++l) {
        const std::complex<float> value =
            f(wrapped(sense * l, grid.shape[0]), wrapped(sense * k, grid.shape[1]),
              static_cast<std::size_t>(sense * h));
        row[0] = static_cast<float>(h);
        row[1] = static_cast<float>(k);
        row[2] = static_cast<float>(l);
        row[3] = scale * std::abs(value);
        row[4] = -static_cast<float>(sense) * degrees * std::arg(value);
        row += kReflectionColumns;
      }
    });
  });
  return rows;
}

}  // namespace map_sharpening
