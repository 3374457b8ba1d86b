// masks.hpp: tapers, molecular masks, moments, the solvent's level.
#include "check.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/masks.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

Array3<float> mask_of(const Pair& pair, const Grid& grid, MolecularMask& found, int threads) {
  Array3<std::complex<float>> f_1(half_complex(grid.shape)), f_2(f_1.shape);
  forward_transform<float>(pair.half_1.view(), f_1.view(), Columns::all(grid));
  forward_transform<float>(pair.half_2.view(), f_2.view(), Columns::all(grid));
  Array3<float> mask(grid.shape, -1);
  found =
      make_molecular_mask(f_1.view(), f_2.view(), grid, {8, 4, 0.08}, mask.view(), threads);
  return mask;
}

}  // namespace

TEST(a_taper_is_zero_at_the_faces_and_one_inside) {
  for (const Shape& shape : {Shape{20, 24, 30}, Shape{21, 23, 31}}) {
    const Grid grid(shape, {60, 48, 40});
    Array3<float> weight(shape, 1);
    apply_edge_taper(weight.view(), grid, 6);
    for (std::size_t z = 0; z < shape[0]; ++z)
      for (std::size_t y = 0; y < shape[1]; ++y)
        for (std::size_t x = 0; x < shape[2]; ++x)
          if (z == 0 || y == 0 || x == 0 || z + 1 == shape[0] || y + 1 == shape[1] ||
              x + 1 == shape[2])
            CHECK_EQUAL(weight.view()(z, y, x), 0.0f);
    CHECK_EQUAL(weight.view()(shape[0] / 2, shape[1] / 2, shape[2] / 2), 1.0f);
  }
}

TEST(a_taper_multiplies_a_padded_array_and_leaves_its_padding) {
  const Grid grid({8, 9, 10}, {20, 18, 16});
  Array3<float> tight(grid.shape, 2);
  std::vector<float> memory(8 * 9 * 13, 2);
  const View3<float> padded(memory.data(), grid.shape, 13);
  apply_edge_taper(tight.view(), grid, 5);
  apply_edge_taper(padded, grid, 5);
  for (std::size_t z = 0; z < 8; ++z)
    for (std::size_t y = 0; y < 9; ++y)
      for (std::size_t x = 0; x < 13; ++x)
        CHECK_EQUAL(padded(z, y, x), x < 10 ? tight.view()(z, y, x) : 2.0f);
}

TEST(a_molecular_mask_covers_the_molecule_and_not_the_corners) {
  const Shape shape{36, 40, 44};
  const Grid grid(shape, {52.8, 48, 43.2});
  MolecularMask found;
  const Pair pair = make_pair_of_halves(shape, 0.3, 1);
  const auto mask = mask_of(pair, grid, found, 0);
  CHECK(found.is_trustworthy);
  CHECK(found.molecule_fraction > 0.01);
  CHECK(found.fraction < 0.6);
  double inside = 0, all = 0;
  for (std::size_t i = 0; i < mask.values.size(); ++i) {
    CHECK(mask.values[i] >= 0 && mask.values[i] <= 1);
    const double power = pair.truth.values[i] * pair.truth.values[i];
    all += power;
    inside += power * mask.values[i];
  }
  CHECK(inside > 0.98 * all);
  CHECK_EQUAL(mask.values.front(), 0.0f);
  CHECK_NEAR(mask_moments(mask.view()).mean, found.fraction, 1e-6);
}

TEST(what_is_broad_counts_as_signal_by_the_coarsest_terms_alone) {
  const Shape shape{36, 40, 44};
  const Grid grid(shape, {52.8, 48, 43.2});
  Pair pair = make_pair_of_halves(shape, 0.3, 1);
  MolecularMask plain, broad;
  mask_of(pair, grid, plain, 0);
  float largest = 0;
  for (const float value : pair.truth.values) largest = std::max(largest, value);
  for (std::size_t i = 0; i < pair.truth.values.size(); ++i) {
    const double turn =
        2 * std::acos(-1.0) * static_cast<double>(i % shape[2]) / 44;  // 52.8 Å long
    const auto more = static_cast<float>(0.3 * largest * (1 - std::cos(turn)));
    pair.half_1.values[i] += more;
    pair.half_2.values[i] += more;
  }
  mask_of(pair, grid, broad, 0);
  CHECK(broad.signal_fraction.all > 1.2 * plain.signal_fraction.all);
  CHECK_NEAR(broad.signal_fraction.without_coarsest, plain.signal_fraction.without_coarsest,
             1e-4 * plain.signal_fraction.without_coarsest);
  Array3<std::complex<float>> f(half_complex(shape));
  forward_transform<float>(pair.truth.view(), f.view(), Columns::all(grid));
  const auto coarse = signal_fraction(f.view(), f.view(), grid, {12, 8, 0.08});
  CHECK(coarse.all > 0);
  CHECK_EQUAL(coarse.without_coarsest, 0.0);
}

