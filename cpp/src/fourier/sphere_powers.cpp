#include "fourier/sphere_powers.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"

namespace map_sharpening {
namespace {

// As in the kernels: a term on a shell's edge counts to the next shell.
constexpr double kEdgeTolerance = 1e-4;

std::size_t whole_packs(std::size_t n) { return (n + kPlanes - 1) / kPlanes * kPlanes; }

std::size_t mirror(std::size_t i, std::size_t n) { return i == 0 ? 0 : n - i; }

std::size_t distance_from_0(std::size_t i, std::size_t n) { return std::min(i, n - i); }

}  // namespace

SpherePowers::SpherePowers(const Grid& grid, const std::vector<float>& weights,
                           const Shells& shells)
    : grid_(grid), shells_(shells) {
  require(shells.count < std::numeric_limits<std::uint16_t>::max(), "shells are ",
          shells.count, "; expected fewer than 65535");
  find_rows(weights);
  find_layers();
  find_columns();
}

void SpherePowers::find_rows(const std::vector<float>& weights) {
  const Shape& shape = grid_.shape;
  for (std::size_t z = 0; z < shape[0]; ++z)
    for (std::size_t y = 0; y < shape[1]; ++y) {
      const std::size_t start = (z * shape[1] + y) * shape[2];
      std::size_t first = shape[2], last = 0;
      for (std::size_t x = 0; x < shape[2]; ++x) {
        if (!(weights[start + x] > 0)) continue;
        first = std::min(first, x);
        last = x + 1;
      }
      if (first < last) rows_.push_back({z, y, first, last - first, start + first});
    }
}

void SpherePowers::find_layers() {
  for (std::size_t z = 0; z < grid_.shape[0]; z += kPlanes) {
    Layer layer{layers_.empty() ? 0 : layers_.back().end_row, 0, grid_.shape[1], 0};
    for (layer.end_row = layer.first_row;
         layer.end_row < rows_.size() && rows_[layer.end_row].z < z + kPlanes;
         ++layer.end_row) {
      layer.first_y = std::min(layer.first_y, rows_[layer.end_row].y);
      layer.end_y = std::max(layer.end_y, rows_[layer.end_row].y + 1);
    }
    layer.first_y = std::min(layer.first_y, layer.end_y);  // no rows at all
    layers_.push_back(layer);
  }
}

// `shells_.count` for a term that doesn't count.  At the Nyquist limit none does.
std::size_t SpherePowers::shell_of(const ReciprocalMetric& metric, std::size_t x,
                                   std::size_t y, std::size_t z) const {
  const double s = metric.s(static_cast<double>(miller_index(x, grid_.shape[2])),
                            static_cast<double>(miller_index(y, grid_.shape[1])),
                            static_cast<double>(miller_index(z, grid_.shape[0])));
  const double place = s / shells_.width + kEdgeTolerance;
  if (!(s > 0) || !(place < static_cast<double>(shells_.count))) return shells_.count;
  return static_cast<std::size_t>(place);
}

void SpherePowers::find_columns() {
  const std::size_t nz = grid_.shape[0], ny = grid_.shape[1], nx = grid_.shape[2];
  struct Column {
    std::size_t x, y, reach;
    std::vector<std::size_t> shells;
  };
  std::vector<Column> wanted;
  const ReciprocalMetric metric(grid_.cell);
  std::size_t most_h = 0;
  // One of each pair of mirror images.
  for (std::size_t x = 0; 2 * x < nx || x == 0; ++x)
    for (std::size_t y = 0; y < ny; ++y) {
      if (x == 0 && 2 * y > ny) break;
      const bool is_its_own_mirror = x == 0 && mirror(y, ny) == y;
      Column column{x, y, 0, std::vector<std::size_t>(nz, shells_.count)};
      bool counts = false;
      for (std::size_t z = 0; z < nz; ++z) {
        if (is_its_own_mirror && 2 * z >= nz) continue;
        column.shells[z] = shell_of(metric, x, y, z);
        if (column.shells[z] == shells_.count) continue;
        counts = true;
        column.reach = std::max(column.reach, distance_from_0(z, nz));
      }
      if (!counts) continue;
      most_h = std::max(most_h, x);
      wanted.push_back(std::move(column));
    }

  for (std::size_t x = 0; x <= most_h; ++x) h_.push_back(static_cast<std::uint32_t>(x));
  for (std::size_t x = most_h; x > 0; --x) h_.push_back(static_cast<std::uint32_t>(nx - x));
  const auto number = [&](std::size_t x, std::size_t y) {
    const std::size_t i = x <= most_h ? x : h_.size() - (nx - x);
    return static_cast<std::uint32_t>(i * ny + y);
  };
  for (std::size_t first = 0; first < wanted.size(); first += kColumns) {
    const std::size_t count = std::min(kColumns, wanted.size() - first);
    // Where fewer are left, the last one is taken again, and does not count.
    const auto column = [&](std::size_t k) -> const Column& {
      return wanted[first + std::min(k, count - 1)];
    };
    std::size_t reach = 0;
    for (std::size_t k = 0; k < kColumns; ++k) {
      columns_.push_back(number(column(k).x, column(k).y));
      reach = std::max(reach, column(k).reach);
    }
    for (std::size_t k = 0; k < kColumns; ++k)
      columns_.push_back(number(mirror(column(k).x, nx), mirror(column(k).y, ny)));
    // So that no term is looked at twice.
    reach_.push_back(static_cast<std::uint32_t>(std::min(reach, (nz - 1) / 2)));
    for (std::size_t z = 0; z < nz; ++z)
      for (std::size_t k = 0; k < kColumns; ++k)
        shell_of_term_.push_back(
            static_cast<std::uint16_t>(k < count ? column(k).shells[z] : shells_.count));
  }
}

SphereShape SpherePowers::shape() const {
  return {grid_.shape[0], grid_.shape[1],  grid_.shape[2], whole_packs(grid_.shape[2]),
          layers_.size(), h_.size(),       h_.data(),      reach_.size(),
          shells_.count,  columns_.data(), reach_.data(),  shell_of_term_.data()};
}

SpherePowers::Workspace SpherePowers::workspace() const {
  const SphereShape of = shape();
  const std::size_t columns = of.n_h * of.ny, layer = of.ny * kPlanes * of.row_stride;
  Workspace work;
  work.map_1.resize(layer);
  work.map_2.resize(layer);
  work.rows.resize(2 * kPlanes * columns);
  work.terms.resize(2 * kPlanes * columns * of.n_layers);
  work.sums.resize(2 * kColumns * (of.n_shells + 1));
  return work;
}

void SpherePowers::clear(const Layer& layer, Workspace& work) const {
  const std::size_t of_y = kPlanes * whole_packs(grid_.shape[2]);
  for (std::vector<float>* map : {&work.map_1, &work.map_2})
    std::fill(map->begin() + static_cast<std::ptrdiff_t>(layer.first_y * of_y),
              map->begin() + static_cast<std::ptrdiff_t>(layer.end_y * of_y), 0.0f);
}

}  // namespace map_sharpening
