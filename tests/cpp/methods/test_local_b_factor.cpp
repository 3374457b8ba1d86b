// tiles.hpp and local_b_factor.hpp: from a map and a list of B factors to the local map.
#include <numeric>

#include "check.hpp"
#include "map_sharpening/b_factor.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/local_b_factor.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

const Grid kGrid({40, 36, 45}, {45, 38, 41});
constexpr double kDMin = 2.5;
const std::vector<double> kTrials{-60, -20, 0, 30, 80};

Array3<std::complex<float>> transformed_sample() {
  const Array3<float> map = make_pair_of_halves(kGrid.shape, 0.05, 3).half_1;
  Array3<std::complex<float>> f(half_complex(kGrid.shape));
  forward_transform<float>(map.view(), f.view(), Columns::all(kGrid));
  return f;
}

const Array3<std::complex<float>>& sample_coefficients() {
  static const Array3<std::complex<float>> coefficients = transformed_sample();
  return coefficients;
}

std::vector<LocalTrial> sample_trials() {
  std::vector<LocalTrial> trials;
  for (const double b : kTrials) trials.push_back({b, b_iso_factors(b)});
  return trials;
}

LocalBFactorOptions sample_options() {
  LocalBFactorOptions options;
  options.tiles = {{18, 20, 17}, 9, false};
  return options;
}

struct LocalMap {
  Array3<float> b_map{kGrid.shape}, map{kGrid.shape};
  LocalBFactor found;
};

LocalMap sharpen_sample(const std::vector<LocalTrial>& trials,
                        const LocalBFactorOptions& options) {
  LocalMap result;
  const auto& f = sample_coefficients();
  result.found = sharpen_locally(f.view(), kGrid, kDMin, trials, options, result.b_map.view(),
                                 result.map.view());
  return result;
}

// Of maps of mean 0 and standard deviation 1.
double largest_difference(const Array3<float>& a, const Array3<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    largest = std::max(largest, std::fabs(static_cast<double>(a.values[i]) -
                                          static_cast<double>(b.values[i])));
  return largest;
}

}  // namespace

TEST(tiles_cover_the_map_with_the_overlap_asked_for) {
  for (const bool periodic : {false, true})
    for (std::size_t n = 1; n < 90; ++n) {
      const Tiles tiles = make_tiles({n, 5, 31}, {{12, 30, 12}, 4, periodic});
      const auto& firsts = tiles.firsts[0];
      const std::size_t length = tiles.edges[0];
      CHECK_EQUAL(firsts.front(), 0u);
      for (std::size_t i = 1; i < firsts.size(); ++i) {
        CHECK(firsts[i] > firsts[i - 1]);
        CHECK(firsts[i] - firsts[i - 1] <= 8);
      }
      if (periodic)
        CHECK(n <= length || n - firsts.back() <= 8);
      else
        CHECK_EQUAL(firsts.back() + length, n);
    }
}

TEST(middles_of_tiles_are_in_the_axes_of_the_cell) {
  const Tiles tiles = make_tiles({20, 24, 30}, {{10, 12, 15}, 0, false});
  CHECK_EQUAL(tiles.size(), 8u);
  const auto axes = kTriclinic.axes();
  const Vector last = tile_centres(tiles, kTriclinic).back();
  for (std::size_t i = 0; i < 3; ++i)
    CHECK_NEAR(last[i],
               22.0 / 30 * axes[0][i] + 17.5 / 24 * axes[1][i] + 14.5 / 20 * axes[2][i], 1e-9);
}

TEST(the_axes_of_a_cell_are_those_of_its_reciprocal_metric) {
  const auto axes = kTriclinic.axes();
  const ReciprocalMetric metric(kTriclinic);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      const Vector s = metric.s_vector(i == 0, i == 1, i == 2);
      CHECK_NEAR(std::inner_product(s.begin(), s.end(), axes[j].begin(), 0.0), i == j ? 1 : 0,
                 1e-12);
    }
}

TEST(values_between_tiles_are_those_at_their_middles_and_a_constant_stays) {
  for (const bool periodic : {false, true}) {
    const Tiles tiles = make_tiles({40, 36, 50}, {{10, 12, 10}, 0, periodic});
    std::vector<double> values(tiles.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = std::sin(static_cast<double>(7 * i));
    Array3<float> map({40, 36, 50});
    interpolate_tiles(tiles, values, map.view());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Shape p = tiles.first(i);
      double mean = 0;  // the middle lies between points
      for (std::size_t k = 0; k < 8; ++k)
        mean +=
            map.view()(p[0] + 4 + (k & 1), p[1] + 5 + (k >> 1 & 1), p[2] + 4 + (k >> 2)) / 8.0;
      CHECK_NEAR(mean, values[i], 0.1);
    }
    interpolate_tiles(tiles, std::vector<double>(tiles.size(), 2.5), map.view());
    for (const float value : map.values) CHECK_EQUAL(value, 2.5f);
  }
}

