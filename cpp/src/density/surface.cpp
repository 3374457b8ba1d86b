#include "density/surface.hpp"

#include <algorithm>
#include <cstdint>

#include "base/grid_check.hpp"
#include "base/parallel.hpp"

namespace map_sharpening {
namespace {

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

}  // namespace

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
    std::uint64_t* plane = along_x.data() + thread_index() * plane_words;
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

  const auto count_in_plane = [&](std::size_t i) {
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
    return count;
  };
  return sum_over<std::size_t>(wz.count, team, count_in_plane) - volume;
}

std::size_t surface_area(const std::vector<std::size_t>& voxels, const Shape& shape,
                         bool periodic, int threads) {
  require_map_shape("map", shape);
  const std::size_t plane = shape[1] * shape[2];
  std::vector<RowOfRuns> runs;
  for (std::size_t i = 0; i < voxels.size(); ++i) {
    require(i == 0 || voxels[i] > voxels[i - 1], "voxels have ", voxels[i], " at place ", i,
            "; expected increasing places in the map");
    if (voxels[i] >= shape[0] * plane)
      throw std::invalid_argument(text_of("voxels have ", voxels[i],
                                          "; expected places in a map of shape ",
                                          text_of_shape(shape)));
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

}  // namespace map_sharpening
