// How much density modification changed each region, and what the other half map confirms.
#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

#include "base/check.hpp"
#include "base/coefficient_array.hpp"
#include "base/parallel.hpp"
#include "local/sphere_lattice.hpp"
#include "map_sharpening/density_modification.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/fourier.hpp"
#include "methods/density_modification/checks.hpp"
#include "methods/density_modification/masked_part.hpp"

namespace map_sharpening {
namespace {

// Edge of the blocks that sums are taken over, in standard deviations of the neighbourhood.
constexpr double kBlock = 0.75;
// Where the neighbourhood ends, in the same units.
constexpr double kFarthest = 3;

// What is summed in each block, times the mask: products of what is added to one half map, of
// the other, and of what the best filter of the first expects of it; squares of the
// contribution and of the mean of the halves.
enum Sum : std::size_t {
  kAddedOther,
  kAddedExpected,
  kExpectedOther,
  kExpectedSquare,
  kContribution,
  kMap,
  kCount
};

// Sums over blocks of grid points; those at the end of an axis may be smaller.
struct Blocks {
  Shape edge{1, 1, 1}, shape{0, 0, 0};
  std::array<std::vector<double>, kCount> sums;

  Blocks(const Grid& grid, double neighbourhood) {
    const std::array<double, 3> spacing = grid.spacing();  // x, y, z
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double points = kBlock * neighbourhood / spacing[2 - axis];
      edge[axis] = std::min(static_cast<std::size_t>(std::max(points, 1.0)), grid.shape[axis]);
      shape[axis] = (grid.shape[axis] + edge[axis] - 1) / edge[axis];
    }
    for (auto& each : sums) each.resize(size());
  }
  std::size_t size() const { return shape[0] * shape[1] * shape[2]; }
};

// Replace values by means over their neighbours along one axis, weighted by a Gaussian.
void smooth_along(std::size_t axis, const Shape& shape, double width,
                  std::vector<double>& values, int threads) {
  const auto radius = static_cast<std::ptrdiff_t>(std::ceil(kFarthest * width));
  std::vector<double> kernel;
  for (std::ptrdiff_t i = 0; i <= radius; ++i)
    kernel.push_back(std::exp(-0.5 * static_cast<double>(i * i) / (width * width)));
  const std::size_t n = shape[axis];
  const std::array<std::size_t, 3> strides{shape[1] * shape[2], shape[2], 1};
  const std::size_t across = axis == 0 ? 1 : 0, within = axis == 2 ? 1 : 2;
  for_each_index(shape[across], threads, [&](std::size_t i) {
    std::vector<double> line(n);
    for (std::size_t j = 0; j < shape[within]; ++j) {
      double* first = values.data() + i * strides[across] + j * strides[within];
      for (std::size_t k = 0; k < n; ++k) line[k] = first[k * strides[axis]];
      for (std::size_t k = 0; k < n; ++k) {
        const auto at = static_cast<std::ptrdiff_t>(k);
        const auto end = std::min(at + radius + 1, static_cast<std::ptrdiff_t>(n));
        double sum = 0;
        for (auto m = std::max<std::ptrdiff_t>(at - radius, 0); m < end; ++m)
          sum += kernel[static_cast<std::size_t>(std::abs(m - at))] *
                 line[static_cast<std::size_t>(m)];
        first[k * strides[axis]] = sum;
      }
    }
  });
}

class Supporter : private MaskedPart {
 public:
  Supporter(const Grid& box, const SupportMaps& maps, const ModificationFindings& found,
            const ModificationOptions& options)
      : MaskedPart(box, maps.mask, options, false),
        maps_(maps),
        neighbourhood_(kSupportNeighbourhood * options.d_min),
        linear_(found.linear),
        positive_(found.positive),
        own_(2 * grid_.size() > box.size() ? grid_.size() : 0),
        added_(maps.support.data, grid_.shape),
        expected_(own_.empty() ? maps.support.data + grid_.size() : own_.data(), grid_.shape),
        f_(grid_.half_complex_shape(), maps.work[0]),
        g_(grid_.half_complex_shape(), maps.work[1]) {
    for (const auto& values : {found.linear, found.positive, found.signal_share})
      require(values.size() == shells_.count, "found has ", values.size(),
              " weights; expected ", shells_.count, ", those that modify_density found");
    for (double& weight : linear_) weight -= 1;
    // A half map holds a smaller share of signal than the mean.
    for (const double share : found.signal_share) slope_.push_back(share / (2 - share));
  }