TEST(noise_alone_gives_a_mask_that_is_not_trusted) {
  const Shape shape{36, 40, 44};
  Pair pair{random_map<float>(shape, 1), random_map<float>(shape, 2), Array3<float>(shape)};
  MolecularMask found;
  mask_of(pair, Grid(shape, {52.8, 48, 43.2}), found, 0);
  CHECK(!found.is_trustworthy);
}

TEST(masks_have_the_same_bytes_for_any_number_of_threads) {
  const Shape shape{31, 30, 33};
  const Grid grid(shape, kTriclinic);
  const Pair pair = make_pair_of_halves(shape, 0.3, 5);
  MolecularMask found;
  const auto expected = mask_of(pair, grid, found, 1);
  Array3<float> expected_taper(shape, 1);
  apply_edge_taper(expected_taper.view(), grid, 7, 1);
  const MaskMoments moments_once = mask_moments(expected.view(), 1);
  const double level_once = solvent_level(pair.half_1.view(), expected.view(), 1);
  const double fraction_once = found.fraction;
  for (int threads : kThreadCounts) {
    CHECK(mask_of(pair, grid, found, threads).same_bytes(expected));
    CHECK_EQUAL(found.fraction, fraction_once);
    Array3<float> taper(shape, 1);
    apply_edge_taper(taper.view(), grid, 7, threads);
    CHECK(taper.same_bytes(expected_taper));
    CHECK_EQUAL(mask_moments(expected.view(), threads).mean_fourth, moments_once.mean_fourth);
    CHECK_EQUAL(solvent_level(pair.half_1.view(), expected.view(), threads), level_once);
  }
}

TEST(moments_are_means_of_powers) {
  Array3<float> mask({2, 2, 2}, 0.5f);
  mask.values[0] = 1;
  const MaskMoments moments = mask_moments(mask.view());
  CHECK_NEAR(moments.mean, 4.5 / 8, 1e-12);
  CHECK_NEAR(moments.mean_square, 2.75 / 8, 1e-12);
  CHECK_NEAR(moments.mean_fourth, 1.4375 / 8, 1e-12);
  CHECK_NEAR(moments.independent_fraction(), 2.75 * 2.75 / (8 * 1.4375), 1e-12);
}

TEST(the_solvents_level_is_the_mean_outside_the_mask) {
  Array3<float> map({4, 4, 4}, 3), mask({4, 4, 4}, 0);
  map.values[5] = 100;
  mask.values[5] = 1;
  CHECK_NEAR(solvent_level(map.view(), mask.view()), 3, 1e-12);
}

TEST(without_an_outside_the_solvents_level_is_the_mean_of_all) {
  Array3<float> map({4, 4, 4}, 3);
  const Array3<float> mask({4, 4, 4}, 1);
  map.values[5] = 67;
  CHECK_NEAR(solvent_level(map.view(), mask.view()), 4, 1e-12);
}

TEST(arguments_that_do_not_fit_are_named) {
  const Grid grid({4, 4, 4}, kOrthogonal);
  Array3<float> mask({4, 4, 4}), wrong({4, 4, 5});
  const Array3<std::complex<float>> right_f({4, 4, 3}), wrong_f({4, 4, 4});
  CHECK_THROWS(std::invalid_argument, apply_edge_taper(wrong.view(), grid, 2),
               "weight has shape (4, 4, 5), expected (4, 4, 4)");
  CHECK_THROWS(std::invalid_argument,
               make_molecular_mask(wrong_f.view(), right_f.view(), grid, {}, mask.view()),
               "half_1 has shape (4, 4, 4), expected (4, 4, 3)");
  CHECK_THROWS(std::invalid_argument,
               make_molecular_mask(right_f.view(), wrong_f.view(), grid, {}, mask.view()),
               "half_2 has shape (4, 4, 4), expected (4, 4, 3)");
  CHECK_THROWS(std::invalid_argument,
               make_molecular_mask(right_f.view(), right_f.view(), grid, {}, wrong.view()),
               "mask has shape (4, 4, 5), expected (4, 4, 4)");
  CHECK_THROWS(std::invalid_argument, solvent_level(mask.view(), wrong.view()),
               "mask has shape (4, 4, 5), expected (4, 4, 4)");
}

TEST(mask_values_outside_0_to_1_are_refused) {
  for (float value : {1.5f, -0.5f, std::nanf("")}) {
    Array3<float> mask({4, 4, 4}, 0.5f);
    mask.values[9] = value;
    CHECK_THROWS(UnusableDataError, mask_moments(mask.view()),
                 "mask holds values outside 0 to 1");
  }
}

int main() { return run_all(); }
