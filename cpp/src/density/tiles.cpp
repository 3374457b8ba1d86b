#include "map_sharpening/tiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/grid_check.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"

namespace map_sharpening {
namespace {

constexpr double kRadiusOfOneTile = 10;  // Å
// Every tile is smoothed with all others: more would take minutes.
constexpr std::size_t kMostTiles = std::size_t{1} << 18;

// First points of tiles of `length` along an axis of `n` points.
std::vector<std::size_t> first_points(std::size_t n, std::size_t length, std::size_t overlap,
                                      bool periodic) {
  if (n <= length) return {0};
  const std::size_t step = length - overlap;
  const std::size_t room = periodic ? n : n - length;  // over which first points spread
  const std::size_t n_steps = (room + step - 1) / step;
  const std::size_t count = periodic ? n_steps : n_steps + 1;
  std::vector<std::size_t> firsts(count);
  for (std::size_t i = 0; i < count; ++i) firsts[i] = (i * room + n_steps / 2) / n_steps;
  return firsts;
}

// Four neighbouring values and their weights, which add up to 1.
struct Stencil {
  std::size_t places[4];
  double weights[4];
};

// Catmull & Rom 1974, Computer Aided Geometric Design, 317.
Stencil stencil_at(double place, std::size_t count, bool periodic) {
  const double below = std::floor(place), t = place - below;
  Stencil stencil{{},
                  {t * (-0.5 + t * (1 - 0.5 * t)), 1 + t * t * (-2.5 + 1.5 * t),
                   t * (0.5 + t * (2 - 1.5 * t)), t * t * (-0.5 + 0.5 * t)}};
  const auto last = static_cast<std::ptrdiff_t>(count) - 1;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::ptrdiff_t wanted =
        static_cast<std::ptrdiff_t>(below) + static_cast<std::ptrdiff_t>(i) - 1;
    stencil.places[i] =
        wrapped(periodic ? wanted : std::clamp<std::ptrdiff_t>(wanted, 0, last), count);
  }
  return stencil;
}

// Stencils of all points of an axis.  Middles are taken as evenly spaced.
std::vector<Stencil> stencils_of(const Tiles& tiles, std::size_t axis) {
  const auto& firsts = tiles.firsts[axis];
  const std::size_t n = tiles.map_shape[axis];
  const double middle = (static_cast<double>(tiles.edges[axis]) - 1) / 2;
  const auto count = static_cast<double>(firsts.size());
  const double spacing = tiles.periodic      ? static_cast<double>(n) / count
                         : firsts.size() > 1 ? static_cast<double>(firsts.back()) / (count - 1)
                                             : 1;
  std::vector<Stencil> stencils(n);
  for (std::size_t i = 0; i < n; ++i) {
    double place = (static_cast<double>(i) - middle) / spacing;
    if (!tiles.periodic) place = std::clamp(place, 0.0, count - 1);
    stencils[i] = stencil_at(place, firsts.size(), tiles.periodic);
  }
  return stencils;
}

std::size_t widest_axis(const std::vector<Vector>& points) {
  std::array<double, 3> extent{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto [least, most] = std::minmax_element(
        points.begin(), points.end(),
        [&](const Vector& a, const Vector& b) { return a[axis] < b[axis]; });
    extent[axis] = (*most)[axis] - (*least)[axis];
  }
  return static_cast<std::size_t>(std::max_element(extent.begin(), extent.end()) -
                                  extent.begin());
}

}  // namespace

Shape Tiles::first(std::size_t tile) const {
  require(tile < size(), "tile is ", tile, "; expected one of ", size());
  const Shape n = counts();
  return {firsts[0][tile / (n[1] * n[2])], firsts[1][tile / n[2] % n[1]],
          firsts[2][tile % n[2]]};
}

std::array<double, 3> Tiles::centre(std::size_t tile) const {
  const Shape corner = first(tile);
  std::array<double, 3> middle{};
  for (std::size_t i = 0; i < 3; ++i)
    middle[i] = static_cast<double>(corner[i]) + (static_cast<double>(edges[i]) - 1) / 2;
  return middle;
}