TEST(shares_of_the_trials_add_up_to_one) {
  for (double b = -100; b < 120; b += 0.37) {
    float sum = 0;
    for (std::size_t i = 0; i < kTrials.size(); ++i)
      sum += hat_of_trial(kTrials, i).at(static_cast<float>(b));
    CHECK_NEAR(static_cast<double>(sum), 1, 1e-6);
  }
}

TEST(a_single_trial_gives_that_map) {
  const LocalMap local = sharpen_sample({{40, b_iso_factors(40)}}, sample_options());
  Array3<float> expected(kGrid.shape);
  make_sharpened_map(sample_coefficients().view(), kGrid, kDMin, b_iso_factors(40),
                     expected.view());
  CHECK(largest_difference(local.map, expected) < 1e-5);
}

TEST(one_tile_gives_the_B_factor_of_the_whole_map) {
  LocalBFactorOptions options = sample_options();
  options.tiles = {{60, 60, 60}, 10, false};
  options.centre = 30;
  const LocalMap local = sharpen_sample(sample_trials(), options);
  CHECK_EQUAL(local.found.b_sharpen.size(), 1u);
  CHECK_NEAR(local.found.b_sharpen[0], 30, 1e-6);
  Array3<float> expected(kGrid.shape);
  make_sharpened_map(sample_coefficients().view(), kGrid, kDMin, b_iso_factors(30),
                     expected.view());
  CHECK(largest_difference(local.map, expected) < 1e-5);
}

TEST(a_tile_whose_power_rises_more_slowly_is_sharpened_more) {
  // Density that a further b blurs has the power of the map at b_sharpen - b.
  const auto power = [](double b) {
    double sum = 0;
    for (double t = 0; t < 0.04; t += 0.001) sum += std::exp(2 * t * b - 100 * t);
    return sum;
  };
  std::vector<double> b, of_map, of_tile;
  for (double at = -100; at <= 300; at += 20) {
    b.push_back(at);
    of_map.push_back(power(at));
    of_tile.push_back(5 * power(at - 30));
  }
  CHECK_NEAR(local_b_factor(b, of_tile, of_map, 60), 90, 0.5);
  CHECK_NEAR(local_b_factor(b, of_map, of_map, 60), 60, 1e-9);
}

TEST(a_tile_has_the_mean_of_its_surroundings_by_a_gaussian) {
  constexpr double kLength = 150, kDistance = 15;  // Å
  for (const bool periodic : {false, true})
    for (const double radius : {12.0, 20.0, 31.0}) {
      const Tiles tiles = make_tiles({24, 24, 120}, {{24, 24, 12}, 0, periodic});
      const std::size_t n = tiles.size();
      CHECK_EQUAL(n, 10u);
      // One tile at a time has a score; the whole map counts for next to nothing.
      std::vector<TileScores> scores(n, {std::vector<double>(n), 0});
      for (std::size_t i = 0; i < n; ++i) scores[i].of_tiles[i] = 1;
      const auto found = smooth_scores(tiles, {kLength, 30, 30}, tile_contents(tiles, {}),
                                       scores, {radius, 1e-12, {}});
      for (std::size_t i = 0; i < n; ++i) {
        std::vector<double> weights(n), distances(n);
        for (std::size_t j = 0; j < n; ++j) {
          distances[j] = kDistance * static_cast<double>(i > j ? i - j : j - i);
          if (periodic) distances[j] = std::min(distances[j], kLength - distances[j]);
          weights[j] = std::exp(-distances[j] * distances[j] / (2 * radius * radius));
        }
        const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
        for (std::size_t j = 0; j < n; ++j) {
          // Beyond four standard deviations nothing counts.
          CHECK_NEAR(found[i][j], weights[j] / sum, 5e-4);
          if (std::fabs(distances[j] / radius - 3) < 0.3)
            CHECK_NEAR(found[i][j] * sum / weights[j], 1, 1e-3);
        }
      }
    }
}

