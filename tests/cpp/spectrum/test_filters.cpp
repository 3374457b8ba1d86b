// filters.hpp: factors term by term, random phases that a real map can have.
#include <limits>

#include "check.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/fourier.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

template <class Real>
using Transform = Array3<std::complex<Real>>;

template <class Real>
Transform<Real> transform_of_random(const Grid& grid, unsigned seed) {
  const auto map = random_map<Real>(grid.shape, seed);
  Transform<Real> f(half_complex(grid.shape));
  forward_transform<Real>(map.view(), f.view(), Columns::all(grid));
  return f;
}

ScaleFactors directional_factors() {
  ScaleFactors factors;
  factors.step = 0.031;
  factors.gain = {1.0f, 1.4f, 0.9f, 2.0f, 1.1f};
  factors.ratio = {0.01f, 0.3f, 1.0f, 2.5f, 9.0f};
  factors.gain_b = {12, -30, 18, 5, -7, 9};
  factors.ratio_b = {-8, 20, -12, 3, 6, -4};
  return factors;
}

template <class Real>
void check_term_by_term(const Grid& grid, const ScaleFactors& factors, bool of_mean) {
  const double s_max = 1 / grid.nyquist();
  const auto a = transform_of_random<Real>(grid, 1), b = transform_of_random<Real>(grid, 2);
  Transform<Real> out(a.shape, std::complex<Real>(5));
  const double variance = apply_scale_factors<Real>(
      a.view(), of_mean ? b.view() : View3<const std::complex<Real>>(), out.view(), grid,
      Columns::within(grid, s_max), s_max, factors);
  std::size_t kept = 0, cut = 0;
  for (std::size_t z = 0; z < a.shape[0]; ++z)
    for (std::size_t y = 0; y < a.shape[1]; ++y)
      for (std::size_t x = 0; x < a.shape[2]; ++x) {
        const Vector s = vector_of_term(grid, z, y, x);
        const std::complex<double> value(out.view()(z, y, x));
        if (length_of(s) > s_max || x + y + z == 0) {
          CHECK_EQUAL(value, std::complex<double>(0));
          ++cut;
          continue;
        }
        std::complex<double> expected(a.view()(z, y, x));
        if (of_mean) expected = (expected + std::complex<double>(b.view()(z, y, x))) / 2.0;
        expected *= factors.at(s);
        CHECK_NEAR(std::abs(value - expected), 0, 1e-5 * std::abs(expected) + 1e-6);
        ++kept;
      }
  CHECK(kept > 50);
  CHECK(cut > 50);

  Array3<Real> map(grid.shape);
  inverse_transform<Real>(out.view(), map.view(), Columns::all(grid));
  double sum = 0, squares = 0;
  for (Real value : map.values) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  const auto n = static_cast<double>(grid.size());
  CHECK_NEAR(sum / n, 0, 1e-6);
  CHECK_NEAR(variance, squares / n, 1e-5 * variance);
}

template <class Real>
void check_random_phases(const Grid& grid) {
  const double s_max = 1 / grid.nyquist(), s_from = 0.05;
  const Columns columns = Columns::within(grid, s_max);
  const auto f = transform_of_random<Real>(grid, 3);
  Transform<Real> mixed(f.shape, std::complex<Real>(5));
  randomise_phases<Real>(f.view(), mixed.view(), grid, columns, s_max, s_from, 11);
  // A map holds no more than Friedel's law allows: what comes back is what was put in.
  auto used = mixed;
  Array3<Real> map(grid.shape);
  Transform<Real> again(f.shape);
  inverse_transform<Real>(used.view(), map.view(), Columns::all(grid));
  forward_transform<Real>(map.view(), again.view(), Columns::all(grid));
  std::size_t changed = 0, kept = 0;
  const double noise = sizeof(Real) == 4 ? 1e-3 : 1e-9;
  for (std::size_t z = 0; z < f.shape[0]; ++z)
    for (std::size_t y = 0; y < f.shape[1]; ++y)
      for (std::size_t x = 0; x < f.shape[2]; ++x) {
        const double s = s_of_term(grid, z, y, x);
        const auto before = f.view()(z, y, x), after = mixed.view()(z, y, x);
        if (s > s_max) {
          CHECK_EQUAL(after, std::complex<Real>(0));
          continue;
        }
        CHECK_NEAR(std::abs(after), std::abs(before),
                   1e-6 * std::abs(before));  // float phasors
        CHECK_NEAR(std::abs(again.view()(z, y, x) - after), 0, noise);
        if (s < s_from) {
          CHECK_EQUAL(after, before);
          ++kept;
        } else if (std::abs(after - before) > noise) {
          ++changed;
        }
      }
  CHECK(kept > 10);
  CHECK(changed > 100);
}

