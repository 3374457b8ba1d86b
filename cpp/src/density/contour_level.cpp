#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <vector>

#include "base/check.hpp"
#include "base/parallel.hpp"
#include "density/part_statistics.hpp"

namespace map_sharpening {
namespace {

// Order of the keys is that of the values.
std::uint32_t key_of(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits ^ ((bits >> 31) != 0 ? 0xffffffffu : 0x80000000u);
}

float value_of(std::uint32_t key) {
  const std::uint32_t bits = key ^ ((key >> 31) != 0 ? 0x80000000u : 0xffffffffu);
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

constexpr std::size_t kDigits = std::size_t{1} << 16;

using Counts = std::vector<std::uint64_t>;

// Number of values by what `add(counts, values, n)` counts: whole numbers, in any order.
// `visit(item, thread, use)` calls use(values, n) for each row of an item.
template <class Visit, class Add>
Counts count_digits(std::size_t n_items, int threads, const Visit& visit, const Add& add) {
  std::vector<Counts> by_thread(static_cast<std::size_t>(thread_count(threads)),
                                Counts(kDigits));
  for_each_index(n_items, threads, [&](std::size_t item) {
    const std::size_t thread = thread_index();
    std::uint64_t* counts = by_thread[thread].data();
    visit(item, thread, [&](const float* values, std::size_t n) { add(counts, values, n); });
  });
  for (std::size_t i = 1; i < by_thread.size(); ++i)
    for (std::size_t digit = 0; digit < kDigits; ++digit)
      by_thread[0][digit] += by_thread[i][digit];
  return std::move(by_thread[0]);
}

// The digit of the value that `n_above` others exceed; those above the digit are taken off.
std::uint32_t take_digit(const Counts& counts, std::size_t& n_above) {
  std::uint32_t digit = kDigits - 1;
  while (digit > 0 && n_above >= counts[digit]) n_above -= counts[digit--];
  return digit;
}

// The (n_above + 1)th largest of all values: first its upper 16 bits, then the lower ones.
template <class Visit>
float select_value(std::size_t n_items, std::size_t n_above, int threads, const Visit& visit) {
  const Counts upper = count_digits(
      n_items, threads, visit, [](std::uint64_t* counts, const float* values, std::size_t n) {
        for (std::size_t x = 0; x < n; ++x) ++counts[key_of(values[x]) >> 16];
      });
  const std::uint32_t high = take_digit(upper, n_above);
  const Counts lower =
      count_digits(n_items, threads, visit,
                   [high](std::uint64_t* counts, const float* values, std::size_t n) {
                     for (std::size_t x = 0; x < n; ++x) {
                       const std::uint32_t key = key_of(values[x]);
                       if (key >> 16 == high) ++counts[key & (kDigits - 1)];
                     }
                   });
  return value_of(high << 16 | take_digit(lower, n_above));
}

// A level that, judged by a few rows, has somewhat more than `n_above` of `n_voxels` above it.
float lower_level(const PartRows& rows, std::size_t n_above, std::size_t n_voxels) {
  constexpr std::size_t kSample = 100000;
  const Shape& shape = rows.shape();
  const std::size_t n_rows = shape[0] * shape[1];
  const std::size_t stride = std::max<std::size_t>(1, n_rows * shape[2] / kSample) | 1;
  std::vector<float> scratch(shape[2]), sample;
  for (std::size_t row = stride / 2; row < n_rows; row += stride)
    rows.visit_row(row / shape[1], row % shape[1], scratch.data(),
                   [&](const float* values, std::size_t n) {
                     sample.insert(sample.end(), values, values + n);
                   });
  const double share =
      1.5 * static_cast<double>(n_above) / static_cast<double>(n_voxels) + 0.005;
  const auto place = static_cast<std::size_t>(share * static_cast<double>(sample.size()));
  if (place >= sample.size()) return -std::numeric_limits<float>::infinity();
  const auto nth = sample.begin() + static_cast<std::ptrdiff_t>(place);
  std::nth_element(sample.begin(), nth, sample.end(), std::greater<float>());
  return *nth;
}

std::size_t count_above(const PartRows& rows, float level, int threads) {
  const Shape& shape = rows.shape();
  std::vector<float> scratch(static_cast<std::size_t>(thread_count(threads)) * shape[2]);
  return sum_over<std::size_t>(shape[0], threads, [&](std::size_t z) {
    std::size_t above = 0;
    float* mine = scratch.data() + thread_index() * shape[2];
    rows.for_each_row(z, mine, [&](const float* values, std::size_t n) {
      for (std::size_t x = 0; x < n; ++x) above += values[x] > level ? 1 : 0;
    });
    return above;
  });
}

}  // namespace

float level_of(const PartRows& rows, std::size_t n_above, std::size_t n_voxels, int threads) {
  const std::size_t nz = rows.shape()[0], nx = rows.shape()[2];
  std::vector<float> scratch(static_cast<std::size_t>(thread_count(threads)) * nx);
  const auto visit_plane = [&](std::size_t z, std::size_t thread, const auto& use) {
    rows.for_each_row(z, scratch.data() + thread * nx, use);
  };
  // Few values remain.  Their number shows whether the guess was good.
  constexpr std::size_t kShareWorthListing = 4;
  if (n_above < n_voxels / kShareWorthListing) {
    const float low = lower_level(rows, n_above, n_voxels);
    std::vector<std::vector<float>> candidates(nz);
    for_each_index(nz, threads, [&](std::size_t z) {
      visit_plane(z, thread_index(), [&](const float* values, std::size_t n) {
        for_each_above(values, n, low,
                       [&](std::size_t x) { candidates[z].push_back(values[x]); });
      });
    });
    std::size_t n_candidates = 0;
    for (const auto& of_plane : candidates) n_candidates += of_plane.size();
    if (n_candidates > n_above)
      return select_value(nz, n_above, threads,
                          [&](std::size_t z, std::size_t, const auto& use) {
                            use(candidates[z].data(), candidates[z].size());
                          });
  }
  return select_value(nz, n_above, threads, visit_plane);
}

float bisected_level(const PartRows& rows, const CentralMoments& moments, std::size_t n_above,
                     int threads) {
  constexpr int n_halvings = 10;
  double low = static_cast<double>(level_of(rows, moments.count - 1, moments.count, threads));
  double high = static_cast<double>(level_of(rows, 0, moments.count, threads));
  double level = moments.mean;
  float best = 0;
  std::size_t least_missed = std::numeric_limits<std::size_t>::max();
  for (int i = 0; i < n_halvings; ++i) {
    const std::size_t above = count_above(rows, static_cast<float>(level), threads);
    const std::size_t missed = above > n_above ? above - n_above : n_above - above;
    if (missed < least_missed) {
      least_missed = missed;
      best = static_cast<float>(level);
    }
    if (missed == 0) break;
    (above > n_above ? low : high) = level;
    level = (level + (above > n_above ? high : low)) / 2;
  }
  return best;
}

float contour_level(View3<const float> map, std::size_t n_above, int threads) {
  const PartRows rows(map, {});
  const CentralMoments moments = moments_of(rows, threads);
  const std::size_t count = moments.count;
  require(std::isfinite(moments.variance),
          "map holds values that are not finite; expected numbers");
  require(n_above < count, "n_above is ", n_above, "; expected fewer than the ", count,
          " voxels there are");
  return level_of(rows, n_above, count, threads);
}

}  // namespace map_sharpening
