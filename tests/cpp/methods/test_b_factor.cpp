// b_factor.hpp: a map and a list of B factors in, scores out, without Python.
#include <limits>

#include "check.hpp"
#include "map_sharpening/b_factor.hpp"
#include "map_sharpening/fourier.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

const Grid kGrid({40, 36, 45}, {45, 38, 41});

// Atoms with noise.
Array3<float> sample_map() {
  Array3<float> map = make_pair_of_halves(kGrid.shape, 0.05, 3).half_1;
  return map;
}

BFactorScanOptions scan_options() {
  BFactorScanOptions options;
  options.resolution = 3;
  options.b_iso = {-50, 0, 60, 150};
  options.score.solvent_fraction = 0.7;
  static const Array3<float> molecule(kGrid.shape, 1.0f);
  options.score.molecule = molecule.view();
  return options;
}

}  // namespace

TEST(a_scan_of_a_map_has_a_trial_and_a_score_for_each_b_iso) {
  const BFactorScan scan = scan_b_factors(sample_map().view(), kGrid.cell, scan_options());
  CHECK(scan.wilson.determined);
  CHECK_EQUAL(scan.scores.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK_NEAR(scan.trials[i].b_sharpen, scan.b_iso - scan_options().b_iso[i], 1e-12);
    CHECK_EQUAL(scan.trials[i].d_cut, 3.0);
    CHECK_EQUAL(scan.scores[i].n_voxels, kGrid.size());
  }
}

TEST(a_scan_of_a_map_is_that_of_its_steps) {
  const auto map = sample_map();
  const BFactorScan scan = scan_b_factors(map.view(), kGrid.cell, scan_options());
  Array3<std::complex<float>> f(half_complex(kGrid.shape));
  forward_transform<float>(map.view(), f.view(), Columns::all(kGrid));
  const double d_min = 0.833 * 3;
  const auto fit = fit_wilson_b<float>(f.view(), {}, kGrid, 3);
  CHECK_NEAR(scan.b_iso, isotropic_part(fit.b), 1e-2);
  std::vector<ScaleFactors> factors;
  for (const BFactorTrial& trial : scan.trials)
    factors.push_back(b_iso_to_d_cut_factors(trial, d_min, scan.wilson.b));
  const auto scores =
      scan_scale_factors(f.view(), kGrid, d_min, factors, scan_options().score);
  Array3<float> sharpened(kGrid.shape);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    make_sharpened_map(f.view(), kGrid, d_min, factors[i], sharpened.view());
    const MapScore score = score_map(sharpened.view(), scan_options().score);
    CHECK_NEAR(scores[i].kurtosis, scan.scores[i].kurtosis, 1e-3);
    CHECK_EQUAL(scores[i].adjusted_surface_area, score.adjusted_surface_area);
    CHECK_NEAR(score.standard_deviation, 1, 1e-5);
    CHECK_NEAR(score.mean, 0, 1e-6);
  }
}

TEST(a_scan_has_the_same_bytes_for_any_number_of_threads) {
  const auto map = sample_map();
  BFactorScanOptions options = scan_options();
  options.threads = 1;
  const BFactorScan expected = scan_b_factors(map.view(), kGrid.cell, options);
  for (int threads : kThreadCounts) {
    options.threads = threads;
    const BFactorScan scan = scan_b_factors(map.view(), kGrid.cell, options);
    for (std::size_t i = 0; i < scan.scores.size(); ++i) {
      CHECK_EQUAL(scan.scores[i].adjusted_surface_area,
                  expected.scores[i].adjusted_surface_area);
      CHECK_EQUAL(scan.scores[i].kurtosis, expected.scores[i].kurtosis);
    }
  }
}

TEST(the_best_trial_is_the_first_with_the_highest_score) {
  std::vector<MapScore> scores(4);
  const double values[] = {1, 3, 3, 2};
  for (std::size_t i = 0; i < 4; ++i) {
    scores[i].adjusted_surface_area = values[i];
    scores[i].kurtosis = -values[i];
  }
  CHECK_EQUAL(best_trial(scores, &MapScore::adjusted_surface_area).value(), 1u);
  CHECK_EQUAL(best_trial(scores, &MapScore::kurtosis).value(), 0u);
  scores[3].skewness = 0.5;
  CHECK_EQUAL(best_trial(scores, &MapScore::skewness).value(), 3u);
}

TEST(trials_without_a_score_are_never_best) {
  std::vector<MapScore> scores(3);  // NaN
  scores[1].adjusted_surface_area = -std::numeric_limits<double>::infinity();
  CHECK(!best_trial(scores, &MapScore::adjusted_surface_area).has_value());
  scores[2].adjusted_surface_area = -5;
  CHECK_EQUAL(best_trial(scores, &MapScore::adjusted_surface_area).value(), 2u);
}

TEST(factors_without_coarse_terms_rise_from_zero_to_the_old_ones) {
  const double d = 32, d_min = 2.5;
  for (const ScaleFactors& factors :
       {b_iso_factors(80), b_iso_to_d_cut_factors({80, 3.0}, d_min)}) {
    const ScaleFactors passed = without_coarse_terms(factors, d, d_min);
    for (double s = 0; s < 1 / d_min; s += 0.003) {
      const double rise = 1 - std::exp2(-s * s * d * d);
      CHECK_NEAR(passed.at({s, 0, 0}), rise * factors.at({s, 0, 0}),
                 2e-3 * factors.at({s, 0, 0}));
    }
    CHECK_EQUAL(passed.at({0, 0, 0}), 0.0);
  }
  CHECK_THROWS(std::invalid_argument, without_coarse_terms(b_iso_factors(80), 0, d_min),
               "d is 0 Å; it must be above 0");
}

