#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/numbers.hpp"
#include "base/parallel.hpp"
#include "map_sharpening/local_b_factor.hpp"

namespace map_sharpening {
namespace {

constexpr double kLeastShare = 0.02;  // of a tile, below which it holds no molecule
constexpr double kLeastSignal = 0.1;  // of a power, kept when the solvent's is taken off
constexpr double kReach = 4;          // of the Gaussian, in standard deviations
constexpr float kInside = 0.5f;       // of the molecule

// The rows of a tile, cut where the tile goes on across a face.
// visit(z, y, from, count): `count` points from x = `from`.
template <class Visit>
void for_each_row(const Tiles& tiles, std::size_t tile, const Visit& visit) {
  const Shape first = tiles.first(tile);
  const Shape& size = tiles.edges;
  const Shape& n = tiles.map_shape;
  const std::size_t before = std::min(size[2], n[2] - first[2]);
  for (std::size_t z = 0; z < size[0]; ++z)
    for (std::size_t y = 0; y < size[1]; ++y) {
      const std::size_t map_z = (first[0] + z) % n[0], map_y = (first[1] + y) % n[1];
      visit(map_z, map_y, first[2], before);
      if (before < size[2]) visit(map_z, map_y, 0, size[2] - before);
    }
}

double square_sum_inside(const float* values, const float* molecule, std::size_t n) {
  double sum = 0;
  for (std::size_t x = 0; x < n; ++x)
    if (molecule == nullptr || molecule[x] > kInside)
      sum += static_cast<double>(values[x]) * static_cast<double>(values[x]);
  return sum;
}

struct Powers {
  double molecule = 0, solvent = 0;  // mean squares
};

Powers powers_of(View3<const float> map, const TileContents& contents, int threads) {
  using Sums = std::array<double, 2>;
  const auto add_row = [&](Sums& sums, std::size_t z, std::size_t y) {
    const float* row = map.row(z, y);
    const float* inside = contents.molecule.empty() ? nullptr : contents.molecule.row(z, y);
    sums[0] += square_sum_inside(row, inside, map.shape[2]);
    sums[1] += square_sum_inside(row, nullptr, map.shape[2]);
  };
  const auto [molecule, all] = sum_over_rows<Sums>(map.shape, threads, add_row);
  const auto n = static_cast<double>(contents.n_voxels_of_map);
  const double outside = static_cast<double>(map.size()) - n;
  return {molecule / n, outside > 0 ? std::max(0.0, all - molecule) / outside : 0};
}

double without_solvent(double power, double solvent) {
  return std::max(power - solvent, kLeastSignal * power);
}

double squared_distance(const Vector& a, const Vector& b) {
  const double dx = a[0] - b[0], dy = a[1] - b[1], dz = a[2] - b[2];
  return dx * dx + dy * dy + dz * dz;
}

// Distances, to the nearest image where a map is periodic.
class Distances {
 public:
  Distances(const UnitCell& cell, bool periodic)
      : axes_(cell.axes()), metric_(cell), periodic_(periodic) {}

  double squared(const Vector& a, const Vector& b) const {
    if (!periodic_) return squared_distance(a, b);
    Vector d{a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const Vector reciprocal = metric_.s_vector(axis == 0, axis == 1, axis == 2);
      const double whole =
          std::round(reciprocal[0] * d[0] + reciprocal[1] * d[1] + reciprocal[2] * d[2]);
      for (std::size_t i = 0; i < 3; ++i) d[i] -= whole * axes_[axis][i];
    }
    return squared_distance(d, {});
  }

