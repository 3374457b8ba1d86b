// sphere_powers.hpp: two maps transformed as one have the powers of each.
#include <numeric>

#include "check.hpp"
#include "fourier/sphere_powers.hpp"
#include "map_sharpening/fourier.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

// Whole layers and parts of them, odd and even, fewer columns than a set, prime numbers.
const Grid kGrids[] = {Grid({16, 16, 16}, {16, 16, 16}), Grid({15, 20, 18}, kTriclinic),
                       Grid({9, 7, 5}, kOrthogonal),     Grid({13, 11, 17}, kTriclinic),
                       Grid({1, 3, 40}, {30, 3, 1}),     Grid({8, 1, 2}, {2, 1, 8})};

// Above 0 in some rows only, and not from end to end.
Array3<float> soft_weights(const Shape& shape) {
  Array3<float> weights(shape);
  const auto from_middle = [](std::size_t i, std::size_t n) {
    return (static_cast<double>(i) - static_cast<double>(n / 2)) / static_cast<double>(n + 1);
  };
  for (std::size_t z = 0; z < shape[0]; ++z)
    for (std::size_t y = 0; y < shape[1]; ++y)
      for (std::size_t x = 0; x < shape[2]; ++x) {
        const double r = 2 * std::hypot(from_middle(z, shape[0]), from_middle(y, shape[1]),
                                        from_middle(x, shape[2]));
        weights.view()(z, y, x) = static_cast<float>(std::max(1 - r, 0.0));
      }
  return weights;
}

Array3<float> product(const Array3<float>& map, const Array3<float>& weights) {
  Array3<float> out = map;
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] *= weights.values[i];
  return out;
}

SpherePowers::Sums measured(const SpherePowers& powers, const Array3<float>& a,
                            const Array3<float>& b, SpherePowers::Workspace& work) {
  return powers(
      [&](const SphereRow& row, float* to_1, float* to_2) {
        std::copy_n(a.values.data() + row.index, row.count, to_1);
        std::copy_n(b.values.data() + row.index, row.count, to_2);
      },
      work);
}

PowerSums expected(const Array3<float>& a, const Array3<float>& b, const Grid& grid,
                   const Shells& shells) {
  const Columns all = Columns::all(grid);
  Array3<std::complex<float>> f_a(half_complex(grid.shape)), f_b(f_a.shape);
  forward_transform<float>(a.view(), f_a.view(), all);
  forward_transform<float>(b.view(), f_b.view(), all);
  return power_sums<float>(f_a.view(), f_b.view(), grid, all, shells, false);
}

}  // namespace

TEST(two_maps_transformed_as_one_have_the_powers_of_each) {
  for (const Grid& grid : kGrids)
    for (double share : {1.0, 0.6}) {
      const Shells shells{share / grid.nyquist() / 5, 5};
      const Array3<float> weights = soft_weights(grid.shape);
      const Array3<float> a = product(random_map<float>(grid.shape, 1), weights);
      const Array3<float> b = product(random_map<float>(grid.shape, 2), weights);
      const SpherePowers powers(grid, weights.values, shells);
      SpherePowers::Workspace work = powers.workspace();
      // What an earlier sphere left does not matter.
      measured(powers, b, b, work);
      const SpherePowers::Sums sums = measured(powers, a, b, work);
      const PowerSums one_by_one = expected(a, b, grid, shells);
      for (std::size_t i = 0; i < shells.count; ++i) {
        const double both = one_by_one.auto_1[i] + one_by_one.auto_2[i];
        CHECK_NEAR(sums.both[i], both, 1e-5 * both);
        CHECK_NEAR(sums.cross[i], one_by_one.cross[i], 1e-5 * both);
      }
    }
}

TEST(rows_are_those_with_weights_above_0) {
  Array3<float> weights({2, 3, 9});
  weights.view()(0, 1, 2) = 1;
  weights.view()(0, 1, 5) = 0.5f;
  weights.view()(1, 2, 8) = 1;
  const SpherePowers powers(Grid({2, 3, 9}, {2, 3, 9}), weights.values, {0.1, 5});
  CHECK_EQUAL(powers.rows().size(), 2u);
  const SphereRow first = powers.rows()[0], second = powers.rows()[1];
  CHECK_EQUAL(first.z, 0u);
  CHECK_EQUAL(first.y, 1u);
  CHECK_EQUAL(first.x, 2u);
  CHECK_EQUAL(first.count, 4u);
  CHECK_EQUAL(first.index, 11u);
  CHECK_EQUAL(second.z, 1u);
  CHECK_EQUAL(second.x, 8u);
  CHECK_EQUAL(second.count, 1u);
}

TEST(sums_over_rows_of_any_length) {
  const auto values = random_map<float>({1, 1, 40}, 3).values;
  const auto by = random_map<float>({1, 1, 40}, 4).values;
  for (std::size_t count = 0; count <= values.size(); ++count) {
    double lanes[kSphereLanes] = {1}, squares[kSphereLanes] = {1};
    sphere_kernels().add_weighted(values.data(), by.data(), count, lanes);
    sphere_kernels().add_squares(values.data(), by.data(), count, squares);
    double sum = 1, square_sum = 1;
    for (std::size_t i = 0; i < count; ++i) {
      const double term = static_cast<double>(values[i]) * static_cast<double>(by[i]);
      sum += term;
      square_sum += term * term;
    }
    CHECK_NEAR(std::accumulate(lanes, lanes + kSphereLanes, 0.0), sum, 1e-5);
    CHECK_NEAR(std::accumulate(squares, squares + kSphereLanes, 0.0), square_sum, 1e-5);

    std::vector<float> out(values.size() + 1, -7.0f);
    sphere_kernels().weigh(values.data(), by.data(), count, 0.25f, 2, out.data());
    for (std::size_t i = 0; i < count; ++i)
      CHECK_EQUAL(out[i], (values[i] - 0.25f) * 2 * by[i]);
    for (std::size_t i = count; i < out.size(); ++i) CHECK_EQUAL(out[i], -7.0f);
  }
}

TEST(a_row_reaches_a_level_by_any_of_its_values) {
  for (std::size_t count = 1; count < 20; ++count)
    for (std::size_t at = 0; at < 20; ++at) {
      std::vector<float> values(20, 0.25f);
      values[at] = 0.5f;
      CHECK_EQUAL(sphere_kernels().reaches(values.data(), count, 0.5f), at < count);
    }
}

int main() { return run_all(); }
