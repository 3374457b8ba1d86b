#include "map_sharpening/regions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <numeric>

#include "base/check.hpp"
#include "base/parallel.hpp"
#include "fourier/simd/kernels.hpp"

namespace map_sharpening {
namespace {

// visit(x) for each value above the level.  Most pieces of most rows hold none, which is seen
// at one look.
template <class Visit>
void for_each_above(const float* values, std::size_t n, float level, const Visit& visit) {
  constexpr std::size_t kPiece = 16;
  for (std::size_t from = 0; from < n; from += kPiece) {
    const std::size_t end = std::min(n, from + kPiece);
    int any = 0;
    for (std::size_t x = from; x < end; ++x) any |= values[x] > level ? 1 : 0;
    if (any == 0) continue;
    for (std::size_t x = from; x < end; ++x)
      if (values[x] > level) visit(x);
  }
}

// The rows of a part of a map, counted from the part's own first point.
class PartRows {
 public:
  PartRows(View3<const float> map, const MapPart& part) : map_(map), mask_(part.mask) {
    require(map.size() > 0, "map has shape ", text_of_shape(map.shape),
            "; expected at least one point along each axis");
    if (!mask_.empty()) require_shape("mask", mask_.shape, map.shape);
    shape_ = map.shape;
    if (!part.box) return;
    const Shape& first = part.box->first;
    const Shape& last = part.box->last;
    for (std::size_t i = 0; i < 3; ++i)
      require(first[i] <= last[i] && last[i] < map.shape[i], "box goes from ",
              text_of_shape(first), " to ", text_of_shape(last),
              "; expected points of a map of shape ", text_of_shape(map.shape));
    first_ = first;
    for (std::size_t i = 0; i < 3; ++i) shape_[i] = last[i] - first[i] + 1;
  }

  const Shape& shape() const { return shape_; }
  bool has_mask() const { return !mask_.empty(); }
  const float* row(std::size_t z, std::size_t y) const {
    return map_.row(z + first_[0], y + first_[1]) + first_[2];
  }
  const float* mask_row(std::size_t z, std::size_t y) const {
    return mask_.row(z + first_[0], y + first_[1]) + first_[2];
  }
  /// Place of a voxel in the order of the whole map.
  std::size_t place(std::size_t z, std::size_t y, std::size_t x) const {
    return ((z + first_[0]) * map_.shape[1] + y + first_[1]) * map_.shape[2] + x + first_[2];
  }

  /// visit(values, count) for each row of a plane, masked voxels left out.
  /// @param scratch  room for a row.
  template <class Visit>
  void for_each_row(std::size_t z, float* scratch, const Visit& visit) const {
    for (std::size_t y = 0; y < shape_[1]; ++y) visit_row(z, y, scratch, visit);
  }
  template <class Visit>
  void visit_row(std::size_t z, std::size_t y, float* scratch, const Visit& visit) const {
    const float* values = row(z, y);
    if (!has_mask()) {
      visit(values, shape_[2]);
      return;
    }
    std::size_t count = 0;
    for_each_above(mask_row(z, y), shape_[2], 0.5f,
                   [&](std::size_t x) { scratch[count++] = values[x]; });
    visit(scratch, count);
  }

 private:
  View3<const float> map_, mask_;
  Shape first_{0, 0, 0}, shape_{0, 0, 0};
};

// Sums of powers of deviations from the mean of `count` values.
struct Powers {
  double count = 0, mean = 0, second = 0, third = 0, fourth = 0;