  SupportFindings find() {
    Blocks blocks(grid_, neighbourhood_);
    judge(maps_.half_1, maps_.half_2, blocks);
    judge(maps_.half_2, maps_.half_1, blocks);
    add_contribution(blocks);
    const std::array<double, 3> spacing = grid_.spacing();
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double width =
          neighbourhood_ / (spacing[2 - axis] * static_cast<double>(blocks.edge[axis]));
      for (auto& sum : blocks.sums) smooth_along(axis, blocks.shape, width, sum, threads_);
    }
    return write(blocks);
  }

 private:
  // Products of what the weights add to a half map, of what is expected of the other half, and
  // of that.
  void judge(View3<const float> half, View3<const float> other, Blocks& blocks) {
    const auto added = added_, expected = expected_;
    const auto f = f_.view(), g = g_.view();
    transform_masked(half, added, f);
    for_each_row(grid_.shape, threads_, [&](std::size_t z, std::size_t y) {
      float* row = added.row(z, y);
      for (std::size_t x = 0; x < grid_.shape[2]; ++x) row[x] = std::max(row[x], 0.0F);
    });
    forward_transform<float>(added, g, columns_, threads_);
    apply(f, {}, f, linear_);
    apply(g, {}, g, positive_);
    require_finite_power(apply(f, g, f, std::vector<double>(shells_.count, 2.0)));
    inverse_transform<float>(f, added, columns_, 1.0F, threads_);
    transform_masked(half, expected, f);
    require_finite_power(apply(f, {}, f, slope_));
    inverse_transform<float>(f, expected, columns_, 1.0F, threads_);
    // The other half in place of its terms, of the same ones as the rest.
    const View3<float> limited = f_.map(grid_.shape);
    transform_masked(other, limited, f);
    require_finite_power(apply(f, {}, f, std::vector<double>(shells_.count, 1.0)));
    inverse_transform<float>(f, limited, columns_, 1.0F, threads_);
    add_up(blocks, [&](std::size_t z, std::size_t y, auto&& add) {
      const float *a = added.row(z, y), *e = expected.row(z, y), *t = limited.row(z, y);
      const float* mask = row_of(maps_.mask, z, y);
      for (std::size_t x = 0; x < grid_.shape[2]; ++x) {
        const double m = std::max(mask[x], 0.0F);
        add(x, kAddedOther, m * a[x] * t[x]);
        add(x, kAddedExpected, m * a[x] * e[x]);
        add(x, kExpectedOther, m * e[x] * t[x]);
        add(x, kExpectedSquare, m * e[x] * e[x]);
      }
    });
  }

  void transform_masked(View3<const float> map, View3<float> room, View3<Complex> out) const {
    write_masked(map, maps_.mask, room);
    forward_transform<float>(room, out, columns_, threads_);
  }

  static void require_finite_power(double power) {
    if (!std::isfinite(power))
      throw UnusableDataError(
          "the half maps hold values that are not finite, or too large for 32-bit floats; set "
          "them to 0 or make the maps again");
  }

  void add_contribution(Blocks& blocks) const {
    add_up(blocks, [&](std::size_t z, std::size_t y, auto&& add) {
      const float *half_1 = row_of(maps_.half_1, z, y), *half_2 = row_of(maps_.half_2, z, y);
      const float *added = row_of(maps_.contribution, z, y), *mask = row_of(maps_.mask, z, y);
      for (std::size_t x = 0; x < grid_.shape[2]; ++x) {
        const double m = std::max(mask[x], 0.0F), a = m * added[x];
        const double mean = 0.5 * m * (static_cast<double>(half_1[x]) + half_2[x]);
        add(x, kMap, m * mean * mean);
        add(x, kContribution, m * a * a);
      }
    });
  }

