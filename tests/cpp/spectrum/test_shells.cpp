// shells.hpp: sums by shell and direction against sums over every member of a transform.
#include <array>

#include "check.hpp"
#include "map_sharpening/shells.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

namespace {

// Which square of a 4 x 4 division of three faces of a cube v points to.
std::size_t direction_of(const Vector& v) {
  std::size_t face = 2;
  if (std::fabs(v[1]) > std::fabs(v[face])) face = 1;
  if (std::fabs(v[0]) > std::fabs(v[face])) face = 0;
  const double first = face == 0 ? v[1] : v[0], second = face == 2 ? v[1] : v[2];
  const auto cell = [&](double part) {
    return std::min<std::size_t>(3, static_cast<std::size_t>(2 * part / v[face] + 2));
  };
  return (face * 4 + cell(first)) * 4 + cell(second);
}

// Shells that end before the first term at the limit of an axis, whose Friedel mates a
// full transform does not hold.
Shells shells_inside(const Grid& grid, std::size_t count) {
  double s_max = 1e9;
  for (std::size_t z = 0; z < grid.shape[0]; ++z)
    for (std::size_t y = 0; y < grid.shape[1]; ++y)
      for (std::size_t x = 0; x < grid.shape[2]; ++x)
        if (2 * z == grid.shape[0] || 2 * y == grid.shape[1] || 2 * x == grid.shape[2])
          s_max = std::min(s_max, s_of_term(grid, z, y, x));
  s_max = std::min(s_max, 1 / grid.nyquist());
  return {0.99 * s_max / static_cast<double>(count), count};
}

template <class Real>
void check_against_full_transform(const Grid& grid) {
  const auto full_1 = full_transform(random_map<double>(grid.shape, 1));
  const auto full_2 = full_transform(random_map<double>(grid.shape, 2));
  const Shells shells = shells_inside(grid, 7);
  const std::size_t n_directions = directions().size();
  std::vector<std::array<double, 4>> expected(shells.count),
      by_direction(shells.count * n_directions);
  for (std::size_t z = 0; z < grid.shape[0]; ++z)
    for (std::size_t y = 0; y < grid.shape[1]; ++y)
      for (std::size_t x = 0; x < grid.shape[2]; ++x) {
        if (x + y + z == 0) continue;
        const Vector s = vector_of_term(grid, z, y, x);
        const auto shell = static_cast<std::size_t>(length_of(s) / shells.width);
        if (shell >= shells.count) continue;
        const auto a = full_1.view()(z, y, x), b = full_2.view()(z, y, x);
        const double sums[4] = {1, std::real(a * std::conj(b)), std::norm(a), std::norm(b)};
        for (std::size_t i = 0; i < 4; ++i) {
          expected[shell][i] += sums[i] / 2;
          by_direction[shell * n_directions + direction_of(s)][i] += sums[i] / 2;
        }
      }
  const auto half_1 = half_of<Real>(full_1), half_2 = half_of<Real>(full_2);
  const PowerSums sums = power_sums<Real>(half_1.view(), half_2.view(), grid,
                                          Columns::within(grid, shells.s_max()), shells, true);
  const auto check = [](const std::vector<double>& n, const std::vector<double>& cross,
                        const std::vector<double>& auto_1, const std::vector<double>& auto_2,
                        const std::vector<std::array<double, 4>>& wanted) {
    CHECK_EQUAL(n.size(), wanted.size());
    for (std::size_t i = 0; i < n.size(); ++i) {
      CHECK_EQUAL(n[i], wanted[i][0]);
      const double tolerance = 1e-5 * (wanted[i][2] + wanted[i][3]);
      CHECK_NEAR(cross[i], wanted[i][1], tolerance);
      CHECK_NEAR(auto_1[i], wanted[i][2], tolerance);
      CHECK_NEAR(auto_2[i], wanted[i][3], tolerance);
    }
  };
  check(sums.n_terms, sums.cross, sums.auto_1, sums.auto_2, expected);
  check(sums.directional_n_terms, sums.directional_cross, sums.directional_auto_1,
        sums.directional_auto_2, by_direction);
}

PowerSums sums_of_random(const Grid& grid, bool by_direction, int threads) {
  const auto f_1 = half_of<float>(full_transform(random_map<float>(grid.shape, 3)));
  const auto f_2 = half_of<float>(full_transform(random_map<float>(grid.shape, 4)));
  return power_sums<float>(f_1.view(), f_2.view(), grid, Columns::all(grid), {0.02, 9},
                           by_direction, threads);
}

}  // namespace

TEST(half_complex_sums_are_half_of_those_of_the_full_transform) {
  for (const Grid& grid : {Grid({12, 14, 16}, kTriclinic), Grid({11, 13, 15}, kTriclinic),
                           Grid({9, 16, 13}, {30.1, 50.3, 40.7})}) {
    check_against_full_transform<float>(grid);
    check_against_full_transform<double>(grid);
  }
}