  // Pébay 2008, Sandia report SAND2008-6212.
  void add(const Powers& other) {
    if (other.count == 0) return;
    const double n_a = count, n_b = other.count, n = n_a + n_b;
    const double delta = other.mean - mean, step = delta / n;
    const double cross = delta * step * n_a * n_b;
    fourth += other.fourth + cross * step * step * (n_a * n_a - n_a * n_b + n_b * n_b) +
              6 * step * step * (n_a * n_a * other.second + n_b * n_b * second) +
              4 * step * (n_a * other.third - n_b * third);
    third += other.third + cross * step * (n_a - n_b) +
             3 * step * (n_a * other.second - n_b * second);
    second += other.second + cross;
    mean += step * n_b;
    count = n;
  }
};

Powers powers_of_plane(const PartRows& rows, std::size_t z, float* scratch) {
  const Kernels<float>& kernel = kernels<float>();
  Lanes sum;
  double count = 0;
  rows.for_each_row(z, scratch, [&](const float* values, std::size_t n) {
    count += static_cast<double>(n);
    kernel.add_values(values, n, sum);
  });
  Powers powers;
  if (count == 0) return powers;
  powers.count = count;
  powers.mean = sum.sum() / count;
  Lanes second, third, fourth;
  rows.for_each_row(z, scratch, [&](const float* values, std::size_t n) {
    kernel.add_powers(values, n, powers.mean, second, third, fourth);
  });
  powers.second = second.sum();
  powers.third = third.sum();
  powers.fourth = fourth.sum();
  return powers;
}

Powers powers_of(const PartRows& rows, int threads) {
  const Shape& shape = rows.shape();
  const auto n_threads = static_cast<std::size_t>(thread_count(threads));
  std::vector<float> scratch(n_threads * shape[2]);
  std::vector<Powers> by_plane(shape[0]);
  for_each_index(shape[0], threads, [&](std::size_t z) {
    const auto mine = static_cast<std::size_t>(thread_index()) * shape[2];
    by_plane[z] = powers_of_plane(rows, z, scratch.data() + mine);
  });
  Powers total;
  for (const Powers& powers : by_plane) total.add(powers);
  return total;
}

double skewness_of(const Powers& total) {
  const double variance = total.second / total.count;
  return variance > 0 ? total.third / total.count / std::pow(variance, 1.5) : 0;
}

CentralMoments moments_of(const PartRows& rows, int threads) {
  const Powers total = powers_of(rows, threads);
  require(total.count > 0, "mask has no value above 0.5 in the part; expected at least one");
  CentralMoments moments;
  moments.count = static_cast<std::size_t>(total.count);
  moments.mean = total.mean;
  moments.variance = total.second / total.count;
  moments.skewness = skewness_of(total);
  if (moments.variance > 0)
    moments.kurtosis = total.fourth / total.count / (moments.variance * moments.variance);
  return moments;
}

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
    const auto thread = static_cast<std::size_t>(thread_index());
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

float level_of(const PartRows& rows, std::size_t n_above, std::size_t n_voxels, int threads) {
  const std::size_t nz = rows.shape()[0], nx = rows.shape()[2];
  std::vector<float> scratch(static_cast<std::size_t>(thread_count(threads)) * nx);
  const auto visit_plane = [&](std::size_t z, std::size_t thread, const auto& use) {
    rows.for_each_row(z, scratch.data() + thread * nx, use);
  };
  // Few values come into question.  Whether the guess was good is seen by their number.
  constexpr std::size_t kShareWorthListing = 4;
  if (n_above < n_voxels / kShareWorthListing) {
    const float low = lower_level(rows, n_above, n_voxels);
    std::vector<std::vector<float>> candidates(nz);
    for_each_index(nz, threads, [&](std::size_t z) {
      visit_plane(z, static_cast<std::size_t>(thread_index()),
                  [&](const float* values, std::size_t n) {
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

std::size_t count_above(const PartRows& rows, float level, int threads) {
  const Shape& shape = rows.shape();
  std::vector<float> scratch(static_cast<std::size_t>(thread_count(threads)) * shape[2]);
  std::vector<std::size_t> by_plane(shape[0]);
  for_each_index(shape[0], threads, [&](std::size_t z) {
    std::size_t above = 0;
    const auto mine = static_cast<std::size_t>(thread_index()) * shape[2];
    rows.for_each_row(z, scratch.data() + mine, [&](const float* values, std::size_t n) {
      for (std::size_t x = 0; x < n; ++x) above += values[x] > level ? 1 : 0;
    });
    by_plane[z] = above;
  });
  return std::accumulate(by_plane.begin(), by_plane.end(), std::size_t{0});
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

// Voxels next to each other along x, ends included.
struct Run {
  std::uint32_t first, last;
  std::size_t size() const { return std::size_t{last} - first + 1; }
};

void list_runs(const float* values, const float* mask, std::size_t n, float level,
               std::vector<Run>& runs) {
  const std::size_t before = runs.size();
  for_each_above(values, n, level, [&](std::size_t x) {
    if (mask != nullptr && !(mask[x] > 0.5f)) return;
    const auto place = static_cast<std::uint32_t>(x);
    if (runs.size() > before && runs.back().last + 1 == place)
      runs.back().last = place;
    else
      runs.push_back({place, place});
  });
}

struct RowOfRuns {
  std::uint32_t z, y;
  Run run;
};

// Runs of all rows in memory order, and which region each belongs to.
//
// Regions are numbered in memory order of their first voxels.
class LabelledRuns {
 public:
  LabelledRuns(const PartRows& rows, float level, Connectivity connectivity, bool periodic,
               int threads)
      : shape_(rows.shape()), connectivity_(connectivity), periodic_(periodic) {
    list(rows, level, threads);
    join(threads);
    label();
  }

  std::size_t n_regions() const { return volumes_.size(); }
  const std::vector<std::size_t>& volumes() const { return volumes_; }

  /// visit(z, y, run, region) for each run in memory order.
  template <class Visit>
  void for_each_run(const Visit& visit) const {
    for (std::size_t row = 0; row + 1 < row_start_.size(); ++row)
      for (std::size_t i = row_start_[row]; i < row_start_[row + 1]; ++i)
        visit(row / shape_[1], row % shape_[1], runs_[i], labels_[i]);
  }

  /// The `count` largest regions, largest first; equal ones in memory order.
  std::vector<std::uint32_t> largest(std::size_t count) const {
    std::vector<std::uint32_t> order(n_regions());
    std::iota(order.begin(), order.end(), 0u);
    const auto end =
        order.begin() + static_cast<std::ptrdiff_t>(std::min(count, order.size()));
    std::partial_sort(order.begin(), end, order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return volumes_[a] != volumes_[b] ? volumes_[a] > volumes_[b] : a < b;
    });
    order.erase(end, order.end());
    return order;
  }

  /// The runs of some regions, in memory order.
  std::vector<std::vector<RowOfRuns>> runs_of(
      const std::vector<std::uint32_t>& regions) const {
    std::vector<std::vector<RowOfRuns>> result(regions.size());
    std::vector<std::uint32_t> rank(n_regions(), static_cast<std::uint32_t>(regions.size()));
    for (std::size_t i = 0; i < regions.size(); ++i)
      rank[regions[i]] = static_cast<std::uint32_t>(i);
    for_each_run([&](std::size_t z, std::size_t y, const Run& run, std::uint32_t region) {
      if (rank[region] < regions.size())
        result[rank[region]].push_back(
            {static_cast<std::uint32_t>(z), static_cast<std::uint32_t>(y), run});
    });
    return result;
  }

 private:
  void list(const PartRows& rows, float level, int threads) {
    const std::size_t nz = shape_[0], ny = shape_[1];
    std::vector<std::vector<Run>> by_plane(nz);
    std::vector<std::size_t> count(nz * ny);
    for_each_index(nz, threads, [&](std::size_t z) {
      for (std::size_t y = 0; y < ny; ++y) {
        const std::size_t before = by_plane[z].size();
        list_runs(rows.row(z, y), rows.has_mask() ? rows.mask_row(z, y) : nullptr, shape_[2],
                  level, by_plane[z]);
        count[z * ny + y] = by_plane[z].size() - before;
      }
    });
    row_start_.assign(nz * ny + 1, 0);
    std::partial_sum(count.begin(), count.end(), row_start_.begin() + 1);
    require(row_start_.back() < std::numeric_limits<std::uint32_t>::max(), "level leaves ",
            row_start_.back(), " runs of voxels above it; give a higher level");
    runs_.resize(row_start_.back());
    for_each_index(nz, threads, [&](std::size_t z) {
      std::copy(by_plane[z].begin(), by_plane[z].end(),
                runs_.begin() + static_cast<std::ptrdiff_t>(row_start_[z * ny]));
    });
  }

  std::uint32_t root(std::uint32_t i) {
    while (parent_[i] != i) {
      parent_[i] = parent_[parent_[i]];
      i = parent_[i];
    }
    return i;
  }

  // The earlier root stays one: the outcome does not depend on the order of the joins.
  void join_runs(std::size_t i, std::size_t j) {
    const std::uint32_t a = root(static_cast<std::uint32_t>(i));
    const std::uint32_t b = root(static_cast<std::uint32_t>(j));
    parent_[std::max(a, b)] = std::min(a, b);
  }

  // Joins runs of two rows that share an x, or have neighbouring ones if `reach` is 1.
  void join_rows(std::size_t row_a, std::size_t row_b, std::uint32_t reach) {
    std::size_t a = row_start_[row_a], b = row_start_[row_b];
    const std::size_t end_a = row_start_[row_a + 1], end_b = row_start_[row_b + 1];
    if (a == end_a || b == end_b) return;
    if (periodic_ && reach == 1) {
      const std::size_t last_x = shape_[2] - 1;
      if (runs_[a].first == 0 && runs_[end_b - 1].last == last_x) join_runs(a, end_b - 1);
      if (runs_[b].first == 0 && runs_[end_a - 1].last == last_x) join_runs(b, end_a - 1);
    }
    while (a < end_a && b < end_b) {
      if (runs_[a].first <= runs_[b].last + reach && runs_[b].first <= runs_[a].last + reach)
        join_runs(a, b);
      if (runs_[a].last < runs_[b].last)
        ++a;
      else
        ++b;
    }
  }

  void join_within_plane(std::size_t z) {
    const std::size_t ny = shape_[1];
    const std::uint32_t reach = connectivity_ == Connectivity::faces ? 0 : 1;
    for (std::size_t y = 0; y < ny; ++y) {
      const std::size_t row = z * ny + y;
      // Across the face along x: face neighbours in one row.
      if (periodic_ && row_start_[row] < row_start_[row + 1] &&
          runs_[row_start_[row]].first == 0 &&
          runs_[row_start_[row + 1] - 1].last + 1 == shape_[2])
        join_runs(row_start_[row], row_start_[row + 1] - 1);
      if (y > 0) join_rows(row, row - 1, reach);
    }
    if (periodic_) join_rows(z * ny, z * ny + ny - 1, reach);
  }

  void join_planes(std::size_t z_a, std::size_t z_b) {
    const std::size_t ny = shape_[1];
    const std::uint32_t reach = connectivity_ == Connectivity::faces ? 0 : 1;
    const std::uint32_t diagonal_reach = connectivity_ == Connectivity::corners ? 1 : 0;
    for (std::size_t y = 0; y < ny; ++y) {
      const std::size_t row = z_a * ny + y;
      join_rows(row, z_b * ny + y, reach);
      if (connectivity_ == Connectivity::faces) continue;
      if (y > 0 || periodic_) join_rows(row, z_b * ny + (y + ny - 1) % ny, diagonal_reach);
      if (y + 1 < ny || periodic_) join_rows(row, z_b * ny + (y + 1) % ny, diagonal_reach);
    }
  }

  // Blocks of planes side by side, each with runs of its own; then the blocks' borders.
  void join(int threads) {
    parent_.resize(runs_.size());
    std::iota(parent_.begin(), parent_.end(), 0u);
    const std::size_t nz = shape_[0];
    const std::size_t n_blocks =
        std::min(nz, 4 * static_cast<std::size_t>(thread_count(threads)));
    for_each_index(n_blocks, threads, [&](std::size_t block) {
      const std::size_t from = block * nz / n_blocks, to = (block + 1) * nz / n_blocks;
      for (std::size_t z = from; z < to; ++z) {
        join_within_plane(z);
        if (z > from) join_planes(z, z - 1);
      }
    });
    for (std::size_t block = 1; block < n_blocks; ++block) {
      const std::size_t z = block * nz / n_blocks;
      join_planes(z, z - 1);
    }
    if (periodic_) join_planes(0, nz - 1);
  }

  void label() {
    labels_.resize(runs_.size());
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const bool is_root = parent_[i] == i;
      labels_[i] = is_root ? static_cast<std::uint32_t>(volumes_.size()) : labels_[parent_[i]];
      if (is_root) volumes_.push_back(0);
      volumes_[labels_[i]] += runs_[i].size();
    }
    parent_ = {};
  }

  Shape shape_;
  Connectivity connectivity_;
  bool periodic_;
  std::vector<Run> runs_;
  std::vector<std::size_t> row_start_;  // by row: its first run
  std::vector<std::uint32_t> parent_;   // while joining: an earlier run of the same region
  std::vector<std::uint32_t> labels_;
  std::vector<std::size_t> volumes_;  // by label
};

// Bits of a row of voxels.
constexpr std::size_t kWordBits = 64;

std::size_t count_bits(std::uint64_t word) {
  word -= (word >> 1) & 0x5555555555555555u;
  word = (word & 0x3333333333333333u) + ((word >> 2) & 0x3333333333333333u);
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
  return static_cast<std::size_t>((word * 0x0101010101010101u) >> 56);
}

void set_bits(std::uint64_t* words, std::size_t first, std::size_t last) {
  for (std::size_t word = first / kWordBits; word <= last / kWordBits; ++word) {
    const std::size_t start = word * kWordBits;
    const std::size_t low = std::max(first, start) - start;
    const std::size_t high = std::min(last, start + kWordBits - 1) - start;
    words[word] |= (~std::uint64_t{0} >> (kWordBits - 1 - (high - low))) << low;
  }
}

// The points of an axis where a region or its surface may lie.
struct Window {
  std::size_t from = 0, count = 0;
  bool is_ring = false;  // the whole axis, its ends being neighbours

  Window(std::size_t first, std::size_t last, std::size_t n, bool periodic) {
    is_ring = periodic && (first == 0 || last + 1 == n);
    from = is_ring || first == 0 ? 0 : first - 1;
    count = (is_ring || last + 1 == n ? n : last + 2) - from;
  }
  /// visit(i) for i and its neighbours; one of them may come twice.
  template <class Visit>
  void for_each_neighbour(std::size_t i, const Visit& visit) const {
    visit(i);
    if (i > 0 || is_ring) visit((i + count - 1) % count);
    if (i + 1 < count || is_ring) visit((i + 1) % count);
  }
};

// `inside` (may be null) tells which voxels count.
std::size_t surface_of(const std::vector<RowOfRuns>& region, const Shape& shape, bool periodic,
                       const PartRows* inside, int threads) {
  if (region.empty()) return 0;
  std::size_t volume = 0;
  std::size_t first[3] = {region.front().z, shape[1], shape[2]};
  std::size_t last[3] = {region.back().z, 0, 0};
  for (const RowOfRuns& part : region) {
    volume += part.run.size();
    first[1] = std::min<std::size_t>(first[1], part.y);
    last[1] = std::max<std::size_t>(last[1], part.y);
    first[2] = std::min<std::size_t>(first[2], part.run.first);
    last[2] = std::max<std::size_t>(last[2], part.run.last);
  }
  const Window wz(first[0], last[0], shape[0], periodic);
  const Window wy(first[1], last[1], shape[1], periodic);
  const Window wx(first[2], last[2], shape[2], periodic);
  const std::size_t row_words = (wx.count + kWordBits - 1) / kWordBits;
  const std::size_t plane_words = row_words * wy.count;
  // A team of threads costs more than a small region.
  const int team = plane_words * wz.count > 10000 ? threads : 1;

  // Each plane widened by one along x and y.
  std::vector<std::uint64_t> widened(plane_words * wz.count);
  std::vector<std::uint64_t> along_x(static_cast<std::size_t>(thread_count(team)) *
                                     plane_words);
  for_each_index(wz.count, team, [&](std::size_t i) {
    const auto by_z = [](const RowOfRuns& part, std::size_t z) { return part.z < z; };
    auto part = std::lower_bound(region.begin(), region.end(), wz.from + i, by_z);
    if (part == region.end() || part->z != wz.from + i) return;
    std::uint64_t* plane =
        along_x.data() + static_cast<std::size_t>(thread_index()) * plane_words;
    std::fill(plane, plane + plane_words, 0);
    for (; part != region.end() && part->z == wz.from + i; ++part) {
      std::uint64_t* row = plane + (part->y - wy.from) * row_words;
      const std::size_t a = part->run.first - wx.from, b = part->run.last - wx.from;
      set_bits(row, a > 0 ? a - 1 : 0, std::min(b + 1, wx.count - 1));
      if (wx.is_ring && a == 0) set_bits(row, wx.count - 1, wx.count - 1);
      if (wx.is_ring && b + 1 == wx.count) set_bits(row, 0, 0);
    }
    std::uint64_t* out = widened.data() + i * plane_words;
    for (std::size_t y = 0; y < wy.count; ++y)
      wy.for_each_neighbour(y, [&](std::size_t neighbour) {
        for (std::size_t word = 0; word < row_words; ++word)
          out[y * row_words + word] |= plane[neighbour * row_words + word];
      });
  });

  std::vector<std::size_t> by_plane(wz.count);
  for_each_index(wz.count, team, [&](std::size_t i) {
    std::size_t count = 0;
    for (std::size_t y = 0; y < wy.count; ++y) {
      const float* mask = inside != nullptr && inside->has_mask()
                              ? inside->mask_row(wz.from + i, wy.from + y) + wx.from
                              : nullptr;
      for (std::size_t word = 0; word < row_words; ++word) {
        std::uint64_t bits = 0;
        wz.for_each_neighbour(i, [&](std::size_t neighbour) {
          bits |= widened[neighbour * plane_words + y * row_words + word];
        });
        if (bits != 0 && mask != nullptr) {
          const std::size_t start = word * kWordBits;
          const std::size_t end = std::min(wx.count, start + kWordBits);
          for (std::size_t x = start; x < end; ++x)
            if (!(mask[x] > 0.5f)) bits &= ~(std::uint64_t{1} << (x - start));
        }
        count += count_bits(bits);
      }
    }
    by_plane[i] = count;
  });
  return std::accumulate(by_plane.begin(), by_plane.end(), std::size_t{0}) - volume;
}

void require_not_periodic_box(bool periodic, const MapPart& part) {
  require(!(periodic && part.box),
          "a box is given for periodic regions; leave out one of both");
}

void require_score_options(const ScoreOptions& options) {
  const auto is_share = [](double value) { return value >= 0 && value <= 1; };
  require_not_periodic_box(options.periodic, options.part);
  require(!options.solvent_fraction || is_share(*options.solvent_fraction),
          "solvent_fraction is ", options.solvent_fraction.value_or(0),
          "; expected a value from 0 to 1");
  require(is_share(options.fraction_occupied) && options.fraction_occupied > 0,
          "fraction_occupied is ", options.fraction_occupied,
          "; expected a value above 0, up to 1");
  require(options.sa_percent > 0 && options.sa_percent <= 100, "sa_percent is ",
          options.sa_percent, "; expected a value above 0, up to 100");
  require(std::isfinite(options.region_weight), "region_weight is ", options.region_weight,
          "; expected a number");
}

}  // namespace

CentralMoments central_moments(View3<const float> map, const MapPart& part, int threads) {
  return moments_of(PartRows(map, part), threads);
}

float contour_level(View3<const float> map, std::size_t n_above, const MapPart& part,
                    int threads) {
  const PartRows rows(map, part);
  const std::size_t count = moments_of(rows, threads).count;
  require(n_above < count, "n_above is ", n_above, "; expected fewer than the ", count,
          " voxels there are");
  return level_of(rows, n_above, count, threads);
}

Regions connected_regions(View3<const float> map, float level, Connectivity connectivity,
                          bool periodic, const MapPart& part, std::size_t n_listed,
                          int threads) {
  require_not_periodic_box(periodic, part);
  const PartRows rows(map, part);
  const LabelledRuns labelled(rows, level, connectivity, periodic, threads);
  const auto order = labelled.largest(labelled.n_regions());
  Regions regions;
  std::vector<std::size_t> first_voxels(order.size());
  std::vector<char> is_seen(order.size());
  labelled.for_each_run(
      [&](std::size_t z, std::size_t y, const Run& run, std::uint32_t region) {
        if (is_seen[region] == 0) first_voxels[region] = rows.place(z, y, run.first);
        is_seen[region] = 1;
      });
  for (const std::uint32_t region : order) {
    regions.volumes.push_back(labelled.volumes()[region]);
    regions.first_voxels.push_back(first_voxels[region]);
  }
  const auto n = static_cast<std::ptrdiff_t>(std::min(n_listed, order.size()));
  for (const auto& runs : labelled.runs_of({order.begin(), order.begin() + n})) {
    std::vector<std::size_t> voxels;
    for (const RowOfRuns& row : runs)
      for (std::size_t x = row.run.first; x <= row.run.last; ++x)
        voxels.push_back(rows.place(row.z, row.y, x));
    regions.voxels.push_back(std::move(voxels));
  }
  return regions;
}

std::size_t surface_area(const std::vector<std::size_t>& voxels, const Shape& shape,
                         bool periodic, int threads) {
  const std::size_t plane = shape[1] * shape[2];
  std::vector<RowOfRuns> runs;
  for (std::size_t i = 0; i < voxels.size(); ++i) {
    require(i == 0 || voxels[i] > voxels[i - 1], "voxels have ", voxels[i], " at place ", i,
            "; expected increasing places in the map");
    require(voxels[i] < shape[0] * plane, "voxels have ", voxels[i],
            "; expected places in a map of shape ", text_of_shape(shape));
    const auto z = static_cast<std::uint32_t>(voxels[i] / plane);
    const auto y = static_cast<std::uint32_t>(voxels[i] % plane / shape[2]);
    const auto x = static_cast<std::uint32_t>(voxels[i] % shape[2]);
    if (!runs.empty() && runs.back().z == z && runs.back().y == y &&
        runs.back().run.last + 1 == x)
      runs.back().run.last = x;
    else
      runs.push_back({z, y, {x, x}});
  }
  return surface_of(runs, shape, periodic, nullptr, threads);
}

MapScore score_map(View3<const float> map, const ScoreOptions& options, int threads) {
  require_score_options(options);
  const PartRows rows(map, options.part);
  const CentralMoments moments = moments_of(rows, threads);
  if (!std::isfinite(moments.variance))
    throw UnusableDataError("map holds values that are not finite; expected numbers");
  if (!(moments.variance > 0))
    throw UnusableDataError(
        text_of("map is constant (", moments.mean, "); expected density to score"));
  MapScore score;
  score.kurtosis = moments.kurtosis;
  score.n_voxels = moments.count;
  score.mean = moments.mean;
  score.standard_deviation = std::sqrt(moments.variance);
  if (!options.molecule.empty()) {
    const Powers inside =
        powers_of(PartRows(map, {options.part.box, options.molecule}), threads);
    if (inside.count > 0) score.skewness = skewness_of(inside);
  }
  if (!options.solvent_fraction) return score;

  const double molecule = 1 - std::clamp(*options.solvent_fraction, 0.001, 0.999);
  const double wanted =
      static_cast<double>(moments.count) * options.fraction_occupied * molecule;
  const auto n_wanted = static_cast<std::size_t>(wanted);
  const float level = options.level_rule == LevelRule::exact
                          ? level_of(rows, n_wanted, moments.count, threads)
                          : bisected_level(rows, moments, n_wanted, threads);
  score.level = static_cast<double>(level);
  score.level_in_sd = (score.level - score.mean) / score.standard_deviation;

  const LabelledRuns labelled(rows, level, options.connectivity, options.periodic, threads);
  score.n_regions = labelled.n_regions();
  score.n_above =
      std::accumulate(labelled.volumes().begin(), labelled.volumes().end(), std::size_t{0});
  score.normalized_regions = static_cast<double>(score.n_regions) / std::max(1.0, wanted);
  if (score.n_regions == 0) {
    score.adjusted_surface_area = -std::numeric_limits<double>::infinity();
    return score;
  }
  auto tested = labelled.largest(options.max_regions_to_test + 1);
  std::size_t volume = 0, n_tested = 0;
  while (n_tested < tested.size() &&
         static_cast<double>(volume) < options.sa_percent / 100 * wanted)
    volume += labelled.volumes()[tested[n_tested++]];
  tested.resize(n_tested);
  std::size_t surface = 0;
  for (const auto& runs : labelled.runs_of(tested))
    surface += surface_of(runs, rows.shape(), options.periodic, &rows, threads);
  score.n_regions_tested = n_tested;
  score.surface_ratio =
      static_cast<double>(surface) / static_cast<double>(std::max<std::size_t>(1, volume));
  score.adjusted_surface_area =
      score.surface_ratio - options.region_weight * score.normalized_regions;
  return score;
}

RegionWeight fit_region_weight(const MapScore& sharp, const MapScore& middle,
                               const MapScore& blurred, RegionWeightRule rule, double factor,
                               double buffer) {
  constexpr double least = 1e-10, least_fall = 0.001;
  const auto fall = [](double high, double low, double at_least) {
    return std::max(at_least, high - low);
  };
  RegionWeight result;
  result.by_difference = factor * (sharp.surface_ratio - blurred.surface_ratio) /
                         fall(sharp.normalized_regions, blurred.normalized_regions, least);
  result.by_ratio = factor * sharp.surface_ratio / std::max(least, sharp.normalized_regions);
  result.upper_bound = std::max(
      least, (middle.surface_ratio - blurred.surface_ratio) /
                 fall(middle.normalized_regions, blurred.normalized_regions, least_fall));
  result.lower_bound = std::max(
      least, (sharp.surface_ratio - middle.surface_ratio) /
                 fall(sharp.normalized_regions, middle.normalized_regions, least_fall));
  const double margin = buffer * std::max(0.0, result.upper_bound - result.lower_bound);
  result.lower_bound += margin;
  result.upper_bound -= margin;
  result.is_usable = sharp.surface_ratio >= blurred.surface_ratio &&
                     sharp.normalized_regions >= blurred.normalized_regions;
  const double free =
      rule == RegionWeightRule::by_difference ? result.by_difference : result.by_ratio;
  result.weight = result.lower_bound < result.upper_bound
                      ? std::clamp(free, result.lower_bound, result.upper_bound)
                      : free;
  result.is_bounded = result.weight != free;
  return result;
}

}  // namespace map_sharpening