 private:
  std::array<Vector, 3> axes_;
  ReciprocalMetric metric_;
  bool periodic_;
};

// Finds the tiles near a place by their lattice, without a look at all of them.
class Neighbourhood {
 public:
  Neighbourhood(const Tiles& tiles, const UnitCell& cell, double reach) : tiles_(tiles) {
    const ReciprocalMetric metric(cell);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      reciprocal_[axis] = metric.s_vector(axis == 2, axis == 1, axis == 0);
      // A hair more, so that rounding never drops a tile at the very end.
      reach_[axis] = reach * std::sqrt(squared_distance(reciprocal_[axis], {})) + 1e-9;
      const double points = static_cast<double>(tiles.map_shape[axis]);
      for (const std::size_t first : tiles.firsts[axis])
        middles_[axis].push_back(
            (static_cast<double>(first) + 0.5 * static_cast<double>(tiles.edges[axis] - 1)) /
            points);
    }
  }

  // Calls use(tile) in the tiles' order for all within reach of a place, and some beyond.
  template <class Use>
  void for_each(const Vector& place, const Use& use) const {
    std::array<std::vector<std::size_t>, 3> near;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const Vector& r = reciprocal_[axis];
      const double at = r[0] * place[0] + r[1] * place[1] + r[2] * place[2];
      for (std::size_t i = 0; i < middles_[axis].size(); ++i) {
        double apart = at - middles_[axis][i];
        if (tiles_.periodic) apart -= std::round(apart);
        if (std::fabs(apart) <= reach_[axis]) near[axis].push_back(i);
      }
    }
    const Shape counts = tiles_.counts();
    for (const std::size_t z : near[0])
      for (const std::size_t y : near[1])
        for (const std::size_t x : near[2]) use((z * counts[1] + y) * counts[2] + x);
  }

 private:
  const Tiles& tiles_;
  std::array<Vector, 3> reciprocal_;
  std::array<double, 3> reach_{};
  std::array<std::vector<double>, 3> middles_;
};

struct Weighted {
  std::size_t tile;
  double weight;
};

// Collects the contributions to one tile, in the order in which they were made.
void merge_tiles(std::vector<Weighted>& weights) {
  std::stable_sort(weights.begin(), weights.end(),
                   [](const Weighted& a, const Weighted& b) { return a.tile < b.tile; });
  std::size_t n = 0;
  for (const Weighted& next : weights)
    if (n > 0 && weights[n - 1].tile == next.tile)
      weights[n - 1].weight += next.weight;
    else
      weights[n++] = next;
  weights.resize(n);
}

}  // namespace

TileContents tile_contents(const Tiles& tiles, View3<const float> molecule, int threads) {
  TileContents contents;
  contents.molecule = molecule;
  contents.n_voxels.assign(tiles.size(), static_cast<double>(tiles.volume()));
  const Shape& n = tiles.map_shape;
  contents.n_voxels_of_map = n[0] * n[1] * n[2];
  if (molecule.empty()) return contents;
  require_array("molecule", molecule, n);
  const auto count_inside = [&](std::size_t z, std::size_t y, std::size_t from,
                                std::size_t count) {
    const float* row = molecule.row(z, y) + from;
    return static_cast<std::size_t>(
        std::count_if(row, row + count, [](float value) { return value > kInside; }));
  };
  for_each_index(tiles.size(), threads, [&](std::size_t tile) {
    std::size_t inside = 0;
    for_each_row(tiles, tile,
                 [&](std::size_t z, std::size_t y, std::size_t from, std::size_t count) {
                   inside += count_inside(z, y, from, count);
                 });
    const auto voxels = static_cast<double>(inside);
    const bool is_empty = voxels < kLeastShare * static_cast<double>(tiles.volume());
    contents.n_voxels[tile] = is_empty ? 0 : voxels;
  });
  contents.n_voxels_of_map = sum_over_rows<std::size_t>(
      n, threads, [&](std::size_t& sum, std::size_t z, std::size_t y) {
        sum += count_inside(z, y, 0, n[2]);
      });
  require(contents.n_voxels_of_map > 0, "molecule has no value above ", kInside,
          "; expected at least one voxel in it");
  return contents;
}