TEST(ratios_go_along_with_factors_without_coarse_terms) {
  ScaleFactors factors = b_iso_factors(80);
  factors.step = 0.1;
  factors.gain = {1, 2, 1, 1};
  factors.ratio = {0, 1, 3, 3};
  const ScaleFactors passed = without_coarse_terms(factors, 12, 4);
  CHECK(passed.ratio.size() == passed.gain.size());
  for (const double s : {0.05, 0.1, 0.17, 0.25})
    CHECK_NEAR(passed.noise_to_signal({s, 0, 0}), factors.noise_to_signal({s, 0, 0}), 1e-6);
  factors.ratio.pop_back();
  CHECK_THROWS(std::invalid_argument, without_coarse_terms(factors, 12, 4), "3 ratios");
}

TEST(factors_without_coarse_terms_have_an_end) {
  for (const double d : {1e9, 1e300})
    CHECK_THROWS(std::invalid_argument, without_coarse_terms(b_iso_factors(80), d, 4),
                 "expected at most");
  CHECK_THROWS(std::invalid_argument, without_coarse_terms(b_iso_factors(80), 12, 1e-9),
               "expected at most");
}

TEST(coarse_terms_are_left_out_of_what_is_scored_only) {
  BFactorScanOptions options = scan_options();
  const auto with_all = scan_b_factors(sample_map().view(), kGrid.cell, options);
  options.coarse_terms = kCoarseTerms;
  const auto without = scan_b_factors(sample_map().view(), kGrid.cell, options);
  CHECK(with_all.scores[0].skewness != without.scores[0].skewness);
  CHECK(without.best_factors.at({0.02, 0, 0}) > 0.9);
}

TEST(a_scan_has_a_best_trial_by_each_target) {
  BFactorScanOptions options = scan_options();
  CHECK(options.target == &MapScore::skewness);
  for (auto target :
       {&MapScore::skewness, &MapScore::adjusted_surface_area, &MapScore::kurtosis}) {
    options.target = target;
    CHECK(scan_b_factors(sample_map().view(), kGrid.cell, options).best.has_value());
  }
}

TEST(the_factors_of_the_best_trial_make_its_map) {
  const auto map = sample_map();
  BFactorScanOptions options = scan_options();
  options.target = &MapScore::kurtosis;
  const BFactorScan scan = scan_b_factors(map.view(), kGrid.cell, options);
  Array3<std::complex<float>> f(half_complex(kGrid.shape));
  forward_transform<float>(map.view(), f.view(), Columns::all(kGrid));
  Array3<float> sharpened(kGrid.shape);
  make_sharpened_map(f.view(), kGrid, 0.833 * 3, scan.best_factors, sharpened.view());
  CHECK_NEAR(central_moments(sharpened.view()).kurtosis,
             scan.scores[scan.best.value()].kurtosis, 1e-3);
}

TEST(progress_is_told_of_each_trial) {
  std::vector<std::size_t> seen;
  BFactorScanOptions options = scan_options();
  options.progress = [&](std::size_t done, std::size_t total) {
    seen.push_back(done);
    CHECK_EQUAL(total, 4u);
  };
  scan_b_factors(sample_map().view(), kGrid.cell, options);
  CHECK(seen == (std::vector<std::size_t>{1, 2, 3, 4}));
}

TEST(arguments_that_do_not_fit_are_named) {
  const auto map = sample_map();
  BFactorScanOptions no_resolution = scan_options(), no_trials = scan_options(),
                     coarse = scan_options();
  BFactorScanOptions no_molecule = scan_options(), no_solvent = scan_options();
  no_molecule.score.molecule = {};
  no_solvent.target = &MapScore::adjusted_surface_area;
  no_solvent.score.solvent_fraction.reset();
  CHECK_THROWS(std::invalid_argument, scan_b_factors(map.view(), kGrid.cell, no_molecule),
               "score.molecule is empty; expected a mask");
  CHECK_THROWS(std::invalid_argument, scan_b_factors(map.view(), kGrid.cell, no_solvent),
               "score.solvent_fraction is not given; expected");
  no_resolution.resolution = 0;
  no_trials.b_iso.clear();
  coarse.resolution = 20;
  CHECK_THROWS(std::invalid_argument, scan_b_factors(map.view(), kGrid.cell, no_resolution),
               "resolution is 0");
  CHECK_THROWS(std::invalid_argument, scan_b_factors(map.view(), kGrid.cell, no_trials),
               "b_iso is empty");
  CHECK_THROWS(UnusableDataError, scan_b_factors(map.view(), kGrid.cell, coarse),
               "too few terms between 11.2 and 20");
  Array3<float> damaged = map;
  damaged.values[7] = std::numeric_limits<float>::infinity();
  CHECK_THROWS(UnusableDataError, scan_b_factors(damaged.view(), kGrid.cell, scan_options()),
               "map holds values that are not finite");
  CHECK_THROWS(std::invalid_argument, resolution_dependent_factors({1, 2, 3}, 0, 2),
               "resolution is 0");
  CHECK_THROWS(std::invalid_argument, resolution_dependent_factors({1, 2, 3}, 3, 2, 1.2),
               "d_min_ratio is 1.2");
  CHECK_THROWS(std::invalid_argument, b_iso_to_d_cut_factors({}, -1), "d_min is -1");
}

int main() { return run_all(); }