TEST(sums_have_the_same_bytes_for_any_number_of_threads) {
  const Grid grid({19, 12, 14}, kTriclinic);
  const PowerSums expected = sums_of_random(grid, true, 1);
  for (int threads : kThreadCounts) {
    const PowerSums sums = sums_of_random(grid, true, threads);
    CHECK(sums.cross == expected.cross);
    CHECK(sums.auto_1 == expected.auto_1);
    CHECK(sums.auto_2 == expected.auto_2);
    CHECK(sums.directional_cross == expected.directional_cross);
    CHECK(sums.directional_auto_1 == expected.directional_auto_1);
  }
}

TEST(fewer_planes_than_blocks_are_all_counted) {
  const Grid grid({3, 12, 14}, {40, 40, 12});
  double terms = 0;
  for (double n : sums_of_random(grid, false, 4).n_terms) terms += n;
  double expected = 0;
  for (std::size_t z = 0; z < 3; ++z)
    for (std::size_t y = 0; y < 12; ++y)
      for (std::size_t x = 0; x <= 7; ++x)
        if (x + y + z > 0 && s_of_term(grid, z, y, x) < 0.18)
          expected += 0.5 * friedel_weight(x, 14);
  CHECK_EQUAL(terms, expected);
}

TEST(sums_by_direction_are_empty_unless_asked_for) {
  const PowerSums sums = sums_of_random(Grid({8, 8, 8}, kOrthogonal), false, 1);
  CHECK(sums.directional_cross.empty());
  CHECK_EQUAL(sums.cross.size(), 9u);
}

TEST(the_fsc_of_a_shell_without_power_is_not_a_number) {
  const Grid grid({8, 8, 8}, kOrthogonal);
  const Array3<std::complex<float>> zero({8, 8, 5});
  const PowerSums sums =
      power_sums<float>(zero.view(), zero.view(), grid, Columns::all(grid), {0.02, 5}, false);
  for (double value : sums.fsc()) CHECK(std::isnan(value));
}

TEST(directions_share_the_sphere) {
  double share = 0;
  std::array<double, 6> moments{};
  for (const Direction& direction : directions()) {
    share += direction.share;
    for (std::size_t i = 0; i < 6; ++i) moments[i] += direction.share * direction.moments[i];
    CHECK_NEAR(length_of(direction.unit), 1, 1e-12);
    CHECK_NEAR(direction.moments[0] + direction.moments[1] + direction.moments[2], 1, 1e-12);
  }
  CHECK_NEAR(share, 1, 1e-3);
  for (std::size_t i = 0; i < 6; ++i) CHECK_NEAR(moments[i], i < 3 ? 1.0 / 3 : 0.0, 1e-3);
}

TEST(arguments_that_do_not_fit_are_named) {
  const Grid grid({4, 4, 4}, kOrthogonal);
  const Array3<std::complex<float>> right({4, 4, 3}), wrong({4, 4, 4});
  const Columns columns = Columns::all(grid);
  CHECK_THROWS(std::invalid_argument,
               power_sums<float>(wrong.view(), right.view(), grid, columns, {0.1, 3}, false),
               "a has shape (4, 4, 4), expected (4, 4, 3)");
  CHECK_THROWS(std::invalid_argument,
               power_sums<float>(right.view(), wrong.view(), grid, columns, {0.1, 3}, false),
               "b has shape (4, 4, 4), expected (4, 4, 3)");
  CHECK_THROWS(std::invalid_argument,
               power_sums<float>(right.view(), right.view(), grid, columns, {0.0, 3}, false),
               "shell width is 0");
  CHECK_THROWS(std::invalid_argument,
               power_sums<float>(right.view(), right.view(), grid, columns, {0.1, 0}, false),
               "shells are 0; expected 1 to");
}

TEST(padded_rows_and_columns_of_another_grid_are_refused) {
  const Grid grid({4, 4, 4}, kOrthogonal), other({4, 6, 4}, kOrthogonal);
  std::vector<std::complex<float>> memory(4 * 4 * 5);
  const View3<const std::complex<float>> tight(memory.data(), {4, 4, 3});
  const View3<const std::complex<float>> padded(memory.data(), {4, 4, 3}, 5);
  CHECK_THROWS(std::invalid_argument,
               power_sums<float>(padded, tight, grid, Columns::all(grid), {0.1, 3}, false),
               "a has padded rows");
  CHECK_THROWS(std::invalid_argument,
               power_sums<float>(tight, padded, grid, Columns::all(grid), {0.1, 3}, false),
               "b has padded rows");
  CHECK_THROWS(std::invalid_argument,
               power_sums<float>(tight, tight, grid, Columns::all(other), {0.1, 3}, false),
               "columns are those of another grid");
}

int main() { return run_all(); }