Tiles make_tiles(const Shape& map_shape, const TileOptions& options) {
  require_map_shape("map", map_shape);
  Tiles tiles;
  tiles.map_shape = map_shape;
  tiles.periodic = options.periodic;
  for (std::size_t i = 0; i < 3; ++i) {
    require(options.edges[i] > options.overlap, "edges of tiles are ",
            text_of_shape(options.edges), " with an overlap of ", options.overlap,
            "; expected a smaller overlap, or larger tiles");
    tiles.edges[i] = std::min(options.edges[i], map_shape[i]);
    tiles.firsts[i] =
        first_points(map_shape[i], tiles.edges[i], options.overlap, options.periodic);
  }
  require(tiles.size() <= kMostTiles, "tiles are ", tiles.size(), "; expected at most ",
          kMostTiles, ": larger tiles, or less overlap");
  return tiles;
}

std::vector<Vector> tile_centres(const Tiles& tiles, const UnitCell& cell) {
  const auto axes = Grid(tiles.map_shape, cell).cell.axes();
  std::vector<Vector> centres(tiles.size());
  for (std::size_t tile = 0; tile < centres.size(); ++tile) {
    const auto middle = tiles.centre(tile);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      // Axes go x, y, z; points z, y, x.
      const double share = middle[2 - axis] / static_cast<double>(tiles.map_shape[2 - axis]);
      for (std::size_t i = 0; i < 3; ++i) centres[tile][i] += share * axes[axis][i];
    }
  }
  return centres;
}

double usual_smoothing_radius(const std::vector<Vector>& centres) {
  for (const Vector& centre : centres)
    for (const double place : centre)
      require(std::isfinite(place), "centres have ", place, " Å; expected numbers");
  if (centres.size() < 2) return kRadiusOfOneTile;
  // Along the axis on which they spread most, so that few lie as near as the nearest so far.
  const std::size_t axis = widest_axis(centres);
  std::vector<std::size_t> order(centres.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return centres[i][axis] < centres[j][axis]; });
  std::vector<double> nearest(centres.size(), std::numeric_limits<double>::infinity());
  const auto look_at = [&](std::size_t i, std::size_t j) {
    const Vector &a = centres[order[i]], &b = centres[order[j]];
    const double along = b[axis] - a[axis];
    double& least = nearest[order[i]];
    if (along * along > least) return false;
    const double dx = a[0] - b[0], dy = a[1] - b[1], dz = a[2] - b[2];
    least = std::min(least, dx * dx + dy * dy + dz * dz);
    return true;
  };
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i + 1; j < order.size() && look_at(i, j); ++j) continue;
    for (std::size_t j = i; j > 0 && look_at(i, j - 1); --j) continue;
  }
  double sum = 0;
  for (const double squared : nearest) sum += std::sqrt(squared);
  return 2 * sum / (3 * static_cast<double>(centres.size()));
}

void interpolate_tiles(const Tiles& tiles, const std::vector<double>& values, View3<float> map,
                       int threads) {
  require_array("map", map, tiles.map_shape);
  require(values.size() == tiles.size(), "values are ", values.size(), "; expected ",
          tiles.size(), ", one for each tile");
  if (values.empty()) return;
  const Shape n = tiles.counts();
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double least = *low, most = *high;
  const auto along_z = stencils_of(tiles, 0), along_y = stencils_of(tiles, 1),
             along_x = stencils_of(tiles, 2);
  // Room for a plane interpolated along z, and one of its rows along y, for each thread.
  const std::size_t room = n[1] * n[2] + n[2];
  std::vector<double> scratch(static_cast<std::size_t>(thread_count(threads)) * room);
  for_each_index(map.shape[0], threads, [&](std::size_t z) {
    double* plane = scratch.data() + thread_index() * room;
    double* row = plane + n[1] * n[2];
    for (std::size_t i = 0; i < n[1] * n[2]; ++i) {
      plane[i] = 0;
      for (std::size_t k = 0; k < 4; ++k)
        plane[i] += along_z[z].weights[k] * values[along_z[z].places[k] * n[1] * n[2] + i];
    }
    for (std::size_t y = 0; y < map.shape[1]; ++y) {
      for (std::size_t i = 0; i < n[2]; ++i) {
        row[i] = 0;
        for (std::size_t k = 0; k < 4; ++k)
          row[i] += along_y[y].weights[k] * plane[along_y[y].places[k] * n[2] + i];
      }
      float* out = map.row(z, y);
      for (std::size_t x = 0; x < map.shape[2]; ++x) {
        double value = 0;
        for (std::size_t k = 0; k < 4; ++k)
          value += along_x[x].weights[k] * row[along_x[x].places[k]];
        out[x] = static_cast<float>(std::clamp(value, least, most));
      }
    }
  });
}

}  // namespace map_sharpening