TileScores score_tiles(View3<const float> map, const Tiles& tiles,
                       const TileContents& contents, int threads) {
  require_array("map", map, tiles.map_shape);
  require(contents.n_voxels.size() == tiles.size(), "contents are of ",
          contents.n_voxels.size(), " tiles; expected ", tiles.size());
  if (!contents.molecule.empty())
    require_array("molecule", contents.molecule, tiles.map_shape);
  require(contents.n_voxels_of_map > 0 && contents.n_voxels_of_map <= map.size(),
          "contents have ", contents.n_voxels_of_map, " voxels of a map of ", map.size(),
          "; expected 1 or more of them");
  const Powers powers = powers_of(map, contents, threads);
  if (!std::isfinite(powers.molecule) || !(powers.molecule > 0))
    throw UnusableDataError(text_of("map has a mean square of ", powers.molecule,
                                    " in the molecule; expected finite density"));
  TileScores scores;
  scores.of_tiles.assign(tiles.size(), kNaN);
  scores.of_map = without_solvent(powers.molecule, powers.solvent);
  for_each_index(tiles.size(), threads, [&](std::size_t tile) {
    if (contents.n_voxels[tile] == 0) return;
    double sum = 0;
    for_each_row(
        tiles, tile, [&](std::size_t z, std::size_t y, std::size_t from, std::size_t count) {
          sum += square_sum_inside(
              map.row(z, y) + from,
              contents.molecule.empty() ? nullptr : contents.molecule.row(z, y) + from, count);
        });
    scores.of_tiles[tile] = without_solvent(sum / contents.n_voxels[tile], powers.solvent);
  });
  return scores;
}

std::vector<std::vector<double>> smooth_scores(const Tiles& tiles, const UnitCell& cell,
                                               const TileContents& contents,
                                               const std::vector<TileScores>& scores,
                                               const SmoothingOptions& options, int threads) {
  require_positive("smoothing_radius", options.radius, " Å");
  require_positive("shrinkage", options.shrinkage);
  require(options.places.empty() || options.places.size() == tiles.size(), "places are of ",
          options.places.size(), " tiles; expected ", tiles.size(), " or none");
  require(contents.n_voxels.size() == tiles.size(), "contents are of ",
          contents.n_voxels.size(), " tiles; expected ", tiles.size());
  for (const TileScores& trial : scores)
    require(trial.of_tiles.size() == tiles.size(), "scores are of ", trial.of_tiles.size(),
            " tiles; expected ", tiles.size());
  const auto centres = tile_centres(tiles, cell);
  const Distances distances(cell, tiles.periodic);
  const double sharpness = 1 / (2 * options.radius * options.radius);
  const double reach = kReach * options.radius, squared_reach = reach * reach;
  const double prior = options.shrinkage * static_cast<double>(tiles.volume());
  std::vector<std::vector<double>> curves(tiles.size(), std::vector<double>(scores.size()));
  const Neighbourhood neighbourhood(tiles, cell, reach);
  for_each_index(tiles.size(), threads, [&](std::size_t tile) {
    const std::size_t n_places = options.places.empty() ? 1 : options.places[tile].size();
    std::vector<Weighted> weights;
    for (std::size_t i = 0; i < n_places; ++i) {
      const Vector& place = options.places.empty() ? centres[tile] : options.places[tile][i];
      neighbourhood.for_each(place, [&](std::size_t other) {
        const double squared = distances.squared(place, centres[other]);
        if (contents.n_voxels[other] > 0 && squared <= squared_reach)
          weights.push_back(
              {other, contents.n_voxels[other] * std::exp(-squared * sharpness)});
      });
    }
    if (n_places > 1) merge_tiles(weights);
    for (std::size_t trial = 0; trial < scores.size(); ++trial) {
      double sum = prior * scores[trial].of_map, weight = prior;
      for (const Weighted& other : weights) {
        const double score = scores[trial].of_tiles[other.tile];
        if (other.weight == 0 || std::isnan(score)) continue;
        sum += other.weight * score;
        weight += other.weight;
      }
      curves[tile][trial] = sum / weight;
    }
  });
  return curves;
}

}  // namespace map_sharpening