template <class Real>
void check_threads(const Grid& grid) {
  const double s_max = 1 / grid.nyquist();
  const auto a = transform_of_random<Real>(grid, 4), b = transform_of_random<Real>(grid, 5);
  const Columns columns = Columns::within(grid, s_max);
  Transform<Real> scaled_once(a.shape), mixed_once(a.shape);
  const double variance_once = apply_scale_factors<Real>(
      a.view(), b.view(), scaled_once.view(), grid, columns, s_max, directional_factors(), 1);
  randomise_phases<Real>(a.view(), mixed_once.view(), grid, columns, s_max, 0.05, 3, 1);
  for (int threads : kThreadCounts) {
    Transform<Real> scaled(a.shape), mixed(a.shape);
    const double variance =
        apply_scale_factors<Real>(a.view(), b.view(), scaled.view(), grid, columns, s_max,
                                  directional_factors(), threads);
    randomise_phases<Real>(a.view(), mixed.view(), grid, columns, s_max, 0.05, 3, threads);
    CHECK(scaled.same_bytes(scaled_once));
    CHECK(mixed.same_bytes(mixed_once));
    CHECK_EQUAL(variance, variance_once);
  }
}

const Grid kGrids[] = {Grid({12, 14, 16}, kTriclinic), Grid({11, 13, 15}, kTriclinic),
                       Grid({9, 16, 13}, kOrthogonal)};

}  // namespace

TEST(every_term_gets_the_factor_of_its_own_vector) {
  ScaleFactors without_ratio = directional_factors();
  without_ratio.ratio.clear();
  for (const Grid& grid : kGrids) {
    check_term_by_term<float>(grid, directional_factors(), true);
    check_term_by_term<double>(grid, directional_factors(), false);
    check_term_by_term<float>(grid, without_ratio, false);
    check_term_by_term<double>(grid, without_ratio, true);
  }
}

TEST(scaling_may_write_over_either_input) {
  const Grid grid({9, 16, 13}, kOrthogonal);
  const auto a = transform_of_random<float>(grid, 6), b = transform_of_random<float>(grid, 7);
  const Columns columns = Columns::within(grid, 0.14);
  const auto scaled = [&](const Transform<float>& x, const Transform<float>& y,
                          Transform<float>& out) {
    apply_scale_factors<float>(x.view(), y.view(), out.view(), grid, columns, 0.14,
                               directional_factors());
  };
  Transform<float> beside(a.shape);
  scaled(a, b, beside);
  auto over_a = a, over_b = b;
  scaled(over_a, b, over_a);
  scaled(a, over_b, over_b);
  CHECK(over_a.same_bytes(beside));
  CHECK(over_b.same_bytes(beside));
}

TEST(tables_are_linear_between_values_and_held_at_the_end) {
  ScaleFactors factors;
  factors.step = 0.1;
  factors.gain = {2, 4, 1};
  CHECK_NEAR(factors.at({0, 0, 0}), 2, 1e-12);
  CHECK_NEAR(factors.at({0.05, 0, 0}), 3, 1e-6);
  CHECK_NEAR(factors.at({0, 0.2, 0}), 1, 1e-6);
  CHECK_NEAR(factors.at({0, 0, 5}), 1, 1e-12);
}

TEST(the_radial_mean_of_a_radial_table_is_the_table) {
  ScaleFactors factors;
  factors.step = 0.1;
  factors.gain = {2, 4, 1};
  factors.ratio = {1, 1, 3};
  CHECK_NEAR(factors.radial_mean(0.1), 2, 2e-3);
  CHECK_NEAR(factors.radial_mean(0.2), 0.25, 2e-3);
}

TEST(random_phases_keep_amplitudes_and_friedels_law) {
  for (const Grid& grid : kGrids) {
    check_random_phases<float>(grid);
    check_random_phases<double>(grid);
  }
}

