// tiles.hpp and the neighbours of tiles: against a look at all pairs, and for many tiles.
#include <cmath>
#include <limits>

#include "check.hpp"
#include "map_sharpening/local_b_factor.hpp"
#include "map_sharpening/tiles.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

const UnitCell kOblique{61, 47, 53, 75, 98, 112};

Vector in_cell(const Vector& fractional, const UnitCell& cell) {
  Vector place{0, 0, 0};
  for (std::size_t axis = 0; axis < 3; ++axis)
    for (std::size_t i = 0; i < 3; ++i) place[i] += fractional[axis] * cell.axes()[axis][i];
  return place;
}

Vector fractional_centre(const Tiles& tiles, std::size_t tile) {
  Vector x{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    x[axis] = tiles.centre(tile)[2 - axis] / static_cast<double>(tiles.map_shape[2 - axis]);
  return x;
}

double squared(const Vector& v) { return v[0] * v[0] + v[1] * v[1] + v[2] * v[2]; }

// Scores that differ from tile to tile.
double score_of(std::size_t tile) { return std::sin(1.0 + 3.7 * static_cast<double>(tile)); }

}  // namespace

TEST(the_usual_radius_is_that_of_all_pairs) {
  for (const Shape& edges : {Shape{6, 7, 8}, Shape{30, 7, 9}, Shape{9, 40, 50}}) {
    const auto centres = tile_centres(make_tiles({30, 40, 50}, {edges, 2, false}), kOblique);
    double sum = 0;
    for (std::size_t i = 0; i < centres.size(); ++i) {
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t j = 0; j < centres.size(); ++j)
        if (i != j)
          least = std::min(
              least, squared({centres[i][0] - centres[j][0], centres[i][1] - centres[j][1],
                              centres[i][2] - centres[j][2]}));
      sum += std::sqrt(least);
    }
    CHECK_NEAR(usual_smoothing_radius(centres),
               2 * sum / (3 * static_cast<double>(centres.size())), 1e-12);
  }
}

TEST(scores_are_smoothed_over_the_same_tiles_as_by_a_look_at_all) {
  constexpr double kRadius = 9, kShrinkage = 0.5;
  for (const bool periodic : {false, true}) {
    // An odd number along each axis: no tile is as far one way round as the other.
    const Tiles tiles = make_tiles({30, 40, 50}, {{9, 9, 11}, 3, periodic});
    TileScores scores;
    scores.of_map = 2;
    for (std::size_t i = 0; i < tiles.size(); ++i) scores.of_tiles.push_back(score_of(i));
    const TileContents contents = tile_contents(tiles, {});
    const auto found =
        smooth_scores(tiles, kOblique, contents, {scores}, {kRadius, kShrinkage, {}});
    for (std::size_t i = 0; i < tiles.size(); ++i) {
      double weight = kShrinkage * static_cast<double>(tiles.volume());
      double sum = weight * scores.of_map;
      const Vector at = fractional_centre(tiles, i);
      for (std::size_t j = 0; j < tiles.size(); ++j) {
        Vector apart = fractional_centre(tiles, j);
        for (std::size_t axis = 0; axis < 3; ++axis) {
          apart[axis] -= at[axis];
          if (periodic) apart[axis] -= std::round(apart[axis]);
        }
        const double distance = std::sqrt(squared(in_cell(apart, kOblique)));
        if (distance > 4 * kRadius) continue;
        const double share =
            contents.n_voxels[j] * std::exp(-distance * distance / (2 * kRadius * kRadius));
        weight += share;
        sum += share * score_of(j);
      }
      CHECK_NEAR(found[i][0], sum / weight, 1e-9);
    }
  }
}

TEST(several_places_of_a_tile_count_together) {
  const Tiles tiles = make_tiles({30, 40, 50}, {{9, 10, 11}, 3, false});
  const UnitCell cell{50, 40, 30};
  TileScores scores;
  for (std::size_t i = 0; i < tiles.size(); ++i) scores.of_tiles.push_back(score_of(i));
  const auto centres = tile_centres(tiles, cell);
  SmoothingOptions twice{6, 1e-9, {}}, once = twice;
  for (const Vector& centre : centres) {
    once.places.push_back({centre});
    twice.places.push_back({centre, centre});
  }
  const auto a = smooth_scores(tiles, cell, tile_contents(tiles, {}), {scores}, once);
  const auto b = smooth_scores(tiles, cell, tile_contents(tiles, {}), {scores}, twice);
  for (std::size_t i = 0; i < tiles.size(); ++i) CHECK_NEAR(a[i][0], b[i][0], 1e-9);
}

// With a look at all pairs this would take minutes.
TEST(many_tiles_are_smoothed_too) {
  const Tiles tiles = make_tiles({162, 162, 162}, {{3, 3, 3}, 0, true});
  CHECK(tiles.size() > 150000);
  const UnitCell cell{162, 162, 162};
  CHECK_NEAR(usual_smoothing_radius(tile_centres(tiles, cell)), 2, 0.1);
  TileContents contents;
  contents.n_voxels.assign(tiles.size(), 27);
  TileScores scores;
  scores.of_tiles.assign(tiles.size(), 5);
  const auto found = smooth_scores(tiles, cell, contents, {scores}, {2, 1e-12, {}});
  for (const auto& curve : found) CHECK_NEAR(curve[0], 5, 1e-9);
}

int main() { return run_all(); }