  // Add values to the blocks: row(z, y, add) calls add(x, sum, value).
  template <class Row>
  void add_up(Blocks& blocks, const Row& row) const {
    const Shape &edge = blocks.edge, &shape = blocks.shape;
    for_each_index(shape[0], threads_, [&](std::size_t block_z) {
      const std::size_t end_z = std::min((block_z + 1) * edge[0], grid_.shape[0]);
      for (std::size_t z = block_z * edge[0]; z < end_z; ++z)
        for (std::size_t y = 0; y < grid_.shape[1]; ++y) {
          const std::size_t first = (block_z * shape[1] + y / edge[1]) * shape[2];
          row(z, y, [&](std::size_t x, Sum sum, double value) {
            blocks.sums[sum][first + x / edge[2]] += value;
          });
        }
    });
  }

  // The mask's sum in each block.
  std::vector<double> weights_of(const Blocks& blocks) const {
    Blocks only(blocks);
    auto& weights = only.sums[kMap];
    std::fill(weights.begin(), weights.end(), 0.0);
    add_up(only, [&](std::size_t z, std::size_t y, auto&& add) {
      const float* mask = row_of(maps_.mask, z, y);
      for (std::size_t x = 0; x < grid_.shape[2]; ++x) add(x, kMap, mask[x]);
    });
    return weights;
  }

  SupportFindings write(const Blocks& blocks) const {
    SupportFindings findings;
    std::vector<float> support(blocks.size()), is_known(blocks.size());
    const std::vector<double> weights = weights_of(blocks);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const double power = blocks.sums[kMap][i];
      if (!(power > 0)) continue;
      const auto of = [&](Sum sum) { return blocks.sums[sum][i]; };
      // What the other half has more or less of everywhere here is no reason to add A.
      const double scale =
          of(kExpectedSquare) > 0 ? of(kExpectedOther) / of(kExpectedSquare) : 0;
      const double confirmed = (of(kAddedOther) - scale * of(kAddedExpected)) / 2 / power;
      support[i] = static_cast<float>(std::clamp(confirmed, -1.0, 1.0));
      is_known[i] = 1;
      if (!(weights[i] > 0)) continue;
      findings.weight.push_back(weights[i]);
      findings.support.push_back(confirmed);
      findings.change.push_back(std::sqrt(of(kContribution) / power));
    }
    SphereLattice lattice;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const auto edge = static_cast<double>(blocks.edge[axis]);
      lattice[axis].starts.resize(blocks.shape[axis]);
      lattice[axis].points = maps_.mask.shape[axis];
      lattice[axis].first = static_cast<double>(extent_.first[axis]) + (edge - 1) / 2;
      lattice[axis].spacing = edge;
    }
    interpolate_lattice(lattice, {support.data(), blocks.shape},
                        {is_known.data(), blocks.shape}, maps_.mask, kInside, -1, 1, 0,
                        maps_.support, threads_);
    return findings;
  }

  // Of the mask: where there is a support.
  static constexpr float kInside = 0.01F;

  const SupportMaps& maps_;
  double neighbourhood_;  // Å
  std::vector<double> linear_,
      positive_;               // factors of the map, less 1, and of its positive part
  std::vector<double> slope_;  // of one half map on the other
  // Both in the memory of what is written at the end, if they find room there.
  std::vector<float> own_;
  View3<float> added_, expected_;
  CoefficientArray f_, g_;
};

}  // namespace

SupportFindings support_of_modification(const SupportMaps& maps, const UnitCell& cell,
                                        const ModificationFindings& found,
                                        const ModificationOptions& options) {
  const Grid grid(maps.half_1.shape, cell);
  require_array("half_1", maps.half_1, grid.shape);
  require_array("half_2", maps.half_2, grid.shape);
  require_array("mask", maps.mask, grid.shape);
  require_array("contribution", maps.contribution, grid.shape);
  require_array("support", maps.support, grid.shape);
  require_options(options, grid);
  require_work(maps.work, grid.half_complex_shape());
  return Supporter(grid, maps, found, options).find();
}

}  // namespace map_sharpening