TEST(a_seed_gives_the_same_phases_and_another_seed_others) {
  const Grid grid({9, 16, 13}, kOrthogonal);
  const auto f = transform_of_random<float>(grid, 8);
  const auto mixed = [&](std::uint64_t seed) {
    Transform<float> out(f.shape);
    randomise_phases<float>(f.view(), out.view(), grid, Columns::all(grid), 0.2, 0.03, seed);
    return out;
  };
  CHECK(mixed(5).same_bytes(mixed(5)));
  CHECK(!mixed(5).same_bytes(mixed(6)));
}

TEST(filters_have_the_same_bytes_for_any_number_of_threads) {
  check_threads<float>(kGrids[0]);
  check_threads<double>(kGrids[1]);
}

TEST(arguments_that_do_not_fit_are_named) {
  const Grid grid({4, 4, 4}, kOrthogonal);
  Transform<float> right({4, 4, 3}), wrong({4, 4, 4});
  const Columns columns = Columns::all(grid);
  const auto apply = [&](View3<const std::complex<float>> a,
                         View3<const std::complex<float>> b, View3<std::complex<float>> out,
                         const ScaleFactors& factors) {
    apply_scale_factors<float>(a, b, out, grid, columns, 0.1, factors);
  };
  const ScaleFactors good = directional_factors();
  ScaleFactors short_table = good, unequal = good, no_step = good;
  short_table.gain = {1};
  unequal.ratio.pop_back();
  no_step.step = 0;
  CHECK_THROWS(std::invalid_argument, apply(wrong.view(), {}, right.view(), good),
               "a has shape (4, 4, 4), expected (4, 4, 3)");
  CHECK_THROWS(std::invalid_argument, apply(right.view(), wrong.view(), right.view(), good),
               "b has shape (4, 4, 4), expected (4, 4, 3)");
  CHECK_THROWS(std::invalid_argument, apply(right.view(), {}, wrong.view(), good),
               "out has shape (4, 4, 4), expected (4, 4, 3)");
  CHECK_THROWS(std::invalid_argument, apply(right.view(), {}, right.view(), short_table),
               "scale factors have 1 values");
  CHECK_THROWS(std::invalid_argument, apply(right.view(), {}, right.view(), no_step),
               "in steps of 0");
  CHECK_THROWS(std::invalid_argument, unequal.at({0, 0, 0.1}), "5 gains and 4 ratios");
  CHECK_THROWS(
      std::invalid_argument,
      randomise_phases<float>(wrong.view(), right.view(), grid, columns, 0.1, 0.05, 1),
      "a has shape (4, 4, 4), expected (4, 4, 3)");
  CHECK_THROWS(
      std::invalid_argument,
      randomise_phases<float>(right.view(), wrong.view(), grid, columns, 0.1, 0.05, 1),
      "out has shape (4, 4, 4), expected (4, 4, 3)");
}

TEST(padded_rows_and_columns_of_another_grid_are_refused) {
  const Grid grid({4, 4, 4}, kOrthogonal), other({4, 6, 4}, kOrthogonal);
  std::vector<std::complex<float>> memory(4 * 4 * 5);
  const View3<std::complex<float>> tight(memory.data(), {4, 4, 3});
  const View3<std::complex<float>> padded(memory.data(), {4, 4, 3}, 5);
  const ScaleFactors factors = directional_factors();
  const Columns columns = Columns::all(grid), wrong = Columns::all(other);
  CHECK_THROWS(std::invalid_argument,
               apply_scale_factors<float>(padded, {}, tight, grid, columns, 0.1, factors),
               "a has padded rows");
  CHECK_THROWS(std::invalid_argument,
               apply_scale_factors<float>(tight, {}, padded, grid, columns, 0.1, factors),
               "out has padded rows");
  CHECK_THROWS(std::invalid_argument,
               apply_scale_factors<float>(tight, {}, tight, grid, wrong, 0.1, factors),
               "columns are those of another grid");
  CHECK_THROWS(std::invalid_argument,
               randomise_phases<float>(padded, tight, grid, columns, 0.1, 0.05, 1),
               "a has padded rows");
  CHECK_THROWS(std::invalid_argument,
               randomise_phases<float>(tight, tight, grid, wrong, 0.1, 0.05, 1),
               "columns are those of another grid");
}

int main() { return run_all(); }