TEST(the_whole_map_counts_as_so_many_full_tiles) {
  const Tiles tiles = make_tiles({24, 24, 120}, {{24, 24, 12}, 0, false});
  const std::vector<TileScores> scores{{std::vector<double>(tiles.size(), 1), 0}};
  const auto found =
      smooth_scores(tiles, {150, 30, 30}, tile_contents(tiles, {}), scores, {0.1, 3, {}});
  CHECK_NEAR(found[0][0], 1.0 / (1 + 3), 1e-12);
}

TEST(equal_curves_give_the_centre_everywhere) {
  const Tiles tiles = make_tiles({50, 60, 70}, {{20, 20, 20}, 8, false});
  const TileContents contents = tile_contents(tiles, {});
  std::vector<double> curve;
  std::vector<TileScores> scores;
  for (const double b : kTrials) {
    curve.push_back(std::exp(0.01 * b + 1e-5 * b * b));
    scores.push_back({std::vector<double>(tiles.size(), curve.back()), curve.back()});
  }
  for (const auto& smoothed :
       smooth_scores(tiles, {70, 60, 50}, contents, scores, {13, 0.3, {}}))
    CHECK_NEAR(local_b_factor(kTrials, smoothed, curve, 25), 25, 1e-9);
}

TEST(a_tile_counts_by_the_molecule_in_it) {
  const Tiles tiles = make_tiles({40, 40, 40}, {{20, 20, 20}, 0, false});
  Array3<float> molecule({40, 40, 40});
  for (std::size_t z = 0; z < 20; ++z)
    for (std::size_t y = 0; y < 20; ++y) std::fill_n(&molecule.view()(z, y, 10), 25, 1.0f);
  const TileContents contents = tile_contents(tiles, molecule.view());
  CHECK(contents.n_voxels == std::vector<double>({4000, 6000, 0, 0, 0, 0, 0, 0}));
  CHECK_EQUAL(contents.n_voxels_of_map, 10000u);
}

TEST(trials_of_the_caller_give_the_same_bytes_and_a_selected_one_is_used_alone) {
  LocalBFactorOptions options = sample_options();
  const LocalMap expected = sharpen_sample(sample_trials(), options);
  const auto trials = sample_trials();
  std::size_t n_made = 0;
  options.make_trial = [&](std::size_t trial, View3<float> map) {
    ++n_made;
    make_trial_map(sample_coefficients().view(), kGrid, kDMin, trials[trial].factors, map);
  };
  CHECK(sharpen_sample(trials, options).map.same_bytes(expected.map));
  CHECK(n_made > trials.size());
  options.selected = 3;
  n_made = 0;
  const LocalMap alone = sharpen_sample(trials, options);
  CHECK_EQUAL(n_made, 1u);
  for (const float b : alone.b_map.values) CHECK_EQUAL(b, 30.0f);
  options.selected = trials.size();
  CHECK_THROWS(std::invalid_argument, sharpen_sample(trials, options), "selected is 5");
}

TEST(local_maps_have_the_same_bytes_for_any_number_of_threads) {
  LocalBFactorOptions options = sample_options();
  options.tiles.periodic = true;
  Array3<float> molecule(kGrid.shape);
  for (std::size_t z = 8; z < 30; ++z)
    for (std::size_t y = 6; y < 30; ++y) std::fill_n(&molecule.view()(z, y, 9), 25, 1.0f);
  options.molecule = molecule.view();
  options.threads = 1;
  const LocalMap expected = sharpen_sample(sample_trials(), options);
  for (const int threads : kThreadCounts) {
    options.threads = threads;
    const LocalMap local = sharpen_sample(sample_trials(), options);
    CHECK(local.map.same_bytes(expected.map));
    CHECK(local.b_map.same_bytes(expected.b_map));
  }
}

TEST(what_does_not_fit_is_refused) {
  const LocalBFactorOptions options = sample_options();
  CHECK_THROWS(std::invalid_argument, sharpen_sample({}, options), "trials are none");
  CHECK_THROWS(std::invalid_argument,
               sharpen_sample({{0, b_iso_factors(0)}, {-10, b_iso_factors(-10)}}, options),
               "increasing");
  CHECK_THROWS(std::invalid_argument, make_tiles({40, 40, 40}, {{10, 10, 10}, 10, false}),
               "smaller overlap");
  const Array3<float> nothing(kGrid.shape);
  LocalBFactorOptions empty = options;
  empty.molecule = nothing.view();
  CHECK_THROWS(std::invalid_argument, sharpen_sample(sample_trials(), empty), "molecule");
}

int main() { return run_all(); }
