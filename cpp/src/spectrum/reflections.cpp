#include "map_sharpening/reflections.hpp"

#include <cmath>

#include "base/check.hpp"
#include "base/parallel.hpp"

namespace map_sharpening {
namespace {

// Largest index whose sign is defined.
long last_index(std::size_t n) { return static_cast<long>((n - 1) / 2); }

// Calls visit(k, l) for the chosen terms of one h, in order.
template <class Visit>
void for_each_term(const Grid& grid, const ReciprocalMetric& metric, double d_min, long h,
                   const Visit& visit) {
  const double limit = (1 + 1e-6) / (d_min * d_min);
  const long k_last = last_index(grid.shape[1]), l_last = last_index(grid.shape[0]);
  for (long k = -k_last; k <= k_last; ++k) {
    const auto hd = static_cast<double>(h), kd = static_cast<double>(k);
    if (metric.least_s_squared(hd, kd) > limit) continue;
    const bool takes_l0 = h > 0 || (h == 0 && k > 0);
    for (long l = takes_l0 ? 0 : 1; l <= l_last; ++l)
      if (metric.s_squared(hd, kd, static_cast<double>(l)) <= limit) visit(k, l);
  }
}

// Number of terms of each h from -last to last.
std::vector<std::size_t> count_by_h(const Grid& grid, double d_min, int threads) {
  require(d_min > 0, "d_min is ", d_min, " Å; it must be above 0");
  const ReciprocalMetric metric(grid.cell);
  const long h_last = last_index(grid.shape[2]);
  std::vector<std::size_t> counts(static_cast<std::size_t>(2 * h_last + 1), 0);
  for_each_index(counts.size(), threads, [&](std::size_t i) {
    std::size_t count = 0;
    for_each_term(grid, metric, d_min, static_cast<long>(i) - h_last,
                  [&](long, long) { ++count; });
    counts[i] = count;
  });
  return counts;
}

std::size_t place(long index, std::size_t n) {
  return static_cast<std::size_t>(index < 0 ? index + static_cast<long>(n) : index);
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
    for_each_term(grid, metric, d_min, h, [&](long k, long l) {
      const std::complex<float> value =
          f(place(sense * l, grid.shape[0]), place(sense * k, grid.shape[1]),
            static_cast<std::size_t>(sense * h));
      row[0] = static_cast<float>(h);
      row[1] = static_cast<float>(k);
      row[2] = static_cast<float>(l);
      row[3] = scale * std::abs(value);
      row[4] = -static_cast<float>(sense) * degrees * std::arg(value);
      row += kReflectionColumns;
    });
  });
  return rows;
}

}  // namespace map_sharpening
